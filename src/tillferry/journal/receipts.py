"""Finds receipts among the held closings, by what is printed on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tillferry.closing.seams import Journal
from tillferry.closing.tables import TABLES_BY_NAME
from tillferry.journal.database import Database
from tillferry.journal.store import SqlJournal

_AT_ONCE: Final = 400
"""So many closings are searched in a statement: newest first, until enough is found."""

_HEAD_TEXTS: Final = ("bon_name", "bediener_name", "kunde_name", "kunde_id", "bon_notiz")
_LINE_TEXTS: Final = ("artikeltext", "gutschein_nr", "art_nr")


@dataclass(frozen=True, slots=True)
class Sought:
    """Which receipts: only what is given must meet.

    ``text`` is a part of a name, a note, an article or a voucher's number, whatever its case.
    ``gross_cents`` is UMS_BRUTTO; ``bon_nr`` and ``bon_id`` are met exactly. Days are included.
    """

    till_ids: tuple[int, ...] | None = None
    first_day: date | None = None
    last_day: date | None = None
    z_nr: int | None = None
    bon_nr: int | None = None
    bon_id: str = ""
    gross_cents: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """A receipt at a glance. ``ended`` is RFC 3339 with offset."""

    till_id: int
    z_nr: int
    business_day: date
    bon_id: str
    bon_nr: int | None
    bon_typ: str
    is_cancellation: bool
    ended: str
    cashier: str
    gross_cents: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A row of ``references``: the receipt ``bon_id`` of ``z_nr`` names another one."""

    till_id: int
    z_nr: int
    bon_id: str
    pos_zeile: str
    ref_z_kasse_id: str
    ref_z_nr: int | None


def find_receipts(journal: Journal, sought: Sought, limit: int) -> tuple[FoundReceipt, ...]:
    """At most ``limit`` receipts, the newest closings first, in the order of the closing."""
    database = database_of(journal)
    closings = _closings(database, sought)
    found: list[FoundReceipt] = []
    for start in range(0, len(closings), _AT_ONCE):
        if len(found) >= limit:
            break
        ids = closings[start : start + _AT_ONCE]
        found.extend(_search(database, sought, ids, limit - len(found)))
    return tuple(found)


def references_to(journal: Journal, bon_id: str) -> tuple[Reference, ...]:
    """Where held receipts name a BON_ID, of whatever till, by till and Z number."""
    rows = database_of(journal).rows(
        "SELECT r.till_id, c.z_nr, r.bon_id, coalesce(r.pos_zeile, ''), "
        "coalesce(r.ref_z_kasse_id, ''), r.ref_z_nr FROM \"references\" r "
        "JOIN closings c ON c.till_id = r.till_id AND c.closing_id = r.closing_id "
        "WHERE r.ref_bon_id = ? AND r.ref_typ = 'Transaktion' "
        "ORDER BY r.till_id, c.z_nr, r.row_no",
        bon_id,
    )
    return tuple(Reference(*row) for row in rows)


def has_receipt(journal: Journal, till_id: int, closing_id: int, bon_id: str) -> bool:
    """Whether a held closing has that receipt."""
    rows = database_of(journal).rows(
        f"SELECT 1 FROM transactions WHERE till_id = {int(till_id)} "
        f"AND closing_id = {int(closing_id)} AND bon_id = ? LIMIT 1",
        bon_id,
    )
    return bool(rows)


def closings_named(journal: Journal, z_kasse_id: str, z_nr: int) -> tuple[int, ...]:
    """The tills that hold a closing with this Z_KASSE_ID and Z number."""
    rows = database_of(journal).rows(
        f"SELECT till_id FROM closings WHERE z_nr = {int(z_nr)} AND z_kasse_id = ? "
        "ORDER BY till_id",
        z_kasse_id,
    )
    return tuple(till_id for (till_id,) in rows)


def database_of(journal: Journal) -> Database:
    """The journal's connection."""
    if not isinstance(journal, SqlJournal):
        raise TypeError(f"{type(journal).__name__} has no database")
    return journal.database


def listed(numbers: Sequence[int]) -> str:
    """Numbers for an IN; nothing is in the list of none."""
    return ", ".join(str(int(number)) for number in numbers) or "NULL"


def _closings(database: Database, sought: Sought) -> list[int]:
    conditions = ["1 = 1"]
    parameters: list[object] = []
    if sought.till_ids is not None:
        conditions.append(f"till_id IN ({listed(sought.till_ids)})")
    if sought.z_nr is not None:
        conditions.append(f"z_nr = {int(sought.z_nr)}")
    for sign, day in ((">=", sought.first_day), ("<=", sought.last_day)):
        if day is not None:
            conditions.append(f"CAST(business_day AS TEXT) {sign} ?")
            parameters.append(day.isoformat())
    rows = database.rows(
        f"SELECT closing_id FROM closings WHERE {' AND '.join(conditions)} "
        "ORDER BY business_day DESC, till_id, z_nr DESC",
        *parameters,
    )
    return [closing_id for (closing_id,) in rows]


def _search(
    database: Database, sought: Sought, ids: Sequence[int], limit: int
) -> list[FoundReceipt]:
    conditions = [f"c.closing_id IN ({listed(ids)})"]
    parameters: list[object] = []
    if sought.bon_nr is not None:
        conditions.append(f"t.bon_nr = {int(sought.bon_nr)}")
    if sought.gross_cents is not None:
        conditions.append(f"{_scaled(database, 't.', 'ums_brutto')} = {int(sought.gross_cents)}")
    if sought.bon_id:
        conditions.append("t.bon_id = ?")
        parameters.append(sought.bon_id)
    if sought.text.strip():
        pattern = _pattern(sought.text.strip())
        heads = " OR ".join(
            f"{_lower(database, f't.{name}')} LIKE ? ESCAPE '!'" for name in _HEAD_TEXTS
        )
        lines = " OR ".join(
            f"{_lower(database, f'l.{name}')} LIKE ? ESCAPE '!'" for name in _LINE_TEXTS
        )
        conditions.append(
            f"({heads} OR (t.till_id, t.closing_id, t.bon_id) IN "
            "(SELECT l.till_id, l.closing_id, l.bon_id FROM lines l "
            f"WHERE l.closing_id IN ({listed(ids)}) AND ({lines})))"
        )
        parameters.extend([pattern] * (len(_HEAD_TEXTS) + len(_LINE_TEXTS)))
    rows = database.rows(
        "SELECT t.till_id, c.z_nr, CAST(c.business_day AS TEXT), t.bon_id, t.bon_nr, t.bon_typ, "
        "coalesce(t.bon_storno, '') = '1', coalesce(t.bon_ende, t.bon_start, ''), "
        "coalesce(t.bediener_name, t.bediener_id, ''), "
        f"coalesce({_scaled(database, 't.', 'ums_brutto')}, 0) FROM closings c "
        "JOIN transactions t ON t.till_id = c.till_id AND t.closing_id = c.closing_id "
        f"WHERE {' AND '.join(conditions)} "
        f"ORDER BY c.business_day DESC, c.till_id, c.z_nr DESC, t.row_no LIMIT {int(limit)}",
        *parameters,
    )
    return [_found(row) for row in rows]


def _scaled(database: Database, prefix: str, column: str) -> str:
    """A number of ``transactions`` as its scaled integer: SQLite holds it as one."""
    if database.dialect.name == "sqlite":
        return f"{prefix}{column}"
    decimals = TABLES_BY_NAME["transactions"].column(column).decimals
    return f"CAST({prefix}{column} * {10**decimals} AS BIGINT)"


def _lower(database: Database, column: str) -> str:
    """SQL for a text in small letters; SQLite knows only those of English."""
    if database.dialect.name == "sqlite":
        for capital, small in ("Ää", "Öö", "Üü"):
            column = f"replace({column}, '{capital}', '{small}')"
    return f"lower({column})"


def _pattern(text: str) -> str:
    escaped = text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"


def _found(row: tuple[Any, ...]) -> FoundReceipt:
    till_id, z_nr, day, bon_id, bon_nr, bon_typ, cancels, ended, cashier, gross = row
    return FoundReceipt(
        till_id,
        z_nr,
        date.fromisoformat(day),
        bon_id or "",
        bon_nr,
        bon_typ or "",
        bool(cancels),
        ended,
        cashier,
        int(gross),
    )
