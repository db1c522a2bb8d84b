"""Checks the held closings of a period, some at a time, with progress and a way to stop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tillferry.closing.model import Severity
from tillferry.closing.ranges import Ranges, format_ranges, holes, minus
from tillferry.closing.seams import HeldClosing, Journal, Progress, Till, no_progress
from tillferry.office.bookkeeping.findings import BookFinding, book_findings
from tillferry.office.period import Period, held_in
from tillferry.office.targets import Stop

_GROUP = 50


@dataclass(frozen=True, slots=True)
class CheckedClosing:
    """A closing in which something does not meet."""

    till: Till
    z_nr: int
    business_day: date
    findings: tuple[BookFinding, ...]


@dataclass(frozen=True, slots=True)
class BookCheck:
    """How many closings were looked at and what was found; ``stopped`` before the end or not."""

    closings: int
    found: tuple[CheckedClosing, ...]
    stopped: bool


def check_books(
    journal: Journal,
    tills: Sequence[Till],
    period: Period,
    explained: Mapping[int, Ranges],
    *,
    progress: Progress = no_progress,
    stop: Stop = lambda: False,
) -> BookCheck:
    """Check the closings of a period. ``progress`` counts closings.

    ``explained`` are Z numbers by ``till_id`` that will never come, as a person said. Raises
    ``nothing_in_period``.
    """
    held = held_in(journal, period, tills)
    total = sum(len(closings) for closings in held.values())
    done = 0
    found: list[CheckedClosing] = []
    for till, closings in held.items():
        missing = minus(holes(journal.held(till.till_id)), explained.get(till.till_id, ()))
        for group in _groups(closings):
            if stop():
                return BookCheck(done, tuple(found), True)
            found.extend(_checked(journal, till, group, missing))
            done += len(group)
            progress(done, total)
    return BookCheck(done, tuple(found), False)


def _checked(
    journal: Journal, till: Till, group: Sequence[HeldClosing], missing: Ranges
) -> Iterator[CheckedClosing]:
    for batch in journal.read(till.till_id, [each.z_nr for each in group]):
        for head, findings in zip(batch.heads, book_findings(batch), strict=True):
            all_of = (*_holes_beside(head.z_nr, missing), *findings)
            if all_of:
                yield CheckedClosing(till, head.z_nr, head.business_day, all_of)


def _holes_beside(z_nr: int, missing: Ranges) -> Iterator[BookFinding]:
    """Whether Z numbers right before or right after this one are missing."""
    for first, last in missing:
        for code, is_beside in (
            ("z_missing_before", last == z_nr - 1),
            ("z_missing_after", first == z_nr + 1),
        ):
            if is_beside:
                params = (("missing", format_ranges(((first, last),))),)
                yield BookFinding(code, Severity.WARNING, params, "cashpointclosing", "z_nr", (), 0)


def _groups(closings: Sequence[HeldClosing]) -> Iterator[Sequence[HeldClosing]]:
    for start in range(0, len(closings), _GROUP):
        yield closings[start : start + _GROUP]
