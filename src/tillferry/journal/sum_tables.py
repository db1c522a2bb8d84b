"""The tables of sums beside the closings; see ``closing.sums``."""

from __future__ import annotations

import sqlalchemy as sa

from tillferry.closing.sums import SUM_TABLES, SumTable
from tillferry.journal.basics import DialectName
from tillferry.journal.months import MONTH_TABLES, ONE_ROW, month_key


def add_sum_tables(found: sa.MetaData, dialect: DialectName) -> None:
    """Add them to the journal's tables, as the newest revision has them."""
    for table in SUM_TABLES:
        _add(found, table, dialect)
    sa.Table("sums_pending", found, *_key(dialect, ()))
    for name, of in MONTH_TABLES.items():
        _add_months(found, name, of)


def _add(found: sa.MetaData, table: SumTable, dialect: DialectName) -> None:
    columns = [
        sa.Column(
            column.name,
            sa.Text() if column.text else sa.BigInteger(),
            nullable=column.optional,
        )
        for column in table.columns
    ]
    if table.name != ONE_ROW:
        key = _key(dialect, ("row_no",))
        sa.Table(table.name, found, *key, *columns, sqlite_with_rowid=False)
        return
    sa.Table(
        table.name,
        found,
        *_key(dialect, ()),
        sa.Column("z_nr", sa.BigInteger, nullable=False),
        sa.Column("business_day", sa.Date().with_variant(sa.Text(), "sqlite"), nullable=False),
        *columns,
        sa.Index("closing_sums_business_day", "business_day"),
    )


def _key(dialect: DialectName, more: tuple[str, ...]) -> list[sa.Column[object]]:
    """SQLite keeps rows by closing, PostgreSQL by till and closing; see ``schema``."""
    primary = {"closing_id", *more} if dialect == "sqlite" else {"till_id", "closing_id", *more}
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return [
        sa.Column(name, whole, primary_key=name in primary, nullable=False, autoincrement=False)
        for name in ("till_id", "closing_id", *more)
    ]


def _add_months(found: sa.MetaData, name: str, table: SumTable) -> None:
    texts = {column.name for column in table.columns if column.text} | {"month", "currency"}
    sums = [column.name for column in table.columns if column.summed]
    sa.Table(
        name,
        found,
        *(
            sa.Column(
                column,
                sa.Text() if column in texts else sa.BigInteger(),
                primary_key=True,
                nullable=False,
                autoincrement=False,
            )
            for column in month_key(table)
        ),
        *(sa.Column(column, sa.BigInteger, nullable=False) for column in (*sums, "closings")),
        sqlite_with_rowid=False,
    )
