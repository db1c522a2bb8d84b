"""The queue: search and pages; two systems under one number, on each page that tells of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.world import World, day, days
from tests.ui.office.house import House, add_user, at, running, type_in, wait_until
from tillferry.formats.dsfinvk.write import write_export
from tillferry.office.people import Role
from tillferry.till.home import new_installation, open_home, save_settings
from tillferry.wiring import office_admin

CONFLICTS = 53


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Till 1 exists twice, till 2 was restored, 53 days of till 3 are in conflict."""
    world = World(tmp_path_factory.mktemp("queue"))
    stick = world.stick("A")
    for number in (1, 2, 3):
        world.add_till(number)
        world.close(number, *range(1, CONFLICTS + 1 if number == 3 else 2))
        world.send(number, stick)
    world.bring(stick)
    for number in (1, 2):
        world.send(number, stick)
    shutil.copytree(world.till(1), world.till(9))
    world.close(1, 2)
    world.send(1, world.stick("B"))
    world.put(9, day(1, 3))
    world.send(9, world.stick("C"))
    home = open_home(world.till(2))
    save_settings(replace(home, settings=replace(home.settings, installation=new_installation())))
    world.close(2, 2)
    world.send(2, world.stick("D"))
    for name in "BCD":
        world.bring(world.stick(name))
    folder = world.folder / "others"
    folder.mkdir()
    write_export(iter([days(3, *range(1, CONFLICTS + 1), seed=5)]), folder / "conflict.zip")
    world.bring(folder)
    for role in (Role.ADMIN, Role.AUDITOR):
        add_user(world.office, role.value, role)
    return world


@pytest.fixture(scope="module")
def house(world: World, browser: Browser) -> Iterator[House]:
    with running(world.office, world.folder / "media", browser) as found:
        yield found


@pytest.fixture
def admin(house: House) -> Iterator[Page]:
    page = house.page("admin")
    page.goto(house.address + "/decisions")
    at(page, "count").wait_for()
    yield page
    page.context.close()


def test_pages_and_search(admin: Page) -> None:
    cards = admin.locator('[data-test="queue"] > .card')
    expect(cards).to_have_count(50)
    expect(at(admin, "place")).to_have_text("1 bis 50 von 55")
    expect(at(admin, "before")).to_be_disabled()
    at(admin, "after").click()
    expect(cards).to_have_count(5)
    expect(at(admin, "after")).to_be_disabled()
    type_in(admin, "search", "z 53")
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("1003")
    expect(at(admin, "place")).to_have_count(0)
    # Parts of a closing have words, not names.
    expect(cards).to_contain_text("Buchungen")
    expect(cards).not_to_contain_text("bookings")
    type_in(admin, "search", "zwei systeme")
    expect(cards).to_have_count(2)
    type_in(admin, "search", "gibt es nicht")
    expect(cards).to_have_count(0)
    expect(at(admin, "queue")).to_contain_text("Nichts, was wartet, passt dazu.")


def test_both_systems_side_by_side(world: World, house: House, admin: Page) -> None:
    known, copied = world.tills()["1002"], open_home(world.till(2)).settings
    restored = at(admin, "two-1002")
    expect(restored).to_contain_text("neue Installation")
    cells = restored.locator("tbody tr").first.locator("td")
    expect(cells).to_have_text(["Installation", known.installation, copied.installation])
    cloned = at(admin, "two-1001")
    expect(cloned).to_contain_text("Die Kasse gibt es zweimal")
    same = cloned.locator("tbody tr").first.locator("td")
    installation = world.tills()["1001"].installation
    expect(same).to_have_text(["Installation", installation, installation])
    admin.goto(house.address + "/tills")
    expect(at(admin, "two-1001")).to_have_text("zwei Systeme, eine Nummer")
    expect(at(admin, "two-1003")).to_have_count(0)
    admin.goto(f"{house.address}/calendar?till={world.tills()['1001'].till_id}")
    expect(at(admin, "two-1001")).to_contain_text(installation)
    expect(at(admin, "refuse-1001")).to_be_visible()


def test_enrolling_again_begins_with_the_number(admin: Page) -> None:
    at(admin, "enrol-1002").click()
    expect(admin.locator('input[data-test="number"]')).to_have_value("1002")
    with admin.expect_download() as download:
        at(admin, "yes").click()
    assert download.value.suggested_filename == "1002.enrolment"


def test_an_auditor_only_looks(house: House) -> None:
    page = house.page("auditor", lang="en")
    page.goto(house.address + "/decisions")
    expect(at(page, "two-1001")).to_contain_text("two systems use one number")
    expect(at(page, "refuse-1001")).to_have_count(0)
    expect(at(page, "enrol-1001")).to_have_count(0)
    page.context.close()


def test_refusing_the_other_system(world: World, admin: Page) -> None:
    at(admin, "refuse-1001").click()
    at(admin, "yes").click()
    expect(at(admin, "error")).to_be_visible()
    at(admin, "error-ok").click()
    at(admin, "refuse-1001").click()
    type_in(admin, "reason", "Kopie auf einem alten Gerät")
    at(admin, "yes").click()
    expect(at(admin, "two-1001")).to_have_count(0)
    expect(at(admin, "two-1002")).to_be_visible()

    def refused() -> bool:
        with world.opened() as office:
            log = office_admin.records(office).log()
        return any(record.entry.action == "system_refused" for record in log)

    wait_until(refused)
    assert sorted(world.held(1)) == [1, 2]
