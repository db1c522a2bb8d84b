"""Head office's pages as they run: the real program, a real browser."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from argon2 import PasswordHasher
from playwright.sync_api import Browser, Locator, Page

from tillferry.office.people import People, Role
from tillferry.wiring import office_admin
from tillferry.wiring.office import opened_office

_PATIENCE_SECONDS = 20
PASSWORD = "sonne-und-wind-77"
LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


@dataclass
class House:
    """A running head office. ``address`` has no slash at the end."""

    home: Path
    media: Path
    address: str
    process: subprocess.Popen[str]
    browser: Browser

    def page(self, user: str = "", *, lang: str = "de", size: dict[str, int] | None = None) -> Page:
        """A new browser window; with ``user`` somebody is signed in."""
        context = self.browser.new_context(
            viewport=size or LAPTOP,  # type: ignore[arg-type]
            locale={"de": "de-DE"}.get(lang, "en-GB"),
        )
        context.add_cookies([{"name": "tillferry_language", "value": lang, "url": self.address}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(self.address)
        if user:
            sign_in(page, user)
        return page


def at(page: Page, name: str) -> Locator:
    """What has this name in the page."""
    return page.locator(f'[data-test="{name}"]')


def type_in(page: Page, name: str, value: str) -> None:
    """Fill a field."""
    page.locator(f'input[data-test="{name}"], [data-test="{name}"] input').first.fill(value)


def sign_in(page: Page, user: str, password: str = PASSWORD) -> None:
    """Sign in and wait for the page behind the door."""
    type_in(page, "name", user)
    type_in(page, "password", password)
    at(page, "sign-in").click()
    at(page, "sign-out").wait_for()


def add_user(home: Path, name: str, role: Role) -> None:
    """A user who has chosen the password."""
    with opened_office(home) as office:
        quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        people = People(office_admin.records(office), office_admin.actor("test"), quick)
        people.change_password(name, people.add(name, role), PASSWORD)


def environment() -> dict[str, str]:
    """Without the mark of a test, on which NiceGUI would do something else."""
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(
    home: Path, media: Path, *arguments: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The program; gives its address once it says so, and ends it by SIGTERM."""
    media.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "-m", "tillferry", "--lang", "de", "office", "run"]
    command += ["--home", str(home), "--port", str(port), "--media", str(media), *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment()
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = f"http://127.0.0.1:{port}"
        assert address in line, line + process.stdout.read()
        wait_until(lambda: _listens(port))
        yield address, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(_PATIENCE_SECONDS)
        assert process.stdout is not None
        process.stdout.close()


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for something that comes by itself."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.03)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@contextmanager
def running(home: Path, media: Path, browser: Browser) -> Iterator[House]:
    """The program, to be looked at in a browser."""
    with started(home, media) as (address, process):
        yield House(home, media, address, process, browser)


def get(address: str, **headers: str) -> tuple[int, str]:
    """Ask without a browser; redirections are not followed."""

    class _Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("location", "") or error.read().decode()
