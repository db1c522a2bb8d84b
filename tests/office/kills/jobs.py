"""What the killed processes do, and what is looked at afterwards.

A folder holds a world (``tests.e2e.world``) and its sticks. What these give back is JSON.
"""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

from tests.e2e.world import World, day
from tillferry.formats.bundle import parse_name
from tillferry.wiring import office


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
