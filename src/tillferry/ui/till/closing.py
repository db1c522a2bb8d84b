"""The day close: count the drawer, see the difference, finalise, hand the day to the stick."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from nicegui import ui

from tillferry.carriers.media import list_media
from tillferry.closing.ranges import format_ranges, to_ranges
from tillferry.errors import TillferryError
from tillferry.till.register.dayclose import Closed
from tillferry.till.register.store import new_key
from tillferry.till.register.values import Role
from tillferry.ui.till import stick
from tillferry.ui.till.desk import Desk
from tillferry.ui.till.parts import box, key, number_of, text
from tillferry.ui.till.session import Session
from tillferry.wiring.register import stick_at

DENOMINATIONS: Final = (20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1)
"""Notes and coins in cents."""


async def show(session: Session) -> None:
    """The count against the book."""
    desk, words, register = session.desk, session.words, session.desk.register
    report = await desk.do(register.reports.x_report)
    day = await desk.do(register.open_day)
    working = await desk.do(register.time.running)
    orders = await desk.do(register.sales.open_orders)
    booking = new_key()
    with box("twocol"):
        with box("card"):
            text(words("desk_place_close"), "title")
            if day is None:
                text(words("desk_close_no_day"), "soft")
                await _last(session)
                return
            text(words("desk_close_day", day=words.day(day.business_day)))
            for name, value in (
                ("desk_report_receipts", str(report.receipts)),
                ("desk_report_turnover", words.euro(report.turnover)),
                ("desk_cash_book", words.euro(report.cash)),
            ):
                with box("spread"):
                    text(words(name))
                    text(value, "num title")
            if orders:
                text(words("desk_close_orders", tables=", ".join(orders)), "bad")
            if working:
                names = {p.person_id: p.name for p in await desk.do(register.people.all)}
                said = ", ".join(names.get(work.person_id, "?") for work in working)
                text(words("desk_close_working", people=said), "soft")
            if not session.may(Role.CLOSE):
                text(words("desk_close_may_not"), "bad")
                return
            with box("spread"):
                text(words("desk_counted"))
                counted_text = ui.label().classes("num title").props('data-test="counted"')
            with box("spread"):
                text(words("desk_difference"))
                difference_text = ui.label().classes("num title").props('data-test="difference"')
            close_key = key(words("desk_close_do"), look="go wide", test="close-day")
        count = Count(session, report.cash)

    def draw() -> None:
        counted = count.cents
        difference_text.classes(remove="bad good")
        if counted is None:
            counted_text.set_text("–")
            difference_text.set_text("–")
            return
        counted_text.set_text(words.euro(counted))
        difference_text.set_text(words.euro(counted - report.cash))
        difference_text.classes(add="good" if counted == report.cash else "bad")

    count.on_change = draw
    draw()

    async def close() -> None:
        counted = count.checked()
        body = words("desk_close_uncounted")
        if counted is not None:
            body = words(
                "desk_close_ask",
                counted=words.euro(counted),
                book=words.euro(report.cash),
                difference=words.euro(counted - report.cash),
            )
        if not await session.confirm(words("desk_close_do"), body, words("desk_close_do")):
            return
        closed = await desk.do(_close, desk, session.by, counted, booking)
        await session.redraw()
        if closed is None:
            session.tell("desk_close_empty")
            return
        await _closed(session, closed)

    close_key.on_click(session.on(close))


def _close(desk: Desk, by: str, counted: int | None, booking: str) -> Closed | None:
    """Close the day; a stick that is in already tells first which numbers are used."""
    opened = desk.opened
    if opened.has_office:
        for medium in list_media(desk.media):
            # What is wrong with the stick is said when it is written to.
            with suppress(TillferryError):
                opened.read_letters(stick_at(medium.mount))
    closed = opened.close_day(by, counted, booking)
    if closed is not None and desk.hands_over:
        # Written down before the stick is asked for: a page that dies now reminds later.
        desk.put_off(True)
    return closed


async def _closed(session: Session, closed: Closed) -> None:
    words = session.words
    session.tell("desk_closed", z_nr=closed.z_nr, day=words.day(closed.business_day))
    if await session.desk.do(lambda: session.desk.hands_over):
        await stick.hand_over(session)


async def _last(session: Session) -> None:
    """The last closing, and what is on the way."""
    desk, words, days = session.desk, session.words, session.desk.register.days
    numbers = await desk.do(days.z_numbers)
    if not numbers:
        return
    closed = await desk.do(days.closed, numbers[-1])
    text(words("desk_closed", z_nr=closed.z_nr, day=words.day(closed.business_day)), "good")
    with box("spread"):
        text(words("desk_difference"))
        text(words.euro(closed.difference), "num")
    standing = (await desk.do(desk.outlook)).standing
    if standing.waiting and desk.opened.has_office:
        z_nrs = format_ranges(to_ranges(entry.z_nr for entry in standing.waiting))
        text(words("desk_waiting_z", z_nrs=z_nrs), "soft")
        if session.may(Role.CLOSE):
            key(
                words("desk_hand_over_now"),
                session.on(stick.hand_over, session),
                look="sea",
                test="hand-over-close",
            )


class Count:
    """The cash in the drawer: a sum, or how many of each note and coin."""

    def __init__(self, session: Session, book: int) -> None:
        self._session = session
        self._words = words = session.words
        self._pieces: dict[int, ui.input] = {}
        self.on_change: Callable[[], None] = lambda: None
        with box("card"):
            with box("spread"):
                text(words("desk_count_title"), "title")
            self._sum = ui.input(words("desk_count_sum"), on_change=lambda: self.on_change())
            self._sum.props('outlined dense clearable inputmode=decimal data-test="count-sum"')
            text(words("desk_count_pieces"), "soft")
            with box("fields").style("grid-template-columns:repeat(auto-fill,minmax(104px,1fr))"):
                for value in DENOMINATIONS:
                    field = ui.input(words.euro(value), on_change=lambda: self.on_change())
                    field.props(f'outlined dense inputmode=numeric data-test="piece-{value}"')
                    self._pieces[value] = field

    @property
    def cents(self) -> int | None:
        """What was counted so far; ``None`` for nothing or nonsense."""
        try:
            return self.checked()
        except TillferryError:
            return None

    def checked(self) -> int | None:
        """What was counted; ``None`` for nothing. ``desk_number_wrong``."""
        typed = str(self._sum.value or "").strip()
        pieces = {value: str(field.value or "").strip() for value, field in self._pieces.items()}
        if any(pieces.values()):
            if typed:
                raise TillferryError("desk_count_twice")
            return sum(value * number_of(some, 0) for value, some in pieces.items())
        return number_of(typed, 2) if typed else None
