"""Stock movements: goods in, waste, own use, transfer, count."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tillferry.closing.tables import STOCK_KINDS
from tillferry.errors import TillferryError
from tillferry.till.register.booking import Booker
from tillferry.till.register.jsonable import plain, restored
from tillferry.till.register.masters import Masters, People
from tillferry.till.register.store import Store, asked_hash
from tillferry.till.register.values import Role

_OUTWARD = frozenset({"waste", "own_use", "transfer"})


@dataclass(frozen=True, slots=True)
class StockMovement:
    """What moved. ``quantity`` has three decimals, below 0 what left; ``cost`` in cents or none.

    ``kind`` is one of goods_in, waste, own_use, transfer and count.
    """

    kind: str
    article: str
    quantity: int
    cost: int | None = None
    note: str = ""
    time: str = ""
    movement_id: str = ""
    article_text: str = ""
    unit: str = ""
    person_id: str = ""
    person_name: str = ""


class Stock:
    """The stock book of the till."""

    def __init__(self, store: Store, people: People, masters: Masters, booker: Booker) -> None:
        self._store = store
        self._people = people
        self._masters = masters
        self._booker = booker

    def move(self, key: str, by: str, movement: StockMovement) -> StockMovement:
        """Book a movement; ``key`` as in ``Sales``. What leaves is booked below 0 by its kind.

        ``stock_kind_unknown``, ``article_unknown``, ``article_not_tracked``, ``quantity_wrong``,
        ``time_wrong``.
        """
        asked = asked_hash("stock", by, movement)
        with self._store.transaction() as db:
            if (known := self._store.known(key, "stock_movement", asked)) is not None:
                return restored(StockMovement, known.data)
            person = self._people.require(by, Role.SELL)
            booked = self._checked(movement)
            local = self._store.local
            booked = replace(
                booked,
                movement_id=key,
                time=(local(booked.time) if booked.time else self._store.now()).isoformat(),
                person_id=person.person_id,
                person_name=person.name,
            )
            day = self._booker.day_to_book()
            event = self._store.append(key, "stock_movement", by, asked, plain(booked))
            db.execute("INSERT INTO stock_movements VALUES (?, ?, ?)", (key, event.seq, day.day_id))
        return booked

    def _checked(self, movement: StockMovement) -> StockMovement:
        if movement.kind not in STOCK_KINDS:
            raise TillferryError("stock_kind_unknown", kind=movement.kind)
        article = self._masters.article(movement.article)
        if not article.stock_tracked:
            raise TillferryError("article_not_tracked", article=article.text)
        counted = movement.kind == "count"
        if movement.quantity < 0 or (movement.quantity == 0 and not counted):
            raise TillferryError("quantity_wrong", quantity=movement.quantity)
        sign = -1 if movement.kind in _OUTWARD else 1
        return replace(
            movement,
            quantity=sign * movement.quantity,
            article_text=article.text,
            unit=movement.unit or article.unit or "Stück",
        )

    def of_days(self, day_ids: Sequence[int]) -> Iterator[StockMovement]:
        """All movements booked on these days."""
        for day_id in day_ids:
            for (data,) in self._store.rows(
                "SELECT data FROM stock_movements JOIN events USING (seq)"
                " WHERE day_id = ? ORDER BY seq",
                day_id,
            ):
                yield restored(StockMovement, json.loads(data))
