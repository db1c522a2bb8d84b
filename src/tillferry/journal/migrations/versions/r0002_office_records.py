"""What head office decides: log, corrected closings, decisions, outlets, details of tills, users.

Only new tables; those of the first revision stay as they are.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "audit_log",
        _key("sequence"),
        *_texts("at", "person", "action", "subject", "reason", "previous", "hash"),
    )
    _closing_versions()
    op.create_table("item_decisions", _key("item_id"), *_texts("verdict", "person", "at", "reason"))
    op.create_table(
        "explained_holes",
        _key("hole_id"),
        *_integers("till_id", "first_z", "last_z"),
        *_texts("person", "at", "reason"),
    )
    op.create_table(
        "outlets",
        sa.Column("outlet_id", sa.Text(), primary_key=True),
        *_texts("name"),
        *_integers("without_stock"),
    )
    op.create_table(
        "till_details",
        _key("till_id"),
        *_texts("outlet_id", "kind", "retired_at"),
        *_integers("replaced_by", "silent_days"),
    )
    op.create_table(
        "users",
        sa.Column("name", sa.Text(), primary_key=True),
        *_texts("password", "role"),
        *_integers("failed"),
        *_texts("locked_until"),
        *_integers("must_change"),
        *_texts("created_at"),
    )


def _closing_versions() -> None:
    op.create_table(
        "closing_versions",
        _key("version_id"),
        *_integers("till_id", "closing_id", "z_nr"),
        *_texts("z_kasse_id", "z_erstellung"),
        sa.Column("business_day", sa.Text() if _on_sqlite() else sa.Date(), nullable=False),
        *_texts("z_start_id", "z_ende_id"),
        *_integers("receipts", "gross_cents"),
        *(sa.Column(f"digest_{part}", sa.Text()) for part in ("bookings", "time", "stock")),
        *_integers("row_count"),
        *_texts("delivery", "booked_at"),
        *_texts("new_delivery", "replaced_at", "replaced_by", "reason"),
    )
    op.create_index("closing_versions_till", "closing_versions", ["till_id", "z_nr"])


def _on_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def _key(name: str) -> sa.Column[Any]:
    whole = sa.Integer() if _on_sqlite() else sa.BigInteger()
    return sa.Column(name, whole, primary_key=True, autoincrement=False)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _integers(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]
