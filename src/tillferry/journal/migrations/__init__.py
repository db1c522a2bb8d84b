"""Alembic's scripts; ``journal.upgrade`` runs them."""
