"""What the page remembers and reminds of, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.world import World
from tests.till.register.helpers import QUICK_HASHER, Clock, key, sale
from tillferry.errors import TillferryError
from tillferry.till.register.values import Role
from tillferry.ui.till import first
from tillferry.ui.till.desk import Desk
from tillferry.wiring.register import OpenRegister, opened_register
from tillferry.wiring.setting_up import set_up

CHIEF = "3"


@pytest.fixture
def clock() -> Clock:
    """A time to turn."""
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Iterator[OpenRegister]:
    """A till with a head office."""
    world = World(tmp_path / "chain")
    set_up(world.till(1), world.enrolment(1), demo=True)
    with opened_register(world.till(1), clock, QUICK_HASHER) as made:
        yield made


def test_a_day_that_the_clock_closed_waits_for_the_stick_too(
    opened: OpenRegister, clock: Clock
) -> None:
    desk = Desk(opened, ())
    opened.register.sales.sell(key(), CHIEF, sale("1006"))
    assert desk.outlook().put_off == ""
    clock.turn(days=1)
    outlook = desk.outlook()
    assert outlook.put_off and len(outlook.standing.waiting) == 1
    desk.put_off(False)
    assert desk.outlook().put_off == ""


def test_open_orders_of_yesterday_are_named(opened: OpenRegister, clock: Clock) -> None:
    desk = Desk(opened, ())
    opened.register.sales.order(key(), CHIEF, sale("1006", table="7", given=0))
    day = opened.register.open_day()
    clock.turn(days=1)
    assert day is not None and desk.outlook().overdue_day == day.business_day


def test_without_the_handover_nobody_is_asked(opened: OpenRegister, clock: Clock) -> None:
    desk = Desk(opened, ())
    assert desk.hands_over
    opened.register.masters.change(CHIEF, save_for_office=False)
    assert not desk.hands_over
    opened.register.sales.sell(key(), CHIEF, sale("1006"))
    clock.turn(days=1)
    assert desk.outlook().put_off == ""


def test_the_folder_of_the_sticks(opened: OpenRegister, tmp_path: Path) -> None:
    desk = Desk(opened, ())
    assert desk.media == ()
    with pytest.raises(TillferryError) as refused:
        desk.name_media(CHIEF, str(tmp_path / "nowhere"))
    assert refused.value.code == "desk_media_wrong"
    with pytest.raises(TillferryError) as refused:
        desk.name_media("1", str(tmp_path))
    assert refused.value.params["role"] == Role.SETTINGS
    desk.name_media(CHIEF, str(tmp_path))
    assert Desk(opened, ()).media == (tmp_path,)
    assert opened.register.audit()[-1].data == {"media": {"before": "", "after": str(tmp_path)}}
    # What was given at the start goes before.
    assert Desk(opened, (tmp_path / "given",)).media == (tmp_path / "given",)


def test_a_new_till_needs_what_every_closing_says(tmp_path: Path, clock: Clock) -> None:
    set_up(tmp_path / "new", serial="K-1")
    typed = dict.fromkeys(first.FIELDS, "") | {"company_name": "Strandgut", "serial": "K-1"}
    with opened_register(tmp_path / "new", clock, QUICK_HASHER) as made:
        register = made.register
        with pytest.raises(TillferryError) as refused:
            first.set_up(register, typed, "Kim", "1234")
        assert refused.value.code == "till_not_set_up"
        with pytest.raises(TillferryError) as refused:
            first.set_up(register, {**typed, "stnr": "21/815/08150"}, "Kim", "12")
        assert refused.value.code == "pin_too_short"
        # Nothing is left of what failed.
        assert register.masters.settings().company.name == "" and register.people.all() == ()
        first.set_up(register, {**typed, "stnr": "21/815/08150"}, "Kim", "1234")
        assert register.people.sign_in("1", "1234").roles == frozenset(Role)
        register.sales.opening_float(key(), "1", 10_000)
        assert register.open_day() is not None


def test_the_language_is_remembered(opened: OpenRegister, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLFERRY_LANG", "de_DE.UTF-8")
    assert Desk(opened, ()).language == "de"
    assert Desk(opened, (), "en").language == "en"
    Desk(opened, ()).choose_language("de")
    assert Desk(opened, (), "en").language == "de"
