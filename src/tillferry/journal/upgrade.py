"""Brings a journal's tables to the newest revision, with the Alembic scripts of this package.

This is the only place that opens a journal through SQLAlchemy. On SQLite that means a second
SQLite library in one process (Python's, where the driver that books brings its own), and closing
a file in one library would drop the locks that the other holds on it: so it happens only while
nobody in this process has the journal open: before the first connection, or at an older revision,
at which no connection of this process can be at work. ``journal.opening`` lets one thread in at a
time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from tillferry.journal.basics import DialectName
from tillferry.journal.schema import views

PAGE_SIZE: Final = 16_384
"""Bytes. Larger pages append faster; measured against 8, 16 and 32 KiB."""

SCRIPTS: Final = Path(__file__).parent / "migrations"


def upgrade_sqlite(path: Path, busy_seconds: float) -> None:
    """Create or upgrade the tables of a SQLite file. Raises SQLAlchemy's and SQLite's errors."""
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        poolclass=sa.pool.NullPool,
        connect_args={"timeout": busy_seconds},
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    _upgrade(engine, "sqlite")


def upgrade_postgresql(url: str, lock_key: int) -> None:
    """Create or upgrade the tables of a PostgreSQL database. Raises SQLAlchemy's errors."""
    engine = sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"), poolclass=sa.pool.NullPool
    )

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key})

    _upgrade(engine, "postgresql")


def alembic_config() -> Config:
    """Alembic's settings for the scripts of this package; no file is read."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(engine: sa.Engine, dialect: DialectName) -> None:
    config = alembic_config()
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            for name in views(dialect):
                connection.exec_driver_sql(f'DROP VIEW IF EXISTS "{name}"')
            command.upgrade(config, "head")
            create_views(connection, dialect)
    finally:
        engine.dispose()


def create_views(connection: sa.Connection, dialect: DialectName) -> None:
    """The views are no part of a revision: every upgrade makes them anew."""
    for name, select in views(dialect).items():
        connection.exec_driver_sql(f'CREATE VIEW "{name}" AS {select}')
