"""What all bookings share: the open day, numbers, the TSE, receipts as events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from tillferry.errors import TillferryError
from tillferry.till.register.jsonable import compact, restored
from tillferry.till.register.pricing import Priced
from tillferry.till.register.receipt import BonTyp, Receipt
from tillferry.till.register.store import Store
from tillferry.till.register.values import CENT, Person
from tillferry.till.tse import (
    NoTse,
    TrainingTse,
    Tse,
    TseRecord,
    TseRequest,
    order_data,
    receipt_data,
)

EPOCH_STEP: Final = 10**9
"""BON_IDs of one installation: a restored till counts on in a range of its own."""


@dataclass(frozen=True, slots=True)
class Day:
    """A business day as it was opened; ``z_nr`` is 0 while it is open."""

    day_id: int
    business_day: str
    opened_at: str
    z_nr: int = 0


class Booker:
    """Writes receipts into the open day; every method runs inside the caller's transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.close_by_the_clock: Callable[[], object] = lambda: None

    # --- the day ---

    def open_day(self) -> Day | None:
        """The day that is open, if one is."""
        found = self._store.row(
            "SELECT day_id, business_day, opened_at FROM days WHERE z_nr IS NULL"
        )
        return None if found is None else Day(*found)

    def day_to_book(self) -> Day:
        """The open day; the first booking opens one. ``till_not_set_up`` before there is a
        company with a tax number, and a serial number."""
        if self.is_overdue():
            # A day that cannot be closed (open orders) goes on: selling is never blocked by it.
            try:
                self.close_by_the_clock()
            except TillferryError as error:
                if error.code.startswith("register_"):
                    raise
        day = self.open_day()
        if day is not None:
            return day
        settings = self._store.settings()
        taxpayer = settings.stnr or settings.ustid
        if not (settings.company.name and settings.outlet.name and taxpayer and settings.serial):
            raise TillferryError("till_not_set_up")
        now = self._store.now()
        business_day = (now - _after_midnight(settings.auto_close_at)).date().isoformat()
        with self._store.transaction() as db:
            cursor = db.execute(
                "INSERT INTO days (business_day, opened_at) VALUES (?, ?)",
                (business_day, now.isoformat()),
            )
        return Day(int(cursor.lastrowid or 0), business_day, now.isoformat())

    def is_overdue(self) -> bool:
        """Whether a day is open that the clock should have closed."""
        day, auto_close_at = self.open_day(), self._store.settings().auto_close_at
        if day is None or not auto_close_at:
            return False
        now = self._store.now()
        today = (now - _after_midnight(auto_close_at)).date().isoformat()
        return today > day.business_day

    # --- receipts ---

    def write(
        self,
        key: str,
        asked: str,
        person: Person,
        bon_typ: BonTyp,
        priced: Priced,
        *,
        started: str = "",
        table: str = "",
        note: str = "",
        cancels: str = "",
        orders: Sequence[str] = (),
    ) -> Receipt:
        """Number, sign and book a receipt; it is durable when the transaction ends."""
        with self._store.transaction():
            return self.write_into(
                self.day_to_book(),
                key,
                asked,
                person,
                bon_typ,
                priced,
                started=started,
                table=table,
                note=note,
                cancels=cancels,
                orders=orders,
            )

    def write_into(
        self,
        day: Day,
        key: str,
        asked: str,
        person: Person,
        bon_typ: BonTyp,
        priced: Priced,
        *,
        started: str = "",
        table: str = "",
        note: str = "",
        cancels: str = "",
        orders: Sequence[str] = (),
    ) -> Receipt:
        """``write`` into a day that may be overdue: the day close itself books so."""
        with self._store.transaction() as db:
            now = self._store.now()
            number = self._next_number()
            start = self._start(started, now)
            receipt = Receipt(
                bon_id=str(int(self._store.fact("bon_base", "0")) + number),
                bon_nr=number,
                bon_typ=bon_typ,
                start=start.isoformat(),
                end=now.isoformat(),
                person_id=person.person_id,
                person_name=person.name,
                lines=priced.lines,
                payments=priced.payments,
                tse=self._sign(number, bon_typ, priced, start, now),
                given=priced.given,
                change=priced.change,
                table=table,
                note=note,
                cancels=cancels,
                orders=tuple(orders),
            )
            event = self._store.append(key, "receipt", person.person_id, asked, compact(receipt))
            db.execute(
                "INSERT INTO receipts VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    receipt.bon_id,
                    event.seq,
                    day.day_id,
                    bon_typ,
                    cancels or None,
                    receipt.cash,
                ),
            )
        return receipt

    def known(self, key: str, asked: str) -> Receipt | None:
        """The receipt that this id has booked before."""
        event = self._store.known(key, "receipt", asked)
        return None if event is None else restored(Receipt, event.data)

    def get(self, bon_id: str) -> Receipt:
        """A receipt of any day. ``receipt_unknown`` where there is none."""
        found = self._store.row(
            "SELECT data FROM receipts JOIN events USING (seq) WHERE bon_id = ?", bon_id
        )
        if found is None:
            raise TillferryError("receipt_unknown", receipt=bon_id)
        return restored(Receipt, json.loads(found[0]))

    def cash_of_day(self, day_id: int) -> int:
        """What should lie in the drawer at the end of a day, in cents."""
        (cash,) = self._store.row(
            "SELECT coalesce(sum(cash), 0) FROM receipts WHERE day_id = ? AND bon_typ = 'Beleg'",
            day_id,
        )
        return int(cash)

    def of_days(self, day_ids: Sequence[int]) -> Iterator[Receipt]:
        """All receipts of days in the order in which they were booked."""
        for day_id in day_ids:
            for (data,) in self._store.rows(
                "SELECT data FROM receipts JOIN events USING (seq)"
                " WHERE day_id = ? ORDER BY number",
                day_id,
            ):
                yield restored(Receipt, json.loads(data))

    def _next_number(self) -> int:
        (last,) = self._store.row("SELECT coalesce(max(number), 0) FROM receipts")
        return int(last) + 1

    def _start(self, started: str, now: datetime) -> datetime:
        """When the receipt began: not after now, in the till's own offset."""
        if not started:
            return now
        return min(self._store.local(started), now)

    def _sign(
        self, number: int, bon_typ: BonTyp, priced: Priced, start: datetime, end: datetime
    ) -> TseRecord:
        if bon_typ == "AVBestellung":
            kind = "Bestellung-V1"
            data = order_data(
                [(line.quantity, line.text, line.unit_price // CENT) for line in priced.lines]
            )
        else:
            kind = "Kassenbeleg-V1"
            gross: dict[int, int] = {}
            for line in priced.lines:
                gross[line.vat_key] = gross.get(line.vat_key, 0) + line.gross
            data = receipt_data(bon_typ, gross, [(p.kind, p.amount) for p in priced.payments])
        return self.tse().sign(TseRequest(number, kind, data, start, end))

    def tse(self) -> Tse:
        """The device that the settings name."""
        if self._store.settings().tse == "none":
            return NoTse()
        pem = self._store.fact("training_key")
        if not pem:
            with self._store.transaction():
                pem = TrainingTse.new_key()
                self._store.set_fact("training_key", pem)
                self._store.set_fact("training_key_made", self._store.now().isoformat())
        made = datetime.fromisoformat(self._store.fact("training_key_made"))
        return TrainingTse(pem, made)


def _after_midnight(auto_close_at: str) -> timedelta:
    """How long after midnight a business day goes on."""
    if not auto_close_at:
        return timedelta()
    moment = time.fromisoformat(auto_close_at)
    return timedelta(hours=moment.hour, minutes=moment.minute)
