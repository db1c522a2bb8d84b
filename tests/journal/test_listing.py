"""Lists for pages: filtered, in pages, and every till's standing, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.journal.synthetic import batch, booking, file, item
from tillferry.closing.office_seams import OfficeChange, Outlet, TillDetails
from tillferry.closing.seams import Booking, ItemState, Journal, Till
from tillferry.journal.listing import (
    Wanted,
    count_waiting,
    days_held,
    find_item,
    list_items,
    standings,
)
from tillferry.journal.office_records import office_records
from tillferry.office.completeness import till_status

SHA = "aa" * 32


@pytest.fixture
def filled(journal: Journal, till: Till) -> Journal:
    """Z 1, 2, 5 and 9 are held, 3 waits; something of an unknown till waits too."""
    delivery = replace(file(SHA, till.till_id), carrier="ROT_1")
    journal.book(
        Booking(
            deliveries=[delivery],
            items=[
                item(ItemState.IMPORTED, 1, till.till_id),
                item(ItemState.IMPORTED, 2, till.till_id),
                item(ItemState.INCOMPLETE, 3, till.till_id),
                item(ItemState.UNKNOWN_TILL, 1, 0, serial="X-9", delivery="bb" * 32),
            ],
        )
    )
    journal.book(booking(batch((1, 2, 5, 9)), till_id=till.till_id))
    records = office_records(journal)
    records.write(
        OfficeChange(
            outlets=[Outlet("S", "Süd 100%")], till_details=[TillDetails(till.till_id, "S")]
        )
    )
    return journal


def states(journal: Journal, wanted: Wanted) -> list[str]:
    count, rows = list_items(journal, wanted, offset=0, limit=100)
    assert count == len(rows)
    return [row.item.state.value for row in rows]


def test_pages_come_newest_first(filled: Journal) -> None:
    count, rows = list_items(filled, Wanted(), offset=0, limit=100)
    ids = [row.item.item_id for row in rows]
    assert ids == sorted(ids, reverse=True) and len(ids) == count
    _, second = list_items(filled, Wanted(), offset=2, limit=2)
    assert [row.item for row in second] == [row.item for row in rows[2:4]]
    assert find_item(filled, ids[0]) == rows[0]
    assert find_item(filled, 10**9) is None


def test_every_filter(filled: Journal, till: Till) -> None:
    assert states(filled, Wanted(waiting=True)) == ["unknown_till", "incomplete"]
    assert count_waiting(filled) == 2
    assert states(filled, Wanted(state=ItemState.INCOMPLETE)) == ["incomplete"]
    assert states(filled, Wanted(till="x-9")) == ["unknown_till"]
    assert states(filled, Wanted(stick="rot_")) == ["incomplete", "imported", "imported"]
    assert states(filled, Wanted(stick="rotX1")) == []
    assert set(states(filled, Wanted(till="100%"))) == set(states(filled, Wanted(till=till.name)))
    on = date(2026, 1, 23)
    assert states(filled, Wanted(till="x-9", first_day=on, last_day=on)) == ["unknown_till"]
    assert states(filled, Wanted(till="x-9", first_day=date(2026, 1, 24))) == []


def test_standings_say_what_the_status_of_each_till_says(filled: Journal, till: Till) -> None:
    explained = {till.till_id: ((6, 6),)}
    found = standings(filled, explained)[till.till_id]
    waiting = filled.items(waiting=True, till_id=till.till_id)
    told = till_status(filled, till, waiting, date(2026, 2, 1), explained[till.till_id])
    assert found.missing == told.missing == ((4, 4), (7, 8))
    assert (found.closings, found.last_z_nr) == (told.closings, told.last_z_nr) == (4, 9)
    assert found.last_business_day == told.last_business_day
    assert found.waiting == len(told.waiting) == 1
    assert found.last_delivery == told.last_delivery


def test_days_of_a_till(filled: Journal, till: Till) -> None:
    held = filled.held(till.till_id)
    days = days_held(filled, till.till_id)
    assert [(day.z_nr, day.business_day) for day in days] == [
        (z_nr, held[z_nr].business_day) for z_nr in (1, 2, 5, 9)
    ]
