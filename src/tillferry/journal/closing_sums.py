"""Reads the sums that stand beside each closing, closing by closing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from tillferry.closing.seams import Journal
from tillferry.errors import TillferryError
from tillferry.journal.receipts import database_of, listed


@dataclass(frozen=True, slots=True)
class CaseSum:
    """A row of ``sums_business_cases``: amounts with five decimals, ``rate`` with two."""

    gv_typ: str
    gv_name: str
    agency: int
    vat_key: int
    rate: int | None
    gross: int


@dataclass(frozen=True, slots=True)
class PaymentSum:
    """A row of ``sums_payments``: ``cents`` in the till's currency."""

    zahlart_typ: str
    zahlart_name: str
    currency: str
    cents: int


@dataclass(frozen=True, slots=True)
class BookedClosing:
    """What a closing's receipts add up to, by business case and by payment."""

    till_id: int
    closing_id: int
    z_nr: int
    business_day: date
    currency: str
    receipts: int
    cases: list[CaseSum] = field(default_factory=list)
    payments: list[PaymentSum] = field(default_factory=list)


def read_booked(
    journal: Journal, till_ids: Sequence[int], first: date, last: date
) -> tuple[BookedClosing, ...]:
    """The closings of these tills and days, by till and Z number.

    Raises ``sums_missing`` where one is held without its sums.
    """
    database = database_of(journal)
    where = (
        f"c.till_id IN ({listed(till_ids)}) AND CAST(c.business_day AS TEXT) >= ? "
        "AND CAST(c.business_day AS TEXT) <= ?"
    )
    days = (first.isoformat(), last.isoformat())
    found: dict[int, BookedClosing] = {}
    for row in database.rows(
        "SELECT c.till_id, c.closing_id, c.z_nr, CAST(c.business_day AS TEXT), s.currency, "
        "c.receipts FROM closings c LEFT JOIN closing_sums s "
        "ON s.till_id = c.till_id AND s.closing_id = c.closing_id "
        f"WHERE {where} ORDER BY c.till_id, c.z_nr",
        *days,
    ):
        till_id, closing_id, z_nr, day, currency, receipts = row
        if currency is None:
            raise TillferryError("sums_missing")
        found[closing_id] = BookedClosing(
            till_id, closing_id, z_nr, date.fromisoformat(day), currency, receipts
        )
    joined = "JOIN closings c ON c.till_id = s.till_id AND c.closing_id = s.closing_id"
    for closing_id, *case in database.rows(
        "SELECT s.closing_id, s.gv_typ, s.gv_name, s.agentur_id, s.ust_schluessel, s.ust_satz, "
        f"s.gross FROM sums_business_cases s {joined} WHERE {where} "
        "ORDER BY s.closing_id, s.gv_typ, s.gv_name, s.agentur_id, s.ust_schluessel",
        *days,
    ):
        found[closing_id].cases.append(CaseSum(*case))
    for closing_id, *payment in database.rows(
        "SELECT s.closing_id, s.zahlart_typ, s.zahlart_name, s.zahlwaeh_code, s.amount "
        f"FROM sums_payments s {joined} WHERE {where} "
        "ORDER BY s.closing_id, s.zahlart_typ, s.zahlart_name, s.zahlwaeh_code",
        *days,
    ):
        found[closing_id].payments.append(PaymentSum(*payment))
    return tuple(found.values())


def payments_with(journal: Journal, closing: BookedClosing, gv_typ: str) -> tuple[PaymentSum, ...]:
    """The payments of those of a closing's receipts that have a position of ``gv_typ``."""
    database = database_of(journal)
    amount = "p.basiswaeh_betrag"
    if database.dialect.name != "sqlite":
        amount = f"CAST({amount} * 100 AS BIGINT)"
    key = f"till_id = {closing.till_id} AND closing_id = {closing.closing_id}"
    rows = database.rows(
        "SELECT coalesce(p.zahlart_typ, ''), coalesce(p.zahlart_name, ''), "
        f"coalesce(p.zahlwaeh_code, ''), CAST(sum({amount}) AS BIGINT) FROM datapayment p "
        f"WHERE p.{key.replace('AND ', 'AND p.')} AND p.bon_id IN (SELECT t.bon_id "
        f"FROM transactions t JOIN lines l ON l.till_id = t.till_id "
        "AND l.closing_id = t.closing_id AND l.bon_id = t.bon_id "
        f"WHERE t.{key.replace('AND ', 'AND t.')} AND t.bon_typ = 'Beleg' AND l.gv_typ = ?) "
        "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        gv_typ,
    )
    return tuple(PaymentSum(*row) for row in rows)
