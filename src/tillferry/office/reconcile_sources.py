"""What a reconciliation compares with: bundles, exports and till backups, where they lie.

Nothing is copied: files are read in place. Only backups are opened into a folder of their own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import zstandard

from tillferry.carriers.durable import hash_file
from tillferry.errors import TillferryError
from tillferry.formats.backup import SUFFIX, read_backup
from tillferry.formats.keys import OfficeKeys
from tillferry.office.archive import Archive
from tillferry.office.inbox import Arrival
from tillferry.office.receiving import Source, find_sources

_OUTBOX: Final = "outbox"
_MAX_PACK_BYTES: Final = 1 << 30


@dataclass(frozen=True)
class InPlace(Archive):
    """Files where they lie, by the key of their arrival, for a ``Loader`` to read."""

    files: Mapping[str, Path] = field(default_factory=dict)

    def path(self, sha256: str) -> Path:
        """Where the file lies."""
        return self.files[sha256]


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """A file of the source that could not be opened."""

    source: str
    error: TillferryError


@dataclass(frozen=True, slots=True)
class Sources:
    """Arrivals with where they lie; ``origins`` says for people where each came from.

    The key of a bundle is its SHA-256; an export has a key of its own until it is taken in.
    """

    arrivals: tuple[Arrival, ...]
    files: Mapping[str, Path]
    problems: tuple[SourceProblem, ...]


def open_sources(path: Path, keys: OfficeKeys, scratch: Path, at: str) -> Sources:
    """Everything at ``path``, a file or a folder. Backups are opened into ``scratch``.

    Raises ``path_not_found``, ``carrier_gone`` and ``reconcile_nothing``.
    """
    path = path.resolve()
    arrivals: list[Arrival] = []
    files: dict[str, Path] = {}
    problems: list[SourceProblem] = []
    backups = _backups(path)
    found = [] if path.is_file() and backups else list(find_sources(path))
    labels = {source.path: str(source.path) for source in found}
    for number, backup in enumerate(backups):
        try:
            for pack in _packs(backup, keys, scratch / f"backup-{number}"):
                found.append(Source(pack, "export"))
                labels[pack] = f"{backup} · {pack.name}"
        except TillferryError as error:
            problems.append(SourceProblem(str(backup), error))
    for number, source in enumerate(found):
        key = hash_file(source.path) if source.kind == "bundle" else f"export-{number}"
        if key in files:
            continue
        files[key] = source.path
        size = source.path.stat().st_size
        arrivals.append(
            Arrival(key, source.path.name, source.kind, size, at, path.name, labels[source.path])
        )
    if not arrivals and not problems:
        raise TillferryError("reconcile_nothing", path=path)
    return Sources(tuple(arrivals), files, tuple(problems))


def _backups(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if path.name.endswith(SUFFIX) else []
    return sorted(
        file for file in path.rglob(f"*{SUFFIX}") if file.is_file() and not file.is_symlink()
    )


def _packs(backup: Path, keys: OfficeKeys, folder: Path) -> Iterator[Path]:
    """The closings in a till's backup that its outbox names, each as an export of its own."""
    folder.mkdir(parents=True)
    try:
        read_backup(backup, keys.identity, folder)
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
