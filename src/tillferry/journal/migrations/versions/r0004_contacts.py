"""What is known of each till's side: the last acknowledgement, whether it read one, its clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
    on_sqlite = op.get_context().dialect.name == "sqlite"
    whole = sa.Integer() if on_sqlite else sa.BigInteger()
    op.create_table(
        "till_contacts",
        sa.Column("till_id", whole, primary_key=True, autoincrement=False),
        sa.Column("letter_at", sa.Text(), nullable=False),
        sa.Column("letter_through", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.Text(), nullable=False),
        sa.Column("read_through", sa.BigInteger(), nullable=False),
        sa.Column("clock_at", sa.Text(), nullable=False),
        sa.Column("clock_least", sa.BigInteger(), nullable=True),
        sa.Column("clock_most", sa.BigInteger(), nullable=True),
    )
