"""Export: the closings of a till out of the journal, in the legal format."""

from __future__ import annotations

import uuid
from pathlib import Path

from tillferry.closing.seams import Journal, Till
from tillferry.errors import TillferryError
from tillferry.formats.dsfinvk.write import write_export


def find_till(journal: Journal, name: str) -> Till:
    """The till with this serial number or customer number. Raises ``till_not_found``."""
    for till in journal.tills():
        if name in (till.serial, till.customer_number) and name:
            return till
    raise TillferryError("till_not_found", till=name)


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
    unfinished = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        write_export(journal.read(till.till_id, z_nrs), unfinished)
        unfinished.replace(target)
    except OSError as error:
        raise TillferryError(
            "target_not_writable", path=target, reason=error.strerror or error
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return z_nrs
