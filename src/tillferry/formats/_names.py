"""The names of bundles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tillferry.errors import TillferryError
from tillferry.formats.manifest import VERSION

BUNDLE_SUFFIX: Final = ".tfb"

_NAME = re.compile(
    r"tf(?P<version>\d{1,4})-(?P<customer>[0-9A-Za-z_-]{1,20})"
    r"-(?P<sequence>\d{6,9})-(?P<hash>[0-9a-f]{32})\.tfb"
)


@dataclass(frozen=True, slots=True)
class BundleName:
    """What a bundle's name tells: ``hash_start`` is the first half of its SHA-256."""

    version: int
    customer_number: str
    sequence: int
    hash_start: str


def bundle_name(customer_number: str, sequence: int, sha256: str) -> str:
    """The name of a bundle; any FAT file system can hold it."""
    return f"tf{VERSION}-{customer_number}-{sequence:06d}-{sha256[:32]}{BUNDLE_SUFFIX}"


def parse_name(name: str) -> BundleName:
    """What a name tells. Raises ``bundle_name_invalid``."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise TillferryError("bundle_name_invalid", name=name)
    version, customer, sequence, hash_start = found.groups()
    return BundleName(int(version), customer, int(sequence), hash_start)


def is_bundle_name(name: str) -> bool:
    """Whether a name is a bundle's."""
    return _NAME.fullmatch(name) is not None
