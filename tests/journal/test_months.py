"""Months are what their closings are, whatever comes, goes and is asked for."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.closing.build import batch_of, day, head_of
from tests.journal.synthetic import batch, booking
from tests.journal.test_sums import database
from tillferry.closing.model import ClosingBatch
from tillferry.closing.office_seams import Correction, OfficeChange
from tillferry.closing.seams import Journal, Till
from tillferry.closing.sums import SumTable
from tillferry.journal.months import MONTH_TABLES, sums_between
from tillferry.journal.office_records import office_records

AT = "2026-11-27T10:00:00+01:00"
FIRST = date(2026, 1, 20)
Found = dict[tuple[object, ...], tuple[int, ...]]


def of_days(days: list[date]) -> ClosingBatch:
    """A closing on each day, each with as many receipts as its place says."""
    closings = [day(place % 5 + 2) for place in range(len(days))]
    heads = tuple(head_of(z_nr, "K-1", business_day=at) for z_nr, at in enumerate(days, 1))
    return batch_of(*closings, heads=heads)


def grouped(journal: Journal, table: SumTable, sql: str) -> Found:
    """Rows that say the same of one till, added up; those that come to nothing are left out."""
    said = [column.name for column in table.columns if not column.summed]
    summed = [column.name for column in table.columns if column.summed]
    names = ", ".join(("till_id", "currency", *said, *summed))
    found: dict[tuple[object, ...], Counter[str]] = {}
    for row in database(journal).rows(f"SELECT {names} FROM ({sql}) rows_of_sums"):
        key = row[: 2 + len(said)]
        added = found.setdefault(key, Counter())
        for name, value in zip(summed, row[len(key) :], strict=True):
            added[name] += int(value)
    return {key: tuple(added[name] for name in summed) for key, added in found.items()}


def by_closing(journal: Journal, table: SumTable, first: date, last: date) -> Found:
    """The same from the closings alone."""
    columns = ", ".join(f"s.{column.name}" for column in table.columns)
    return grouped(
        journal,
        table,
        f"SELECT c.till_id, c.currency, {columns} FROM closing_sums c JOIN {table.name} s "
        "ON s.till_id = c.till_id AND s.closing_id = c.closing_id "
        f"WHERE c.business_day BETWEEN '{first}' AND '{last}'",
    )


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_period_is_the_sum_of_its_closings(
    journal: Journal, till: Till, data: st.DataObject
) -> None:
    if not journal.held(till.till_id):
        journal.book(booking(of_days([FIRST + timedelta(days=3 * n) for n in range(40)])))
    first = data.draw(st.dates(FIRST - timedelta(days=40), FIRST + timedelta(days=150)))
    last = data.draw(st.dates(first, first + timedelta(days=140)))
    for table in MONTH_TABLES.values():
        sql = sums_between(table, first, last, "till_id > 0")
        assert grouped(journal, table, sql) == by_closing(journal, table, first, last), sql


def test_a_correction_leaves_nothing_of_the_old_version(journal: Journal, till: Till) -> None:
    days = [date(2026, 2, 3), date(2026, 2, 4)]
    journal.book(booking(batch([1], parts=("bookings",), seed=3)))
    journal.book(booking(of_days([FIRST, *days]), indices=[1, 2]))
    held = journal.held(till.till_id)[1]
    better = batch_of(day(9), heads=(head_of(1, "K-1", business_day=days[0]),))

    office_records(journal).write(
        OfficeChange(
            corrections=[Correction(held, "bb" * 32, "clerk", AT, "torn")],
            booking=booking(better, delivery="bb" * 32),
        )
    )

    for name, table in MONTH_TABLES.items():
        whole = sums_between(table, date(2026, 2, 1), date(2026, 2, 28), "till_id = 1")
        assert name in whole and "UNION" not in whole
        assert grouped(journal, table, whole) == by_closing(
            journal, table, date(2026, 2, 1), date(2026, 2, 28)
        )
        months = database(journal).rows(f"SELECT DISTINCT month, min(closings) FROM {name} "
                                        "GROUP BY month")  # fmt: skip
        assert {month for month, _ in months} == {"2026-02"}
        assert all(least > 0 for _, least in months)


def test_only_the_tills_asked_for(journal: Journal, till: Till) -> None:
    journal.book(booking(of_days([date(2026, 2, 3)])))
    for table in MONTH_TABLES.values():
        for last in (date(2026, 2, 28), date(2026, 2, 20)):
            sql = sums_between(table, date(2026, 2, 1), last, "till_id IN (2, 3)")
            assert grouped(journal, table, sql) == {}


def test_texts_are_kept_as_long_as_the_standard_has_them(journal: Journal, till: Till) -> None:
    # A key of PostgreSQL has at most 2,704 bytes.
    rows = day(3)
    for line in rows["lines"]:
        line["artikeltext"] = "Käse 🧀" * 2000
    journal.book(booking(batch_of(rows, heads=(head_of(1, "K-1"),))))
    ((text,),) = database(journal).rows("SELECT DISTINCT artikeltext FROM months_articles")
    assert text == ("Käse 🧀" * 2000)[:255]
