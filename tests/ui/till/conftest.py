"""One browser and one till for all tests of a file; a window of its own for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.carriers.exfat import stick
from tests.ui.till.page import Place, TillPage, place_in

__all__ = ["stick"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Place]:
    """The till of this file."""
    with place_in(tmp_path_factory.mktemp("till-page"), browser) as made:
        yield made


@pytest.fixture
def till(place: Place) -> Iterator[TillPage]:
    """A window on a small tablet."""
    with place.window() as window:
        yield window


@pytest.fixture
def phone(place: Place) -> Iterator[TillPage]:
    """A window on a phone."""
    with place.window(390, 844) as window:
        yield window
