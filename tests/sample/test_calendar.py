"""The sample's own summer-time rule agrees with the time zone database."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tillferry.closing.times import parse_instant
from tillferry.sample.calendar import business_day, local_text, utc_text

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = int(datetime(2026, 1, 1, tzinfo=BERLIN).timestamp())


@settings(max_examples=200)
@given(st.integers(FIRST, FIRST + 3 * 366 * 86_400))
def test_local_time_is_german_time(seconds: int) -> None:
    assert local_text(seconds) == datetime.fromtimestamp(seconds, BERLIN).isoformat()
    assert parse_instant(utc_text(seconds)).timestamp() == seconds


def test_days_follow_each_other_for_two_years() -> None:
    for till in (1, 20):
        days = [business_day(till, number) for number in range(1, 731)]
        for day, following in pairwise(days):
            assert day.opens < day.closes < day.created < following.opens
            assert local_text(day.opens)[11:19] == "10:00:00"
