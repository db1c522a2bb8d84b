"""What a reconciliation compares with: bundles, exports and till backups, where they lie.

Nothing is copied: files are read in place. Only backups are opened into a folder of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tillferry.carriers.durable import hash_file
from tillferry.errors import TillferryError
from tillferry.formats.keys import OfficeKeys
from tillferry.office.archive import Archive
from tillferry.office.inbox import Arrival
from tillferry.office.receiving import Source, find_sources
from tillferry.office.till_backups import SourceProblem, backup_packs, find_backups


@dataclass(frozen=True)
class InPlace(Archive):
    """Files where they lie, by the key of their arrival, for a ``Loader`` to read."""

    files: Mapping[str, Path] = field(default_factory=dict)

    def path(self, sha256: str) -> Path:
        """Where the file lies."""
        return self.files[sha256]


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
    backups = find_backups(path)
    found = [] if path.is_file() and backups else list(find_sources(path))
    labels = {source.path: str(source.path) for source in found}
    for number, backup in enumerate(backups):
        try:
            for pack in backup_packs(backup, keys.identity, scratch / f"backup-{number}"):
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
