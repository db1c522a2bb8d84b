"""A journal in a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from adbc_driver_manager import dbapi
from adbc_driver_postgresql import dbapi as adbc_postgresql

from tillferry.closing.tables import TABLES_BY_NAME, Kind
from tillferry.errors import TillferryError
from tillferry.journal.basics import DialectName
from tillferry.journal.database import Database

LOCK_KEY: Final = 0x7469_6C6C_6665_7279
"""Whoever writes to a journal holds the advisory lock of this number: "tillfery"."""


class Postgresql:
    """The dialect of PostgreSQL. Bookings follow one another, as on SQLite."""

    name: DialectName = "postgresql"
    statement_options: ClassVar[Mapping[str, str]] = {}

    def __init__(self, url: str, read_only: bool, busy_seconds: float) -> None:
        parsed = sa.make_url(url).set(drivername="postgresql")
        if "connect_timeout" not in parsed.query:
            parsed = parsed.update_query_dict({"connect_timeout": "10"})
        self.url = parsed.render_as_string(hide_password=False)
        self.read_only = read_only
        self.busy_seconds = busy_seconds
        shown = urlsplit(url)
        self.where = f"{parsed.host or shown.hostname or 'localhost'}/{parsed.database or ''}"

    def connect(self) -> Any:
        try:
            connection = adbc_postgresql.connect(self.url, autocommit=True)
        except dbapi.Error as failure:
            raise self.error(failure) from failure
        if self.read_only:
            with connection.cursor() as cursor:
                cursor.execute("SET default_transaction_read_only = on")
        return connection

    def begin(self, database: Database) -> None:
        database.run(f"SET LOCAL lock_timeout = {int(self.busy_seconds * 1000)}")
        # The driver does not wait for a query whose result nobody fetches.
        database.rows(f"SELECT pg_advisory_xact_lock({LOCK_KEY})")

    def sql(self, text: str) -> str:
        number = count(1)
        first, *others = text.split("?")
        return first + "".join(f"${next(number)}{part}" for part in others)

    def stored(self, table: str, rows: pa.Table) -> pa.Table:
        for index, column in enumerate(rows.schema.names):
            spec = _spec(table, column)
            if spec is not None and spec.kind is Kind.NUMBER and spec.decimals:
                decimals = _decimals(rows.column(index), spec.decimals)
                rows = rows.set_column(index, column, decimals)
        return rows

    def selected(self, table: str, column: str) -> str:
        spec = _spec(table, column)
        if spec is None or spec.kind is not Kind.NUMBER or not spec.decimals:
            return f'"{column}"'
        return f'CAST("{column}" * {10**spec.decimals} AS BIGINT) AS "{column}"'

    def upgrade(self) -> None:
        from tillferry.journal.upgrade import upgrade_postgresql  # slow to import

        upgrade_postgresql(self.url, LOCK_KEY)

    def version(self, database: Database) -> str | None:
        there = database.value("SELECT CAST(to_regclass('alembic_version') AS TEXT)")
        if there is None:
            if database.value("SELECT CAST(to_regclass('closings') AS TEXT)") is not None:
                raise TillferryError("journal_not_ours", where=self.where)
            return None
        return str(database.value("SELECT version_num FROM alembic_version"))

    def error(self, failure: Exception) -> TillferryError:
        original = getattr(failure, "orig", None) or failure
        state = str(getattr(original, "sqlstate", None) or "")
        text = str(original)
        if state == "23505" and "tills_customer_number" in text:
            return TillferryError("customer_number_taken", where=self.where)
        if state == "23505" and "tills_serial" in text:
            return TillferryError("serial_taken", where=self.where)
        for start, code in _MEANINGS:
            if state.startswith(start):
                return TillferryError(code, where=self.where)
        if not state and isinstance(original, _NO_CONNECTION):
            return TillferryError(_refused(text), where=self.where)
        return TillferryError("journal_failed", where=self.where, reason=text.splitlines()[0])


_MEANINGS = (
    ("23505", "journal_already_held"),
    ("55P03", "journal_busy"),
    ("40", "journal_busy"),
    ("53100", "journal_full"),
    ("53", "journal_unreachable"),
    ("57", "journal_unreachable"),
    ("08", "journal_unreachable"),
    ("28", "journal_no_access"),
    ("42501", "journal_no_access"),
    ("25006", "journal_read_only"),
    ("3D000", "journal_not_found"),
    ("XX001", "journal_damaged"),
    ("XX002", "journal_damaged"),
)


# The driver gives no SQLSTATE where there is no connection.
_NO_CONNECTION = (dbapi.OperationalError, psycopg.OperationalError, OSError)


def _refused(text: str) -> str:
    if "authentication failed" in text or "pg_hba.conf" in text or 'role "' in text:
        return "journal_no_access"
    return "journal_not_found" if "does not exist" in text else "journal_unreachable"


def _spec(table: str, column: str) -> Any:
    found = TABLES_BY_NAME.get(table)
    if found is None or column not in found.arrow_schema.names:
        return None
    return found.column(column)


def _decimals(values: pa.ChunkedArray, decimals: int) -> pa.ChunkedArray:
    """Scaled integers as the decimals they stand for, without arithmetic."""
    kind = pa.decimal128(19, decimals)
    chunks = []
    for chunk in values.chunks:
        whole = pc.cast(chunk, pa.decimal128(19, 0))
        chunks.append(
            pa.Array.from_buffers(kind, len(whole), whole.buffers(), whole.null_count, whole.offset)
        )
    return pa.chunked_array(chunks, type=kind)
