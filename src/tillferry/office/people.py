"""Who may use head office: roles, passwords (Argon2), lock-out, one-time passwords."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tillferry.closing.office_seams import LogEntry, OfficeChange, OfficeRecords, User
from tillferry.errors import TillferryError
from tillferry.office.audit_log import Actor

LOCK_AFTER: Final = 5
"""So many wrong passwords in a row lock a user for a minute; every further one doubles that."""
LONGEST_LOCK: Final = timedelta(hours=1)
SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 200
FIRST_ADMIN: Final = "admin"

_NAME_LENGTH: Final = 60
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of one-time passwords: nothing that looks like something else."""

_one_at_a_time = threading.Lock()


class Role(StrEnum):
    """What somebody is here for."""

    IMPORT = "import"
    DECIDE = "decide"
    REPORT = "report"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Right(StrEnum):
    """What a page or a button needs."""

    SEE = "see"
    IMPORT = "import"
    DECIDE = "decide"
    REPORT = "report"
    ARRANGE = "arrange"
    """Keep reports that go out as mail, and the accounts of exports."""
    LOG = "log"
    ADMIN = "admin"


RIGHTS: Final[Mapping[Role, frozenset[Right]]] = MappingProxyType(
    {
        Role.IMPORT: frozenset({Right.SEE, Right.IMPORT}),
        Role.DECIDE: frozenset({Right.SEE, Right.IMPORT, Right.DECIDE}),
        Role.REPORT: frozenset({Right.SEE, Right.REPORT, Right.ARRANGE}),
        Role.ADMIN: frozenset(Right),
        # An auditor sees everything and changes nothing.
        Role.AUDITOR: frozenset({Right.SEE, Right.REPORT, Right.LOG}),
    }
)


def may(user: User, right: Right) -> bool:
    """Whether a user has a right; nobody has any while a one-time password is to be changed."""
    return not user.must_change and right in RIGHTS[Role(user.role)]


class People:
    """Users of head office. ``actor`` is who changes them, and stands in the log."""

    def __init__(
        self, records: OfficeRecords, actor: Actor, hasher: PasswordHasher | None = None
    ) -> None:
        self._records = records
        self._actor = actor
        self._hasher = hasher or PasswordHasher()

    def all(self) -> tuple[User, ...]:
        """All users, by name."""
        return self._records.users()

    def find(self, name: str) -> User:
        """The user of that name, however it is written. ``user_not_found``."""
        for user in self.all():
            if user.name == _plain(name):
                return user
        raise TillferryError("user_not_found", name=name.strip()[:_NAME_LENGTH])

    def add(self, name: str, role: Role) -> str:
        """Add a user; gives the one-time password. ``user_name_invalid``, ``user_exists``."""
        plain = _plain(name)
        if not 1 <= len(plain) <= _NAME_LENGTH or not plain.isprintable() or " " in plain:
            raise TillferryError("user_name_invalid", name=plain[:_NAME_LENGTH])
        if any(user.name == plain for user in self.all()):
            raise TillferryError("user_exists", name=plain)
        password = one_time_password()
        user = User(
            plain,
            self._hasher.hash(password),
            role.value,
            must_change=True,
            created_at=self._actor.at,
        )
        self._write(user, self._actor.entry("user_added", f"{plain} ({role.value})"))
        return password

    def reset_password(self, name: str) -> str:
        """Give a user a new one-time password, and unlock."""
        user, password = self.find(name), one_time_password()
        self._write(
            replace(
                user,
                password=self._hasher.hash(password),
                must_change=True,
                failed=0,
                locked_until="",
            ),
            self._actor.entry("user_password_reset", user.name),
        )
        return password

    def change_password(self, name: str, old: str, new: str) -> User:
        """A user's own new password.

        Raises what ``log_in`` raises, ``password_too_short`` and ``password_same``.
        """
        user = self.log_in(name, old)
        if not SHORTEST_PASSWORD <= len(new) <= LONGEST_PASSWORD or user.name in new.casefold():
            raise TillferryError("password_too_short", least=SHORTEST_PASSWORD)
        if new == old:
            raise TillferryError("password_same")
        changed = replace(user, password=self._hasher.hash(new), must_change=False)
        self._write(changed, self._actor.entry("user_password_changed", user.name))
        return changed

    def set_role(self, name: str, role: Role) -> User:
        """Give a user another role. ``last_admin`` where nobody else could give it back."""
        user = self.find(name)
        if role is not Role.ADMIN:
            self._keep_an_admin(user)
        changed = replace(user, role=role.value)
        said = f"{user.name} ({user.role} → {role.value})"
        self._write(changed, self._actor.entry("user_role_set", said))
        return changed

    def remove(self, name: str) -> None:
        """Remove a user. ``user_not_found``, ``last_admin``."""
        user = self.find(name)
        self._keep_an_admin(user)
        entry = self._actor.entry("user_removed", user.name)
        self._records.write(OfficeChange([entry], removed_users=[user.name]))

    def log_in(self, name: str, password: str) -> User:
        """The user, if the password is right.

        Raises ``login_wrong`` (the same for an unknown name) and ``login_locked``. Wrong passwords
        are counted; a lock goes into the log.
        """
        with _one_at_a_time:
            user = next((user for user in self.all() if user.name == _plain(name)), None)
            now = self._actor.clock()
            if user is None:
                # As slow as a wrong password, so that names cannot be found out.
                self._fits(_nobody(self._hasher), password)
                raise TillferryError("login_wrong")
            if user.locked_until and now < datetime.fromisoformat(user.locked_until):
                raise TillferryError("login_locked", until=user.locked_until)
            if len(password) > LONGEST_PASSWORD or not self._fits(user.password, password):
                self._count_failure(user, now)
                raise TillferryError("login_wrong")
            hashed = user.password
            if self._hasher.check_needs_rehash(hashed):
                hashed = self._hasher.hash(password)
            good = replace(user, failed=0, locked_until="", password=hashed)
            if good != user:
                self._records.write(OfficeChange(users=[good]))
            return good

    def _count_failure(self, user: User, now: datetime) -> None:
        failed = user.failed + 1
        if failed < LOCK_AFTER:
            self._records.write(OfficeChange(users=[replace(user, failed=failed)]))
            return
        minutes = 2 ** min(failed - LOCK_AFTER, 10)
        until = now + min(timedelta(minutes=minutes), LONGEST_LOCK)
        locked = replace(user, failed=failed, locked_until=until.isoformat(timespec="seconds"))
        self._write(locked, self._actor.entry("user_locked", user.name))

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _keep_an_admin(self, leaving: User) -> None:
        others = [user for user in self.all() if user.role == Role.ADMIN and user != leaving]
        if leaving.role == Role.ADMIN and not others:
            raise TillferryError("last_admin", name=leaving.name)

    def _write(self, user: User, entry: LogEntry) -> None:
        self._records.write(OfficeChange([entry], users=[user]))


def one_time_password() -> str:
    """Sixteen letters and digits in groups of four."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


@cache
def _nobody(hasher: PasswordHasher) -> str:
    return hasher.hash(secrets.token_hex(16))


def _plain(name: str) -> str:
    return name.strip().casefold()
