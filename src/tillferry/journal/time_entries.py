"""All that the time clocks of some tills wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tillferry.closing.seams import Journal
from tillferry.journal.receipts import database_of, listed


@dataclass(frozen=True, slots=True)
class TimeEntry:
    """A row of ``time_entries``; texts are empty where there is nothing."""

    till_id: int
    z_nr: int
    entry_id: str
    employee_id: str
    employee_name: str
    activity: str
    start: str
    end: str
    break_minutes: int
    corrects: str
    note: str


def read_time_entries(journal: Journal, till_ids: Sequence[int]) -> tuple[TimeEntry, ...]:
    """The entries of these tills by till, Z number and their order in the closing."""
    texts = ("entry_id", "employee_id", "employee_name", "activity", "start", "end")
    selected = ", ".join(f"coalesce(e.\"{name}\", '')" for name in texts)
    rows = database_of(journal).rows(
        f"SELECT e.till_id, c.z_nr, {selected}, coalesce(e.break_minutes, 0), "
        "coalesce(e.corrected_entry_id, ''), coalesce(e.note, '') FROM time_entries e "
        "JOIN closings c ON c.till_id = e.till_id AND c.closing_id = e.closing_id "
        f"WHERE e.till_id IN ({listed(till_ids)}) ORDER BY e.till_id, c.z_nr, e.row_no"
    )
    return tuple(TimeEntry(*row[:8], *(int(row[8]), *row[9:])) for row in rows)
