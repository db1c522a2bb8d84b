"""Appends closings with their rows. Everything here runs inside one transaction.

That transaction is the only one that writes, so what it finds held stays as it is until it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tillferry.closing.model import ClosingBatch, Int64Array
from tillferry.closing.seams import Appending, Booking
from tillferry.closing.sums import sums
from tillferry.closing.tables import PARTS, TABLES, Part
from tillferry.errors import TillferryError
from tillferry.journal.database import Database
from tillferry.journal.sums import append_sums

_ID_LIST = 500


def append_closings(database: Database, booking: Booking, timezone: str) -> set[tuple[int, int]]:
    """Write the closings of ``booking.appendings``, their rows and their sums.

    Returns (till_id, z_nr) of those that are new. Raises ``journal_already_held`` where one of
    them, or one of the parts that were to join it, is held already.
    """
    batch = booking.batch
    if batch is None or not booking.appendings:
        return set()
    appendings = sorted(booking.appendings, key=lambda appending: appending.index)
    ids = _closing_ids(database, batch, appendings)
    counts = _row_counts(batch, appendings)
    new = [place for place, appending in enumerate(appendings) if not appending.closing_id]
    joining = [place for place, appending in enumerate(appendings) if appending.closing_id]
    columns = _closing_columns(batch, appendings, ids, counts)
    database.append("closings", columns.take(pa.array(new, pa.int64())))
    _join_parts(database, columns.take(pa.array(joining, pa.int64())))
    for part in PARTS:
        places = [place for place, a in enumerate(appendings) if part in a.digests]
        if places:
            _append_part(
                database, batch, part, [appendings[place] for place in places], ids[places]
            )
    _append_sums(database, booking, appendings, ids, timezone)
    return {(appendings[place].till_id, batch.heads[appendings[place].index].z_nr) for place in new}


def _closing_ids(
    database: Database, batch: ClosingBatch, appendings: Sequence[Appending]
) -> Int64Array:
    ids = np.array([appending.closing_id for appending in appendings], dtype=np.int64)
    _check_joining(database, batch, [a for a in appendings if a.closing_id])
    new = ids == 0
    following = int(database.value("SELECT coalesce(max(closing_id), 0) + 1 FROM closings"))
    ids[new] = np.arange(following, following + int(new.sum()))
    return ids


def _check_joining(database: Database, batch: ClosingBatch, joining: Sequence[Appending]) -> None:
    """Each closing that parts are to join must be the one meant and must not hold them yet."""
    columns = ", ".join(f"digest_{part}" for part in PARTS)
    found: dict[int, tuple[Any, ...]] = {}
    for start in range(0, len(joining), _ID_LIST):
        listed = ", ".join(str(int(a.closing_id)) for a in joining[start : start + _ID_LIST])
        rows = database.rows(
            f"SELECT closing_id, till_id, z_nr, {columns} FROM closings "
            f"WHERE closing_id IN ({listed})"
        )
        found.update((row[0], row[1:]) for row in rows)
    for appending in joining:
        held = found.get(appending.closing_id, ())
        meant = (appending.till_id, batch.heads[appending.index].z_nr)
        digests = dict(zip(PARTS, held[2:], strict=False))
        if held[:2] != meant or any(digests[part] is not None for part in appending.digests):
            raise TillferryError("journal_already_held")


def _row_counts(batch: ClosingBatch, appendings: Sequence[Appending]) -> Int64Array:
    places = np.array([appending.index for appending in appendings], dtype=np.int64)
    counts = np.zeros(len(appendings), dtype=np.int64)
    for table in TABLES:
        if batch.rows(table.name):
            written = np.array([table.part in a.digests for a in appendings], dtype=np.int64)
            counts += np.diff(batch.bounds(table.name))[places] * written
    return counts


def _closing_columns(
    batch: ClosingBatch, appendings: Sequence[Appending], ids: Int64Array, counts: Int64Array
) -> pa.Table:
    heads = [batch.heads[appending.index] for appending in appendings]
    starts, ends = _receipt_range(batch)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    int64, string = pa.int64(), pa.string()
    return pa.table(
        {
            "till_id": pa.array([a.till_id for a in appendings], int64),
            "closing_id": pa.array(ids, int64),
            "z_nr": pa.array([head.z_nr for head in heads], int64),
            "z_kasse_id": pa.array([head.z_kasse_id for head in heads], string),
            "z_erstellung": pa.array([head.z_erstellung for head in heads], string),
            "business_day": pa.array([head.business_day for head in heads], pa.date32()),
            "z_start_id": pa.array([starts[a.index] for a in appendings], string),
            "z_ende_id": pa.array([ends[a.index] for a in appendings], string),
            "receipts": pa.array([a.receipts for a in appendings], int64),
            "gross_cents": pa.array([a.gross_cents for a in appendings], int64),
            **{
                f"digest_{part}": pa.array([a.digests.get(part) for a in appendings], string)
                for part in PARTS
            },
            "row_count": pa.array(counts, int64),
            "delivery": pa.array([a.delivery for a in appendings], string),
            "booked_at": pa.array([now] * len(appendings), string),
        }
    )


def _receipt_range(batch: ClosingBatch) -> tuple[list[str], list[str]]:
    """Z_START_ID and Z_ENDE_ID of each closing, empty where it has no row that says so."""
    rows = batch.table("cashpointclosing")
    bounds = batch.bounds("cashpointclosing")
    starts, ends = rows["z_start_id"].to_pylist(), rows["z_ende_id"].to_pylist()
    places = [int(start) if end > start else -1 for start, end in pairwise(bounds)]
    return (
        [(starts[place] or "") if place >= 0 else "" for place in places],
        [(ends[place] or "") if place >= 0 else "" for place in places],
    )


def _join_parts(database: Database, columns: pa.Table) -> None:
    digests = [f"digest_{part}" for part in PARTS]
    added = [*digests, "row_count", "till_id", "closing_id"]
    database.run_each(
        f"UPDATE closings SET {', '.join(f'{name} = coalesce({name}, ?)' for name in digests)}, "
        "row_count = row_count + ? WHERE till_id = ? AND closing_id = ?",
        columns.select(added),
    )
    # What is said of receipts comes from the bookings, whenever these arrive.
    said = ["receipts", "gross_cents", "z_start_id", "z_ende_id", "delivery"]
    with_bookings = columns.filter(columns["digest_bookings"].is_valid())
    database.run_each(
        f"UPDATE closings SET {', '.join(f'{name} = ?' for name in said)} "
        "WHERE till_id = ? AND closing_id = ?",
        with_bookings.select([*said, "till_id", "closing_id"]),
    )


def _append_part(
    database: Database,
    batch: ClosingBatch,
    part: Part,
    appendings: Sequence[Appending],
    ids: Int64Array,
) -> None:
    indices = [appending.index for appending in appendings]
    till_ids = np.array([appending.till_id for appending in appendings], dtype=np.int64)
    names = [table.name for table in TABLES if table.part == part and batch.rows(table.name)]
    only = ClosingBatch(
        batch.heads,
        {name: batch.tables[name] for name in names},
        {name: batch.offsets[name] for name in names},
    ).take(indices)
    for name, rows in only.tables.items():
        counts = np.diff(only.bounds(name))
        keys: dict[str, npt.NDArray[np.int64]] = {
            "till_id": np.repeat(till_ids, counts),
            "closing_id": np.repeat(ids, counts),
            "row_no": np.arange(rows.num_rows) - np.repeat(only.bounds(name)[:-1], counts),
        }
        stored = database.dialect.stored(name, rows)
        columns = [pa.array(values) for values in keys.values()] + stored.columns
        database.append(name, pa.table(columns, names=[*keys, *stored.column_names]))


def _append_sums(
    database: Database,
    booking: Booking,
    appendings: Sequence[Appending],
    ids: Int64Array,
    timezone: str,
) -> None:
    """The sums of all closings whose bookings are written."""
    places = [place for place, a in enumerate(appendings) if "bookings" in a.digests]
    batch = booking.batch
    if batch is None or not places:
        return
    chosen = batch.take([appendings[place].index for place in places])
    till_ids = np.array([appendings[place].till_id for place in places], dtype=np.int64)
    known = booking.sums if chosen is batch else None
    append_sums(database, chosen, till_ids, ids[places], known or sums(chosen, timezone))
