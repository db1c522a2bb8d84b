"""Every place of the touch page under axe-core, on a tablet and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ui.accessibility import barriers
from tests.ui.till.page import Place, TillPage

SIZES = {"tablet": (1024, 600), "phone": (390, 844)}
SETTINGS = ("people", "articles", "audit")


@pytest.fixture(params=list(SIZES))
def window(request: pytest.FixtureRequest, place: Place) -> Iterator[TillPage]:
    """A window of each size."""
    with place.window(*SIZES[request.param]) as found:
        yield found


def test_the_door(window: TillPage) -> None:
    window.at("person-3").wait_for()
    assert barriers(window.page) == []
    window.press("clock-door")
    window.at("clock-1").wait_for()
    assert barriers(window.page) == []


def test_selling_and_paying(window: TillPage) -> None:
    window.sign_in()
    window.sell("1001", "1006")
    assert barriers(window.page) == []
    if window.at("to-basket").is_visible():
        window.press("to-basket")
        window.at("pay").wait_for()
        assert barriers(window.page) == []
    window.press("pay")
    window.at("pay-exact").wait_for()
    assert barriers(window.page, dialog=True) == []
    window.press("pay-exact")
    window.at("paper").wait_for()
    assert barriers(window.page, dialog=True) == []


def test_every_place(window: TillPage) -> None:
    window.sign_in()
    places = window.page.locator('[data-test^="go-"]')
    names = [str(each.get_attribute("data-test"))[3:] for each in places.all()]
    assert "settings" in names
    for name in names:
        window.go(name)
        assert barriers(window.page) == [], name
    for name in SETTINGS:
        window.press(f"settings-{name}")
        assert barriers(window.page) == [], name
