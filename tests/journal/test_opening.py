"""Opening journals that are there, not there, old, new, foreign, damaged or out of reach."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.journal.postgres import PostgresServer
from tests.journal.synthetic import batch, booking
from tillferry.closing.seams import Till
from tillferry.errors import TillferryError, hint, message
from tillferry.journal import open_journal
from tillferry.journal.database import Database
from tillferry.journal.sqlite import Sqlite
from tillferry.journal.store import SqlJournal


def code_of(url: str, *, create: bool = False, read_only: bool = False) -> str:
    with pytest.raises(TillferryError) as caught:
        open_journal(url, create=create, read_only=read_only).close()
    for language in ("de", "en"):
        assert "?" not in message(caught.value.code, language, caught.value.params)
        assert hint(caught.value.code, language, caught.value.params)
    return caught.value.code


def execute(url: str, statement: str) -> None:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            file.execute(statement)
            file.commit()
    else:
        with closing(psycopg.connect(url, autocommit=True)) as server:
            server.execute(statement.encode())


@pytest.mark.parametrize("prefix", ["", "sqlite:///"])
def test_a_sqlite_journal_is_created_only_when_asked_for(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "Büro 100% #1" / "journal.db"
    url = f"{prefix}{path}"
    assert code_of(url) == "journal_not_found"
    assert code_of(url, read_only=True) == "journal_not_found"
    assert not path.parent.exists()

    open_journal(url, create=True).close()

    again = open_journal(url, create=True)
    assert again.tills() == ()
    again.close()
    open_journal(url, read_only=True).close()


def test_an_unfinished_creation_is_taken_up_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.touch()
    assert code_of(str(path)) == "journal_not_found"
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode = WAL")
    assert code_of(str(path)) == "journal_not_found"

    open_journal(str(path), create=True).close()

    open_journal(str(path)).close()


def test_a_postgresql_journal_is_created_only_when_asked_for(postgres_url: str) -> None:
    assert code_of(postgres_url) == "journal_not_found"
    assert code_of(postgres_url, read_only=True, create=True) == "journal_not_found"

    open_journal(postgres_url, create=True).close()

    open_journal(postgres_url, read_only=True).close()
    missing = postgres_url.rpartition("/")[0] + "/no_such_database"
    assert code_of(missing, create=True) == "journal_not_found"


def test_a_newer_journal_is_left_alone(own_url: str) -> None:
    execute(own_url, "UPDATE alembic_version SET version_num = '9999'")

    assert code_of(own_url, create=True) == "journal_schema_newer"
    assert code_of(own_url, read_only=True) == "journal_schema_newer"


def test_an_older_journal_cannot_be_upgraded_while_reading(own_url: str) -> None:
    execute(own_url, "UPDATE alembic_version SET version_num = '0000'")

    assert code_of(own_url, read_only=True) == "journal_schema_old"
    assert code_of(own_url) == "journal_failed"  # there never was such a revision


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    execute(url, "CREATE TABLE stamps (id INTEGER)")

    assert code_of(url, create=True) == "journal_not_ours"


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"Strandbar " * 2000)

    assert code_of(str(path), create=True) == "journal_damaged"


def test_damage_is_told_and_not_read_over(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "journal.db"
    shutil.copy(sqlite_template, path)
    journal = open_journal(str(path))
    till = journal.save_till(Till(0, "1001", "Nord"))
    for z_nr in range(1, 6):
        journal.book(booking(batch([z_nr], rows=300)))
    journal.close()
    with path.open("r+b") as file:
        size = path.stat().st_size
        file.seek(size // 2)
        file.write(b"\xa5" * (size // 2))

    with pytest.raises(TillferryError) as caught:
        damaged = open_journal(str(path))
        try:
            list(damaged.read(till.till_id, range(1, 6)))
        finally:
            damaged.close()

    assert caught.value.code == "journal_damaged"


def test_no_space_left(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "journal.db"
    shutil.copy(sqlite_template, path)
    database = Database(Sqlite(path, read_only=False, busy_seconds=5))
    journal = SqlJournal(database, "Europe/Berlin")
    journal.save_till(Till(0, "1001", "Nord"))
    pages = database.value("PRAGMA page_count")
    assert database.value(f"PRAGMA max_page_count = {pages + 5}") == pages + 5

    with pytest.raises(TillferryError) as caught:
        journal.book(booking(batch([1], rows=2000)))

    assert caught.value.code == "journal_full"
    assert journal.held(1) == {}
    journal.book(booking(batch([1], rows=2, parts=("time",))))
    journal.close()


def test_a_journal_that_somebody_else_writes_to_is_busy(url: str) -> None:
    writer, waiting = open_journal(url), open_journal(url, busy_seconds=0.2)
    assert isinstance(writer, SqlJournal)

    with writer._database.transaction():
        with pytest.raises(TillferryError) as caught:
            waiting.save_till(Till(0, "1001", "Nord"))
        assert waiting.tills() == ()

    assert caught.value.code == "journal_busy"
    assert waiting.save_till(Till(0, "1001", "Nord")).till_id == 1
    writer.close()
    waiting.close()


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(TillferryError) as caught:
        open_journal("postgresql://clerk:geheim@127.0.0.1:1/books", create=True)

    assert caught.value.code == "journal_unreachable"
    assert "geheim" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_a_journal_survives_that_its_server_restarts(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    journal = open_journal(postgres_url, create=True)
    journal.save_till(Till(0, "1001", "Nord"))
    journal.book(booking(batch([1])))

    postgres_server.stop()
    try:
        for _ in range(2):
            with pytest.raises(TillferryError) as caught:
                journal.book(booking(batch([2])))
            assert caught.value.code == "journal_unreachable"
    finally:
        postgres_server.start()

    journal.book(booking(batch([2])))
    assert list(journal.held(1)) == [1, 2]
    journal.close()
