"""Every test of the contract runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.journal.postgres import PostgresServer
from tillferry.closing.seams import Journal, Till, TillState
from tillferry.journal import open_journal
from tillferry.journal.schema import metadata


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a database that has the journal's tables."""
    url = postgres_server.new_database()
    open_journal(url, create=True).close()
    return url.rpartition("/")[2]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that has the journal's tables."""
    path = tmp_path_factory.mktemp("template") / "journal.db"
    open_journal(str(path), create=True).close()
    return path


@pytest.fixture(scope="session")
def postgres_shared_url(postgres_server: PostgresServer, postgres_template: str) -> str:
    """A database with the journal's tables that tests share, one after the other."""
    return postgres_server.new_database(postgres_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where there is an empty journal, for tests that leave its tables as they are."""
    if request.param == "sqlite":
        return _sqlite_copy(request, tmp_path)
    found: str = request.getfixturevalue("postgres_shared_url")
    with closing(psycopg.connect(found, autocommit=True)) as connection:
        for table in reversed(metadata("postgresql").sorted_tables):
            connection.execute(f'DELETE FROM "{table.name}"'.encode())
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def own_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where there is an empty journal that is only this test's."""
    if request.param == "sqlite":
        return _sqlite_copy(request, tmp_path)
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database(request.getfixturevalue("postgres_template"))


def _sqlite_copy(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = tmp_path / "journal.db"
    path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def journal(url: str) -> Iterator[Journal]:
    """A journal without closings."""
    opened = open_journal(url)
    yield opened
    opened.close()


@pytest.fixture
def till(journal: Journal) -> Till:
    """A till that the journal knows, with ``till_id`` 1."""
    return journal.save_till(
        Till(0, "1001", "Strandbar Nord", "12/345/67890", "K-1", TillState.ACTIVE)
    )
