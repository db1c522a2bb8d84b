"""The inbox: what was copied from a carrier and is not decided yet.

The bytes lie in the archive from the start; the inbox holds a list for each carrier that was
copied. A list goes away once everything on it is decided, so a crash anywhere repeats harmlessly.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Literal

from filelock import FileLock

from tillferry.carriers.durable import write_durably

ArrivalKind = Literal["bundle", "export"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that was copied into the archive. ``source`` says where from, for people."""

    sha256: str
    name: str
    kind: ArrivalKind
    size_bytes: int
    received_at: str
    carrier: str
    source: str


_FIELDS: Final = tuple(field.name for field in fields(Arrival))


@dataclass(frozen=True, slots=True)
class Inbox:
    """Lists of arrivals, one JSON file each, in the order of their numbers."""

    root: Path

    def record(self, arrivals: Sequence[Arrival]) -> Path:
        """Write a list durably; from now on it will be decided, whatever happens."""
        listed = [{name: getattr(arrival, name) for name in _FIELDS} for arrival in arrivals]
        text = json.dumps(listed, ensure_ascii=False)
        # Several sticks are copied at once: two lists must not get one number.
        with FileLock(self.root / "inbox.lock"):
            numbers = [int(file.stem) for file in self._lists()]
            path = self.root / f"{max(numbers, default=0) + 1:09d}.json"
            write_durably(path, text.encode())
        return path

    def pending(self) -> tuple[tuple[Path, tuple[Arrival, ...]], ...]:
        """The lists that are still to be decided, oldest first."""
        return tuple(
            (
                file,
                tuple(Arrival(**entry) for entry in json.loads(file.read_text(encoding="utf-8"))),
            )
            for file in self._lists()
        )

    def done(self, path: Path) -> None:
        """Everything on the list is decided."""
        path.unlink(missing_ok=True)

    def _lists(self) -> list[Path]:
        return sorted(file for file in self.root.glob("*.json") if file.stem.isdigit())
