"""A folder as a carrier: shared over the network, synchronised, or on a disk.

Below the root lie ``Tillferry/bundles/NAME``, ``Tillferry/letters/NAME`` and
``Tillferry/backups/NAME``; nothing else is touched.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from tillferry.carriers.durable import copy_hashed, steps
from tillferry.carriers.failures import on_carrier, on_own_disk
from tillferry.carriers.names import check_name, is_possible
from tillferry.carriers.publish import Place, publish
from tillferry.carriers.system import SYSTEM, System
from tillferry.closing.seams import (
    CarrierFile,
    CopiedFile,
    Direction,
    Progress,
    no_progress,
)
from tillferry.errors import TillferryError

OWN_FOLDER: Final = "Tillferry"
"""The one folder on a carrier that is ours."""

DIRECTIONS: Final[tuple[Direction, ...]] = ("bundles", "letters", "backups")
_STALE_SECONDS: Final = 3600.0
"""Several tills may publish into a shared folder: a younger unfinished file is another's."""


def is_carrier_root(path: Path) -> bool:
    """Whether the folder ``Tillferry`` lies in ``path``."""
    try:
        return stat.S_ISDIR((path / OWN_FOLDER).lstat().st_mode)
    except OSError:
        return False


class FolderCarrier:
    """The contract of ``closing.seams.Carrier`` on a folder.

    The folder itself is never made: one that is missing is a share that is not connected.
    Raises ``carrier_not_found`` where it is not there at the start, ``carrier_gone`` where it is
    no longer, or where another file system stands in its place.
    """

    _stale_seconds = _STALE_SECONDS
    _device = ""

    def __init__(self, path: Path, label: str | None = None, system: System = SYSTEM) -> None:
        self._root = path.absolute()
        self._label = label or self._root.name or str(self._root)
        self._system = system
        try:
            if not path.is_dir():
                raise TillferryError("carrier_not_found", carrier=path)
            self._file_system = path.stat().st_dev
        except OSError as error:
            raise TillferryError("carrier_not_found", carrier=path) from error

    @property
    def label(self) -> str:
        """The name that was given, else the folder's."""
        return self._label

    @property
    def root(self) -> Path:
        """The carrier's folder; ours is ``Tillferry`` in it."""
        return self._root

    def free_bytes(self) -> int:
        """Space left."""
        self.check_present()
        with on_carrier(self._label):
            return self._system.free_bytes(self._root)

    def check_present(self) -> None:
        """Raises ``carrier_gone`` where the folder is no longer what it was."""
        with on_carrier(self._label):
            there = self._system.lstat(self._root.resolve()).st_dev
        if there != self._file_system:
            raise TillferryError("carrier_gone", carrier=self._label)

    def files(self, direction: Direction) -> tuple[CarrierFile, ...]:
        """Whole files of ours, by name.

        Links, folders, unfinished files and names that we cannot have written are left out.
        """
        self.check_present()
        folder = self._folder(direction)
        found = []
        with on_carrier(self._label):
            if not self._is_folder(folder):
                return ()
            for name in sorted(self._system.names(folder)):
                if name.startswith(".") or not is_possible(name):
                    continue
                entry = self._system.lstat(folder / name)
                if stat.S_ISREG(entry.st_mode):
                    found.append(CarrierFile(direction, name, entry.st_size))
        self.check_present()
        return tuple(found)

    def publish(
        self, direction: Direction, name: str, source: Path, progress: Progress = no_progress
    ) -> None:
        """Put ``source`` there whole, durable and read back, or not at all.

        Returns only when the file was read back from the medium: after this it may be removed.
        ``progress`` counts each byte three times: written, read back, read back under its name.
        Raises ``own_disk_failed`` where ``source`` cannot be read.
        """
        check_name(name, self._label)
        if name.startswith("."):
            raise TillferryError("carrier_name_impossible", carrier=self._label, name=name)
        self.check_present()
        with on_own_disk(source):
            size = source.stat().st_size
        place = self._place(self._folder(direction))
        with on_carrier(self._label, name, writing=True):
            if self._is_folder(place.folder) and place.holds(
                name, source, size, steps(progress, size)
            ):
                self.check_present()
                return
            self._make_folders(place.folder)
        publish(place, name, source, size, steps(progress, 3 * size))
        self.check_present()

    def fetch(
        self, file: CarrierFile, target: Path, progress: Progress = no_progress
    ) -> CopiedFile:
        """Copy a file to ``target``, hashing on the way; never more than ``file.size_bytes``.

        Raises ``carrier_gone`` where it vanishes or changes meanwhile: then there is no target.
        """
        check_name(file.name, self._label)
        self.check_present()
        source = self._folder(file.direction) / file.name
        copied = copy_hashed(
            source,
            target,
            progress,
            size=file.size_bytes,
            label=self._label,
            system=self._system,
        )
        with on_own_disk(target):
            self._system.sync_folder(target.parent)
        return copied

    def remove(self, direction: Direction, name: str) -> None:
        """Take a file of ours away; nothing happens where there is none."""
        check_name(name, self._label)
        self.check_present()
        folder = self._folder(direction)
        with on_carrier(self._label, name, writing=True):
            try:
                self._system.lstat(folder / name)
            except (FileNotFoundError, NotADirectoryError):
                self.check_present()
                return
            self._system.unlink(folder / name)
            self._system.sync_folder(folder)

    def _folder(self, direction: Direction) -> Path:
        return self._root / OWN_FOLDER / direction

    def _place(self, folder: Path) -> Place:
        return Place(
            folder=folder,
            label=self._label,
            still_there=lambda: self._check_on_carrier(folder),
            device=self._device,
            stale_seconds=self._stale_seconds,
            system=self._system,
        )

    def _is_folder(self, folder: Path) -> bool:
        """Whether there is a folder and nothing on the way to it leads elsewhere."""
        for path in (folder.parent, folder):
            try:
                mode = self._system.lstat(path).st_mode
            except FileNotFoundError:
                return False
            if not stat.S_ISDIR(mode):
                raise TillferryError(
                    "carrier_failed", carrier=self._label, reason=f"{path} is not a folder"
                )
        return True

    def _make_folders(self, folder: Path) -> None:
        for path in (folder.parent, folder):
            try:
                self._system.make_folder(path)
            except FileExistsError:
                continue
            try:
                self._check_on_carrier(path)
            except TillferryError:
                self._system.remove_folder(path)
                raise
            self._system.sync_folder(path.parent)
        if not self._is_folder(folder):
            raise TillferryError("carrier_gone", carrier=self._label)

    def _check_on_carrier(self, folder: Path) -> None:
        with on_carrier(self._label):
            there = self._system.lstat(folder).st_dev
        if there != self._file_system:
            raise TillferryError("carrier_gone", carrier=self._label)
