"""The book itself: durable, shared, and only for programs that understand it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.till.register.helpers import ANNA, Clock, key, open_register, sale
from tillferry.errors import TillferryError
from tillferry.till.register.register import Register


def test_a_transaction_is_on_the_disk_when_it_ends(register: Register) -> None:
    assert register.store.row("PRAGMA journal_mode") == ("wal",)
    assert register.store.row("PRAGMA synchronous") == (2,)


def test_several_sell_at_once(register: Register, tmp_path: Path, clock: Clock) -> None:
    with open_register(tmp_path / "till", clock) as other:
        wishes = [(key(), till) for _ in range(20) for till in (register, other)]
        with ThreadPoolExecutor(4) as pool:
            receipts = list(
                pool.map(lambda wish: wish[1].sales.sell(wish[0], ANNA, sale("3001")), wishes)
            )
    numbers = sorted(receipt.bon_nr for receipt in receipts)
    assert numbers == list(range(1, 41))
    assert register.sales.cash_in_drawer() == 40 * 450
    register.verify()


def test_a_part_that_fails_leaves_the_rest(register: Register) -> None:
    with register.store.transaction():
        register.sales.sell(key(), ANNA, sale("3001"))
        with pytest.raises(TillferryError, match="payment_too_little"):
            register.sales.sell(key(), ANNA, sale("3001", given=1))
        with pytest.raises(ZeroDivisionError), register.store.transaction():
            register.sales.sell(key(), ANNA, sale("3001"))
            raise ZeroDivisionError
        register.sales.sell(key(), ANNA, sale("3001"))
    assert len(register.sales.today()) == 2
    register.verify()


def test_a_newer_book_is_left_alone(register: Register, tmp_path: Path, clock: Clock) -> None:
    with sqlite3.connect(tmp_path / "till" / "till.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(TillferryError, match="register_newer"):
        open_register(tmp_path / "till", clock)


def test_what_is_no_book(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "till.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(TillferryError, match="register_damaged"):
        open_register(tmp_path, clock)


def test_a_full_disk_books_nothing_and_loses_nothing(register: Register) -> None:
    (pages,) = register.store.row("PRAGMA page_count")
    register.store.row(f"PRAGMA max_page_count = {pages + 3}")
    booked = 0
    with pytest.raises(TillferryError, match="register_full"):
        for _ in range(1000):
            register.sales.sell(key(), ANNA, sale("3001"))
            booked += 1
    assert 0 < booked == len(register.sales.today())
    register.verify()
    register.store.row("PRAGMA max_page_count = 1000000")
    assert register.sales.sell(key(), ANNA, sale("3001")).bon_nr == booked + 1


def test_a_book_in_use_by_another_says_so(register: Register, tmp_path: Path) -> None:
    register.store.row("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(tmp_path / "till" / "till.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TillferryError, match="register_busy"):
        register.sales.sell(key(), ANNA, sale("3001"))
    other.execute("ROLLBACK")
    other.close()
    assert register.sales.sell(key(), ANNA, sale("3001")).bon_nr == 1
