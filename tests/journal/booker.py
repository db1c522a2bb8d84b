"""A program that books, for tests that need several processes or one that dies.

``python -m tests.journal.booker URL SEED race Z…`` books the Z numbers one by one once a line
comes on standard input, and prints ``Z booked`` or ``Z CODE``. ``… die WHERE Z…`` books them in one
booking and is killed on the way: after the table WHERE was appended, or ``before commit`` or
``after commit``.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from tests.journal.synthetic import batch, booking, item
from tillferry.closing.seams import Booking, ItemState
from tillferry.errors import TillferryError
from tillferry.journal import open_journal, store
from tillferry.journal.database import Database


def numbers(seed: int, z_nrs: list[int]) -> Booking:
    delivery = f"{seed:064x}"
    items = [item(ItemState.IMPORTED, z_nr=z_nr, delivery=delivery) for z_nr in z_nrs]
    return booking(batch(z_nrs, seed=seed), delivery=delivery, items=items)


def race(url: str, seed: int, z_nrs: list[int]) -> None:
    journal = open_journal(url)
    bookings = [numbers(seed, [z_nr]) for z_nr in z_nrs]
    print("ready", flush=True)
    sys.stdin.readline()
    for z_nr, one in zip(z_nrs, bookings, strict=True):
        try:
            journal.book(one)
            print(z_nr, "booked")
        except TillferryError as error:
            print(z_nr, error.code)
    journal.close()


def die(url: str, seed: int, where: str, z_nrs: list[int]) -> None:
    append = Database.append

    def append_and_die(self: Database, table: str, rows: Any) -> None:
        append(self, table, rows)
        if table == where:
            kill()

    Database.append = append_and_die  # type: ignore[method-assign]
    if where == "before commit":
        store.settle_waiting = lambda *_: kill()
    open_journal(url).book(numbers(seed, z_nrs))
    kill()


def kill() -> None:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


if __name__ == "__main__":
    if sys.argv[3] == "race":
        race(sys.argv[1], int(sys.argv[2]), [int(z_nr) for z_nr in sys.argv[4:]])
    else:
        die(sys.argv[1], int(sys.argv[2]), sys.argv[4], [int(z_nr) for z_nr in sys.argv[5:]])
