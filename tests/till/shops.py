"""Tills with their own register on a head office of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.world import World
from tests.till.register.helpers import ANNA, BEN, QUICK_HASHER, Clock, demo_register, key, sale
from tillferry.carriers.folder import FolderCarrier
from tillferry.closing.seams import HeldClosing
from tillferry.till.register.dayclose import Closed
from tillferry.wiring.register import OpenRegister, opened_register
from tillferry.wiring.setting_up import set_up

PIN = "1111"


@dataclass
class Shop:
    """A demo bar's till in a folder, with a clock that the tests turn."""

    home: Path
    clock: Clock = field(default_factory=Clock)

    @contextmanager
    def opened(self) -> Iterator[OpenRegister]:
        with opened_register(self.home, self.clock, QUICK_HASHER) as opened:
            yield opened

    def sell(self, article: str = "3001") -> None:
        with self.opened() as opened:
            opened.register.sales.sell(key(), ANNA, sale(article))

    def work(self, hours: float = 4) -> None:
        """Anna works so long."""
        with self.opened() as opened:
            opened.register.time.clock_in(ANNA, PIN, "Theke")
            self.clock.turn(hours=hours)
            opened.register.time.clock_out(ANNA, PIN)

    def close(self) -> Closed:
        with self.opened() as opened:
            closed = opened.close_day(BEN)
        assert closed is not None
        return closed

    def day(self) -> int:
        """Sell, close, sleep; gives the Z number."""
        self.sell()
        z_nr = self.close().z_nr
        self.clock.turn(days=1)
        return z_nr


def make_shop(home: Path, enrolment: Path | None = None) -> Shop:
    """A demo bar, with a head office where there is an enrolment."""
    set_up(home, enrolment)
    shop = Shop(home)
    with demo_register(home, shop.clock):
        pass
    return shop


def stick(folder: Path, name: str = "stick") -> FolderCarrier:
    """A folder that stands for a stick."""
    path = folder / name
    path.mkdir(exist_ok=True)
    return FolderCarrier(path)


def waiting(shop: Shop) -> list[int]:
    """The days that are on the way."""
    with shop.opened() as opened:
        return [entry.z_nr for entry in opened.standing().waiting]


def held(world: World, number: str) -> dict[int, HeldClosing]:
    """What head office holds of a till."""
    with world.opened() as opened:
        (found,) = [one for one in opened.journal.tills() if one.customer_number == number]
        return dict(opened.journal.held(found.till_id))
