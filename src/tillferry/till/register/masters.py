"""Settings, articles and people, and who may do what. Every change is an event."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from tillferry.errors import TillferryError
from tillferry.till.register.jsonable import canonical, plain, restored
from tillferry.till.register.settings_check import (
    check_article,
    check_group,
    check_person,
    check_settings,
)
from tillferry.till.register.store import Store, new_key
from tillferry.till.register.values import (
    FIXED_WHILE_OPEN,
    Article,
    Group,
    Person,
    RegisterSettings,
    Role,
)

SYSTEM: Final = ""
"""The till itself: first set-up, the close by the clock."""

SHORTEST_PIN: Final = 4
USUAL_HASHER: Final = PasswordHasher()


class People:
    """Who works at the till. Raises ``person_unknown`` for anybody else."""

    def __init__(self, store: Store, hasher: PasswordHasher = USUAL_HASHER) -> None:
        self._store = store
        self._hasher = hasher

    def all(self) -> tuple[Person, ...]:
        """Everybody, also those who left, by id."""
        found = self._store.rows("SELECT data, locked_until FROM people ORDER BY person_id")
        return tuple(_person(*row) for row in found)

    def get(self, person_id: str) -> Person:
        """One person."""
        found = self._store.row(
            "SELECT data, locked_until FROM people WHERE person_id = ?", person_id
        )
        if found is None:
            raise TillferryError("person_unknown", person=person_id)
        return _person(*found)

    def require(self, person_id: str, role: Role) -> Person:
        """The person, who may do this. ``role_missing`` or ``person_left`` otherwise."""
        person = self.get(person_id)
        if not person.active:
            raise TillferryError("person_left", person=person.name)
        if role not in person.roles:
            raise TillferryError("role_missing", person=person.name, role=role)
        return person

    def save(self, by: str, person: Person, pin: str = "") -> None:
        """Take on or change a person; an empty ``pin`` leaves it as it is.

        ``by`` needs the role settings, but for the first person. ``pin_too_short`` under four
        digits; a new person needs one. ``setting_wrong`` for what fits into no column.
        """
        check_person(person)
        with self._store.transaction() as db:
            known = self._store.row(
                "SELECT data, pin_hash FROM people WHERE person_id = ?", person.person_id
            )
            if self._store.row("SELECT 1 FROM people") is not None or by != SYSTEM:
                self.require(by, Role.SETTINGS)
            if (pin or known is None) and (
                len(pin) < SHORTEST_PIN or not (pin.isascii() and pin.isdigit())
            ):
                raise TillferryError("pin_too_short", digits=SHORTEST_PIN)
            person = replace(person, locked_until="")
            pin_hash = self._hasher.hash(pin) if pin else known[1]
            db.execute(
                "INSERT INTO people (person_id, data, pin_hash) VALUES (?, ?, ?)"
                " ON CONFLICT (person_id) DO UPDATE SET data = excluded.data,"
                " pin_hash = excluded.pin_hash, wrong_pins = 0, locked_until = ''",
                (person.person_id, canonical(person), pin_hash),
            )
            self._require_a_chief()
            self._store.append(
                new_key(),
                "person",
                by,
                "",
                {
                    "before": json.loads(known[0]) if known else None,
                    "after": plain(person),
                    "new_pin": bool(pin),
                },
            )

    def _require_a_chief(self) -> None:
        if not any(person.active and Role.SETTINGS in person.roles for person in self.all()):
            raise TillferryError("last_settings_person")

    def sign_in(self, person_id: str, pin: str) -> Person:
        """The person with this PIN. ``pin_wrong``, or ``person_locked`` after too many."""
        person = self.get(person_id)
        if not person.active:
            raise TillferryError("person_left", person=person.name)
        now = self._store.now()
        if person.locked_until and now < datetime.fromisoformat(person.locked_until):
            raise TillferryError("person_locked", person=person.name, until=person.locked_until)
        (pin_hash,) = self._store.row("SELECT pin_hash FROM people WHERE person_id = ?", person_id)
        try:
            self._hasher.verify(pin_hash, pin)
        except (VerifyMismatchError, InvalidHashError):
            self._count_wrong(person, now)
        with self._store.transaction() as db:
            db.execute(
                "UPDATE people SET wrong_pins = 0, locked_until = '' WHERE person_id = ?",
                (person_id,),
            )
        return replace(person, locked_until="")

    def _count_wrong(self, person: Person, now: datetime) -> None:
        settings = self._store.settings()
        with self._store.transaction() as db:
            (wrong,) = self._store.row(
                "SELECT wrong_pins FROM people WHERE person_id = ?", person.person_id
            )
            wrong += 1
            until = ""
            if wrong >= settings.pin_tries:
                until = (now + timedelta(minutes=settings.pin_lock_minutes)).isoformat()
                self._store.append(new_key(), "locked", person.person_id, "", {"until": until})
            db.execute(
                "UPDATE people SET wrong_pins = ?, locked_until = ? WHERE person_id = ?",
                (0 if until else wrong, until, person.person_id),
            )
        if until:
            raise TillferryError("person_locked", person=person.name, until=until)
        raise TillferryError("pin_wrong", left=settings.pin_tries - wrong)

    def unlock(self, by: str, person_id: str) -> None:
        """Let a locked person try again."""
        with self._store.transaction() as db:
            self.require(by, Role.SETTINGS)
            self.get(person_id)
            db.execute(
                "UPDATE people SET wrong_pins = 0, locked_until = '' WHERE person_id = ?",
                (person_id,),
            )
            self._store.append(new_key(), "unlocked", by, "", {"person": person_id})


class Masters:
    """Articles, groups and settings."""

    def __init__(self, store: Store, people: People) -> None:
        self._store = store
        self._people = people

    def settings(self) -> RegisterSettings:
        """How the till is set."""
        return self._store.settings()

    def change(self, by: str, **changes: object) -> RegisterSettings:
        """Change settings by name; gives them as they are now.

        ``day_open_for_change`` for what a closing says once for all its receipts (company, VAT
        rates, TSE), while a day is open; ``setting_wrong`` for what cannot be. ``by`` needs the
        role settings; the empty one (the till itself) may set up a till without people.
        """
        known = {entry.name for entry in fields(RegisterSettings)}
        if unknown := set(changes) - known:
            raise TypeError(f"no such settings: {sorted(unknown)}")
        with self._store.transaction():
            self._require(by)
            before = self._store.settings()
            differing = {k: v for k, v in changes.items() if getattr(before, k) != v}
            if not differing:
                return before
            fixed = sorted(FIXED_WHILE_OPEN & set(differing))
            if fixed and self._store.row("SELECT 1 FROM days WHERE z_nr IS NULL"):
                raise TillferryError("day_open_for_change", names=", ".join(fixed))
            after = replace(before, **differing)  # type: ignore[arg-type]
            check_settings(after)
            self._store.set_fact("settings", canonical(after))
            self._store.append(
                new_key(),
                "settings",
                by,
                "",
                {
                    name: {"before": plain(getattr(before, name)), "after": plain(value)}
                    for name, value in differing.items()
                },
            )
        return after

    def groups(self) -> tuple[Group, ...]:
        """Article groups in the order of the page."""
        found = self._store.rows("SELECT data FROM article_groups")
        groups = [restored(Group, json.loads(data)) for (data,) in found]
        return tuple(sorted(groups, key=lambda group: (group.position, group.group_id)))

    def articles(self, *, also_inactive: bool = False) -> tuple[Article, ...]:
        """What is sold, by number."""
        found = self._store.rows("SELECT data FROM articles ORDER BY number")
        articles = (restored(Article, json.loads(data)) for (data,) in found)
        return tuple(article for article in articles if article.active or also_inactive)

    def article(self, number: str) -> Article:
        """One article that may be sold. ``article_unknown`` otherwise."""
        found = self._store.row("SELECT data FROM articles WHERE number = ?", number)
        article = None if found is None else restored(Article, json.loads(found[0]))
        if article is None or not article.active:
            raise TillferryError("article_unknown", article=number)
        return article

    def group_name(self, group_id: str) -> str:
        """The name of a group, empty for none."""
        found = self._store.row("SELECT data FROM article_groups WHERE group_id = ?", group_id)
        return "" if found is None else str(json.loads(found[0])["name"])

    def save_group(self, by: str, group: Group) -> None:
        """Add or change a group. ``setting_wrong`` for what fits into no column."""
        check_group(group)
        self._save(by, "article_groups", "group_id", group.group_id, group)

    def save_article(self, by: str, article: Article) -> None:
        """Add or change an article; one that is no longer sold becomes inactive.

        ``vat_key_unknown_here`` for a UST_SCHLUESSEL that the till does not have,
        ``deposit_unknown`` where the deposit is no deposit article, ``setting_wrong`` for what
        fits into no column.
        """
        check_article(article)
        settings = self._store.settings()
        for key in (article.vat_here, article.vat_takeaway):
            if all(rate.key != key for rate in settings.vat):
                raise TillferryError("vat_key_unknown_here", key=key)
        if article.deposit:
            deposit = self._store.row("SELECT data FROM articles WHERE number = ?", article.deposit)
            if deposit is None or not json.loads(deposit[0])["is_deposit"]:
                raise TillferryError("deposit_unknown", article=article.deposit)
        self._save(by, "articles", "number", article.number, article)

    def _save(self, by: str, table: str, key: str, value: str, entry: Group | Article) -> None:
        with self._store.transaction() as db:
            self._require(by)
            before = self._store.row(f"SELECT data FROM {table} WHERE {key} = ?", value)
            text = canonical(entry)
            if before is not None and before[0] == text:
                return
            db.execute(
                f"INSERT INTO {table} VALUES (?, ?) ON CONFLICT ({key})"
                " DO UPDATE SET data = excluded.data",
                (value, text),
            )
            self._store.append(
                new_key(),
                "article" if table == "articles" else "article_group",
                by,
                "",
                {"before": json.loads(before[0]) if before else None, "after": plain(entry)},
            )

    def _require(self, by: str) -> None:
        if by != SYSTEM or self._store.row("SELECT 1 FROM people") is not None:
            self._people.require(by, Role.SETTINGS)


def _person(data: Any, locked_until: str) -> Person:
    return replace(restored(Person, json.loads(data)), locked_until=locked_until)
