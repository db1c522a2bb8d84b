"""A plain ustar TAR of a few flat files in memory: the same bytes for the same files."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

BLOCK: Final = tarfile.BLOCKSIZE
_END: Final = bytes(2 * BLOCK)
_ZEROS: Final = bytes(BLOCK)


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


def tar_members(data: bytes) -> dict[str, memoryview]:
    """The files of such a TAR, without a copy. Raises ``TarDefect``."""
    view = memoryview(data)
    found: dict[str, memoryview] = {}
    at = 0
    while True:
        header = data[at : at + BLOCK]
        if len(header) < BLOCK:
            raise TarDefect("the TAR ends in the middle")
        if header == _ZEROS:
            return found
        if header[257:263] != b"ustar\0" or header[156:157] != b"0":
            raise TarDefect("not a regular file of a ustar TAR")
        name = header[:100].rstrip(b"\0").decode("ascii", "replace")
        try:
            size = int(header[124:135], 8)
        except ValueError:
            raise TarDefect("a size that is no number") from None
        at += BLOCK
        if at + size > len(data):
            raise TarDefect("the TAR ends in the middle")
        if name in found:
            raise TarDefect(f"{name} is there twice")
        found[name] = view[at : at + size]
        at += size + -size % BLOCK
