"""A small chain for what people do at head office."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.world import World, digests_of
from tillferry.closing.seams import Item
from tillferry.errors import TillferryError
from tillferry.office.audit_log import Actor, check_log
from tillferry.office.decisions import Decisions
from tillferry.office.till_admin import TillAdmin
from tillferry.wiring import office_admin
from tillferry.wiring.office import Office, now, opened_office

CLERK = Actor("clerk", now)


@contextmanager
def opened(world: World) -> Iterator[Office]:
    """Head office, to be worked at."""
    with opened_office(world.office) as office:
        yield office


@contextmanager
def deciding(world: World) -> Iterator[Decisions]:
    """The queue of what waits."""
    with opened(world) as office:
        yield office_admin.decisions(office, CLERK)


@contextmanager
def managing(world: World) -> Iterator[tuple[Office, TillAdmin]]:
    """Tills and outlets."""
    with opened(world) as office:
        yield office, office_admin.till_admin(office, CLERK)


def waiting(world: World) -> list[Item]:
    """What waits for a decision."""
    with deciding(world) as decisions:
        return [entry.item for entry in decisions.queue()]


def actions(world: World) -> list[str]:
    """What the log says, which must be whole."""
    with opened(world) as office:
        kept = office_admin.records(office)
        assert check_log(kept).broken == 0
        return [record.entry.action for record in kept.log()]


def books(number: int, z_nr: int, seed: int = 1) -> str:
    """The digest of a closing's bookings, which is all that a plain export has."""
    return digests_of(number, z_nr, seed)["bookings"]


def assert_books(world: World, number: int, seeds: Mapping[int, int]) -> None:
    """Exactly these closings are held, each with the bookings of that seed."""
    held = {z_nr: closing.digests["bookings"] for z_nr, closing in world.held(number).items()}
    assert held == {z_nr: books(number, z_nr, seed) for z_nr, seed in seeds.items()}


def refused(code: str) -> pytest.RaisesExc[TillferryError]:
    """An error with this code."""
    return pytest.RaisesExc(TillferryError, check=lambda error: error.code == code)


def export_of(folder: Path, *batches: object) -> Path:
    """Closings as a DSFinV-K export in ``folder``."""
    from tillferry.formats.dsfinvk.write import write_export

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"export-{len(list(folder.iterdir()))}.zip"
    write_export(iter(batches), path)  # type: ignore[arg-type]
    return path
