"""The queue of what waits: searched, fifty entries a page; two systems under one number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nicegui import ui

from tillferry.closing.seams import Item, ItemState
from tillferry.journal.listing import Listed
from tillferry.office.decisions import Waiting
from tillferry.office.two_systems import number_of_two
from tillferry.ui.office.decisions import DECIDE, LOOKS, decide
from tillferry.ui.office.findings import show_findings
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, field, heading, key, link, text
from tillferry.ui.office.two_systems_card import show_two
from tillferry.ui.office.words import NONE, Words
from tillferry.wiring import office_admin

ROWS: Final = 50
_FINDINGS: Final = 4


@dataclass(frozen=True)
class _Entry:
    """What is decided at once: one item, all of an unknown till, or all of a second system.

    ``number`` is the customer number that two systems use, empty elsewhere.
    """

    waiting: tuple[Waiting, ...]
    number: str
    found: str


async def show(page: Page) -> None:
    """The queue, oldest first."""
    words = page.words
    queue = await page.room.read(lambda office: office_admin.decisions(office, page.who).queue())
    heading(words("page_decisions"), 1)
    if not queue:
        with box("card"):
            text(words("page_queue_empty"), "good", test="empty")
        return
    entries = _entries(words, queue)
    text(words("page_queue_count", count=words.number(len(queue))), "soft", test="count")
    place = {"start": 0}
    search = field(words("page_queue_search"), test="search").props("debounce=250 clearable")
    listed = box("lines").props('data-test="queue" aria-live=polite')

    async def fill() -> None:
        wanted = str(search.value or "").strip().casefold()
        fitting = [each for each in entries if wanted in each.found]
        start = max(0, min(place["start"], len(fitting) - 1)) // ROWS * ROWS
        place["start"] = start
        shown = fitting[start : start + ROWS]
        numbers = {each.number: each for each in shown if each.number}
        two = await page.room.read(
            lambda office: {
                number: office_admin.systems_under(office, number, _items(each))
                for number, each in numbers.items()
            }
        )
        listed.clear()
        with listed:
            for each in shown:
                if each.number:
                    show_two(page, two[each.number])
                else:
                    _entry(page, each.waiting)
            if not fitting:
                text(words("page_queue_none"), "soft")
            if len(fitting) > ROWS:
                _turning(start, len(fitting))

    def _turning(start: int, count: int) -> None:
        with box("keys"):
            said = {"first": start + 1, "last": min(start + ROWS, count), "count": count}
            text(words("page_queue_place", **said), "soft", test="place")
            back = key(
                words("page_queue_before"), page.on(turn, -ROWS), look="small", test="before"
            )
            back.set_enabled(start > 0)
            go = key(words("page_queue_after"), page.on(turn, ROWS), look="small", test="after")
            go.set_enabled(start + ROWS < count)

    async def turn(rows: int) -> None:
        place["start"] += rows
        await fill()
        ui.run_javascript("window.scrollTo(0, 0)")

    async def searched() -> None:
        place["start"] = 0
        await fill()

    search.on_value_change(page.on(searched))
    await fill()


def _entries(words: Words, queue: tuple[Waiting, ...]) -> list[_Entry]:
    grouped: dict[object, list[Waiting]] = {}
    for waiting in queue:
        item = waiting.item
        key_of: object = item.item_id
        if item.state is ItemState.UNKNOWN_TILL and item.serial:
            key_of = (item.taxpayer, item.serial)
        key_of = number_of_two(item) or key_of
        grouped.setdefault(key_of, []).append(waiting)
    return [
        _Entry(tuple(group), number_of_two(group[0].item), _words_of(words, group))
        for group in grouped.values()
    ]


def _words_of(words: Words, group: list[Waiting]) -> str:
    """What an entry is found by."""
    said: list[str] = []
    for waiting in group:
        item, till = waiting.item, waiting.till
        said += [f"Z {item.z_nr}", words.day(item.business_day), item.serial, waiting.number]
        said += [words(f"page_state_{item.state}"), number_of_two(item)]
        if till:
            said += [till.customer_number, till.name, till.serial]
    if number_of_two(group[0].item):
        said.append(words("page_two_systems"))
    return " ".join(said).casefold()


def _items(entry: _Entry) -> tuple[Item, ...]:
    return tuple(waiting.item for waiting in entry.waiting)


def _entry(page: Page, group: tuple[Waiting, ...]) -> None:
    words, waiting = page.words, group[0]
    item, till = waiting.item, waiting.till
    label = f"{till.customer_number or till.serial} {till.name}" if till else item.serial
    with box("card").props(f'data-test="waits-{item.item_id}"'):
        with box("spread"):
            heading(f"{label or waiting.number or NONE}")
            text(words(f"page_state_{item.state}"), f"state {item.state}")
        said = [f"Z {item.z_nr}" if item.z_nr else "", words.day(item.business_day)]
        if len(group) > 1:
            said = [words("page_queue_days", count=len(group))]
        said.append(words("page_receipts", count=words.number(item.receipts)))
        said.append(words.money(item.gross_cents))
        text(" · ".join(filter(None, said)), "soft")
        show_findings(words, Listed(item, "", "", "", ""), _FINDINGS)
        with box("keys"):
            if item.state is ItemState.CONFLICT:
                link(words("page_compare"), f"/compare?item={item.item_id}", test="compare")
            if page.may(*DECIDE):
                for verdict in waiting.choices:
                    run = page.on(decide, page, waiting, verdict, rights=DECIDE)
                    name = f"{verdict}-{item.item_id}"
                    key(words(f"page_do_{verdict}"), run, look=LOOKS.get(verdict, ""), test=name)
