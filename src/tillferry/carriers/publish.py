"""Putting a file onto a carrier so that it is there whole, or not at all, whatever happens.

Temporary name, write, fsync, read back and compare, rename, fsync of the folder, read back again
under its own name. Only what was read back right ever gets a name that others look at.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tillferry.carriers.durable import (
    Step,
    hash_file,
    hash_on_medium,
    opened,
    remove_quietly,
    write_all,
)
from tillferry.carriers.failures import on_carrier, on_own_disk
from tillferry.carriers.names import is_part, part_name
from tillferry.carriers.system import BLOCK_BYTES, System
from tillferry.errors import TillferryError


@dataclass(frozen=True, slots=True)
class Place:
    """Where files are published: a folder on a carrier.

    ``still_there`` raises ``carrier_gone`` once the folder is no longer on the carrier. ``device``
    is the block device below it, where one is known. Unfinished files are swept once they are
    ``stale_seconds`` older than a new one.
    """

    folder: Path
    label: str
    still_there: Callable[[], None]
    device: str
    stale_seconds: float
    system: System

    def holds(self, name: str, source: Path, size: int, step: Step) -> bool:
        """Whether a file of this name has the same content, as the medium has it.

        Where it has, it is made durable: a crash may have come right after the rename.
        """
        path = self.folder / name
        try:
            if self.system.lstat(path).st_size != size:
                return False
        except (FileNotFoundError, NotADirectoryError):
            return False
        with contextlib.suppress(PermissionError):
            self.system.sync_file(path)
        held = hash_on_medium(path, size=size, step=step, device=self.device, system=self.system)
        with on_own_disk(source):
            same = hash_file(source) == held
        if same:
            self.system.sync_folder(self.folder)
        return same

    def sweep(self) -> None:
        """Remove unfinished files that a crash or a pulled stick left here."""
        parts = [self.folder / name for name in self.system.names(self.folder) if is_part(name)]
        if not parts:
            return
        newest = self._now()
        for part in parts:
            # A file that another process holds open cannot go on Windows, one that has just
            # gone need not: both are no reason to stop.
            with contextlib.suppress(FileNotFoundError, PermissionError):
                age = newest - self.system.lstat(part).st_mtime
                if age >= self.stale_seconds or not self.stale_seconds:
                    self.system.unlink(part)

    def _now(self) -> float:
        """The carrier's own idea of now: a server's clock is not ours."""
        if not self.stale_seconds:
            return 0.0
        probe = self.folder / part_name()
        self.system.close(self.system.create(probe))
        try:
            return self.system.lstat(probe).st_mtime
        finally:
            self.system.unlink(probe)

    def put(self, name: str, source: Path, size: int, step: Step) -> None:
        """Write, sync, read back, rename, sync the folder, read back again."""
        path, part = self.folder / name, self.folder / part_name()
        try:
            handle = self.system.create(part)
            with opened(handle, self.system):
                # Had the stick gone just before, this file would lie on the disk below it.
                self.still_there()
                expected = self._write(handle, source, size, step)
                self.system.fsync(handle)
            self._compare(part, name, expected, size, step)
            self.system.replace(part, path)
        except BaseException:
            remove_quietly(part, self.system)
            raise
        self.system.sync_folder(self.folder)
        try:
            self._compare(path, name, expected, size, step)
        except TillferryError:
            remove_quietly(path, self.system)
            with contextlib.suppress(OSError):
                self.system.sync_folder(self.folder)
            raise

    def _write(self, handle: int, source: Path, size: int, step: Step) -> str:
        digest, done = hashlib.sha256(), 0
        with on_own_disk(source):
            reading = source.open("rb", buffering=0)
        with reading:
            while True:
                with on_own_disk(source):
                    block = reading.read(BLOCK_BYTES)
                if not block:
                    break
                done += len(block)
                digest.update(block)
                write_all(handle, block, self.system)
                step(len(block))
        if done != size:
            raise TillferryError("own_disk_failed", path=source, reason="changed while it was read")
        return digest.hexdigest()

    def _compare(self, path: Path, name: str, expected: str, size: int, step: Step) -> None:
        held = hash_on_medium(path, step, size=size, device=self.device, system=self.system)
        if held != expected:
            raise TillferryError("carrier_readback_differs", carrier=self.label, name=name)


def publish(place: Place, name: str, source: Path, size: int, step: Step) -> None:
    """Put ``source`` (``size`` bytes) there under ``name``, or raise and leave nothing to be seen.

    Raises ``carrier_full`` before a byte is written where the medium says that it has no room,
    ``carrier_readback_differs``, and what the operating system's errors stand for.
    """
    with on_carrier(place.label, name, writing=True):
        place.sweep()
        free = place.system.free_bytes(place.folder)
        if free < size:
            raise TillferryError(
                "carrier_full",
                carrier=place.label,
                name=name,
                free_bytes=free,
                needed_bytes=size,
            )
        place.put(name, source, size, step)
