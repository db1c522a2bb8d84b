from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.till.register.helpers import Clock, demo_register
from tillferry.till.register.register import Register


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def register(tmp_path: Path, clock: Clock) -> Iterator[Register]:
    with demo_register(tmp_path / "till", clock) as register:
        yield register
