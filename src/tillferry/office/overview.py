"""All tills at a glance, for many tills at once: what is held, missing, waiting, silent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from tillferry.closing.office_seams import OfficeRecords, TillDetails, TillFigures
from tillferry.closing.ranges import Ranges, minus, to_ranges
from tillferry.closing.seams import Item, ItemState, Journal, Till, TillState
from tillferry.office.decisions import explained_by_till

SILENT_DAYS: Final = 7
"""After so many days without a delivery a till without a rule of its own is overdue."""


@dataclass(frozen=True, slots=True)
class TillOverview:
    """One till. ``figures`` and ``days_silent`` are ``None`` before anything of it is held.

    ``missing`` leaves out what waits and what a person explained. ``overdue``: silent longer than
    its rule, and in use.
    """

    till: Till
    details: TillDetails
    outlet: str
    figures: TillFigures | None
    missing: Ranges
    waiting: Mapping[ItemState, int]
    days_silent: int | None
    overdue: bool


def overview(
    journal: Journal, records: OfficeRecords, today: date, silent_days: int = SILENT_DAYS
) -> tuple[TillOverview, ...]:
    """Every till, by ``till_id``, in a handful of statements however many there are."""
    figures, details = records.till_figures(), records.till_details()
    outlets = {outlet.outlet_id: outlet.name for outlet in records.outlets()}
    explained = explained_by_till(records.explained())
    waiting: dict[int, list[Item]] = defaultdict(list)
    for item in journal.items(waiting=True):
        waiting[item.till_id].append(item)
    found: list[TillOverview] = []
    for till in journal.tills():
        of, aside = figures.get(till.till_id), waiting.get(till.till_id, [])
        kept = details.get(till.till_id, TillDetails(till.till_id))
        silent = _days_silent(of, today)
        in_use = till.state in (TillState.ENROLLED, TillState.ACTIVE)
        found.append(
            TillOverview(
                till,
                kept,
                outlets.get(kept.outlet_id, ""),
                of,
                _missing(of, aside, explained.get(till.till_id, ())),
                Counter(item.state for item in aside),
                silent,
                in_use and silent is not None and silent > (kept.silent_days or silent_days),
            )
        )
    return tuple(found)


def _days_silent(figures: TillFigures | None, today: date) -> int | None:
    if figures is None or not figures.last_delivery:
        return None
    return (today - datetime.fromisoformat(figures.last_delivery).date()).days


def _missing(figures: TillFigures | None, aside: list[Item], explained: Ranges) -> Ranges:
    """Holes among what is held or waits; a waiting closing may lie beyond what is held."""
    if figures is None:
        return ()
    waiting = to_ranges(item.z_nr for item in aside if item.z_nr)
    missing = figures.missing
    if waiting and waiting[-1][1] > figures.last_z + 1:
        missing = (*missing, (figures.last_z + 1, waiting[-1][1] - 1))
    return minus(missing, (*waiting, *explained))
