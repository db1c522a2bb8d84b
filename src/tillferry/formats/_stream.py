"""What encryption reads from and writes to, and how large a bundle may be."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import IO, Final

from tillferry.closing.seams import Progress
from tillferry.errors import TillferryError

MAX_BUNDLE_BYTES: Final = 2**32 - 1
"""What FAT32 can hold in one file."""

IN_MEMORY_BYTES: Final = 8 * 1024 * 1024
"""Up to this size no temporary file is needed."""


class Chain:
    """Reads files one after the other."""

    def __init__(self, parts: Sequence[IO[bytes]], total: int, progress: Progress) -> None:
        self._parts = list(parts)
        self._total = total
        self._done = 0
        self._progress = progress

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes, none at the end of all."""
        while self._parts:
            data = self._parts[0].read(size)
            if data:
                self._done += len(data)
                self._progress(self._done, self._total)
                return data
            self._parts.pop(0)
        return b""


class Sink:
    """Writes to a file within a bound, and remembers what went wrong."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0
        self.error: Exception | None = None

    def write(self, data: bytes) -> int:
        """Write all of ``data``."""
        try:
            self.size += len(data)
            if self.size > MAX_BUNDLE_BYTES:
                raise TillferryError("bundle_too_large", limit=f"{MAX_BUNDLE_BYTES} bytes")
            self._file.write(data)
        except Exception as error:
            self.error = error
            raise
        return len(data)

    def flush(self) -> None:
        """Nothing: the file is flushed at the end."""


class HashedSink(Sink):
    """Hashes on the way, too."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.hash = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Write and hash all of ``data``."""
        written = super().write(data)
        self.hash.update(data)
        return written
