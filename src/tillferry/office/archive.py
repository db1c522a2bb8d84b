"""The archive: the original bytes of everything delivered, named by their SHA-256."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tillferry.carriers.durable import sync_folder

_BLOCK_BYTES: Final = 1 << 20
_ARRIVING: Final = "arriving"


@dataclass(frozen=True, slots=True)
class Archive:
    """Files under ``root/ab/abcd…``. Nothing is ever overwritten or removed."""

    root: Path

    def path(self, sha256: str) -> Path:
        """Where a file lies or would lie."""
        return self.root.joinpath(sha256[:2], sha256)

    def has(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def prepare(self) -> None:
        """Make the folder that ``arriving`` names."""
        (self.root / _ARRIVING).mkdir(mode=0o700, exist_ok=True)

    def arriving(self) -> Path:
        """A new path for a file whose hash is not known yet; ``prepare`` comes first."""
        return self.root.joinpath(_ARRIVING, uuid.uuid4().hex)

    def keep(self, arrived: Path, sha256: str) -> None:
        """Take over a durable file from ``arriving``; call ``settle`` before relying on it."""
        target = self.path(sha256)
        if target.is_file():
            arrived.unlink()
            return
        try:
            arrived.replace(target)
        except FileNotFoundError:
            target.parent.mkdir(mode=0o700, exist_ok=True)
            arrived.replace(target)

    def settle(self, hashes: Iterable[str]) -> None:
        """Make the names of these files durable."""
        for prefix in {sha256[:2] for sha256 in hashes}:
            sync_folder(self.root / prefix)
        sync_folder(self.root)

    def sweep(self) -> None:
        """Remove what a crash left half copied; it is still on its stick."""
        folder = self.root / _ARRIVING
        if folder.is_dir():
            for file in folder.iterdir():
                file.unlink(missing_ok=True)

    def hashes(self) -> Iterator[str]:
        """The names of all files, in order."""
        for folder in sorted(self.root.iterdir()):
            if len(folder.name) == 2:
                yield from sorted(file.name for file in folder.iterdir())

    def is_intact(self, sha256: str) -> bool:
        """Whether the file still has the content after which it is named."""
        digest = hashlib.sha256()
        with self.path(sha256).open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
        return digest.hexdigest() == sha256
