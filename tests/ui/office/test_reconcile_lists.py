"""Named lists of outlets in the browser: made, changed, compared, stopped, reported, repaired."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.world import World, day, days
from tests.office.admin import export_of
from tests.ui.office.house import PHONE, House, add_user, at, running, type_in
from tillferry.closing.office_seams import Outlet
from tillferry.office.home import open_home
from tillferry.office.people import Role
from tillferry.office.reconcile_lists import ListEntry, load_lists
from tillferry.wiring import office_admin
from tillferry.wiring.office import opened_office


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("lists"))
    world.bring(export_of(world.folder / "exports", day(1, 1), day(2, 1)), accept_new_tills=True)
    export_of(world.folder / "same", day(1, 1))
    export_of(world.folder / "more", days(2, 1, 2))
    with opened_office(world.office) as office:
        admin = office_admin.till_admin(office, office_admin.actor("test"))
        for outlet, till in zip("78", office.journal.tills(), strict=True):
            admin.save_outlet(Outlet(outlet, f"Bar {outlet}"))
            admin.place(till, outlet)
    for role in (Role.DECIDE, Role.AUDITOR):
        add_user(world.office, role.value, role)
    return world


@pytest.fixture(scope="module")
def house(world: World, browser: Browser) -> Iterator[House]:
    with running(world.office, world.folder / "media", browser) as found:
        yield found


def entries(world: World, name: str) -> tuple[ListEntry, ...]:
    lists = load_lists(open_home(world.office))
    return next((each.entries for each in lists if each.name == name), ())


def choose(page: Page, name: str, option: str) -> None:
    at(page, name).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_list_is_made_compared_reported_repaired_and_deleted(world: World, house: House) -> None:
    same, more = str(world.folder / "same"), str(world.folder / "more")
    page = house.page("decide")
    page.goto(house.address + "/reconcile")
    at(page, "lists").click()
    expect(at(page, "no-lists")).to_be_visible()
    at(page, "list-new").click()
    type_in(page, "list-name", "Strand")
    at(page, "list-save").click()
    expect(at(page, "error")).to_be_visible()
    at(page, "error-ok").click()
    choose(page, "outlet-0", "Bar 7")
    type_in(page, "path-0", same)
    at(page, "list-add").click()
    type_in(page, "path-1", "/not/there")
    at(page, "list-add").click()
    choose(page, "outlet-2", "Bar 8")
    type_in(page, "path-2", more)
    at(page, "list-save").click()
    expect(at(page, "list-Strand")).to_contain_text("Bar 8")
    made = (ListEntry("7", same), ListEntry("", "/not/there"), ListEntry("8", more))
    assert entries(world, "Strand") == made

    type_in(page, "since", "2000-01-01")
    at(page, "compare-Strand").click()
    results = at(page, "source")
    expect(results.nth(0)).to_contain_text("Alles gleich.", timeout=30_000)
    expect(results.nth(1)).to_contain_text("/not/there gibt es nicht.")
    expect(results.nth(2)).to_contain_text("1 Abweichungen bleiben.")
    with page.expect_download() as download:
        at(page, "report").click()
    report = Path(download.value.path()).read_text(encoding="utf-8")
    assert report.count("<h2>") >= 2 and "/not/there gibt es nicht." in report
    assert set(world.held(2)) == {1}
    at(page, "repair").click()
    at(page, "yes").click()
    expect(results.nth(2)).to_contain_text("Alles gleich.", timeout=30_000)
    expect(at(page, "repair")).to_have_count(0)
    assert set(world.held(2)) == {1, 2}

    at(page, "change-Strand").click()
    at(page, "drop-1").click()
    type_in(page, "list-name", "Strand und Hafen")
    at(page, "list-save").click()
    expect(at(page, "list-Strand und Hafen")).to_be_visible()
    assert entries(world, "Strand") == ()
    assert entries(world, "Strand und Hafen") == (made[0], made[2])
    at(page, "compare-Strand und Hafen").click()
    expect(at(page, "identical")).to_be_visible(timeout=30_000)
    at(page, "change-Strand und Hafen").click()
    at(page, "list-remove").click()
    at(page, "yes").click()
    expect(at(page, "no-lists")).to_be_visible()
    page.context.close()


def test_an_auditor_compares_and_changes_nothing(world: World, house: House) -> None:
    with opened_office(world.office) as office:
        made = [ListEntry("7", str(world.folder / "same"))]
        office_admin.keep_list(office, "Hafen", made, office_admin.actor("test"))
    page = house.page("auditor", size=PHONE)
    page.goto(house.address + "/reconcile-lists")
    type_in(page, "since", "2000-01-01")
    at(page, "compare-Hafen").click()
    expect(at(page, "identical")).to_be_visible(timeout=30_000)
    for name in ("list-new", "change-Hafen", "repair"):
        expect(at(page, name)).to_have_count(0)
    page.context.close()
