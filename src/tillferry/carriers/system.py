"""The file system calls that carriers make, in one place.

A test can put another ``System`` here that dies at the n-th call or loses a stick in the middle.
Systems differ in what they can flush: where there is no such call, the next best one is made and
``docs/RELIABILITY.md`` says what is left of the promise.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import fcntl

BLOCK_BYTES: Final = 1 << 20
"""Everything is copied and hashed in blocks of 1 MiB."""

_BINARY: Final[int] = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINK: Final[int] = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT: Final[int] = getattr(os, "O_NONBLOCK", 0)
_DIRECT: Final[int] = getattr(os, "O_DIRECT", 0)
_NO_FOLDER_SYNC: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF})


class System:
    """Calls of the operating system. All raise ``OSError``."""

    def create(self, path: Path) -> int:
        """Open a new file for writing; ``FileExistsError`` where there is one."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY | _NO_LINK, 0o666)

    def open(self, path: Path) -> int:
        """Open a file for reading. Links are not followed, a pipe does not block."""
        return os.open(path, os.O_RDONLY | _BINARY | _NO_LINK | _NO_WAIT)

    def open_direct(self, path: Path) -> int:
        """Open a file for reads that go past the page cache.

        ``EINVAL`` where the system or the file system has no such thing.
        """
        if not _DIRECT:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
        return os.open(path, os.O_RDONLY | _BINARY | _NO_LINK | _DIRECT)

    def close(self, handle: int) -> None:
        """Give a handle back."""
        os.close(handle)

    def read(self, handle: int, size: int) -> bytes:
        """At most ``size`` bytes, none at the end."""
        return os.read(handle, size)

    def read_into(self, handle: int, buffer: memoryview) -> int:
        """Fill ``buffer`` as far as the file goes (for direct reads: it must be page-aligned)."""
        return os.readv(handle, [buffer])

    def write(self, handle: int, data: memoryview) -> int:
        """Write some of ``data`` and say how many bytes."""
        return os.write(handle, data)

    def fsync(self, handle: int) -> None:
        """Bring a file's bytes to the medium (on macOS also past the drive's own cache)."""
        if sys.platform == "darwin":
            with contextlib.suppress(OSError):
                fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
                return
        os.fsync(handle)

    def drop_cache(self, handle: int) -> None:
        """Ask the system to forget what it holds of a synced file; only a request."""
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        elif sys.platform == "darwin":
            with contextlib.suppress(OSError):
                fcntl.fcntl(handle, fcntl.F_NOCACHE, 1)

    def drop_device_cache(self, device: str) -> None:
        """Ask the system to forget what it holds of a block device; only a request.

        A file system in user space (exfat-fuse, ntfs-3g) reads its device through this cache.
        Needs the right to read the device, which desktop users do not have.
        """
        if sys.platform == "linux" and device.startswith("/dev/"):
            with contextlib.suppress(OSError):
                handle = os.open(device, os.O_RDONLY | _BINARY)
                try:
                    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
                finally:
                    os.close(handle)

    def replace(self, source: Path, target: Path) -> None:
        """Rename within a folder; what had the name is replaced."""
        source.replace(target)

    def sync_folder(self, folder: Path) -> None:
        """Make the names in a folder durable; Windows has no such call."""
        if sys.platform == "win32":
            return
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in _NO_FOLDER_SYNC:
                raise
        finally:
            os.close(handle)

    def sync_file(self, path: Path) -> None:
        """Bring the bytes of a file that is already there to the medium."""
        # FlushFileBuffers of Windows wants a handle for writing.
        mode = os.O_RDWR if sys.platform == "win32" else os.O_RDONLY
        handle = os.open(path, mode | _BINARY | _NO_LINK)
        try:
            self.fsync(handle)
        finally:
            os.close(handle)

    def unlink(self, path: Path) -> None:
        """Remove a file."""
        path.unlink()

    def make_folder(self, path: Path) -> None:
        """Make one folder; ``FileExistsError`` where there is one."""
        path.mkdir()

    def remove_folder(self, path: Path) -> None:
        """Remove an empty folder."""
        path.rmdir()

    def names(self, folder: Path) -> list[str]:
        """What is in a folder, in no order."""
        return [entry.name for entry in folder.iterdir()]

    def lstat(self, path: Path) -> os.stat_result:
        """What a name stands for, links not followed."""
        return path.lstat()

    def fstat(self, handle: int) -> os.stat_result:
        """What an open file is."""
        return os.fstat(handle)

    def is_mount(self, path: Path) -> bool:
        """Whether a file system of its own is mounted there."""
        return os.path.ismount(path)

    def free_bytes(self, path: Path) -> int:
        """Space that we may still fill."""
        return shutil.disk_usage(path).free


SYSTEM: Final = System()
"""The real one."""
