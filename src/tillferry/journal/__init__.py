"""Where closings are held for good: one journal for SQLite and PostgreSQL."""

from tillferry.journal.opening import open_journal

__all__ = ["open_journal"]
