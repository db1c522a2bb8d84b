"""Every page of the route table under axe-core, on a laptop and on a phone, and the dialogs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.world import World, day, days, torn
from tests.ui.accessibility import barriers
from tests.ui.office.house import LAPTOP, PHONE, House, add_user, at, running
from tillferry.closing.seams import ItemState
from tillferry.formats.dsfinvk.write import write_export
from tillferry.office.people import Role
from tillferry.ui.office.pages import ROUTES

SIZES = {"laptop": LAPTOP, "phone": PHONE}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A till with a hole, one with a conflict, one that is incomplete, one unknown."""
    world = World(tmp_path_factory.mktemp("access"))
    for number in (1, 2, 3):
        world.add_till(number)
    world.close(1, 1, 2, 4)
    world.close(2, 1, 2)
    world.put(3, torn(day(3, 1)))
    for number in (1, 2, 3):
        world.send(number, world.stick("A"))
    folder = world.folder / "others"
    folder.mkdir()
    write_export(iter([days(7, 1)]), folder / "unknown.zip")
    world.bring(world.stick("A"), folder)
    write_export(iter([days(2, 2, seed=5)]), folder / "conflict.zip")
    world.bring(folder)
    add_user(world.office, "admin", Role.ADMIN)
    return world


@pytest.fixture(scope="module")
def house(world: World, browser: Browser) -> Iterator[House]:
    with running(world.office, world.folder / "media", browser) as found:
        yield found


@pytest.fixture(scope="module", params=list(SIZES))
def page(request: pytest.FixtureRequest, house: House) -> Page:
    return house.page("admin", size=SIZES[request.param])


@pytest.fixture(scope="module")
def queries(world: World) -> dict[str, str]:
    """What the pages about one thing are to show."""
    with world.opened() as office:
        items = office.journal.items(waiting=True)
    conflict = next(each for each in items if each.state is ItemState.CONFLICT)
    return {"/calendar": "?till=1", "/compare": f"?item={conflict.item_id}"}


@pytest.mark.parametrize("path", [route.path for route in ROUTES])
def test_every_page(house: House, page: Page, queries: dict[str, str], path: str) -> None:
    page.goto(house.address + path + queries.get(path, ""))
    page.locator("#main h1").first.wait_for()
    assert barriers(page) == []


def test_the_door(house: House) -> None:
    for size in SIZES.values():
        page = house.page(size=size)
        at(page, "sign-in").wait_for()
        assert barriers(page) == []
        page.context.close()


@pytest.mark.parametrize(
    ("path", "key"), [("/tills", "enrol"), ("/people", "add"), ("/calendar?till=1", "explain-3")]
)
def test_dialogs(house: House, page: Page, path: str, key: str) -> None:
    page.goto(house.address + path)
    at(page, key).click()
    at(page, "yes").wait_for()
    assert barriers(page, dialog=True) == []
