"""The demo: the whole road, and on a terminal head office at its end."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from tests.e2e.command import environment

ROOT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 120.0


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Terminal:
    """A command at a terminal of its own."""

    def __init__(self, *command: str) -> None:
        # A browser that does nothing: none is to be opened by a test.
        env = environment(BROWSER="true")
        # On the mark of a test NiceGUI would do something else.
        env.pop("PYTEST_CURRENT_TEST", None)
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execvpe(command[0], list(command), env)
        self.shown = ""

    def read_until(self, wanted: str) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while wanted not in self.shown:
            assert time.monotonic() < end, self.shown
            assert self._read(), self.shown

    def press(self, key: bytes) -> None:
        os.write(self._terminal, key)

    def ended(self) -> int:
        """Read to the end; gives the exit status."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self._read():
            assert time.monotonic() < end, self.shown
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self) -> bool:
        if not select.select([self._terminal], [], [], 0.2)[0]:
            return True
        try:
            data = os.read(self._terminal, 65_536)
        except OSError:
            return False
        self.shown += data.decode(errors="replace")
        return bool(data)


def test_on_a_terminal_it_ends_in_the_browser_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    port = free_port()
    makefile = tmp_path / "Makefile"
    script = ROOT / "scripts" / "demo.sh"
    makefile.write_text(f"demo:\n\tbash {script} {tmp_path}/demo --port {port}\n")
    terminal = Terminal("make", "-f", str(makefile), "demo")
    try:
        address = f"http://127.0.0.1:{port}/"
        terminal.read_until(address)
        assert "One-time password for admin" in terminal.shown.split("Ctrl-C ends it")[1]
        end = time.monotonic() + PATIENCE_SECONDS
        while not _answers(port):
            assert time.monotonic() < end
            time.sleep(0.1)
        terminal.press(b"\x03")
        status = terminal.ended()
    except BaseException:
        os.killpg(terminal.pid, signal.SIGKILL)
        raise
    assert status == 0, terminal.shown[-2000:]
    assert not re.search(r"Traceback|Error", terminal.shown), terminal.shown
    assert not _answers(port)


def test_in_a_pipe_it_ends_by_itself_with_where_to_look(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", str(ROOT / "scripts" / "demo.sh"), str(tmp_path / "demo")],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith(f"tillferry office run --home {tmp_path}/demo/office")


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    done = subprocess.run(
        ["bash", str(ROOT / "scripts" / "demo.sh"), str(tmp_path)],
        env=environment(),
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 1
    assert (tmp_path / "letter.txt").read_text() == "dear"


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
    except OSError:
        return False
    return True
