from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.closing.rows import Row, rows_of
from tillferry.closing.order import canonical_order
from tillferry.closing.tables import TABLES_BY_NAME, Kind, Table
from tillferry.closing.times import micros_since_1970, parse_instant

LINES = TABLES_BY_NAME["lines"]
ORDERED = ("lines_vat", "transactions_tse", "cashregister", "stock_movements")


def in_order(table: Table, rows: list[Row], closings: list[int]) -> list[int]:
    order = canonical_order(
        table,
        pa.Table.from_pylist(rows, schema=table.arrow_schema),
        np.array(closings, dtype=np.int64),
    )
    return list(range(len(rows))) if order is None else [int(row) for row in order]


def sort_key(table: Table, row: Row) -> list[tuple[Any, ...]]:
    """The docstring of ``closing.order`` for one row, in plain Python."""
    names = [*table.key, *(c.name for c in table.columns if c.name not in table.key)]
    key: list[tuple[Any, ...]] = []
    for name in names:
        value, kind = row[name], table.column(name).kind
        if value is None or value == "":
            key.append((0,))
        elif kind is Kind.TEXT:
            key.append((1, len(value.encode()), value.encode()))
        elif kind is Kind.TIME:
            key.append((1, micros_since_1970(parse_instant(value))))
        else:
            key.append((1, value))
    return key


def line(bon_id: str | None, pos_zeile: str = "1", **more: Any) -> Row:
    return {"bon_id": bon_id, "pos_zeile": pos_zeile, **more}


def test_numbers_written_as_text_are_in_the_order_of_numbers() -> None:
    rows = [line("10"), line("9"), line("100"), line("11"), line(None)]
    assert in_order(LINES, rows, [0] * 5) == [4, 1, 0, 3, 2]


def test_closings_stay_apart() -> None:
    assert in_order(LINES, [line("1"), line("2"), line("1")], [1, 0, 0]) == [2, 1, 0]


def test_ties_in_the_key_are_decided_by_the_other_columns() -> None:
    rows = [line("1", menge=2), line("1", menge=1), line("1", menge=None)]
    assert in_order(LINES, rows, [0] * 3) == [2, 1, 0]


def test_an_empty_text_stands_where_no_value_stands() -> None:
    rows = [line("1", gtin="", menge=2), line("1", gtin=None, menge=1)]
    assert in_order(LINES, rows, [0, 0]) == [1, 0]


def test_a_table_in_order_is_left_alone() -> None:
    rows = [line(str(bon), str(pos)) for bon in range(1, 40) for pos in range(1, 12)]
    rows.append(dict(rows[-1]))
    table = pa.Table.from_pylist(rows, schema=LINES.arrow_schema)
    assert canonical_order(LINES, table, np.zeros(len(rows), np.int64)) is None


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_and_one_row_are_in_order(count: int) -> None:
    table = pa.Table.from_pylist([line("1")] * count, schema=LINES.arrow_schema)
    assert canonical_order(LINES, table, np.zeros(count, np.int64)) is None


@pytest.mark.parametrize("name", ORDERED)
@settings(max_examples=40)
@given(data=st.data(), seed=st.integers(0, 99))
def test_the_order_is_that_of_the_docstring(name: str, data: st.DataObject, seed: int) -> None:
    table = TABLES_BY_NAME[name]
    rows = data.draw(rows_of(table, least=2, most=6))
    # Drawn rows seldom agree: let some differ from another one in a single value.
    twins = [
        row | {column.name: data.draw(st.sampled_from(rows))[column.name]}
        for row, column in zip(rows, random.Random(seed).choices(table.columns, k=2), strict=False)
    ]
    mixed = rows + twins
    random.Random(seed).shuffle(mixed)
    closings = [random.Random(seed + place).randrange(2) for place in range(len(mixed))]
    keys = [(closing, sort_key(table, row)) for closing, row in zip(closings, mixed, strict=True)]
    found = in_order(table, mixed, closings)
    assert sorted(found) == list(range(len(mixed)))
    assert [keys[row] for row in found] == sorted(keys)
    again = in_order(table, [mixed[row] for row in found], [closings[row] for row in found])
    assert again == list(range(len(mixed)))


def test_tables_in_many_chunks_are_ordered_too() -> None:
    rows = [line(str(bon)) for bon in (3, 1, 2, 10, 9)]
    table = pa.concat_tables(
        [pa.Table.from_pylist([row], schema=LINES.arrow_schema) for row in rows]
    )
    order = canonical_order(LINES, table, np.zeros(5, np.int64))
    assert order is not None
    assert order.tolist() == [1, 2, 0, 4, 3]
