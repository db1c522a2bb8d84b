"""Signing in, rights, language: nothing is shown to who may not see it."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.world import World
from tests.ui.office.house import (
    PASSWORD,
    PHONE,
    House,
    add_user,
    at,
    environment,
    free_port,
    get,
    running,
    sign_in,
    started,
    type_in,
)
from tillferry.office.people import RIGHTS, Role
from tillferry.ui.office.pages import ROUTES
from tillferry.wiring import office_admin
from tillferry.wiring.office import opened_office

OPEN = {"/healthz", "/enter/{ticket}", "/leave", "/language/{lang}", "/sign-in"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("shell")
    world = World(folder)
    for role in Role:
        add_user(world.office, role.value, role)
    with opened_office(world.office) as office:
        people = office_admin.people(office, office_admin.actor("test"))
        (folder / "once").write_text(people.add("novice", Role.IMPORT))
    with running(world.office, folder / "sticks", browser) as found:
        yield found


def test_every_page_sends_strangers_to_the_door(house: House) -> None:
    for route in ROUTES:
        assert get(house.address + route.path) == (307, "/sign-in"), route.path


@pytest.mark.parametrize("role", list(Role))
def test_every_page_opens_for_its_roles_and_for_no_other(house: House, role: Role) -> None:
    page = house.page(role.value)
    for route in ROUTES:
        may = not route.rights or bool(route.rights & RIGHTS[role])
        answer = page.request.get(house.address + route.path, max_redirects=0)
        assert answer.status == (200 if may else 403), route.path
        shown = at(page, f"go-{route.name}").count()
        assert shown == (1 if route.icon and may else 0), route.path
    page.context.close()


def test_nothing_is_served_beside_the_route_table(tmp_path: Path) -> None:
    # In a process of its own, for routes belong to the whole process.
    World(tmp_path)
    script = (
        "import sys; from pathlib import Path; from nicegui import app;"
        "from tillferry.ui.office import server;"
        "from tillferry.office.serving import Served, Serving;"
        "server.ui.run = lambda **_: print(*(getattr(r, 'path', '') for r in app.routes));"
        "server.run(Path(sys.argv[1]), int(sys.argv[2]), [Path(sys.argv[1])], lang='de',"
        " where=Served(Serving(), frozenset()))"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "office"), str(free_port())]
    ran = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=environment(), check=False
    )
    told = ran.stdout
    assert ran.returncode == 0, ran.stderr
    paths = {path for path in told.split() if not path.startswith("/_nicegui")}
    assert paths == OPEN | {route.path for route in ROUTES}
    assert all(route.rights for route in ROUTES if route.path != "/password")


def test_a_wrong_password_is_refused_and_locks(house: House) -> None:
    page = house.page()
    for attempt in range(5):
        type_in(page, "name", "report")
        type_in(page, "password", f"falsch-{attempt}")
        at(page, "sign-in").click()
        expect(at(page, "refusal")).not_to_be_empty()
        expect(page.locator('[data-test="password"]').first).to_have_value("")
    type_in(page, "name", "report")
    type_in(page, "password", PASSWORD)
    at(page, "sign-in").click()
    expect(at(page, "refusal")).to_contain_text("gesperrt")
    page.context.close()


def test_a_one_time_password_has_to_be_changed_first(house: House) -> None:
    once = (house.home.parent / "once").read_text()
    page = house.page()
    sign_in(page, "novice", once)
    page.wait_for_url("**/password")
    page.goto(house.address + "/")
    page.wait_for_url("**/password")
    type_in(page, "old", once)
    type_in(page, "new", "wellen-am-strand")
    type_in(page, "again", "wellen-am-strand")
    at(page, "change").click()
    at(page, "waiting").wait_for()
    page.context.close()


def test_signing_out_ends_the_session_also_in_an_open_window(house: House) -> None:
    page = house.page("import")
    other = page.context.new_page()
    other.goto(house.address)
    cookies = page.context.cookies()
    token = next(each for each in cookies if each["name"] == "tillferry_office")
    assert token["httpOnly"] and token["sameSite"] == "Strict"
    at(page, "sign-out").click()
    at(page, "sign-in").wait_for()
    at(other, "folder").click()
    other.wait_for_url("**/sign-in")
    answer = get(house.address + "/", cookie=f"tillferry_office={token['value']}")
    assert answer == (307, "/sign-in")
    page.context.close()


def test_a_ticket_lets_in_once(house: House) -> None:
    status, target = get(house.address + "/enter/guess")
    assert (status, target) == (303, "/sign-in")


def test_a_removed_user_is_out_at_once(house: House) -> None:
    add_user(house.home, "leaving", Role.IMPORT)
    page = house.page("leaving")
    with opened_office(house.home) as office:
        office_admin.people(office, office_admin.actor("test")).remove("leaving")
    at(page, "folder").click()
    page.wait_for_url("**/sign-in")
    page.context.close()


def test_both_languages(house: House) -> None:
    page = house.page("auditor", lang="en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Import bookings")
    at(page, "language").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Buchungen importieren")
    assert page.evaluate("document.documentElement.lang") == "de"
    page.context.close()


def test_the_keyboard_and_landmarks(house: House) -> None:
    page = house.page("admin")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    for role in ("banner", "navigation", "main"):
        expect(page.get_by_role(role)).to_have_count(1)  # type: ignore[arg-type]
    page.context.close()


def test_no_page_is_wider_than_a_phone(house: House) -> None:
    page = house.page("admin", size=PHONE)
    for route in ROUTES:
        page.goto(house.address + route.path)
        page.locator("#main h1").wait_for()
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], route.path
    page.context.close()


def test_foreign_pages_are_refused(house: House) -> None:
    assert get(house.address + "/", host="evil.example")[0] == 403
    assert get(house.address + "/healthz", origin="https://evil.example")[0] == 403


def test_health_and_a_clean_end(tmp_path: Path) -> None:
    world = World(tmp_path)
    with started(world.office, tmp_path / "sticks") as (address, process):
        assert get(address + "/healthz")[0] == 200
        with pytest.raises(AssertionError, match="läuft"), started(world.office, tmp_path / "s"):
            pass
    assert process.returncode == 0
    with pytest.raises(urllib.error.URLError):
        get(address + "/healthz")
