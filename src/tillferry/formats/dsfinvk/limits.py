"""How much a stranger's export may ask of us."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a source: numbers of files, uncompressed bytes, bytes per line.

    ``ratio`` bounds how many times larger a file of more than 1 MiB may be than it is packed.
    """

    files: int = 20_000
    total_bytes: int = 8 * GIB
    file_bytes: int = 2 * GIB - MIB
    ratio: int = 400
    line_bytes: int = MIB
    index_bytes: int = 4 * MIB
    depth: int = 2
