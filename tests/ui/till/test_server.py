"""The page's server: quiet, only for this machine, ended by a signal."""

from __future__ import annotations

import signal
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.ui.till.page import Server
from tillferry.errors import TillferryError, message
from tillferry.ui.till.server import run
from tillferry.wiring.setting_up import set_up


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A till without head office."""
    set_up(tmp_path / "till", demo=True)
    return tmp_path / "till"


def status(url: str, **headers: str) -> int:
    """What the server answers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_it_says_one_line_serves_this_machine_alone_and_ends(home: Path, tmp_path: Path) -> None:
    with Server(home, tmp_path) as server:
        assert status(server.url) == 200
        assert status(server.url, Host="till.example.com") == 403
        assert status(server.url, Origin="http://evil.example.com") == 403
        assert status(server.url, Origin=server.url.rstrip("/")) == 200
        with urllib.request.urlopen(server.url) as answer:
            page = answer.read().decode()
        assert "https://" not in page
        server.process.send_signal(signal.SIGINT if sys.platform == "win32" else signal.SIGTERM)
        server.process.wait(10)
    assert server.said == message("desk_running", "de", {"address": server.url}) + "\n"


def test_a_port_that_is_taken(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(TillferryError) as refused:
            run(home, port, ())
    assert refused.value.code == "desk_port_in_use"
