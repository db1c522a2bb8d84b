"""Export: closings out of the journal, in the legal format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tillferry.closing.seams import Journal, Progress, Till, no_progress
from tillferry.errors import TillferryError
from tillferry.formats.dsfinvk.write import write_export
from tillferry.office.period import Period, held_in
from tillferry.office.targets import packing, plain_name, whole_file
from tillferry.office.till_admin import label

_ENDING: Final = ".zip"


def export_closings(
    journal: Journal, till: Till, target: Path, from_z: int | None, to_z: int | None
) -> tuple[int, ...]:
    """Write the held closings between two Z numbers, both included; gives their numbers.

    ``target`` is whole or not there. Raises ``nothing_to_export`` and ``target_not_writable``.
    """
    z_nrs = tuple(
        z_nr
        for z_nr in sorted(journal.held(till.till_id))
        if (from_z is None or z_nr >= from_z) and (to_z is None or z_nr <= to_z)
    )
    if not z_nrs:
        raise TillferryError("nothing_to_export", till=till.serial or till.customer_number)
    with whole_file(target) as unfinished:
        write_export(journal.read(till.till_id, z_nrs), unfinished)
    return z_nrs


def export_period(
    journal: Journal,
    tills: Sequence[Till],
    period: Period,
    target: Path,
    *,
    scratch: Path,
    apart: bool = False,
    progress: Progress = no_progress,
) -> Mapping[Till, tuple[int, ...]]:
    """Write the closings of a period as DSFinV-K; gives the Z numbers of each till.

    One till gives one export. Several give a ZIP with one export each, for an export is of one
    till; with ``apart`` also a single one does. ``progress`` counts closings. ``target`` is whole
    or not there. Raises ``nothing_in_period`` and ``target_not_writable``.
    """
    held = held_in(journal, period, tills)
    written = {till: tuple(each.z_nr for each in closings) for till, closings in held.items()}
    total = sum(len(z_nrs) for z_nrs in written.values())
    if len(written) == 1 and not apart:
        ((till, z_nrs),) = written.items()
        with whole_file(target) as unfinished:
            write_export(journal.read(till.till_id, z_nrs), unfinished)
        progress(total, total)
        return written
    done = 0
    with (
        packing(target) as packed,
        TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as folder,
    ):
        made = Path(folder) / "export"
        for till, z_nrs in written.items():
            progress(done, total)
            write_export(journal.read(till.till_id, z_nrs), made)
            packed.add(plain_name(label(till)) + _ENDING, made, packed=True)
            done += len(z_nrs)
    progress(total, total)
    return written
