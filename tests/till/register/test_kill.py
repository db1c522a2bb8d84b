"""A till that is killed at any moment: nothing that was shown is missing, nothing is doubled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

from tests.till.register.helpers import ANNA, BEN, QUICK_HASHER, demo_register, sale
from tillferry.till.register.register import Register, system_clock

ROOT = Path(__file__).parents[3]
ROUNDS = 6


def run_and_kill(home: Path, run: str, lines: int) -> list[list[str]]:
    """Let a process book, kill it after so many lines; everything that it has shown."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.till.register.booking_process", str(home), run],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        shown = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        shown += process.stdout.readlines()
    assert shown[0] == "ready\n"
    return [line.split() for line in shown[1:] if line.endswith("\n")]


def test_killed_while_booking(tmp_path: Path) -> None:
    random = Random(7)
    home = tmp_path / "till"
    with demo_register(home, system_clock):  # type: ignore[arg-type]
        pass
    sold: dict[str, str] = {}
    closed: dict[str, int] = {}
    for number in range(ROUNDS):
        run = f"run{number}"
        for kind, wish, result in run_and_kill(home, run, random.randrange(2, 60)):
            if kind == "sold":
                sold[wish] = result
            else:
                closed[wish] = int(result)
        with Register.open(home, hasher=QUICK_HASHER) as register:
            register.verify()
            booked: dict[str, str] = dict(
                register.store.rows("SELECT key, bon_id FROM receipts JOIN events USING (seq)")
            )
            assert sold.items() <= booked.items()
            # At most the one booking that was under way when it was killed was not shown.
            assert len(booked.keys() - sold.keys()) <= 1
            sold |= {key: booked[key] for key in booked.keys() - sold.keys()}
            for wish, z_nr in closed.items():
                again = register.days.close(wish, BEN)
                assert again is not None and again.z_nr == z_nr
            for wish, bon_id in sold.items():
                assert register.sales.sell(wish, ANNA, sale("3001")).bon_id == bon_id
            numbers = [int(bon_id) for bon_id in booked.values()]
            assert sorted(numbers) == list(range(1, len(numbers) + 1))
            z_nrs = register.days.z_numbers()
            assert z_nrs == tuple(range(1, len(z_nrs) + 1))
            in_closings = sum(register.days.closed(z_nr).receipts for z_nr in z_nrs)
            assert in_closings + len(register.sales.today()) == len(booked)
    assert len(sold) > ROUNDS
