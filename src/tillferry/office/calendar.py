"""A till's calendar: what became of each day. Pure: what is held and what waits is handed in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from tillferry.closing.ranges import Range, Ranges, minus
from tillferry.closing.seams import Item, ItemState


class DayState(StrEnum):
    """What is known of a day."""

    HELD = "held"
    CONFLICT = "conflict"
    INCOMPLETE = "incomplete"
    REJECTED = "rejected"
    MISSING = "missing"
    """A Z number is missing that belongs somewhere here."""
    ON_THE_WAY = "on_the_way"
    """A delivery with this day lies in the inbox: copied, not decided yet."""
    AWAITED = "awaited"
    """After the last closing that came: nobody knows yet."""
    CLOSED = "closed"
    """Between two closings with consecutive numbers: nothing was closed that day."""
    BEFORE = "before"
    """Before the first closing."""


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day. ``z_nrs`` are held or wait; ``missing`` may belong to it (first, last)."""

    day: date
    state: DayState
    z_nrs: tuple[int, ...] = ()
    missing: Range | None = None


class Dated(Protocol):
    """A closing of which a calendar needs no more than number and day."""

    @property
    def z_nr(self) -> int: ...

    @property
    def business_day(self) -> date: ...


_WAITING = {
    ItemState.UNKNOWN_TILL: DayState.INCOMPLETE,
    ItemState.CONFLICT: DayState.CONFLICT,
    ItemState.INCOMPLETE: DayState.INCOMPLETE,
    ItemState.REJECTED: DayState.REJECTED,
}
_WORST = (DayState.CONFLICT, DayState.INCOMPLETE, DayState.REJECTED, DayState.ON_THE_WAY)


def calendar(
    held: Iterable[Dated],
    waiting: Iterable[Item],
    first: date,
    last: date,
    today: date,
    explained: Ranges = (),
    coming: Iterable[Dated] = (),
) -> tuple[CalendarDay, ...]:
    """The days from ``first`` to ``last``, both included.

    ``held`` are all closings of the till, ``waiting`` its items that wait, ``explained`` the Z
    numbers that will never come, ``coming`` the closings in deliveries that are not decided yet.
    """
    z_nrs: dict[date, set[int]] = defaultdict(set)
    states: dict[date, set[DayState]] = defaultdict(set)
    seen: dict[int, date] = {}
    for closing in held:
        z_nrs[closing.business_day].add(closing.z_nr)
        seen[closing.z_nr] = closing.business_day
    for item in waiting:
        if item.business_day is not None and item.z_nr and item.state in _WAITING:
            z_nrs[item.business_day].add(item.z_nr)
            states[item.business_day].add(_WAITING[item.state])
            seen.setdefault(item.z_nr, item.business_day)
    for closing in coming:
        if closing.z_nr not in seen:
            z_nrs[closing.business_day].add(closing.z_nr)
            states[closing.business_day].add(DayState.ON_THE_WAY)
            seen[closing.z_nr] = closing.business_day
    missing = _missing_days(seen, explained)
    begin = min(seen.values(), default=None)
    end = max(seen.values(), default=None)
    days: list[CalendarDay] = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        numbers = tuple(sorted(z_nrs.get(day, ())))
        worst = next((state for state in _WORST if state in states.get(day, ())), None)
        if worst is None and day in missing:
            worst = DayState.MISSING
        if worst is None and numbers:
            worst = DayState.HELD
        state = worst or _empty(day, begin, end, today)
        days.append(CalendarDay(day, state, numbers, missing.get(day)))
    return tuple(days)


def _empty(day: date, begin: date | None, end: date | None, today: date) -> DayState:
    if begin is None or end is None or day < begin or day > today:
        return DayState.BEFORE
    return DayState.AWAITED if day > end else DayState.CLOSED


def _missing_days(seen: dict[int, date], explained: Ranges) -> dict[date, Range]:
    """The days to which missing Z numbers may belong, with these numbers.

    Those are the days between the closings around the hole; where there is none between them,
    the day of the closing after it.
    """
    found: dict[date, Range] = {}
    for before, after in pairwise(sorted(seen)):
        absent = minus(((before + 1, after - 1),), explained) if after - before > 1 else ()
        if not absent:
            continue
        start, end = sorted((seen[before], seen[after]))
        span = (absent[0][0], absent[-1][1])
        between = [start + timedelta(days=n) for n in range(1, (end - start).days)]
        for day in between or [seen[after]]:
            found[day] = span
    return found
