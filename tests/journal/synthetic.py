"""Closings of made-up values, with every table and every column filled: for the journal alone.

What they say is not arithmetically true; they only have to come back as they went in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from tillferry.closing.digest import part_digests
from tillferry.closing.model import ClosingBatch, ClosingHead
from tillferry.closing.order import canonical_order
from tillferry.closing.seams import Appending, Booking, Delivery, Item, ItemState
from tillferry.closing.tables import PARTS, TABLES, Column, Kind, Part, Table

WORDS = ("Pommes", "Bier 0,5 l", "Käse 'alt'", 'zwei "Zeilen"\r\nText', "€;,\t\\N", "😀", "0012")
NUMBERS = (0, 1, -1, 250, -1999, 2**53 + 1, 2**63 - 1, -(2**63) + 1)
TIMES = ("2026-01-23T18:15:00+01:00", "2026-07-01T00:00:00.123456Z", "2026-10-25T02:30:00+02:00")
ONE_ROW = ("cashpointclosing", "location", "cashregister")


def batch(
    z_nrs: Sequence[int] = (1,),
    rows: int = 5,
    seed: int = 1,
    parts: tuple[Part, ...] = PARTS,
    taxpayer: str = "12/345/67890",
    serial: str = "K-1",
) -> ClosingBatch:
    """A closing for each Z number, with up to ``rows`` rows in each table of ``parts``."""
    random = np.random.default_rng(seed)
    heads = tuple(
        ClosingHead(
            taxpayer=taxpayer,
            serial=serial,
            z_kasse_id="Kasse Ü1",
            z_erstellung=f"2026-01-{z_nr % 28 + 1:02}T23:59:59+01:00",
            z_nr=z_nr,
            business_day=date(2026, 1, 1) + timedelta(days=z_nr),
            parts=parts,
        )
        for z_nr in z_nrs
    )
    tables: dict[str, pa.Table] = {}
    offsets: dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]] = {}
    for table in TABLES:
        if table.part not in parts:
            continue
        single = table.name in ONE_ROW
        counts = np.array([1 if single else random.integers(1, rows + 1) for _ in z_nrs])
        offsets[table.name] = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        closing_of = np.repeat(np.arange(len(z_nrs), dtype=np.int64), counts)
        tables[table.name] = _rows(table, closing_of, random, taxpayer, serial)
    return ClosingBatch(heads, tables, offsets)


def _rows(
    table: Table,
    closing_of: np.ndarray[tuple[int], np.dtype[np.int64]],
    random: np.random.Generator,
    taxpayer: str,
    serial: str,
) -> pa.Table:
    rows = len(closing_of)
    columns = [_values(column, rows, random) for column in table.columns]
    made = pa.table(columns, schema=table.arrow_schema)
    for name, value in (("stnr", taxpayer), ("kasse_seriennr", serial)):
        if name in table.arrow_schema.names:
            place = table.arrow_schema.names.index(name)
            made = made.set_column(place, name, pa.array([value] * rows, pa.string()))
    order = canonical_order(table, made, closing_of)
    return made if order is None else made.take(pa.array(order))


def _values(column: Column, rows: int, random: np.random.Generator) -> pa.Array:
    choices = {Kind.TEXT: WORDS, Kind.NUMBER: NUMBERS, Kind.TIME: TIMES}[column.kind]
    drawn = random.integers(0, len(choices) + 1, rows)
    drawn[0] = min(drawn[0], len(choices) - 1)
    return pa.array(
        [choices[i] if i < len(choices) else None for i in drawn], type=column.arrow_type
    )


def booking(
    of: ClosingBatch,
    till_id: int = 1,
    delivery: str = "aa" * 32,
    parts: tuple[Part, ...] = PARTS,
    joining: Sequence[int] = (),
    items: Sequence[Item] = (),
    indices: Sequence[int] | None = None,
) -> Booking:
    """Everything of ``of`` that lies in ``parts``; ``joining`` are the closings they join."""
    chosen = range(len(of)) if indices is None else indices
    digests = part_digests(of)
    return Booking(
        batch=of,
        appendings=[
            Appending(
                index=index,
                till_id=till_id,
                digests={p: digest for p, digest in digests[index].items() if p in parts},
                delivery=delivery,
                receipts=10 + index,
                gross_cents=-1250 + index,
                closing_id=joining[place] if joining else 0,
            )
            for place, index in enumerate(chosen)
        ],
        deliveries=[file(delivery)],
        items=items,
    )


def file(sha256: str = "aa" * 32, till_id: int = 0, sequence: int = 0) -> Delivery:
    """A delivery."""
    return Delivery(
        sha256, "Käse.zip", "export", 2**40, "2026-01-24T08:00:00+01:00", "Stick", till_id, sequence
    )


def item(
    state: ItemState,
    z_nr: int = 1,
    till_id: int = 1,
    taxpayer: str = "12/345/67890",
    serial: str = "K-1",
    delivery: str = "aa" * 32,
) -> Item:
    """An item without findings."""
    return Item(
        item_id=0,
        delivery=delivery,
        source="export.zip",
        taxpayer=taxpayer,
        serial=serial,
        till_id=till_id,
        z_nr=z_nr,
        business_day=date(2026, 1, 23) if z_nr else None,
        state=state,
        receipts=3,
        gross_cents=999,
        findings=(),
        received_at="2026-01-24T08:00:00+01:00",
    )
