"""The transactions of one till's day, in order and with their numbers."""

from __future__ import annotations

from bisect import insort
from random import Random

from tillferry.sample import receipts as make
from tillferry.sample.receipts import Receipt

_FULL_DAY = 15
"""From this many receipts on a day has orders and cancellations."""
_TRAINING_FROM = 20


def transactions_per_day(receipts: int) -> int:
    """BON_IDs of a day: its receipts (BON_TYP Beleg), orders and training receipts.

    The same for each day, so that any day can be made without the days before it.
    """
    return receipts + _orders(receipts) + _trainings(receipts)


def bon_id(day: int, position: int, receipts: int) -> int:
    """The BON_ID at a position (from 0) of a day (from 1); it counts on from day to day."""
    return (day - 1) * transactions_per_day(receipts) + position + 1


def last_sale_position(receipts: int) -> int:
    """Where in the day the sale stands that may be cancelled on the next day."""
    return transactions_per_day(receipts) - 2


def cancels_day_before(till: int, day: int, receipts: int) -> bool:
    """Whether a day begins with taking back the last sale of the day before."""
    return receipts >= _FULL_DAY and day > 1 and (till + day) % 3 == 0


def day_rng(seed: int, till: int, day: int, purpose: str = "") -> Random:
    """The chance of one till's day; seeding by text is the same on every machine."""
    return Random(f"tillferry sample/{seed}/{till}/{day}/{purpose}")


def day_transactions(till: int, day: int, receipts: int, seed: int) -> list[Receipt]:
    """All transactions of a day in their order, numbered by BON_NR from 1."""
    if receipts < 1:
        raise ValueError("a closing has at least one receipt")
    rng = day_rng(seed, till, day)
    if receipts < 3:
        found = [make.sale(rng) for _ in range(receipts)]
    else:
        found = [make.opening_float(), *_middle(rng, till, day, receipts, seed)]
        found.append(make.last_sale(day_rng(seed, till, day, "last sale")))
        drawer = sum(
            payment.amount
            for receipt in found
            if receipt.bon_typ == "Beleg"
            for payment in receipt.payments
            if payment.kind == "Bar"
        )
        found.append(make.cash_to_bank(drawer))
    for number, receipt in enumerate(found, start=1):
        receipt.number = number
    return found


def _middle(rng: Random, till: int, day: int, receipts: int, seed: int) -> list[Receipt]:
    """Everything between opening float and last sale: ``receipts - 3`` receipts and the rest."""
    yesterday = cancels_day_before(till, day, receipts)
    tables = _orders(receipts)
    stornos = max(1, receipts // 60) if receipts >= _FULL_DAY else 0
    sales = receipts - 3 - tables - stornos - yesterday
    timed: list[tuple[float, int, Receipt]] = []

    def put(moment: float, receipt: Receipt) -> None:
        insort(timed, (moment, len(timed), receipt))

    for _ in range(sales):
        timed.append((rng.random(), len(timed), make.sale(rng)))
    timed.sort(key=lambda entry: entry[:2])
    for _ in range(tables):
        order, paid = make.order_and_receipt(rng)
        moment = rng.random()
        put(moment, order)
        put(min(1.0, moment + 0.01 + 0.06 * rng.random()), paid)
    for _ in range(_trainings(receipts)):
        put(rng.random(), make.training(rng))
    _cancel_some(rng, timed, stornos)
    middle = [receipt for _, _, receipt in timed]
    if yesterday:
        original = make.last_sale(day_rng(seed, till, day - 1, "last sale"))
        middle.insert(0, make.cancellation(original, of_yesterday=True))
    return middle


def _cancel_some(rng: Random, timed: list[tuple[float, int, Receipt]], count: int) -> None:
    """Put cancellations of ``count`` different receipts somewhere after these."""
    sold = [entry for entry in timed if entry[2].bon_typ == "Beleg"]
    sold.sort(key=lambda entry: (rng.random(), entry[1]))
    for moment, _, original in sold[:count]:
        later = moment + (1.0 - moment) * (0.01 + 0.2 * rng.random())
        insort(timed, (later, len(timed), make.cancellation(original, of_yesterday=False)))


def _orders(receipts: int) -> int:
    return max(1, receipts // 25) if receipts >= _FULL_DAY else 0


def _trainings(receipts: int) -> int:
    return 1 if receipts >= _TRAINING_FROM else 0
