"""Days that are to be sent again."""

from __future__ import annotations

import pytest

from tests.till.register.helpers import ANNA, BEN, Clock, key, sale
from tillferry.errors import TillferryError
from tillferry.till.register.register import Register


def closed_day(register: Register) -> None:
    register.sales.sell(key(), ANNA, sale("3001"))
    register.days.close(key(), BEN)


def test_a_day_closed_twice_is_sent_twice(register: Register) -> None:
    closed_day(register)
    closed_day(register)
    asked = register.resend.request(BEN, "20260601", with_time=True)
    assert [(entry.z_nr, entry.with_time) for entry in asked] == [(1, True), (2, True)]
    assert register.resend_requests() == asked


def test_the_latest_word_on_working_times_counts(register: Register) -> None:
    closed_day(register)
    register.resend.request(BEN, "20260601", with_time=True)
    register.resend.request(BEN, " 20260601 ", with_time=False)
    assert [entry.with_time for entry in register.resend_requests()] == [False]


def test_what_was_sent_is_done(register: Register, clock: Clock) -> None:
    closed_day(register)
    clock.turn(days=1)
    closed_day(register)
    first = register.resend.request(BEN, "20260601", with_time=True)
    second = register.resend.request(BEN, "20260602", with_time=True)
    register.resend.done(tuple(entry.request_id for entry in first))
    assert register.resend_requests() == second


@pytest.mark.parametrize(
    "text", ["", "2026-06-01", "20260631", "hallo", "1", "२०२६०६०१", "99999999", "0000 101"]
)
def test_nonsense(register: Register, text: str) -> None:
    with pytest.raises(TillferryError, match="resend_day_wrong"):
        register.resend.request(BEN, text, with_time=True)


def test_days_that_cannot_be_sent(register: Register) -> None:
    with pytest.raises(TillferryError, match="resend_day_unknown"):
        register.resend.find("20260601")
    register.sales.sell(key(), ANNA, sale("3001"))
    with pytest.raises(TillferryError, match="resend_day_open"):
        register.resend.find("20260601")
    with pytest.raises(TillferryError, match="role_missing"):
        register.resend.request(ANNA, "20260601", with_time=True)
    assert register.resend_requests() == ()
