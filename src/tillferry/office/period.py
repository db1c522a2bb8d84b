"""Which closings somebody asks for: business days of some tills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tillferry.closing.seams import HeldClosing, Journal, Till
from tillferry.errors import TillferryError


@dataclass(frozen=True, slots=True)
class Period:
    """Business days from ``first`` to ``last``, both included. Raises ``period_reversed``."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise TillferryError("period_reversed", first=self.first, last=self.last)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def find_till(journal: Journal, name: str) -> Till:
    """The till with this serial number or customer number. Raises ``till_not_found``."""
    for till in journal.tills():
        if name in (till.serial, till.customer_number) and name:
            return till
    raise TillferryError("till_not_found", till=name)


def chosen_tills(journal: Journal, names: Sequence[str] = ()) -> tuple[Till, ...]:
    """The tills with these serial or customer numbers, by ``till_id``; without names all.

    Raises ``till_not_found``.
    """
    if not names:
        return journal.tills()
    found = {till.till_id: till for till in (find_till(journal, name) for name in names)}
    return tuple(found[till_id] for till_id in sorted(found))


def held_in(
    journal: Journal, period: Period, tills: Sequence[Till]
) -> Mapping[Till, tuple[HeldClosing, ...]]:
    """The held closings of a period by till, in the order of Z numbers; tills without are left out.

    Raises ``nothing_in_period`` where there is none at all.
    """
    found: dict[Till, tuple[HeldClosing, ...]] = {}
    for till in tills:
        held = journal.held(till.till_id)
        closings = tuple(held[z_nr] for z_nr in sorted(held) if held[z_nr].business_day in period)
        if closings:
            found[till] = closings
    if not found:
        raise TillferryError("nothing_in_period", first=period.first, last=period.last)
    return found
