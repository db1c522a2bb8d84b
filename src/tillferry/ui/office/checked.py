"""What the bookkeeper's checks found, kept while head office runs, for whoever looks next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tillferry.closing.seams import HeldClosing, Progress
from tillferry.office.bookkeeping import BookCheck, BookFinding
from tillferry.office.period import Period, chosen_tills, held_in
from tillferry.office.targets import Stop
from tillferry.wiring import bookkeeping
from tillferry.wiring.office import Office, now

Key = tuple[int, int]
"""Till and Z number."""

_MOST: Final = 200_000
"""More closings are not kept: then the newest check stands alone."""


@dataclass(frozen=True, slots=True)
class CheckedState:
    """A closing that was checked at ``at``, with what did not meet."""

    at: datetime
    digests: frozenset[tuple[str, str]]
    findings: tuple[BookFinding, ...]


class CheckedBooks:
    """The state of closings by the checks. A closing that has become another is not checked."""

    def __init__(self) -> None:
        self._states: dict[Key, CheckedState] = {}

    def keep(self, held: Sequence[HeldClosing], found: BookCheck) -> None:
        """Keep a check of ``held``, which are in the order in which they were looked at."""
        if len(self._states) > _MOST:
            self._states.clear()
        told = {(each.till.till_id, each.z_nr): each.findings for each in found.found}
        at = now()
        for each in held[: found.closings]:
            key = each.till_id, each.z_nr
            self._states[key] = CheckedState(at, _digests(each), told.get(key, ()))

    def states(self, held: Mapping[Key, HeldClosing]) -> dict[Key, CheckedState]:
        """The states of those that were checked as they are held now."""
        return {
            key: state
            for key, closing in held.items()
            if (state := self._states.get(key)) and state.digests == _digests(closing)
        }

    def bad(self) -> frozenset[Key]:
        """The closings in which something did not meet."""
        # Worker threads ask, while the page that checked may be adding more.
        states = list(self._states.items())
        return frozenset(key for key, state in states if state.findings)


def check(
    office: Office, period: Period, tills: Sequence[str], progress: Progress, stop: Stop
) -> tuple[tuple[HeldClosing, ...], BookCheck]:
    """Check the closings of a period, and say which these are.

    Raises ``nothing_in_period`` and ``till_not_found``.
    """
    chosen = chosen_tills(office.journal, tills)
    held = held_in(office.journal, period, chosen)
    found = bookkeeping.book_check(office, period, tills, progress=progress, stop=stop)
    return tuple(each for of in held.values() for each in of), found


def _digests(closing: HeldClosing) -> frozenset[tuple[str, str]]:
    return frozenset((str(part), digest) for part, digest in closing.digests.items())
