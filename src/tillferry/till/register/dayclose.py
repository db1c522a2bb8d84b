"""The day close: count, difference, finalisation. A closing is stored as it was and never changes.

Each closing carries on a hash chain: the SHA-256 of the chain before it, its Z number and its
part digests.
"""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import Final

import numpy as np
import pyarrow as pa

from tillferry.closing.checks import check, outcome
from tillferry.closing.digest import Digests, part_digests
from tillferry.closing.figures import figures
from tillferry.closing.model import ClosingBatch, ClosingHead
from tillferry.closing.tables import PARTS
from tillferry.errors import TillferryError
from tillferry.till.register.booking import Booker, Day
from tillferry.till.register.jsonable import canonical, plain, restored
from tillferry.till.register.masters import SYSTEM, People
from tillferry.till.register.pricing import cash_only
from tillferry.till.register.receipt import Receipt
from tillferry.till.register.rows import DayContent, Origin, to_batch
from tillferry.till.register.stock import Stock
from tillferry.till.register.store import GENESIS, Store, asked_hash, new_key
from tillferry.till.register.timeclock import TimeClock
from tillferry.till.register.values import Person, Role

CLOCK: Final = Person(SYSTEM, "Kasse", frozenset())
"""Who closes a day that people left open."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed day. Amounts in cents; ``counted`` is ``None`` where nobody counted.

    ``difference`` is counted less book; ``receipts`` and ``gross_cents`` are over BON_TYP Beleg.
    """

    z_nr: int
    business_day: str
    closed_at: str
    book_cash: int
    counted: int | None
    difference: int
    receipts: int
    gross_cents: int
    by_the_clock: bool = False


class DayClose:
    """Closes days and gives closings out."""

    def __init__(
        self, store: Store, people: People, booker: Booker, clock: TimeClock, stock: Stock
    ) -> None:
        self._store = store
        self._people = people
        self._booker = booker
        self._time = clock
        self._stock = stock
        booker.close_by_the_clock = self.close_overdue

    # --- closing ---

    def close(self, key: str, by: str, counted: int | None = None) -> Closed | None:
        """Close the open day; ``counted`` is the cash in the drawer in cents.

        ``None`` for an empty day: it uses no Z number. ``orders_open`` while a table is not paid;
        ``closing_not_sound`` where the closing does not pass the checks: then nothing is closed.
        ``key`` as in ``Sales``.
        """
        asked = asked_hash("close", by, counted)
        with self._store.transaction():
            if (known := self._store.known(key, "closed", asked)) is not None:
                return restored(Closed, known.data)
            return self._close(key, asked, self._people.require(by, Role.CLOSE), counted)

    def close_overdue(self) -> Closed | None:
        """Close a day by the clock that was left open past ``auto_close_at``, without a count.

        ``orders_open`` while a table is not paid: somebody has to see to it first.
        """
        with self._store.transaction():
            if not self._booker.is_overdue():
                return None
            return self._close(new_key(), asked_hash("clock"), CLOCK, None)

    def _close(self, key: str, asked: str, person: Person, counted: int | None) -> Closed | None:
        day = self._booker.open_day()
        if day is None or self._is_empty(day):
            return None
        self._refuse_open_orders()
        if counted is not None and counted < 0:
            raise TillferryError("amount_wrong", amount=counted)
        book = self._booker.cash_of_day(day.day_id)
        difference = 0 if counted is None else counted - book
        if difference:
            priced = cash_only("DifferenzSollIst", "Kassendifferenz", difference)
            self._booker.write_into(day, new_key(), asked, person, "Beleg", priced)
        self._time.write_running(day)
        batch = self._batch(day)
        self._refuse_unsound(batch)
        (figure,) = figures(batch)
        head = batch.heads[0]
        closed = Closed(
            head.z_nr,
            day.business_day,
            head.z_erstellung,
            book,
            counted,
            difference,
            figure.receipts,
            figure.gross_cents,
            person is CLOCK,
        )
        self._finalise(key, asked, person, day, batch, closed)
        return closed

    def _is_empty(self, day: Day) -> bool:
        return not any(
            self._store.row(f"SELECT 1 FROM {table} WHERE day_id = ?", day.day_id)
            for table in ("receipts", "time_entries", "stock_movements")
        ) and all(work.written_as for work in self._time.running())

    def _refuse_open_orders(self) -> None:
        tables = [
            name
            for (name,) in self._store.rows(
                "SELECT DISTINCT table_name FROM open_orders ORDER BY table_name"
            )
        ]
        if tables:
            raise TillferryError("orders_open", tables=", ".join(tables))

    def _refuse_unsound(self, batch: ClosingBatch) -> None:
        (found,) = check(batch)
        if outcome(found) != "good":
            raise TillferryError("closing_not_sound", finding=found[0].code)

    def _batch(self, day: Day) -> ClosingBatch:
        receipts = tuple(self._booker.of_days([day.day_id]))
        return to_batch(
            DayContent(
                settings=self._store.settings(),
                z_nr=self._next_z_nr(),
                z_erstellung=self._created(),
                business_day=date.fromisoformat(day.business_day),
                software_version=version("tillferry"),
                receipts=receipts,
                time_entries=tuple(self._time.entries_of_days([day.day_id])),
                stock_movements=tuple(self._stock.of_days([day.day_id])),
                tse=self._booker.tse().master(),
                origins=self._origins(day, receipts),
            )
        )

    def _created(self) -> str:
        return self._store.now().isoformat()

    def _origins(self, day: Day, receipts: Sequence[Receipt]) -> dict[str, Origin]:
        """Where the receipts stand that are cancelled from earlier days."""
        found: dict[str, Origin] = {}
        for receipt in receipts:
            row = receipt.cancels and self._store.row(
                "SELECT head FROM receipts JOIN closings USING (day_id)"
                " WHERE bon_id = ? AND day_id <> ?",
                receipt.cancels,
                day.day_id,
            )
            if row:
                head = json.loads(row[0])
                found[receipt.cancels] = Origin(
                    head["z_erstellung"], head["z_kasse_id"], head["z_nr"]
                )
        return found

    def _next_z_nr(self) -> int:
        (last,) = self._store.row("SELECT coalesce(max(z_nr), 0) FROM closings")
        return max(int(last), int(self._store.fact("z_floor", "0"))) + 1

    def _finalise(
        self, key: str, asked: str, person: Person, day: Day, batch: ClosingBatch, closed: Closed
    ) -> None:
        (digests,) = part_digests(batch)
        before = self._store.row("SELECT chain FROM closings ORDER BY z_nr DESC LIMIT 1")
        chain = _chain(before[0] if before else GENESIS, closed.z_nr, digests)
        with self._store.transaction() as db:
            event = self._store.append(key, "closed", person.person_id, asked, plain(closed))
            db.execute(
                "INSERT INTO closings VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    closed.z_nr,
                    day.day_id,
                    event.seq,
                    canonical(_head_value(batch.heads[0])),
                    canonical(dict(digests)),
                    chain,
                    _packed(batch),
                ),
            )
            db.execute("UPDATE days SET z_nr = ? WHERE day_id = ?", (closed.z_nr, day.day_id))

    # --- closings ---

    def z_numbers(self) -> tuple[int, ...]:
        """The Z numbers of all closings, ascending."""
        return tuple(z for (z,) in self._store.rows("SELECT z_nr FROM closings ORDER BY z_nr"))

    def closed(self, z_nr: int) -> Closed:
        """A closing in short. ``closing_unknown``."""
        row = self._store.row(
            "SELECT data FROM closings JOIN events USING (seq) WHERE z_nr = ?", z_nr
        )
        if row is None:
            raise TillferryError("closing_unknown", z_nr=z_nr)
        return restored(Closed, json.loads(row[0]))

    def digests(self, z_nr: int) -> Digests:
        """The part digests of a closing. ``closing_unknown``."""
        row = self._store.row("SELECT digests FROM closings WHERE z_nr = ?", z_nr)
        if row is None:
            raise TillferryError("closing_unknown", z_nr=z_nr)
        digests: Digests = json.loads(row[0])
        return digests

    def closing_batch(self, z_nr: int) -> ClosingBatch:
        """A closing with all its rows, as it was finalised.

        ``closing_unknown``; ``closing_altered`` where its rows no longer have its digests.
        """
        row = self._store.row("SELECT head, digests, content FROM closings WHERE z_nr = ?", z_nr)
        if row is None:
            raise TillferryError("closing_unknown", z_nr=z_nr)
        try:
            batch = _unpacked(json.loads(row[0]), row[2])
        except (zlib.error, pa.ArrowInvalid, OSError) as error:
            raise TillferryError("closing_altered", z_nr=z_nr) from error
        if dict(part_digests(batch)[0]) != json.loads(row[1]):
            raise TillferryError("closing_altered", z_nr=z_nr)
        return batch

    def verify(self) -> None:
        """Derive every digest and the chain again. ``closing_altered`` names the first that
        differs."""
        chain = GENESIS
        for z_nr in self.z_numbers():
            (digests,) = part_digests(self.closing_batch(z_nr))
            chain = _chain(chain, z_nr, digests)
            if self._store.row("SELECT chain FROM closings WHERE z_nr = ?", z_nr)[0] != chain:
                raise TillferryError("closing_altered", z_nr=z_nr)

    def skip_to(self, z_nr: int) -> None:
        """Head office holds closings up to ``z_nr`` that this (restored) till does not know:
        the next one gets a number above it."""
        with self._store.transaction():
            if z_nr >= self._next_z_nr():
                self._store.set_fact("z_floor", str(z_nr))
                self._store.append(new_key(), "z_numbers_skipped", SYSTEM, "", {"to": z_nr})


def _chain(before: str, z_nr: int, digests: Digests) -> str:
    parts = "".join(f"{part}={digests[part]}\n" for part in PARTS if part in digests)
    return hashlib.sha256(f"{before}\n{z_nr}\n{parts}".encode()).hexdigest()


def _head_value(head: ClosingHead) -> dict[str, object]:
    return {
        "taxpayer": head.taxpayer,
        "serial": head.serial,
        "z_kasse_id": head.z_kasse_id,
        "z_erstellung": head.z_erstellung,
        "z_nr": head.z_nr,
        "business_day": head.business_day.isoformat(),
    }


def _packed(batch: ClosingBatch) -> bytes:
    """The rows as Arrow streams, table after table, compressed."""
    sink = io.BytesIO()
    for name, rows in batch.tables.items():
        stream = io.BytesIO()
        with pa.ipc.new_stream(stream, rows.schema) as writer:
            writer.write_table(rows)
        data = stream.getvalue()
        sink.write(f"{name} {len(data)}\n".encode())
        sink.write(data)
    return zlib.compress(sink.getvalue(), 6)


def _unpacked(head: dict[str, object], content: bytes) -> ClosingBatch:
    source = io.BytesIO(zlib.decompress(content))
    tables: dict[str, pa.Table] = {}
    while line := source.readline():
        name, size = line.decode().split()
        tables[name] = pa.ipc.open_stream(source.read(int(size))).read_all()
    offsets = {name: np.array([0, rows.num_rows], np.int64) for name, rows in tables.items()}
    found = ClosingHead(
        str(head["taxpayer"]),
        str(head["serial"]),
        str(head["z_kasse_id"]),
        str(head["z_erstellung"]),
        int(str(head["z_nr"])),
        date.fromisoformat(str(head["business_day"])),
        PARTS,
    )
    return ClosingBatch((found,), tables, offsets)
