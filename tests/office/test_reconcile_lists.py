"""Named lists of sources, compared one after the other."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.e2e.world import World, day
from tests.office.admin import CLERK, export_of, managing, opened, refused
from tillferry.closing.office_seams import Outlet
from tillferry.errors import TillferryError
from tillferry.office.home import OfficeHome
from tillferry.office.reconcile import Match, Reconciliation
from tillferry.office.reconcile_lists import (
    LISTS_FILE,
    ListEntry,
    NamedList,
    find_list,
    load_lists,
    remove_list,
    save_list,
)
from tillferry.wiring import office_admin
from tillferry.wiring.office import open_home


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def home(world: World) -> OfficeHome:
    return open_home(world.office)


def test_lists_are_kept_replaced_and_forgotten(home: OfficeHome) -> None:
    assert load_lists(home) == ()
    save_list(home, " Süd ", [ListEntry("7", "/data/hafen")])
    save_list(home, "Nord", [ListEntry("", "/data/nord")])
    again = save_list(home, "Süd", [ListEntry("8", "/data/strand")])
    assert [each.name for each in load_lists(home)] == ["Nord", "Süd"]
    assert find_list(home, "Süd") == again == NamedList("Süd", (ListEntry("8", "/data/strand"),))
    remove_list(home, "Süd")
    with refused("reconcile_list_not_found"):
        remove_list(home, "Süd")
    with refused("reconcile_nothing"):
        save_list(home, "leer", [])
    with refused("name_invalid"):
        save_list(home, " ", [ListEntry("", "x")])
    (home.path / LISTS_FILE).write_text("{}")
    assert load_lists(home) == ()
    (home.path / LISTS_FILE).write_text('[{"name": 1}]')
    with refused("settings_damaged"):
        load_lists(home)


def test_a_source_that_fails_does_not_hold_up_the_others(world: World) -> None:
    world.bring(export_of(world.folder / "exports", day(1, 1), day(2, 1)), accept_new_tills=True)
    source = export_of(world.folder / "source", day(1, 1, seed=2), day(2, 1, seed=2))
    with managing(world) as (office, admin):
        for outlet, till in zip("78", office.journal.tills(), strict=True):
            admin.save_outlet(Outlet(outlet, f"Outlet {outlet}"))
            admin.place(till, outlet)
        save_list(
            office.home,
            "all",
            [ListEntry("7", str(source)), ListEntry("9", "x"), ListEntry("8", str(source))],
        )
    told: list[tuple[str, str]] = []
    with opened(world) as office:
        for entry, found in office_admin.reconcile_list(office, "all", date(2000, 1, 1), CLERK):
            if isinstance(found, TillferryError):
                told.append((entry.outlet, found.code))
                continue
            assert isinstance(found, Reconciliation) and found.counts[Match.DIFFERENT] == 1
            told.append((entry.outlet, found.compared[0].serial[-1]))
    assert told == [("7", "1"), ("9", "outlet_not_found"), ("8", "2")]
