"""Sticks are plugged in while the page is open."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.carriers.exfat import Stick, why_not
from tests.e2e.world import World, assert_held, assert_sound, day, torn
from tests.ui.office.house import House, add_user, at, get, running, started, type_in, wait_until
from tillferry.closing.seams import Booking, ItemState
from tillferry.journal import open_journal
from tillferry.office.home import open_home
from tillferry.office.people import Role

MANY = 120


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("import"))
    for number in (1, 2, 3, 4):
        world.add_till(number)
    add_user(world.office, "lea", Role.IMPORT)
    add_user(world.office, "auditor", Role.AUDITOR)
    return world


@pytest.fixture(scope="module")
def house(world: World, browser: Browser) -> Iterator[House]:
    with running(world.office, world.folder / "sticks" / "media", browser) as found:
        yield found


@pytest.fixture(scope="module")
def lea(house: House) -> Page:
    return house.page("lea")


@contextmanager
def plugged(world: World, label: str) -> Iterator[Stick]:
    """A new exFAT stick, not plugged in yet."""
    if reason := why_not():
        pytest.skip(reason)
    with Stick(world.folder / "sticks", label=label) as stick:
        yield stick


def test_two_sticks_at_once_may_go_and_their_days_are_there(
    world: World, house: House, lea: Page
) -> None:
    expect(at(lea, "waiting")).to_be_visible()
    with ExitStack() as stack:
        sticks = [stack.enter_context(plugged(world, f"KASSE{n}")) for n in (1, 2)]
        for number, stick in enumerate(sticks, 1):
            # Filled elsewhere: the page must not see it while it is being written.
            place, stick.path = stick.path, world.folder / "at-the-till" / stick.path.name
            world.close(number, 1, 2)
            world.send(number, stick.plug())
            stick.unplug()
            stick.gone_within()
            stick.path = place
        for stick in sticks:
            stick.plug()
        for number, stick in enumerate(sticks, 1):
            told = at(lea, f"stick-{stick.path.name}")
            expect(told).to_contain_text("Stick darf raus")
            expect(told).to_contain_text(f"Quittung auf dem Stick für 100{number}")
        expect(at(lea, "count-imported")).to_contain_text("4")
        expect(lea.locator("button.line")).to_have_count(4)
        sticks[0].unplug()
        expect(at(lea, "stick-KASSE1")).to_contain_text("abgezogen")
        sticks[0].gone_within()
        # The same stick once more brings nothing new, and that is said.
        sticks[0].plug()
        expect(at(lea, "count-already_present")).to_contain_text("2")
        expect(at(lea, "stick-KASSE1")).to_contain_text("Stick darf raus")
    assert_held(world, 1, [1, 2])
    assert_held(world, 2, [1, 2])


def test_a_stick_with_nothing_for_us_says_so_and_is_not_touched(world: World, lea: Page) -> None:
    with plugged(world, "URLAUB") as stick:
        stick.plug()
        (stick.path / "foto.jpg").write_bytes(b"sonne")
        expect(at(lea, "stick-URLAUB")).to_contain_text("nichts für uns")
        assert [each.name for each in stick.path.iterdir()] == ["foto.jpg"]


def test_from_a_folder_and_what_waits_says_what_to_do(world: World, lea: Page) -> None:
    folder = world.stick("ordner")
    world.put(3, torn(day(3, 1)))
    world.send(3, folder)
    at(lea, "folder").click()
    type_in(lea, "path", str(folder))
    at(lea, "yes").click()
    expect(at(lea, "stick-ordner")).to_contain_text("Ordner ist gelesen")
    row = lea.locator("button.line", has_text="unvollständig")
    expect(row).to_have_count(1)
    row.click()
    opened = lea.locator(".found.incomplete").first
    expect(opened).to_be_visible()
    expect(lea.get_by_text("Zu tun:").first).to_be_visible()
    row.click()
    expect(opened).to_be_hidden()


def test_a_folder_that_is_not_there(lea: Page) -> None:
    at(lea, "folder").click()
    type_in(lea, "path", "/gibt/es/nicht")
    at(lea, "yes").click()
    expect(at(lea, "error")).to_contain_text("/gibt/es/nicht")
    at(lea, "error-ok").click()


def test_an_auditor_sees_the_list_and_no_switch(house: House) -> None:
    page = house.page("auditor")
    page.locator("button.line").first.wait_for()
    for name in ("folder", "without-stock", "stop"):
        expect(at(page, name)).to_have_count(0)
    page.context.close()


def test_search_and_pages_over_a_long_list(world: World, house: House) -> None:
    journal = open_journal(str(world.office / "journal.sqlite"))
    (one, *_) = journal.items()
    many = [replace(one, item_id=0, z_nr=z, state=ItemState.ALREADY_PRESENT) for z in range(MANY)]
    journal.book(Booking(items=many))
    journal.close()
    page = house.page("lea")
    count = MANY + 5
    expect(at(page, "rows")).to_have_text(f"1–50 von {count}")
    at(page, "older").click()
    expect(at(page, "rows")).to_have_text(f"51–100 von {count}")
    at(page, "older").click()
    expect(at(page, "rows")).to_have_text(f"101–{count} von {count}")
    type_in(page, "search-till", "bar 2")
    expect(at(page, "rows")).to_have_text("1–2 von 2")
    type_in(page, "search-till", "")
    type_in(page, "search-stick", "KASSE2")
    expect(at(page, "rows")).to_have_text("1–2 von 2")
    type_in(page, "search-stick", "")
    at(page, "search-state").click()
    page.get_by_role("option", name="Was wartet").click()
    expect(at(page, "rows")).to_have_text("1–1 von 1")
    type_in(page, "search-first", "2031-01-01")
    expect(at(page, "rows")).to_have_text("0–0 von 0")
    page.context.close()


def test_the_list_survives_a_restart(tmp_path: Path, browser: Browser) -> None:
    world = World(tmp_path)
    world.add_till(1)
    add_user(world.office, "lea", Role.IMPORT)
    world.close(1, 1, 2, 3)
    world.send(1, world.stick("A"))
    with started(world.office, tmp_path / "sticks") as (address, _):
        wait_until(lambda: bool(world.tills()["1001"].serial) and len(world.held(1)) == 3)
        assert get(address + "/healthz")[0] == 200
    world.stick("A").rename(tmp_path / "away")
    with running(world.office, tmp_path / "sticks", browser) as house:
        page = house.page("lea")
        expect(page.locator("button.line")).to_have_count(3)
        expect(at(page, "waiting")).to_be_visible()
    assert_sound(world)


def test_a_stick_that_fails_while_it_is_read_says_so_and_nothing_of_it_is_taken(
    world: World, house: House, lea: Page
) -> None:
    with plugged(world, "KAPUTT") as stick:
        seen, stick.path = stick.path, world.folder / "at-the-till" / "KAPUTT"
        world.close(4, 1)
        world.send(4, stick.plug())
        bundle = next((stick.path / "Tillferry" / "bundles").iterdir())
        bundle.with_name(f"a{bundle.name}").write_bytes(os.urandom(20 << 20))
        stick.unplug()
        stick.gone_within()
        stick.plug()
        # Its far end is gone, as it is while somebody pulls it out.
        os.truncate(stick.image, 4 << 20)
        seen.mkdir()
        try:
            subprocess.run(["mount", "--bind", stick.path, seen], check=True)
            told = at(lea, "stick-KAPUTT")
            expect(told).to_contain_text("nicht ganz gelesen")
            expect(told).not_to_contain_text("darf raus")
            expect(lea.locator("button.line", has_text="KAPUTT")).to_have_count(0)
        finally:
            subprocess.run(["umount", "--lazy", seen], check=True)
        expect(told).not_to_contain_text("darf raus")
    assert house.process.poll() is None


def test_the_calendar_shows_what_is_copied_and_not_booked(tmp_path: Path, browser: Browser) -> None:
    world = World(tmp_path)
    world.add_till(1)
    add_user(world.office, "lea", Role.IMPORT)
    world.close(1, 1, 2)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    world.close(1, 4, 5)
    world.send(1, world.stick("a"))
    with running(world.office, tmp_path / "media", browser) as house:
        page = house.page("lea")
        # Somebody else imports, so what is copied waits in the inbox.
        with open_home(world.office).exclusive():
            at(page, "folder").click()
            type_in(page, "path", str(world.stick("a")))
            at(page, "yes").click()
            expect(at(page, "stick-a")).to_contain_text("Ordner ist gelesen")
            page.goto(house.address + "/calendar?till=1")
            expect(page.locator("td.held")).to_have_count(2)
            expect(page.locator("td.on_the_way")).to_have_count(2)
            expect(page.locator("td.missing")).to_have_count(1)
            # Nobody explains a hole whose far side is not booked.
            expect(at(page, "hole-3")).to_have_count(0)
        page.goto(house.address)
        expect(at(page, "count-imported")).to_contain_text("2")
        page.goto(house.address + "/calendar?till=1")
        expect(page.locator("td.on_the_way")).to_have_count(0)
        expect(page.locator("td.held")).to_have_count(4)
        expect(at(page, "hole-3")).to_be_visible()
        page.goto(house.address + "/completeness")
        expect(page.locator("a.line", has_text="1001")).to_contain_text("unauffällig")
