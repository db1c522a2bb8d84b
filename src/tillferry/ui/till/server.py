"""The page's server: only for this machine, quiet, ended by a signal."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from nicegui import app, ui
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tillferry.errors import TillferryError
from tillferry.ui.till.desk import Desk
from tillferry.ui.till.session import Session
from tillferry.ui.till.shell import Shell
from tillferry.ui.till.words import Words
from tillferry.wiring.register import opened_register

HOST: Final = "127.0.0.1"
_PRIMARY: Final = "#00535e"
_OWN_NAMES: Final = frozenset({"127.0.0.1", "localhost"})
_RECONNECT_SECONDS: Final = 30.0
_FAVICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32"'
    ' rx="6" fill="#00535e"/><path d="M5 20h22l-4 6H9z" fill="#fff"/>'
    '<path d="M15 6h2v12h-2zm3 1 6 9h-6z"'
    ' fill="#ffb300"/></svg>'
)


def run(
    home: Path, port: int, media: Sequence[Path], *, lang: str = "", show: bool = False
) -> None:
    """Serve the touch page of the till at ``home`` until a signal ends it.

    Only this machine reaches it. ``lang`` is the language until somebody chooses one; ``show``
    opens a browser. The errors of ``opened_register``, and ``desk_port_in_use``.
    """
    with opened_register(home) as opened:
        desk = Desk(opened, media, lang)
        _refuse_used_port(port)
        style = (files(__package__) / "style.css").read_text("utf-8")

        @ui.page("/", title="Tillferry", reconnect_timeout=_RECONNECT_SECONDS)
        async def page() -> None:
            ui.add_css(style)
            session = Session(desk, ui.context.client)
            await Shell(session).draw()

        def ready() -> None:
            words = Words(desk.language)
            sys.stdout.write(words("desk_running", address=f"http://{HOST}:{port}/") + "\n")
            sys.stdout.flush()

        app.colors(primary=_PRIMARY)
        app.on_startup(ready)
        app.on_shutdown(desk.stop_all)
        app.add_middleware(OnlyThisMachine)
        with contextlib.suppress(KeyboardInterrupt):
            ui.run(
                host=HOST,
                port=port,
                title="Tillferry",
                favicon=_FAVICON,
                language="de" if desk.language == "de" else "en-US",
                show=show,
                reload=False,
                tailwind=False,
                show_welcome_message=False,
                timeout_graceful_shutdown=2,
            )
        desk.stop_all()


def _refuse_used_port(port: int) -> None:
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise TillferryError("desk_port_in_use", port=port) from None


class OnlyThisMachine:
    """Refuses pages of other places: a browser must not be talked into using the till for them.

    A name that leads to this machine from elsewhere is refused by ``Host``, a foreign page that
    opens a socket by ``Origin``.
    """

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not _is_own(scope):
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1008})
                return
            await PlainTextResponse("403", status_code=403)(scope, receive, send)
            return
        await self._inner(scope, receive, send)


def _is_own(scope: Scope) -> bool:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    host, origin = headers.get(b"host", ""), headers.get(b"origin")
    if urlsplit(f"//{host}").hostname not in _OWN_NAMES:
        return False
    return origin is None or urlsplit(origin).netloc == host
