"""Periods by name, as people speak of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

NEWEST: Final = "newest"
FREE: Final = "free"
PERIODS: Final = (
    NEWEST,
    "today",
    "yesterday",
    "this_week",
    "last_week",
    "this_month",
    "last_month",
    "this_year",
    "last_year",
    FREE,
)
_NEWEST_DAYS: Final = 30
_DAY: Final = timedelta(days=1)


def period(name: str, today: date, newest: date) -> tuple[date, date] | None:
    """The first and the last day; ``None`` for what is no name of a period.

    ``newest`` is the last business day that is held. Weeks begin on Monday.
    """
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    before = first - _DAY
    year = today.replace(month=1, day=1)
    found = {
        NEWEST: (newest - timedelta(days=_NEWEST_DAYS - 1), newest),
        "today": (today, today),
        "yesterday": (today - _DAY, today - _DAY),
        "this_week": (monday, monday + timedelta(days=6)),
        "last_week": (monday - timedelta(days=7), monday - _DAY),
        "this_month": (first, _last_of_month(first)),
        "last_month": (before.replace(day=1), before),
        "this_year": (year, year.replace(month=12, day=31)),
        "last_year": (
            year.replace(year=year.year - 1),
            year.replace(year=year.year - 1, month=12, day=31),
        ),
    }
    return found.get(name)


def _last_of_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY
