"""The time clock: in, out, breaks. What was written is corrected by a new entry that names it.

Who still works when the day is closed is written with no end; clocking out later, or a
correction, writes a second entry that names the first and has the end.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tillferry.errors import TillferryError
from tillferry.till.register.booking import Booker, Day
from tillferry.till.register.jsonable import canonical, plain, restored
from tillferry.till.register.masters import SYSTEM, People
from tillferry.till.register.store import Store, asked_hash
from tillferry.till.register.values import Person, Role

LONGEST_WORK: Final = 60 * 24 * 7
"""Minutes: more in one entry was mistyped."""


@dataclass(frozen=True, slots=True)
class TimeEntry:
    """Work of a person; ``start`` and ``end`` are RFC 3339 text, ``end`` empty if forgotten.

    ``corrects`` names the entry that this one takes the place of, or is empty.
    """

    entry_id: str
    person_id: str
    person_name: str
    activity: str
    start: str
    end: str = ""
    break_minutes: int = 0
    corrects: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """Work that goes on. ``break_since`` is empty outside a break.

    ``written_as`` is the entry with which a day close wrote it down already, or empty.
    """

    person_id: str
    activity: str
    start: str
    break_since: str = ""
    break_seconds: int = 0
    written_as: str = ""


class TimeClock:
    """Who works when. Clocking needs the person's PIN, corrections the role settings."""

    def __init__(self, store: Store, people: People, booker: Booker) -> None:
        self._store = store
        self._people = people
        self._booker = booker

    def running(self) -> tuple[Running, ...]:
        """Who works right now."""
        found = self._store.rows("SELECT data FROM running ORDER BY person_id")
        return tuple(restored(Running, json.loads(data)) for (data,) in found)

    def clock_in(self, person_id: str, pin: str, activity: str) -> Running:
        """Work begins. ``working_already``."""
        person = self._people.sign_in(person_id, pin)
        with self._store.transaction():
            if self._running(person_id) is not None:
                raise TillferryError("working_already", person=person.name)
            work = Running(person_id, activity, self._store.now().isoformat())
            self._booker.day_to_book()
            self._save(work)
            self._note("clocked_in", person_id, work)
        return work

    def start_break(self, person_id: str, pin: str) -> Running:
        """A break begins. ``not_working``, ``break_already``."""
        person = self._people.sign_in(person_id, pin)
        with self._store.transaction():
            work = self._needed(person)
            if work.break_since:
                raise TillferryError("break_already", person=person.name)
            work = replace(work, break_since=self._store.now().isoformat())
            self._save(work)
            self._note("break_started", person_id, work)
        return work

    def end_break(self, person_id: str, pin: str) -> Running:
        """A break ends. ``not_working``, ``no_break``."""
        person = self._people.sign_in(person_id, pin)
        with self._store.transaction():
            work = self._needed(person)
            if not work.break_since:
                raise TillferryError("no_break", person=person.name)
            work = self._without_break(work)
            self._save(work)
            self._note("break_ended", person_id, work)
        return work

    def clock_out(self, person_id: str, pin: str) -> TimeEntry:
        """Work ends, and a break with it. ``not_working``."""
        person = self._people.sign_in(person_id, pin)
        with self._store.transaction() as db:
            work = self._without_break(self._needed(person))
            entry = self._entry(work, person, self._store.now().isoformat())
            self._write(entry.entry_id, "", person_id, entry)
            db.execute("DELETE FROM running WHERE person_id = ?", (person_id,))
        return entry

    def record(self, key: str, by: str, entry: TimeEntry) -> TimeEntry:
        """Write work that is over, or correct an entry (``corrects``); ``key`` as in ``Sales``.

        ``entry_id`` becomes ``key``; an empty ``by`` is a program at this machine.
        Errors: ``time_wrong`` (no offset, end before start, break longer than the work),
        ``time_entry_unknown``, ``time_entry_corrected_already``.
        """
        entry = replace(entry, entry_id=key)
        asked = asked_hash("time", by, entry)
        with self._store.transaction() as db:
            if (known := self._store.known(key, "time_entry", asked)) is not None:
                return restored(TimeEntry, known.data)
            if by != SYSTEM:
                self._people.require(by, Role.SETTINGS)
            entry = self._checked(entry)
            person = self._people.get(entry.person_id)
            entry = replace(entry, person_name=person.name)
            if entry.corrects:
                self._check_correctable(entry)
            self._write(key, asked, by, entry)
            if entry.corrects and entry.end:
                work = self._running(entry.person_id)
                if work is not None and work.written_as == entry.corrects:
                    db.execute("DELETE FROM running WHERE person_id = ?", (entry.person_id,))
        return entry

    def entries_of_days(self, day_ids: Sequence[int]) -> Iterator[TimeEntry]:
        """All entries written on these days."""
        for day_id in day_ids:
            for (data,) in self._store.rows(
                "SELECT data FROM time_entries JOIN events USING (seq)"
                " WHERE day_id = ? ORDER BY seq",
                day_id,
            ):
                yield restored(TimeEntry, json.loads(data))

    def corrected(self) -> frozenset[str]:
        """The ids of entries that another one has taken the place of."""
        found = self._store.rows("SELECT corrects FROM time_entries WHERE corrects IS NOT NULL")
        return frozenset(entry_id for (entry_id,) in found)

    def write_running(self, day: Day) -> None:
        """Write down, with no end, who works over the day close; inside its transaction."""
        for work in self.running():
            if not work.written_as:
                person = self._people.get(work.person_id)
                entry = self._entry(work, person, "")
                self._write_into(day, entry.entry_id, "", work.person_id, entry)
                self._save(replace(work, written_as=entry.entry_id))

    # --- inside ---

    def _entry(self, work: Running, person: Person, end: str) -> TimeEntry:
        return TimeEntry(
            str(uuid.uuid4()),
            person.person_id,
            person.name,
            work.activity,
            work.start,
            end,
            work.break_seconds // 60,
            work.written_as,
            "Ende nach dem Tagesabschluss" if work.written_as else "",
        )

    def _write(self, key: str, asked: str, by: str, entry: TimeEntry) -> None:
        with self._store.transaction():
            self._write_into(self._booker.day_to_book(), key, asked, by, entry)

    def _write_into(self, day: Day, key: str, asked: str, by: str, entry: TimeEntry) -> None:
        with self._store.transaction() as db:
            event = self._store.append(key, "time_entry", by, asked, plain(entry))
            db.execute(
                "INSERT INTO time_entries VALUES (?, ?, ?, ?)",
                (entry.entry_id, event.seq, day.day_id, entry.corrects or None),
            )

    def _checked(self, entry: TimeEntry) -> TimeEntry:
        """The entry with its times in the till's own zone."""
        start = self._store.local(entry.start)
        end = self._store.local(entry.end) if entry.end else None
        lasted = LONGEST_WORK if end is None else (end - start).total_seconds() // 60
        if not 0 <= entry.break_minutes <= lasted <= LONGEST_WORK:
            raise TillferryError("time_wrong", time=f"{entry.start} - {entry.end}")
        return replace(entry, start=start.isoformat(), end=end.isoformat() if end else "")

    def _check_correctable(self, entry: TimeEntry) -> None:
        found = self._store.row(
            "SELECT data FROM time_entries JOIN events USING (seq) WHERE entry_id = ?",
            entry.corrects,
        )
        if found is None or json.loads(found[0])["person_id"] != entry.person_id:
            raise TillferryError("time_entry_unknown", entry=entry.corrects)
        if self._store.row("SELECT 1 FROM time_entries WHERE corrects = ?", entry.corrects):
            raise TillferryError("time_entry_corrected_already", entry=entry.corrects)

    def _running(self, person_id: str) -> Running | None:
        found = self._store.row("SELECT data FROM running WHERE person_id = ?", person_id)
        return None if found is None else restored(Running, json.loads(found[0]))

    def _needed(self, person: Person) -> Running:
        work = self._running(person.person_id)
        if work is None:
            raise TillferryError("not_working", person=person.name)
        return work

    def _without_break(self, work: Running) -> Running:
        if not work.break_since:
            return work
        taken = self._store.now() - datetime.fromisoformat(work.break_since)
        seconds = work.break_seconds + max(0, int(taken.total_seconds()))
        return replace(work, break_since="", break_seconds=seconds)

    def _save(self, work: Running) -> None:
        with self._store.transaction() as db:
            db.execute(
                "INSERT INTO running VALUES (?, ?)"
                " ON CONFLICT (person_id) DO UPDATE SET data = excluded.data",
                (work.person_id, canonical(work)),
            )

    def _note(self, kind: str, person_id: str, work: Running) -> None:
        self._store.append(str(uuid.uuid4()), kind, person_id, "", plain(work))


def minutes(entry: TimeEntry) -> int:
    """The minutes worked without breaks; 0 where the end is missing."""
    if not entry.end:
        return 0
    lasted = datetime.fromisoformat(entry.end) - datetime.fromisoformat(entry.start)
    return max(0, int(lasted.total_seconds()) // 60 - entry.break_minutes)
