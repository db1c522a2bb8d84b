"""Which closings are held, and what is kept of each beside its rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from tillferry.closing.seams import HeldClosing
from tillferry.closing.tables import PARTS
from tillferry.journal.database import Database

_AT_ONCE: Final = 20_000
_COLUMNS: Final = (
    "c.till_id, c.closing_id, c.z_nr, c.z_kasse_id, c.z_erstellung, "
    "CAST(c.business_day AS TEXT) AS business_day, c.z_start_id, c.z_ende_id, c.receipts, "
    "c.gross_cents, c.delivery, c.row_count, " + ", ".join(f"c.digest_{part}" for part in PARTS)
)
_ROW_COUNT: Final = 11
_WANTED: Final = {
    "sqlite": "SELECT json_extract(value, '$[0]') AS till_id, json_extract(value, '$[1]') AS z_nr "
    "FROM json_each(?)",
    "postgresql": "SELECT CAST(value->>0 AS BIGINT) AS till_id, CAST(value->>1 AS BIGINT) AS z_nr "
    "FROM json_array_elements(CAST(? AS JSON)) AS given(value)",
}


def held_of_till(database: Database, till_id: int) -> list[HeldClosing]:
    """All closings of a till, by Z number."""
    rows = database.rows(
        f"SELECT {_COLUMNS} FROM closings c WHERE c.till_id = ? ORDER BY c.z_nr", till_id
    )
    return [_held(row) for row in rows]


def held_of_many(
    database: Database, wanted: Sequence[tuple[int, int]]
) -> Mapping[tuple[int, int], HeldClosing]:
    """Of the wanted (till_id, z_nr) those that are held."""
    return {(held.till_id, held.z_nr): held for held, _ in held_with_row_counts(database, wanted)}


def held_with_row_counts(
    database: Database, wanted: Sequence[tuple[int, int]]
) -> list[tuple[HeldClosing, int]]:
    """The same, by till and Z number, each with the number of its rows over all tables."""
    pairs = sorted({(int(till_id), int(z_nr)) for till_id, z_nr in wanted})
    found: list[tuple[HeldClosing, int]] = []
    for start in range(0, len(pairs), _AT_ONCE):
        rows = database.rows(
            f"WITH wanted AS ({_WANTED[database.dialect.name]}) "
            f"SELECT {_COLUMNS} FROM wanted w "
            "JOIN closings c ON c.till_id = w.till_id AND c.z_nr = w.z_nr "
            "ORDER BY c.till_id, c.z_nr",
            json.dumps(pairs[start : start + _AT_ONCE]),
        )
        found.extend((_held(row), int(row[_ROW_COUNT])) for row in rows)
    return found


def _held(row: tuple[Any, ...]) -> HeldClosing:
    till_id, closing_id, z_nr, z_kasse_id, z_erstellung, day, start, end = row[:8]
    receipts, gross_cents, delivery = row[8:11]
    digests = {
        part: str(digest)
        for part, digest in zip(PARTS, row[_ROW_COUNT + 1 :], strict=True)
        if digest is not None
    }
    return HeldClosing(
        till_id=till_id,
        closing_id=closing_id,
        z_nr=z_nr,
        z_kasse_id=z_kasse_id,
        z_erstellung=z_erstellung,
        business_day=date.fromisoformat(day),
        z_start_id=start,
        z_ende_id=end,
        receipts=receipts,
        gross_cents=gross_cents,
        digests=digests,
        delivery=delivery,
    )
