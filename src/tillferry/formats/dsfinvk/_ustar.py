"""A plain ustar TAR of a few flat files in memory: the same bytes for the same files."""

from __future__ import annotations

import struct
import tarfile
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

BLOCK: Final = tarfile.BLOCKSIZE
_END: Final = bytes(2 * BLOCK)
_ZEROS: Final = bytes(BLOCK)
_HEADER_FIELDS: Final = struct.Struct("100s24x11s21x1s100x6s")
"""Name, size, kind and magic of a header."""


class TarDefect(ValueError):
    """Not a TAR as ``tar_bytes`` writes it; the text says why."""


@lru_cache(maxsize=4096)
def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def tar_bytes(members: Iterable[tuple[str, Iterable[bytes | memoryview]]]) -> bytes:
    """A TAR of files given as name and pieces (mtime 0, uid 0, mode 0644)."""
    pieces: list[bytes | memoryview] = []
    for name, parts in members:
        content = list(parts)
        size = sum(len(part) for part in content)
        pieces.append(_header(name, size))
        pieces.extend(content)
        pieces.append(_ZEROS[: -size % BLOCK])
    pieces.append(_END)
    return b"".join(pieces)


def tar_members(data: bytes) -> dict[str, tuple[int, int]]:
    """Where the files of such a TAR begin and end. Raises ``TarDefect``."""
    found: dict[str, tuple[int, int]] = {}
    at = 0
    while at + BLOCK <= len(data):
        padded_name, digits, kind, magic = _HEADER_FIELDS.unpack_from(data, at)
        if magic != b"ustar\0" or kind != tarfile.REGTYPE:
            if data.startswith(_ZEROS, at):
                return found
            raise TarDefect("not a regular file of a ustar TAR")
        try:
            size = int(digits, 8) if digits.isdigit() else -1
        except ValueError:
            size = -1
        if size < 0:
            raise TarDefect("a size that is no number")
        at += BLOCK
        if at + size > len(data):
            raise TarDefect("the TAR ends in the middle")
        name = padded_name.rstrip(b"\0").decode("ascii", "replace")
        if name in found:
            raise TarDefect(f"{name} is there twice")
        found[name] = (at, at + size)
        at += size + -size % BLOCK
    raise TarDefect("the TAR ends in the middle")
