"""``closing.office_seams.OfficeRecords`` on SQLite and PostgreSQL, beside the closings."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa

from tillferry.closing.office_seams import (
    ClosingVersion,
    Correction,
    ExplainedHole,
    ItemDecision,
    LogEntry,
    LogRecord,
    OfficeChange,
    OfficeRecords,
    Outlet,
    TillContact,
    TillDetails,
    TillFigures,
    TillKind,
    User,
    Verdict,
)
from tillferry.closing.ranges import Range
from tillferry.closing.seams import Journal
from tillferry.closing.tables import PARTS, TABLES
from tillferry.errors import TillferryError
from tillferry.journal.database import Database
from tillferry.journal.held import held_of_many
from tillferry.journal.items import TEXTS, settle_items
from tillferry.journal.store import SqlJournal, write_booking

_KEPT: Final = (
    "closing_id, till_id, z_nr, z_kasse_id, z_erstellung, business_day, z_start_id, z_ende_id, "
    "receipts, gross_cents, " + ", ".join(f"digest_{part}" for part in PARTS) + ", row_count, "
    "delivery, booked_at"
)
# Counts and ends come out of the index of (till_id, z_nr) alone.
_FIGURES: Final = """
WITH ends AS (
    SELECT till_id, count(*) AS closings, min(z_nr) AS first_z, max(z_nr) AS last_z
    FROM closings GROUP BY till_id
), newest AS (
    SELECT till_id, max(delivery_no) AS delivery_no FROM deliveries
    WHERE till_id <> 0 GROUP BY till_id
)
SELECT e.till_id, e.closings, e.first_z, e.last_z, CAST(c.business_day AS TEXT), c.z_erstellung,
    brought.received_at, last.received_at
FROM ends e
JOIN closings c ON c.till_id = e.till_id AND c.z_nr = e.last_z
LEFT JOIN deliveries brought ON brought.sha256 = c.delivery
LEFT JOIN newest n ON n.till_id = e.till_id
LEFT JOIN deliveries last ON last.delivery_no = n.delivery_no
ORDER BY e.till_id
"""
_MISSING: Final = """
SELECT till_id, z_nr + 1, following - 1 FROM (
    SELECT till_id, z_nr, lead(z_nr) OVER (PARTITION BY till_id ORDER BY z_nr) AS following
    FROM closings
) AS pairs WHERE following > z_nr + 1 ORDER BY till_id, z_nr
"""
_ENTRY: Final = tuple(field.name for field in fields(LogEntry))


def office_records(journal: Journal) -> OfficeRecords:
    """The records in the database of a journal that ``open_journal`` opened."""
    if not isinstance(journal, SqlJournal):
        raise TypeError(f"{type(journal).__name__} has no database")
    return SqlOfficeRecords(journal.database, journal.timezone)


def record_hash(sequence: int, entry: LogEntry, previous: str) -> str:
    """The hash of a record: SHA-256 over a JSON array of all it says, without blanks, in UTF-8."""
    said = [sequence, *(getattr(entry, name) for name in _ENTRY), previous]
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class SqlOfficeRecords:
    """Threads may share one, as they share the journal whose connection it uses."""

    def __init__(self, database: Database, timezone: str) -> None:
        self._database = database
        self._timezone = timezone

    def write(self, change: OfficeChange) -> None:
        """Write all of ``change`` in one transaction, or nothing."""
        database = self._database
        with database.transaction():
            _correct(database, change.corrections)
            if change.booking is not None:
                write_booking(database, change.booking, self._timezone)
            _decide(database, change.decisions)
            _explain(database, change.explained)
            _replace(database, "outlets", "outlet_id", Outlet, change.outlets)
            _remove(database, "outlets", "outlet_id", change.removed_outlets)
            _replace(database, "till_details", "till_id", TillDetails, change.till_details)
            _replace(database, "till_contacts", "till_id", TillContact, change.contacts)
            _replace(database, "users", "name", User, change.users)
            _remove(database, "users", "name", change.removed_users)
            _append_log(database, change.log)

    def log(self, after: int = 0, limit: int | None = None) -> tuple[LogRecord, ...]:
        """Records of the log with a greater sequence than ``after``, in order."""
        end = "" if limit is None else f"LIMIT {int(limit)}"
        rows = self._database.rows(
            f"SELECT sequence, {', '.join(_ENTRY)}, previous, hash FROM audit_log "
            f"WHERE sequence > {int(after)} ORDER BY sequence {end}"
        )
        return tuple(LogRecord(row[0], LogEntry(*row[1:-2]), row[-2], row[-1]) for row in rows)

    def versions(self, till_id: int | None = None) -> tuple[ClosingVersion, ...]:
        """Closings as they were before they were corrected, oldest correction first."""
        where = "" if till_id is None else f"WHERE till_id = {int(till_id)}"
        plain = [field.name for field in fields(ClosingVersion) if field.name != "digests"]
        selected = ", ".join(
            "CAST(business_day AS TEXT) AS business_day" if name == "business_day" else name
            for name in plain
        )
        digests = ", ".join(f"digest_{part}" for part in PARTS)
        rows = self._database.rows(
            f"SELECT {selected}, {digests} FROM closing_versions {where} ORDER BY version_id"
        )
        return tuple(_version(plain, row) for row in rows)

    def decisions(self) -> Mapping[int, ItemDecision]:
        """Decisions by ``item_id``."""
        rows = self._database.rows(
            "SELECT item_id, verdict, person, at, reason FROM item_decisions"
        )
        return {row[0]: ItemDecision(row[0], Verdict(row[1]), *row[2:]) for row in rows}

    def decided_before(self, deliveries: Sequence[str]) -> frozenset[tuple[str, str, int]]:
        """Of these deliveries the closings (delivery, serial, z_nr) on which somebody decided."""
        put_aside = (Verdict.KEPT_HELD, Verdict.REFUSED, Verdict.DISCARDED)
        listed = ", ".join(f"'{verdict}'" for verdict in put_aside)
        rows = self._database.rows(
            "SELECT DISTINCT i.delivery, i.serial, i.z_nr FROM item_decisions d "
            f"JOIN items i ON i.item_id = d.item_id WHERE d.verdict IN ({listed}) "
            f"AND i.delivery IN ({TEXTS[self._database.dialect.name]})",
            json.dumps(list(deliveries)),
        )
        return frozenset((row[0], row[1], row[2]) for row in rows)

    def explained(self) -> tuple[ExplainedHole, ...]:
        """Holes that a person explained."""
        rows = self._database.rows(
            "SELECT till_id, first_z, last_z, person, at, reason FROM explained_holes "
            "ORDER BY hole_id"
        )
        return tuple(ExplainedHole(*row) for row in rows)

    def outlets(self) -> tuple[Outlet, ...]:
        """Outlets by their id."""
        rows = self._database.rows(
            "SELECT outlet_id, name, without_stock FROM outlets ORDER BY outlet_id"
        )
        return tuple(Outlet(row[0], row[1], bool(row[2])) for row in rows)

    def till_details(self) -> Mapping[int, TillDetails]:
        """What was written of tills, by ``till_id``."""
        rows = self._database.rows(
            "SELECT till_id, outlet_id, kind, retired_at, replaced_by, silent_days "
            "FROM till_details ORDER BY till_id"
        )
        return {row[0]: TillDetails(row[0], row[1], TillKind(row[2]), *row[3:]) for row in rows}

    def contacts(self) -> Mapping[int, TillContact]:
        """What is known of the tills' side, by ``till_id``."""
        names = ", ".join(field.name for field in fields(TillContact))
        rows = self._database.rows(f"SELECT {names} FROM till_contacts ORDER BY till_id")
        return {row[0]: TillContact(*row) for row in rows}

    def till_figures(self) -> Mapping[int, TillFigures]:
        """All tills at a glance, in few statements; tills without closings are left out."""
        missing: dict[int, list[Range]] = defaultdict(list)
        for till_id, first, last in self._database.rows(_MISSING):
            missing[till_id].append((first, last))
        return {
            row[0]: TillFigures(
                row[0],
                row[1],
                row[2],
                row[3],
                date.fromisoformat(row[4]),
                row[5],
                max((text for text in row[6:] if text), key=datetime.fromisoformat, default=""),
                tuple(missing[row[0]]),
            )
            for row in self._database.rows(_FIGURES)
        }

    def users(self) -> tuple[User, ...]:
        """Users by name."""
        names = ", ".join(field.name for field in fields(User))
        rows = self._database.rows(f"SELECT {names} FROM users ORDER BY name")
        return tuple(
            User(row[0], row[1], row[2], row[3], row[4], bool(row[5]), row[6]) for row in rows
        )

    def size_bytes(self) -> int:
        """How much room the database takes."""
        if self._database.dialect.name == "postgresql":
            return int(self._database.value("SELECT pg_database_size(current_database())"))
        pages = int(self._database.value("PRAGMA page_count"))
        return pages * int(self._database.value("PRAGMA page_size"))


def _version(names: Sequence[str], row: Sequence[Any]) -> ClosingVersion:
    values = dict(zip(names, row, strict=False))
    values["business_day"] = date.fromisoformat(values["business_day"])
    found = zip(PARTS, row[len(names) :], strict=True)
    return ClosingVersion(**values, digests={part: text for part, text in found if text})


# --- inside a transaction -----------------------------------------------------------------------


def _correct(database: Database, corrections: Sequence[Correction]) -> None:
    """Keep what was held of these closings and take their rows out."""
    if not corrections:
        return
    wanted = [(each.held.till_id, each.held.z_nr) for each in corrections]
    now = held_of_many(database, wanted)
    for each in corrections:
        held = now.get((each.held.till_id, each.held.z_nr))
        if held is None or dict(held.digests) != dict(each.held.digests):
            raise TillferryError("journal_already_held")
    from tillferry.journal.sums import remove_sums  # only where something is replaced

    first = _following(database, "closing_versions", "version_id")
    for version_id, each in enumerate(corrections, first):
        place = f"till_id = {int(each.held.till_id)} AND closing_id = {int(each.held.closing_id)}"
        database.run_each(
            f"INSERT INTO closing_versions (version_id, {_KEPT}, new_delivery, replaced_at, "
            f"replaced_by, reason) SELECT {version_id}, {_KEPT}, CAST(? AS TEXT), "
            f"CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT) FROM closings WHERE {place}",
            _texts(
                ("new_delivery", "at", "person", "reason"),
                [(each.new_delivery, each.at, each.person, each.reason)],
            ),
        )
        for table in TABLES:
            database.run(f'DELETE FROM "{table.name}" WHERE {place}')
        remove_sums(database, each.held.till_id, each.held.closing_id)
        database.run(f"DELETE FROM closings WHERE {place}")


def _decide(database: Database, decisions: Sequence[ItemDecision]) -> None:
    if not decisions:
        return
    settle_items(database, [each.item_id for each in decisions])
    _remove(database, "item_decisions", "item_id", [each.item_id for each in decisions])
    database.append("item_decisions", _table(ItemDecision, decisions))


def _explain(database: Database, explained: Sequence[ExplainedHole]) -> None:
    if not explained:
        return
    first = _following(database, "explained_holes", "hole_id")
    numbers = pa.array(range(first, first + len(explained)), pa.int64())
    database.append(
        "explained_holes", _table(ExplainedHole, explained).append_column("hole_id", numbers)
    )


def _append_log(database: Database, entries: Sequence[LogEntry]) -> None:
    if not entries:
        return
    last = database.rows("SELECT sequence, hash FROM audit_log ORDER BY sequence DESC LIMIT 1")
    sequence, previous = last[0] if last else (0, "")
    hashes: list[tuple[str, str]] = []
    for number, entry in enumerate(entries, sequence + 1):
        made = record_hash(number, entry, previous)
        hashes.append((previous, made))
        previous = made
    rows = _table(LogEntry, entries)
    rows = rows.append_column(
        "sequence", pa.array(range(sequence + 1, sequence + 1 + len(entries)), pa.int64())
    )
    for index, name in enumerate(("previous", "hash")):
        rows = rows.append_column(name, pa.array([pair[index] for pair in hashes], pa.string()))
    database.append("audit_log", rows)


def _replace(
    database: Database, table: str, key: str, kind: type[Any], values: Sequence[Any]
) -> None:
    """Write values over those with the same key."""
    if values:
        _remove(database, table, key, [getattr(value, key) for value in values])
        database.append(table, _table(kind, values))


def _remove(database: Database, table: str, key: str, values: Sequence[Any]) -> None:
    if values:
        database.run_each(f"DELETE FROM {table} WHERE {key} = ?", pa.table({key: pa.array(values)}))


def _following(database: Database, table: str, key: str) -> int:
    return int(database.value(f"SELECT coalesce(max({key}), 0) + 1 FROM {table}"))


def _table(kind: type[Any], values: Sequence[Any]) -> pa.Table:
    """Dataclass values as rows: flags as 0 and 1, names of states as texts, nothing as NULL."""
    columns: dict[str, pa.Array] = {}
    for name in (field.name for field in fields(kind)):
        of = [getattr(value, name) for value in values]
        # Only numbers may be missing.
        whole = any(value is None or isinstance(value, int) for value in of)
        columns[name] = pa.array(
            [value if value is None else int(value) if whole else str(value) for value in of],
            pa.int64() if whole else pa.string(),
        )
    return pa.table(columns)


def _texts(names: Sequence[str], rows: Iterable[Sequence[str]]) -> pa.Table:
    return pa.table(
        {
            name: pa.array(column, pa.string())
            for name, column in zip(names, zip(*rows, strict=True), strict=True)
        }
    )
