"""What people decided counts when sticks come again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.world import World, day
from tests.office.admin import deciding, export_of, managing, waiting
from tillferry.closing.office_seams import Outlet


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "one")
    made.add_till(1)
    return made


def test_outlet_without_stock_leaves_it_out_until_the_rule_is_taken_back(world: World) -> None:
    world.close(1, 1)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    world.close(1, 2)
    world.send(1, world.stick("b"))
    with managing(world) as (office, admin):
        (till,) = office.journal.tills()
        admin.save_outlet(Outlet("7", "Hafen", without_stock=True))
        admin.place(till, "7")
    world.bring(world.stick("b"))
    held = world.held(1)
    assert "stock" in held[1].digests
    assert "stock" not in held[2].digests
    with managing(world) as (_, admin):
        admin.save_outlet(Outlet("7", "Hafen"))
    world.bring(world.stick("b"))
    assert "stock" in world.held(1)[2].digests


def test_a_decided_conflict_does_not_wait_again(world: World) -> None:
    world.close(1, 1)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    other = export_of(world.folder / "exports", day(1, 1, seed=2))
    world.bring(other)
    (item,) = waiting(world)
    with deciding(world) as decisions:
        decisions.keep_held(item.item_id, "the export was edited")
    assert waiting(world) == []
    told = world.bring(other)
    assert [state for _, _, state in told.states] == ["conflict"]
    assert waiting(world) == []
