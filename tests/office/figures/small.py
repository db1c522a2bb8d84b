"""Small closings by hand, booked into a journal: what counts and what does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.closing.build import Rows, batch_of, head_of
from tests.journal.synthetic import booking
from tillferry.closing.seams import Journal
from tillferry.closing.tables import TABLES_BY_NAME
from tillferry.office.figures import Question, find_figure, report

DAY = date(2026, 7, 1)
RATES = {1: 1900, 2: 700, 5: 0}
NO_RATE_KEY = 9
"""A VAT key that the closing does not explain."""


@dataclass(frozen=True)
class Receipt:
    """Lines are of GV_TYP, VAT key and gross in cents."""

    lines: Sequence[tuple[str, int, int]]
    bon_typ: str = "Beleg"
    paid: str = "Bar"
    ended: str = "2026-07-01T12:30:00+02:00"
    cashier: str = "Uwe"
    cancels: bool = False
    agency: int = 0
    one_position: bool = False


def sale(cents: int, **more: Any) -> Receipt:
    """A sale at the general rate."""
    return Receipt([("Umsatz", 1, cents)], **more)


def floating(cents: int = 15_000) -> Receipt:
    """An opening float."""
    return Receipt([("Anfangsbestand", 5, cents)])


def closing(
    journal: Journal,
    *receipts: Receipt,
    z_nr: int = 1,
    day: date = DAY,
    till_id: int = 1,
    currency: str = "EUR",
    work: Sequence[dict[str, Any]] = (),
    stock: Sequence[dict[str, Any]] = (),
) -> None:
    """Book a closing of these receipts."""
    rows: Rows = {name: [] for name in TABLES_BY_NAME}
    rows["cashregister"] = [{"kasse_seriennr": "K-1", "kasse_basiswaeh_code": currency}]
    rows["vat"] = [
        {"ust_schluessel": key, "ust_satz": rate, "ust_beschr": "x"} for key, rate in RATES.items()
    ]
    rows["cashpointclosing"] = [{"name": "Strandbar"}]
    rows["time_entries"] = list(work)
    rows["stock_movements"] = list(stock)
    for number, receipt in enumerate(receipts, start=1):
        _add(rows, str(number), receipt, currency)
    head = head_of(
        z_nr,
        serial=f"K-{till_id}",
        business_day=day,
        z_erstellung=f"{day}T23:00:00+02:00",
        parts=("bookings", "time", "stock"),
    )
    made = batch_of(rows, heads=(head,))
    journal.book(booking(made, till_id, delivery=f"{till_id * 1000 + z_nr:064x}"))


def _add(rows: Rows, bon_id: str, receipt: Receipt, currency: str) -> None:
    total = sum(cents for _, _, cents in receipt.lines)
    rows["transactions"].append(
        {
            "bon_id": bon_id,
            "bon_nr": int(bon_id),
            "bon_typ": receipt.bon_typ,
            "bon_storno": "1" if receipt.cancels else "0",
            "bon_start": receipt.ended,
            "bon_ende": receipt.ended,
            "bediener_id": receipt.cashier,
            "bediener_name": receipt.cashier,
            "ums_brutto": total,
        }
    )
    rows["datapayment"].append(
        {
            "bon_id": bon_id,
            "zahlart_typ": receipt.paid,
            "zahlwaeh_code": currency,
            "basiswaeh_betrag": total,
        }
    )
    for place, (gv_typ, key, cents) in enumerate(receipt.lines, start=1):
        line = "1" if receipt.one_position else str(place)
        if line == str(place):
            rows["lines"].append(
                {
                    "bon_id": bon_id,
                    "pos_zeile": line,
                    "artikeltext": gv_typ,
                    "gv_typ": gv_typ,
                    "agentur_id": receipt.agency,
                    "menge": 1000,
                }
            )
        net = cents * 1000 * 10_000 // (10_000 + RATES.get(key, 0))
        rows["lines_vat"].append(
            {
                "bon_id": bon_id,
                "pos_zeile": line,
                "ust_schluessel": key,
                "pos_brutto": cents * 1000,
                "pos_netto": net,
                "pos_ust": cents * 1000 - net,
            }
        )


def euro(cents: int) -> Decimal:
    """Cents as money."""
    return Decimal(cents) / 100


def rows_of(
    journal: Journal, name: str, first: date = DAY, last: date | None = None
) -> list[dict[str, Any]]:
    """The rows of a figure by the names of its columns."""
    found = report(journal, find_figure(name), Question(first, last or first))
    names = [column.name for column in found.figure.columns]
    return [dict(zip(names, row, strict=True)) for row in found.rows]


def column(rows: Sequence[dict[str, Any]], *names: str) -> list[Any]:
    """Some values of each row."""
    if len(names) == 1:
        return [row[names[0]] for row in rows]
    return [tuple(row[name] for name in names) for row in rows]
