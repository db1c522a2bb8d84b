"""The pages beyond this machine: real TLS, real names, a warning behind a proxy."""

from __future__ import annotations

import http.client
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.certificates import write_certificate
from tests.e2e.world import World
from tests.ui.office.house import (
    add_user,
    at,
    environment,
    free_port,
    get,
    sign_in,
    wait_until,
)
from tillferry.office.people import Role

Served = tuple[list[str], int, subprocess.Popen[str]]


@contextmanager
def _served(home: Path, *arguments: str) -> Iterator[Served]:
    """What the program says until it runs, its port, and the process."""
    port = free_port()
    command = [sys.executable, "-m", "tillferry", "--lang", "en", "office", "run"]
    media = home.parent / "sticks"
    media.mkdir()
    command += ["--home", str(home), "--port", str(port), "--media", str(media), *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment()
    )
    assert process.stdout is not None
    said: list[str] = []
    try:
        for line in process.stdout:
            said.append(line)
            if "is running" in line:
                break
        yield said, port, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(20)
        process.stdout.close()


def _ask(
    port: int, certificate: Path, host: str, path: str = "/healthz", *, origin: str = ""
) -> int:
    """The status over TLS, with the certificate checked."""
    trusted = ssl.create_default_context(cafile=str(certificate))
    asked = http.client.HTTPSConnection("127.0.0.1", port, context=trusted, timeout=10)
    try:
        asked.request("GET", path, headers={"Host": host, **({"Origin": origin} if origin else {})})
        return asked.getresponse().status
    except OSError:
        return 0
    finally:
        asked.close()


def test_over_tls_for_its_own_names_only(tmp_path: Path, browser: Browser) -> None:
    world = World(tmp_path)
    add_user(world.office, "admin", Role.ADMIN)
    certificate, key = write_certificate(tmp_path / "tls")
    options = ["--host", "0.0.0.0", "--certificate", str(certificate), "--key", str(key)]
    with _served(world.office, *options, "--name", "zentrale.example") as (said, port, _):
        assert f"https://zentrale.example:{port}/" in said[-1]
        wait_until(lambda: _ask(port, certificate, "zentrale.example") == 200)
        assert _ask(port, certificate, f"zentrale.example:{port}") == 200
        assert _ask(port, certificate, "evil.example") == 403
        assert _ask(port, certificate, "zentrale.example.evil.example") == 403
        assert _ask(port, certificate, "[") == 403
        foreign = "https://evil.example"
        assert _ask(port, certificate, "zentrale.example", origin=foreign) == 403
        with pytest.raises(OSError):
            get(f"http://127.0.0.1:{port}/healthz")

        context = browser.new_context(ignore_https_errors=True)
        page = context.new_page()
        page.goto(f"https://localhost:{port}/")
        sign_in(page, "admin")
        token = next(each for each in context.cookies() if each["name"] == "tillferry_office")
        assert token["secure"] and token["httpOnly"]
        page.goto(f"https://localhost:{port}/health")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(at(page, "serving_behind_proxy")).to_have_count(0)
        context.close()


def test_behind_a_proxy_it_warns(tmp_path: Path, browser: Browser) -> None:
    world = World(tmp_path)
    add_user(world.office, "admin", Role.ADMIN)
    with _served(world.office, "--behind-proxy", "--name", "a.example") as (said, port, _):
        assert "not encrypted here" in said[0]
        wait_until(lambda: _up(port))
        assert get(f"http://127.0.0.1:{port}/healthz", host="a.example")[0] == 200
        assert get(f"http://127.0.0.1:{port}/healthz", host="b.example")[0] == 403
        context = browser.new_context()
        page = context.new_page()
        # A browser takes localhost for a safe place, as it does what comes from the proxy.
        page.goto(f"http://localhost:{port}/")
        sign_in(page, "admin")
        token = next(each for each in context.cookies() if each["name"] == "tillferry_office")
        assert token["secure"]
        page.goto(f"http://localhost:{port}/health")
        expect(at(page, "serving_behind_proxy")).to_contain_text("not encrypted here")
        context.close()


def _up(port: int) -> bool:
    try:
        return get(f"http://127.0.0.1:{port}/healthz")[0] == 200
    except OSError:
        return False


def test_without_either_it_does_not_start(tmp_path: Path) -> None:
    world = World(tmp_path)
    with _served(world.office, "--host", "0.0.0.0") as (said, _, process):
        process.wait(20)
    assert process.returncode == 1
    assert "unencrypted" in said[0] and "--behind-proxy" in "".join(said)


def test_an_address_of_another_machine(tmp_path: Path) -> None:
    world = World(tmp_path)
    options = ["--host", "192.0.2.7", "--behind-proxy", "--name", "a.example"]
    with _served(world.office, *options) as (said, _, process):
        process.wait(20)
    assert process.returncode == 1
    assert "192.0.2.7 is not an address of this machine" in "".join(said)
