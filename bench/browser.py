"""Head office at work and a headless Chromium that opens its pages."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, sync_playwright

from tillferry.office.people import People, Role
from tillferry.wiring import office_admin
from tillferry.wiring.office import opened_office

ROUNDS = 7
_PASSWORD = "sonne-und-wind-77"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, or the one that ``TILLFERRY_TEST_BROWSER`` names."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("TILLFERRY_TEST_BROWSER", "/usr/bin/chromium"),
            args=["--headless", "--no-sandbox", "--disable-gpu"],
        )
        yield browser
        browser.close()


@contextmanager
def signed_in(browser: Browser, home: Path) -> Iterator[tuple[Page, str]]:
    """A page behind the door of a running head office, and the office's address."""
    with _running(home) as address:
        page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        page.goto(address)
        _sign_in(page)
        yield page, address
        page.context.close()


def opening(page: Page, address: str, path: str, wanted: str) -> float:
    """Seconds until ``wanted`` stands on the page, from asking for it; median."""

    def once() -> None:
        page.goto(address + path, wait_until="commit")
        page.locator(wanted).first.wait_for()

    return seconds(once, lambda: page.goto("about:blank"))


def seconds(once: Callable[[], object], ready: Callable[[], object]) -> float:
    """How long ``once`` takes, median; the first time is left out."""
    taken = []
    for _ in range(ROUNDS):
        ready()
        started = time.perf_counter()
        once()
        taken.append(time.perf_counter() - started)
    return median(taken[1:])


def add_user(home: Path) -> None:
    """Somebody who may do everything."""
    with opened_office(home) as office:
        quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        people = People(office_admin.records(office), office_admin.actor("bench"), quick)
        people.change_password("lea", people.add("lea", Role.ADMIN), _PASSWORD)


@contextmanager
def _running(home: Path) -> Iterator[str]:
    """Head office at work; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    media = home / "no-media"
    media.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tillferry", "--lang", "en", "office", "run"]
    options = ["--home", str(home), "--port", str(port), "--media", str(media)]
    process = subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("head office does not answer")


def _sign_in(page: Page) -> None:
    page.locator('input[data-test="name"]').fill("lea")
    page.locator('input[data-test="password"]').fill(_PASSWORD)
    page.locator('[data-test="sign-in"]').click()
    page.locator('[data-test="sign-out"]').wait_for()
