"""A consistent copy of a whole journal as files, and a journal made of such a copy.

SQLite copies itself into a new file (``VACUUM INTO``) over the connection that is open anyway: a
second SQLite library in this process must not touch the file (see ``upgrade``). PostgreSQL gives
each table as a binary COPY, all in one snapshot; that needs no program of its version here.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from tillferry.closing.seams import Journal
from tillferry.errors import TillferryError
from tillferry.journal.basics import SCHEMA_VERSION
from tillferry.journal.database import Database
from tillferry.journal.store import SqlJournal

SQLITE_FILE: Final = "journal.sqlite"
_COPY: Final = ".copy"


def copy_journal(journal: Journal, folder: Path) -> tuple[Path, ...]:
    """Write a copy into the empty ``folder``; gives its files. Raises ``journal_...``."""
    database = _database(journal)
    if database.dialect.name == "sqlite":
        target = folder / SQLITE_FILE
        database.run(f"VACUUM INTO '{str(target).replace(chr(39), chr(39) * 2)}'")
        return (target,)
    return _copy_postgresql(database, folder)


def schema_version(journal: Journal) -> str:
    """The revision of the journal's tables."""
    database = _database(journal)
    return database.dialect.version(database) or ""


def database_kind(journal: Journal) -> str:
    """``sqlite`` or ``postgresql``."""
    return _database(journal).dialect.name


def place_sqlite(copied: Path) -> None:
    """Make a copied file ready to be opened as a journal. ``journal_damaged``."""
    try:
        # Nobody else has the file yet, so Python's own library may.
        with closing(sqlite3.connect(copied, isolation_level=None)) as db:
            (sound,) = db.execute("PRAGMA integrity_check").fetchone()
            if sound != "ok":
                raise TillferryError("journal_damaged", where=copied)
            db.execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        raise TillferryError("journal_damaged", where=copied) from error


def load_postgresql(url: str, folder: Path, version: str) -> None:
    """Fill an empty PostgreSQL database from a copy.

    Raises ``journal_not_empty`` where there are tables of ours already, ``journal_copy_other``
    where the copy has another revision than this program makes, and as ``open_journal`` does.
    """
    from tillferry.journal.opening import open_journal
    from tillferry.journal.schema import metadata

    if version != SCHEMA_VERSION:
        raise TillferryError("journal_copy_other", version=version, known=SCHEMA_VERSION)
    try:
        open_journal(url, read_only=True).close()
    except TillferryError as error:
        if error.code != "journal_not_found":
            raise
    else:
        raise TillferryError("journal_not_empty", where=_shown(url))
    open_journal(url, create=True).close()
    tables = [table.name for table in metadata("postgresql").sorted_tables]
    _load(url, folder, tables)


def _load(url: str, folder: Path, tables: list[str]) -> None:
    import psycopg
    from psycopg import sql

    try:
        with closing(psycopg.connect(_plain(url))) as connection:
            with connection.cursor() as cursor:
                for name in tables:
                    path = folder / f"{name}{_COPY}"
                    statement = sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)")
                    with (
                        path.open("rb") as file,
                        cursor.copy(statement.format(sql.Identifier(name))) as copy,
                    ):
                        while block := file.read(1 << 20):
                            copy.write(block)
            connection.commit()
    except psycopg.Error as error:
        raise TillferryError(
            "journal_failed", where=_shown(url), reason=str(error).splitlines()[0]
        ) from error


def _copy_postgresql(database: Database, folder: Path) -> tuple[Path, ...]:
    import psycopg
    from psycopg import sql

    from tillferry.journal.postgresql import Postgresql
    from tillferry.journal.schema import metadata

    dialect = database.dialect
    assert isinstance(dialect, Postgresql)
    written: list[Path] = []
    try:
        with closing(psycopg.connect(dialect.url)) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            with connection.cursor() as cursor:
                for table in metadata("postgresql").sorted_tables:
                    path = folder / f"{table.name}{_COPY}"
                    columns = sql.SQL(", ").join(sql.Identifier(c.name) for c in table.columns)
                    statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT BINARY)")
                    made = statement.format(columns, sql.Identifier(table.name))
                    with path.open("wb") as file, cursor.copy(made) as copy:
                        for block in copy:
                            file.write(block)
                    written.append(path)
    except psycopg.Error as error:
        raise dialect.error(error) from error
    return tuple(written)


def _database(journal: Journal) -> Database:
    if not isinstance(journal, SqlJournal):
        raise TypeError(f"{type(journal).__name__} has no database")
    return journal.database


def _plain(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"


def _shown(url: str) -> str:
    """The place without a password."""
    return url.partition("://")[2].rpartition("@")[2].partition("?")[0]
