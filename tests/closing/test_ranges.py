from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillferry.closing.ranges import (
    contains,
    count,
    format_ranges,
    from_ranges,
    holes,
    minus,
    to_ranges,
)

NUMBERS = st.sets(st.integers(1, 60))


def test_examples() -> None:
    assert to_ranges([7, 3, 1, 2, 2]) == ((1, 3), (7, 7))
    assert to_ranges([]) == ()
    assert holes([1, 2, 3, 7]) == ((4, 6),)
    assert holes([]) == ()
    assert holes([], first=1) == ()
    assert holes([3, 4], first=1) == ((1, 2),)
    assert holes([1, 3, 9], first=9) == ()
    assert format_ranges(((1, 3), (7, 7))) == "1-3, 7"
    assert format_ranges(()) == ""


@given(NUMBERS)
def test_ranges_hold_exactly_the_numbers(numbers: set[int]) -> None:
    ranges = to_ranges(numbers)
    assert list(from_ranges(ranges)) == sorted(numbers)
    assert count(ranges) == len(numbers)
    assert {number for number in range(62) if contains(ranges, number)} == numbers
    assert all(before[1] + 1 < after[0] for before, after in pairwise(ranges))


@given(NUMBERS, st.none() | st.integers(1, 60))
def test_holes_are_what_lacks_between_first_and_highest(
    numbers: set[int], first: int | None
) -> None:
    held = {number for number in numbers if first is None or number >= first}
    low = min(held, default=1) if first is None else first
    expected = set(range(low, max(held) + 1)) - held if held else set()
    assert holes(numbers, first) == to_ranges(expected)


def test_a_long_range_is_never_spread_out() -> None:
    missing = holes([1, 10**15])
    assert missing == ((2, 10**15 - 1),)
    assert count(missing) == 10**15 - 2
    assert next(iter(from_ranges(missing))) == 2
    assert contains(missing, 10**14)


@pytest.mark.parametrize("number", [0, 4, 8])
def test_numbers_beside_a_range_are_not_in_it(number: int) -> None:
    assert not contains(((1, 3), (7, 7)), number)


@given(st.sets(st.integers(1, 40)), st.lists(st.tuples(st.integers(1, 40), st.integers(0, 9))))
def test_minus_takes_away_exactly_these_numbers(
    numbers: set[int], lengths: list[tuple[int, int]]
) -> None:
    taken = [(first, first + length) for first, length in lengths]
    left = minus(to_ranges(numbers), taken)
    assert left == to_ranges(numbers - set(from_ranges(taken)))
