"""The tables of what head office itself decides; see ``closing.office_seams``."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tillferry.closing.tables import PARTS


def add_office_tables(found: sa.MetaData) -> None:
    """Add them to the journal's tables, as the newest revision has them."""
    sa.Table(
        "audit_log",
        found,
        _key("sequence"),
        *_texts("at", "person", "action", "subject", "reason", "previous", "hash"),
    )
    sa.Table(
        "closing_versions",
        found,
        _key("version_id"),
        *_integers("till_id", "closing_id", "z_nr"),
        *_texts("z_kasse_id", "z_erstellung"),
        sa.Column("business_day", sa.Date().with_variant(sa.Text(), "sqlite"), nullable=False),
        *_texts("z_start_id", "z_ende_id"),
        *_integers("receipts", "gross_cents"),
        *(sa.Column(f"digest_{part}", sa.Text) for part in PARTS),
        *_integers("row_count"),
        *_texts("delivery", "booked_at"),
        *_texts("new_delivery", "replaced_at", "replaced_by", "reason"),
        sa.Index("closing_versions_till", "till_id", "z_nr"),
    )
    sa.Table("item_decisions", found, _key("item_id"), *_texts("verdict", "person", "at", "reason"))
    sa.Table(
        "explained_holes",
        found,
        _key("hole_id"),
        *_integers("till_id", "first_z", "last_z"),
        *_texts("person", "at", "reason"),
    )
    sa.Table(
        "outlets",
        found,
        sa.Column("outlet_id", sa.Text, primary_key=True),
        *_texts("name"),
        *_integers("without_stock"),
    )
    sa.Table(
        "till_details",
        found,
        _key("till_id"),
        *_texts("outlet_id", "kind", "retired_at"),
        *_integers("replaced_by", "silent_days"),
    )
    sa.Table(
        "till_contacts",
        found,
        _key("till_id"),
        *_texts("letter_at"),
        *_integers("letter_through"),
        *_texts("read_at"),
        *_integers("read_through"),
        *_texts("clock_at"),
        *(sa.Column(name, sa.BigInteger) for name in ("clock_least", "clock_most")),
    )
    sa.Table(
        "users",
        found,
        sa.Column("name", sa.Text, primary_key=True),
        *_texts("password", "role"),
        *_integers("failed"),
        *_texts("locked_until"),
        *_integers("must_change"),
        *_texts("created_at"),
    )


def _key(name: str) -> sa.Column[Any]:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, whole, primary_key=True, autoincrement=False)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _integers(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger, nullable=False) for name in names]
