"""Working times from the texts of the time clock.

Start and end are RFC 3339 with an offset, so the minutes between them are right over the nights in
which the clock is changed. No SQL reckons with them alike on both databases.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from tillferry.closing.times import parse_instant
from tillferry.office.figures.model import Row

_MINUTE = timedelta(minutes=1)


def worked(rows: Sequence[Row]) -> list[Row]:
    """Week and person with what they worked, from rows of one entry each.

    A row is week, employee_id, employee_name, start, end (empty while the entry is open) and
    break_minutes. Minutes are whole ones of each entry, as the till reckons them.
    """
    sums: dict[tuple[str, str, str], list[int]] = {}
    for week, employee_id, employee_name, start, end, break_minutes in rows:
        found = sums.setdefault((week, employee_id, employee_name), [0, 0, 0, 0])
        if not end:
            found[3] += 1
            continue
        found[0] += 1
        found[1] += max(0, _minutes(start, end) - break_minutes)
        found[2] += break_minutes
    return [(*key, *values) for key, values in sorted(sums.items())]


def _minutes(start: str, end: str) -> int:
    return (parse_instant(end) - parse_instant(start)) // _MINUTE
