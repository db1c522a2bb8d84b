"""Opens a journal: finds the database and brings its tables up to date."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from threading import Lock
from typing import Final

from tillferry.closing.seams import Journal
from tillferry.errors import TillferryError
from tillferry.journal.basics import SCHEMA_VERSION
from tillferry.journal.database import Database, Dialect
from tillferry.journal.sqlite import Sqlite
from tillferry.journal.store import SqlJournal

BUSY_SECONDS: Final = 30.0
TIMEZONE: Final = "Europe/Berlin"

_one_at_a_time = Lock()


def open_journal(
    url_or_path: str,
    *,
    create: bool = False,
    read_only: bool = False,
    busy_seconds: float = BUSY_SECONDS,
    timezone: str = TIMEZONE,
) -> Journal:
    """The journal at ``sqlite:///path``, a plain path, or ``postgresql://…``.

    ``create`` makes its tables where there are none; a PostgreSQL database must be there. Tables
    of an older revision are upgraded, unless ``read_only``. Writing waits ``busy_seconds`` for
    whoever else writes, then raises ``journal_busy``. ``timezone`` is where receipts were written
    whose times are in UTC. Sums that closings of an older revision lack are made now.

    Raises ``journal_not_found``, ``journal_not_ours``, ``journal_unreachable``,
    ``journal_no_access``, ``journal_damaged``, ``journal_schema_old`` (only ``read_only``),
    ``journal_schema_newer``.
    """
    with _one_at_a_time:
        dialect = _dialect(url_or_path, create and not read_only, read_only, busy_seconds)
        database = Database(dialect)
        try:
            _bring_up_to_date(database, create, read_only)
            if not read_only and database.rows("SELECT 1 FROM sums_pending LIMIT 1"):
                from tillferry.journal.sums import fill_pending_sums

                fill_pending_sums(database, timezone)
        except BaseException:
            database.close()
            raise
    return SqlJournal(database, timezone)


def _dialect(url_or_path: str, create: bool, read_only: bool, busy_seconds: float) -> Dialect:
    scheme = url_or_path.partition("://")[0].partition("+")[0]
    if scheme in ("postgresql", "postgres"):
        from tillferry.journal.postgresql import Postgresql  # with psycopg and SQLAlchemy: slow

        return Postgresql(url_or_path, read_only, busy_seconds)
    path = Path(url_or_path.removeprefix("sqlite:///"))
    sqlite = Sqlite(path, read_only, busy_seconds)
    if not path.is_file() or not path.stat().st_size:
        if not create:
            raise TillferryError("journal_not_found", where=path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as failure:
            raise TillferryError("journal_unreachable", where=path) from failure
        _upgrade(sqlite)
    return sqlite


def _bring_up_to_date(database: Database, create: bool, read_only: bool) -> None:
    dialect = database.dialect
    version = dialect.version(database)
    if version == SCHEMA_VERSION:
        return
    if version is None and (read_only or not create):
        raise TillferryError("journal_not_found", where=dialect.where)
    if version is not None and version > SCHEMA_VERSION:
        raise TillferryError(
            "journal_schema_newer", where=dialect.where, version=version, known=SCHEMA_VERSION
        )
    if read_only:
        raise TillferryError(
            "journal_schema_old", where=dialect.where, version=version, known=SCHEMA_VERSION
        )
    database.close()
    _upgrade(dialect)


def _upgrade(dialect: Dialect) -> None:
    from alembic.util.exc import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        dialect.upgrade()
    except CommandError as failure:
        raise TillferryError("journal_failed", where=dialect.where, reason=failure) from failure
    except (SQLAlchemyError, sqlite3.Error) as failure:
        raise dialect.error(failure) from failure
