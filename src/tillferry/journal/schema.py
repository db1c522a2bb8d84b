"""The journal's tables and views, derived from ``closing.tables``.

Rows stand under (till_id, closing_id, row_no) and are only ever appended; ``closing_id`` counts
over the whole journal. SQLite keeps rows in the order of (closing_id, row_no), so that every
booking is written at the end of the table whichever till it is of; PostgreSQL has ``till_id`` at
the front of every key, so that the tables can be spread over machines by it (Citus).

SQLite holds numbers as integers scaled by their decimals, PostgreSQL as NUMERIC. The views
``v_<table>`` show decimals on both, with the closing and the till beside them; ``report_<name>``
are for other tools (``figure_views``).
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name

from tillferry.closing.tables import PARTS, TABLES, Column, Kind, Table
from tillferry.journal.basics import WAITING, DialectName
from tillferry.journal.figure_views import figure_views
from tillferry.journal.office_tables import add_office_tables
from tillferry.journal.sum_tables import add_sum_tables

ROW_KEY: Final = ("till_id", "closing_id", "row_no")


def metadata(dialect: DialectName) -> sa.MetaData:
    """All tables as the newest revision has them."""
    found = sa.MetaData()
    _tills(found)
    _deliveries(found)
    _items(found)
    _closings(found, dialect)
    for table in TABLES:
        _rows(found, table, dialect)
    add_office_tables(found)
    add_sum_tables(found, dialect)
    return found


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _integers(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger, nullable=False) for name in names]


def _key(name: str) -> sa.Column[Any]:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, whole, primary_key=True, autoincrement=False)


def _day(name: str, nullable: bool) -> sa.Column[Any]:
    return sa.Column(name, sa.Date().with_variant(sa.Text(), "sqlite"), nullable=nullable)


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    condition = sa.text(where)
    return sa.Index(
        name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )


def _tills(found: sa.MetaData) -> None:
    sa.Table(
        "tills",
        found,
        _key("till_id"),
        *_texts("customer_number", "name", "taxpayer", "serial", "state"),
        *_texts("public_key", "installation"),
        *_integers("bundle_sequence"),
        *_texts("bundle_hash", "enrolment_secret"),
        _partial(
            "tills_customer_number", "customer_number", where="customer_number <> ''", unique=True
        ),
        _partial("tills_serial", "taxpayer", "serial", where="serial <> ''", unique=True),
    )


def _deliveries(found: sa.MetaData) -> None:
    sa.Table(
        "deliveries",
        found,
        _key("delivery_no"),
        *_texts("sha256", "name", "kind"),
        *_integers("size_bytes"),
        *_texts("received_at", "carrier"),
        *_integers("till_id", "bundle_sequence"),
        *_texts("installation"),
        sa.UniqueConstraint("sha256", name="deliveries_sha256"),
    )


def _items(found: sa.MetaData) -> None:
    sa.Table(
        "items",
        found,
        _key("item_id"),
        *_texts("delivery", "source", "taxpayer", "serial"),
        *_integers("till_id", "z_nr"),
        _day("business_day", nullable=True),
        *_texts("state"),
        *_integers("receipts", "gross_cents"),
        *_texts("findings", "received_at"),
        *_integers("settled"),
        sa.Index("items_delivery", "delivery"),
        sa.Index("items_till", "till_id"),
        _partial("items_waiting_till", "till_id", where=WAITING),
        _partial("items_waiting_serial", "serial", where=WAITING),
    )


def _closings(found: sa.MetaData, dialect: DialectName) -> None:
    key: list[sa.Column[Any]] = (
        [_key("closing_id"), *_integers("till_id")]
        if dialect == "sqlite"
        else [_key("till_id"), _key("closing_id")]
    )
    table = sa.Table(
        "closings",
        found,
        *key,
        *_integers("z_nr"),
        *_texts("z_kasse_id", "z_erstellung"),
        _day("business_day", nullable=False),
        *_texts("z_start_id", "z_ende_id"),
        *_integers("receipts", "gross_cents"),
        *(sa.Column(f"digest_{part}", sa.Text) for part in PARTS),
        *_integers("row_count"),
        *_texts("delivery", "booked_at"),
        sa.UniqueConstraint("till_id", "z_nr", name="closings_till_z_nr"),
    )
    if dialect == "postgresql":
        sa.Index("closings_closing_id", table.c.closing_id)


def _rows(found: sa.MetaData, table: Table, dialect: DialectName) -> None:
    key = ROW_KEY[1:] if dialect == "sqlite" else ROW_KEY
    constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*key, name=f"{table.name}_key")]
    if dialect == "postgresql":
        constraints.append(
            sa.ForeignKeyConstraint(
                ["till_id", "closing_id"],
                ["closings.till_id", "closings.closing_id"],
                name=f"{table.name}_closing",
            )
        )
    sa.Table(
        table.name,
        found,
        *_integers(*ROW_KEY),
        *(sa.Column(quoted_name(c.name, True), _row_type(c)) for c in table.columns),
        *constraints,
        sqlite_with_rowid=False,
    )


def _row_type(column: Column) -> sa.types.TypeEngine[Any]:
    if column.kind is not Kind.NUMBER:
        return sa.Text()
    if not column.decimals:
        return sa.BigInteger()
    return sa.BigInteger().with_variant(sa.Numeric(19, column.decimals), "postgresql")


def views(dialect: DialectName) -> dict[str, str]:
    """The SELECT of each view, by the view's name."""
    found = {f"v_{table.name}": _rows_view(table, dialect) for table in TABLES}
    found["v_closings"] = (
        "SELECT c.till_id, c.closing_id, t.customer_number, t.name AS till_name, "
        "t.serial AS till_serial, c.z_nr, c.business_day, c.z_kasse_id, c.z_erstellung, "
        f"c.z_start_id, c.z_ende_id, c.receipts, {_decimal('c.gross_cents', 2, dialect, True)} "
        "AS gross, c.delivery, c.booked_at "
        "FROM closings c LEFT JOIN tills t ON t.till_id = c.till_id"
    )
    return found | figure_views(dialect)


def _rows_view(table: Table, dialect: DialectName) -> str:
    columns = ", ".join(
        f'{_decimal(f"""r."{column.name}" """.strip(), column.decimals, dialect)} '
        f'AS "{column.name}"'
        for column in table.columns
    )
    return (
        "SELECT r.till_id, t.customer_number, t.name AS till_name, t.serial AS till_serial, "
        f"c.z_nr, c.business_day, r.closing_id, r.row_no, {columns} "
        f'FROM "{table.name}" r '
        "JOIN closings c ON c.till_id = r.till_id AND c.closing_id = r.closing_id "
        "LEFT JOIN tills t ON t.till_id = r.till_id"
    )


def _decimal(value: str, decimals: int, dialect: DialectName, scaled: bool = False) -> str:
    """SQL for a stored number as people read it; exact, so a text on SQLite."""
    if not decimals or (dialect == "postgresql" and not scaled):
        return value
    one = 10**decimals
    if dialect == "postgresql":
        return f"CAST(CAST({value} AS NUMERIC) / {one} AS NUMERIC(19, {decimals}))"
    # Quotient and remainder before abs(): the smallest integer has no absolute value.
    return (
        f"CASE WHEN {value} IS NULL THEN NULL ELSE printf('%s%d.%0{decimals}d', "
        f"CASE WHEN {value} < 0 THEN '-' ELSE '' END, "
        f"abs({value} / {one}), abs({value} % {one})) END"
    )
