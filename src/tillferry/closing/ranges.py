"""Z numbers as ranges: which closings are held, and which are missing between them.

Ranges are pairs (first, last), both included, ascending, with at least one number between two
neighbours: ``((1, 3), (7, 7))`` are 1, 2, 3 and 7.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

Range = tuple[int, int]
Ranges = tuple[Range, ...]


def to_ranges(numbers: Iterable[int]) -> Ranges:
    """The ranges that hold exactly ``numbers``, which may come in any order and repeat."""
    ranges: list[Range] = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] + 1 == number:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return tuple(ranges)


def from_ranges(ranges: Iterable[Range]) -> Iterator[int]:
    """The numbers in ``ranges``, one by one: a range from a stranger may be long."""
    for first, last in ranges:
        yield from range(first, last + 1)


def holes(numbers: Iterable[int], first: int | None = None) -> Ranges:
    """What is missing between the lowest and the highest of ``numbers``.

    With ``first`` the numbers should begin there: what is missing before the lowest counts too,
    and numbers below ``first`` do not. No numbers have no holes.
    """
    held = to_ranges(number for number in numbers if first is None or number >= first)
    missing: list[Range] = []
    if held and first is not None and first < held[0][0]:
        missing.append((first, held[0][0] - 1))
    for before, after in pairwise(held):
        missing.append((before[1] + 1, after[0] - 1))
    return tuple(missing)


def minus(ranges: Iterable[Range], taken: Iterable[Range]) -> Ranges:
    """What ``ranges`` hold and ``taken`` do not; neither is ever counted through."""
    left = list(ranges)
    for first, last in taken:
        rest: list[Range] = []
        for start, end in left:
            if last < start or end < first:
                rest.append((start, end))
                continue
            if start < first:
                rest.append((start, first - 1))
            if last < end:
                rest.append((last + 1, end))
        left = rest
    return tuple(left)


def contains(ranges: Sequence[Range], number: int) -> bool:
    """Whether one of ``ranges`` holds ``number``."""
    index = bisect_right(ranges, number, key=lambda found: found[0]) - 1
    return index >= 0 and number <= ranges[index][1]


def count(ranges: Iterable[Range]) -> int:
    """How many numbers ``ranges`` hold."""
    return sum(last - first + 1 for first, last in ranges)


def format_ranges(ranges: Iterable[Range]) -> str:
    """Ranges for people: ``1-3, 7``; an empty text where there are none."""
    return ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in ranges)
