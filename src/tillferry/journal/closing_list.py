"""Held closings as a list, the newest first, a page of them at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tillferry.closing.seams import Journal
from tillferry.journal.receipts import database_of, listed


@dataclass(frozen=True, slots=True)
class ListedClosing:
    """A closing at a glance: its turnover in ``currency``, and the receipts that have any."""

    till_id: int
    z_nr: int
    business_day: date
    currency: str
    receipts: int
    gross: Decimal


def list_closings(
    journal: Journal,
    till_ids: Sequence[int] | None,
    first: date,
    last: date,
    *,
    offset: int,
    limit: int,
) -> tuple[int, tuple[ListedClosing, ...]]:
    """How many closings these days of these tills have, and a page of them; ``None`` is all tills.

    The newest day comes first, within it the order is that of tills and Z numbers.
    """
    # Days are no text of anybody's; a parameter is a text, which PostgreSQL compares with no day.
    asked = f"business_day BETWEEN '{first.isoformat()}' AND '{last.isoformat()}'"
    if till_ids is not None:
        asked += f" AND till_id IN ({listed(till_ids)})"
    database = database_of(journal)
    ((count,),) = database.rows(f"SELECT count(*) FROM closing_sums WHERE {asked}")
    rows = database.rows(
        f"{_SELECT} WHERE {asked} {_ORDER} LIMIT {int(limit)} OFFSET {int(offset)}"
    )
    return int(count), tuple(_listed(row) for row in rows)


def list_named(journal: Journal, keys: Sequence[tuple[int, int]]) -> tuple[ListedClosing, ...]:
    """The closings with these tills and Z numbers, as far as they are held."""
    if not keys:
        return ()
    named = ", ".join(f"({int(till_id)}, {int(z_nr)})" for till_id, z_nr in keys)
    rows = database_of(journal).rows(
        f"{_SELECT} WHERE (till_id, z_nr) IN (VALUES {named}) {_ORDER}"
    )
    return tuple(_listed(row) for row in rows)


_SELECT = (
    "SELECT till_id, z_nr, CAST(business_day AS TEXT), currency, receipts, gross FROM closing_sums"
)
_ORDER = "ORDER BY business_day DESC, till_id, z_nr"


def _listed(row: Sequence[object]) -> ListedClosing:
    till_id, z_nr, day, currency, receipts, gross = row
    return ListedClosing(
        int(str(till_id)),
        int(str(z_nr)),
        date.fromisoformat(str(day)),
        str(currency),
        int(str(receipts)),
        Decimal(int(str(gross))).scaleb(-5),
    )
