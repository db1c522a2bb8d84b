"""One opened page: who looks, in which language; the frame around it; running what a key does."""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from html import escape
from typing import Any, Final
from urllib.parse import quote, urlencode

from nicegui import ui
from nicegui.client import Client
from starlette.requests import Request

from tillferry.closing.office_seams import User
from tillferry.errors import LANGUAGES, TillferryError
from tillferry.office.audit_log import Actor
from tillferry.office.people import Right
from tillferry.ui.office.backroom import Backroom, allowed
from tillferry.ui.office.parts import box, field, key, link, sheet, text
from tillferry.ui.office.routes import Route
from tillferry.ui.office.sessions import COOKIE
from tillferry.ui.office.words import Words
from tillferry.wiring import office_admin

LANGUAGE_COOKIE: Final = "tillferry_language"

_SHOW_HERE: Final = (
    "document.querySelector('.entry.here')?.scrollIntoView({inline:'center',block:'nearest'})"
)

_PLAIN: Final = re.compile(r"[^\x00-\x1f\x7f]{1,80}")

_log = logging.getLogger(__name__)


class Page:
    """An opened page. ``user`` is ``None`` only at the door."""

    def __init__(self, room: Backroom, request: Request, client: Client, route: Route) -> None:
        self.room = room
        self.client = client
        self.route = route
        self.query = dict(request.query_params)
        self.token = request.cookies.get(COOKIE, "")
        self.words = Words(language_of(room, request))
        self.user: User | None = None
        self.root: ui.element = client.content

    @property
    def who(self) -> Actor:
        """Who acts, for the log."""
        return office_admin.actor(self.user.name if self.user else "?")

    def may(self, *rights: Right) -> bool:
        """Whether who looks has one of these rights."""
        return self.user is not None and allowed(self.user, frozenset(rights))

    async def check(self, rights: Sequence[Right] = (), *, touch: bool = True) -> None:
        """Whether the session goes on and the user still has one of the rights.

        Raises ``page_signed_out`` or ``page_not_allowed``.
        """
        name = self.room.sessions.user_of(self.token, touch=touch)
        self.user = await self.room.user(name)
        if self.user is None:
            raise TillferryError("page_signed_out")
        if rights and not allowed(self.user, frozenset(rights)):
            raise TillferryError("page_not_allowed")

    # --- running what a key does ---

    def on(
        self, action: Callable[..., Any], *args: Any, rights: Sequence[Right] = ()
    ) -> Callable[[], Awaitable[None]]:
        """The handler of a key: checks the rights, runs ``action``, shows what goes wrong.

        Without ``rights`` those of the page count.
        """

        async def run() -> None:
            try:
                with self.root:
                    await self.check(rights or tuple(self.route.rights))
                    done = action(*args)
                    if inspect.isawaitable(done):
                        await done
            except TillferryError as error:
                if error.code == "page_signed_out":
                    self.go("/sign-in")
                else:
                    self.show_error(error)
            except Exception:
                _log.exception("a key of the page failed")
                self.show_error(TillferryError("office_unexpected"))

        return run

    def every(self, seconds: float, action: Callable[[], Awaitable[None]]) -> None:
        """Call again and again while the page is open; a session that ended ends it too."""

        async def tick() -> None:
            try:
                with self.root:
                    await action()
            except TillferryError as error:
                if error.code == "page_signed_out":
                    self.go("/sign-in")
            except Exception:
                if not self.client.is_deleted:
                    _log.exception("a page could not be brought up to date")

        ui.timer(seconds, tick)

    def go(self, target: str) -> None:
        """Open another page here."""
        with self.root:
            ui.navigate.to(target)

    # --- dialogs ---

    def show_error(self, error: TillferryError) -> None:
        """What went wrong and what to do next, until somebody has read it."""
        message, hint = self.words.error(error)
        with self.root:
            dialog, card = sheet(self.words("page_error_title"))
            with card:
                text(message, "bad", test="error")
                if hint:
                    text(hint)
                key("OK", dialog.close, look="go", test="error-ok").props("autofocus")
            dialog.open()

    def tell(self, code: str, **params: object) -> None:
        """A short word that goes away by itself."""
        with self.root:
            ui.notify(self.words(code, **params), position="top", color="dark", timeout=4000)

    async def ask_reason(self, title: str, body: str, yes: str, *, look: str = "go") -> str | None:
        """Ask for a reason; ``None`` where it was given up."""
        answers = await self.ask(
            title, body, [("reason", self.words("page_reason"), "")], yes, look
        )
        return None if answers is None else answers["reason"]

    async def ask(
        self,
        title: str,
        body: str,
        fields: Sequence[tuple[str, str, str]],
        yes: str,
        look: str = "go",
    ) -> dict[str, str] | None:
        """Ask for texts (name, label, value each); ``None`` where it was given up."""
        with self.root:
            dialog, card = sheet(title)
            with card:
                if body:
                    text(body)
                made = {name: field(label, value, test=name) for name, label, value in fields}
                for first in list(made.values())[:1]:
                    first.props("autofocus")
                with box("keys"):
                    key(self.words("page_cancel"), lambda: dialog.submit(None), test="no")
                    key(yes, lambda: dialog.submit(True), look=look, test="yes")
            done = await dialog
            answers = {name: str(each.value or "") for name, each in made.items()}
            dialog.delete()
        return answers if done else None

    # --- the frame ---

    async def draw(self, routes: Sequence[Route], waiting: int) -> None:
        """The frame with the page in it."""
        words = self.words
        ui.html(f'<a class="skip" href="#main">{escape(words("page_skip"))}</a>', sanitize=False)
        # NiceGUI has a <main> around everything; the landmarks are ours.
        ui.query(".q-page").props("role=presentation")
        with box("top", "header").props("role=banner"):
            text("Tillferry", "brand")
            with box("around", "nav").props(f'aria-label="{words("page_navigation")}"'):
                for route in routes:
                    if route.icon and self.may(*route.rights):
                        self._entry(route, waiting)
            with box("person"):
                self.language_links()
                if self.user is not None:
                    link(self.user.name, "/password", "who", test="who")
                    link(words("page_sign_out"), "/leave", "", test="sign-out")
        # On a phone the way around is wider than the screen.
        ui.timer(0.3, lambda: ui.run_javascript(_SHOW_HERE), once=True)
        main = box("main").props("id=main role=main tabindex=-1")
        with main:
            await self.route.show(self)

    def _entry(self, route: Route, waiting: int) -> None:
        label = self.words(f"page_nav_{route.name}")
        here = self.route.name == route.name or self.route.under == route.name
        found = ui.link(target=route.path).classes("entry here" if here else "entry")
        found.props(f'data-test="go-{route.name}"' + (" aria-current=page" if here else ""))
        with found:
            ui.icon(route.icon).props("aria-hidden=true")
            ui.html(f"<span>{escape(label)}</span>", sanitize=False)
            if route.name == "decisions" and waiting:
                ui.html(f"<b>{waiting}</b>", sanitize=False).classes("badge")

    def language_links(self) -> None:
        """Switch to the other language, staying where one is."""
        other = next(lang for lang in LANGUAGES if lang != self.words.lang)
        query = urlencode({n: v for n, v in self.query.items() if _PLAIN.fullmatch(v)})
        here = quote(f"{self.route.path}?{query}" if query else self.route.path)
        label = self.words("page_other_language")
        link(other.upper(), f"/language/{other}?to={here}", "", test="language").props(
            f'aria-label="{label}" hreflang={other}'
        )


def language_of(room: Backroom, request: Request) -> str:
    """The language that was chosen in this browser, else the one of the command line."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else room.language
