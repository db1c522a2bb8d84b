"""What a page of head office shows, in few statements however much is held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tillferry.closing.ranges import Ranges, holes, minus
from tillferry.closing.seams import Item, ItemState, Journal
from tillferry.journal.basics import WAITING
from tillferry.journal.database import Database
from tillferry.journal.items import item_columns, item_of
from tillferry.journal.store import SqlJournal

_FROM: Final = (
    "FROM items i LEFT JOIN deliveries d ON d.sha256 = i.delivery "
    "LEFT JOIN tills t ON t.till_id = i.till_id "
    "LEFT JOIN till_details x ON x.till_id = i.till_id "
    "LEFT JOIN outlets o ON o.outlet_id = x.outlet_id "
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items: parts of texts, whatever their case; empty for any. Days are included.

    ``waiting`` leaves only what waits.
    """

    till: str = ""
    stick: str = ""
    state: ItemState | None = None
    first_day: date | None = None
    last_day: date | None = None
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """An item with what stands around it; empty where unknown. ``till`` is its number."""

    item: Item
    stick: str
    till: str
    till_name: str
    outlet: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The standing of one till; see ``office.completeness.TillStatus``."""

    closings: int
    last_z_nr: int
    last_business_day: date | None
    missing: Ranges
    waiting: int
    last_delivery: str


@dataclass(frozen=True, slots=True)
class DayHeld:
    """A closing that is held, for a calendar."""

    z_nr: int
    business_day: date
    receipts: int
    gross_cents: int


def list_items(
    journal: Journal, wanted: Wanted, *, offset: int, limit: int
) -> tuple[int, tuple[Listed, ...]]:
    """How many items there are, and a page of them, newest first."""
    database = _database(journal)
    where, parameters = _where(wanted)
    source = _FROM if where else "FROM items i "
    count = int(database.value(f"SELECT count(*) {source}{where}", *parameters))
    rows = database.rows(
        f"SELECT {item_columns('i.')}, coalesce(d.carrier, ''), coalesce(t.customer_number, ''), "
        f"coalesce(t.name, ''), coalesce(t.serial, ''), coalesce(o.name, '') {_FROM}{where} "
        f"ORDER BY i.item_id DESC LIMIT {int(limit)} OFFSET {int(offset)}",
        *parameters,
    )
    return count, tuple(_listed(row) for row in rows)


def find_item(journal: Journal, item_id: int) -> Listed | None:
    """One item."""
    rows = _database(journal).rows(
        f"SELECT {item_columns('i.')}, coalesce(d.carrier, ''), coalesce(t.customer_number, ''), "
        f"coalesce(t.name, ''), coalesce(t.serial, ''), coalesce(o.name, '') {_FROM}"
        f"WHERE i.item_id = {int(item_id)}"
    )
    return _listed(rows[0]) if rows else None


def _listed(row: Sequence[Any]) -> Listed:
    item = item_of(tuple(row[:-5]))
    stick, number, name, serial, outlet = row[-5:]
    return Listed(item, stick, number or serial or item.serial, name, outlet)


def _where(wanted: Wanted) -> tuple[str, list[object]]:
    conditions: list[str] = []
    parameters: list[object] = []

    def like(text: str, *columns: str) -> None:
        escaped = text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
        any_of = " OR ".join(f"lower({column}) LIKE ? ESCAPE '!'" for column in columns)
        conditions.append(f"({any_of})")
        parameters.extend([f"%{escaped}%"] * len(columns))

    if wanted.till.strip():
        like(wanted.till.strip(), "t.customer_number", "t.name", "i.serial", "o.name")
    if wanted.stick.strip():
        like(wanted.stick.strip(), "d.carrier")
    if wanted.state is not None:
        conditions.append("i.state = ?")
        parameters.append(wanted.state.value)
    if wanted.first_day is not None:
        conditions.append("CAST(i.business_day AS TEXT) >= ?")
        parameters.append(wanted.first_day.isoformat())
    if wanted.last_day is not None:
        conditions.append("CAST(i.business_day AS TEXT) <= ?")
        parameters.append(wanted.last_day.isoformat())
    if wanted.waiting:
        conditions.append(WAITING.replace("settled", "i.settled").replace("state", "i.state"))
    return (f"WHERE {' AND '.join(conditions)}" if conditions else ""), parameters


def standings(journal: Journal, explained: Mapping[int, Ranges]) -> Mapping[int, Standing]:
    """The standing of each till of which something came, by ``till_id``, in five statements.

    ``explained`` are Z numbers by ``till_id`` that will never come, as a person said.
    """
    database = _database(journal)
    held = {
        row[0]: row[1:]
        for row in database.rows(
            "SELECT m.till_id, m.held, m.low, m.high, CAST(c.business_day AS TEXT) FROM "
            "(SELECT till_id, count(*) AS held, min(z_nr) AS low, max(z_nr) AS high "
            "FROM closings GROUP BY till_id) m "
            "JOIN closings c ON c.till_id = m.till_id AND c.z_nr = m.high"
        )
    }
    waiting: dict[int, list[int]] = {}
    for till_id, z_nr in database.rows(
        f"SELECT till_id, z_nr FROM items WHERE {WAITING} AND till_id <> 0"
    ):
        waiting.setdefault(till_id, []).append(z_nr)
    latest = dict(
        database.rows("SELECT till_id, max(received_at) FROM deliveries GROUP BY till_id")
    )
    unsent = sorted((held.keys() | waiting.keys()) - latest.keys())
    if unsent:
        latest.update(
            database.rows(
                "SELECT till_id, max(received_at) FROM items WHERE till_id IN "
                f"({_numbers(unsent)}) GROUP BY till_id"
            )
        )
    gaps = {
        till_id
        for till_id, (count, low, high, _) in held.items()
        if high - low + 1 != count or till_id in waiting
    } | waiting.keys()
    seen: dict[int, set[int]] = {till_id: set() for till_id in gaps}
    if gaps:
        for till_id, z_nr in database.rows(
            f"SELECT till_id, z_nr FROM closings WHERE till_id IN ({_numbers(sorted(gaps))})"
        ):
            seen[till_id].add(z_nr)
    for till_id, numbers in waiting.items():
        seen[till_id].update(z_nr for z_nr in numbers if z_nr)
    found: dict[int, Standing] = {}
    for till_id in held.keys() | waiting.keys() | (latest.keys() - {0}):
        count, _, high, day = held.get(till_id, (0, 0, 0, None))
        missing = minus(holes(seen.get(till_id, ())), explained.get(till_id, ()))
        found[till_id] = Standing(
            count,
            high,
            date.fromisoformat(day) if day else None,
            missing,
            len(waiting.get(till_id, ())),
            latest.get(till_id, ""),
        )
    return found


def days_held(journal: Journal, till_id: int) -> tuple[DayHeld, ...]:
    """The closings of a till, by Z number."""
    rows = _database(journal).rows(
        "SELECT z_nr, CAST(business_day AS TEXT), receipts, gross_cents FROM closings "
        f"WHERE till_id = {int(till_id)} ORDER BY z_nr"
    )
    return tuple(DayHeld(row[0], date.fromisoformat(row[1]), row[2], row[3]) for row in rows)


def held_span(journal: Journal) -> tuple[date, date] | None:
    """The first and the last business day of which bookings are held."""
    ((first, last),) = _database(journal).rows(
        "SELECT CAST(min(business_day) AS TEXT), CAST(max(business_day) AS TEXT) FROM closing_sums"
    )
    return None if first is None else (date.fromisoformat(first), date.fromisoformat(last))


def count_waiting(journal: Journal) -> int:
    """How many items wait."""
    return int(_database(journal).value(f"SELECT count(*) FROM items WHERE {WAITING}"))


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(str(int(number)) for number in numbers)


def _database(journal: Journal) -> Database:
    if not isinstance(journal, SqlJournal):
        raise TypeError(f"{type(journal).__name__} has no database")
    return journal.database
