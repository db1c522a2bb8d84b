"""Users: roles, one-time passwords, lock-out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from tillferry.closing.office_seams import OfficeRecords
from tillferry.errors import TillferryError
from tillferry.journal import open_journal
from tillferry.journal.office_records import office_records
from tillferry.office.audit_log import Actor
from tillferry.office.people import LOCK_AFTER, RIGHTS, People, Right, Role, may

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 27, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Desk:
    records: OfficeRecords
    clock: Clock
    people: People

    def actions(self) -> list[str]:
        return [record.entry.action for record in self.records.log()]


@contextmanager
def opened_desk(url: str) -> Iterator[Desk]:
    journal = open_journal(url, create=True)
    records, clock = office_records(journal), Clock()
    yield Desk(records, clock, People(records, Actor("boss", clock), QUICK))
    journal.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(str(tmp_path / "journal.sqlite")) as opened:
        yield opened


def test_users_are_the_same_on_postgresql(postgres_url: str) -> None:
    with opened_desk(postgres_url) as desk:
        once = desk.people.add("kerstin", Role.DECIDE)
        with refused("login_wrong"):
            desk.people.log_in("kerstin", "wrong")
        user = desk.people.log_in("kerstin", once)
        assert desk.people.all() == (user,) and user.must_change


def refused(code: str) -> pytest.RaisesExc[TillferryError]:
    return pytest.RaisesExc(TillferryError, check=lambda error: error.code == code)


def test_a_new_user_has_to_change_the_one_time_password(desk: Desk) -> None:
    once = desk.people.add(" Kerstin ", Role.DECIDE)

    user = desk.people.log_in("KERSTIN", once)
    assert user.must_change and not any(may(user, right) for right in Right)
    with refused("password_too_short"):
        desk.people.change_password("kerstin", once, "short")
    with refused("password_too_short"):
        desk.people.change_password("kerstin", once, "kerstin-2026!")
    with refused("password_same"):
        desk.people.change_password("kerstin", once, once)
    changed = desk.people.change_password("kerstin", once, "Möwe über Strand")

    assert may(changed, Right.DECIDE) and not may(changed, Right.ADMIN)
    with refused("login_wrong"):
        desk.people.log_in("kerstin", once)
    assert desk.people.log_in("kerstin", "Möwe über Strand") == changed
    assert desk.actions() == ["user_added", "user_password_changed"]
    assert "Möwe" not in repr(changed) and "argon2" not in repr(changed)


def test_wrong_passwords_lock_for_longer_and_longer(desk: Desk) -> None:
    once = desk.people.add("kerstin", Role.IMPORT)
    for _ in range(LOCK_AFTER):
        with refused("login_wrong"):
            desk.people.log_in("kerstin", "wrong")
    with refused("login_locked"):
        desk.people.log_in("kerstin", once)
    desk.clock.now += timedelta(seconds=61)
    with refused("login_wrong"):
        desk.people.log_in("kerstin", "wrong")
    desk.clock.now += timedelta(seconds=61)
    with refused("login_locked"):
        desk.people.log_in("kerstin", once)
    desk.clock.now += timedelta(seconds=61)

    assert desk.people.log_in("kerstin", once).failed == 0
    assert desk.actions() == ["user_added", "user_locked", "user_locked"]


def test_a_reset_unlocks_with_another_one_time_password(desk: Desk) -> None:
    once = desk.people.add("kerstin", Role.IMPORT)
    for _ in range(LOCK_AFTER):
        with refused("login_wrong"):
            desk.people.log_in("kerstin", "wrong")

    again = desk.people.reset_password("kerstin")

    assert again != once and desk.people.log_in("kerstin", again).must_change


def test_an_unknown_name_is_refused_like_a_wrong_password(desk: Desk) -> None:
    with refused("login_wrong"):
        desk.people.log_in("nobody", "wrong")
    assert desk.people.all() == ()


def test_somebody_stays_admin(desk: Desk) -> None:
    desk.people.add("boss", Role.ADMIN)
    with refused("last_admin"):
        desk.people.remove("boss")
    with refused("last_admin"):
        desk.people.set_role("boss", Role.AUDITOR)
    desk.people.add("second", Role.ADMIN)

    desk.people.set_role("boss", Role.AUDITOR)
    desk.people.remove("boss")

    assert [user.name for user in desk.people.all()] == ["second"]
    with refused("last_admin"):
        desk.people.remove("second")


@pytest.mark.parametrize("name", ["", "two words", "x" * 61, "a\tb"])
def test_names_that_are_none(desk: Desk, name: str) -> None:
    with refused("user_name_invalid"):
        desk.people.add(name, Role.IMPORT)


def test_names_are_there_once(desk: Desk) -> None:
    desk.people.add("kerstin", Role.IMPORT)
    with refused("user_exists"):
        desk.people.add("Kerstin", Role.ADMIN)
    with refused("user_not_found"):
        desk.people.find("kerstina")


def test_an_auditor_changes_nothing_and_every_role_sees() -> None:
    changing = {Right.IMPORT, Right.DECIDE, Right.ARRANGE, Right.ADMIN}
    assert not RIGHTS[Role.AUDITOR] & changing and Right.LOG in RIGHTS[Role.AUDITOR]
    assert all(Right.SEE in RIGHTS[role] for role in Role)
