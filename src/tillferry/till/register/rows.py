"""A day of the till as the rows of a closing. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from tillferry.closing.model import ClosingBatch, ClosingHead
from tillferry.closing.money import split_gross
from tillferry.closing.order import canonical_order
from tillferry.closing.tables import BASE_CURRENCY, PARTS, TABLES, Table
from tillferry.till.register.receipt import BookedLine, Receipt
from tillferry.till.register.stock import StockMovement
from tillferry.till.register.timeclock import TimeEntry
from tillferry.till.register.values import CENT, Address, RegisterSettings
from tillferry.till.tse import TseMaster

Row = tuple[str | int | None, ...]

SOFTWARE: Final = "Tillferry"
_TAXONOMY: Final = "2.4"
_CERTIFICATE_PART: Final = 1000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a cancelled receipt stands: Z_ERSTELLUNG, Z_KASSE_ID and Z_NR of its closing."""

    z_erstellung: str
    z_kasse_id: str
    z_nr: int


@dataclass(frozen=True)
class DayContent:
    """All of a day. ``origins`` has an entry for each BON_ID cancelled from an earlier closing."""

    settings: RegisterSettings
    z_nr: int
    z_erstellung: str
    business_day: date
    software_version: str
    receipts: Sequence[Receipt]
    time_entries: Sequence[TimeEntry]
    stock_movements: Sequence[StockMovement]
    tse: TseMaster | None
    origins: Mapping[str, Origin]


def to_batch(day: DayContent) -> ClosingBatch:
    """The closing of the day, all three parts, in canonical order."""
    rows = _Rows(day)
    for receipt in day.receipts:
        rows.add(receipt)
    rows.add_totals()
    rows.add_masters()
    rows.add_own()
    tables = {
        table.name: _arrow(table, rows.of[table.name]) for table in TABLES if rows.of[table.name]
    }
    offsets = {name: np.array([0, found.num_rows], np.int64) for name, found in tables.items()}
    settings = day.settings
    head = ClosingHead(
        taxpayer="".join((settings.stnr or settings.ustid).split()),
        serial=settings.serial,
        z_kasse_id=settings.z_kasse_id,
        z_erstellung=day.z_erstellung,
        z_nr=day.z_nr,
        business_day=day.business_day,
        parts=PARTS,
    )
    return ClosingBatch((head,), tables, offsets)


class _Rows:
    """Rows by table, each in its schema's order, and the sums over BON_TYP Beleg."""

    def __init__(self, day: DayContent) -> None:
        self._day = day
        self.of: dict[str, list[Row]] = defaultdict(list)
        self._cases: dict[tuple[str, str, int], list[int]] = {}
        self._payments: dict[tuple[str, str], int] = {}
        self._cash = 0

    def add(self, receipt: Receipt) -> None:
        """The rows of one receipt."""
        bon_id = receipt.bon_id
        self.of["transactions"].append(
            (
                bon_id,
                receipt.bon_nr,
                receipt.bon_typ,
                None,
                None,
                "1" if receipt.cancels else "0",
                receipt.start,
                receipt.end,
                receipt.person_id,
                _cut(receipt.person_name, 50),
                receipt.gross,
                *(None,) * 8,
                _cut(receipt.note, 255),
            )
        )
        for position, line in enumerate(receipt.lines, start=1):
            self._add_line(bon_id, str(position), line, receipt.counts)
        for key, (gross, vat) in receipt.vat_sums().items():
            self.of["transactions_vat"].append((bon_id, key, *_vat(gross, vat)))
        for payment in receipt.payments:
            name = payment.name or None
            self.of["datapayment"].append(
                (bon_id, payment.kind, name, BASE_CURRENCY, None, payment.amount)
            )
            if receipt.counts:
                method = (payment.kind, payment.name)
                self._payments[method] = self._payments.get(method, 0) + payment.amount
        if receipt.counts:
            self._cash += receipt.cash
        if receipt.table:
            self.of["allocation_groups"].append((bon_id, _cut(receipt.table, 50)))
        if receipt.cancels:
            self._add_reference(bon_id, receipt.cancels)
        self._add_tse(receipt)

    def _add_line(self, bon_id: str, position: str, line: BookedLine, counts: bool) -> None:
        self.of["lines"].append(
            (
                bon_id,
                position,
                _cut(line.voucher, 50),
                _cut(line.text, 255),
                None,
                line.gv_typ,
                _cut(line.gv_name, 40),
                None if line.in_house is None else str(int(line.in_house)),
                "0",
                0,
                line.article or None,
                line.gtin or None,
                line.group_id or None,
                _cut(line.group, 50),
                line.quantity,
                1000,
                line.unit or None,
                line.unit_price,
            )
        )
        amounts = _vat(line.gross, line.vat)
        self.of["lines_vat"].append((bon_id, position, line.vat_key, *amounts))
        if line.base_gross is not None:
            net, vat = split_gross(line.base_gross, self._day.settings.rate(line.vat_key))
            off, off_vat = line.gross - line.base_gross, line.vat - vat
            self.of["itemamounts"] += [
                (bon_id, position, "base_amount", line.vat_key, *_vat(net + vat, vat)),
                (bon_id, position, "discount", line.vat_key, *_vat(off, off_vat)),
            ]
        if counts:
            case = (line.gv_typ, _cut(line.gv_name, 40) or "", line.vat_key)
            sums = self._cases.setdefault(case, [0, 0])
            sums[0] += line.gross
            sums[1] += line.vat

    def _add_reference(self, bon_id: str, original: str) -> None:
        day = self._day
        here = Origin(day.z_erstellung, day.settings.z_kasse_id, day.z_nr)
        origin = day.origins.get(original, here)
        self.of["references"].append(
            (
                bon_id,
                None,
                "Transaktion",
                None,
                origin.z_erstellung,
                origin.z_kasse_id,
                origin.z_nr,
                original,
            )
        )

    def _add_tse(self, receipt: Receipt) -> None:
        tse = receipt.tse
        self.of["transactions_tse"].append(
            (
                receipt.bon_id,
                tse.tse_id or None,
                tse.transaction or None,
                tse.start or None,
                tse.end or None,
                tse.process_type or None,
                tse.counter or None,
                tse.signature or None,
                tse.fault or None,
                _cut(tse.data, 1000),
            )
        )

    def add_totals(self) -> None:
        """Business cases, payments, cash and the closing's own row."""
        day, settings = self._day, self._day.settings
        self.of["businesscases"] = [
            (kind, name or None, 0, key, *_vat(gross, vat))
            for (kind, name, key), (gross, vat) in self._cases.items()
        ]
        self.of["payment"] = [
            (kind, name or None, amount) for (kind, name), amount in self._payments.items()
        ]
        if any(kind == "Bar" for kind, _ in self._payments):
            self.of["cash_per_currency"] = [(BASE_CURRENCY, self._cash)]
        created = day.z_erstellung[:10]
        other_day = day.business_day.isoformat()
        self.of["cashpointclosing"] = [
            (
                None if created == other_day else other_day,
                _TAXONOMY,
                day.receipts[0].bon_id if day.receipts else None,
                day.receipts[-1].bon_id if day.receipts else None,
                *_address(settings.company),
                settings.stnr or None,
                settings.ustid or None,
                sum(self._payments.values()),
                self._cash,
            )
        ]

    def add_masters(self) -> None:
        """Outlet, till, VAT rates and security device."""
        day, settings = self._day, self._day.settings
        self.of["location"] = [(*_address(settings.outlet), settings.ustid or None)]
        self.of["cashregister"] = [
            (
                settings.brand,
                settings.model,
                settings.serial,
                SOFTWARE,
                day.software_version,
                BASE_CURRENCY,
                "0",
            )
        ]
        self.of["vat"] = [(rate.key, rate.rate, rate.name) for rate in settings.vat]
        tse = day.tse
        if tse is not None and day.receipts:
            first = tse.certificate[:_CERTIFICATE_PART]
            rest = tse.certificate[_CERTIFICATE_PART:]
            self.of["tse"] = [
                (
                    tse.tse_id,
                    tse.serial,
                    tse.algorithm,
                    tse.time_format,
                    tse.encoding,
                    tse.public_key,
                    first,
                    rest or None,
                )
            ]

    def add_own(self) -> None:
        """Working times and stock movements."""
        self.of["time_entries"] = [
            (
                entry.entry_id,
                entry.person_id,
                _cut(entry.person_name, 60),
                _cut(entry.activity, 60),
                entry.start,
                entry.end or None,
                entry.break_minutes,
                entry.corrects or None,
                _cut(entry.note, 255),
            )
            for entry in self._day.time_entries
        ]
        self.of["stock_movements"] = [
            (
                moved.movement_id,
                moved.kind,
                moved.article,
                _cut(moved.article_text, 255),
                moved.quantity,
                _cut(moved.unit, 50),
                None if moved.cost is None else moved.cost * CENT,
                moved.time,
                moved.person_id or None,
                _cut(moved.person_name, 60),
                _cut(moved.note, 255),
            )
            for moved in self._day.stock_movements
        ]


def _vat(gross: int, vat: int) -> tuple[int, int, int]:
    """Gross, net and VAT in five decimals."""
    return gross * CENT, (gross - vat) * CENT, vat * CENT


def _address(address: Address) -> tuple[str, ...]:
    return (address.name, address.street, address.postcode, address.town, address.country)


def _cut(text: str, length: int) -> str | None:
    """The text as far as the column goes; nothing for an empty one."""
    return text[:length] or None


def _arrow(table: Table, rows: list[Row]) -> pa.Table:
    schema = table.arrow_schema
    columns = [
        pa.array(values, field.type)
        for values, field in zip(zip(*rows, strict=True), schema, strict=True)
    ]
    found = pa.Table.from_arrays(columns, schema=schema)
    order = canonical_order(table, found, np.zeros(len(rows), dtype=np.int64))
    return found if order is None else found.take(pa.array(order))
