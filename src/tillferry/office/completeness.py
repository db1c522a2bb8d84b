"""What is held of each till, what is missing, how long it has been silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from tillferry.closing.ranges import Ranges, holes, minus
from tillferry.closing.seams import Item, Journal, Till


@dataclass(frozen=True, slots=True)
class TillStatus:
    """The standing of one till.

    ``missing`` are the Z numbers between the lowest and the highest that were held or delivered;
    ``waiting`` the items that wait aside. ``days_silent`` counts days since the last delivery and
    is ``None`` where nothing ever came, as is ``last_z_nr`` 0.
    """

    till: Till
    closings: int
    first_z_nr: int
    last_z_nr: int
    last_business_day: date | None
    missing: Ranges
    waiting: tuple[Item, ...]
    last_delivery: str
    days_silent: int | None


@dataclass(frozen=True, slots=True)
class OfficeStatus:
    """All tills, and what waits of tills that nobody knows."""

    tills: tuple[TillStatus, ...]
    unknown: tuple[Item, ...]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing and nothing waits."""
        return not self.unknown and all(
            not status.missing and not status.waiting for status in self.tills
        )


def office_status(
    journal: Journal, today: date, explained: Mapping[int, Ranges] | None = None
) -> OfficeStatus:
    """The standing of every till on ``today``.

    ``explained`` are Z numbers by ``till_id`` that will never come, as a person said.
    """
    never = explained or {}
    waiting: dict[int, list[Item]] = defaultdict(list)
    for item in journal.items(waiting=True):
        waiting[item.till_id].append(item)
    statuses = tuple(
        till_status(
            journal, till, waiting.get(till.till_id, ()), today, never.get(till.till_id, ())
        )
        for till in journal.tills()
    )
    return OfficeStatus(statuses, tuple(waiting.get(0, ())))


def till_status(
    journal: Journal,
    till: Till,
    waiting: Iterable[Item],
    today: date,
    explained: Ranges = (),
) -> TillStatus:
    """The standing of one till.

    A closing that waits aside is not missing: it was delivered. Nor is an explained one.
    """
    held = journal.held(till.till_id)
    aside = tuple(waiting)
    seen = set(held) | {item.z_nr for item in aside if item.z_nr}
    last = held[max(held)] if held else None
    deliveries = journal.deliveries(till.till_id)
    received = [delivery.received_at for delivery in deliveries]
    hashes = {closing.delivery for closing in held.values()}
    if not received:
        received = [
            delivery.received_at for delivery in journal.known_deliveries(list(hashes)).values()
        ]
    latest = max(received, key=datetime.fromisoformat, default="")
    silent = (today - datetime.fromisoformat(latest).date()).days if latest else None
    return TillStatus(
        till,
        len(held),
        min(held, default=0),
        max(held, default=0),
        last.business_day if last else None,
        minus(holes(seen), explained),
        aside,
        latest,
        silent,
    )
