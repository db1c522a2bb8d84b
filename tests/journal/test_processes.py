"""Several processes at one journal, and processes that die."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.journal.booker import numbers
from tillferry.closing.digest import part_digests
from tillferry.closing.model import concat_batches
from tillferry.closing.seams import Journal, Till
from tillferry.journal import open_journal

ROOT = Path(__file__).parents[2]


def booker(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.journal.booker", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_of_two_processes_one_books_each_closing(journal: Journal, till: Till, url: str) -> None:
    z_nrs = [str(z_nr) for z_nr in range(1, 7)]
    racers = {seed: booker(url, str(seed), "race", *z_nrs) for seed in (1, 2)}
    for racer in racers.values():
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers.values():
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()

    said: dict[int, dict[str, str]] = {}
    for seed, racer in racers.items():
        output, _ = racer.communicate(timeout=60)
        said[seed] = dict(line.split() for line in output.splitlines())

    held = journal.held(till.till_id)
    for z_nr in z_nrs:
        outcomes = {seed: said[seed][z_nr] for seed in racers}
        assert sorted(outcomes.values()) == ["booked", "journal_already_held"]
        (winner,) = (seed for seed, outcome in outcomes.items() if outcome == "booked")
        (found,) = journal.read(till.till_id, [int(z_nr)])
        expected = part_digests(numbers(winner, [int(z_nr)]).batch)  # type: ignore[arg-type]
        assert part_digests(found) == expected
        assert held[int(z_nr)].digests == expected[0]
    assert len(journal.items()) == len(z_nrs)


@pytest.mark.parametrize("where", ["closings", "lines", "before commit", "after commit"])
def test_a_booking_that_is_killed_is_there_whole_or_not_at_all(
    journal: Journal, till: Till, url: str, where: str
) -> None:
    before = numbers(1, [1, 2])
    journal.book(before)

    killed = booker(url, "2", "die", where, "3", "4", "5")
    killed.communicate(timeout=60)

    assert killed.returncode not in (0, 1)
    reopened = open_journal(url)
    held = sorted(reopened.held(till.till_id))
    assert held == ([1, 2, 3, 4, 5] if where == "after commit" else [1, 2])
    assert len(reopened.items()) == len(held)
    assert (reopened.delivery(f"{2:064x}") is None) == (where != "after commit")
    if where != "after commit":
        reopened.book(numbers(2, [3, 4, 5]))
    found = concat_batches(list(reopened.read(till.till_id, range(1, 6))))
    expected = [part_digests(numbers(seed, z).batch) for seed, z in ((1, [1, 2]), (2, [3, 4, 5]))]  # type: ignore[arg-type]
    assert part_digests(found) == expected[0] + expected[1]
    reopened.close()
