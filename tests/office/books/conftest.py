"""A chain of two bars with some days of sales."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.world import World
from tests.journal.postgres import PostgresServer
from tillferry.closing.model import ClosingBatch, concat_batches
from tillferry.sample import sample_batch

RECEIPTS = 40


def days(number: int, *z_nrs: int) -> ClosingBatch:
    """Days of a bar with something of everything."""
    return concat_batches([sample_batch(number, z_nr, RECEIPTS, 1) for z_nr in z_nrs])


def chain_of(world: World) -> World:
    """Bars 1 and 2 with Z 1 to 3, brought on one stick."""
    for number in (1, 2):
        world.add_till(number)
        world.put(number, days(number, 1, 2, 3))
        world.send(number, world.stick("first"))
    told = world.bring(world.stick("first"))
    assert len(told.states) == 6
    return world


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The chain on SQLite, to be looked at only."""
    return chain_of(World(tmp_path_factory.mktemp("books")))


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shared: World
) -> World:
    """The chain on each database, to be looked at only."""
    if request.param == "sqlite":
        return shared
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return chain_of(World(tmp_path_factory.mktemp("books"), server.new_database()))


@pytest.fixture
def empty(tmp_path: Path) -> World:
    """A head office without anything, for one test."""
    return World(tmp_path)


@pytest.fixture
def chain(empty: World) -> World:
    """The chain for one test, which may change it."""
    return chain_of(empty)
