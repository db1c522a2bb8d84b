"""What is known to be on its way to head office."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.world import World, days
from tests.office.admin import export_of, opened
from tillferry.office import on_the_way
from tillferry.office.archive import Archive
from tillferry.office.inbox import Inbox
from tillferry.office.on_the_way import Coming, ComingClosing, bundles_that_never_came, coming
from tillferry.office.receiving import receive
from tillferry.wiring.office import now


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    for number in (1, 2):
        world.add_till(number)
    return world


def copy(world: World, path: Path) -> None:
    """Into the inbox, and no further."""
    archive, inbox = Archive(world.office / "archive"), Inbox(world.office / "inbox")
    receive(path, archive, inbox, clock=now)


def look(world: World, number: str) -> Coming:
    with opened(world) as office:
        return coming(office.home, office.keys, world.tills()[number])


def test_bundles_in_the_inbox_name_their_days(world: World) -> None:
    for number in (1, 2):
        world.close(number, 1, 2)
        world.send(number, world.stick(f"stick-{number}"))
        copy(world, world.stick(f"stick-{number}"))
    copy(world, export_of(world.folder / "exports", days(3, 1)))

    found = look(world, "1001")

    expected = days(1, 1, 2).heads
    assert found.closings == tuple(ComingClosing(h.z_nr, h.business_day) for h in expected)
    assert (found.unread, found.foreign) == (0, 1)
    world.bring()
    assert look(world, "1001") == Coming()


def test_what_cannot_be_looked_into_is_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.close(1, 1)
    world.send(1, world.stick("a"))
    (bundle,) = world.stick("a").rglob("*.tfb")
    bundle.write_bytes(bundle.read_bytes()[:-1])
    copy(world, world.stick("a"))
    assert look(world, "1001") == Coming(unread=1)
    world.close(1, 2)
    world.send(1, world.stick("b"))
    copy(world, world.stick("b"))
    assert [closing.z_nr for closing in look(world, "1001").closings] == [1, 2]
    monkeypatch.setattr(on_the_way, "_OPENED_BYTES", 10)
    assert look(world, "1001") == Coming(unread=2)


def test_a_bundle_that_never_came_is_known_by_the_next(world: World) -> None:
    for number, name in enumerate(("a", "b", "c"), 1):
        world.close(1, number)
        world.send(1, world.stick(name))
    world.bring(world.stick("c"))
    with opened(world) as office:
        till = world.tills()["1001"]
        deliveries = office.journal.deliveries(till.till_id)
        assert bundles_that_never_came(till, deliveries) == ((1, 2),)
    world.bring(world.stick("a"))
    with opened(world) as office:
        deliveries = office.journal.deliveries(till.till_id)
        assert bundles_that_never_came(till, deliveries) == ((2, 2),)
        assert bundles_that_never_came(till, ()) == ()
