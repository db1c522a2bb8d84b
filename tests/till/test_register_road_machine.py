"""A register on a road with bad luck: whatever happens, nothing acknowledged is missing."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.e2e.world import World
from tests.till.register.helpers import BEN, key
from tests.till.shops import Shop, held, make_shop, stick
from tillferry.closing.digest import Digests
from tillferry.wiring.register import handover

STICKS = ("a", "b")


class Road(RuleBasedStateMachine):
    """One till, two sticks, one head office."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.world = World(self.folder)
        self.shop: Shop = make_shop(self.world.till(1), self.world.enrolment(1))
        self.days: dict[int, tuple[str, Digests]] = {}

    @rule(crash=st.booleans(), works=st.booleans())
    def close_a_day(self, crash: bool, works: bool) -> None:
        """With a crash the outbox does not hear of it."""
        if works:
            self.shop.work(2)
        self.shop.sell()
        with self.shop.opened() as opened:
            days = opened.register.days
            closed = days.close(key(), BEN) if crash else opened.close_day(BEN)
            assert closed is not None and closed.z_nr == len(self.days) + 1
            self.days[closed.z_nr] = (closed.business_day, days.digests(closed.z_nr))
        self.shop.clock.turn(days=1)

    @rule(name=st.sampled_from(STICKS), with_backup=st.booleans())
    def plug_in_at_the_till(self, name: str, with_backup: bool) -> None:
        with self.shop.opened() as opened:
            done = handover(opened, stick(self.folder, name), with_backup=with_backup)
        assert done.error is None

    @rule(name=st.sampled_from(STICKS))
    def bring_to_head_office(self, name: str) -> None:
        self.world.bring(stick(self.folder, name).root)

    @rule(name=st.sampled_from(STICKS))
    def lose_the_stick(self, name: str) -> None:
        shutil.rmtree(stick(self.folder, name).root)

    @precondition(lambda self: self.days)
    @rule(data=st.data(), with_time=st.booleans())
    def ask_for_a_day_again(self, data: st.DataObject, with_time: bool) -> None:
        day, _ = data.draw(st.sampled_from(list(self.days.values())))
        with self.shop.opened() as opened:
            opened.resend(BEN, day.replace("-", ""), with_time=with_time)

    @invariant()
    def what_is_acknowledged_is_held(self) -> None:
        with self.shop.opened() as opened:
            waiting = {entry.z_nr for entry in opened.standing().waiting if not entry.asked_again}
            asked = {entry.z_nr for entry in opened.standing().waiting if entry.asked_again}
        there = held(self.world, "1001")
        assert self.days.keys() - waiting - asked <= there.keys()
        for z_nr, one in there.items():
            digests = self.days[z_nr][1]
            assert all(digests[part] == value for part, value in one.digests.items())

    def teardown(self) -> None:
        try:
            for _ in range(2):
                self.plug_in_at_the_till("a", False)
                self.bring_to_head_office("a")
            self.plug_in_at_the_till("a", False)
            with self.shop.opened() as opened:
                assert opened.standing().waiting == ()
            assert held(self.world, "1001").keys() == self.days.keys()
        finally:
            shutil.rmtree(self.folder)


TestRoad = Road.TestCase
TestRoad.settings = settings(
    max_examples=8,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
