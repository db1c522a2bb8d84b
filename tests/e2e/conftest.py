"""Chains and sticks for the tests of the whole road."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.carriers.exfat import stick
from tests.e2e.world import World

__all__ = ["stick"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A head office on SQLite."""
    return World(tmp_path / "chain")


@pytest.fixture(params=["sqlite", "postgresql"])
def any_world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """A head office on SQLite, and one on PostgreSQL."""
    if request.param == "sqlite":
        return World(tmp_path / "chain")
    return World(tmp_path / "chain", request.getfixturevalue("postgres_url"))
