"""Run a command as a process of its own and measure it."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

SRC = Path(__file__).parent.parent / "src"


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall and processor time in seconds, peak memory in MB."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def run(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    good: Sequence[int] = (0,),
    stdin: str | None = None,
) -> Cost:
    """Run to the end; raises ``RuntimeError`` with its output where it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TILLFERRY_LANG": "en", **(env or {})},
    )
    if stdin is not None and process.stdin is not None:
        process.stdin.write(stdin)
        process.stdin.close()
        process.stdin = None
    output = process.stdout.read() if process.stdout is not None else ""
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code
    if code not in good:
        raise RuntimeError(f"{' '.join(command)} ended with {code}:\n{output[-4000:]}")
    return Cost(
        time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    )


def tillferry(*arguments: str, good: Sequence[int] = (0,)) -> Cost:
    """Run a command of ours."""
    return run(
        [sys.executable, "-m", "tillferry", *arguments],
        good=good,
        env={"PYTHONPATH": str(SRC), "PYTHONDONTWRITEBYTECODE": ""},
    )


def apart(work: Callable[..., object], *arguments: object) -> None:
    """Prepare something in a process of its own.

    A process begins with the peak memory of the one that started it, so this one stays small.
    """
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{work.__name__} ended with {process.exitcode}")


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each."""
    return Cost(
        median(cost.wall_s for cost in costs),
        median(cost.cpu_s for cost in costs),
        max(cost.peak_mb for cost in costs),
    )
