from __future__ import annotations

import hashlib
import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.closing.build import Rows, batch_of, day, head_of
from tests.closing.rows import rows_of
from tests.closing.test_order import sort_key
from tillferry.closing.digest import part_digests
from tillferry.closing.model import ClosingBatch, ClosingHead, concat_batches
from tillferry.closing.tables import PARTS, TABLES, TABLES_BY_NAME, Kind, Part
from tillferry.closing.times import micros_since_1970, parse_instant

ALL_PARTS = head_of(parts=PARTS)
DRAWN = ("cashpointclosing", "transactions_tse", "references", "time_entries", "stock_movements")


def plain_digest(head: ClosingHead, part: Part, rows: Rows) -> str:
    """The docstring of ``closing.digest``, read once more and written down row by row."""

    def whole(number: int) -> bytes:
        return number.to_bytes(8, "little", signed=True)

    out = b"tillferry closing 1\0" + part.encode() + b"\0"
    out += head.z_kasse_id.encode() + b"\0"
    out += whole(micros_since_1970(parse_instant(head.z_erstellung))) + whole(head.z_nr)
    for table in TABLES:
        of_table = sorted(rows.get(table.name, []), key=lambda row: sort_key(table, row))
        if table.part != part or not of_table:
            continue
        out += table.name.encode() + b"\0" + whole(len(of_table))
        for row in of_table:
            for column in table.columns:
                value = row.get(column.name)
                if value is None or value == "":
                    out += whole(-(2**63))
                elif column.kind is Kind.NUMBER:
                    out += whole(value)
                elif column.kind is Kind.TIME:
                    out += whole(micros_since_1970(parse_instant(value)))
                else:
                    out += whole(len(value.encode()))
        for column in table.columns:
            if column.kind is Kind.TEXT:
                out += b"".join((row.get(column.name) or "").encode() for row in of_table)
    return hashlib.sha256(out).hexdigest()


def full(rows: Rows) -> Rows:
    return {
        name: [
            {column.name: row.get(column.name) for column in TABLES_BY_NAME[name].columns}
            for row in of
        ]
        for name, of in rows.items()
    }


def bookings(rows: Rows, head: ClosingHead = ALL_PARTS) -> str:
    return part_digests(batch_of(rows, heads=(head,)))[0]["bookings"]


def test_a_digest_is_what_it_always_was() -> None:
    assert bookings(day(3)) == plain_digest(ALL_PARTS, "bookings", full(day(3)))
    assert part_digests(batch_of({}, heads=(ALL_PARTS,)))[0]["time"] == (
        hashlib.sha256(
            b"tillferry closing 1\0time\0K1\0"
            + (1_782_936_000_000_000).to_bytes(8, "little")
            + (1).to_bytes(8, "little")
        ).hexdigest()
    )


@settings(max_examples=40, deadline=None)
@given(data=st.data(), seed=st.integers(0, 99))
def test_digests_are_those_of_the_docstring_whatever_the_order_of_the_rows(
    data: st.DataObject, seed: int
) -> None:
    closings: list[Rows] = [
        {name: data.draw(rows_of(TABLES_BY_NAME[name], most=4)) for name in DRAWN} for _ in range(2)
    ]
    heads = (ALL_PARTS, head_of(2, z_kasse_id="Käse 2", parts=PARTS))
    shuffled = [
        {name: random.Random(seed).sample(rows, len(rows)) for name, rows in closing.items()}
        for closing in closings
    ]
    found = part_digests(batch_of(*shuffled, heads=heads))
    for head, rows, digests in zip(heads, closings, found, strict=True):
        assert digests == {part: plain_digest(head, part, rows) for part in PARTS}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_changed_value_changes_the_digest_of_its_part_alone(data: st.DataObject) -> None:
    rows = full(day(4))
    rows["time_entries"] = [
        {c.name: None for c in TABLES_BY_NAME["time_entries"].columns} | {"entry_id": "1"}
    ]
    before = part_digests(batch_of(rows, heads=(ALL_PARTS,)))[0]
    name = data.draw(st.sampled_from([name for name, of in rows.items() if of]))
    row = data.draw(st.sampled_from(rows[name]))
    column = data.draw(st.sampled_from(TABLES_BY_NAME[name].columns))
    value = row[column.name]
    row[column.name] = _other(column.kind, value)
    after = part_digests(batch_of(rows, heads=(ALL_PARTS,)))[0]
    changed = {part for part in PARTS if before[part] != after[part]}
    assert changed == {TABLES_BY_NAME[name].part}


def _other(kind: Kind, value: Any) -> Any:
    if kind is Kind.NUMBER:
        return 1 if value is None else value + 1
    if kind is Kind.TIME:
        return None if value else "2026-01-01T00:00:00Z"
    return "x" if value is None else value + "x"


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.NUMBER])
def test_a_value_in_the_next_column_is_another_value(kind: Kind) -> None:
    left, right = ("kunde_plz", "kunde_ort") if kind is Kind.TEXT else ("bon_nr", "ums_brutto")
    value: Any = "1" if kind is Kind.TEXT else 1
    assert bookings({"transactions": [{left: value}]}) != bookings(
        {"transactions": [{right: value}]}
    )


def test_text_cannot_move_from_one_row_to_the_next() -> None:
    assert bookings({"location": [{"loc_name": "ab"}, {"loc_name": "cd"}]}) != bookings(
        {"location": [{"loc_name": "abc"}, {"loc_name": "d"}]}
    )


def test_how_a_time_is_written_does_not_matter() -> None:
    rows = day(3)
    changed = day(3)
    changed["transactions"][0]["bon_start"] = "2026-07-01T08:00:00.000Z"
    changed["transactions_tse"][0]["tse_ta_start"] = "2026-07-01T10:00:00+02:00"
    assert bookings(rows) == bookings(changed)
    utc = head_of(z_erstellung="2026-07-01T20:00:00Z")
    assert bookings(rows) == bookings(rows, utc)


@pytest.mark.parametrize(
    "other", [{"z_nr": 2}, {"z_kasse_id": "K2"}, {"z_erstellung": "2026-07-01T22:00:01+02:00"}]
)
def test_who_closed_when_is_part_of_the_digest(other: dict[str, Any]) -> None:
    assert bookings(day(3)) != bookings(day(3), head_of(**other))


def test_an_empty_text_is_no_text() -> None:
    empty = full(day(3))
    for row in empty["lines"]:
        row["gtin"] = ""
    rows = day(3)
    assert bookings(rows) == bookings(empty)


def test_what_lies_below_a_null_does_not_matter() -> None:
    batch = batch_of({"location": [{"loc_name": "A"}, {"loc_name": "B", "loc_plz": "1"}]})
    plz = batch.table("location").column("loc_plz").chunk(0)
    dirty = pa.Array.from_buffers(
        pa.string(),
        2,
        [
            plz.buffers()[0],
            pa.py_buffer(np.array([0, 5, 6], dtype=np.int32)),
            pa.py_buffer(b"dirty1"),
        ],
    )
    assert dirty.to_pylist() == [None, "1"]
    table = batch.table("location").set_column(2, "loc_plz", dirty)
    changed = ClosingBatch(batch.heads, {"location": table}, batch.offsets)
    assert part_digests(changed) == part_digests(batch)


def test_batches_give_the_digests_that_their_closings_have_alone() -> None:
    alone = [batch_of(day(n + 1, 10 * n), heads=(head_of(n),)) for n in (1, 2, 3)]
    expected = [part_digests(one)[0] for one in alone]
    together = concat_batches(alone)
    assert list(part_digests(together)) == expected
    assert list(part_digests(together.take([2, 0]))) == [expected[2], expected[0]]
    assert list(part_digests(together.take([1]))) == [expected[1]]


def test_only_delivered_parts_have_a_digest() -> None:
    rows = day(2)
    batch = batch_of(rows, heads=(head_of(parts=("bookings", "stock")),))
    assert set(part_digests(batch)[0]) == {"bookings", "stock"}
    assert set(part_digests(batch.without_part("stock"))[0]) == {"bookings"}
    assert (
        part_digests(batch)[0]["bookings"]
        == part_digests(batch.without_part("stock"))[0]["bookings"]
    )


def test_no_closing_has_no_digest() -> None:
    assert part_digests(ClosingBatch((), {}, {})) == ()
