"""Named lists of sources, compared one after the other."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from tests.e2e.world import World, day
from tests.office.admin import CLERK, actions, export_of, managing, opened, refused
from tillferry import cli
from tillferry.closing.office_seams import Outlet
from tillferry.errors import TillferryError
from tillferry.office.home import OfficeHome
from tillferry.office.reconcile import Match, Reconciliation
from tillferry.office.reconcile_list_report import list_report_html
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


def test_the_command_compares_a_list_and_writes_one_report(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.bring(export_of(world.folder / "exports", day(1, 1), day(2, 1)), accept_new_tills=True)
    same = export_of(world.folder / "same", day(1, 1))
    more = export_of(world.folder / "more", day(2, 1), day(2, 2))
    with managing(world) as (office, admin):
        for outlet, till in zip("78", office.journal.tills(), strict=True):
            admin.save_outlet(Outlet(outlet, f"<Bar {outlet}>"))
            admin.place(till, outlet)
        made = [ListEntry("7", str(same)), ListEntry("", "/not/there"), ListEntry("8", str(more))]
        office_admin.keep_list(office, "Alt", made[:1], CLERK)
        office_admin.keep_list(office, "Süd", made, CLERK, instead_of="Alt")
        assert [each.name for each in load_lists(office.home)] == ["Süd"]
    report = world.folder / "report.html"

    def run(*arguments: str) -> tuple[int, str]:
        command = ["--lang", "en", "office", "reconcile", *arguments]
        status = cli.run([*command, "--home", str(world.office), "--since", "2000-01-01"])
        shown = capsys.readouterr()
        return status, shown.out + shown.err

    for wrong in ((), (str(same), "--list", "Süd"), ("--list", "Süd", "--outlet", "7")):
        assert "reconcile_one_of" in run(*wrong)[1]
    assert "reconcile_list_not_found" in run("--list", "Nord")[1]
    status, shown = run("--list", "Süd", "--report", str(report))
    assert status == cli.EXIT_WAITING
    assert f"<Bar 7> · {same}: Everything is identical." in shown
    assert "/not/there: /not/there does not exist." in shown
    page = report.read_text(encoding="utf-8")
    assert page.count("<h2>&lt;Bar") == 2 and "<Bar" not in page
    assert "/not/there does not exist." in page and "1 differences remain." in page
    status, shown = run("--list", "Süd", "--repair", "--json")
    found = json.loads(shown)
    assert status == cli.EXIT_WAITING and found["list"] == "Süd"
    assert [each.get("repaired") for each in found["sources"]] == [0, None, 1]
    assert found["sources"][1]["error"]["code"] == "path_not_found"
    assert set(world.held(2)) == {1, 2}
    assert actions(world)[-1] != "reconcile_list_saved"
    with opened(world) as office:
        office_admin.keep_list(office, "Süd", [made[0], made[2]], CLERK)
    assert run("--list", "Süd")[0] == 0
    with opened(world) as office:
        office_admin.drop_list(office, "Süd", CLERK)
        assert load_lists(office.home) == ()
    assert actions(world)[-1] == "reconcile_list_removed"


def test_a_stopped_list_says_what_was_not_reached(world: World) -> None:
    world.bring(export_of(world.folder / "exports", day(1, 1)), accept_new_tills=True)
    source = str(export_of(world.folder / "source", day(1, 1)))
    told: list[int] = []
    with opened(world) as office:
        save_list(office.home, "all", [ListEntry("", source)] * 3)
        found = office_admin.list_results(
            office,
            "all",
            date(2000, 1, 1),
            CLERK,
            events=office_admin.ReconcileEvents(stop=lambda: len(told) > 1),
            told=lambda each: told.append(len(each.results)),
        )
    assert len(found.left) == 1 and not found.is_identical and told == [0, 1, 2]
    page = list_report_html(found, person="clerk", made_at="2026-01-01T10:00:00+01:00", lang="de")
    assert "Nicht verglichen: vorher angehalten." in page
    assert "Vorzeitig angehalten" in page
