"""The peers: what sqlite3 and sqlite-utils need for the same rows."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from pathlib import Path

from bench.measure import Cost, run
from tillferry.closing.tables import DSFINVK_TABLES, Kind, Table
from tillferry.journal import open_journal

BIG_TABLES = (
    "transactions",
    "lines",
    "lines_vat",
    "transactions_vat",
    "datapayment",
    "transactions_tse",
    "itemamounts",
)
PRAGMAS = ("PRAGMA synchronous = FULL;", "PRAGMA journal_mode = WAL;")


def import_plain_csvs(folder: Path, database: Path) -> Cost:
    """``.import`` of the legal export's CSVs into tables of their columns, keyed and indexed."""
    database.unlink(missing_ok=True)
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA page_size = 8192")
    tables = [table for table in DSFINVK_TABLES if (folder / table.file_name).exists()]
    for table in tables:
        connection.execute(_ddl(table))
        connection.execute(f'CREATE INDEX "key_{table.name}" ON "{table.name}" ({_key(table)})')
    connection.commit()
    connection.close()
    script = [*PRAGMAS, ".mode csv", '.separator ";" "\\r\\n"']
    script += [f'.import --skip 1 "{folder / table.file_name}" {table.name}' for table in tables]
    return run(["sqlite3", str(database)], stdin="\n".join(script) + "\n")


def import_journal_rows(rows: Path, database: Path) -> Cost:
    """``.import`` of the journal's own rows into the journal's own tables."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)
    open_journal(str(database), create=True).close()
    script = ["PRAGMA synchronous = FULL;", "PRAGMA foreign_keys = OFF;", ".mode csv"]
    script += [f'.import "{file}" {file.stem}' for file in sorted(rows.glob("*.csv"))]
    return run(["sqlite3", str(database)], stdin="\n".join(script) + "\n")


def import_with_sqlite_utils(folder: Path, database: Path) -> Cost:
    """``sqlite-utils insert`` of the same plain CSVs, with the same keys' indexes."""
    database.unlink(missing_ok=True)
    tool = shutil.which("sqlite-utils", path=str(Path(sys.executable).parent)) or "sqlite-utils"
    total = Cost(0.0, 0.0, 0.0)
    for table in DSFINVK_TABLES:
        file = folder / table.file_name
        if not file.exists():
            continue
        cost = run(
            [
                tool,
                "insert",
                str(database),
                table.name,
                str(file),
                "--csv",
                "--delimiter",
                ";",
            ]
        )
        index = run(
            [
                tool,
                "create-index",
                str(database),
                table.name,
                *(name.upper() for name in ("z_nr", *table.key)),
            ]
        )
        total = Cost(
            total.wall_s + cost.wall_s + index.wall_s,
            total.cpu_s + cost.cpu_s + index.cpu_s,
            max(total.peak_mb, cost.peak_mb, index.peak_mb),
        )
    return total


def _ddl(table: Table) -> str:
    columns = ", ".join(
        f'"{column.name}" {"NUMERIC" if column.kind is Kind.NUMBER else "TEXT"}'
        for column in table.csv_columns
    )
    return f'CREATE TABLE "{table.name}" ({columns})'


def _key(table: Table) -> str:
    return ", ".join(f'"{name}"' for name in ("z_kasse_id", "z_nr", *table.key))
