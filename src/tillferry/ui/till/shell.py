"""The frame of the page: who is signed in, the way around, and what must be seen everywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from nicegui import ui

from tillferry.till.register.values import Role
from tillferry.ui.till import (
    clock,
    closing,
    reports,
    selling,
    settings,
    sign_in,
    stick,
    stock,
)
from tillferry.ui.till.desk import Outlook
from tillferry.ui.till.language import language_key
from tillferry.ui.till.parts import box, key, text
from tillferry.ui.till.session import Session

STRIP_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the page; ``still`` ones scroll by themselves."""

    name: str
    icon: str
    show: Callable[[Session], Awaitable[None]]
    still: bool = False


PLACES: Final = (
    Place("sell", "point_of_sale", selling.show, still=True),
    Place("clock", "schedule", clock.show),
    Place("stock", "inventory_2", stock.show),
    Place("close", "savings", closing.show),
    Place("reports", "summarize", reports.show),
    Place("settings", "settings", settings.show),
)


class Shell:
    """The frame. Builds itself anew when the place, the person or the language changes."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.place = PLACES[0]
        self.frame = box("desk")
        self._strip: ui.element | None = None
        session.frame = self.frame
        session.redraw = self.draw
        session.refresh_strip = self.draw_strip
        ui.timer(STRIP_SECONDS, self._tick)

    async def draw(self) -> None:
        """Everything as it is now."""
        session = self.session
        self.frame.clear()
        self._strip = None
        if session.person is None:
            with self.frame:
                await sign_in.show(session, self.draw)
            return
        with self.frame:
            with box("desk-top"):
                self._top()
            self._strip = box("desk-strip").props('data-test="strip"')
            if session.basket.training:
                with box("desk-training").props('data-test="training"'):
                    ui.html(f"<span>{session.words('desk_training_banner')}</span>", sanitize=False)
            body = box("desk-body still" if self.place.still else "desk-body")
        await self.draw_strip()
        with body:
            await self.place.show(session)

    def _top(self) -> None:
        session, words = self.session, self.session.words
        for place in PLACES:
            button = ui.button(
                words(f"desk_place_{place.name}"),
                icon=place.icon,
                on_click=session.on(self.go, place),
                color=None,
            ).classes("place")
            button.props(
                f'flat no-caps data-test="go-{place.name}"'
                f' aria-label="{words(f"desk_place_{place.name}")}"'
            )
            if place is self.place:
                button.classes("here").props("aria-current=page")
        assert session.person is not None
        text(session.person.name, "who")
        language_key(session, short=True)
        lock = ui.button(icon="lock", on_click=session.on(self.lock), color=None)
        lock.props(f'flat data-test="lock" aria-label="{words("desk_lock")}"')

    async def go(self, place: Place) -> None:
        """Show another place."""
        self.place = place
        await self.draw()

    async def lock(self) -> None:
        """Sign out; the receipt in the making stays for who comes back."""
        session = self.session
        if session.person is not None:
            session.last_person = session.person.person_id
        session.person = None
        session.close_dialogs()
        self.place = PLACES[0]
        await self.draw()

    async def _tick(self) -> None:
        if self.session.person is None:
            return
        if self.session.is_idle:
            await self.lock()
        else:
            await self.session.on(self.draw_strip)()

    async def draw_strip(self) -> None:
        """The road to head office, in plain sight."""
        if self._strip is None:
            return
        outlook = await self.session.desk.do(self.session.desk.outlook)
        strip = self._strip
        if strip is None or strip.is_deleted:
            return
        strip.clear()
        with strip:
            self._road(outlook)

    def _road(self, outlook: Outlook) -> None:
        session, words = self.session, self.session.words
        standing = outlook.standing
        if not outlook.has_office:
            text(words("desk_no_office"))
        else:
            if standing.acknowledged_at:
                text(words("desk_acknowledged", at=words.moment(standing.acknowledged_at)))
            else:
                text(words("desk_never_acknowledged"))
            days = len(standing.waiting)
            code = "desk_on_the_way_none"
            if days:
                code = "desk_on_the_way_one" if days == 1 else "desk_on_the_way"
            text(words(code, days=days))
        if standing.beyond:
            text(words("desk_beyond", z_nr=standing.beyond), "bad")
        if outlook.put_off:
            text(words("desk_put_off", at=words.moment(outlook.put_off)), "due")
            if session.may(Role.CLOSE):
                key(
                    words("desk_hand_over_now"),
                    session.on(stick.hand_over, session),
                    look="sea",
                    test="hand-over",
                )
        if outlook.overdue_day:
            text(words("desk_overdue", day=words.day(outlook.overdue_day)), "due")
