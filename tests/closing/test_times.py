from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tillferry.closing.times import NULL, instant_micros, micros_since_1970, parse_instant

NEW_YEAR = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z"""


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.000Z",
        "2026-01-01t00:00:00z",
        "2026-01-01T01:00:00+01:00",
        "2026-01-01T01:00:00+0100",
        "2026-01-01T01:00+01",
        "2025-12-31T23:30:00.000000-00:30",
        "2026-01-01T00:00:00.0000009Z",
    ],
)
def test_one_instant_is_read_alike_however_it_is_written(written: str) -> None:
    assert micros_since_1970(parse_instant(written)) == NEW_YEAR
    assert instant_micros(pa.array([written])).tolist() == [NEW_YEAR]
    # A text beside it that only the slow way can read changes nothing.
    beside = pa.chunked_array([[written], ["2026-01-01t00:00:01z", None]])
    assert instant_micros(beside).tolist() == [NEW_YEAR, NEW_YEAR + 1_000_000, NULL]


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-01T00:00:00",
        "2026-01-01",
        "2026-02-30T00:00:00Z",
        "2026-01-01T25:00:00Z",
        "today",
        "2026-01-01T00:00:00+25:00",
    ],
)
def test_anything_else_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        parse_instant(written)
    with pytest.raises(ValueError):
        instant_micros(pa.array(["2026-01-01T00:00:00Z", written]))


def test_a_time_before_the_first_year_in_utc_is_refused_as_a_value_error() -> None:
    with pytest.raises(ValueError):
        parse_instant("0001-01-01T00:00:00+14:00")


def test_nothing_and_an_empty_text_are_no_time() -> None:
    assert instant_micros(pa.array([None, "", "2026-01-01T00:00:00Z"])).tolist() == [
        NULL,
        NULL,
        NEW_YEAR,
    ]
    assert instant_micros(pa.array([None], type=pa.string())).tolist() == [NULL]


@settings(max_examples=60)
@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)),
    st.integers(-14 * 60, 14 * 60),
)
def test_micros_are_exact(moment: datetime, offset_minutes: int) -> None:
    zone = timezone(timedelta(minutes=offset_minutes))
    written = moment.replace(tzinfo=UTC).astimezone(zone).isoformat()
    expected = (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    assert instant_micros(pa.array([written])).tolist() == [expected]
    assert micros_since_1970(parse_instant(written)) == expected
