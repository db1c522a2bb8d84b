"""Two versions of a closing, row by row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from tests.e2e.world import day
from tillferry.closing.model import ClosingBatch
from tillferry.closing.tables import PARTS, TABLES_BY_NAME
from tillferry.office.row_differences import SHOWN_ROWS, ChangedValue, differences, shown


def with_rows(batch: ClosingBatch, name: str, rows: pa.Table) -> ClosingBatch:
    offsets = {**batch.offsets, name: np.array([0, rows.num_rows], dtype=np.int64)}
    return ClosingBatch(batch.heads, {**batch.tables, name: rows}, offsets)


def with_value(
    batch: ClosingBatch, name: str, column: str, row: int, value: object
) -> ClosingBatch:
    rows = batch.table(name)
    values = rows[column].to_pylist()
    values[row] = value
    place = rows.schema.names.index(column)
    return with_rows(
        batch, name, rows.set_column(place, column, pa.array(values, rows[column].type))
    )


def test_the_same_closing_does_not_differ_however_its_times_are_written() -> None:
    one = day(1, 1)
    first = one.table("transactions")["bon_start"][0].as_py()
    assert first.endswith("+02:00")
    hour = int(first[11:13])
    other = with_value(
        one, "transactions", "bon_start", 0, f"{first[:11]}{hour - 1:02}{first[13:19]}+01:00"
    )
    head = replace(one.heads[0], z_erstellung=one.heads[0].z_erstellung)
    found = differences(one, replace(other, heads=(head,)), PARTS)
    assert found.rows == found.counts == found.head == ()


def test_a_changed_value_is_shown_under_its_key_with_decimals() -> None:
    one = day(1, 1)
    other = with_value(one, "transactions", "ums_brutto", 1, 1234)
    before = one.table("transactions")["ums_brutto"][1].as_py()

    (row,) = differences(one, other, ("bookings",)).rows

    assert (row.table, row.change) == ("transactions", "changed")
    assert row.key == f"BON_ID {one.table('transactions')['bon_id'][1].as_py()}"
    column = TABLES_BY_NAME["transactions"].column("ums_brutto")
    assert row.values == (ChangedValue("ums_brutto", shown(column, before), "12.34"),)


def test_rows_that_one_version_lacks_are_added_or_removed() -> None:
    one = day(1, 1)
    lines = one.table("lines")
    fewer = with_rows(one, "lines", lines.slice(1))
    assert [row.change for row in differences(one, fewer, PARTS).rows] == ["removed"]
    assert [row.change for row in differences(fewer, one, PARTS).rows] == ["added"]
    twice = with_rows(one, "lines", pa.concat_tables([lines, lines.slice(0, 1)]))
    assert differences(one, twice, PARTS).counts == (("lines", (1, 0, 0)),)


def test_only_the_parts_that_are_asked_for_are_compared() -> None:
    one = day(1, 1)
    other = with_rows(one, "time_entries", one.table("time_entries").slice(1))
    assert differences(one, other, ("bookings",)).rows == ()
    assert differences(one, other, ("time",)).counts == (("time_entries", (0, 1, 0)),)


def test_many_rows_are_counted_and_the_first_shown() -> None:
    one = day(1, 1)
    line = one.table("lines").slice(0, 1)
    many = with_rows(one, "lines", pa.concat_tables([line] * (SHOWN_ROWS + 50)))
    none = with_rows(one, "lines", line.slice(0, 0))
    found = differences(none, many, ("bookings",))
    assert len(found.rows) == SHOWN_ROWS and found.counts == (("lines", (250, 0, 0)),)


def test_values_are_shown_as_people_read_them() -> None:
    amount = TABLES_BY_NAME["transactions"].column("ums_brutto")
    assert [shown(amount, value) for value in (None, 0, 5, -5, 123456)] == [
        *("", "0.00", "0.05", "-0.05", "1234.56")
    ]
