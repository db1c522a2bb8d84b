"""The register: sell, order, cancel, move cash. Each call is one durable transaction.

Every booking has an id of the caller's (a UUID). The same id with the same wish gives the receipt
that is booked already: after a crash the caller just asks again. Money in the drawer moves only
after the call has returned.
"""

from __future__ import annotations

import json

from tillferry.errors import TillferryError
from tillferry.till.register.booking import Booker
from tillferry.till.register.jsonable import restored
from tillferry.till.register.masters import Masters, People
from tillferry.till.register.pricing import (
    Catalogue,
    Priced,
    cash_move,
    cash_only,
    price_order,
    price_sale,
    reversed_lines,
)
from tillferry.till.register.receipt import (
    BonTyp,
    BookedLine,
    BookedPayment,
    CashMove,
    Receipt,
    Sale,
)
from tillferry.till.register.store import Store, asked_hash
from tillferry.till.register.values import Role


class Sales:
    """The till's drawer and receipts. ``by`` is the id of who does it."""

    def __init__(self, store: Store, people: People, masters: Masters, booker: Booker) -> None:
        self._store = store
        self._people = people
        self._masters = masters
        self._booker = booker

    # --- looking ---

    def quote(self, sale: Sale) -> Priced:
        """What a receipt would be, without booking it: the page shows sum and change.

        The errors of ``pricing``.
        """
        return price_sale(self._catalogue(), sale, self._ordered(sale))

    def receipt(self, bon_id: str) -> Receipt:
        """A receipt of any day."""
        return self._booker.get(bon_id)

    def today(self) -> tuple[Receipt, ...]:
        """The receipts of the open day."""
        day = self._booker.open_day()
        return () if day is None else tuple(self._booker.of_days([day.day_id]))

    def cancelled_by(self, bon_id: str) -> str:
        """The BON_ID of the cancellation of a receipt, or empty."""
        found = self._store.row("SELECT bon_id FROM receipts WHERE cancels = ?", bon_id)
        return "" if found is None else str(found[0])

    def open_orders(self) -> dict[str, tuple[Receipt, ...]]:
        """What is ordered and not paid, by table."""
        found: dict[str, list[Receipt]] = {}
        for table, data in self._store.rows(
            "SELECT table_name, data FROM open_orders JOIN receipts USING (bon_id)"
            " JOIN events USING (seq) ORDER BY number"
        ):
            found.setdefault(table, []).append(restored(Receipt, json.loads(data)))
        return {table: tuple(orders) for table, orders in found.items()}

    # --- booking ---

    def sell(self, key: str, by: str, sale: Sale) -> Receipt:
        """Book a receipt. With a table, what is ordered there is paid with it."""
        asked = asked_hash("sell", by, sale)
        with self._store.transaction() as db:
            if (known := self._booker.known(key, asked)) is not None:
                return known
            person = self._people.require(by, Role.SELL)
            orders = [] if sale.training else self._orders(sale.table)
            ordered = [line for order in orders for line in order.lines]
            priced = price_sale(self._catalogue(), sale, ordered)
            bon_typ: BonTyp = "AVTraining" if sale.training else "Beleg"
            receipt = self._booker.write(
                key,
                asked,
                person,
                bon_typ,
                priced,
                started=sale.started,
                table=sale.table,
                note=sale.note,
                orders=[order.bon_id for order in orders],
            )
            if orders:
                db.execute("DELETE FROM open_orders WHERE table_name = ?", (sale.table,))
        return receipt

    def order(self, key: str, by: str, sale: Sale) -> Receipt:
        """Book an order (AVBestellung) for a table; it is paid later. ``table_missing``."""
        asked = asked_hash("order", by, sale)
        with self._store.transaction() as db:
            if (known := self._booker.known(key, asked)) is not None:
                return known
            person = self._people.require(by, Role.SELL)
            if not sale.table:
                raise TillferryError("table_missing")
            bon_typ: BonTyp = "AVTraining" if sale.training else "AVBestellung"
            receipt = self._booker.write(
                key,
                asked,
                person,
                bon_typ,
                price_order(self._catalogue(), sale),
                started=sale.started,
                table=sale.table,
                note=sale.note,
            )
            if not sale.training:
                db.execute("INSERT INTO open_orders VALUES (?, ?)", (receipt.bon_id, sale.table))
        return receipt

    def abort(self, key: str, by: str, sale: Sale) -> Receipt:
        """Book that a receipt was begun and given up (AVBelegabbruch)."""
        asked = asked_hash("abort", by, sale)
        with self._store.transaction():
            if (known := self._booker.known(key, asked)) is not None:
                return known
            person = self._people.require(by, Role.SELL)
            bon_typ: BonTyp = "AVTraining" if sale.training else "AVBelegabbruch"
            return self._booker.write(
                key,
                asked,
                person,
                bon_typ,
                price_order(self._catalogue(), sale),
                started=sale.started,
                note=sale.note,
            )

    def cancel(self, key: str, by: str, bon_id: str, reason: str) -> Receipt:
        """Take a whole receipt back by a second one; the first stays as it is.

        ``receipt_cancelled_already``, ``receipt_not_cancellable`` (a cancellation, training, a
        cash difference, an order that is paid), ``reason_missing``.
        """
        asked = asked_hash("cancel", by, bon_id, reason)
        with self._store.transaction() as db:
            if (known := self._booker.known(key, asked)) is not None:
                return known
            person = self._people.require(by, Role.CANCEL)
            if not reason.strip():
                raise TillferryError("reason_missing")
            original = self._booker.get(bon_id)
            self._check_cancellable(original)
            payments = tuple(
                BookedPayment(paid.kind, paid.name, -paid.amount) for paid in original.payments
            )
            receipt = self._booker.write(
                key,
                asked,
                person,
                original.bon_typ,
                Priced(reversed_lines(original.lines), payments),
                table=original.table,
                note=reason.strip(),
                cancels=bon_id,
            )
            db.execute("DELETE FROM open_orders WHERE bon_id = ?", (bon_id,))
        return receipt

    def _check_cancellable(self, original: Receipt) -> None:
        if other := self.cancelled_by(original.bon_id):
            raise TillferryError("receipt_cancelled_already", receipt=original.bon_id, by=other)
        is_difference = any(line.gv_typ == "DifferenzSollIst" for line in original.lines)
        is_open_order = original.bon_typ == "AVBestellung" and self._store.row(
            "SELECT 1 FROM open_orders WHERE bon_id = ?", original.bon_id
        )
        if original.cancels or is_difference or (original.bon_typ != "Beleg" and not is_open_order):
            raise TillferryError("receipt_not_cancellable", receipt=original.bon_id)

    def opening_float(self, key: str, by: str, amount: int) -> Receipt:
        """The cash that lies in the drawer already (Anfangsbestand), once a day, in cents.

        ``float_booked_already``; ``amount_wrong`` below 0.
        """
        asked = asked_hash("float", by, amount)
        with self._store.transaction():
            if (known := self._booker.known(key, asked)) is not None:
                return known
            person = self._people.require(by, Role.SELL)
            if amount <= 0:
                raise TillferryError("amount_wrong", amount=amount)
            # An overdue day is closed first: its float is not today's.
            self._booker.day_to_book()
            floats = {
                receipt.bon_id
                for receipt in self.today()
                if receipt.lines[0].gv_typ == "Anfangsbestand" and not receipt.cancels
            }
            if any(not self.cancelled_by(bon_id) for bon_id in floats):
                raise TillferryError("float_booked_already")
            priced = cash_only("Anfangsbestand", "Anfangsbestand", amount)
            return self._booker.write(key, asked, person, "Beleg", priced)

    def move_cash(self, key: str, by: str, kind: CashMove, amount: int, text: str = "") -> Receipt:
        """Cash into the drawer (above 0) or out of it (below 0), in cents."""
        asked = asked_hash("cash", by, kind, amount, text)
        with self._store.transaction():
            if (known := self._booker.known(key, asked)) is not None:
                return known
            person = self._people.require(by, Role.SELL)
            return self._booker.write(key, asked, person, "Beleg", cash_move(kind, amount, text))

    def cash_in_drawer(self) -> int:
        """What should lie in the drawer by the book of the open day, in cents."""
        day = self._booker.open_day()
        return 0 if day is None else self._booker.cash_of_day(day.day_id)

    # --- inside ---

    def _catalogue(self) -> Catalogue:
        masters = self._masters
        return Catalogue(self._store.settings(), masters.article, masters.group_name)

    def _orders(self, table: str) -> tuple[Receipt, ...]:
        return self.open_orders().get(table, ()) if table else ()

    def _ordered(self, sale: Sale) -> list[BookedLine]:
        orders = () if sale.training else self._orders(sale.table)
        return [line for order in orders for line in order.lines]
