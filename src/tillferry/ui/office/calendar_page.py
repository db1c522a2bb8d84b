"""The calendar of one till: day by day what is held, what waits, what is missing."""

from __future__ import annotations

import calendar as weeks
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Final

from nicegui import ui

from tillferry.closing.office_seams import ExplainedHole
from tillferry.closing.ranges import Ranges, format_ranges, minus, to_ranges
from tillferry.closing.seams import Item, Till, TillState
from tillferry.errors import TillferryError
from tillferry.journal.listing import DayHeld, days_held
from tillferry.office.calendar import CalendarDay, DayState, calendar
from tillferry.office.completeness import till_status
from tillferry.office.decisions import explained_by_till
from tillferry.office.on_the_way import Coming, bundles_that_never_came, coming
from tillferry.office.people import Right
from tillferry.office.two_systems import TwoSystems, items_by_number
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, heading, key, link, table, text
from tillferry.ui.office.two_systems_card import show_two
from tillferry.ui.office.words import Words
from tillferry.wiring import office_admin
from tillferry.wiring.office import Office, now

MONTHS: Final = 12
_RANGES: Final = 5
_SHOWN: Final = (
    DayState.HELD,
    DayState.ON_THE_WAY,
    DayState.MISSING,
    DayState.INCOMPLETE,
    DayState.CONFLICT,
    DayState.REJECTED,
    DayState.CLOSED,
)
Days = Mapping[date, CalendarDay]


@dataclass(frozen=True, slots=True)
class TillDays:
    """What the page shows of a till."""

    till: Till
    days: Days
    missing: Ranges
    coming: Coming
    never_came: Ranges
    explained: tuple[ExplainedHole, ...]
    two: TwoSystems | None


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
    if found.two is not None:
        show_two(page, found.two, here=True)
    counts = Counter(day.state for day in found.days.values())
    with box("figures"):
        for state in _SHOWN:
            with box("figure"):
                ui.html(f"<b>{counts[state]}</b>", sanitize=False)
                text(words(f"page_day_{state}"), f"state {state}")
    _on_the_way(page, found)
    for first, last in found.missing:
        _hole(page, found.till, first, last)
    with box("months").props('data-test="months"'):
        for year, month in _months(found.days):
            ui.html(_month(words, year, month, found.days), sanitize=False)
    if found.explained:
        heading(words("page_explained"))
        rows = [
            [f"Z {hole.first_z}–{hole.last_z}", hole.person, words.moment(hole.at), hole.reason]
            for hole in found.explained
        ]
        heads = ("holes", "person", "at", "reason")
        table([words(f"page_column_{name}") for name in heads], rows, test="explained")


def _on_the_way(page: Page, found: TillDays) -> None:
    """What lies in the inbox, and which bundles never came where days are missing."""
    words = page.words
    for code, count in (
        ("page_inbox_unread", found.coming.unread),
        ("page_inbox_foreign", found.coming.foreign),
    ):
        if count:
            with box("banner").props(f'data-test="{code}"'):
                text(words(code, count=words.number(count)))
    if found.never_came and found.missing:
        which = format_ranges(found.never_came[:_RANGES])
        with box("banner").props('data-test="never-came"'):
            text(words("page_never_came", which=which))


def _days(office: Office, till_id: int) -> TillDays | None:
    till = next((each for each in office.journal.tills() if each.till_id == till_id), None)
    if till is None:
        return None
    today = now().date()
    explained = office_admin.records(office).explained()
    waiting = office.journal.items(waiting=True, till_id=till_id)
    never = explained_by_till(explained).get(till_id, ())
    held = days_held(office.journal, till_id)
    on_the_way = coming(office.home, office.keys, till)
    arriving = {closing.z_nr for closing in on_the_way.closings}
    status = till_status(office.journal, till, waiting, today, never)
    return TillDays(
        till,
        _calendar(till, held, waiting, never, on_the_way, today),
        minus(status.missing, to_ranges(arriving)),
        on_the_way,
        bundles_that_never_came(till, office.journal.deliveries(till_id)),
        tuple(hole for hole in explained if hole.till_id == till_id),
        _two(office, till),
    )


def _two(office: Office, till: Till) -> TwoSystems | None:
    """The other system that uses the till's number, if there is one."""
    # What a foreign key signed belongs to no till.
    number = till.customer_number
    items = items_by_number(office.journal.items(waiting=True)).get(number)
    return office_admin.systems_under(office, number, items) if number and items else None


def _calendar(
    till: Till,
    held: Sequence[DayHeld],
    waiting: Sequence[Item],
    never: Ranges,
    on_the_way: Coming,
    today: date,
) -> Days:
    """The days from the first closing to today, or to the last closing of a retired till."""
    seen = [closing.business_day for closing in held]
    seen += [closing.business_day for closing in on_the_way.closings]
    seen += [item.business_day for item in waiting if item.business_day is not None]
    if not seen:
        return {}
    last = max(seen) if till.state is TillState.RETIRED else max(today, *seen)
    shown = calendar(held, waiting, min(seen), last, today, never, on_the_way.closings)
    return {each.day: each for each in shown}


def _months(days: Days) -> Sequence[tuple[int, int]]:
    """The newest months in which something is known."""
    known = {
        (day.year, day.month) for day, each in days.items() if each.state is not DayState.AWAITED
    }
    return sorted(known, reverse=True)[:MONTHS]


def _month(words: Words, year: int, month: int, days: Days) -> str:
    names = words("page_months").split()
    heads = "".join(f'<th scope="col">{name}</th>' for name in words("page_weekdays").split())
    rows = []
    for week in weeks.Calendar().monthdatescalendar(year, month):
        cells = []
        for day in week:
            known = days.get(day)
            if day.month != month:
                cells.append("<td></td>")
            elif known is None or known.state is DayState.BEFORE:
                cells.append(f"<td>{day.day}</td>")
            else:
                told = f"{words.day(day)}: {words(f'page_day_{known.state}')} {_numbers(known)}"
                shown = escape(told.strip(), quote=True)
                cells.append(
                    f'<td class="{known.state}" title="{shown}" aria-label="{shown}">{day.day}</td>'
                )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<table class="month"><caption>{names[month - 1]} {year}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _numbers(day: CalendarDay) -> str:
    """The Z numbers that belong to a day."""
    ranges = ((day.missing,) if day.missing else ()) + to_ranges(day.z_nrs)
    return f"Z {format_ranges(ranges)}" if ranges else ""


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
