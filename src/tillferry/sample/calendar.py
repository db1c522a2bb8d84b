"""When the sample's bars open and close, by rule: never by a clock or a time zone database.

Seconds are counted since 1970 UTC. The summer-time rule is the European Union's (last Sundays of
March and October, 01:00 UTC); it stands here so that no newer zone database changes the sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

FIRST_DAY = date(2026, 10, 19)
"""Day 1. Summer time ends in the night of day 6 to day 7."""

_EPOCH = datetime(1970, 1, 1)
_HOUR = 3600
_SATURDAY = 5
_LATE_DAYS = (4, _SATURDAY)
_NIGHT_SECONDS = 3 * _HOUR + 35 * 60


@dataclass(frozen=True, slots=True)
class BusinessDay:
    """One business day of one till: opening, closing and Z_ERSTELLUNG as seconds since 1970."""

    day: date
    opens: int
    closes: int
    created: int

    @property
    def z_erstellung(self) -> str:
        """The closing's time as local text with offset."""
        return local_text(self.created)

    @property
    def z_buchungstag(self) -> str | None:
        """The business day where the closing was made on another one."""
        same = self.z_erstellung[:10] == self.day.isoformat()
        return None if same else self.day.isoformat()


def business_day(till: int, number: int) -> BusinessDay:
    """Day ``number`` (from 1) of a till.

    Fridays and Saturdays end after midnight; in the night summer time ends the bars keep open
    through the hour that comes twice.
    """
    day = FIRST_DAY + timedelta(days=number - 1)
    opens = _wall(day, 10 * _HOUR)
    if day.weekday() == _SATURDAY and _summer_time(day.year)[1] // 86_400 == _days(day) + 1:
        closes = _wall(day + timedelta(days=1), _NIGHT_SECONDS)
    elif day.weekday() in _LATE_DAYS:
        closes = _wall(day + timedelta(days=1), _HOUR + 30 * 60)
    else:
        closes = _wall(day, 22 * _HOUR)
    return BusinessDay(day, opens, closes, closes + 300 + (till * 37 + number * 11) % 600)


def local_text(seconds: int) -> str:
    """An instant as RFC 3339 in German local time."""
    offset = _offset(seconds)
    wall = (_EPOCH + timedelta(seconds=seconds + offset)).isoformat()
    return f"{wall}+0{offset // _HOUR}:00"


def utc_text(seconds: int) -> str:
    """An instant as a TSE writes it: UTC with milliseconds."""
    return (_EPOCH + timedelta(seconds=seconds)).isoformat() + ".000Z"


def _days(day: date) -> int:
    return (day - _EPOCH.date()).days


def _wall(day: date, seconds: int) -> int:
    """The instant of a wall time; the later one where it comes twice."""
    wall = _days(day) * 86_400 + seconds
    return wall - _offset(wall - _HOUR)


def _offset(seconds: int) -> int:
    begin, end = _summer_time((_EPOCH + timedelta(seconds=seconds)).year)
    return 2 * _HOUR if begin <= seconds < end else _HOUR


@cache
def _summer_time(year: int) -> tuple[int, int]:
    """Begin and end of summer time in a year."""
    last_sundays = []
    for month in (3, 10):
        last = date(year, month, 31)
        last_sundays.append(last - timedelta(days=(last.weekday() + 1) % 7))
    begin, end = (_days(day) * 86_400 + _HOUR for day in last_sundays)
    return begin, end
