"""The till's book: one SQLite file of events that are only ever added, each with a hash.

An event's hash is the SHA-256 of the hash before it and of everything in the event, so nothing
can be taken out, put in or changed without being seen. What is derived from events (receipts by
number, open orders, articles, people) is written in the same transaction; a transaction is on the
disk when it ends (WAL, ``synchronous = FULL``).
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from tillferry.errors import TillferryError
from tillferry.till.register.jsonable import canonical, restored
from tillferry.till.register.values import RegisterSettings

FILE_NAME: Final = "till.sqlite"
SCHEMA_VERSION: Final = 1
BUSY_SECONDS: Final = 10.0
LONGEST_KEY: Final = 40
YEARS: Final = range(2000, 2200)
_UNWRITABLE: Final = re.compile(r"(?<!\\)(\\\\)*\\u0000|[\ud800-\udfff]")
GENESIS: Final = "0" * 64

_SCHEMA: Final = """
CREATE TABLE events (
    seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, at TEXT NOT NULL,
    person TEXT NOT NULL, asked TEXT NOT NULL, data TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER events_kept BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE INDEX events_by_kind ON events (kind, seq);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE people (
    person_id TEXT PRIMARY KEY, data TEXT NOT NULL, pin_hash TEXT NOT NULL,
    wrong_pins INTEGER NOT NULL DEFAULT 0, locked_until TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE article_groups (group_id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT;
CREATE TABLE articles (number TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT;
CREATE TABLE days (
    day_id INTEGER PRIMARY KEY, business_day TEXT NOT NULL, opened_at TEXT NOT NULL,
    z_nr INTEGER UNIQUE) STRICT;
CREATE INDEX days_by_date ON days (business_day);
CREATE TABLE receipts (
    number INTEGER PRIMARY KEY, bon_id TEXT NOT NULL UNIQUE, seq INTEGER NOT NULL UNIQUE,
    day_id INTEGER NOT NULL, bon_typ TEXT NOT NULL, cancels TEXT UNIQUE,
    cash INTEGER NOT NULL) STRICT;
CREATE INDEX receipts_by_day ON receipts (day_id, number);
CREATE TABLE open_orders (bon_id TEXT PRIMARY KEY, table_name TEXT NOT NULL) STRICT;
CREATE TABLE running (
    person_id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT;
CREATE TABLE time_entries (
    entry_id TEXT PRIMARY KEY, seq INTEGER NOT NULL UNIQUE, day_id INTEGER NOT NULL,
    corrects TEXT UNIQUE) STRICT;
CREATE INDEX time_entries_by_day ON time_entries (day_id, seq);
CREATE TABLE stock_movements (
    movement_id TEXT PRIMARY KEY, seq INTEGER NOT NULL UNIQUE, day_id INTEGER NOT NULL) STRICT;
CREATE INDEX stock_movements_by_day ON stock_movements (day_id, seq);
CREATE TABLE closings (
    z_nr INTEGER PRIMARY KEY, day_id INTEGER NOT NULL UNIQUE, seq INTEGER NOT NULL UNIQUE,
    head TEXT NOT NULL, digests TEXT NOT NULL, chain TEXT NOT NULL, content BLOB NOT NULL) STRICT;
CREATE TABLE resend_requests (
    request_id INTEGER PRIMARY KEY, z_nr INTEGER NOT NULL, business_day TEXT NOT NULL,
    with_time INTEGER NOT NULL, asked_at TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0) STRICT;
"""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the book. ``asked`` is the hash of what the caller wanted."""

    seq: int
    key: str
    kind: str
    at: str
    person: str
    asked: str
    data: Any


class Store:
    """The till's file. One writer at a time, from any thread or process.

    Raises ``register_damaged`` where the file cannot be used, ``register_newer`` where a newer
    program wrote it, ``register_busy`` where another process does not finish and
    ``register_full`` where the disk is full.
    """

    def __init__(self, home: Path, clock: Clock) -> None:
        self.path = home / FILE_NAME
        self.clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._settings: tuple[str, RegisterSettings] | None = None
        try:
            home.mkdir(parents=True, exist_ok=True)
            fresh = not self.path.exists()
            self._db = sqlite3.connect(
                self.path, BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            if fresh:
                self.path.chmod(0o600)
        except (sqlite3.Error, OSError) as error:
            raise self._failure(error) from error
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._create()
        except sqlite3.Error as error:
            self._db.close()
            raise self._failure(error) from error
        except TillferryError:
            self._db.close()
            raise

    def _create(self) -> None:
        with self.transaction() as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA_VERSION:
                raise TillferryError("register_newer", file=self.path)
            if version == 0:
                for statement in _statements(_SCHEMA):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                self.set_fact("installation", uuid.uuid4().hex)
                self.set_fact("epoch", "1")

    def _failure(self, error: Exception) -> TillferryError:
        code = {
            sqlite3.SQLITE_BUSY: "register_busy",
            sqlite3.SQLITE_FULL: "register_full",
        }.get(getattr(error, "sqlite_errorcode", 0), "register_damaged")
        return TillferryError(code, file=self.path, reason=error)

    def close(self) -> None:
        """Give back the file."""
        with self._lock:
            self._db.close()

    def backup_to(self, target: Path) -> None:
        """A consistent copy of the file as it is now."""
        with self._lock:
            copy = sqlite3.connect(target, isolation_level=None)
            try:
                self._db.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            finally:
                copy.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, durable at the end; inside another one it is a part of that."""
        with self._lock:
            if self._depth:
                with self._part():
                    yield self._db
                return
            try:
                self._db.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise self._failure(error) from error
            self._depth = 1
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                self._settings = None
                if isinstance(error, sqlite3.Error):
                    raise self._failure(error) from error
                raise
            finally:
                self._depth = 0

    @contextmanager
    def _part(self) -> Iterator[None]:
        """A transaction inside another: it fails alone where the outer one goes on."""
        name = f"part{self._depth}"
        self._db.execute(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            # A full disk has rolled everything back already.
            if self._db.in_transaction:
                self._db.execute(f"ROLLBACK TO {name}")
            self._settings = None
            raise
        finally:
            if self._db.in_transaction:
                self._db.execute(f"RELEASE {name}")
            self._depth -= 1

    def rows(self, statement: str, *values: object) -> list[Any]:
        """The rows that a query finds."""
        with self._lock:
            try:
                return self._db.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise self._failure(error) from error

    def row(self, statement: str, *values: object) -> Any:
        """The first row that a query finds, or ``None``."""
        found = self.rows(statement, *values)
        return found[0] if found else None

    # --- facts ---

    def fact(self, name: str, default: str = "") -> str:
        """A small thing that the till remembers."""
        found = self.row("SELECT value FROM facts WHERE name = ?", name)
        return default if found is None else str(found[0])

    def set_fact(self, name: str, value: str) -> None:
        """Remember a small thing; only inside a transaction."""
        self._db.execute(
            "INSERT INTO facts VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )

    def settings(self) -> RegisterSettings:
        """The till's settings as they are now."""
        text = self.fact("settings", "{}")
        if self._settings is None or self._settings[0] != text:
            self._settings = (text, restored(RegisterSettings, json.loads(text)))
        return self._settings[1]

    # --- time ---

    def now(self) -> datetime:
        """The time where the till stands, in whole seconds."""
        return self._placed(self.clock())

    def local(self, text: str) -> datetime:
        """An RFC 3339 time as one where the till stands, in whole seconds. ``time_wrong``."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise TillferryError("time_wrong", time=text) from None
        if moment.tzinfo is None or moment.year not in YEARS:
            raise TillferryError("time_wrong", time=text)
        return self._placed(moment)

    def _placed(self, moment: datetime) -> datetime:
        here = moment.astimezone(ZoneInfo(self.settings().timezone)).replace(microsecond=0)
        # With the offset alone: two times of one zone would be compared by the wall clock, and
        # in the night when summer time ends that is wrong.
        return here.replace(tzinfo=timezone(here.utcoffset() or timedelta()))

    # --- events ---

    def append(self, key: str, kind: str, person: str, asked: str, data: object) -> Event:
        """Add an event; only inside a transaction. ``booking_id_wrong`` for an id that is empty
        or does not fit into the tables of a closing, ``text_wrong`` for a text that no table can
        hold (NUL, half a surrogate pair)."""
        if not 0 < len(key) <= LONGEST_KEY:
            raise TillferryError("booking_id_wrong", id=key[:LONGEST_KEY])
        last = self.row("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1") or (0, GENESIS)
        seq, at, text = last[0] + 1, self.now().isoformat(), canonical(data)
        if _UNWRITABLE.search(text):
            raise TillferryError("text_wrong")
        self._db.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                seq,
                key,
                kind,
                at,
                person,
                asked,
                text,
                event_hash(last[1], seq, key, kind, at, person, asked, text),
            ),
        )
        return Event(seq, key, kind, at, person, asked, data)

    def known(self, key: str, kind: str, asked: str) -> Event | None:
        """The event that this id has booked already.

        ``booking_id_reused`` where the id stands for something else.
        """
        found = self.row(
            "SELECT seq, key, kind, at, person, asked, data FROM events WHERE key = ?", key
        )
        if found is None:
            return None
        seq, _, known_kind, at, person, known_asked, data = found
        if known_kind != kind or known_asked != asked:
            raise TillferryError("booking_id_reused", id=key)
        return Event(seq, key, kind, at, person, asked, json.loads(data))

    def verify(self) -> int:
        """Hash the whole book again; the number of events. ``register_altered`` names the first
        event that is not what it was."""
        before, count = GENESIS, 0
        with self._lock:
            for row in self._db.execute(
                "SELECT seq, key, kind, at, person, asked, data, hash FROM events ORDER BY seq"
            ):
                count += 1
                if row[0] != count or row[7] != event_hash(before, *row[:7]):
                    raise TillferryError("register_altered", seq=count)
                before = row[7]
        return count


def event_hash(before: str, *parts: object) -> str:
    """The hash of an event after the one before."""
    text = json.dumps([before, *parts], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def asked_hash(*wish: object) -> str:
    """What a caller wants, as a hash: the same id must want the same again."""
    return hashlib.sha256(canonical(list(wish)).encode("utf-8", "surrogatepass")).hexdigest()


def new_key() -> str:
    """An id for a booking that nobody repeats."""
    return str(uuid.uuid4())


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: ``executescript`` would end the transaction."""
    pending = ""
    for line in script.splitlines():
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
