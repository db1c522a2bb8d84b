"""The log of what people did: append-only, each record hashed together with the one before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tillferry.closing.office_seams import LogEntry, LogRecord, OfficeRecords
from tillferry.errors import TillferryError
from tillferry.journal.office_records import record_hash

Clock = Callable[[], datetime]

REASON_LENGTH: Final = 1_000
PERSON_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and when. ``person`` goes into the log as it is."""

    person: str
    clock: Clock

    @property
    def at(self) -> str:
        """The time, RFC 3339 with offset."""
        return self.clock().isoformat(timespec="seconds")

    def entry(self, action: str, subject: str, reason: str = "") -> LogEntry:
        """What goes into the log."""
        return LogEntry(self.at, check_person(self.person), action, subject, reason)


def check_person(person: str) -> str:
    """A name for the log: 1 to 100 characters. Else ``person_invalid``."""
    stripped = person.strip()
    if not 1 <= len(stripped) <= PERSON_LENGTH or not stripped.isprintable():
        raise TillferryError("person_invalid", person=stripped[:PERSON_LENGTH])
    return stripped


def check_reason(reason: str) -> str:
    """A reason that says something. ``reason_needed``; longer than 1,000 characters is cut."""
    stripped = " ".join(reason.split())
    if not stripped:
        raise TillferryError("reason_needed")
    return stripped[:REASON_LENGTH]


@dataclass(frozen=True, slots=True)
class LogCheck:
    """Whether the log is whole. ``broken`` is the first record that does not fit, 0 without one.

    ``last_hash`` is the hash of the last record: kept elsewhere, it shows later whether the end
    of the log was cut off.
    """

    records: int
    last_hash: str
    broken: int


def check_log(records: OfficeRecords) -> LogCheck:
    """Compute the chain again."""
    found = records.log()
    return LogCheck(len(found), found[-1].hash if found else "", first_broken(found))


def first_broken(found: tuple[LogRecord, ...]) -> int:
    """The sequence of the first record that is altered, missing or moved; 0 where all fit."""
    previous = ""
    for sequence, record in enumerate(found, 1):
        fits = record.sequence == sequence and record.previous == previous
        if not fits or record.hash != record_hash(sequence, record.entry, previous):
            return sequence
        previous = record.hash
    return 0
