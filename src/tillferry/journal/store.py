"""The journal: what is known of tills, deliveries, items and closings, in one database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

import pyarrow as pa

from tillferry.closing.model import ClosingBatch
from tillferry.closing.seams import Booking, Delivery, HeldClosing, Item, Till, TillState
from tillferry.errors import TillferryError
from tillferry.journal.database import Database
from tillferry.journal.held import held_of_many, held_of_till
from tillferry.journal.items import TEXTS, append_items, read_items, settle_items, settle_waiting
from tillferry.journal.reading import read_closings

_TILL: Final = tuple(field.name for field in fields(Till))
_DELIVERY: Final = tuple(field.name for field in fields(Delivery))
_NUMBERS: Final = frozenset({"till_id", "bundle_sequence", "delivery_no", "size_bytes"})


class SqlJournal:
    """``closing.seams.Journal`` on SQLite and PostgreSQL. Threads may share one."""

    def __init__(self, database: Database, timezone: str) -> None:
        self._database = database
        self._timezone = timezone

    @property
    def database(self) -> Database:
        """The connection, for what stands beside the closings."""
        return self._database

    @property
    def timezone(self) -> str:
        """The place of receipts whose times are in UTC, for sums by the hour."""
        return self._timezone

    def tills(self) -> tuple[Till, ...]:
        """All tills, by ``till_id``."""
        rows = self._database.rows(f"SELECT {', '.join(_TILL)} FROM tills ORDER BY till_id")
        return tuple(_till(row) for row in rows)

    def save_till(self, till: Till) -> Till:
        """Write a till; a new one gets its ``till_id``.

        ``customer_number_taken`` and ``serial_taken`` where another till has it.
        """
        with self._database.transaction():
            (saved,) = _save_tills(self._database, [till])
        return saved

    def book(self, booking: Booking) -> None:
        """Write all of ``booking`` in one transaction, or nothing.

        An item is settled by a good one of the same closing that comes after it, in this booking
        or in a later one. ``journal_already_held`` where another process was faster.
        """
        with self._database.transaction():
            write_booking(self._database, booking, self._timezone)

    def held(self, till_id: int, z_nrs: Sequence[int] | None = None) -> Mapping[int, HeldClosing]:
        """The closings of a till that are held, by Z number; all where ``z_nrs`` is ``None``."""
        if z_nrs is None:
            return {closing.z_nr: closing for closing in held_of_till(self._database, till_id)}
        found = self.held_of_many([(till_id, z_nr) for z_nr in z_nrs])
        return {z_nr: closing for (_, z_nr), closing in found.items()}

    def held_of_many(
        self, wanted: Sequence[tuple[int, int]]
    ) -> Mapping[tuple[int, int], HeldClosing]:
        """Of the wanted (till_id, z_nr) those that are held: one statement for thousands."""
        return held_of_many(self._database, wanted)

    def read(self, till_id: int, z_nrs: Sequence[int]) -> Iterator[ClosingBatch]:
        """Held closings with their rows, in groups of bounded size, in the order of Z numbers."""
        return read_closings(self._database, till_id, z_nrs)

    def delivery(self, sha256: str) -> Delivery | None:
        """A delivery that was taken in before."""
        return self.known_deliveries([sha256]).get(sha256)

    def known_deliveries(self, hashes: Sequence[str]) -> Mapping[str, Delivery]:
        """Of these files those that were taken in before, by their SHA-256."""
        rows = self._database.rows(
            f"SELECT {', '.join(_DELIVERY)} FROM deliveries "
            f"WHERE sha256 IN ({TEXTS[self._database.dialect.name]})",
            json.dumps(list(hashes)),
        )
        return {delivery.sha256: delivery for delivery in (Delivery(*row) for row in rows)}

    def deliveries(self, till_id: int | None = None) -> tuple[Delivery, ...]:
        """Deliveries in the order in which they were taken in."""
        where = "" if till_id is None else f"WHERE till_id = {int(till_id)}"
        rows = self._database.rows(
            f"SELECT {', '.join(_DELIVERY)} FROM deliveries {where} ORDER BY delivery_no"
        )
        return tuple(Delivery(*row) for row in rows)

    def items(
        self,
        deliveries: Sequence[str] | None = None,
        waiting: bool = False,
        till_id: int | None = None,
    ) -> tuple[Item, ...]:
        """Items by ``item_id``; ``waiting`` leaves out settled ones and good ones."""
        return read_items(self._database, deliveries, waiting, till_id)

    def settle(self, item_ids: Sequence[int]) -> None:
        """Mark items as settled."""
        with self._database.transaction():
            settle_items(self._database, item_ids)

    def close(self) -> None:
        """Give back the connection."""
        self._database.close()


def write_booking(database: Database, booking: Booking, timezone: str) -> None:
    """What ``SqlJournal.book`` writes, inside a transaction."""
    _save_tills(database, booking.tills)
    _save_deliveries(database, booking.deliveries)
    from tillferry.journal.append import append_closings  # only where something is written

    new = append_closings(database, booking, timezone)
    first = append_items(database, booking.items)
    settle_waiting(database, booking.items, first, new)


def _till(row: tuple[Any, ...]) -> Till:
    till = Till(*row)
    return replace(till, state=TillState(till.state))


def _save_tills(database: Database, tills: Sequence[Till]) -> list[Till]:
    if not tills:
        return []
    following = int(database.value("SELECT coalesce(max(till_id), 0) + 1 FROM tills"))
    saved: list[Till] = []
    for till in tills:
        if not till.till_id:
            till = replace(till, till_id=following)
            following += 1
        saved.append(till)
    known = {till.till_id for till in tills if till.till_id}
    new = [till for till in saved if till.till_id not in known]
    changed = [till for till in saved if till.till_id in known]
    database.append("tills", _columns(_TILL, new))
    names = _TILL[1:]
    database.run_each(
        f"UPDATE tills SET {', '.join(f'{name} = ?' for name in names)} WHERE till_id = ?",
        _columns((*names, "till_id"), changed),
    )
    if changed:
        _must_be_there(database, known)
    return saved


def _must_be_there(database: Database, till_ids: set[int]) -> None:
    there = {till_id for (till_id,) in database.rows("SELECT till_id FROM tills")}
    if missing := till_ids - there:
        raise TillferryError("till_not_in_journal", till_id=min(missing))


def _save_deliveries(database: Database, deliveries: Sequence[Delivery]) -> None:
    if not deliveries:
        return
    following = int(database.value("SELECT coalesce(max(delivery_no), 0) + 1 FROM deliveries"))
    numbers = pa.array(range(following, following + len(deliveries)), pa.int64())
    rows = _columns(_DELIVERY, deliveries).append_column("delivery_no", numbers)
    marks = ", ".join("?" * rows.num_columns)
    # A delivery that comes again keeps its place; its till may have become known meanwhile.
    database.run_each(
        f"INSERT INTO deliveries ({', '.join(rows.column_names)}) VALUES ({marks}) "
        "ON CONFLICT (sha256) DO UPDATE SET "
        "till_id = CASE WHEN deliveries.till_id = 0 THEN excluded.till_id "
        "ELSE deliveries.till_id END, "
        "bundle_sequence = CASE WHEN deliveries.bundle_sequence = 0 "
        "THEN excluded.bundle_sequence ELSE deliveries.bundle_sequence END, "
        "installation = CASE WHEN deliveries.installation = '' "
        "THEN excluded.installation ELSE deliveries.installation END",
        rows,
    )


def _columns(names: Sequence[str], values: Sequence[Till] | Sequence[Delivery]) -> pa.Table:
    return pa.table(
        {
            name: pa.array(
                [getattr(value, name) for value in values],
                pa.int64() if name in _NUMBERS else pa.string(),
            )
            for name in names
        }
    )
