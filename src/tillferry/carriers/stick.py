"""A stick: a folder carrier on a medium of its own, which people pull out."""

from __future__ import annotations

from pathlib import Path

from tillferry.carriers.folder import FolderCarrier
from tillferry.carriers.media import MOUNT_ROOTS, medium_at
from tillferry.carriers.system import SYSTEM, System
from tillferry.errors import TillferryError


class StickCarrier(FolderCarrier):
    """The contract on the mount point of a removable medium.

    As the folder carrier; besides, the medium must be mounted before and after everything that is
    done, so that nothing lands on the disk below an empty mount point. One machine at a time has
    a stick, so unfinished files on it are leftovers, whatever their age.
    """

    _stale_seconds = 0.0

    def __init__(self, mount: Path, label: str | None = None, system: System = SYSTEM) -> None:
        if not system.is_mount(mount):
            raise TillferryError("carrier_not_found", carrier=label or mount)
        medium = medium_at(mount)
        self._device = medium.device
        super().__init__(mount, label or medium.label, system)

    def check_present(self) -> None:
        """Raises ``carrier_gone`` where the stick was pulled out or another one is there."""
        super().check_present()
        if not self._system.is_mount(self._root):
            raise TillferryError("carrier_gone", carrier=self._label)

    def finish(self) -> None:
        """The last call before "you may remove the stick".

        All that was published is durable already; this brings the names in the root folder there
        too and sees that the stick is still in. It does not unmount: the medium may still be
        marked as in use, which the next machine that mounts it clears.
        """
        self.check_present()
        try:
            self._system.sync_folder(self._root)
        except OSError as error:
            raise TillferryError("carrier_gone", carrier=self._label) from error
        self.check_present()


def open_carrier(path: Path, label: str | None = None, system: System = SYSTEM) -> FolderCarrier:
    """The carrier for a path that a person named: a stick where it is a mount point, else a folder.

    Raises ``carrier_not_found``, also for a folder where the system mounts sticks and no stick is:
    what is written there stays on this machine.
    """
    if system.is_mount(path):
        return StickCarrier(path, label, system)
    if _nothing_mounted(path):
        raise TillferryError("carrier_not_found", carrier=label or path)
    return FolderCarrier(path, label, system)


def _nothing_mounted(path: Path) -> bool:
    """Whether ``path`` lies where the system mounts sticks, but on the system's own disk."""
    try:
        return any(
            path.absolute().is_relative_to(root) and path.stat().st_dev == Path(root).stat().st_dev
            for root in MOUNT_ROOTS
        )
    except OSError:
        return True
