"""A repair is killed at every step; the next one finishes it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.world import World, day, days, digests_of
from tests.office.kills.test_kills import Worker, killed_at_every_step, worker
from tillferry.formats.dsfinvk.write import write_export
from tillferry.sample import serial

__all__ = ["worker"]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


def test_repair_killed_anywhere_corrects_once_and_keeps_the_old_version(
    worker: Worker, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    base.mkdir()
    world = World(base)
    write_export(iter([days(1, 1, 2)]), base / "first.zip")
    write_export(iter([day(1, 1), day(1, 2, seed=2), day(1, 3)]), base / "source.zip")
    world.bring(base / "first.zip", accept_new_tills=True)
    books = {
        z_nr: digests_of(1, z_nr, seed)["bookings"] for z_nr, seed in {1: 1, 2: 2, 3: 1}.items()
    }

    steps = []
    for step, found in killed_at_every_step(
        worker, base, tmp_path / "run", "repair", lambda step: "repair_again"
    ):
        steps.append(step)
        held = found["held"][serial(1)]
        assert {int(z_nr): digests["bookings"] for z_nr, digests in held.items()} == books, step
        assert found["versions"] == [[2, {"bookings": digests_of(1, 2)["bookings"]}]], step
        assert found["actions"] == ["closing_completed", "closing_corrected"], step
        assert (found["faults"], found["broken"]) == ([], 0), step

    assert sum("append closings" in step for step in steps) == 2
