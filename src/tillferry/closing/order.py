"""The canonical order of rows, in which two exports of one closing are the same.

Rows stand closing after closing; inside a closing by the table's key columns and then by all
other columns. Texts compare by their length in UTF-8 bytes and then by those bytes, so consecutive
numbers written as text ("9", "10") are in the order in which a till writes them, and a table in
that order is left as it is. No value comes before any value; an empty text is no value.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.model import Int64Array
from tillferry.closing.tables import Column, Kind, Table
from tillferry.closing.times import instant_micros

BoolArray = npt.NDArray[np.bool_]


def canonical_order(table: Table, rows: pa.Table, closing_of: Int64Array) -> Int64Array | None:
    """The row numbers in canonical order, ``None`` where ``rows`` already are.

    ``closing_of`` gives the index of each row's closing.
    """
    if rows.num_rows < 2:
        return None
    keys = [table.column(name) for name in table.key]
    others = [column for column in table.columns if column.name not in table.key]
    if _in_order(rows, closing_of, keys, others):
        return None
    columns: list[npt.NDArray[np.generic]] = [closing_of]
    for column in keys + others:
        columns.extend(_sort_keys(rows, column))
    return np.lexsort(columns[::-1]).astype(np.int64)


def _in_order(
    rows: pa.Table, closing_of: Int64Array, keys: list[Column], others: list[Column]
) -> bool:
    if (np.diff(closing_of) < 0).any():
        return False
    tied = np.flatnonzero(closing_of[1:] == closing_of[:-1])
    for column in keys + others:
        if not len(tied):
            return True
        whole = len(tied) == rows.num_rows - 1
        values = rows.column(column.name)
        before = values.slice(0, rows.num_rows - 1) if whole else values.take(pa.array(tied))
        after = values.slice(1) if whole else values.take(pa.array(tied + 1))
        less, equal = _compare(column, before, after)
        if not (less | equal).all():
            return False
        tied = tied[equal]
    return True


def _compare(
    column: Column, before: pa.ChunkedArray, after: pa.ChunkedArray
) -> tuple[BoolArray, BoolArray]:
    """Where ``before < after`` and where they are equal."""
    if column.kind is Kind.TEXT:
        length_before = _lengths(before)
        length_after = _lengths(after)
        same = length_before == length_after
        text_less = _bools(pc.less(before, after))
        text_equal = _bools(pc.equal(before, after)) | (length_before == 0)
        return (length_before < length_after) | (same & text_less), same & text_equal
    left, right = _numbers(column, before), _numbers(column, after)
    return left < right, left == right


def _sort_keys(rows: pa.Table, column: Column) -> list[npt.NDArray[np.generic]]:
    values = rows.column(column.name)
    if column.kind is not Kind.TEXT:
        return [_numbers(column, values)]
    ranks = pc.rank(pc.fill_null(values, ""), tiebreaker="dense")
    return [_lengths(values), np.asarray(ranks.to_numpy(), dtype=np.int64)]


def _numbers(column: Column, values: pa.ChunkedArray) -> Int64Array:
    if column.kind is Kind.TIME:
        return instant_micros(values)
    filled = pc.fill_null(values, int(np.iinfo(np.int64).min))
    return np.asarray(filled.to_numpy(), dtype=np.int64)


def _lengths(values: pa.ChunkedArray) -> Int64Array:
    return np.asarray(pc.fill_null(pc.binary_length(values), 0).to_numpy(), dtype=np.int64)


def _bools(values: pa.ChunkedArray) -> BoolArray:
    return (
        np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), dtype=np.bool_)
        if isinstance(values, pa.Array)
        else np.asarray(pc.fill_null(values, False).to_numpy())
    )
