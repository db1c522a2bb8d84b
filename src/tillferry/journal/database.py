"""One connection to a journal's database, through ADBC, for SQL and for Arrow tables alike.

What SQLite and PostgreSQL do differently stands in ``Dialect``'s two children; everything else
of the package is written once. SQL has ``?`` for parameters and is the same on both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import RLock
from typing import Any, Protocol

import pyarrow as pa
from adbc_driver_manager import dbapi

from tillferry.errors import TillferryError
from tillferry.journal.basics import DialectName


def _call(function: Any, arguments: Any, named: Any, cancel: Any) -> Any:
    del cancel
    return function(*arguments, **named)


# ADBC catches Ctrl-C while a statement runs, to cancel it. SQLite's driver cannot cancel: Ctrl-C
# would be lost, or come out as a failure of the database. As on Windows, where ADBC does not do
# this, the statement ends first, and then Python interrupts.
setattr(dbapi, "_blocking_call", _call)  # noqa: B010 - a private name, so not typed


class Dialect(Protocol):
    """What the two databases do differently."""

    @property
    def name(self) -> DialectName:
        """Which database it is."""

    @property
    def where(self) -> str:
        """What people call the place, without a password."""

    @property
    def statement_options(self) -> Mapping[str, str]:
        """Given to every ADBC statement."""

    def connect(self) -> Any:
        """A new ADBC connection that commits by itself."""

    def begin(self, database: Database) -> None:
        """The first thing in a transaction: from here on nobody else writes.

        ``journal_busy`` where somebody else wrote for too long.
        """

    def sql(self, text: str) -> str:
        """``text`` with this database's marks for parameters."""

    def stored(self, table: str, rows: pa.Table) -> pa.Table:
        """Rows of a closing's table as this database takes them."""

    def selected(self, table: str, column: str) -> str:
        """SQL that gives a column of a closing's table as its scaled integer or text."""

    def upgrade(self) -> None:
        """Create or upgrade the tables."""

    def version(self, database: Database) -> str | None:
        """The revision of the tables; ``None`` where there are none of ours."""

    def error(self, failure: Exception) -> TillferryError:
        """What a driver's or SQLAlchemy's error means."""


class Database:
    """A connection that is opened when it is first used, and again after it broke.

    May be used by several threads, one after the other.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.lock = RLock()
        self._connection: Any = None
        self._in_transaction = False

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The result of a query as tuples."""
        table = self.table(sql, *parameters)
        columns = [column.to_pylist() for column in table.columns]
        return list(zip(*columns, strict=True))

    def value(self, sql: str, *parameters: object) -> Any:
        """The first value of the first row."""
        return self.rows(sql, *parameters)[0][0]

    def table(self, sql: str, *parameters: object) -> pa.Table:
        """The result of a query as an Arrow table."""
        with self.lock, self._translated(), self._cursor() as cursor:
            cursor.execute(self.dialect.sql(sql), parameters or None)
            return cursor.fetch_arrow_table()

    def run(self, sql: str) -> None:
        """A statement without parameters or result."""
        with self.lock, self._translated(), self._cursor() as cursor:
            cursor.execute(self.dialect.sql(sql))

    def run_each(self, sql: str, parameters: pa.Table) -> None:
        """A statement once for each row of ``parameters``."""
        if not parameters.num_rows:
            return
        (batch,) = parameters.combine_chunks().to_batches()
        with self.lock, self._translated(), self._cursor() as cursor:
            cursor.executemany(self.dialect.sql(sql), batch)

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows to a table. Columns without a value are left out, for they cost time."""
        if not rows.num_rows:
            return
        names = [name for name in rows.column_names if rows[name].null_count < rows.num_rows]
        with self.lock, self._translated(), self._cursor() as cursor:
            cursor.adbc_ingest(table, rows.select(names).combine_chunks(), mode="append")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside, or nothing; nobody else writes meanwhile."""
        with self.lock:
            with self._translated():
                connection = self._opened().adbc_connection
                connection.set_autocommit(False)
            self._in_transaction = True
            try:
                self.dialect.begin(self)
                yield
                with self._translated():
                    connection.commit()
            except BaseException:
                # A failed append leaves rows behind in the open transaction.
                self._in_transaction = False
                try:
                    connection.rollback()
                    connection.set_autocommit(True)
                except Exception:
                    self.close()
                raise
            self._in_transaction = False
            try:
                connection.set_autocommit(True)
            except Exception:  # it is committed: the next call opens another connection
                self.close()

    def close(self) -> None:
        """Give the connection back; what was not committed is gone."""
        with self.lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                with suppress(Exception):
                    connection.close()

    def _opened(self) -> Any:
        if self._connection is None:
            self._connection = self.dialect.connect()
        return self._connection

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        cursor = self._opened().cursor(adbc_stmt_kwargs=self.dialect.statement_options)
        try:
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (dbapi.Error, pa.ArrowException, OSError) as failure:
            error = self.dialect.error(failure)
            if error.code == "journal_unreachable" and not self._in_transaction:
                self.close()
            raise error from failure
