"""Sums of a closing's bookings, from which head office's figures are made.

A journal keeps them beside each closing, so that a year of a hundred tills is read from a few rows
a day. They derive from the rows and can be made again at any time; they prove nothing.

Only receipts of BON_TYP Beleg count (DSFinV-K 2.4, p. 31). *Turnover* are their positions of
``TURNOVER_GV_TYPES`` in the company's own name (AGENTUR_ID 0 or none). *Receipts* are those that
have turnover: an opening float is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.links import BoolArray, Links, encode, encode_tuples, sum_by
from tillferry.closing.model import ClosingBatch, Int64Array
from tillferry.closing.tables import (
    BASE_CURRENCY,
    TABLES_BY_NAME,
    TURNOVER_BON_TYPE,
    TURNOVER_GV_TYPES,
)
from tillferry.closing.times import NULL, instant_micros

GREATEST_SUM: Final = 10**15
"""A sum beyond is held as this much: no till takes it, and adding up a journal stays in 64 bit."""

_QUARTER_MICROS: Final = 15 * 60 * 1_000_000


@dataclass(frozen=True, slots=True)
class SumColumn:
    """A column: a text, or a whole number scaled by its decimals."""

    name: str
    description: str
    text: bool = False
    decimals: int = 0
    summed: bool = False
    """Whether it is a sum; all other columns say of what."""
    optional: bool = False
    """Whether a number may be missing. A text is empty where there is none."""

    @property
    def arrow_type(self) -> pa.DataType:
        """``string`` or ``int64``."""
        return pa.string() if self.text else pa.int64()


@dataclass(frozen=True, slots=True)
class SumTable:
    """A table of sums: each closing has a row for every combination of what is no sum."""

    name: str
    description: str
    columns: tuple[SumColumn, ...]


def _said(name: str, description: str) -> SumColumn:
    return SumColumn(name, description, text=True)


def _whole(name: str, description: str) -> SumColumn:
    return SumColumn(name, description)


def _sum(name: str, description: str, decimals: int = 0) -> SumColumn:
    return SumColumn(name, description, decimals=decimals, summed=True)


_GROSS_NET_VAT: Final = (
    _sum("gross", "with VAT", 5),
    _sum("net", "without VAT", 5),
    _sum("vat", "VAT", 5),
)
_CASHIER: Final = (_said("cashier_id", "BEDIENER_ID"), _said("cashier_name", "BEDIENER_NAME"))

SUM_TABLES: Final = (
    SumTable(
        "closing_sums",
        "One row a closing: its turnover.",
        (
            _said("currency", "KASSE_BASISWAEH_CODE: the currency of all its amounts"),
            _sum("receipts", "receipts that have turnover"),
            *_GROSS_NET_VAT,
        ),
    ),
    SumTable(
        "sums_hours",
        "Turnover by the hour in which receipts ended, and by cashier.",
        (
            _whole("hour", "0 to 23, by the clock of the place"),
            *_CASHIER,
            _sum("receipts", "receipts that have turnover"),
            *_GROSS_NET_VAT,
        ),
    ),
    SumTable(
        "sums_articles",
        "Positions by article, business case and VAT key.",
        (
            _said("art_nr", "ART_NR"),
            _said("artikeltext", "ARTIKELTEXT"),
            _said("warengr_id", "WARENGR_ID"),
            _said("warengr", "WARENGR"),
            _said("gv_typ", "GV_TYP"),
            _whole("ust_schluessel", "UST_SCHLUESSEL"),
            _whole("turnover", "1 where it counts as turnover, else 0"),
            _sum("positions", "number of positions"),
            _sum("quantity", "MENGE", 3),
            *_GROSS_NET_VAT,
        ),
    ),
    SumTable(
        "sums_business_cases",
        "All business cases by VAT key and rate, also those that are no turnover.",
        (
            _said("gv_typ", "GV_TYP"),
            _said("gv_name", "GV_NAME"),
            _whole("agentur_id", "AGENTUR_ID, 0 is the company itself"),
            _whole("ust_schluessel", "UST_SCHLUESSEL"),
            SumColumn("ust_satz", "UST_SATZ of that key in percent", decimals=2, optional=True),
            _whole("turnover", "1 where it counts as turnover, else 0"),
            *_GROSS_NET_VAT,
        ),
    ),
    SumTable(
        "sums_payments",
        "Payments by kind, name and currency.",
        (
            _said("zahlart_typ", "ZAHLART_TYP"),
            _said("zahlart_name", "ZAHLART_NAME"),
            _said("zahlwaeh_code", "ZAHLWAEH_CODE"),
            _sum("payments", "number of payments"),
            _sum("amount", "BASISWAEH_BETRAG", 2),
            _sum("foreign_amount", "ZAHLWAEH_BETRAG", 2),
        ),
    ),
    SumTable(
        "sums_cashiers",
        "What owners look at by cashier: cancellations, discounts, and receipts that do not count.",
        (
            *_CASHIER,
            _said(
                "kind",
                "cancelled_receipts, cancelled_lines, discounts, surcharges, or a BON_TYP that "
                "does not count",
            ),
            _sum("count", "how many"),
            _sum("gross", "their amount with VAT, as it was booked", 5),
        ),
    ),
)


def sums(batch: ClosingBatch, timezone: str, links: Links | None = None) -> Mapping[str, pa.Table]:
    """The sums of each closing, by the name of the table.

    Every table has a first column ``closing``, the index of the closing, ascending. ``timezone``
    is of the place of receipts whose times are in UTC. ``links`` are those of the batch, where they
    are known.
    """
    made = _Summing(batch, links or Links(batch), timezone)
    return {
        "closing_sums": made.closings(),
        "sums_hours": made.hours(),
        "sums_articles": made.articles(),
        "sums_business_cases": made.business_cases(),
        "sums_payments": made.payments(),
        "sums_cashiers": made.cashiers(),
    }


class _Summing:
    """The links between the rows of a batch, worked out when first asked for."""

    def __init__(self, batch: ClosingBatch, links: Links, timezone: str) -> None:
        self.batch = batch
        self.links = links
        self.timezone = timezone

    def closings(self) -> pa.Table:
        links, size = self.links, len(self.batch)
        codes = links.closing_of("lines_vat")[self.turnover_rows]
        receipts = links.closing_of("transactions")[self.receipts_with_turnover]
        amounts = {
            name: _bounded_sums(codes, values[self.turnover_rows], size)
            for name, values in self.amounts.items()
        }
        return _table(
            "closing_sums",
            np.arange(size, dtype=np.int64),
            {
                "currency": pa.array(self._currencies()),
                "receipts": np.bincount(receipts, minlength=size),
                **amounts,
            },
        )

    def hours(self) -> pa.Table:
        links = self.links
        receipts = links.receipt_of("lines_vat")[self.turnover_rows]
        # A receipt is a person's one sale: it counts once, wherever its positions are.
        groups = _Groups(
            links.closing_of("transactions"),
            [self.receipt_hours, *self._cashier_codes],
        )
        with_turnover = groups.codes[self.receipts_with_turnover]
        counts = np.bincount(with_turnover, minlength=groups.size)
        codes = groups.codes[receipts]
        kept = np.flatnonzero(counts)
        return _table(
            "sums_hours",
            groups.closings[kept],
            {
                "hour": self.receipt_hours[groups.first[kept]],
                **self._cashiers_of(groups.first[kept]),
                "receipts": counts[kept],
                **{
                    name: _bounded_sums(codes, values[self.turnover_rows], groups.size)[kept]
                    for name, values in self.amounts.items()
                },
            },
        )

    def articles(self) -> pa.Table:
        rows, positions = self.counted_rows, self.links.position_of_vat[self.counted_rows]
        texts = ("art_nr", "artikeltext", "warengr_id", "warengr", "gv_typ")
        key = self.links.numbers("lines_vat", "ust_schluessel")[rows]
        groups = _Groups(
            self.links.closing_of("lines_vat")[rows],
            [
                *(self.links.codes("lines", name)[0][positions] for name in texts),
                encode(key)[0],
                self.is_turnover[rows].astype(np.int64),
            ],
        )
        # A position with several VAT keys has several rows but one quantity: its lowest key's.
        alone = _firsts(positions)
        quantities = np.where(alone, self.links.numbers("lines", "menge")[positions], 0)
        return _table(
            "sums_articles",
            groups.closings,
            {
                **{name: self._texts("lines", name, positions[groups.first]) for name in texts},
                "ust_schluessel": key[groups.first],
                "turnover": self.is_turnover[rows][groups.first].astype(np.int64),
                "positions": np.bincount(groups.codes[alone], minlength=groups.size),
                "quantity": _bounded_sums(groups.codes, quantities, groups.size),
                **self._amounts_of(groups, rows),
            },
        )

    def business_cases(self) -> pa.Table:
        links = self.links
        rows, positions = self.counted_rows, links.position_of_vat[self.counted_rows]
        key = links.numbers("lines_vat", "ust_schluessel")[rows]
        agency = links.numbers("lines", "agentur_id")[positions]
        closings = links.closing_of("lines_vat")[rows]
        groups = _Groups(
            closings,
            [
                links.codes("lines", "gv_typ")[0][positions],
                links.codes("lines", "gv_name")[0][positions],
                encode(agency)[0],
                encode(key)[0],
            ],
        )
        first = groups.first
        return _table(
            "sums_business_cases",
            groups.closings,
            {
                "gv_typ": self._texts("lines", "gv_typ", positions[first]),
                "gv_name": self._texts("lines", "gv_name", positions[first]),
                "agentur_id": agency[first],
                "ust_schluessel": key[first],
                "ust_satz": self._rates(closings[first], key[first]),
                "turnover": self.is_turnover[rows][first].astype(np.int64),
                **self._amounts_of(groups, rows),
            },
        )

    def payments(self) -> pa.Table:
        links = self.links
        rows = np.flatnonzero(self.links.counted_in("datapayment"))
        texts = ("zahlart_typ", "zahlart_name", "zahlwaeh_code")
        groups = _Groups(
            links.closing_of("datapayment")[rows],
            [links.codes("datapayment", name)[0][rows] for name in texts],
        )
        numbers = {"amount": "basiswaeh_betrag", "foreign_amount": "zahlwaeh_betrag"}
        return _table(
            "sums_payments",
            groups.closings,
            {
                **{name: self._texts("datapayment", name, rows[groups.first]) for name in texts},
                "payments": np.bincount(groups.codes, minlength=groups.size),
                **{
                    name: _bounded_sums(
                        groups.codes, links.numbers("datapayment", column)[rows], groups.size
                    )
                    for name, column in numbers.items()
                },
            },
        )

    def cashiers(self) -> pa.Table:
        """The receipt, the kind and the amount of each event, grouped by cashier and kind."""
        events = [*self._cancelled(), *self._changed_prices(), *self._not_counted()]
        receipts = np.concatenate([event.receipts for event in events])
        kinds = np.repeat(np.arange(len(events)), [len(event.receipts) for event in events])
        groups = _Groups(
            self.links.closing_of("transactions")[receipts],
            [*(codes[receipts] for codes in self._cashier_codes), kinds],
        )
        names = pa.array([event.kind for event in events], pa.string())
        return _table(
            "sums_cashiers",
            groups.closings,
            {
                **self._cashiers_of(receipts[groups.first]),
                "kind": names.take(pa.array(kinds[groups.first])),
                "count": np.bincount(groups.codes, minlength=groups.size),
                "gross": _bounded_sums(
                    groups.codes, np.concatenate([event.gross for event in events]), groups.size
                ),
            },
        )

    # --- the events of cashiers ---

    def _cancelled(self) -> list[_Events]:
        links = self.links
        receipts = np.flatnonzero(links.counted & links.is_value("transactions", "bon_storno", "1"))
        of_line = links.receipt_of("lines")
        lines = np.flatnonzero(
            self.links.counted_in("lines") & links.is_value("lines", "p_storno", "1")
        )
        return [
            _Events("cancelled_receipts", receipts, self._receipt_gross[receipts]),
            _Events("cancelled_lines", of_line[lines], self._line_gross[lines]),
        ]

    def _changed_prices(self) -> list[_Events]:
        """Positions that are a discount, and discounts inside of positions (``itemamounts``)."""
        links = self.links
        of_line, of_amount = links.receipt_of("lines"), links.receipt_of("itemamounts")
        counted_lines, counted_amounts = (
            self.links.counted_in("lines"),
            self.links.counted_in("itemamounts"),
        )
        gross = links.numbers("itemamounts", "pf_brutto")
        found = []
        for kind, gv_typ, names in (
            ("discounts", "Rabatt", ("discount", "Rabatt")),
            ("surcharges", "Aufschlag", ("extra_amount", "Zuschlag")),
        ):
            lines = np.flatnonzero(counted_lines & links.is_value("lines", "gv_typ", gv_typ))
            named = np.zeros(len(gross), dtype=np.bool_)
            for name in names:
                named |= links.is_value("itemamounts", "typ", name)
            amounts = np.flatnonzero(counted_amounts & named)
            found.append(
                _Events(
                    kind,
                    np.concatenate((of_line[lines], of_amount[amounts])),
                    np.concatenate((self._line_gross[lines], gross[amounts])),
                )
            )
        return found

    def _not_counted(self) -> list[_Events]:
        codes, values = self.links.codes("transactions", "bon_typ")
        return [
            _Events(kind, rows, self._receipt_gross[rows])
            for code, kind in enumerate(values.to_pylist())
            if kind and kind != TURNOVER_BON_TYPE
            for rows in [np.flatnonzero(codes == code)]
        ]

    @cached_property
    def _receipt_gross(self) -> Int64Array:
        """UMS_BRUTTO of each receipt with five decimals."""
        cents = self.links.numbers("transactions", "ums_brutto")
        return np.clip(cents, -GREATEST_SUM, GREATEST_SUM) * 1000

    @cached_property
    def _line_gross(self) -> Int64Array:
        """The gross of each position over its VAT keys."""
        positions = self.links.position_of_vat
        return _bounded_sums(positions, self.amounts["gross"], self.batch.rows("lines"))

    # --- what counts ---

    @cached_property
    def counted_rows(self) -> Int64Array:
        """The rows of ``lines_vat`` that count and have a position."""
        return np.flatnonzero(
            self.links.counted_in("lines_vat") & (self.links.position_of_vat >= 0)
        )

    @cached_property
    def is_turnover(self) -> BoolArray:
        """For each row of ``lines_vat`` whether its position is turnover."""
        positions = self.links.position_of_vat
        if not self.batch.rows("lines"):
            return np.zeros(len(positions), dtype=np.bool_)
        codes, values = self.links.codes("lines", "gv_typ")
        wanted = np.array([value in TURNOVER_GV_TYPES for value in values.to_pylist()])
        own = self.links.numbers("lines", "agentur_id") == 0
        return np.asarray((wanted[codes] & own)[positions] & (positions >= 0))

    @cached_property
    def turnover_rows(self) -> Int64Array:
        """The rows of ``lines_vat`` that are turnover."""
        return self.counted_rows[self.is_turnover[self.counted_rows]]

    @cached_property
    def receipts_with_turnover(self) -> Int64Array:
        """The rows of receipts that have turnover."""
        marked = np.zeros(self.batch.rows("transactions"), dtype=np.bool_)
        marked[self.links.receipt_of("lines_vat")[self.turnover_rows]] = True
        return np.flatnonzero(marked)

    @cached_property
    def amounts(self) -> Mapping[str, Int64Array]:
        """Gross, net and VAT of each row of ``lines_vat``; one that is left out is worked out."""
        links = self.links
        gross, net = links.vat_gross, links.numbers("lines_vat", "pos_netto")
        vat = links.numbers("lines_vat", "pos_ust")
        if links.column("lines_vat", "pos_netto").null_count:
            net = np.where(links.has("lines_vat", "pos_netto"), net, gross - vat)
        if links.column("lines_vat", "pos_ust").null_count:
            vat = np.where(links.has("lines_vat", "pos_ust"), vat, gross - net)
        return {"gross": gross, "net": net, "vat": vat}

    def _amounts_of(self, groups: _Groups, rows: Int64Array) -> dict[str, Int64Array]:
        return {
            name: _bounded_sums(groups.codes, values[rows], groups.size)
            for name, values in self.amounts.items()
        }

    # --- what is beside the amounts ---

    def _texts(self, table: str, column: str, rows: Int64Array) -> pa.Array:
        """Texts as long as the standard lets them be: what is longer could not be a key."""
        codes, values = self.links.codes(table, column)
        length = TABLES_BY_NAME[table].column(column).length
        known = pc.utf8_slice_codeunits(pc.fill_null(values, ""), 0, length)
        return known.take(pa.array(codes[rows]))

    @property
    def _cashier_codes(self) -> list[Int64Array]:
        return [
            self.links.codes("transactions", name)[0] for name in ("bediener_id", "bediener_name")
        ]

    def _cashiers_of(self, receipts: Int64Array) -> dict[str, pa.Array]:
        return {
            "cashier_id": self._texts("transactions", "bediener_id", receipts),
            "cashier_name": self._texts("transactions", "bediener_name", receipts),
        }

    @cached_property
    def receipt_hours(self) -> Int64Array:
        """The hour in which each receipt ended, by the clock of the place."""
        ends = self.links.column("transactions", "bon_ende")
        ended = pc.coalesce(
            ends,
            self.links.column("transactions", "bon_start"),
            pa.array([head.z_erstellung for head in self.batch.heads], pa.string()).take(
                pa.array(self.links.closing_of("transactions"))
            ),
        )
        hours = pc.cast(pc.utf8_slice_codeunits(ended, 11, 13), pa.int64()).to_numpy()
        in_utc = pc.match_substring_regex(ended, r"([Zz]|[+-]00:?00)$").to_numpy()
        if not in_utc.any():
            return np.asarray(hours)
        return np.where(in_utc, _local_hours(instant_micros(ended), self.timezone), hours)

    def _currencies(self) -> list[str]:
        rows, bounds = self.batch.table("cashregister"), self.batch.bounds("cashregister")
        codes = rows["kasse_basiswaeh_code"].to_pylist()
        return [
            (codes[start] if end > start else None) or BASE_CURRENCY
            for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
        ]

    def _rates(self, closings: Int64Array, keys: Int64Array) -> pa.Array:
        """UST_SATZ of each VAT key in its closing, nothing where it names none."""
        vat = self.batch.table("vat")
        known = {
            (closing, key): rate
            for closing, key, rate in zip(
                self.links.closing_of("vat").tolist(),
                vat["ust_schluessel"].to_pylist(),
                vat["ust_satz"].to_pylist(),
                strict=True,
            )
        }
        pairs = zip(closings.tolist(), keys.tolist(), strict=True)
        return pa.array([known.get(pair) for pair in pairs], pa.int64())


@dataclass(frozen=True, slots=True)
class _Events:
    """Something that happened on receipts (their rows), with the amount of each."""

    kind: str
    receipts: Int64Array
    gross: Int64Array


class _Groups:
    """Rows that agree in their closing and in all codes, in the order of closings."""

    def __init__(self, closings: Int64Array, columns: Sequence[Int64Array]) -> None:
        codes, first = encode_tuples([closings, *columns])
        order = np.argsort(closings[first], kind="stable")
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        self.codes: Int64Array = rank[codes] if len(codes) else codes
        self.first: Int64Array = first[order]
        self.closings: Int64Array = closings[self.first]
        self.size = len(first)


def _firsts(values: Int64Array) -> BoolArray:
    """Where each value stands for the first time."""
    first = np.zeros(len(values), dtype=np.bool_)
    first[np.unique(values, return_index=True)[1]] = True
    return first


def _bounded_sums(codes: Int64Array, values: Int64Array, size: int) -> Int64Array:
    """The sum of each group, exact up to ``GREATEST_SUM`` and that much beyond."""
    if len(values) and max(int(values.max()), -int(values.min())) > GREATEST_SUM // len(values):
        return _sums_of_any_size(codes, values, size)
    return sum_by(codes, values, size)


def _sums_of_any_size(codes: Int64Array, values: Int64Array, size: int) -> Int64Array:
    found = [0] * size
    for code, value in zip(codes.tolist(), values.tolist(), strict=True):
        if code >= 0:
            found[code] += value
    bounded = [max(-GREATEST_SUM, min(GREATEST_SUM, total)) for total in found]
    return np.array(bounded, dtype=np.int64)


def _local_hours(micros: Int64Array, timezone: str) -> Int64Array:
    """The hour of the place at each instant; zones differ by whole quarters of an hour."""
    quarters, places = np.unique(micros[micros != NULL] // _QUARTER_MICROS, return_inverse=True)
    zone = ZoneInfo(timezone)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    hours = np.array(
        [
            (epoch + timedelta(minutes=15 * quarter)).astimezone(zone).hour
            for quarter in quarters.tolist()
        ],
        dtype=np.int64,
    )
    found = np.zeros(len(micros), dtype=np.int64)
    found[micros != NULL] = hours[places] if len(hours) else 0
    return found


def _table(
    name: str, closings: Int64Array, columns: Mapping[str, pa.Array | Int64Array]
) -> pa.Table:
    spec = next(table for table in SUM_TABLES if table.name == name)
    made = {"closing": pa.array(closings, pa.int64())}
    for column in spec.columns:
        made[column.name] = pa.array(columns[column.name], column.arrow_type)
    return pa.table(made)
