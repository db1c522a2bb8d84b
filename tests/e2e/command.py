"""``tillferry`` as a process of its own, as people start it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

PATIENCE_SECONDS = 60.0
_LANGUAGE = ("TILLFERRY_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON object."""
        return json.loads(self.out)


def environment(**changes: str) -> dict[str, str]:
    """This one's without a language of its own; English unless ``changes`` say otherwise."""
    kept = {name: value for name, value in os.environ.items() if name not in _LANGUAGE}
    return {**kept, "TILLFERRY_LANG": "en", "PYTHONWARNINGS": "error", **changes}


def words(*arguments: str | Path) -> list[str]:
    """The words that start a command."""
    return [sys.executable, "-m", "tillferry", *map(str, arguments)]


def tillferry(*arguments: str | Path, **env: str) -> Done:
    """Run a command to its end."""
    done = subprocess.run(
        words(*arguments),
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Running:
    """A command that goes on running, and what it has said so far on both its outputs."""

    def __init__(self, *arguments: str | Path, **env: str) -> None:
        self._process = subprocess.Popen(
            words(*arguments),
            env=environment(PYTHONUNBUFFERED="1", **env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            # A shell's background jobs ignore Ctrl-C, and their children would, too.
            preexec_fn=_heed_interrupts,
        )
        assert self._process.stdout is not None
        self._said: list[str] = []
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,))
        self._reader.start()

    def _read(self, output: IO[str]) -> None:
        for line in output:
            with self._more:
                self._said.append(line)
                self._more.notify_all()

    @property
    def said(self) -> str:
        """Everything so far."""
        with self._more:
            return "".join(self._said)

    def wait_for(self, text: str, times: int = 1) -> None:
        """Until ``text`` was said so often."""
        end = time.monotonic() + PATIENCE_SECONDS
        with self._more:
            while "".join(self._said).count(text) < times:
                ended = self._process.poll() is not None and not self._reader.is_alive()
                if ended or time.monotonic() > end:
                    raise AssertionError(f"never said {text!r}:\n" + "".join(self._said))
                self._more.wait(0.1)

    def hears_within(self, seconds: float, text: str) -> bool:
        """Whether ``text`` is said by then."""
        with self._more:
            self._more.wait_for(lambda: text in "".join(self._said), seconds)
            assert self._process.poll() is None, "it has ended:\n" + "".join(self._said)
            return text in "".join(self._said)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self) -> int:
        """Wait for its end; gives its exit status."""
        status = self._process.wait(PATIENCE_SECONDS)
        self._reader.join()
        return status

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.end()
        assert self._process.stdout is not None
        self._process.stdout.close()
