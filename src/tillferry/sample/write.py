"""The sample chain as exports on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tillferry.closing.model import ClosingBatch
from tillferry.closing.seams import Progress, no_progress
from tillferry.errors import TillferryError
from tillferry.sample.batch import sample_batch
from tillferry.sample.calendar import business_day

WriteExport = Callable[[Iterable[ClosingBatch], Path], None]
"""Writes closings to the path of one ZIP."""


def sample_closing_count(tills: int, days: int) -> int:
    """How many closings a sample has."""
    return tills * days


def write_sample(
    out: Path,
    *,
    tills: int,
    days: int,
    receipts: int,
    seed: int,
    whole: bool,
    write_export: WriteExport,
    progress: Progress = no_progress,
) -> list[Path]:
    """Write the sample and give the paths of its ZIPs, in order.

    One ZIP for each till and business day (``till-01/2026-10-19.zip``), or with ``whole`` one for
    each till (``till-01.zip``). Only the 20 DSFinV-K tables go into an export. ``progress`` counts
    closings here, not bytes. Raises what ``write_export`` raises, and ``sample_folder_failed``.
    """
    total = sample_closing_count(tills, days)
    done = 0
    paths: list[Path] = []

    def closings(till: int, numbers: range) -> Iterator[ClosingBatch]:
        nonlocal done
        for day in numbers:
            yield bookings_only(sample_batch(till, day, receipts, seed))
            done += 1
            progress(done, total)

    _make_folder(out)
    for till in range(1, tills + 1):
        name = f"till-{till:0{max(2, len(str(tills)))}d}"
        if whole:
            paths.append(out / f"{name}.zip")
            write_export(closings(till, range(1, days + 1)), paths[-1])
            continue
        folder = out / name
        _make_folder(folder)
        for day in range(1, days + 1):
            paths.append(folder / f"{business_day(till, day).day.isoformat()}.zip")
            write_export(closings(till, range(day, day + 1)), paths[-1])
    return paths


def bookings_only(batch: ClosingBatch) -> ClosingBatch:
    """The closings as an export of a till holds them: without working times and stock."""
    return batch.without_part("time").without_part("stock")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise TillferryError("sample_folder_failed", folder=folder, reason=reason) from error
