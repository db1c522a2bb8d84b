"""What head office can know of a till's side: acknowledgements read, clocks that go wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.world import World, day
from tests.office.admin import export_of
from tillferry.closing.office_seams import TillContact
from tillferry.closing.seams import TillState
from tillferry.office.contacts import clock_error, has_read
from tillferry.till import sending
from tillferry.wiring import office_admin, till
from tillferry.wiring.office import now


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    world = World(tmp_path, url)
    world.add_till(1)
    return world


def contact(world: World) -> TillContact:
    with world.opened() as office:
        (only,) = office_admin.records(office).contacts().values()
    return only


def send(world: World, stick: Path, clock: Callable[[], datetime] = now) -> None:
    """Plug the stick in at the till, whose clock may be wrong."""
    with till.opened_till(world.till(1)) as opened:
        sending.send(opened.home, opened.keys, opened.outbox, till.stick(stick), clock=clock)


def test_a_till_shows_by_its_next_bundle_that_it_read_the_acknowledgement(world: World) -> None:
    stick = world.stick("a")
    world.close(1, 1, 2)
    send(world, stick)
    world.bring(stick)
    written = contact(world)
    assert (written.letter_through, written.read_through) == (2, 0)
    assert written.letter_at and not written.read_at and not has_read(written)

    world.close(1, 3)
    send(world, stick)
    world.bring(stick)

    read = contact(world)
    assert (read.letter_through, read.read_through) == (3, 2)
    assert read.read_at and not has_read(read)
    # The very same stick again tells nothing new, and what was known stays.
    world.bring(stick)
    assert replace(contact(world), letter_at="") == replace(read, letter_at="")
    assert has_read(replace(read, letter_through=2))


def test_what_still_lies_on_the_stick_shows_nothing(world: World) -> None:
    stick = world.stick("a")
    world.close(1, 1)
    send(world, stick)
    world.bring(stick)
    shutil.rmtree(stick / "Tillferry" / "letters")
    world.close(1, 2)
    send(world, stick)
    world.bring(stick)
    assert contact(world).read_through == 0


def test_a_bundle_that_was_copied_by_hand_shows_nothing(world: World) -> None:
    stick = world.stick("a")
    world.close(1, 1)
    send(world, stick)
    world.bring(stick)
    shutil.rmtree(stick / "Tillferry" / "letters")
    world.close(1, 2)
    send(world, stick)
    newest = max((stick / "Tillferry" / "bundles").iterdir())
    world.bring(shutil.copy(newest, world.folder / newest.name))
    assert contact(world).read_through == 0


def test_another_stick_without_a_letter_shows_nothing(world: World) -> None:
    world.close(1, 1)
    send(world, world.stick("a"))
    world.bring(world.stick("a"))
    world.close(1, 2)
    send(world, world.stick("b"))
    world.bring(world.stick("b"))
    assert contact(world).read_through == 0


def test_a_clock_that_is_ahead_is_certain(world: World) -> None:
    world.close(1, 1)
    send(world, world.stick("a"), lambda: now() + timedelta(hours=2))
    world.bring(world.stick("a"))
    found = contact(world)
    error = clock_error(found)
    assert error is not None and 7_100 < error <= 7_200
    assert found.clock_most is None


def test_a_clock_that_is_behind_is_certain_only_after_an_acknowledgement(world: World) -> None:
    stick = world.stick("a")
    world.close(1, 1)
    send(world, stick, lambda: now() - timedelta(days=3))
    world.bring(stick)
    # The stick may have been under way for three days.
    assert clock_error(contact(world)) is None
    world.close(1, 2)
    send(world, stick, lambda: now() - timedelta(days=3))
    world.bring(stick)
    error = clock_error(contact(world))
    assert error is not None and -259_300 < error <= -259_190


def test_an_export_from_the_future_shows_a_clock_that_is_ahead(world: World) -> None:
    # The sample's days end in the year of the sample: their clock is compared with ours.
    with world.opened() as office:
        assert [each.state for each in office.journal.tills()] == [TillState.ENROLLED]
    closing = day(2, 1)
    closed_at = datetime.fromisoformat(closing.heads[0].z_erstellung)
    export = export_of(world.folder / "exports", closing)
    world.bring(export, accept_new_tills=True)
    found = contact(world)
    seconds = (closed_at - datetime.fromisoformat(found.clock_at)).total_seconds()
    assert found.clock_least == int(seconds) and found.clock_most is None
    assert (clock_error(found) is None) == (seconds < 120)


def test_what_nobody_wrote_down_has_nothing_to_show(world: World) -> None:
    with world.opened() as office:
        assert office_admin.records(office).contacts() == {}
    assert not has_read(TillContact(1)) and clock_error(TillContact(1)) is None
    assert clock_error(TillContact(1, clock_least=119, clock_most=-120)) is None
