"""Every test of the contract runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.journal.postgres import PostgresServer, postgres_server, postgres_url

from tillferry.closing.seams import Journal, Till, TillState
from tillferry.journal import open_journal

__all__ = ["postgres_server", "postgres_url"]


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


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where there is a journal without closings."""
    if request.param == "sqlite":
        path = tmp_path / "journal.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    found = server.new_database(request.getfixturevalue("postgres_template"))
    yield found
    server.drop(found)


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
