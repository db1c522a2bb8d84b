"""Whom the pages answer: a name of their own, never one that others led here."""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
from collections.abc import Collection, Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tillferry.errors import TillferryError

HOST: Final = "127.0.0.1"
_THIS_MACHINE: Final = frozenset({HOST, "localhost"})

Headers = Sequence[tuple[bytes, bytes]]


def refuse_used_port(port: int, code: str, host: str = HOST) -> None:
    """Raises ``TillferryError`` with ``code`` where another program listens on ``port``.

    Also ``serving_not_this_machine`` where ``host`` is not an address of it, and
    ``serving_port_not_allowed`` where the system keeps the port for others.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise TillferryError("serving_not_this_machine", host=host) from None
            if error.errno == errno.EACCES:
                raise TillferryError("serving_port_not_allowed", port=port) from None
            raise TillferryError(code, port=port) from None


class OnlyOwnNames:
    """Refuses pages of other places: a browser must not be talked into acting for them.

    A foreign name that leads here is refused by ``Host``, a foreign page that opens a socket by
    ``Origin``. ``headers`` go with every answer that is not a refusal.
    """

    def __init__(
        self, inner: ASGIApp, names: Collection[str] = _THIS_MACHINE, headers: Headers = ()
    ) -> None:
        self._inner = inner
        self._names = frozenset(names)
        self._headers = tuple(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not self._is_own(scope):
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

    def _is_own(self, scope: Scope) -> bool:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
            return name in self._names and (
                origin is None or urlsplit(origin).netloc.lower() == host.lower()
            )
        except ValueError:
            return False
