"""Sums of each till by calendar month, made from those of its closings."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_AMOUNTS = ("gross", "net", "vat")


def upgrade() -> None:
    """Create and fill them."""
    _months("hours", ["hour"], ["cashier_id", "cashier_name"], ["receipts", *_AMOUNTS])
    _months(
        "articles",
        ["ust_schluessel", "turnover"],
        ["art_nr", "artikeltext", "warengr_id", "warengr", "gv_typ"],
        ["positions", "quantity", *_AMOUNTS],
        ["art_nr", "artikeltext", "warengr_id", "warengr", "gv_typ", "ust_schluessel", "turnover"],
    )
    _months(
        "business_cases",
        ["agentur_id", "ust_schluessel", "ust_satz", "turnover"],
        ["gv_typ", "gv_name"],
        list(_AMOUNTS),
        ["gv_typ", "gv_name", "agentur_id", "ust_schluessel", "ust_satz", "turnover"],
    )
    _months(
        "payments",
        [],
        ["zahlart_typ", "zahlart_name", "zahlwaeh_code"],
        ["payments", "amount", "foreign_amount"],
    )
    _months("cashiers", [], ["cashier_id", "cashier_name", "kind"], ["count", "gross"])


def _months(
    name: str,
    numbers: Sequence[str],
    texts: Sequence[str],
    sums: Sequence[str],
    order: Sequence[str] = (),
) -> None:
    said = list(order) or [*numbers, *texts]
    key = ["till_id", "month", "currency", *said]
    op.create_table(
        f"months_{name}",
        *(
            sa.Column(
                column,
                sa.BigInteger() if column in ("till_id", *numbers) else sa.Text(),
                primary_key=True,
                nullable=False,
                autoincrement=False,
            )
            for column in key
        ),
        *(sa.Column(column, sa.BigInteger(), nullable=False) for column in (*sums, "closings")),
        sqlite_with_rowid=False,
    )
    month = "substr(CAST(c.business_day AS TEXT), 1, 7)"
    selected = [f"coalesce(s.{each}, -1)" if each == "ust_satz" else f"s.{each}" for each in said]
    grouped = ", ".join(["c.till_id", month, "c.currency", *selected])
    added = ", ".join(f"CAST(sum(s.{each}) AS BIGINT)" for each in sums)
    op.execute(
        f"INSERT INTO months_{name} ({', '.join((*key, *sums, 'closings'))}) "
        f"SELECT {grouped}, {added}, CAST(count(DISTINCT c.closing_id) AS BIGINT) "
        f"FROM closing_sums c JOIN sums_{name} s "
        f"ON s.till_id = c.till_id AND s.closing_id = c.closing_id GROUP BY {grouped}"
    )
