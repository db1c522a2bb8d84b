"""The agent beside a foreign till: takes in finished exports, meets sticks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tillferry.closing.seams import Carrier, Progress, no_progress
from tillferry.errors import TillferryError
from tillferry.formats.dsfinvk.read import is_export
from tillferry.till.intake import Intake
from tillferry.till.outbox import Outbox
from tillferry.till.sending import Sent


@dataclass(frozen=True, slots=True)
class AgentEvents:
    """Called when something happened that people may want to see."""

    taken: Callable[[Intake], None] = field(default=lambda intake: None)
    not_taken: Callable[[Path, TillferryError], None] = field(default=lambda path, error: None)
    meeting: Callable[[Carrier], Progress] = field(default=lambda carrier: no_progress)
    sent: Callable[[Sent], None] = field(default=lambda sent: None)
    not_sent: Callable[[Path, TillferryError], None] = field(default=lambda path, error: None)


class Agent:
    """Looks into the export folder. An export is finished when it has not changed for a while."""

    def __init__(
        self,
        exports: Path,
        outbox: Outbox,
        settle_seconds: float,
        events: AgentEvents,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._exports = exports
        self._outbox = outbox
        self._settle_seconds = settle_seconds
        self._events = events
        self._clock = clock
        self._changing: dict[Path, tuple[str, float]] = {}

    def look(self, take: Callable[[Path], Intake]) -> bool:
        """Take in every export that is finished and was not taken in before.

        One that is incomplete is looked at again when its files change. Gives whether there is
        something new to send.
        """
        new = False
        for path in self._candidates():
            signature = _signature(path)
            if signature is None or self._outbox.export_seen(path, signature):
                continue
            before = self._changing.get(path)
            if before is None or before[0] != signature:
                self._changing[path] = (signature, self._clock())
                if self._settle_seconds > 0:
                    continue
            elif self._clock() - before[1] < self._settle_seconds:
                continue
            if not is_export(path):
                continue
            try:
                intake = take(path)
                new = new or bool(intake.z_nrs)
                self._events.taken(intake)
            except TillferryError as error:
                self._events.not_taken(path, error)
            self._outbox.note_export(path, signature)
            self._changing.pop(path, None)
        return new

    def contact(
        self,
        path: Path,
        open_carrier: Callable[[Path], Carrier],
        send: Callable[[Carrier, Progress], Sent],
    ) -> None:
        """Meet the carrier at ``path``, unless it has gone: everything that is due goes onto it."""
        try:
            carrier = open_carrier(path)
            self._events.sent(send(carrier, self._events.meeting(carrier)))
        except TillferryError as error:
            self._events.not_sent(path, error)

    def _candidates(self) -> Iterator[Path]:
        """The export folder itself, or what lies in it."""
        try:
            if is_export(self._exports):
                yield self._exports
                return
            yield from sorted(
                path for path in self._exports.iterdir() if not path.name.startswith(".")
            )
        except OSError:
            return


def _signature(path: Path) -> str | None:
    """Sizes and times of the files, by which a change shows."""
    try:
        files = [path] if path.is_file() else sorted(f for f in path.rglob("*") if f.is_file())
        return ";".join(
            f"{file.relative_to(path.parent)}:{stat.st_size}:{stat.st_mtime_ns}"
            for file in files
            for stat in [file.stat()]
        )
    except OSError:
        return None
