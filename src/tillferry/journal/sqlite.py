"""A journal in a SQLite file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Final

import pyarrow as pa
from adbc_driver_manager import dbapi
from adbc_driver_sqlite import dbapi as adbc_sqlite

from tillferry.errors import TillferryError
from tillferry.journal.basics import DialectName
from tillferry.journal.database import Database

CACHE_KIB: Final = 65_536
CHECKPOINT_PAGES: Final = 4_000
"""The write-ahead log is carried over into the file after so many pages (64 MB)."""
LOG_BYTES: Final = 67_108_864
"""To this size the log is cut down again after a large booking."""


class Sqlite:
    """The dialect of SQLite: write-ahead log, every commit on the disk before it returns."""

    name: DialectName = "sqlite"
    # The driver takes a column's type from its first batch: so everything is one batch.
    statement_options: ClassVar[Mapping[str, str]] = {"adbc.sqlite.query.batch_rows": "1000000000"}

    def __init__(self, path: Path, read_only: bool, busy_seconds: float) -> None:
        self.path = path.absolute()
        self.where = str(self.path)
        self.read_only = read_only
        self.busy_seconds = busy_seconds

    def connect(self) -> Any:
        uri = f"{self.path.as_uri()}?mode={'ro' if self.read_only else 'rw'}"
        pragmas = [f"busy_timeout = {int(self.busy_seconds * 1000)}", f"cache_size = -{CACHE_KIB}"]
        if not self.read_only:
            pragmas += ["synchronous = FULL", f"wal_autocheckpoint = {CHECKPOINT_PAGES}"]
            pragmas.append(f"journal_size_limit = {LOG_BYTES}")
        connection = None
        try:
            connection = adbc_sqlite.connect(uri, autocommit=True)
            with connection.cursor() as cursor:
                for pragma in pragmas:
                    cursor.execute(f"PRAGMA {pragma}")
                    with suppress(dbapi.Error):
                        cursor.fetchall()
        except dbapi.Error as failure:
            if connection is not None:
                connection.close()
            raise self.error(failure) from failure
        return connection

    def begin(self, database: Database) -> None:
        # The driver's BEGIN takes no lock; a write that changes nothing does, as BEGIN IMMEDIATE.
        database.run("UPDATE tills SET till_id = till_id WHERE 0")

    def sql(self, text: str) -> str:
        return text

    def stored(self, table: str, rows: pa.Table) -> pa.Table:
        return rows

    def selected(self, table: str, column: str) -> str:
        return f'"{column}"'

    def upgrade(self) -> None:
        from tillferry.journal.upgrade import upgrade_sqlite  # slow to import, seldom needed

        upgrade_sqlite(self.path, self.busy_seconds)

    def version(self, database: Database) -> str | None:
        tables = {name for (name,) in database.rows("SELECT name FROM sqlite_master")}
        if not tables:
            return None
        if "alembic_version" not in tables:
            raise TillferryError("journal_not_ours", where=self.where)
        return str(database.value("SELECT version_num FROM alembic_version"))

    def error(self, failure: Exception) -> TillferryError:
        text = str(getattr(failure, "orig", None) or failure)
        for part, code in _MEANINGS:
            if part in text:
                return TillferryError(code, where=self.where)
        return TillferryError("journal_failed", where=self.where, reason=text.splitlines()[0])


_MEANINGS = (
    ("UNIQUE constraint failed: tills.customer_number", "customer_number_taken"),
    ("UNIQUE constraint failed: tills.taxpayer", "serial_taken"),
    ("UNIQUE constraint failed", "journal_already_held"),
    ("database is locked", "journal_busy"),
    ("database table is locked", "journal_busy"),
    ("database or disk is full", "journal_full"),
    ("malformed", "journal_damaged"),
    ("file is not a database", "journal_damaged"),
    ("disk I/O error", "journal_unreachable"),
    ("readonly database", "journal_read_only"),
    ("unable to open", "journal_unreachable"),
    ("failed to open", "journal_unreachable"),
)
