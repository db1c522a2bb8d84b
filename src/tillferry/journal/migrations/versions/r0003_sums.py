"""Sums of each closing beside it, for figures over years.

Closings that are held already wait in ``sums_pending`` until their sums are made.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "closing_sums",
        *_key(),
        *_integers("z_nr"),
        sa.Column("business_day", sa.Text() if _on_sqlite() else sa.Date(), nullable=False),
        *_texts("currency"),
        *_integers("receipts", "gross", "net", "vat"),
    )
    op.create_index("closing_sums_business_day", "closing_sums", ["business_day"])
    _sums(
        "sums_hours",
        *_integers("hour"),
        *_texts("cashier_id", "cashier_name"),
        *_integers("receipts", "gross", "net", "vat"),
    )
    _sums(
        "sums_articles",
        *_texts("art_nr", "artikeltext", "warengr_id", "warengr", "gv_typ"),
        *_integers("ust_schluessel", "turnover", "positions", "quantity", "gross", "net", "vat"),
    )
    _sums(
        "sums_business_cases",
        *_texts("gv_typ", "gv_name"),
        *_integers("agentur_id", "ust_schluessel"),
        sa.Column("ust_satz", sa.BigInteger()),
        *_integers("turnover", "gross", "net", "vat"),
    )
    _sums(
        "sums_payments",
        *_texts("zahlart_typ", "zahlart_name", "zahlwaeh_code"),
        *_integers("payments", "amount", "foreign_amount"),
    )
    _sums(
        "sums_cashiers",
        *_texts("cashier_id", "cashier_name", "kind"),
        *_integers("count", "gross"),
    )
    op.create_table("sums_pending", *_key())
    op.execute(
        "INSERT INTO sums_pending (till_id, closing_id) "
        "SELECT till_id, closing_id FROM closings WHERE digest_bookings IS NOT NULL"
    )


def _sums(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(name, *_key("row_no"), *columns, sqlite_with_rowid=False)


def _on_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def _key(*more: str) -> list[sa.Column[Any]]:
    primary = {"closing_id", *more} if _on_sqlite() else {"till_id", "closing_id", *more}
    return [
        sa.Column(
            name,
            sa.Integer() if _on_sqlite() else sa.BigInteger(),
            primary_key=name in primary,
            nullable=False,
            autoincrement=False,
        )
        for name in ("till_id", "closing_id", *more)
    ]


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _integers(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]
