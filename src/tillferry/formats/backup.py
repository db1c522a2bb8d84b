"""The till's backup files: a sealed folder with a name that tells whose it is and which is newer.

``docs/BACKUP_FORMAT.md`` describes them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyrage  # type: ignore[import-untyped]

from tillferry.closing.seams import Progress, no_progress
from tillferry.errors import TillferryError
from tillferry.formats._stream import MAX_BUNDLE_BYTES
from tillferry.formats.sealed_folder import seal_folder, unseal_folder

VERSION: Final = 1
KIND: Final = "tillferry till"
SUFFIX: Final = ".tfk"

_NAME: Final = re.compile(
    r"tb(?P<version>\d{1,4})-(?P<customer>[0-9A-Za-z_-]{1,20})-(?P<installation>[0-9a-f]{8})"
    r"-(?P<number>\d{9,12})-(?P<hash>[0-9a-f]{32})\.tfk"
)
_NO_CUSTOMER: Final = "0"


@dataclass(frozen=True, slots=True)
class BackupAbout:
    """Of which till a backup is.

    ``number`` grows with every backup of an installation; ``customer_number`` is empty for a till
    without a head office; ``created_at`` is RFC 3339 with offset; ``program`` wrote it.
    """

    customer_number: str
    installation: str
    number: int
    created_at: str
    program: str


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A backup that was written."""

    path: Path
    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class BackupName:
    """What a backup's name tells."""

    version: int
    customer_number: str
    installation_start: str
    number: int
    hash_start: str


def parse_backup_name(name: str) -> BackupName | None:
    """What a name tells; ``None`` where it is no backup's."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    version, customer, installation, number, hash_start = found.groups()
    known = "" if customer == _NO_CUSTOMER else customer
    return BackupName(int(version), known, installation, int(number), hash_start)


def write_backup(
    folder: Path,
    members: Sequence[tuple[str, Path]],
    about: BackupAbout,
    recipients: Sequence[str],
    progress: Progress = no_progress,
) -> BackupFile:
    """Write a backup into ``folder``, whole and durable under its name, or nothing.

    ``members`` are names and the files they come from, which must not change meanwhile;
    ``recipients`` are ``age1...`` texts. ``progress`` gets the bytes that are packed. Raises
    ``age_recipient_invalid`` and ``backup_too_large``, and ``OSError`` where the disk fails.
    """
    first, *others = recipients
    unnamed = folder / f"unnamed{SUFFIX}"
    try:
        sealed = seal_folder(
            unnamed,
            members,
            {
                "kind": KIND,
                "customer_number": about.customer_number,
                "installation": about.installation,
                "number": about.number,
                "created_at": about.created_at,
                "program": about.program,
            },
            first,
            others=others,
            total_bytes=sum(path.stat().st_size for _, path in members),
            progress=progress,
        )
        if sealed.size_bytes > MAX_BUNDLE_BYTES:
            raise TillferryError("backup_too_large", limit=f"{MAX_BUNDLE_BYTES} bytes")
        name = _file_name(about, sealed.sha256)
        unnamed.replace(folder / name)
    finally:
        unnamed.unlink(missing_ok=True)
    return BackupFile(folder / name, name, sealed.sha256, sealed.size_bytes)


def _file_name(about: BackupAbout, sha256: str) -> str:
    """Any FAT file system can hold it; a later backup of an installation sorts later."""
    customer = about.customer_number or _NO_CUSTOMER
    return (
        f"tb{VERSION}-{customer}-{about.installation[:8]}-{about.number:09d}-{sha256[:32]}{SUFFIX}"
    )


def read_backup(path: Path, identity: pyrage.x25519.Identity, folder: Path) -> BackupAbout:
    """Decrypt a backup and unpack it into ``folder``, each member held to its hash.

    Raises ``backup_damaged`` (also for a file that is no till's backup), ``backup_key_wrong``,
    ``backup_version_newer``, and ``OSError`` where ``folder`` cannot be written.
    """
    told = parse_backup_name(path.name)
    if told is not None:
        if told.version > VERSION:
            raise TillferryError("backup_version_newer", version=told.version, known=VERSION)
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if not sha256.startswith(told.hash_start):
            raise _damaged(path, "the content does not have the hash that its name tells")
    about = unseal_folder(path, identity, folder).about
    if about.get("kind") != KIND:
        raise _damaged(path, f"it is of another kind: {str(about.get('kind'))[:40]}")
    try:
        return BackupAbout(
            str(about["customer_number"]),
            str(about["installation"]),
            int(about["number"]),
            str(about["created_at"]),
            str(about["program"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise _damaged(path, f"{error!r}") from error


def _damaged(path: Path, reason: str) -> TillferryError:
    return TillferryError("backup_damaged", name=path.name, reason=reason)
