"""Backup files: a whole till as one encrypted file. ``docs/BACKUP_FORMAT.md`` describes them.

A backup is an age file to several recipients; in it lies a zstd-compressed ustar TAR: a manifest
that names every other member with size and SHA-256, then the members.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import secrets
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final, cast

import pyrage  # type: ignore[import-untyped]
import zstandard

from tillferry.closing.seams import Progress, no_progress
from tillferry.errors import TillferryError
from tillferry.formats._files import sync_folder
from tillferry.formats._stream import Chain, HashedSink, Sink
from tillferry.formats.keys import age_recipient

VERSION: Final = 1
FORMAT: Final = "tillferry-backup"
MANIFEST: Final = "manifest.json"
SUFFIX: Final = ".tfk"

_MAX_MANIFEST_BYTES: Final = 64 * 1024 * 1024
_MAGIC: Final = b"age-encryption.org/v1\n"
_MAX_AGE_HEADER: Final = 16 * 1024
_BLOCK: Final = 1 << 20
_ZSTD_LEVEL: Final = 6
_NAME: Final = re.compile(
    r"tb(?P<version>\d{1,4})-(?P<customer>[0-9A-Za-z_-]{1,20})-(?P<installation>[0-9a-f]{8})"
    r"-(?P<number>\d{9,12})-(?P<hash>[0-9a-f]{32})\.tfk"
)
_NO_CUSTOMER: Final = "0"


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What a backup says of itself.

    ``number`` grows with every backup of an installation; ``customer_number`` is empty for a till
    without a head office; ``created_at`` is RFC 3339 with offset; ``program`` wrote it. ``members``
    maps names to (size, SHA-256 in hexadecimal).
    """

    customer_number: str
    installation: str
    number: int
    created_at: str
    program: str
    members: Mapping[str, tuple[int, str]]


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


# --- writing ------------------------------------------------------------------------------------


def write_backup(
    folder: Path,
    members: Sequence[tuple[str, Path]],
    *,
    recipients: Sequence[str],
    customer_number: str,
    installation: str,
    number: int,
    created_at: str,
    program: str,
    progress: Progress = no_progress,
) -> BackupFile:
    """Write a backup into ``folder``, whole and durable under its name, or nothing.

    ``members`` are names in the TAR and the files they come from, which must not change meanwhile;
    ``recipients`` are ``age1...`` texts. ``progress`` is called while encrypting. Raises
    ``age_recipient_invalid`` and ``backup_too_large``, and ``OSError`` where the disk fails.
    """
    keys = [age_recipient(text) for text in recipients]
    manifest = BackupManifest(
        customer_number,
        installation,
        number,
        created_at,
        program,
        {name: (path.stat().st_size, _sha256(path)) for name, path in members},
    )
    with tempfile.TemporaryFile(dir=folder) as packed:
        _pack(packed, manifest, members)
        size = packed.tell()
        packed.seek(0)
        return _encrypt(folder, Chain([packed], size, progress), keys, manifest)


def _pack(target: IO[bytes], manifest: BackupManifest, members: Sequence[tuple[str, Path]]) -> None:
    compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL)
    with (
        compressor.stream_writer(target, closefd=False) as stream,
        tarfile.open(
            fileobj=cast(IO[bytes], stream), mode="w|", format=tarfile.USTAR_FORMAT
        ) as archive,
    ):
        data = _manifest_bytes(manifest)
        archive.addfile(_entry(MANIFEST, len(data)), io.BytesIO(data))
        for name, path in members:
            with path.open("rb") as file:
                archive.addfile(_entry(name, manifest.members[name][0]), file)


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mode = 0o600
    return entry


def _manifest_bytes(manifest: BackupManifest) -> bytes:
    value = {
        "format": FORMAT,
        "version": VERSION,
        "customer_number": manifest.customer_number,
        "installation": manifest.installation,
        "number": manifest.number,
        "created_at": manifest.created_at,
        "program": manifest.program,
        "members": [
            {"name": name, "size_bytes": size, "sha256": sha256}
            for name, (size, sha256) in manifest.members.items()
        ],
    }
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _encrypt(
    folder: Path,
    plain: Chain,
    recipients: Sequence[pyrage.x25519.Recipient],
    manifest: BackupManifest,
) -> BackupFile:
    temporary = folder / f".tmp-{secrets.token_hex(8)}"
    try:
        with temporary.open("xb") as file:
            sink = HashedSink(file)
            try:
                pyrage.encrypt_io(plain, sink, recipients)
            except pyrage.EncryptError as error:
                raise _reason(sink, OSError(str(error))) from error
            # pyrage says nothing where its very last write fails: the sink remembers.
            if sink.error is not None:
                raise _reason(sink, sink.error)
            file.flush()
            os.fsync(file.fileno())
        sha256 = sink.hash.hexdigest()
        name = _file_name(manifest, sha256)
        path = folder / name
        temporary.replace(path)
        sync_folder(folder)
    finally:
        temporary.unlink(missing_ok=True)
    return BackupFile(path, name, sha256, sink.size)


def _reason(sink: Sink, otherwise: Exception) -> Exception:
    error = sink.error or otherwise
    if isinstance(error, TillferryError):
        return TillferryError("backup_too_large", limit=error.params.get("limit", "?"))
    return error


def _file_name(manifest: BackupManifest, sha256: str) -> str:
    """Any FAT file system can hold it; a later backup of an installation sorts later."""
    customer = manifest.customer_number or _NO_CUSTOMER
    start = manifest.installation[:8]
    return f"tb{VERSION}-{customer}-{start}-{manifest.number:09d}-{sha256[:32]}{SUFFIX}"


# --- reading ------------------------------------------------------------------------------------


def read_backup(path: Path, identity: pyrage.x25519.Identity, folder: Path) -> BackupManifest:
    """Decrypt a backup and unpack its members into the empty ``folder``, each held to its hash.

    Raises ``backup_damaged`` (also for a file that is no backup), ``backup_key_wrong``,
    ``backup_version_newer``, and ``OSError`` where ``folder`` cannot be written.
    """
    _check_outside(path)
    with tempfile.TemporaryFile(dir=folder) as packed:
        with path.open("rb") as sealed:
            _decrypt(path.name, sealed, packed, identity)
        packed.seek(0)
        try:
            stream = zstandard.ZstdDecompressor().stream_reader(packed, closefd=False)
            with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|") as archive:
                return _unpack(path.name, archive, folder)
        except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
            raise _damaged(path.name, str(error)) from error


def _check_outside(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(_MAX_AGE_HEADER)
        # A header without end would be read into memory whole.
        if not start.startswith(_MAGIC) or b"\n--- " not in start:
            raise _damaged(path.name, "it does not begin like an age file")
        told = parse_backup_name(path.name)
        if told is None:
            return
        if told.version > VERSION:
            raise TillferryError("backup_version_newer", version=told.version, known=VERSION)
        file.seek(0)
        if not hashlib.file_digest(file, "sha256").hexdigest().startswith(told.hash_start):
            raise _damaged(path.name, "the content does not have the hash that its name tells")


def _decrypt(
    name: str, sealed: IO[bytes], plain: IO[bytes], identity: pyrage.x25519.Identity
) -> None:
    sink = Sink(plain)
    try:
        pyrage.decrypt_io(sealed, sink, [identity])
    except (pyrage.DecryptError, OSError) as error:
        if sink.error is not None:
            raise sink.error from error
        # A disk that fails has a number; what age refuses comes as an OSError without one.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        if "No matching keys" in str(error):
            raise TillferryError("backup_key_wrong", name=name) from error
        raise _damaged(name, str(error)) from error
    if sink.error is not None:
        raise sink.error


def _unpack(name: str, archive: tarfile.TarFile, folder: Path) -> BackupManifest:
    first = archive.next()
    if first is None or first.name != MANIFEST or first.size > _MAX_MANIFEST_BYTES:
        raise _damaged(name, f"{MANIFEST} is not where it must be")
    source = archive.extractfile(first)
    manifest = _manifest(name, source.read() if source else b"")
    found: set[str] = set()
    while (entry := archive.next()) is not None:
        expected = manifest.members.get(entry.name)
        if expected is None or entry.name in found or not entry.isreg():
            raise _damaged(name, f"{entry.name} is not expected")
        found.add(entry.name)
        target = folder / entry.name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        source = archive.extractfile(entry)
        if source is None or _copied(source, target, expected[0]) != expected:
            raise _damaged(name, f"{entry.name} is not what it was")
    if missing := manifest.members.keys() - found:
        raise _damaged(name, f"{sorted(missing)[0]} is missing")
    return manifest


def _copied(source: IO[bytes], target: Path, limit: int) -> tuple[int, str]:
    """Copy a member; gives its size and hash, and stops where it gets larger than promised."""
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as file:
        while size <= limit and (block := source.read(_BLOCK)):
            file.write(block)
            digest.update(block)
            size += len(block)
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def _manifest(name: str, data: bytes) -> BackupManifest:
    try:
        value = json.loads(data)
        if value["format"] != FORMAT:
            raise _damaged(name, f"it is no {FORMAT}")
        if value["version"] > VERSION:
            raise TillferryError("backup_version_newer", version=value["version"], known=VERSION)
        members = {
            _member_name(name, entry["name"]): (int(entry["size_bytes"]), str(entry["sha256"]))
            for entry in value["members"]
        }
        return BackupManifest(
            str(value["customer_number"]),
            str(value["installation"]),
            int(value["number"]),
            str(value["created_at"]),
            str(value["program"]),
            members,
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(name, f"{MANIFEST}: {error!r}") from error


def _member_name(backup: str, name: str) -> str:
    """A name that stays below the folder it is unpacked into, on any system."""
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*", name):
        raise _damaged(backup, f"a member is called {PurePosixPath(name).as_posix()[:80]}")
    return name


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(name: str, reason: str) -> TillferryError:
    return TillferryError("backup_damaged", name=name, reason=reason)
