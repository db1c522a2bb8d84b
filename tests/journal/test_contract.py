"""What every journal does, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journal.synthetic import batch, booking, file, item
from tillferry.closing.digest import part_digests
from tillferry.closing.model import ClosingBatch, Finding, Severity, concat_batches
from tillferry.closing.seams import Booking, ItemState, Journal, Till, TillState
from tillferry.closing.tables import TABLES
from tillferry.errors import TillferryError
from tillferry.journal import open_journal, reading


def read(journal: Journal, z_nrs: Sequence[int], till_id: int = 1) -> ClosingBatch:
    return concat_batches(list(journal.read(till_id, z_nrs)))


def assert_same(found: ClosingBatch, expected: ClosingBatch) -> None:
    assert found.heads == expected.heads
    for table in TABLES:
        assert found.table(table.name).equals(expected.table(table.name)), table.name
        assert found.bounds(table.name).tolist() == expected.bounds(table.name).tolist()
    assert part_digests(found) == part_digests(expected)


def states(journal: Journal) -> list[tuple[ItemState, bool]]:
    return [(found.state, found.settled) for found in journal.items()]


# --- closings -----------------------------------------------------------------------------------


def test_every_table_and_column_comes_back_as_it_was_appended(journal: Journal, till: Till) -> None:
    appended = batch([3, 4, 5], rows=40)
    for table in TABLES:
        assert all(c.null_count < len(c) for c in appended.table(table.name).columns), table.name

    journal.book(booking(appended))

    assert_same(read(journal, [3, 4, 5]), appended)


def test_columns_without_any_value_come_back(journal: Journal, till: Till) -> None:
    appended = batch([1], rows=3)
    lines = appended.table("lines")
    for name in ("gtin", "menge", "stk_br"):
        place = lines.schema.get_field_index(name)
        empty = pa.nulls(lines.num_rows, lines.schema.field(name).type)
        lines = lines.set_column(place, lines.schema.field(name), empty)
    appended = replace(appended, tables={**appended.tables, "lines": lines})

    journal.book(booking(appended))

    assert_same(read(journal, [1]), appended)


def test_the_smallest_and_largest_numbers_are_exact(journal: Journal, till: Till) -> None:
    appended = batch([1], rows=1)
    edges = pa.array([-(2**63), -(2**63) + 1, -1, 0, 1, 2**63 - 1], pa.int64())
    tables = dict(appended.tables)
    offsets = dict(appended.offsets)
    for name in ("itemamounts", "lines", "payment", "vat"):
        rows = pa.concat_tables([tables[name]] * len(edges))
        for place, column in enumerate(rows.schema):
            if column.type == pa.int64():
                rows = rows.set_column(place, column, edges)
        tables[name] = rows
        offsets[name] = offsets[name] * len(edges)
    appended = ClosingBatch(appended.heads, tables, offsets)

    journal.book(booking(appended))

    assert_same(read(journal, [1]), appended)


def test_what_is_held_of_a_closing(journal: Journal, till: Till) -> None:
    appended = batch([7, 9])
    journal.book(booking(appended))

    held = journal.held(till.till_id)

    assert list(held) == [7, 9]
    closing = held[9]
    assert closing.digests == part_digests(appended)[1]
    assert (closing.receipts, closing.gross_cents) == (11, -1249)
    assert closing.business_day == appended.heads[1].business_day
    assert closing.z_kasse_id == "Kasse Ü1"
    assert closing.z_erstellung == appended.heads[1].z_erstellung
    row = appended.closing_rows("cashpointclosing", 1).to_pylist()[0]
    assert closing.z_start_id == (row["z_start_id"] or "")
    assert closing.z_ende_id == (row["z_ende_id"] or "")
    assert closing.delivery == "aa" * 32
    assert journal.held(till.till_id, [9, 8]) == {9: closing}
    assert journal.held(99) == {}


def test_many_closings_of_many_tills_are_found_at_once(journal: Journal, till: Till) -> None:
    other = journal.save_till(Till(0, "1002", "Strandbar Süd"))
    journal.book(booking(batch([1, 2, 3], rows=1)))
    journal.book(booking(batch([2, 4], rows=1), till_id=other.till_id))

    wanted = [(till.till_id, 3), (other.till_id, 3), (other.till_id, 4), (77, 1)]
    found = journal.held_of_many(wanted + [(till.till_id, z_nr) for z_nr in range(100, 3000)])

    assert list(found) == [(till.till_id, 3), (other.till_id, 4)]
    assert found[till.till_id, 3].closing_id != found[other.till_id, 4].closing_id
    assert journal.held_of_many([]) == {}


def test_only_the_closings_of_the_booking_are_written(journal: Journal, till: Till) -> None:
    whole = batch([1, 2, 3, 4])

    journal.book(booking(whole, indices=[1, 3]))

    assert list(journal.held(till.till_id)) == [2, 4]
    assert_same(read(journal, [1, 2, 3, 4]), whole.take([1, 3]))


def test_closings_are_read_by_z_number_however_they_came(journal: Journal, till: Till) -> None:
    whole = batch([1, 2, 3, 4])
    for index in (2, 0, 3, 1):
        journal.book(booking(whole, indices=[index]))

    assert_same(read(journal, [4, 3, 2, 1, 2]), whole)
    assert_same(read(journal, [4, 1]), whole.take([0, 3]))


def test_groups_are_bounded(journal: Journal, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = batch(range(1, 7), rows=3)
    journal.book(booking(whole))
    rows = [sum(whole.take([i]).rows(table.name) for table in TABLES) for i in range(6)]
    monkeypatch.setattr(reading, "GROUP_ROWS", rows[0] + rows[1])

    groups = list(journal.read(till.till_id, range(1, 7)))

    assert len(groups[0]) == 2
    assert len(groups) > 2
    assert_same(concat_batches(groups), whole)
    assert list(journal.read(till.till_id, [50])) == []


def test_till_stands_in_for_what_the_rows_do_not_say(journal: Journal, till: Till) -> None:
    time_only = batch([1], parts=("time",))
    journal.book(booking(time_only))

    (head,) = read(journal, [1]).heads

    assert (head.taxpayer, head.serial) == (till.taxpayer, till.serial)
    assert head.parts == ("time",)


def test_a_part_without_rows_is_held(journal: Journal, till: Till) -> None:
    appended = batch([1], parts=("bookings",))
    appended = replace(
        appended, heads=(replace(appended.heads[0], parts=("bookings", "time", "stock")),)
    )
    journal.book(booking(appended))

    assert_same(read(journal, [1]), appended)


TEXTS = st.none() | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1
)
NUMBERS = st.none() | st.integers(-(2**63) + 1, 2**63 - 1)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(TEXTS, NUMBERS), min_size=1, max_size=30))
def test_any_value_comes_back(
    journal: Journal, till: Till, values: list[tuple[str | None, int | None]]
) -> None:
    z_nr = len(journal.held(till.till_id)) + 1
    made = batch([z_nr], rows=1, parts=("bookings",))
    rows = pa.concat_tables([made.table("lines")] * len(values))
    texts, numbers = zip(*values, strict=True)
    for name, column in (("artikeltext", texts), ("menge", numbers), ("agentur_id", numbers)):
        place = rows.schema.get_field_index(name)
        field = rows.schema.field(name)
        rows = rows.set_column(place, field, pa.array(column, field.type))
    offsets = {**made.offsets, "lines": made.offsets["lines"] * len(values)}
    appended = ClosingBatch(made.heads, {**made.tables, "lines": rows}, offsets)

    journal.book(booking(appended))

    assert_same(read(journal, [z_nr]), appended)


# --- parts that come later ----------------------------------------------------------------------


def test_a_part_that_comes_later_joins_its_closing(journal: Journal, till: Till) -> None:
    whole = batch([1, 2])
    journal.book(booking(whole, parts=("bookings",)))
    first = journal.held(till.till_id)
    assert first[1].digests.keys() == {"bookings"}
    assert_same(read(journal, [1, 2]), whole.without_part("time").without_part("stock"))

    ids = [first[1].closing_id, first[2].closing_id]
    journal.book(booking(whole, parts=("time",), joining=ids, delivery="bb" * 32))
    journal.book(booking(whole, parts=("stock",), joining=ids[1:], indices=[1]))

    assert_same(read(journal, [2]), whole.take([1]))
    assert_same(read(journal, [1]), whole.take([0]).without_part("stock"))
    assert journal.held(till.till_id)[2] == replace(
        first[2], digests=part_digests(whole)[1], delivery="aa" * 32
    )


def test_bookings_that_come_last_say_what_the_closing_is(journal: Journal, till: Till) -> None:
    whole = batch([1])
    only_time = booking(whole, parts=("time",), delivery="bb" * 32)
    nothing_sold = [replace(only_time.appendings[0], receipts=0, gross_cents=0)]
    journal.book(replace(only_time, appendings=nothing_sold))
    joining = [journal.held(till.till_id)[1].closing_id]

    journal.book(booking(whole, parts=("bookings", "stock"), joining=joining))

    held = journal.held(till.till_id)[1]
    assert (held.receipts, held.gross_cents, held.delivery) == (10, -1250, "aa" * 32)
    assert held.digests == part_digests(whole)[0]
    assert_same(read(journal, [1]), whole)


@pytest.mark.parametrize("wrong", ["part held", "other closing", "no closing"])
def test_a_part_joins_only_where_it_belongs(journal: Journal, till: Till, wrong: str) -> None:
    journal.book(booking(batch([1, 2]), parts=("bookings", "time")))
    held = journal.held(till.till_id)
    closing_id = {"part held": held[1], "other closing": held[2]}.get(wrong, held[1]).closing_id
    closing_id += 50 if wrong == "no closing" else 0
    part = ("time",) if wrong == "part held" else ("stock",)

    with pytest.raises(TillferryError) as caught:
        journal.book(booking(batch([1]), parts=part, joining=[closing_id]))

    assert caught.value.code == "journal_already_held"
    assert journal.held(till.till_id) == held


# --- once, whole, or not at all ------------------------------------------------------------------


def test_a_closing_is_held_once(journal: Journal, till: Till) -> None:
    journal.book(booking(batch([1, 2])))
    before = journal.held(till.till_id)

    with pytest.raises(TillferryError) as caught:
        journal.book(booking(batch([2, 3], seed=9), delivery="bb" * 32))

    assert caught.value.code == "journal_already_held"
    assert journal.held(till.till_id) == before
    assert journal.delivery("bb" * 32) is None
    assert_same(read(journal, [1, 2, 3]), batch([1, 2]))


def test_nothing_stays_of_a_booking_that_failed_late(
    journal: Journal, till: Till, url: str
) -> None:
    torn = booking(batch([1]), items=[item(ItemState.IMPORTED)])
    no_date = [replace(torn.items[0], received_at=None)]  # type: ignore[arg-type]

    with pytest.raises(TillferryError) as caught:
        journal.book(replace(torn, items=no_date))

    assert caught.value.code == "journal_failed"
    assert journal.held(till.till_id) == {}
    assert journal.deliveries() == ()
    journal.book(torn)
    assert_same(read(journal, [1]), batch([1]))
    again = open_journal(url, read_only=True)
    assert_same(read(again, [1]), batch([1]))
    again.close()


def test_an_empty_booking_changes_nothing(journal: Journal) -> None:
    journal.book(Booking())

    assert (journal.tills(), journal.items(), journal.deliveries()) == ((), (), ())


def test_two_connections_see_what_the_other_booked(journal: Journal, till: Till, url: str) -> None:
    other = open_journal(url)
    assert other.held(till.till_id) == {}

    journal.book(booking(batch([1])))
    assert list(other.held(till.till_id)) == [1]
    other.book(booking(batch([2])))

    assert list(journal.held(till.till_id)) == [1, 2]
    other.close()


def test_threads_share_a_journal(journal: Journal, till: Till) -> None:
    def book_and_read(z_nr: int) -> ClosingBatch:
        journal.book(booking(batch([z_nr], seed=z_nr)))
        return read(journal, [z_nr])

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(book_and_read, range(1, 13)))

    assert list(journal.held(till.till_id)) == list(range(1, 13))
    for z_nr, one in enumerate(found, 1):
        assert_same(one, batch([z_nr], seed=z_nr))


def test_a_read_only_journal_cannot_be_written(journal: Journal, till: Till, url: str) -> None:
    reading_only = open_journal(url, read_only=True)

    with pytest.raises(TillferryError) as caught:
        reading_only.book(booking(batch([1])))

    assert caught.value.code == "journal_read_only"
    assert reading_only.tills() == (till,)
    reading_only.close()


# --- tills --------------------------------------------------------------------------------------


def test_tills_are_saved_with_all_they_have(journal: Journal) -> None:
    bare = journal.save_till(Till(0, "1001", "Strandbar Nord"))
    full = journal.save_till(
        Till(0, "", "Süd", "DE1", "K'2", TillState.WAITING, "ab", "inst", 7, "cd", "ef")
    )
    assert (bare.till_id, full.till_id) == (1, 2)

    changed = journal.save_till(replace(bare, serial="K-1", state=TillState.ACTIVE))

    assert journal.tills() == (changed, full)


def test_tills_can_be_written_with_a_booking(journal: Journal, till: Till) -> None:
    later = replace(till, bundle_sequence=4, bundle_hash="ff")

    journal.book(replace(booking(batch([1])), tills=[later, Till(0, "1002", "Süd")]))

    assert journal.tills() == (later, Till(2, "1002", "Süd"))


@pytest.mark.parametrize("till_id", [0, 2])
def test_two_tills_cannot_have_one_number(journal: Journal, till: Till, till_id: int) -> None:
    other = journal.save_till(Till(0, "1002", "Süd", "12/345/67890", "K-2"))

    with pytest.raises(TillferryError) as number:
        journal.save_till(replace(other, till_id=till_id, customer_number="1001", serial="K-3"))
    with pytest.raises(TillferryError) as serial:
        journal.save_till(replace(other, till_id=till_id, customer_number="1003", serial="K-1"))

    assert number.value.code == "customer_number_taken"
    assert serial.value.code == "serial_taken"
    assert journal.tills() == (till, other)
    elsewhere = replace(other, taxpayer="another firm", serial="K-1")
    assert journal.save_till(elsewhere) == elsewhere


def test_many_tills_may_have_no_number_yet(journal: Journal) -> None:
    for _ in range(3):
        journal.save_till(Till(0, "", "Süd"))

    assert [found.till_id for found in journal.tills()] == [1, 2, 3]


def test_a_till_that_is_not_there_cannot_be_changed(journal: Journal) -> None:
    with pytest.raises(TillferryError) as caught:
        journal.save_till(Till(5, "1001", "Nord"))

    assert caught.value.code == "till_not_in_journal"


# --- deliveries and items -----------------------------------------------------------------------


def test_deliveries_stay_in_the_order_of_their_arrival(journal: Journal) -> None:
    first, second = file("bb" * 32), replace(file("aa" * 32, till_id=3, sequence=2), kind="bundle")
    journal.book(Booking(deliveries=[first]))
    journal.book(Booking(deliveries=[second, replace(first, till_id=4, bundle_sequence=1)]))

    known = replace(first, till_id=4, bundle_sequence=1)
    assert journal.deliveries() == (known, second)
    assert journal.deliveries(3) == (second,)
    assert journal.delivery("bb" * 32) == known
    assert journal.delivery("cc" * 32) is None


def test_items_come_back_with_their_findings(journal: Journal) -> None:
    found = Finding("x", Severity.WARNING, (("a", "1"), ("a", "ü'\"")), "lines.csv", 12, "BON_ID")
    unread = replace(item(ItemState.REJECTED, z_nr=0, till_id=0), findings=(found, found))
    good = item(ItemState.IMPORTED, z_nr=2, delivery="bb" * 32)

    journal.book(Booking(items=[unread, good]))

    first, second = replace(unread, item_id=1), replace(good, item_id=2)
    assert journal.items() == (first, second)
    assert journal.items(deliveries=["bb" * 32]) == (second,)
    assert journal.items(waiting=True) == (first,)
    assert journal.items(till_id=0) == (first,)
    journal.settle([1])
    assert journal.items(waiting=True) == ()
    assert journal.items() == (replace(first, settled=True), second)


@pytest.mark.parametrize(
    "waiting",
    [
        ItemState.INCOMPLETE,
        ItemState.CONFLICT,
        ItemState.UNKNOWN_TILL,
        ItemState.REJECTED,
    ],
)
@pytest.mark.parametrize("good", [ItemState.IMPORTED, ItemState.ALREADY_PRESENT])
def test_a_good_delivery_settles_what_waited(
    journal: Journal, till: Till, waiting: ItemState, good: ItemState
) -> None:
    journal.book(Booking(items=[item(waiting), item(waiting, till_id=0), item(waiting, z_nr=2)]))

    journal.book(booking(batch([1], rows=1), items=[item(good)]))

    assert states(journal) == [(waiting, True), (waiting, True), (waiting, False), (good, False)]


def test_a_waiting_item_of_another_till_stays(journal: Journal, till: Till) -> None:
    journal.book(
        Booking(
            items=[
                item(ItemState.UNKNOWN_TILL, till_id=0, serial="K-2"),
                item(ItemState.UNKNOWN_TILL, till_id=0, taxpayer="other"),
                item(ItemState.INCOMPLETE, till_id=2, serial="K-2"),
            ]
        )
    )

    journal.book(booking(batch([1], rows=1), items=[item(ItemState.IMPORTED)]))

    assert len(journal.items(waiting=True)) == 3


def test_a_new_closing_settles_what_waited_also_without_an_item(
    journal: Journal, till: Till
) -> None:
    journal.book(Booking(items=[item(ItemState.INCOMPLETE)]))

    journal.book(booking(batch([1], rows=1)))

    assert journal.items(waiting=True) == ()


def test_only_what_came_before_the_good_item_is_settled(journal: Journal, till: Till) -> None:
    items = [
        item(ItemState.INCOMPLETE),
        item(ItemState.IMPORTED),
        item(ItemState.CONFLICT),
    ]

    journal.book(booking(batch([1], rows=1), items=items))

    assert [settled for _, settled in states(journal)] == [True, False, False]


def test_a_bad_delivery_settles_nothing(journal: Journal, till: Till) -> None:
    journal.book(Booking(items=[item(ItemState.INCOMPLETE)]))

    journal.book(Booking(items=[item(ItemState.CONFLICT)]))

    assert len(journal.items(waiting=True)) == 2


def test_a_booking_settles_for_thousands_of_tills(journal: Journal) -> None:
    many = [
        item(ItemState.UNKNOWN_TILL, z_nr=i, till_id=0, serial=f"K-{i}") for i in range(1, 1200)
    ]
    journal.book(Booking(items=many))

    journal.book(
        Booking(
            items=[
                replace(found, till_id=found.z_nr, state=ItemState.IMPORTED) for found in many[5:]
            ]
        )
    )

    assert [found.z_nr for found in journal.items(waiting=True)] == [1, 2, 3, 4, 5]
