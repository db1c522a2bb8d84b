"""The plain ustar TAR of a bundle, member by member.

``tarfile`` makes and reads the headers; stepping through them ourselves leaves out what a bundle
never has and a stranger could send (links, extended headers, sparse files).
"""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from typing import Final

from tillferry.errors import TillferryError

BLOCK: Final = tarfile.BLOCKSIZE
END: Final = bytes(2 * BLOCK)

MANIFEST_NAME: Final = "manifest.json"
SIGNATURE_NAME: Final = "manifest.sig"


@dataclass(frozen=True, slots=True)
class Header:
    """A regular file in a TAR."""

    name: str
    size: int


def member_header(name: str, size: int) -> bytes:
    """The header of a regular file; the same for the same name and size.

    Raises ``bundle_too_large`` for what ustar cannot hold (8 GiB).
    """
    info = tarfile.TarInfo(name)
    info.size = size
    try:
        return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")
    except ValueError as error:
        raise TillferryError("bundle_too_large", limit="8 GiB") from error


def padding(size: int) -> bytes:
    """What fills a member's last block."""
    return bytes(-size % BLOCK)


def member(name: str, data: bytes) -> bytes:
    """A whole member."""
    return member_header(name, len(data)) + data + padding(len(data))


def member_size(size: int) -> int:
    """The bytes that a member of ``size`` takes up with header and padding."""
    return BLOCK + size + -size % BLOCK


def read_header(block: bytes | memoryview) -> Header | None:
    """The regular file that a header tells of, else ``None``."""
    try:
        info = tarfile.TarInfo.frombuf(bytes(block), "ascii", "strict")
    except (tarfile.HeaderError, ValueError):
        return None
    if info.type != tarfile.REGTYPE or info.size < 0:
        return None
    return Header(info.name, info.size)
