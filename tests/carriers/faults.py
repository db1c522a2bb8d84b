"""Systems that go wrong at a chosen call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tillferry.carriers.system import System

HALF = 2


class Died(BaseException):
    """The process is dead or the machine has no power."""


class Counting(System):
    """Counts the calls that change or secure something, and runs ``at`` before the n-th one."""

    def __init__(self, at: int = 0, happens: Callable[[], None] = lambda: None) -> None:
        self.calls: list[str] = []
        self._at = at
        self._happens = happens

    def _step(self, call: str) -> None:
        self.calls.append(call)
        if len(self.calls) == self._at:
            self._happens()

    def create(self, path: Path) -> int:
        self._step("create")
        return super().create(path)

    def write(self, handle: int, data: memoryview) -> int:
        self._step("write")
        return super().write(handle, data)

    def fsync(self, handle: int) -> None:
        self._step("fsync")
        super().fsync(handle)

    def replace(self, source: Path, target: Path) -> None:
        self._step("replace")
        super().replace(source, target)

    def sync_folder(self, folder: Path) -> None:
        self._step("sync_folder")
        super().sync_folder(folder)

    def unlink(self, path: Path) -> None:
        self._step("unlink")
        super().unlink(path)

    def make_folder(self, path: Path) -> None:
        self._step("make_folder")
        super().make_folder(path)


class Dying(Counting):
    """Loses power before the ``at``-th call; nothing is done any more, what was not synced goes.

    A file whose bytes were not synced is left with half of them, under whatever name it has then;
    a rename that the folder's sync did not follow stays or is undone, as ``renames_stay`` says.
    """

    def __init__(self, at: int, *, renames_stay: bool) -> None:
        super().__init__(at)
        self._renames_stay = renames_stay
        self._dead = False
        self._paths: dict[int, Path] = {}
        self._unsynced: set[Path] = set()
        self._renamed: list[tuple[Path, Path, bytes | None]] = []

    def _step(self, call: str) -> None:
        if self._dead:
            raise Died
        self.calls.append(call)
        if len(self.calls) == self._at:
            self._dead = True
            raise Died

    def lose_power(self) -> None:
        """What the medium holds after the crash."""
        for path in self._unsynced:
            if path.exists():
                data = path.read_bytes()
                path.write_bytes(data[: len(data) // HALF])
        if not self._renames_stay:
            for source, target, before in reversed(self._renamed):
                target.rename(source)
                if before is not None:
                    target.write_bytes(before)

    def create(self, path: Path) -> int:
        handle = super().create(path)
        self._paths[handle] = path
        return handle

    def close(self, handle: int) -> None:
        self._paths.pop(handle, None)
        super().close(handle)

    def write(self, handle: int, data: memoryview) -> int:
        if handle in self._paths:
            self._unsynced.add(self._paths[handle])
        return super().write(handle, data[: max(1, len(data) // HALF)])

    def fsync(self, handle: int) -> None:
        super().fsync(handle)
        if handle in self._paths:
            self._unsynced.discard(self._paths[handle])

    def replace(self, source: Path, target: Path) -> None:
        before = target.read_bytes() if target.exists() else None
        super().replace(source, target)
        self._renamed.append((source, target, before))
        if source in self._unsynced:
            self._unsynced.remove(source)
            self._unsynced.add(target)

    def sync_folder(self, folder: Path) -> None:
        super().sync_folder(folder)
        self._renamed.clear()
