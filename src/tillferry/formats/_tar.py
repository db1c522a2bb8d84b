"""The plain ustar TAR of a bundle, member by member.

``tarfile`` makes the headers. Reading and stepping through them ourselves leaves out what a bundle
never has and a stranger could send (links, extended headers, sparse files), and takes little time.
"""

from __future__ import annotations

import struct
import tarfile
from dataclasses import dataclass
from typing import Final

from tillferry.errors import TillferryError

BLOCK: Final = tarfile.BLOCKSIZE
END: Final = bytes(2 * BLOCK)

MANIFEST_NAME: Final = "manifest.json"
SIGNATURE_NAME: Final = "manifest.sig"

_FIELDS: Final = struct.Struct("100s24x12s12x8s1s100x8s80xc")
"""Name, size, checksum, kind, magic with version, the first byte of the name's prefix."""
_MAGIC: Final = b"ustar\x0000"
_CHECKSUM: Final = slice(148, 156)
_SUM_OF_BLANKS: Final = 8 * ord(" ")
"""The header is summed up with blanks instead of the sum."""


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
    """The regular file that a plain ustar header tells of, else ``None``."""
    if len(block) != BLOCK:
        return None
    padded_name, size, checksum, kind, magic, prefix = _FIELDS.unpack_from(block)
    if magic != _MAGIC or kind != tarfile.REGTYPE or prefix != b"\0":
        return None
    try:
        name = padded_name.partition(b"\0")[0].decode("ascii")
        header = Header(name, _octal(size))
        expected = sum(block) - sum(block[_CHECKSUM]) + _SUM_OF_BLANKS
        return header if _octal(checksum) == expected else None
    except ValueError:
        return None


def _octal(field: bytes) -> int:
    digits = field.rstrip(b" \0")
    if not digits.isdigit():
        raise ValueError("no octal number")
    return int(digits, 8)
