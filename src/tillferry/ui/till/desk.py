"""What all browsers at this till share: the open register, and what the page remembers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, ParamSpec, TypeVar, cast

from nicegui import run

from tillferry.errors import TillferryError
from tillferry.till.outbox import Standing
from tillferry.till.register.register import Register
from tillferry.till.register.store import new_key
from tillferry.till.register.values import Role
from tillferry.ui.till.words import language_here
from tillferry.wiring.register import OpenRegister

P = ParamSpec("P")
T = TypeVar("T")

_LANGUAGE: Final = "page_language"
_PUT_OFF: Final = "page_handover_put_off"
_BACKUP_FOLLOWS: Final = "page_backup_follows"
_MEDIA: Final = "page_media"
_LAST_SEEN: Final = "page_last_z"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be seen in plain sight: the road to head office, and a day left open.

    ``put_off`` is since when the stick is still to come, or empty. ``overdue_day`` is a day that
    the clock should have closed and could not, or empty.
    """

    has_office: bool
    standing: Standing
    put_off: str
    overdue_day: str


class Desk:
    """The register for the pages: every call runs in a worker thread, one after the other."""

    def __init__(self, opened: OpenRegister, media: Sequence[Path], lang: str = "") -> None:
        self.opened = opened
        self._media = tuple(media)
        self._given_language = lang
        self._one_at_a_time = asyncio.Lock()
        self.stops: set[threading.Event] = set()

    @property
    def register(self) -> Register:
        """The engine."""
        return self.opened.register

    async def do(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the engine in a worker thread; the page goes on living meanwhile."""
        async with self._one_at_a_time:
            return await in_thread(call, *args, **kwargs)

    # --- waiting for sticks ---

    def new_stop(self) -> threading.Event:
        """A flag that ends a wait; set for all when the till ends."""
        stop = threading.Event()
        self.stops.add(stop)
        return stop

    def stop_all(self) -> None:
        """End every wait."""
        for stop in self.stops:
            stop.set()

    # --- what the page remembers ---

    @property
    def language(self) -> str:
        """The language chosen last at this till, else the one of the machine."""
        return self._fact(_LANGUAGE) or self._given_language or language_here()

    def choose_language(self, lang: str) -> None:
        """Remember the language."""
        self._remember(_LANGUAGE, lang)

    @property
    def backup_follows(self) -> bool:
        """Whether the backup goes onto the stick after the bookings."""
        return self._fact(_BACKUP_FOLLOWS) == "1"

    def choose_backup(self, follows: bool) -> None:
        """Remember whether the backup follows."""
        self._remember(_BACKUP_FOLLOWS, "1" if follows else "0")

    def put_off(self, is_off: bool) -> None:
        """Remember that the handover is still to come, or that it is done."""
        now = self.register.store.now().isoformat() if is_off else ""
        if not (is_off and self._fact(_PUT_OFF)):
            self._remember(_PUT_OFF, now)

    @property
    def media(self) -> tuple[Path, ...]:
        """Where sticks appear: as given at the start, else as set, else all removable media."""
        named = self._fact(_MEDIA)
        return self._media or ((Path(named),) if named else ())

    @property
    def media_named(self) -> str:
        """The folder of the settings, or empty."""
        return self._fact(_MEDIA)

    def name_media(self, by: str, folder: str) -> None:
        """Change the folder where sticks appear. ``desk_media_wrong`` for what is no folder."""
        folder = folder.strip()
        if folder and not Path(folder).is_dir():
            raise TillferryError("desk_media_wrong", folder=folder)
        store, before = self.register.store, self._fact(_MEDIA)
        with store.transaction():
            self.register.people.require(by, Role.SETTINGS)
            if folder != before:
                store.set_fact(_MEDIA, folder)
                change = {"media": {"before": before, "after": folder}}
                store.append(new_key(), "settings", by, "", change)

    def _fact(self, name: str) -> str:
        return self.register.store.fact(name)

    def _remember(self, name: str, value: str) -> None:
        with self.register.store.transaction():
            self.register.store.set_fact(name, value)

    # --- looking ---

    def outlook(self) -> Outlook:
        """The road to head office; closes a day by the clock where that is due."""
        overdue = ""
        if self.register.is_overdue():
            try:
                self.register.days.close_overdue()
            except TillferryError:
                day = self.register.open_day()
                overdue = "" if day is None else day.business_day
        self._remind_of_the_clock()
        standing = self.opened.standing()
        if standing.acknowledged_at:
            here = self.register.store.local(standing.acknowledged_at).isoformat()
            standing = replace(standing, acknowledged_at=here)
        put_off = self._fact(_PUT_OFF) if standing.waiting else ""
        return Outlook(self.opened.has_office, standing, put_off, overdue)

    @property
    def hands_over(self) -> bool:
        """Whether the stick is asked for after a day close."""
        return self.opened.has_office and self.register.masters.settings().save_for_office

    def _remind_of_the_clock(self) -> None:
        """A day that the clock closed waits for the stick as well: nobody was there to ask."""
        days = self.register.days
        last = max(days.z_numbers(), default=0)
        if str(last) == self._fact(_LAST_SEEN) or not last:
            return
        if days.closed(last).by_the_clock and self.hands_over:
            self.put_off(True)
        self._remember(_LAST_SEEN, str(last))


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call in a worker thread, beside everything else."""
    # It gives nothing only where the program ends, and the caller with it.
    return cast("T", await run.io_bound(call, *args, **kwargs))
