"""Files that are on the medium when we say so: synced, hashed, read back."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import mmap
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tillferry.carriers.failures import on_carrier, on_own_disk
from tillferry.carriers.names import part_name
from tillferry.carriers.system import BLOCK_BYTES, SYSTEM, System
from tillferry.closing.seams import CopiedFile, Progress, no_progress
from tillferry.errors import TillferryError

Step = Callable[[int], None]
"""Called with the number of bytes that were just dealt with."""

_NO_DIRECT_READ: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.ENOSYS})


def no_step(_size: int) -> None:
    """Shows nothing."""


def steps(progress: Progress, total: int) -> Step:
    """Adds up steps for ``progress``."""
    done = 0

    def step(size: int) -> None:
        nonlocal done
        done += size
        progress(done, total)

    return step


def sync_folder(folder: Path, system: System = SYSTEM) -> None:
    """Make the names in ``folder`` durable, where the system can."""
    system.sync_folder(folder)


def write_all(handle: int, data: bytes | memoryview, system: System = SYSTEM) -> None:
    """Write every byte of ``data``."""
    with memoryview(data) as view:
        written = 0
        while written < len(view):
            with view[written:] as rest:
                written += system.write(handle, rest)


@contextmanager
def opened(handle: int, system: System = SYSTEM) -> Iterator[int]:
    """Closes the handle at the end."""
    try:
        yield handle
    finally:
        system.close(handle)


def write_durably(path: Path, data: bytes, system: System = SYSTEM) -> None:
    """Put ``data`` at ``path``, whole and durable, or leave what was there. Raises ``OSError``."""
    part = path.with_name(part_name())
    try:
        with opened(system.create(part), system) as handle:
            write_all(handle, data, system)
            system.fsync(handle)
        system.replace(part, path)
    except BaseException:
        remove_quietly(part, system)
        raise
    system.sync_folder(path.parent)


def remove_quietly(path: Path, system: System = SYSTEM) -> None:
    """Remove a file as far as that is still possible."""
    with contextlib.suppress(OSError):
        system.unlink(path)


def hash_file(
    path: Path, step: Step = no_step, *, limit: int | None = None, system: System = SYSTEM
) -> str:
    """SHA-256 (hexadecimal) of a file, through the cache. Stops after ``limit`` bytes."""
    digest = hashlib.sha256()
    with opened(system.open(path), system) as handle:
        left = limit
        while left is None or left > 0:
            block = system.read(handle, BLOCK_BYTES if left is None else min(BLOCK_BYTES, left))
            if not block:
                break
            digest.update(block)
            left = None if left is None else left - len(block)
            step(len(block))
    return digest.hexdigest()


def hash_on_medium(
    path: Path,
    step: Step = no_step,
    *,
    size: int,
    device: str = "",
    system: System = SYSTEM,
) -> str:
    """SHA-256 (hexadecimal) of what the medium holds: read past the page cache where that works.

    The cache is dropped first, then the file is read with ``O_DIRECT``; without that, plainly.
    A file that is not ``size`` bytes long gets a hash that no file has: an empty text.
    """
    with opened(system.open(path), system) as handle:
        if system.fstat(handle).st_size != size:
            return ""
        system.drop_cache(handle)
    if device:
        system.drop_device_cache(device)
    try:
        return _hash_direct(path, step, size, system)
    except OSError as error:
        if error.errno not in _NO_DIRECT_READ:
            raise
    # Windows comes this way too: FILE_FLAG_NO_BUFFERING would need aligned reads through the
    # Win32 API, and Windows writes removable media through ("quick removal") by default.
    return hash_file(path, step, limit=size, system=system)


def _hash_direct(path: Path, step: Step, size: int, system: System) -> str:
    digest = hashlib.sha256()
    with opened(system.open_direct(path), system) as handle:
        # Anonymous memory maps begin at a page, as direct reads want it.
        with mmap.mmap(-1, BLOCK_BYTES) as block, memoryview(block) as view:
            done = 0
            while done < size:
                count = system.read_into(handle, view)
                if not count:
                    return ""
                with view[:count] as part:
                    digest.update(part)
                done += count
                step(count)
    return digest.hexdigest()


def copy_hashed(
    source: Path,
    target: Path,
    progress: Progress = no_progress,
    *,
    size: int | None = None,
    label: str = "",
    unseen: bool = False,
    system: System = SYSTEM,
) -> CopiedFile:
    """Copy a carrier's file to ``target`` on this machine's disk, hashing on the way.

    The copy's bytes are synced; its name is durable once its folder is synced (``sync_folder``).
    ``unseen`` says that ``target`` is a new name at which nobody looks before it is renamed: the
    copy is made there without a temporary name of its own.
    No more than ``size`` bytes are read (without it: what the file has at the start). Raises
    ``carrier_gone`` where the file vanishes or is not the same at the end, and nothing is left;
    ``own_disk_full`` and ``own_disk_failed`` where ``target`` cannot be written.
    """
    label = label or str(source.parent)
    part = target if unseen else target.with_name(part_name())
    digest = hashlib.sha256()
    try:
        with on_carrier(label, source.name):
            reading = system.open(source)
        with opened(reading, system):
            with on_carrier(label, source.name):
                before = system.fstat(reading)
            size = before.st_size if size is None else size
            if not stat.S_ISREG(before.st_mode) or before.st_size != size:
                raise _changed(label, source)
            with on_own_disk(target):
                writing = system.create(part)
            with opened(writing, system):
                done = 0
                while done < size:
                    with on_carrier(label, source.name):
                        block = system.read(reading, min(BLOCK_BYTES, size - done))
                    if not block:
                        raise _changed(label, source)
                    digest.update(block)
                    with on_own_disk(target):
                        write_all(writing, block, system)
                    done += len(block)
                    progress(done, size)
                with on_own_disk(target):
                    system.fsync(writing)
            with on_carrier(label, source.name):
                _check_same(before, reading, source, label, system)
        if not unseen:
            with on_own_disk(target):
                system.replace(part, target)
    except BaseException:
        remove_quietly(part, system)
        raise
    return CopiedFile(target, digest.hexdigest(), size)


def _check_same(
    before: os.stat_result, reading: int, source: Path, label: str, system: System
) -> None:
    open_file, named = system.fstat(reading), system.lstat(source)
    sizes = {before.st_size, open_file.st_size, named.st_size}
    times = {before.st_mtime_ns, open_file.st_mtime_ns, named.st_mtime_ns}
    if len(sizes) > 1 or len(times) > 1:
        raise _changed(label, source)


def _changed(label: str, source: Path) -> TillferryError:
    return TillferryError("carrier_gone", carrier=label, name=source.name, reason="changed")
