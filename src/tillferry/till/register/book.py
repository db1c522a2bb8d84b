"""``till book``: what a program books, as JSON. The format is ``till-book.schema.json``.

A document is booked whole or not at all. Every booking has an id of the program's own; what is
booked already is left alone, so a document can be sent again after a crash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from tillferry.closing.model import Finding, Severity
from tillferry.closing.money import parse_decimal
from tillferry.errors import TillferryError
from tillferry.till.register.masters import SYSTEM
from tillferry.till.register.receipt import (
    ArticleLine,
    Card,
    Cash,
    CashMove,
    Discount,
    FreeLine,
    Line,
    Payment,
    Sale,
    Voucher,
    VoucherLine,
)
from tillferry.till.register.register import Register
from tillferry.till.register.shape import Schema, shape_findings
from tillferry.till.register.stock import StockMovement
from tillferry.till.register.timeclock import TimeEntry

SECTIONS: Final = ("cash", "receipts", "cancellations", "time_entries", "stock_movements")
"""The lists of a document in the order in which they are booked."""

_CASH: Final = {
    "bank": CashMove.BANK,
    "private_in": CashMove.PRIVATE_IN,
    "private_out": CashMove.PRIVATE_OUT,
    "wages": CashMove.WAGES,
    "in": CashMove.IN,
    "out": CashMove.OUT,
}

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BookedDocument:
    """What became of a document: with ``findings`` nothing was booked.

    ``booked`` and ``known`` are the ids that are new and those that were booked before.
    """

    booked: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


class _Refused(Exception):
    def __init__(self, path: str, error: TillferryError) -> None:
        super().__init__(path)
        self.path = path
        self.error = error


@cache
def book_schema() -> Schema:
    """The JSON schema of a document."""
    text = (files("tillferry.till.register") / "till-book.schema.json").read_text("utf-8")
    schema: Schema = json.loads(text)
    return schema


def read_document(path: Path) -> Any:
    """A document from a file. ``path_not_found``, ``book_not_json``."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise TillferryError("path_not_found", path=path) from None
    except json.JSONDecodeError as error:
        raise TillferryError(
            "book_not_json", file=path.name, line=error.lineno, reason=error.msg
        ) from None
    except (UnicodeDecodeError, OSError, RecursionError) as error:
        raise TillferryError("book_not_json", file=path.name, line=0, reason=error) from None


def book_json(register: Register, document: Any) -> BookedDocument:
    """Book a document in one transaction; a finding's ``column`` is the path in the document."""
    found = shape_findings(book_schema(), document)
    if found:
        return BookedDocument(findings=found)
    booked: list[str] = []
    known: list[str] = []
    try:
        with register.store.transaction():
            for section in SECTIONS:
                for place, entry in enumerate(document.get(section, ())):
                    ids = known if _is_known(register, entry["id"]) else booked
                    _book(register, section, entry, f"{section}[{place}]")
                    ids.append(entry["id"])
    except _Refused as refused:
        error = refused.error
        finding = Finding(
            error.code, Severity.ERROR, tuple(error.params.items()), column=refused.path
        )
        return BookedDocument(findings=(finding,))
    return BookedDocument(tuple(booked), tuple(known))


def _is_known(register: Register, key: str) -> bool:
    return register.store.row("SELECT 1 FROM events WHERE key = ?", key) is not None


def _book(register: Register, section: str, entry: Entry, path: str) -> None:
    try:
        if section == "cash":
            _book_cash(register, entry)
        elif section == "receipts":
            _book_receipt(register, entry)
        elif section == "cancellations":
            _book_cancellation(register, entry)
        elif section == "time_entries":
            register.time.record(entry["id"], SYSTEM, _time_entry(entry))
        else:
            register.stock.move(entry["id"], entry["employee"], _movement(entry))
    except TillferryError as error:
        if error.code.startswith("register_"):
            raise
        raise _Refused(path, error) from error


def _book_cash(register: Register, entry: Entry) -> None:
    amount = parse_decimal(entry["amount"], 2)
    if entry["kind"] == "opening_float":
        register.sales.opening_float(entry["id"], entry["employee"], amount)
    else:
        kind = _CASH[entry["kind"]]
        register.sales.move_cash(
            entry["id"], entry["employee"], kind, amount, entry.get("text", "")
        )


def _book_receipt(register: Register, entry: Entry) -> None:
    kind = entry.get("type", "sale")
    sale = Sale(
        lines=tuple(_line(line) for line in entry["lines"]),
        payments=tuple(_payment(payment) for payment in entry.get("payments", ())),
        discount=_discount(entry),
        tip=_cents(entry, "tip"),
        in_house=entry.get("in_house", True),
        table=entry.get("table", ""),
        note=entry.get("note", ""),
        training=kind == "training",
        started=entry.get("started", ""),
    )
    book = register.sales.order if kind == "order" else register.sales.sell
    book(entry["id"], entry["employee"], sale)


def _book_cancellation(register: Register, entry: Entry) -> None:
    found = register.store.row(
        "SELECT bon_id FROM receipts JOIN events USING (seq) WHERE key = ?", entry["receipt"]
    )
    if found is None:
        raise TillferryError("receipt_unknown", receipt=entry["receipt"])
    register.sales.cancel(entry["id"], entry["employee"], found[0], entry["reason"])


def _line(entry: Entry) -> Line:
    if "voucher" in entry and "amount" in entry:
        return VoucherLine(entry["voucher"], _cents(entry, "amount"))
    quantity = parse_decimal(entry.get("quantity", "1"), 3)
    price = _cents(entry, "price") if "price" in entry else None
    if "article" in entry:
        return ArticleLine(
            entry["article"],
            quantity,
            price,
            _discount(entry),
            entry.get("in_house"),
            entry.get("deposit", True),
            entry.get("returned", False),
        )
    return FreeLine(
        entry["text"],
        price or 0,
        int(entry["vat_key"]),
        quantity,
        _discount(entry),
        entry.get("in_house"),
        entry.get("group", ""),
        entry.get("article_no", ""),
    )


def _payment(entry: Entry) -> Payment:
    if "cash" in entry:
        return Cash(_cents(entry, "cash"))
    if "method" in entry and "amount" in entry:
        return Card(entry["method"], _cents(entry, "amount"))
    return Voucher(entry["voucher"], _cents(entry, "amount"))


def _discount(entry: Entry) -> Discount | None:
    given = entry.get("discount")
    if given is None:
        return None
    return Discount(
        parse_decimal(given.get("percent", "0"), 2),
        _cents(given, "amount"),
        given.get("name", "Rabatt"),
    )


def _time_entry(entry: Entry) -> TimeEntry:
    return TimeEntry(
        entry["id"],
        entry["employee"],
        "",
        entry.get("activity", ""),
        entry["start"],
        entry.get("end", ""),
        int(entry.get("break_minutes", 0)),
        entry.get("corrects", ""),
        entry.get("note", ""),
    )


def _movement(entry: Entry) -> StockMovement:
    return StockMovement(
        entry["kind"],
        entry["article"],
        parse_decimal(entry["quantity"], 3),
        _cents(entry, "cost") if "cost" in entry else None,
        entry.get("note", ""),
        entry.get("time", ""),
        unit=entry.get("unit", ""),
    )


def _cents(entry: Entry, name: str) -> int:
    return parse_decimal(entry.get(name, "0"), 2)
