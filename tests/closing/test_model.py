from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.closing.build import Rows, batch_of, day, head_of
from tillferry.closing.model import ClosingBatch, Severity, concat_batches, finding
from tillferry.closing.tables import TABLES


def contents(batch: ClosingBatch) -> list[tuple[int, dict[str, list[dict[str, Any]]]]]:
    """Each closing's Z number and rows, whatever the batch they lie in."""
    return [
        (
            head.z_nr,
            {
                table.name: batch.closing_rows(table.name, index).to_pylist()
                for table in TABLES
                if batch.closing_rows(table.name, index).num_rows
            },
        )
        for index, head in enumerate(batch.heads)
    ]


def numbered(sizes: list[int]) -> ClosingBatch:
    rows: list[Rows] = [day(size, 100 * place) if size else {} for place, size in enumerate(sizes)]
    return batch_of(*rows)


SIZES = st.lists(st.integers(0, 3), min_size=1, max_size=4)


@settings(max_examples=30, deadline=None)
@given(SIZES, st.data())
def test_take_gives_the_closings_asked_for(sizes: list[int], data: st.DataObject) -> None:
    batch = numbered(sizes)
    indices = data.draw(st.lists(st.integers(0, len(sizes) - 1), max_size=5))
    taken = batch.take(indices)
    everything = contents(batch)
    assert contents(taken) == [everything[index] for index in indices]
    for name in taken.tables:
        lines = [int(line) for line in taken.lines[name]]
        assert lines == [
            batch.line(name, row)
            for index in indices
            for row in range(int(batch.bounds(name)[index]), int(batch.bounds(name)[index + 1]))
        ]


@settings(max_examples=30, deadline=None)
@given(st.lists(SIZES, min_size=1, max_size=3))
def test_concat_puts_batches_one_after_the_other(many: list[list[int]]) -> None:
    batches = [numbered(sizes) for sizes in many]
    assert contents(concat_batches(batches)) == [
        one for batch in batches for one in contents(batch)
    ]


def test_rows_of_tables_that_are_not_there() -> None:
    batch = batch_of({}, {})
    assert len(batch) == 2
    assert batch.rows("lines") == 0
    assert batch.table("lines").num_rows == 0
    assert batch.table("lines").column_names[0] == "bon_id"
    assert batch.bounds("lines").tolist() == [0, 0, 0]
    assert batch.closing_of("lines").tolist() == []
    assert batch.closing_rows("lines", 1).num_rows == 0


def test_each_row_knows_its_closing_and_line() -> None:
    batch = batch_of(day(1), day(2, 10))
    assert batch.closing_of("transactions").tolist() == [0, 1, 1]
    assert [batch.line("transactions", row) for row in range(3)] == [2, 2, 3]
    unknown = ClosingBatch(batch.heads, batch.tables, batch.offsets)
    assert unknown.line("transactions", 0) == 0


def test_lines_that_one_batch_does_not_know_are_not_guessed() -> None:
    known = batch_of(day(1))
    unknown = ClosingBatch(known.heads, known.tables, known.offsets)
    assert concat_batches([known, unknown]).line("transactions", 0) == 0


def test_without_a_part_neither_its_rows_nor_its_name_are_there() -> None:
    rows = day(1)
    rows["stock_movements"] = [{"movement_id": "1"}]
    batch = batch_of(rows, heads=(head_of(parts=("bookings", "stock")),))
    less = batch.without_part("stock")
    assert less.heads[0].parts == ("bookings",)
    assert "stock_movements" not in less.tables | less.offsets | less.lines
    assert less.rows("transactions") == batch.rows("transactions")
    assert batch.rows("stock_movements") == 1


def test_nothing_taken_is_a_batch_without_closings() -> None:
    empty = batch_of(day(1)).take([])
    assert len(empty) == 0
    assert len(concat_batches([empty, empty])) == 0
    assert len(concat_batches([])) == 0


def test_a_finding_holds_its_parameters_as_texts() -> None:
    found = finding("some_code", Severity.WARNING, "lines.csv", 7, "MENGE", count=3)
    assert found.params == (("count", "3"),)
    with pytest.raises(AttributeError):
        found.line = 8  # type: ignore[misc]
