"""One browser at the till: who is signed in, what is shown, and the dialogs it asks with."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from nicegui import ui
from nicegui.client import Client

from tillferry.errors import TillferryError
from tillferry.till.register.store import new_key
from tillferry.till.register.values import Person, Role
from tillferry.ui.till.basket import Basket
from tillferry.ui.till.desk import Desk
from tillferry.ui.till.parts import Pad, PadKind, inside, key, number_of, sheet, text
from tillferry.ui.till.words import Words

IDLE_SECONDS: Final = 600.0
"""After so long without a touch the page locks itself."""

_log = logging.getLogger(__name__)

View = Callable[["Session"], Awaitable[None]]


class Session:
    """The state of one page. ``root`` is always there; views are built in ``frame``."""

    def __init__(self, desk: Desk, client: Client) -> None:
        self.desk = desk
        self.client = client
        self.words = Words(desk.language)
        self.person: Person | None = None
        self.last_person = ""
        self.baskets: dict[str, Basket] = {}
        self.root: ui.element = client.content
        self.frame: ui.element = client.content
        self.redraw: Callable[[], Awaitable[None]] = _nothing
        self.refresh_strip: Callable[[], Awaitable[None]] = _nothing
        self._used = time.monotonic()

    # --- who and what ---

    @property
    def by(self) -> str:
        """The id of who is signed in, empty for nobody: the engine refuses that."""
        return self.person.person_id if self.person else "?"

    def may(self, role: Role) -> bool:
        """Whether who is signed in has a role."""
        return self.person is not None and role in self.person.roles

    @property
    def basket(self) -> Basket:
        """The receipt in the making of who is signed in."""
        return self.baskets.setdefault(self.by, Basket(new_key()))

    @basket.setter
    def basket(self, basket: Basket) -> None:
        self.baskets[self.by] = basket

    def new_basket(self) -> None:
        """The next guest; training stays on until it is switched off."""
        self.basket = Basket(new_key(), training=self.basket.training)

    @property
    def is_idle(self) -> bool:
        """Whether nobody touched the page for long."""
        return time.monotonic() - self._used > IDLE_SECONDS

    def touched(self) -> None:
        """Somebody is there."""
        self._used = time.monotonic()

    # --- running what a key does ---

    def on(self, action: Callable[..., Any], *args: Any) -> Callable[[], Awaitable[None]]:
        """The handler of a key: runs ``action`` and shows what goes wrong."""

        async def run() -> None:
            self.touched()
            try:
                with self.root:
                    done = action(*args)
                    if inspect.isawaitable(done):
                        await done
            except TillferryError as error:
                self.show_error(error)
            except Exception:
                _log.exception("a key of the page failed")
                self.show_error(TillferryError("desk_unexpected"))

        return run

    # --- dialogs ---

    def close_dialogs(self) -> None:
        """What is open belongs to who was signed in; a handover to a stick goes on."""
        for element in list(self.client.elements.values()):
            if isinstance(element, ui.dialog) and "persistent" not in element.props:
                element.close()

    def show_error(self, error: TillferryError) -> None:
        """What went wrong and what to do next, until somebody has read it."""
        message, hint = self.words.error(error)
        with self.root:
            dialog = sheet(self.words("desk_error_title"), narrow=True)
            with inside(dialog):
                text(message, "bad")
                if hint:
                    text(hint)
                key("OK", dialog.close, look="sea wide", test="error-ok").props("autofocus")
            dialog.open()

    def tell(self, code: str, **params: object) -> None:
        """A short word that goes away by itself."""
        with self.root:
            ui.notify(self.words(code, **params), position="top", color="dark", timeout=2500)

    async def confirm(self, title: str, body: str, yes: str, *, danger: bool = False) -> bool:
        """Ask yes or no."""
        with self.root:
            dialog = sheet(title, narrow=True)
            with inside(dialog):
                text(body)
                key(yes, lambda: dialog.submit(True), look="stop" if danger else "go", test="yes")
                key(self.words("desk_cancel"), lambda: dialog.submit(False), test="no")
            done = await dialog
            dialog.delete()
        return bool(done)

    async def ask_number(
        self, title: str, kind: PadKind, *, label: str = "", value: str = ""
    ) -> str | None:
        """Ask for a number; gives it as typed, ``None`` where it was given up."""
        with self.root:
            dialog = sheet(title, narrow=True)
            with inside(dialog):

                def enter() -> None:
                    decimals = {"amount": 2, "quantity": 3, "percent": 2}.get(kind, 0)
                    number_of(pad.text, decimals)
                    dialog.submit(pad.text)

                pad = Pad(self.words, kind, label, value, self.on(enter))
                with ui.element("div").classes("keys two"):
                    key(self.words("desk_cancel"), lambda: dialog.submit(None), test="no")
                    key("OK", self.on(enter), look="go", test="yes")
            typed = await dialog
            dialog.delete()
        return None if typed is None else str(typed)

    async def ask_amount(self, title: str, *, label: str = "") -> int | None:
        """Ask for an amount in cents."""
        typed = await self.ask_number(title, "amount", label=label or self.words("desk_amount"))
        return number_of(typed, 2) if typed else None

    async def ask_text(
        self, title: str, *, label: str = "", choices: tuple[str, ...] = (), value: str = ""
    ) -> str | None:
        """Ask for a text; ``choices`` are one touch."""
        with self.root:
            dialog = sheet(title, narrow=True)
            with inside(dialog):
                for choice in choices:
                    key(choice, lambda choice=choice: dialog.submit(choice))
                field = ui.input(label, value=value).props('outlined autofocus data-test="text"')
                field.on("keydown.enter", lambda: dialog.submit(field.value))
                with ui.element("div").classes("keys two"):
                    key(self.words("desk_cancel"), lambda: dialog.submit(None), test="no")
                    key("OK", lambda: dialog.submit(field.value), look="go", test="yes")
            typed = await dialog
            dialog.delete()
        return None if typed is None else str(typed).strip()


async def _nothing() -> None:
    """Before anything is shown."""
