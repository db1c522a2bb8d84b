"""The page's server: only for this machine, quiet, ended by a signal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from nicegui import app, ui

from tillferry.ui.loopback import HOST, OnlyOwnNames, refuse_used_port
from tillferry.ui.till.desk import Desk
from tillferry.ui.till.session import Session
from tillferry.ui.till.shell import Shell
from tillferry.ui.till.words import Words
from tillferry.wiring.register import opened_register

_PRIMARY: Final = "#00535e"
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
        refuse_used_port(port, "desk_port_in_use")
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
        app.add_middleware(OnlyOwnNames)
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
