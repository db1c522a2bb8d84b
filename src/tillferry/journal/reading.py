"""Reads held closings back, as they were appended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.model import ClosingBatch, ClosingHead, Int64Array
from tillferry.closing.seams import HeldClosing
from tillferry.closing.tables import TABLES, Table
from tillferry.journal.database import Database
from tillferry.journal.held import held_with_row_counts

GROUP_ROWS: Final = 200_000
"""A group has at most so many rows over all tables, unless one closing alone has more."""
GROUP_CLOSINGS: Final = 2_000


def read_closings(database: Database, till_id: int, z_nrs: Sequence[int]) -> Iterator[ClosingBatch]:
    """Held closings with their rows, in the order of Z numbers; those not held are left out."""
    found = held_with_row_counts(database, [(till_id, z_nr) for z_nr in z_nrs])
    if not found:
        return
    tills = database.rows("SELECT taxpayer, serial FROM tills WHERE till_id = ?", till_id)
    taxpayer, serial = tills[0] if tills else ("", "")
    for group in _groups(found):
        yield _read_group(database, till_id, group, (taxpayer, serial))


def _groups(found: Sequence[tuple[HeldClosing, int]]) -> Iterator[list[HeldClosing]]:
    group: list[HeldClosing] = []
    rows = 0
    for held, count in found:
        if group and (rows + count > GROUP_ROWS or len(group) == GROUP_CLOSINGS):
            yield group
            group, rows = [], 0
        group.append(held)
        rows += count
    yield group


def _read_group(
    database: Database, till_id: int, group: Sequence[HeldClosing], till: tuple[str, str]
) -> ClosingBatch:
    ids = np.array([held.closing_id for held in group], dtype=np.int64)
    in_stored_order = np.argsort(ids)
    tables: dict[str, pa.Table] = {}
    offsets: dict[str, Int64Array] = {}
    with database.lock:
        for table in TABLES:
            if not any(table.part in held.digests for held in group):
                continue
            rows, bounds = _read_table(database, table, till_id, ids[in_stored_order])
            if rows.num_rows:
                tables[table.name] = rows
                offsets[table.name] = bounds
    stored = [group[int(place)] for place in in_stored_order]
    batch = ClosingBatch(_heads(stored, tables, offsets, till), tables, offsets)
    return batch.take([int(place) for place in np.argsort(in_stored_order)])


def _read_table(
    database: Database, table: Table, till_id: int, ids: Int64Array
) -> tuple[pa.Table, Int64Array]:
    """The rows of the closings ``ids`` (ascending), and where each closing's begin."""
    columns = ", ".join(database.dialect.selected(table.name, c.name) for c in table.columns)
    found = database.table(
        f'SELECT closing_id, {columns} FROM "{table.name}" '
        f"WHERE {_within(till_id, ids)} ORDER BY closing_id, row_no"
    )
    closing_ids = np.asarray(pc.cast(found["closing_id"], pa.int64()).to_numpy(), dtype=np.int64)
    bounds = np.append(np.searchsorted(closing_ids, ids), len(closing_ids)).astype(np.int64)
    arrays = [found[c.name].cast(c.arrow_type) for c in table.columns]
    return pa.table(arrays, schema=table.arrow_schema), bounds


def _within(till_id: int, ids: Int64Array) -> str:
    """SQL for these closings: a range where their numbers are consecutive, else a list."""
    if int(ids[-1]) - int(ids[0]) == len(ids) - 1:
        chosen = f"BETWEEN {int(ids[0])} AND {int(ids[-1])}"
    else:
        chosen = f"IN ({', '.join(str(int(closing_id)) for closing_id in ids)})"
    return f"till_id = {int(till_id)} AND closing_id {chosen}"


def _heads(
    stored: Sequence[HeldClosing],
    tables: dict[str, pa.Table],
    offsets: dict[str, Int64Array],
    till: tuple[str, str],
) -> tuple[ClosingHead, ...]:
    def column(table: str, name: str) -> list[Any]:
        """The value in each closing's first row, ``None`` without a row."""
        if table not in tables:
            return [None] * len(stored)
        bounds = offsets[table]
        first = pa.array(bounds[:-1], mask=np.diff(bounds) == 0)
        return list(tables[table][name].take(first).to_pylist())

    numbers = column("cashpointclosing", "stnr")
    vat_ids = column("cashpointclosing", "ustid")
    serials = column("cashregister", "kasse_seriennr")
    return tuple(
        ClosingHead(
            taxpayer="".join((number or vat_id or till[0]).split()),
            serial=serial or till[1],
            z_kasse_id=held.z_kasse_id,
            z_erstellung=held.z_erstellung,
            z_nr=held.z_nr,
            business_day=held.business_day,
            parts=tuple(held.digests),
        )
        for held, number, vat_id, serial in zip(stored, numbers, vat_ids, serials, strict=True)
    )
