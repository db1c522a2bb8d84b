"""Findings of many closings at once: bounded, each beside its own closing, whatever comes in."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.closing.build import Rows, batch_of, day, head_of
from tests.closing.rows import rows_of
from tests.closing.test_checks import CASES, rename
from tillferry.closing.checks import check, outcome
from tillferry.closing.model import ClosingBatch, Finding, Severity, concat_batches
from tillferry.closing.tables import PARTS, TABLES


def counts(findings: tuple[Finding, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in findings:
        found[one.code] = found.get(one.code, 0) + 1
    return found


def test_many_findings_of_one_kind_are_counted_not_listed() -> None:
    rows = day(60)
    for row in rows["transactions"]:
        row["bon_ende"] = "2026-07-01T00:00:00+02:00"
    found = check(batch_of(rows))[0]
    assert counts(found) == {"receipt_ends_before_start": 20, "more_findings": 1}
    assert [one.line for one in found[:20]] == list(range(2, 22))
    assert dict(found[20].params) == {"of": "receipt_ends_before_start", "count": "40"}
    assert found[20].severity is Severity.WARNING


def test_the_bound_is_for_each_closing_and_code_over_all_tables() -> None:
    lost = day(15)
    tables = ("datapayment", "transactions_tse", "transactions_vat")
    for table in tables:
        for row in lost[table]:
            row["bon_id"] = "x" + row["bon_id"]
    batch = batch_of(lost, day(3, 100), lost)
    first, true, last = check(batch)
    assert true == ()
    assert first == last
    assert counts(first)["row_without_receipt"] == 20
    (more,) = (one for one in first if dict(one.params).get("of") == "row_without_receipt")
    assert int(dict(more.params)["count"]) == sum(len(lost[table]) for table in tables) - 20
    assert more.severity is Severity.INCOMPLETE


def test_the_gravest_findings_come_first() -> None:
    rows = day(6)
    for name in ("ends_before_start", "payment_of_no_receipt", "receipt_twice"):
        CASES[name][0](rows)
    found = check(batch_of(rows))[0]
    ranks = [list(Severity).index(one.severity) for one in found]
    assert ranks == sorted(ranks)
    assert found[0].code == "receipt_twice"


def tills(count: int) -> tuple[object, ...]:
    return tuple(head_of(place + 1, f"SER-{place}") for place in range(count))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([None, *CASES]), min_size=2, max_size=5))
def test_a_closing_has_the_findings_that_it_has_alone(names: list[str | None]) -> None:
    # Closings of other tills, with the same receipt ids.
    closings: list[Rows] = []
    for name in names:
        closings.append(day(6))
        if name is not None:
            CASES[name][0](closings[-1])
    heads = tills(len(names))
    together = batch_of(*closings, heads=heads)
    alone = [batch_of(rows, heads=(head,)) for rows, head in zip(closings, heads, strict=True)]
    expected = tuple(check(one)[0] for one in alone)
    assert check(together) == expected
    assert check(concat_batches(alone)) == expected


TORN = ("transactions", "lines", "lines_vat", "datapayment")


@pytest.mark.parametrize("table", TORN)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_file_cut_off_anywhere_makes_its_closing_incomplete(
    table: str, data: st.DataObject
) -> None:
    rows = day(12)
    # The order at the end counts nowhere: what it lacks cannot be seen in the sums.
    counted = [row for row in rows[table] if row["bon_id"] != "12" or table == "transactions"]
    kept = data.draw(st.integers(0 if table == "transactions" else 1, len(counted) - 1))
    rows[table] = rows[table][:kept]
    assert outcome(check(batch_of(rows))[0]) == "incomplete"


@pytest.mark.parametrize("table", ["lines", "lines_vat", "transactions_vat", "datapayment"])
def test_a_file_that_ends_before_a_later_closing_makes_that_one_incomplete(table: str) -> None:
    later = day(6, 10)
    later[table] = []
    first, second = check(batch_of(day(6), later))
    assert first == ()
    assert ("table_torn", f"{table}.csv") in {(one.code, one.file) for one in second}
    assert outcome(second) == "incomplete"
    # A till may have begun to write the table, and another one may leave it out.
    earlier, _ = check(batch_of(later, day(6)))
    assert outcome(earlier) == "good"
    other = check(batch_of(day(6), later, heads=tills(2)))[1]
    assert outcome(other) == "good"


def test_rows_out_of_canonical_order_are_linked_all_the_same() -> None:
    rows = day(30)
    for number in range(0, 30, 7):
        CASES["receipt_a_cent_off"][0](rows)
        rows["lines"][number]["menge"] = 5000
    rename(rows, {"30": "32"})
    rows["cashpointclosing"][0]["z_ende_id"] = "32"
    ordered = batch_of(rows)
    assert "receipt_ids_have_gaps" in counts(check(ordered)[0])
    shuffled: dict[str, pa.Table] = {}
    lines = {}
    for name, table in ordered.tables.items():
        order = random.Random(name).sample(range(table.num_rows), table.num_rows)
        shuffled[name] = table.take(order)
        lines[name] = ordered.lines[name][order]
    batch = ClosingBatch(ordered.heads, shuffled, ordered.offsets, lines)
    assert set(check(batch)[0]) == set(check(ordered)[0])


@pytest.mark.parametrize(("first", "second"), [((3, 4), (3, 6)), ((2, 5), (6, 1))])
def test_closings_of_other_tills_may_have_the_same_receipt_ids(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    assert check(batch_of(day(*first), day(*second), heads=tills(2))) == ((), ())


def test_findings_without_known_lines_have_line_0() -> None:
    rows = day(6)
    CASES["receipt_a_cent_off"][0](rows)
    batch = batch_of(rows)
    unknown = ClosingBatch(batch.heads, batch.tables, batch.offsets)
    assert {one.line for one in check(unknown)[0]} == {0}


def test_no_closings_have_no_findings() -> None:
    assert check(ClosingBatch((), {}, {})) == ()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_nonsense_is_found_and_never_raises(data: st.DataObject) -> None:
    # Few tables at a time have rows, so that each may be there without the others.
    closings: list[Rows] = []
    for _ in range(data.draw(st.integers(1, 3))):
        names = data.draw(st.lists(st.sampled_from(TABLES), max_size=6))
        closings.append({table.name: data.draw(rows_of(table, most=4)) for table in names})
    heads = tuple(head_of(place, parts=PARTS) for place in range(len(closings)))
    found = check(batch_of(*closings, heads=heads))
    assert len(found) == len(closings)
    assert all(one.line >= 2 for of in found for one in of if one.line)
    assert "z_nr_below_one" in {one.code for one in found[0]}
