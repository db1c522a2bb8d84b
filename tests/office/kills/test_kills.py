"""Import and ``till send`` are killed at every step; the next run makes everything good."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.world import World, day, digests_of
from tillferry.formats.dsfinvk.write import write_export
from tillferry.sample import bookings_only, serial

REPOSITORY = Path(__file__).parents[3]
KILLED = -signal.SIGKILL

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


@dataclass
class Worker:
    """The process that forks; see ``worker.py``."""

    process: subprocess.Popen[str]
    scratch: Path

    def run(self, name: str, folder: Path, kill_at: int | None = None) -> int:
        """Run a job in a child of its own; gives its exit status."""
        job = {
            "name": name,
            "folder": str(folder),
            "kill_at": kill_at,
            "trace": str(self.scratch / "trace"),
            "result": str(self.scratch / "result.json"),
        }
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def result(self) -> Any:
        """What the last job that ended well gave back."""
        return json.loads((self.scratch / "result.json").read_text(encoding="utf-8"))

    def steps(self) -> list[str]:
        """The steps of the last job that could be killed."""
        return (self.scratch / "trace").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """One process for all kills."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.office.kills.worker"],
        cwd=REPOSITORY,
        # numpy and Arrow would start threads when they are imported.
        env={
            **os.environ,
            "OPENBLAS_NUM_THREADS": "1",
            "JE_ARROW_MALLOC_CONF": "background_thread:false",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Worker(process, tmp_path_factory.mktemp("worker"))
        assert process.stdin is not None
        process.stdin.close()


def killed_at_every_step(
    worker: Worker, base: Path, folder: Path, job: str, then: Callable[[str], str]
) -> Iterator[tuple[str, Any]]:
    """After each kill: the step at which it came, and what the job ``then(step)`` found.

    The last one was not killed: it ended by itself before its step came.
    """
    kill_at = 0
    while True:
        kill_at += 1
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(base, folder)
        status = worker.run(job, folder, kill_at)
        assert status in (KILLED, 0), f"{job} failed instead of being killed at {kill_at}"
        step = f"{kill_at}: {worker.steps()[-1]}"
        assert worker.run(then(step), folder) == 0, f"no going on after a kill at {step}"
        yield step, worker.result()
        if status == 0:
            return


def _import_again(step: str) -> str:
    """Audits where the journal may have changed since the step before."""
    changed = step.endswith("ended") or "append" in step
    return "import_again" if changed else "import_again_unaudited"


def test_import_killed_anywhere_loses_nothing_and_doubles_nothing(
    worker: Worker, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    base.mkdir()
    world = World(base)
    stick = base / "stick"
    stick.mkdir()
    early = base / "early.zip"
    write_export([bookings_only(day(3, 1))], early)
    assert world.bring(early).states == [(serial(3), 1, "unknown_till")]
    for number in (1, 2):
        world.add_till(number)
        world.close(number, 1)
        world.send(number, stick)

    wanted = {
        **{serial(number): {"1": dict(digests_of(number, 1))} for number in (1, 2)},
        serial(3): {"1": {"bookings": digests_of(3, 1)["bookings"]}},
    }
    kills = 0
    for step, found in killed_at_every_step(
        worker, base, tmp_path / "world", "import_stick", _import_again
    ):
        assert found["held"] == wanted, step
        assert found["serials"] == sorted(wanted), step
        assert found["faults"] == [], step
        assert found["complete"], step
        assert len(found["deliveries"]) == 3, step
        assert found["archived"] == found["deliveries"], step
        assert found["inbox"] == [], step
        assert len(found["letters"]) == 2, step
        kills += 1
    seen = set(worker.steps())
    assert kills == len(worker.steps()) + 1
    assert {
        *("fsync", "replace", "unlink", "append closings", "append items"),
        *("SqlJournal.book begins", "SqlJournal.book ended", "SqlJournal.save_till ended"),
        *("Inbox.record begins", "Inbox.record ended", "Inbox.done begins", "Inbox.done ended"),
    } <= seen


def test_send_killed_anywhere_uses_no_number_twice_and_shows_nothing_half(
    worker: Worker, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    base.mkdir()
    world = World(base)
    stick = base / "stick"
    stick.mkdir()
    world.add_till(1)
    world.close(1, 1)
    world.send(1, stick)
    world.bring(stick)
    world.close(1, 2)

    kills = 0
    for step, found in killed_at_every_step(
        worker, base, tmp_path / "world", "send_day", lambda step: "send_again"
    ):
        assert found["half"] == [], step
        numbers = [sequence for sequence, _ in found["sequences"]]
        assert len(numbers) == len(set(numbers)), (step, found["sequences"])
        recorded = {name for _, name in found["recorded"]}
        assert {name for _, name in found["sequences"]} <= recorded, step
        assert set(found["states"]) <= {"imported", "already_present"}, step
        assert found["waiting"] == [], step
        assert found["office"]["held"] == {
            serial(1): {str(z_nr): dict(digests_of(1, z_nr)) for z_nr in (1, 2, 3)}
        }, step
        assert found["office"]["complete"], step
        kills += 1
    seen = set(worker.steps())
    assert kills == len(worker.steps()) + 1
    assert {
        *("fsync", "replace", "unlink", "Outbox.put begins", "Outbox.put ended"),
        *("Outbox.apply_letter ended", "Outbox.record_bundle begins", "Outbox.mark_sent ended"),
    } <= seen
