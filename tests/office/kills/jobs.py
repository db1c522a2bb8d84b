"""What the killed processes do, and what is looked at afterwards.

A folder holds a world (``tests.e2e.world``) and its sticks. What these give back is JSON.
"""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

from tests.e2e.world import World, day
from tillferry.formats.bundle import parse_name
from tillferry.office.audit_log import check_log
from tillferry.wiring import office, office_admin


class _Existing(World):
    def __post_init__(self) -> None:
        """The head office is there already."""


def import_stick(folder: Path) -> None:
    """Head office takes in everything on the stick."""
    told = _Existing(folder).bring(folder / "stick", accept_new_tills=True)
    assert told.failed == [], told.failed


def import_again(folder: Path) -> dict[str, Any]:
    """The same once more, and what stands then."""
    import_stick(folder)
    return office_standing(folder)


def import_again_unaudited(folder: Path) -> dict[str, Any]:
    """As ``import_again`` without the audit, which takes as long as all the rest."""
    import_stick(folder)
    return office_standing(folder, audited=False)


def repair(folder: Path) -> int:
    """Put the journal right after the export; gives how many closings it was."""
    with office.opened_office(folder / "office") as opened:
        who = office_admin.actor("clerk")
        done = office_admin.reconcile(
            opened, folder / "source.zip", date(2000, 1, 1), who, repair=True
        )
    assert done.is_identical
    return done.repaired


def repair_again(folder: Path) -> dict[str, Any]:
    """The same once more, what stands then, and what the log and the old versions say."""
    repair(folder)
    told = _Existing(folder).bring(folder / "source.zip")
    assert {one.state.value for one in told.outcomes} == {"already_present"}
    with office.opened_office(folder / "office", read_only=True) as opened:
        records = office_admin.records(opened)
        versions = [(one.z_nr, dict(one.digests)) for one in records.versions()]
        actions = sorted(record.entry.action for record in records.log())
        broken = check_log(records).broken
    standing = office_standing(folder)
    return {**standing, "versions": versions, "actions": actions, "broken": broken}


def office_standing(folder: Path, audited: bool = True) -> dict[str, Any]:
    """What head office holds, what is left over, what the audit says."""
    home = folder / "office"
    with office.opened_office(home, read_only=True) as opened:
        tills = opened.journal.tills()
        closings = {
            till.serial: {
                z_nr: dict(closing.digests)
                for z_nr, closing in opened.journal.held(till.till_id).items()
            }
            for till in tills
        }
        faults = [fault.code for fault in office.check(opened).faults] if audited else []
        status = office.status(opened)
        deliveries = sorted(one.sha256 for one in opened.journal.deliveries())
    return {
        "serials": sorted(till.serial for till in tills),
        "held": closings,
        "faults": faults,
        "archived": sorted(
            path.name
            for path in (home / "archive").glob("??/*")
            if hashlib.sha256(path.read_bytes()).hexdigest() == path.name
        ),
        "complete": status.is_complete,
        "deliveries": deliveries,
        "inbox": [path.name for path in (home / "inbox").glob("*.json")],
        "letters": sorted(path.name for path in (folder / "stick").rglob("*.tfl")),
    }


def send_day(folder: Path) -> None:
    """The till closes day 3 and meets the stick."""
    world = _Existing(folder)
    world.close(1, 3)
    world.send(1, folder / "stick")


def send_again(folder: Path) -> dict[str, Any]:
    """What the killed till left behind, and what stands when it has met two sticks more."""
    world = _Existing(folder)
    visible = _bundles(folder / "stick")
    world.close(1, 3)
    world.send(1, folder / "stick")
    world.send(1, world.stick("other"))
    later = _bundles(folder / "stick") | _bundles(world.stick("other"))
    told = world.bring(world.stick("other"), folder / "stick")
    at_last = world.send(1, folder / "stick")
    return {
        "half": [name for name, whole in (visible | later).items() if not whole],
        "sequences": sorted(
            (parse_name(name).sequence, name) for name in visible.keys() | later.keys()
        ),
        "recorded": _recorded(world.till(1)),
        "states": sorted({one.state.value for one in told.outcomes}),
        "waiting": [entry.z_nr for entry in at_last.standing.waiting],
        "office": office_standing(folder, audited=False),
    }


def _bundles(stick: Path) -> dict[str, bool]:
    """The bundles that others see on a stick, and whether each has the content it is named by."""
    return {
        path.name: hashlib.sha256(path.read_bytes())
        .hexdigest()
        .startswith(parse_name(path.name).hash_start)
        for path in stick.glob("Tillferry/bundles/[!.]*")
    }


def _recorded(home: Path) -> list[tuple[int, str]]:
    database = sqlite3.connect(home / "outbox/outbox.sqlite")
    try:
        return list(database.execute("SELECT sequence, name FROM bundles ORDER BY sequence"))
    finally:
        database.close()


day(1, 3)  # Made before the first fork.
