"""Deciding on what waits: with a reason, in the log, the old version kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.world import World, assert_sound, day, days, digests_of, torn
from tests.office.admin import (
    actions,
    assert_books,
    books,
    deciding,
    export_of,
    managing,
    opened,
    refused,
    waiting,
)
from tillferry.closing.office_seams import Verdict
from tillferry.closing.seams import ItemState
from tillferry.formats.documents import Letter
from tillferry.office.acknowledge import letter_for
from tillferry.office.decisions import explained_by_till
from tillferry.sample import serial
from tillferry.wiring import office_admin


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    return World(tmp_path, url)


@pytest.fixture
def small(tmp_path: Path) -> World:
    """On SQLite alone: what it is about has nothing to do with SQL."""
    return World(tmp_path)


def conflicting(world: World) -> int:
    """A held closing and another version of it that waits; gives the item's number."""
    exports = world.folder / "exports"
    world.bring(export_of(exports, days(1, 1, 2)), accept_new_tills=True)
    world.bring(export_of(exports, day(1, 2, seed=2)))
    (item,) = waiting(world)
    assert item.state is ItemState.CONFLICT
    return item.item_id


def test_a_conflict_is_shown_row_by_row_and_the_delivered_one_taken(world: World) -> None:
    item_id = conflicting(world)
    with deciding(world) as decisions:
        assert decisions.find(item_id).choices == (Verdict.KEPT_HELD, Verdict.TOOK_DELIVERED)
        shown = decisions.compare(item_id)
        assert shown.held.digests["bookings"] == books(1, 2)
        assert shown.delivered.digests["bookings"] == books(1, 2, seed=2)
        assert shown.difference.rows and "transactions" in dict(shown.difference.counts)
        with refused("reason_needed"):
            decisions.take_delivered(item_id, "  ")

        decisions.take_delivered(item_id, "the till was repaired")

    assert waiting(world) == []
    assert_books(world, 1, {1: 1, 2: 2})
    with opened(world) as office:
        (version,) = office_admin.records(office).versions()
        assert dict(version.digests) == {"bookings": books(1, 2)}
        assert (version.replaced_by, version.reason) == ("clerk", "the till was repaired")
        assert office_admin.records(office).decisions()[item_id].verdict is Verdict.TOOK_DELIVERED
    assert actions(world) == ["delivered_taken"]
    assert_sound(world)


def test_parts_that_the_better_version_lacks_are_kept(world: World) -> None:
    world.add_till(1)
    world.close(1, 1)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    world.bring(export_of(world.folder / "exports", day(1, 1, seed=2)))
    (item,) = waiting(world)

    with deciding(world) as decisions:
        decisions.take_delivered(item.item_id, "the till was repaired")

    digests = world.held(1)[1].digests
    assert digests["bookings"] == books(1, 1, seed=2)
    assert (digests["time"], digests["stock"]) == (
        digests_of(1, 1)["time"],
        digests_of(1, 1)["stock"],
    )
    assert_sound(world)


def test_a_conflict_may_stay_as_it_is(small: World) -> None:
    item_id = conflicting(small)
    with deciding(small) as decisions:
        decisions.keep_held(item_id, "the export was edited")
        with refused("item_not_waiting"):
            decisions.keep_held(item_id, "again")

    assert waiting(small) == []
    assert_books(small, 1, {1: 1, 2: 1})
    assert actions(small) == ["held_kept"]


def test_a_closing_that_was_renumbered_takes_the_place_of_the_first(small: World) -> None:
    exports = small.folder / "exports"
    small.bring(export_of(exports, days(1, 1, 2)), accept_new_tills=True)
    second = day(1, 2)
    renumbered = replace(second, heads=(replace(second.heads[0], z_nr=7),))
    small.bring(export_of(exports, renumbered))
    (item,) = waiting(small)
    assert (item.state, item.z_nr) == (ItemState.CONFLICT, 7)

    with deciding(small) as decisions:
        (changed,) = decisions.compare(item.item_id).difference.head
        assert (changed.column, changed.before, changed.after) == ("z_nr", "2", "7")
        decisions.take_delivered(item.item_id, "the till counted anew")

    assert sorted(small.held(1)) == [1, 7] and waiting(small) == []
    assert_sound(small)


def test_after_a_decision_the_till_gets_a_newer_letter(small: World) -> None:
    small.add_till(1)
    small.close(1, 1)
    small.send(1, small.stick("a"))
    small.bring(small.stick("a"))
    small.bring(export_of(small.folder / "exports", day(1, 1, seed=2)))
    (item,) = waiting(small)

    def letter() -> Letter | None:
        with opened(small) as office:
            (till,) = office.journal.tills()
            return letter_for(office.journal, till, "1000")

    before = letter()
    with deciding(small) as decisions:
        decisions.take_delivered(item.item_id, "repaired")
    after = letter()
    assert before is not None and after is not None
    assert after.sequence > before.sequence
    assert (before.rejected, after.rejected) == (((1, "conflict_with_held"),), ())


def test_an_unknown_till_is_approved_and_its_closings_come(world: World) -> None:
    world.bring(export_of(world.folder / "exports", days(1, 1, 2)))
    first, second = waiting(world)
    assert first.state is second.state is ItemState.UNKNOWN_TILL
    with deciding(world) as decisions:
        with refused("decision_impossible"):
            decisions.discard(first.item_id, "no")
        till = decisions.approve_till(first.taxpayer, first.serial, "Bar 1", "opened in May")
        assert till.till_id and till.name == "Bar 1"
    world.bring()

    assert_books(world, 1, {1: 1, 2: 1})
    assert waiting(world) == []
    assert actions(world) == ["till_approved"]


def test_an_unknown_till_is_refused(small: World) -> None:
    small.bring(export_of(small.folder / "exports", days(1, 1, 2)))
    item, _ = waiting(small)
    with deciding(small) as decisions:
        settled = decisions.refuse_till(item.taxpayer, item.serial, "a competitor's")
        assert len(settled) == 2
        with refused("till_not_waiting"):
            decisions.approve_till(item.taxpayer, item.serial, "Bar", "late")

    assert waiting(small) == [] and small.tills() == {}
    assert actions(small) == ["till_refused"]


def test_what_cannot_be_used_is_discarded_and_may_come_again(small: World) -> None:
    exports = small.folder / "exports"
    small.bring(export_of(exports, day(1, 1)), accept_new_tills=True)
    small.bring(export_of(exports, torn(day(1, 2))))
    (item,) = waiting(small)
    assert item.state is ItemState.INCOMPLETE
    with deciding(small) as decisions:
        assert decisions.find(item.item_id).choices == (Verdict.DISCARDED,)
        with refused("decision_impossible"):
            decisions.take_delivered(item.item_id, "no")
        decisions.discard(item.item_id, "the stick broke")
    assert waiting(small) == []
    assert actions(small) == ["item_discarded"]

    small.bring(export_of(exports, day(1, 2)))
    assert_books(small, 1, {1: 1, 2: 1})


def test_a_hole_is_explained_with_a_reason_only_where_there_is_one(small: World) -> None:
    small.bring(export_of(small.folder / "exports", days(1, 1, 2, 6)), accept_new_tills=True)
    with opened(small) as office:
        decisions = office_admin.decisions(office, office_admin.actor("clerk"))
        (till,) = office.journal.tills()
        for first, last in ((2, 3), (3, 6), (5, 4), (7, 8)):
            with refused("hole_not_there"):
                decisions.explain_hole(till, first, last, "burnt")
        decisions.explain_hole(till, 3, 4, "burnt")
        kept = office_admin.records(office).explained()
        assert explained_by_till(kept) == {till.till_id: ((3, 4),)}
    assert actions(small) == ["hole_explained"]
    (shown,) = small.status().tills
    assert shown.missing == ((5, 5),)


def test_a_till_with_a_customer_number_is_enrolled_not_approved(tmp_path: Path) -> None:
    theirs = World(tmp_path / "theirs")
    theirs.add_till(1)
    theirs.close(1, 1)
    theirs.send(1, theirs.stick("a"))
    ours = World(tmp_path / "ours")
    # The same keys, but this office never enrolled the till.
    for file in (theirs.office / "keys").iterdir():
        (ours.office / "keys" / file.name).write_bytes(file.read_bytes())
    ours.bring(theirs.stick("a"))
    (item,) = waiting(ours)
    with deciding(ours) as decisions:
        assert decisions.find(item.item_id).choices == (Verdict.REFUSED,)
        assert decisions.find(item.item_id).number == "1001"
        with refused("till_needs_enrolment"):
            decisions.approve_till(item.taxpayer, serial(1), "Bar", "ours")


def test_what_a_retired_till_still_delivers_waits_for_a_person(world: World) -> None:
    exports = world.folder / "exports"
    world.bring(export_of(exports, days(1, 1, 2)), accept_new_tills=True)
    with managing(world) as (office, admin):
        (till,) = office.journal.tills()
        admin.retire(till, "sold")
    told = world.bring(export_of(exports, days(1, 2, 3, 4)), accept_new_tills=True)
    assert [state[1:] for state in told.states] == [
        (2, "already_present"),
        (3, "rejected"),
        (4, "rejected"),
    ]
    assert "closing_of_retired_till" in told.codes
    assert_books(world, 1, {1: 1, 2: 1})

    third, fourth = waiting(world)
    with deciding(world) as decisions:
        assert decisions.find(third.item_id).choices == (Verdict.TOOK_DELIVERED, Verdict.DISCARDED)
        decisions.take_delivered(third.item_id, "its last day")
        decisions.discard(fourth.item_id, "made by the buyer")

    assert_books(world, 1, {1: 1, 2: 1, 3: 1})
    assert waiting(world) == []
    assert actions(world)[-2:] == ["delivered_taken", "item_discarded"]
    assert_sound(world)


def test_a_till_that_is_brought_back_gets_what_waited(small: World) -> None:
    exports = small.folder / "exports"
    small.bring(export_of(exports, days(1, 1)), accept_new_tills=True)
    with managing(small) as (office, admin):
        (till,) = office.journal.tills()
        retired = admin.retire(till, "sold")
    small.bring(export_of(exports, days(1, 2)))
    assert len(waiting(small)) == 1
    with managing(small) as (office, admin):
        admin.reinstate(retired, "not sold after all")

    small.bring()

    assert_books(small, 1, {1: 1, 2: 1})
    assert waiting(small) == []
    assert_sound(small)
