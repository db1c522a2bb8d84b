"""All tills at a glance, and a till's calendar."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.e2e.world import World, day, days, torn
from tests.office.admin import CLERK, export_of, managing, opened
from tillferry.closing.office_seams import Outlet
from tillferry.closing.seams import HeldClosing, Item, ItemState
from tillferry.office.calendar import DayState, calendar
from tillferry.office.overview import TillOverview, overview
from tillferry.wiring import office_admin
from tillferry.wiring.office import now

MONDAY = date(2026, 11, 2)


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    return World(tmp_path, url)


def looked_at(world: World, later: int = 0) -> dict[str, TillOverview]:
    with opened(world) as office:
        found = overview(
            office.journal,
            office_admin.records(office),
            now().date() + timedelta(days=later),
        )
    return {each.till.name: each for each in found}


def test_tills_are_seen_with_holes_waiting_and_silence(world: World) -> None:
    world.enrolment(9)
    exports = world.folder / "exports"
    world.bring(export_of(exports, days(1, 2, 3, 6, 10)), accept_new_tills=True)
    world.bring(export_of(exports, torn(day(1, 8)), torn(day(1, 13))))
    with managing(world) as (office, admin):
        never, till = office.journal.tills()
        admin.rename(till, "Bar")
        admin.save_outlet(Outlet("7", "Hafen"))
        admin.place(till, "7")
        decisions = office_admin.decisions(office, CLERK)
        decisions.explain_hole(admin.rename(till, "Bar"), 9, 9, "burnt")

    found = looked_at(world)

    assert found[never.name].figures is None and not found[never.name].overdue
    seen = found["Bar"]
    assert seen.figures is not None
    assert (seen.figures.closings, seen.figures.first_z, seen.figures.last_z) == (4, 2, 10)
    assert seen.figures.last_business_day == day(1, 10).heads[0].business_day
    assert seen.figures.missing == ((4, 5), (7, 9))
    assert seen.missing == ((4, 5), (7, 7), (11, 12))
    assert dict(seen.waiting) == {ItemState.INCOMPLETE: 2}
    assert (seen.outlet, seen.days_silent, seen.overdue) == ("Hafen", 0, False)


def test_a_till_is_overdue_by_its_own_rule_while_it_is_in_use(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add_till(1)
    world.close(1, 1)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    assert not looked_at(world, later=7)["Bar 1"].overdue
    assert looked_at(world, later=8)["Bar 1"].overdue
    with managing(world) as (office, admin):
        (till,) = office.journal.tills()
        admin.silence_rule(till, 2)
    assert looked_at(world, later=3)["Bar 1"].overdue
    with managing(world) as (office, admin):
        admin.retire(till, "sold")
    assert not looked_at(world, later=30)["Bar 1"].overdue


# --- the calendar -------------------------------------------------------------------------------


def held(z_nr: int, offset: int) -> HeldClosing:
    day_ = MONDAY + timedelta(days=offset)
    return HeldClosing(1, z_nr, z_nr, "K", "", day_, "", "", 1, 100, {}, "aa")


def waits(z_nr: int, offset: int, state: ItemState) -> Item:
    day_ = MONDAY + timedelta(days=offset)
    return Item(z_nr, "aa", "", "", "", 1, z_nr, day_, state, 0, 0, (), "")


def states(*args: object, days_: int = 7, today: int = 6, **more: object) -> str:
    shown = calendar(
        *args,  # type: ignore[arg-type]
        MONDAY,
        MONDAY + timedelta(days=days_ - 1),
        MONDAY + timedelta(days=today),
        **more,  # type: ignore[arg-type]
    )
    assert [each.day for each in shown] == [MONDAY + timedelta(days=n) for n in range(days_)]
    letters = {
        DayState.HELD: "H",
        DayState.CONFLICT: "C",
        DayState.INCOMPLETE: "I",
        DayState.REJECTED: "R",
        DayState.MISSING: "m",
        DayState.ON_THE_WAY: "i",
        DayState.AWAITED: ">",
        DayState.CLOSED: "-",
        DayState.BEFORE: ".",
    }
    return "".join(letters[each.state] for each in shown)


def test_days_between_consecutive_numbers_were_closed() -> None:
    assert states([held(4, 1), held(5, 4)], []) == ".H--H>>"


def test_days_around_a_missing_number_may_be_its_own() -> None:
    assert states([held(4, 0), held(6, 3)], []) == "HmmH>>>"
    assert states([held(4, 0), held(6, 1)], []) == "Hm>>>>>"
    shown = calendar([held(4, 0), held(8, 2)], [], MONDAY, MONDAY + timedelta(2), MONDAY)
    assert shown[1].missing == (5, 7) and shown[1].z_nrs == ()


def test_an_explained_number_is_not_missing() -> None:
    assert states([held(4, 0), held(6, 3)], [], explained=((5, 5),)) == "H--H>>>"
    wild = [held(1, 0), held(2**60, 3)]
    assert states(wild, [], explained=((2, 2**60 - 1),)) == "H--H>>>"
    assert states(wild, []) == "HmmH>>>"


def test_what_waits_is_shown_before_what_is_held() -> None:
    aside = [
        waits(4, 0, ItemState.CONFLICT),
        waits(5, 1, ItemState.INCOMPLETE),
        waits(6, 2, ItemState.REJECTED),
        waits(5, 1, ItemState.REJECTED),
    ]
    assert states([held(4, 0)], aside) == "CIR>>>>"


def test_several_closings_of_one_day_and_nothing_at_all() -> None:
    shown = calendar([held(2, 0), held(1, 0)], [], MONDAY, MONDAY, MONDAY)
    assert shown[0].z_nrs == (1, 2) and shown[0].state is DayState.HELD
    assert states([], []) == "......."
    assert states([held(1, 0)], [], today=2) == "H>>...."


def test_what_lies_in_the_inbox_is_on_the_way_and_not_missing() -> None:
    coming = [held(5, 1), held(7, 3)]
    assert states([held(4, 0), held(6, 2)], [], coming=coming) == "HiHi>>>"
    # What is held or waits already tells more.
    aside = [waits(5, 1, ItemState.CONFLICT)]
    assert states([held(4, 0)], aside, coming=[held(4, 0), held(5, 1)]) == "HC>>>>>"
    assert states([], [], coming=[held(1, 2)]) == "..i>>>>"
