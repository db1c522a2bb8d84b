from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.till.chain import Chain, make_chain


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    made = make_chain(tmp_path)
    yield made
    made.outbox.close()
