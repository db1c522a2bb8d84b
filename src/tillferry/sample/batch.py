"""One till's day as a closing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from tillferry.closing.model import ClosingBatch, ClosingHead
from tillferry.closing.order import canonical_order
from tillferry.closing.tables import TABLES, Table
from tillferry.sample.calendar import BusinessDay, business_day
from tillferry.sample.day import (
    bon_id,
    day_rng,
    day_transactions,
    last_sale_position,
)
from tillferry.sample.masters import STNR, closing_row, master_rows, serial, z_kasse_id
from tillferry.sample.own import stock_movements, time_entries
from tillferry.sample.receipts import Receipt
from tillferry.sample.rows import DayRows, Origin
from tillferry.sample.tse import Row, outage_row, signed_row, tse_day

_SLOWEST_SECONDS = 240


def sample_batches(
    tills: int, days: int, receipts: int, seed: int
) -> Iterator[tuple[int, ClosingBatch]]:
    """Each till (from 1) with each of its closings, till after till, day after day."""
    for till in range(1, tills + 1):
        for day in range(1, days + 1):
            yield till, sample_batch(till, day, receipts, seed)


def sample_batch(till: int, day: int, receipts: int, seed: int) -> ClosingBatch:
    """The closing of one till on one day; Z_NR is ``day``.

    ``till`` and ``day`` count from 1. ``receipts`` are those that count (BON_TYP Beleg); orders
    and training receipts come on top. The same arguments give the same values on any machine,
    and no other day is needed to make one. Raises ``ValueError`` for less than one of each.
    """
    if min(till, day, receipts) < 1:
        raise ValueError("till, day and receipts count from 1")
    when = business_day(till, day)
    found = _rows(till, day, receipts, seed, when)
    tables: dict[str, pa.Table] = {}
    for table in TABLES:
        rows = found.rows.get(table.name)
        if rows:
            tables[table.name] = _arrow(table, rows)
    offsets = {name: np.array([0, rows.num_rows], dtype=np.int64) for name, rows in tables.items()}
    head = ClosingHead(
        taxpayer=STNR,
        serial=serial(till),
        z_kasse_id=z_kasse_id(till),
        z_erstellung=when.z_erstellung,
        z_nr=day,
        business_day=when.day,
        parts=("bookings", "time", "stock"),
    )
    return ClosingBatch((head,), tables, offsets)


def _rows(till: int, day: int, receipts: int, seed: int, when: BusinessDay) -> DayRows:
    found = DayRows()
    transactions = day_transactions(till, day, receipts, seed)
    ids = [str(bon_id(day, position, receipts)) for position in range(len(transactions))]
    rng = day_rng(seed, till, day, "around")
    tse = tse_day(till, day, len(transactions), seed, rng.random())
    times = _times(when, [rng.random() for _ in transactions])
    signed = 0
    for position, (receipt, (start, end)) in enumerate(zip(transactions, times, strict=True)):
        origin = _origin(till, day, receipts, receipt, ids, when)
        by_key = found.add(ids[position], start, end, receipt, origin)
        if position in tse.failing:
            row = outage_row(ids[position])
        else:
            row = signed_row(ids[position], tse, signed, start, end, receipt, by_key)
            signed += 1
        found.rows["transactions_tse"].append(row)
    found.add_totals()
    found.rows["cashpointclosing"] = [
        closing_row(when.z_buchungstag, ids[0], ids[-1], found.all_payments, found.cash_payments)
    ]
    found.rows.update(master_rows(till, seed))
    found.rows["time_entries"] = time_entries(rng, when, day)
    found.rows["stock_movements"] = stock_movements(rng, when, day)
    return found


def _origin(
    till: int, day: int, receipts: int, receipt: Receipt, ids: list[str], when: BusinessDay
) -> Origin | None:
    if receipt.cancels_yesterday:
        earlier = business_day(till, day - 1).z_erstellung
        original = bon_id(day - 1, last_sale_position(receipts), receipts)
        return Origin(earlier, z_kasse_id(till), day - 1, str(original))
    if receipt.cancels:
        return Origin(when.z_erstellung, z_kasse_id(till), day, ids[receipt.cancels.number - 1])
    return None


def _times(when: BusinessDay, chances: list[float]) -> list[tuple[int, int]]:
    """Start and end of each transaction, one after the other."""
    span = when.closes - when.opens
    starts = sorted(when.opens + int(chance * span) for chance in chances)
    ends = [*starts[1:], when.closes]
    return [
        (start, start + min(_SLOWEST_SECONDS, (end - start) * 4 // 5))
        for start, end in zip(starts, ends, strict=True)
    ]


def _arrow(table: Table, rows: list[Row]) -> pa.Table:
    schema = table.arrow_schema
    columns = [
        pa.array(values, field.type)
        for values, field in zip(zip(*rows, strict=True), schema, strict=True)
    ]
    found = pa.Table.from_arrays(columns, schema=schema)
    order = canonical_order(table, found, np.zeros(len(rows), dtype=np.int64))
    return found if order is None else found.take(pa.array(order))
