"""Which names a stick can hold: the rules of FAT and exFAT under Windows, wherever we run.

Source: Microsoft, "Naming Files, Paths, and Namespaces", and the exFAT specification, 7.7.3.
"""

from __future__ import annotations

import secrets
from typing import Final

from tillferry.errors import TillferryError

NAME_UNITS: Final = 255
"""Longest name: UTF-16 units on FAT, exFAT and NTFS, bytes on Linux file systems."""

PART_PREFIX: Final = ".tillferry-"
PART_SUFFIX: Final = ".part"

_RESERVED_CHARACTERS: Final = frozenset('<>:"/\\|?*\x7f') | {chr(code) for code in range(32)}
_DEVICE_NAMES: Final = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789¹²³"}
)


def is_possible(name: str) -> bool:
    """Whether every medium can hold a file of this name, and it is not one of our unfinished."""
    if not name or name.endswith((".", " ")) or name.startswith(PART_PREFIX):
        return False
    if not _RESERVED_CHARACTERS.isdisjoint(name):
        return False
    if name.split(".", 1)[0].rstrip(" ").upper() in _DEVICE_NAMES:
        return False
    try:
        return max(len(name.encode()), len(name.encode("utf-16-le")) // 2) <= NAME_UNITS
    except UnicodeEncodeError:
        return False


def check_name(name: str, label: str) -> None:
    """Raises ``carrier_name_impossible`` for a name that some medium cannot hold."""
    if not is_possible(name):
        shown = name.encode(errors="backslashreplace").decode()
        raise TillferryError("carrier_name_impossible", carrier=label, name=shown)


def part_name() -> str:
    """A new name for an unfinished file."""
    return f"{PART_PREFIX}{secrets.token_hex(8)}{PART_SUFFIX}"


def is_part(name: str) -> bool:
    """Whether an unfinished file of ours has this name."""
    return name.startswith(PART_PREFIX) and name.endswith(PART_SUFFIX)
