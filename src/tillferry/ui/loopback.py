"""Pages for this machine alone: where they are served, and whom they answer."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tillferry.errors import TillferryError

HOST: Final = "127.0.0.1"
_OWN_NAMES: Final = frozenset({HOST, "localhost"})

Headers = Sequence[tuple[bytes, bytes]]


def refuse_used_port(port: int, code: str) -> None:
    """Raises ``TillferryError`` with ``code`` where another program listens on ``port``."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise TillferryError(code, port=port) from None


class OnlyThisMachine:
    """Refuses pages of other places: a browser must not be talked into acting for them.

    A name that leads to this machine from elsewhere is refused by ``Host``, a foreign page that
    opens a socket by ``Origin``. ``headers`` go with every answer that is not a refusal.
    """

    def __init__(self, inner: ASGIApp, headers: Headers = ()) -> None:
        self._inner = inner
        self._headers = tuple(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not _is_own(scope):
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1008})
                return
            await PlainTextResponse("403", status_code=403)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", []).extend(self._headers)
            await send(message)

        await self._inner(scope, receive, with_headers if self._headers else send)


def _is_own(scope: Scope) -> bool:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    host, origin = headers.get(b"host", ""), headers.get(b"origin")
    if urlsplit(f"//{host}").hostname not in _OWN_NAMES:
        return False
    return origin is None or urlsplit(origin).netloc == host
