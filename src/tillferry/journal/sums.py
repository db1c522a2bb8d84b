"""Keeps the sums of each closing beside it (``closing.sums``), in the transaction that appends it.

``sums_pending`` names closings that are held without them: those of a journal from before there
were sums. They are filled when the journal is opened for writing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa

from tillferry.closing.model import ClosingBatch, Int64Array
from tillferry.closing.sums import SUM_TABLES, sums
from tillferry.journal.database import Database
from tillferry.journal.held import held_of_many
from tillferry.journal.months import ONE_ROW, add_to_months, take_from_months
from tillferry.journal.reading import read_closings

_FILLED_AT_ONCE: Final = 200


def append_sums(
    database: Database,
    batch: ClosingBatch,
    till_ids: Int64Array,
    ids: Int64Array,
    summed: Mapping[str, pa.Table],
) -> None:
    """Write the sums of the closings of ``batch``, inside a transaction."""
    for name, rows in summed.items():
        closings = rows["closing"].to_numpy()
        columns = {"till_id": pa.array(till_ids[closings]), "closing_id": pa.array(ids[closings])}
        if name == ONE_ROW:
            columns["z_nr"] = pa.array([head.z_nr for head in batch.heads], pa.int64())
            days = [head.business_day for head in batch.heads]
            columns["business_day"] = pa.array(days, pa.date32())
        else:
            starts = np.searchsorted(closings, closings)
            columns["row_no"] = pa.array(np.arange(len(closings)) - starts, pa.int64())
        rows = rows.drop_columns(["closing"])
        columns.update(zip(rows.column_names, rows.columns, strict=True))
        database.append(name, pa.table(columns))
    add_to_months(database, ids.tolist())


def remove_sums(database: Database, till_id: int, closing_id: int) -> None:
    """Take the sums of a closing out, inside a transaction."""
    take_from_months(database, [closing_id])
    for name in (*(table.name for table in SUM_TABLES), "sums_pending"):
        database.run(
            f"DELETE FROM {name} WHERE till_id = {int(till_id)} AND closing_id = {int(closing_id)}"
        )


def pending_sums(database: Database) -> int:
    """How many closings are held without their sums."""
    return int(database.value("SELECT count(*) FROM sums_pending"))


def fill_pending_sums(database: Database, timezone: str) -> None:
    """Make the sums that are missing, some closings in a transaction."""
    while database.rows("SELECT 1 FROM sums_pending LIMIT 1"):
        with database.transaction():
            pending = database.rows(
                "SELECT c.till_id, c.z_nr FROM sums_pending p JOIN closings c "
                "ON c.till_id = p.till_id AND c.closing_id = p.closing_id "
                f"ORDER BY p.till_id, p.closing_id LIMIT {_FILLED_AT_ONCE}"
            )
            of_till: dict[int, list[int]] = defaultdict(list)
            for till_id, z_nr in pending:
                of_till[till_id].append(z_nr)
            for till_id, z_nrs in of_till.items():
                _fill(database, till_id, z_nrs, timezone)


def _fill(database: Database, till_id: int, z_nrs: list[int], timezone: str) -> None:
    held = held_of_many(database, [(till_id, z_nr) for z_nr in z_nrs])
    ids = {z_nr: closing.closing_id for (_, z_nr), closing in held.items()}
    for batch in read_closings(database, till_id, z_nrs):
        closing_ids = np.array([ids[head.z_nr] for head in batch.heads], dtype=np.int64)
        for closing_id in closing_ids.tolist():
            remove_sums(database, till_id, closing_id)
        append_sums(
            database,
            batch,
            np.full(len(batch), till_id),
            closing_ids,
            sums(batch, timezone),
        )
