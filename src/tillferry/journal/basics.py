"""What the journal's modules share. Nothing here is slow to import: SQLAlchemy and Alembic are."""

from __future__ import annotations

from typing import Final, Literal

DialectName = Literal["sqlite", "postgresql"]

SCHEMA_VERSION: Final = "0005"
"""The newest revision in ``migrations/versions``."""

GOOD: Final = "('imported', 'already_present')"
WAITING: Final = f"settled = 0 AND state NOT IN {GOOD}"
"""Which items wait, as SQL: the condition of the partial indexes, word for word."""
