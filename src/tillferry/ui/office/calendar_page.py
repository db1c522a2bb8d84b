"""The calendar of one till: day by day what is held, what waits, what is missing."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import pairwise
from typing import Final

from nicegui import ui

from tillferry.closing.office_seams import ExplainedHole
from tillferry.closing.ranges import Ranges
from tillferry.closing.seams import Item, Till
from tillferry.errors import TillferryError
from tillferry.journal.listing import DayHeld, days_held
from tillferry.office.completeness import till_status
from tillferry.office.decisions import explained_by_till
from tillferry.office.people import Right
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, heading, key, link, table, text
from tillferry.ui.office.words import Words
from tillferry.wiring import office_admin
from tillferry.wiring.office import Office, now

MONTHS: Final = 12
_STATES: Final = ("held", "missing", "incomplete", "conflict", "rejected", "closed")


@dataclass(frozen=True, slots=True)
class TillDays:
    """What the calendar shows of a till."""

    till: Till
    held: tuple[DayHeld, ...]
    waiting: tuple[Item, ...]
    missing: Ranges
    explained: tuple[ExplainedHole, ...]


async def show(page: Page) -> None:
    """The whole page; the till is in the address."""
    words = page.words
    typed = page.query.get("till", "")
    found = await page.room.read(lambda office: _days(office, int(typed) if typed.isdigit() else 0))
    if found is None:
        heading(words("page_calendar"), 1)
        text(words("page_tills_none"))
        link(words("page_back"), "/completeness")
        return
    label = found.till.customer_number or found.till.serial
    link(words("page_back_completeness"), "/completeness", "noprint")
    heading(f"{label} {found.till.name}", 1)
    states = day_states(found)
    with box("figures"):
        for state in _STATES:
            with box("figure"):
                count = sum(each == state for each, _ in states.values())
                ui.html(f"<b>{count}</b>", sanitize=False)
                text(words(f"page_day_{state}"), f"state {state}")
    for first, last in found.missing:
        _hole(page, found.till, first, last)
    with box("months").props('data-test="months"'):
        for year, month in _months(states):
            ui.html(_month(words, year, month, states), sanitize=False)
    if found.explained:
        heading(words("page_explained"))
        rows = [
            [f"Z {hole.first_z}–{hole.last_z}", hole.person, words.moment(hole.at), hole.reason]
            for hole in found.explained
        ]
        heads = ("holes", "person", "at", "reason")
        table([words(f"page_column_{name}") for name in heads], rows, test="explained")


def _days(office: Office, till_id: int) -> TillDays | None:
    till = next((each for each in office.journal.tills() if each.till_id == till_id), None)
    if till is None:
        return None
    explained = office_admin.records(office).explained()
    waiting = office.journal.items(waiting=True, till_id=till_id)
    never = explained_by_till(explained).get(till_id, ())
    status = till_status(office.journal, till, waiting, now().date(), never)
    return TillDays(
        till,
        days_held(office.journal, till_id),
        waiting,
        status.missing,
        tuple(hole for hole in explained if hole.till_id == till_id),
    )


def day_states(found: TillDays) -> Mapping[date, tuple[str, str]]:
    """State and words of each day from the first closing to the last.

    A missing Z number has no day of its own: the days between its neighbours are marked, or the
    day after it where there is none between.
    """
    states: dict[date, tuple[str, str]] = {}
    known: list[tuple[int, date]] = sorted(
        [(each.z_nr, each.business_day) for each in found.held]
        + [(i.z_nr, i.business_day) for i in found.waiting if i.z_nr and i.business_day]
    )
    for (z_nr, day), (next_z, next_day) in pairwise(known):
        gap = next_z - z_nr > 1 and any(z_nr < a and b < next_z for a, b in found.missing)
        missing = f"Z {z_nr + 1}" + (f"–{next_z - 1}" if next_z - z_nr > 2 else "")
        for place in range(1, (next_day - day).days):
            states[day + timedelta(place)] = ("missing", missing) if gap else ("closed", "")
        if gap and (next_day - day).days <= 1:
            states[next_day] = ("missing", missing)
    for held in found.held:
        if states.get(held.business_day, ("",))[0] != "missing":
            states[held.business_day] = ("held", f"Z {held.z_nr}")
    for item in found.waiting:
        if item.business_day is not None:
            name = "incomplete" if item.state == "unknown_till" else item.state.value
            states[item.business_day] = (name, f"Z {item.z_nr}")
    return states


def _months(states: Mapping[date, object]) -> Sequence[tuple[int, int]]:
    months = sorted({(day.year, day.month) for day in states}, reverse=True)
    return months[:MONTHS]


def _month(words: Words, year: int, month: int, states: Mapping[date, tuple[str, str]]) -> str:
    names = words("page_months").split()
    heads = "".join(f'<th scope="col">{name}</th>' for name in words("page_weekdays").split())
    rows = []
    for week in calendar.Calendar().monthdatescalendar(year, month):
        cells = []
        for day in week:
            state, said = states.get(day, ("", ""))
            if day.month != month:
                cells.append("<td></td>")
            elif not state:
                cells.append(f"<td>{day.day}</td>")
            else:
                told = f"{words.day(day)}: {words(f'page_day_{state}')} {said}".strip()
                shown = escape(told, quote=True)
                cells.append(
                    f'<td class="{state}" title="{shown}" aria-label="{shown}">{day.day}</td>'
                )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<table class="month"><caption>{names[month - 1]} {year}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _hole(page: Page, till: Till, first: int, last: int) -> None:
    words = page.words
    which = f"{first}" if first == last else f"{first}–{last}"
    with box("banner bad").props(f'data-test="hole-{first}"'):
        text(words("page_hole", which=which))
        if not page.may(Right.DECIDE):
            return

        async def explain() -> None:
            reason = await page.ask_reason(
                words("page_hole_explain"), words("page_hole_hint", which=which), words("page_save")
            )
            if reason is None:
                return
            if not reason.strip():
                raise TillferryError("reason_needed")
            await page.room.write(
                lambda office: office_admin.decisions(office, page.who).explain_hole(
                    till, first, last, reason
                )
            )
            page.go(f"/calendar?till={till.till_id}")

        run = page.on(explain, rights=(Right.DECIDE,))
        key(words("page_hole_explain"), run, look="small", test=f"explain-{first}")
