"""The pages' server: for its own names only, quiet, ended by a signal."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Final

from nicegui import app, ui
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
)

from tillferry.errors import LANGUAGES, TillferryError
from tillferry.journal.listing import count_waiting
from tillferry.ui.loopback import OnlyOwnNames, refuse_used_port
from tillferry.ui.office import pages
from tillferry.ui.office.backroom import Backroom, allowed
from tillferry.ui.office.door import show_sign_in
from tillferry.ui.office.page import LANGUAGE_COOKIE, Page, language_of
from tillferry.ui.office.routes import Route
from tillferry.ui.office.sessions import COOKIE, LONGEST_SECONDS
from tillferry.ui.office.words import Words
from tillferry.wiring.ferry import Ferry
from tillferry.wiring.serving import Served

_PRIMARY: Final = "#00535e"
_HEADERS: Final = (
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)
"""What is shown may not be framed, guessed at or told to others."""
_RECONNECT_SECONDS: Final = 30.0
_YEAR_SECONDS: Final = 365 * 24 * 3600
_FAVICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32"'
    ' rx="6" fill="#00535e"/><path d="M5 20h22l-4 6H9z" fill="#fff"/>'
    '<path d="M15 6h2v12h-2zm3 1 6 9h-6z" fill="#ffb300"/></svg>'
)
DOOR: Final = Route("/sign-in", "sign_in", show_sign_in, frozenset())


def run(
    home: Path, port: int, media: Sequence[Path], *, lang: str, where: Served, show: bool = False
) -> None:
    """Serve head office's pages until a signal ends it, and take in every stick meanwhile.

    ``where`` says who reaches it. ``lang`` is the language until somebody chooses one; ``show``
    opens a browser. The errors of ``Ferry`` and ``refuse_used_port``.
    """
    settings = where.settings
    refuse_used_port(port, "office_port_in_use", settings.host)
    ferry = Ferry(home, media)
    room = Backroom(home, ferry, lang, where)
    style = (files(__package__) / "style.css").read_text("utf-8")
    for route in (*pages.ROUTES, DOOR):
        _serve(route, room, style)
    _serve_plain(room)

    def ready() -> None:
        words = Words(lang)
        if settings.behind_proxy:
            sys.stdout.write(" ".join(words.error(TillferryError("serving_behind_proxy"))) + "\n")
        sys.stdout.write(words("office_running", address=where.address(port)) + "\n")
        sys.stdout.flush()

    app.colors(primary=_PRIMARY)
    app.on_startup(ready)
    app.add_middleware(OnlyOwnNames, names=where.names, headers=_HEADERS)
    # The server hands a signal on once it has ended; then the ferry has to end too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    ferry.start()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            ui.run(
                host=settings.host,
                port=port,
                title="Tillferry",
                favicon=_FAVICON,
                language="de" if lang == "de" else "en-US",
                show=show,
                reload=False,
                tailwind=False,
                show_welcome_message=False,
                timeout_graceful_shutdown=2,
                ssl_certfile=settings.certificate or None,
                ssl_keyfile=settings.key or None,
            )
    finally:
        ferry.stop()


def _serve(route: Route, room: Backroom, style: str) -> None:
    @ui.page(route.path, title="Tillferry", reconnect_timeout=_RECONNECT_SECONDS)
    async def page(request: Request) -> Response | None:
        opened = Page(room, request, ui.context.client, route)
        opened.user = await room.user(room.sessions.user_of(opened.token))
        refused = _refusal(route, opened)
        if refused is not None:
            return refused
        ui.add_css(style)
        ui.add_body_html(f"<script>document.documentElement.lang='{opened.words.lang}'</script>")
        ui.page_title(f"{opened.words(f'page_{route.name}')} – Tillferry")
        if route is DOOR:
            await route.show(opened)
            return None
        waiting = await room.read(lambda office: count_waiting(office.journal))
        await opened.draw(pages.ROUTES, waiting)
        return None


def _refusal(route: Route, page: Page) -> Response | None:
    """Where the browser goes instead; ``None`` where it may see the page."""
    if route is DOOR:
        return RedirectResponse("/") if page.user else None
    if page.user is None:
        return RedirectResponse("/sign-in")
    if page.user.must_change and route.rights:
        return RedirectResponse("/password")
    if route.rights and not allowed(page.user, route.rights):
        message, hint = page.words.error(TillferryError("page_not_allowed"))
        back = f'<p><a href="/">{escape(page.words("page_back"))}</a></p>'
        return HTMLResponse(
            f"<!doctype html><html lang={page.words.lang}><title>Tillferry</title>"
            f"<h1>{escape(message)}</h1><p>{escape(hint)}</p>{back}",
            status_code=403,
        )
    return None


# --- what is no page ----------------------------------------------------------------------------


def _serve_plain(room: Backroom) -> None:
    """Ways that show nothing of head office, so they need no right."""
    secure = room.where.settings.encrypted

    async def healthz() -> Response:
        try:
            await room.read(lambda office: count_waiting(office.journal))
        except TillferryError as error:
            return JSONResponse({"ok": False, "code": error.code}, status_code=503)
        trouble = room.ferry.state.trouble
        code = trouble.code if trouble else None
        return JSONResponse({"ok": trouble is None, "code": code}, 503 if trouble else 200)

    async def enter(ticket: str) -> Response:
        token = room.sessions.enter(ticket)
        answer = RedirectResponse("/" if token else "/sign-in", status_code=303)
        if token:
            answer.set_cookie(
                COOKIE,
                token,
                max_age=int(LONGEST_SECONDS),
                httponly=True,
                samesite="strict",
                secure=secure,
            )
        return answer

    async def leave(request: Request) -> Response:
        room.sessions.leave(request.cookies.get(COOKIE, ""))
        answer = RedirectResponse("/sign-in", status_code=303)
        answer.delete_cookie(COOKIE)
        return answer

    async def language(lang: str, request: Request) -> Response:
        to = request.query_params.get("to", "/")
        safe = to.startswith("/") and not to.startswith(("//", "/\\"))
        answer = RedirectResponse(to if safe else "/", status_code=303)
        chosen = lang if lang in LANGUAGES else language_of(room, request)
        answer.set_cookie(
            LANGUAGE_COOKIE, chosen, max_age=_YEAR_SECONDS, samesite="strict", secure=secure
        )
        return answer

    handlers: dict[str, Callable[..., Awaitable[Response]]] = {
        "/healthz": healthz,
        "/enter/{ticket}": enter,
        "/leave": leave,
        "/language/{lang}": language,
    }
    for path, handler in handlers.items():
        app.get(path, include_in_schema=False)(handler)
