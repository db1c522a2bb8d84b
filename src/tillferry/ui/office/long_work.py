"""Long work of a page: in a worker thread, with a bar and a key that stops it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from nicegui import ui

from tillferry.closing.seams import Progress
from tillferry.errors import TillferryError
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, key, text
from tillferry.wiring.office import Office

T = TypeVar("T")
_TICK_SECONDS: Final = 0.3


class StoppedWork(Exception):
    """The work saw that it should stop, and did."""


class LongWork:
    """One piece of work at a time. It is stopped when the page is left."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._stop = threading.Event()
        self._moved = (0, 0)
        self._running = False
        page.client.on_delete(self._stop.set)
        self._box = box("banner noprint").props('role=status data-test="working"')
        with self._box:
            self._label = text("")
            self._bar = ui.linear_progress(0.0, show_value=False, size="12px").props("rounded")
            with box("keys"):
                key(page.words("page_stop"), self._stop.set, look="stop small", test="stop")
        self._box.set_visibility(False)
        ui.timer(_TICK_SECONDS, self._tick)

    @property
    def stopping(self) -> threading.Event:
        """Set once the work is to end."""
        return self._stop

    def moved(self, done: int, total: int) -> None:
        """Show how far the work is."""
        self._moved = (done, total)

    async def run(self, title: str, work: Callable[[Office, Progress], T]) -> T | None:
        """What the work gives, which reads head office; ``None`` where it was stopped.

        Raises what the work raises, and ``page_work_running``.
        """
        if self._running:
            raise TillferryError("page_work_running")
        self._stop.clear()
        self._running, self._moved = True, (0, 0)
        self._bar.props["aria-label"] = title
        self._label.set_text(title)
        self._tick()
        self._box.set_visibility(True)
        try:
            return await self._page.room.read(lambda office: work(office, self._step))
        except StoppedWork:
            if not self._page.client.is_deleted:
                self._page.tell("page_work_stopped")
            return None
        finally:
            self._running = False
            if not self._page.client.is_deleted:
                self._box.set_visibility(False)

    def _step(self, done: int, total: int) -> None:
        """As ``moved``, and the place where the work is stopped."""
        if self._stop.is_set():
            raise StoppedWork
        self._moved = (done, total)

    def _tick(self) -> None:
        done, total = self._moved
        self._bar.set_value(round(done / total, 3) if total else 0.0)
