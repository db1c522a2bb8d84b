"""Two systems under one number: what is known of both, and refusing the other one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.world import World, assert_held, day
from tests.office.admin import actions, deciding, opened, refused, waiting
from tillferry.office.two_systems import SystemFacts, TwoSystems, items_by_number
from tillferry.sample import serial
from tillferry.till.home import new_installation, open_home, save_settings
from tillferry.wiring import office_admin
from tillferry.wiring import till as till_wiring


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Till 1 has sent one day."""
    world = World(tmp_path)
    world.add_till(1)
    world.close(1, 1)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    world.send(1, world.stick("a"))
    return world


def both(world: World) -> TwoSystems:
    """What is known of both systems under 1001."""
    with opened(world) as office:
        (items,) = items_by_number(office.journal.items(waiting=True)).values()
        return office_admin.systems_under(office, "1001", items)


def restored(world: World) -> str:
    """The till as it comes out of a backup has sent a day; gives its installation."""
    home = open_home(world.till(1))
    made = new_installation()
    save_settings(replace(home, settings=replace(home.settings, installation=made)))
    world.close(1, 2)
    world.send(1, world.stick("b"))
    world.bring(world.stick("b"))
    return made


def test_a_restored_till_is_shown_beside_the_one_that_is_known(world: World) -> None:
    before = world.tills()["1001"]
    made = restored(world)
    found = both(world)
    assert (found.number, found.name, found.till_id) == ("1001", before.name, before.till_id)
    known = found.known
    assert (known.installation, known.serial, known.sequence) == (before.installation, serial(1), 1)
    assert known.at.startswith("20")
    assert (found.other.installation, found.other.serial) == (made, serial(1))
    assert found.other.sequence == 1 and found.other.at.startswith("20")


def test_a_clone_parts_the_chain(world: World) -> None:
    shutil.copytree(world.till(1), world.till(9))
    world.close(1, 2)
    world.send(1, world.stick("b"))
    world.put(9, day(1, 3))
    world.send(9, world.stick("c"))
    world.bring(world.stick("b"))
    world.bring(world.stick("c"))
    found = both(world)
    assert found.known.installation == found.other.installation
    assert (found.known.sequence, found.other.sequence) == (2, 2)
    assert_held(world, 1, [1, 2])


def test_another_key_under_the_number_belongs_to_no_till(world: World) -> None:
    enrolment = world.enrolment(1, again=True)
    first, second = world.till(8), world.till(9)
    for home in (first, second):
        till_wiring.init_till(home, enrolment, serial(1))
    world.put(8, day(1, 2))
    world.send(8, world.stick("b"))
    world.bring(world.stick("b"))
    world.put(9, day(1, 3))
    world.send(9, world.stick("c"))
    world.bring(world.stick("c"))
    found = both(world)
    assert found.items[0].till_id == 0 and found.items[0].findings[0].code == "bundle_unknown_key"
    assert found.known.installation == open_home(first).settings.installation
    assert found.other.installation == open_home(second).settings.installation


def test_refusing_settles_all_of_it_and_what_comes_later_waits_again(world: World) -> None:
    restored(world)
    with deciding(world) as decisions:
        with refused("reason_needed"):
            decisions.refuse_system("1001", " ")
        with refused("two_systems_not_waiting"):
            decisions.refuse_system("1002", "gibt es nicht")
        assert len(decisions.refuse_system("1001", "Kopie auf altem Gerät")) == 1
    assert waiting(world) == [] and actions(world)[-1] == "system_refused"
    # The very same bundle again waits no more, another one does.
    world.bring(world.stick("b"))
    assert waiting(world) == []
    world.close(1, 3)
    world.send(1, world.stick("c"))
    world.bring(world.stick("c"))
    assert len(waiting(world)) == 1
    assert_held(world, 1, [1])


def test_a_bundle_that_is_gone_leaves_its_side_empty(world: World) -> None:
    restored(world)
    (item,) = waiting(world)
    (world.office / "archive" / item.delivery[:2] / item.delivery).unlink()
    assert both(world).other == SystemFacts()
