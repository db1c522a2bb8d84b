"""One pass through the inbox, told to the event log."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import Final

from tillferry.closing.seams import GOOD_STATES, Journal
from tillferry.formats.keys import OfficeKeys
from tillferry.journal.office_records import office_records
from tillferry.office.event_log import EventLog
from tillferry.office.home import OfficeHome
from tillferry.office.importing import Importer, ImportEvents, ImportOptions, Outcome

_TOLD_WAITING: Final = 50
"""So many closings that wait are logged one by one in a pass; the list of items has them all."""


def run_import(
    home: OfficeHome,
    keys: OfficeKeys,
    journal: Journal,
    options: ImportOptions,
    events: ImportEvents,
    log: EventLog,
) -> bool:
    """Work through the inbox; ``False`` where it was stopped. Inside ``OfficeHome.exclusive``."""
    begun = time.monotonic()
    told = _Told(log, events)
    whole = Importer(
        home,
        keys,
        journal,
        options,
        replace(events, outcome=told.outcome),
        office_records(journal),
    ).run()
    counts = ", ".join(f"{state} {count}" for state, count in sorted(told.counts.items()))
    if not whole:
        log.warning("import_stopped", counts=counts or "0")
    elif counts:
        log.info("imported", counts=counts, seconds=f"{time.monotonic() - begun:.1f}")
    return whole


class _Told:
    """Counts outcomes, and logs those that wait."""

    def __init__(self, log: EventLog, events: ImportEvents) -> None:
        self._log = log
        self._events = events
        self._waiting = 0
        self.counts: Counter[str] = Counter()

    def outcome(self, outcome: Outcome) -> None:
        self.counts[outcome.state.value] += 1
        if outcome.state not in GOOD_STATES:
            self._waiting += 1
            if self._waiting <= _TOLD_WAITING:
                self._log.warning(
                    "waits",
                    till=outcome.till or "–",
                    z_nr=outcome.z_nr or "–",
                    state=outcome.state.value,
                    code=outcome.findings[0].code if outcome.findings else "–",
                    source=outcome.source,
                )
        self._events.outcome(outcome)
