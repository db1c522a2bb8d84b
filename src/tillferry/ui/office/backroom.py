"""What all pages share: the home, the ferry, the sessions; every call runs in a worker thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

from nicegui import run

from tillferry.closing.office_seams import User
from tillferry.errors import TillferryError
from tillferry.office.people import may
from tillferry.ui.office.checked import CheckedBooks
from tillferry.ui.office.routes import Rights
from tillferry.ui.office.sessions import Sessions
from tillferry.wiring import office_admin
from tillferry.wiring.ferry import Ferry
from tillferry.wiring.office import Office, opened_office
from tillferry.wiring.serving import Served

T = TypeVar("T")


class Backroom:
    """Head office for the pages."""

    def __init__(self, home: Path, ferry: Ferry, lang: str, where: Served) -> None:
        self.home = home
        self.ferry = ferry
        self.sessions = Sessions()
        self.checked = CheckedBooks()
        self.language = lang
        self.where = where

    async def read(self, call: Callable[[Office], T]) -> T:
        """Ask the journal, through a connection of its own that cannot write."""
        return await in_thread(lambda: self.look(call))

    def look(self, call: Callable[[Office], T]) -> T:
        """As ``read``, in this thread."""
        with opened_office(self.home, read_only=True) as office:
            return call(office)

    async def write(self, call: Callable[[Office], T]) -> T:
        """Change something."""

        def work() -> T:
            with opened_office(self.home) as office:
                return call(office)

        return await in_thread(work)

    async def user(self, name: str) -> User | None:
        """The user as they are now, ``None`` where they are no more."""

        def find(office: Office) -> User | None:
            users = office_admin.records(office).users()
            return next((user for user in users if user.name == name), None)

        return await self.read(find) if name else None

    async def log_in(self, name: str, password: str) -> User:
        """The user, if the password is right; raises as ``People.log_in``."""
        who = office_admin.actor(name.strip()[:60] or "?")
        try:
            user = await self.write(
                lambda office: office_admin.people(office, who).log_in(name, password)
            )
        except TillferryError as error:
            # A password typed into the wrong field must not get into the log.
            known = await self.user(name.strip().casefold())
            self.ferry.log.warning(
                "sign_in_refused", code=error.code, person=known.name if known else "?"
            )
            raise
        self.ferry.log.info("signed_in", person=user.name)
        return user


def allowed(user: User, rights: Rights) -> bool:
    """Whether a user has one of the rights."""
    return any(may(user, right) for right in rights)


async def in_thread(call: Callable[[], T]) -> T:
    """Call in a worker thread, beside everything else."""
    done = await run.io_bound(call)
    return cast("T", done)
