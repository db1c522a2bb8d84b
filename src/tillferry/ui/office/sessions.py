"""Who is signed in: sessions live in the server, a browser has only a random token."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

COOKIE: Final = "tillferry_office"
IDLE_SECONDS: Final = 4 * 3600.0
"""Without a touch for so long, a session ends."""
LONGEST_SECONDS: Final = 16 * 3600.0
TICKET_SECONDS: Final = 30.0
_MOST: Final = 1_000


@dataclass(slots=True)
class Session:
    """A person who is signed in. Times are of a clock that only runs forward."""

    user: str
    since: float
    used: float


class Sessions:
    """All sessions of this run; the end of the program ends them.

    Signing in gives a ticket, which the browser exchanges for a cookie that no script can read.
    Tokens are kept as hashes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._tickets: dict[str, tuple[str, float]] = {}

    def ticket(self, user: str) -> str:
        """What a browser exchanges, once and soon, for its cookie."""
        ticket = secrets.token_urlsafe(32)
        with self._lock:
            self._tidy()
            self._tickets[_hash(ticket)] = (user, self._clock())
        return ticket

    def enter(self, ticket: str) -> str | None:
        """The token of a new session; ``None`` for a ticket that is used, old or none."""
        with self._lock:
            user, made = self._tickets.pop(_hash(ticket), ("", 0.0))
            now = self._clock()
            if not user or now - made > TICKET_SECONDS:
                return None
            token = secrets.token_urlsafe(32)
            self._sessions[_hash(token)] = Session(user, now, now)
            return token

    def user_of(self, token: str, *, touch: bool = True) -> str:
        """Who has this token, empty where nobody. ``touch`` counts as somebody being there."""
        with self._lock:
            session = self._sessions.get(_hash(token))
            if session is None:
                return ""
            now = self._clock()
            if now - session.used > IDLE_SECONDS or now - session.since > LONGEST_SECONDS:
                del self._sessions[_hash(token)]
                return ""
            if touch:
                session.used = now
            return session.user

    def leave(self, token: str) -> None:
        """Sign out."""
        with self._lock:
            self._sessions.pop(_hash(token), None)

    def end_all_of(self, user: str, *, but: str = "") -> None:
        """Sign a person out everywhere, except where ``but`` is the token."""
        kept = _hash(but)
        with self._lock:
            for token in [t for t, s in self._sessions.items() if s.user == user and t != kept]:
                del self._sessions[token]

    def _tidy(self) -> None:
        now = self._clock()
        self._tickets = {
            ticket: kept for ticket, kept in self._tickets.items() if now - kept[1] < TICKET_SECONDS
        }
        while len(self._sessions) >= _MOST:
            del self._sessions[min(self._sessions, key=lambda token: self._sessions[token].used)]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
