"""The touch page as people meet it: a real server, a real browser, a chain with one till."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import TracebackType

from playwright.sync_api import Browser, Locator, Page, TimeoutError

from tests.e2e.world import World
from tillferry.wiring.setting_up import set_up

PATIENCE_SECONDS = 20.0
_COUNT = count()
_ARTEFACTS = Path(__file__).parents[3] / "artefacts"
_NOT_PASSED_ON = ("PYTEST_CURRENT_TEST", "LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE")


def free_port() -> int:
    """A port that nobody has right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """``tillferry till run`` as a process of its own."""

    def __init__(self, home: Path, media: Path, port: int = 0, lang: str = "de") -> None:
        self.port = port or free_port()
        self._log = home.parent / f"server-{next(_COUNT)}.log"
        env = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tillferry", "--lang", lang, "till", "run"),
                    *("--home", str(home), "--port", str(self.port), "--media", str(media)),
                ],
                env={**env, "TILLFERRY_LANG": lang},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def said(self) -> str:
        """Everything that it wrote."""
        return self._log.read_text(encoding="utf-8")

    def wait(self) -> None:
        """Until it says that it is there, and is."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.url not in self.said or not self._listens():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.05)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self) -> int:
        """End it as the system does; gives its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """Pull its plug."""
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def __enter__(self) -> Server:
        self.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()


class TillPage:
    """A browser's window at the till; things are found by their ``data-test``."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def at(self, name: str) -> Locator:
        """The part that is called so."""
        return self.page.locator(f'[data-test="{name}"]')

    def press(self, *names: str) -> None:
        """One key after the other."""
        for name in names:
            self.at(name).last.click()

    def type(self, name: str, text: str) -> None:
        """Type into a field."""
        self.at(name).last.fill(text)

    def says(self, name: str, text: str) -> None:
        """Wait until a part has this text."""
        try:
            self.at(name).filter(has_text=text).last.wait_for()
        except TimeoutError:
            seen = self.at(name).all_inner_texts()
            raise AssertionError(f"{name} does not say {text!r} but {seen}") from None

    def sees(self, text: str) -> None:
        """Wait until the page has this text somewhere."""
        self.page.get_by_text(text).last.wait_for()

    def gone(self, name: str) -> None:
        """Wait until a part is there no longer."""
        self.at(name).last.wait_for(state="detached")

    def sign_in(self, person: str = "3", pin: str = "") -> None:
        """As one of the demo's people."""
        self.press(f"person-{person}")
        self.type("pin", pin or person * 4)
        self.press("sign-in")
        self.at("strip").wait_for()

    def go(self, place: str) -> None:
        """To another place of the page."""
        self.press(f"go-{place}")
        self.page.locator(f'[data-test="go-{place}"][aria-current="page"]').wait_for()

    def sell(self, *articles: str) -> None:
        """Put articles of the first group on the receipt."""
        for article in articles:
            self.press(f"article-{article}")

    def paid(self, *keys: str) -> str:
        """Pay with these keys; gives the receipt that is shown, and goes on."""
        self.press("pay", *keys)
        receipt = self.at("paper").inner_text()
        self.press("close")
        self.gone("paper")
        return receipt

    def shot(self, name: str) -> None:
        """Keep a picture."""
        _ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=_ARTEFACTS / f"till-{name}.png")


class Place:
    """A chain with one till, its server and one browser, for all tests of a file."""

    def __init__(self, folder: Path, browser: Browser) -> None:
        self.world = World(folder / "chain")
        self.home = self.world.till(1)
        self.media = folder / "media"
        self.media.mkdir()
        set_up(self.home, self.world.enrolment(1), demo=True)
        # One context for all windows: what was loaded once stays loaded.
        self._context = browser.new_context(locale="de-DE", reduced_motion="reduce")
        self.server = Server(self.home, self.media)
        self.server.wait()

    def stick(self, name: str = "KASSE1") -> Path:
        """A folder that stands for a stick; it is seen as soon as it is there."""
        path = self.media / name
        (path / "Tillferry").mkdir(parents=True, exist_ok=True)
        return path

    def restart(self) -> None:
        """The same till again, at the same address."""
        self.server = Server(self.home, self.media, self.server.port)
        self.server.wait()

    @contextmanager
    def window(self, width: int = 1024, height: int = 600) -> Iterator[TillPage]:
        """A new window; nothing in it may come from elsewhere or fail."""
        trouble: list[str] = []
        with self._context.new_page() as page:
            page.set_viewport_size({"width": width, "height": height})
            page.set_default_timeout(PATIENCE_SECONDS * 1000)
            page.on("pageerror", lambda error: trouble.append(str(error)))
            page.on("request", lambda asked: trouble.append(asked.url) if _far(asked.url) else None)
            page.goto(self.server.url)
            yield TillPage(page)
        assert trouble == []
        assert "Traceback" not in self.server.said, self.server.said


def _far(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


@contextmanager
def place_in(folder: Path, browser: Browser) -> Iterator[Place]:
    """A till with its server, ended at the end."""
    place = Place(folder, browser)
    try:
        yield place
    finally:
        place.server.end()
