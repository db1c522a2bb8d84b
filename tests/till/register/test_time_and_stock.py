"""The time clock and the stock book."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.till.register.helpers import ANNA, BEN, CHRIS, Clock, column, key, remarks, sale
from tillferry.errors import TillferryError
from tillferry.till.register.register import Register
from tillferry.till.register.stock import StockMovement
from tillferry.till.register.timeclock import TimeEntry, minutes

FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)


def test_a_shift_with_a_break(register: Register, clock: Clock) -> None:
    register.time.clock_in(ANNA, "1111", "Theke")
    clock.turn(hours=2)
    register.time.start_break(ANNA, "1111")
    clock.turn(minutes=30, seconds=40)
    register.time.end_break(ANNA, "1111")
    clock.turn(hours=1)
    entry = register.time.clock_out(ANNA, "1111")
    assert (entry.activity, entry.break_minutes, minutes(entry)) == ("Theke", 30, 180)
    assert register.time.running() == ()
    (worked,) = register.reports.working_times(FIRST, LAST)
    assert (worked.person_name, worked.minutes, worked.open_entries) == ("Anna", 180, 0)


def test_going_home_from_a_break(register: Register, clock: Clock) -> None:
    register.time.clock_in(ANNA, "1111", "Theke")
    clock.turn(hours=2)
    register.time.start_break(ANNA, "1111")
    clock.turn(minutes=45)
    assert register.time.clock_out(ANNA, "1111").break_minutes == 45


def test_the_clock_needs_the_pin_and_sense(register: Register) -> None:
    time = register.time
    with pytest.raises(TillferryError, match="pin_wrong"):
        time.clock_in(ANNA, "2222", "Theke")
    for act in (time.clock_out, time.start_break, time.end_break):
        with pytest.raises(TillferryError, match="not_working"):
            act(ANNA, "1111")
    time.clock_in(ANNA, "1111", "Theke")
    with pytest.raises(TillferryError, match="working_already"):
        time.clock_in(ANNA, "1111", "Service")
    with pytest.raises(TillferryError, match="no_break"):
        time.end_break(ANNA, "1111")
    time.start_break(ANNA, "1111")
    with pytest.raises(TillferryError, match="break_already"):
        time.start_break(ANNA, "1111")


def test_work_over_the_close_gets_its_end_by_a_second_entry(
    register: Register, clock: Clock
) -> None:
    register.time.clock_in(ANNA, "1111", "Theke")
    clock.turn(hours=8)
    register.days.close(key(), BEN)
    clock.turn(hours=1)
    entry = register.time.clock_out(ANNA, "1111")
    register.days.close(key(), BEN)
    (written,) = column(register.closing_batch(1), "time_entries", "entry_id")
    assert column(register.closing_batch(1), "time_entries", "end") == [None]
    assert entry.corrects == written
    assert column(register.closing_batch(2), "time_entries", "corrected_entry_id") == [written]
    (worked,) = register.reports.working_times(FIRST, LAST)
    assert (worked.minutes, worked.open_entries) == (540, 0)


def test_who_works_on_is_written_once(register: Register, clock: Clock) -> None:
    register.time.clock_in(ANNA, "1111", "Theke")
    register.days.close(key(), BEN)
    clock.turn(days=1)
    assert register.days.close(key(), BEN) is None
    register.sales.sell(key(), ANNA, sale("3001"))
    register.days.close(key(), BEN)
    assert column(register.closing_batch(2), "time_entries", "entry_id") == []


def test_a_forgotten_end_is_corrected_by_a_new_entry(register: Register, clock: Clock) -> None:
    register.time.clock_in(ANNA, "1111", "Theke")
    register.days.close(key(), BEN)
    (forgotten,) = column(register.closing_batch(1), "time_entries", "entry_id")
    end = "2026-06-01T18:00:00+02:00"
    wish = TimeEntry(
        "", ANNA, "", "Theke", "2026-06-01T10:00:00+02:00", end, 30, str(forgotten), "vergessen"
    )
    with pytest.raises(TillferryError, match="role_missing"):
        register.time.record(key(), ANNA, wish)
    booking = key()
    entry = register.time.record(booking, CHRIS, wish)
    assert register.time.record(booking, CHRIS, wish) == entry
    assert register.time.running() == ()
    with pytest.raises(TillferryError, match="time_entry_corrected_already"):
        register.time.record(key(), CHRIS, wish)
    better = replace(wish, corrects=entry.entry_id, break_minutes=60)
    register.time.record(key(), CHRIS, better)
    (worked,) = register.reports.working_times(FIRST, LAST)
    assert worked.minutes == 7 * 60


def test_the_night_when_summer_time_ends_has_an_hour_more(register: Register, clock: Clock) -> None:
    clock.set("2026-10-24T22:00")
    register.time.clock_in(ANNA, "1111", "Theke")
    clock.turn(hours=3, minutes=45)
    register.time.start_break(ANNA, "1111")
    clock.turn(hours=1)
    register.time.end_break(ANNA, "1111")
    clock.turn(hours=1)
    entry = register.time.clock_out(ANNA, "1111")
    assert entry.end == "2026-10-25T02:45:00+01:00"
    assert (entry.break_minutes, minutes(entry)) == (60, 285)
    begun = replace(sale("3001"), started="2026-10-25T02:50:00+02:00")
    receipt = register.sales.sell(key(), ANNA, begun)
    assert receipt.start == "2026-10-25T02:50:00+02:00"
    start, end = "2026-10-25T02:50:00+02:00", "2026-10-25T02:10:00+01:00"
    entry = register.time.record(key(), CHRIS, TimeEntry("", BEN, "", "", start, end))
    assert minutes(entry) == 20
    register.days.close(key(), BEN)
    assert remarks(register.closing_batch(1)) == set()


@pytest.mark.parametrize(
    ("start", "end", "pause"),
    [
        ("2026-06-01T10:00:00", "", 0),
        ("gestern", "", 0),
        ("2026-06-01T10:00:00+02:00", "2026-06-01T09:00:00+02:00", 0),
        ("2026-06-01T10:00:00+02:00", "2026-06-01T11:00:00+02:00", 61),
        ("2026-06-01T10:00:00+02:00", "2026-07-01T11:00:00+02:00", 0),
        ("0001-01-01T00:00:00+23:00", "", 0),
        ("2026-06-01T10:00:00+02:00", "", -1),
    ],
)
def test_times_that_cannot_be(register: Register, start: str, end: str, pause: int) -> None:
    with pytest.raises(TillferryError, match="time_wrong"):
        register.time.record(key(), CHRIS, TimeEntry("", ANNA, "", "", start, end, pause))


def test_only_own_entries_are_corrected(register: Register) -> None:
    start = "2026-06-01T10:00:00+02:00"
    entry = register.time.record(key(), CHRIS, TimeEntry("", ANNA, "", "", start))
    for person, corrects in ((BEN, entry.entry_id), (ANNA, "nothing")):
        with pytest.raises(TillferryError, match="time_entry_unknown"):
            register.time.record(
                key(), CHRIS, TimeEntry("", person, "", "", start, corrects=corrects)
            )


@pytest.mark.parametrize(
    ("kind", "sign"),
    [("goods_in", 1), ("waste", -1), ("own_use", -1), ("transfer", -1), ("count", 1)],
)
def test_stock_movements(register: Register, kind: str, sign: int) -> None:
    wish = key()
    moved = register.stock.move(wish, ANNA, StockMovement(kind, "1001", 24_000, 1500))
    assert register.stock.move(wish, ANNA, StockMovement(kind, "1001", 24_000, 1500)) == moved
    assert moved.quantity == sign * 24_000
    register.days.close(key(), BEN)
    batch = register.closing_batch(1)
    assert column(batch, "stock_movements", "quantity") == [sign * 24_000]
    assert column(batch, "stock_movements", "cost") == [1_500_000]
    assert column(batch, "stock_movements", "movement_id") == [wish]


def test_nothing_left_is_a_count(register: Register) -> None:
    assert register.stock.move(key(), ANNA, StockMovement("count", "1001", 0)).quantity == 0


@pytest.mark.parametrize(
    ("movement", "code"),
    [
        (StockMovement("theft", "1001", 1000), "stock_kind_unknown"),
        (StockMovement("waste", "777", 1000), "article_unknown"),
        (StockMovement("waste", "3001", 1000), "article_not_tracked"),
        (StockMovement("waste", "1001", 0), "quantity_wrong"),
        (StockMovement("goods_in", "1001", -1), "quantity_wrong"),
        (StockMovement("goods_in", "1001", 1000, time="2026-13-01T00:00:00Z"), "time_wrong"),
    ],
)
def test_movements_that_cannot_be(register: Register, movement: StockMovement, code: str) -> None:
    with pytest.raises(TillferryError, match=code):
        register.stock.move(key(), ANNA, movement)
