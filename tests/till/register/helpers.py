"""A bar's till with a clock that tests turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher

from tillferry.closing.checks import check
from tillferry.closing.model import ClosingBatch
from tillferry.till.register.demo import demo_setup
from tillferry.till.register.receipt import ArticleLine, Cash, Sale
from tillferry.till.register.register import Register

QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
BERLIN = ZoneInfo("Europe/Berlin")
ANNA, BEN, CHRIS = "1", "2", "3"

_keys = count(1)


class Clock:
    """Stands still until it is turned."""

    def __init__(self, text: str = "2026-06-01T10:00") -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=BERLIN)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now = (self.now.astimezone(ZoneInfo("UTC")) + timedelta(**by)).astimezone(BERLIN)

    def set(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def key() -> str:
    """An id that no booking of this test run has."""
    return f"test-{next(_keys)}"


def open_register(home: Path, clock: Clock) -> Register:
    return Register.open(home, clock, QUICK_HASHER)


@contextmanager
def demo_register(home: Path, clock: Clock) -> Iterator[Register]:
    """A till with the demo bar's articles and people."""
    with open_register(home, clock) as register:
        demo_setup(register)
        yield register


def sale(*articles: str, given: int = 100_000, table: str = "", training: bool = False) -> Sale:
    """One piece of each article without deposit, paid in cash."""
    lines = tuple(ArticleLine(number, with_deposit=False) for number in articles)
    return Sale(lines, (Cash(given),), table=table, training=training)


def column(batch: ClosingBatch, table: str, name: str) -> list[object]:
    found: list[object] = batch.table(table).column(name).to_pylist()
    return found


def remarks(batch: ClosingBatch) -> set[str]:
    """What the checks say of a closing, but for the TSE that the demo bar does not have."""
    (found,) = check(batch)
    return {one.code for one in found if (one.code, one.file) != ("table_absent", "tse.csv")}
