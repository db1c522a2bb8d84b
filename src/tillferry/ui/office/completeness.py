"""Completeness: all tills on one page, the ones that need somebody first."""

from __future__ import annotations

from html import escape
from typing import Final

from nicegui import ui

from tillferry.closing.ranges import format_ranges
from tillferry.closing.seams import TillState
from tillferry.office.contacts import clock_error, has_read
from tillferry.ui.office.overview import TillRow, till_rows
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, field, heading, text
from tillferry.ui.office.words import NONE, Words

ROWS: Final = 100
_COLUMNS: Final = (
    "till",
    "name",
    "outlet",
    "last",
    "silent",
    "holes",
    "waits",
    "clock",
    "letter",
)
_NUMBERS: Final = frozenset({"silent", "waits"})


async def show(page: Page) -> None:
    """The whole page."""
    words = page.words
    rows = await page.room.read(till_rows)
    in_use = [row for row in rows if row.till.state is not TillState.RETIRED]
    heading(words("page_completeness"), 1)
    with box("figures"):
        for code, count in (
            ("page_count_tills", len(in_use)),
            ("page_count_in_order", sum(row.in_order for row in in_use)),
            ("page_count_holes", sum(bool(row.standing.missing) for row in in_use)),
            ("page_count_silent", sum(row.too_silent for row in in_use)),
        ):
            with box("figure").props(f'data-test="{code}"'):
                ui.html(f"<b>{words.number(count)}</b>", sanitize=False)
                text(words(code))
    with box("card"):
        search = field(words("page_search_till"), test="search")
        listed = box("lines").props('data-test="tills"')

        def fill() -> None:
            wanted = str(search.value or "").strip().casefold()
            listed.clear()
            with listed:
                show_rows(words, [row for row in rows if wanted in _text_of(row)])

        search.props("debounce=250").on_value_change(fill)
        fill()


def show_rows(words: Words, rows: list[TillRow]) -> None:
    """Lines that lead to each till's calendar."""
    heads = "".join(
        f'<span class="{"num" if name in _NUMBERS else ""}">'
        f"{escape(words(f'page_column_{name}'))}</span>"
        for name in _COLUMNS
    )
    ui.html(heads, sanitize=False).classes("line head tillline")
    if not rows:
        text(words("page_tills_none"), "soft")
    lines = "".join(_line(words, row) for row in rows[:ROWS])
    ui.html(lines, sanitize=False).classes("wide")
    if len(rows) > ROWS:
        text(words("page_more_tills", count=words.number(len(rows) - ROWS)), "soft")


def _line(words: Words, row: TillRow) -> str:
    standing = row.standing
    last = words.day(standing.last_business_day)
    cells = {
        "till": escape(row.number),
        "name": escape(row.till.name),
        "outlet": escape(row.outlet.name if row.outlet else NONE),
        "last": f"Z {standing.last_z_nr} · {last}" if standing.last_z_nr else NONE,
        "silent": _marked(NONE if row.silent is None else str(row.silent), row.too_silent, "red"),
        "holes": _marked(_holes(words, row), bool(standing.missing), "missing"),
        "waits": _marked(str(standing.waiting), bool(standing.waiting), "incomplete"),
        "clock": _clock(words, row),
        "letter": _letter(words, row),
    }
    if row.till.state is not TillState.ACTIVE:
        state = escape(words(f"page_till_{row.till.state}"))
        cells["name"] += f' <span class="state closed">{state}</span>'
    spans = "".join(
        f'<span data-head="{escape(words(f"page_column_{name}"), quote=True)}"'
        f' class="{"num" if name in _NUMBERS else ""}">{cell}</span>'
        for name, cell in cells.items()
    )
    return f'<a class="line tillline" href="/calendar?till={row.till.till_id}">{spans}</a>'


def _marked(content: str, marked: bool, look: str) -> str:
    return f'<span class="state {look}">{escape(content)}</span>' if marked else escape(content)


def _holes(words: Words, row: TillRow) -> str:
    if not row.standing.missing:
        return NONE
    shown = format_ranges(row.standing.missing[:3])
    more = len(row.standing.missing) - 3
    return f"Z {shown} {words('page_more_findings', count=more) if more > 0 else ''}".strip()


def _letter(words: Words, row: TillRow) -> str:
    """When the last acknowledgement was written, and whether the till has read it."""
    contact = row.contact
    shown = escape(words.moment(contact.letter_at))
    if not contact.letter_at:
        return shown
    if has_read(contact):
        said = words("page_letter_read")
    elif contact.read_through:
        said = words("page_letter_read_to", z_nr=contact.read_through)
    else:
        said = words("page_letter_unread")
    return f'{shown} <span class="soft">{escape(said)}</span>'


def _clock(words: Words, row: TillRow) -> str:
    """By how much the clock is certainly wrong; otherwise nothing can be said."""
    seconds = clock_error(row.contact)
    if seconds is None:
        return escape(NONE if not row.contact.clock_at else words("page_clock_good"))
    code = "page_clock_ahead" if seconds > 0 else "page_clock_behind"
    return _marked(words(code, span=words.span(abs(seconds))), True, "red")


def _text_of(row: TillRow) -> str:
    outlet = row.outlet.name if row.outlet else ""
    return f"{row.number} {row.till.name} {row.till.serial} {outlet}".casefold()
