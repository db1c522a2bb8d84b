"""Till backups as a source of closings: each closing in the till's outbox is an export of its own.

A backup is opened with head office's key. What is kept is the closing as the till packed it; the
backup itself stays where it lies.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import zstandard

from tillferry.carriers.durable import copy_hashed
from tillferry.closing.seams import Progress, no_progress
from tillferry.errors import TillferryError
from tillferry.formats.backup import SUFFIX, read_backup
from tillferry.office.archive import Archive
from tillferry.office.inbox import Arrival
from tillferry.office.receiving import Clock

_OUTBOX: Final = "outbox"
_MAX_PACK_BYTES: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """A file of the source that could not be opened."""

    source: str
    error: TillferryError


@dataclass(frozen=True, slots=True)
class BackupReceipt:
    """What was taken out of till backups; ``problems`` are those that could not be opened."""

    arrivals: tuple[Arrival, ...] = ()
    problems: tuple[SourceProblem, ...] = ()


def find_backups(path: Path) -> list[Path]:
    """The till backups at ``path``, a file or a folder. ``carrier_gone`` where it vanishes."""
    try:
        if path.is_file():
            return [path] if path.name.endswith(SUFFIX) else []
        return sorted(
            file for file in path.rglob(f"*{SUFFIX}") if file.is_file() and not file.is_symlink()
        )
    except OSError as error:
        raise TillferryError("carrier_gone", carrier=path) from error


def backup_packs(backup: Path, identity: Any, folder: Path) -> Iterator[Path]:
    """The closings in a till's backup that its outbox names, unpacked below ``folder``.

    Raises ``backup_damaged`` and as ``read_backup`` does.
    """
    folder.mkdir(parents=True)
    try:
        read_backup(backup, identity, folder)
        with closing(sqlite3.connect(folder / _OUTBOX / "outbox.sqlite")) as outbox:
            names = [str(name) for (name,) in outbox.execute("SELECT pack FROM closings")]
        for name in sorted(names):
            yield _unpacked(folder / _OUTBOX / "packs" / Path(name).name, folder)
    except (OSError, sqlite3.Error, zstandard.ZstdError) as error:
        raise TillferryError("backup_damaged", name=backup.name, reason=error) from error


def _unpacked(pack: Path, folder: Path) -> Path:
    target = folder / pack.name.removesuffix(".zst")
    with pack.open("rb") as packed, target.open("wb") as plain:
        reader = zstandard.ZstdDecompressor().stream_reader(packed)
        size = 0
        while block := reader.read(1 << 20):
            size += len(block)
            if size > _MAX_PACK_BYTES:
                raise OSError("a closing is larger than 1 GiB")
            plain.write(block)
    return target


def receive_backups(
    path: Path,
    identity: Any,
    archive: Archive,
    scratch: Path,
    *,
    clock: Clock,
    progress: Progress = no_progress,
) -> BackupReceipt:
    """Take the closings of all till backups at ``path`` into the archive; ``receive`` lists them.

    One backup is opened at a time; a closing that several of them have is taken once. ``progress``
    gets bytes of backups done and in all, also between closings.
    """
    path = path.resolve()
    backups = find_backups(path)
    sizes = [backup.stat().st_size for backup in backups]
    arrivals: dict[str, Arrival] = {}
    problems: list[SourceProblem] = []
    archive.prepare()
    done = 0
    for backup, size in zip(backups, sizes, strict=True):
        progress(done, sum(sizes))
        with TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as folder:
            try:
                for pack in backup_packs(backup, identity, Path(folder) / "backup"):
                    progress(done, sum(sizes))
                    arrived = archive.arriving()
                    copied = copy_hashed(pack, arrived, unseen=True)
                    pack.unlink()
                    archive.keep(arrived, copied.sha256)
                    arrival = Arrival(
                        copied.sha256,
                        pack.name,
                        "export",
                        copied.size_bytes,
                        clock().isoformat(timespec="milliseconds"),
                        path.name or str(path),
                        f"{backup} · {pack.name}",
                    )
                    arrivals.setdefault(copied.sha256, arrival)
            except TillferryError as error:
                problems.append(SourceProblem(str(backup), error))
        done += size
        progress(done, sum(sizes))
    archive.settle(arrivals)
    return BackupReceipt(tuple(arrivals.values()), tuple(problems))
