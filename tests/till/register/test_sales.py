"""Selling: receipts, orders, cancellations, cash, training."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.till.register.helpers import ANNA, BEN, CHRIS, Clock, key, open_register, sale
from tillferry.errors import TillferryError
from tillferry.till.register.receipt import ArticleLine, CashMove, Sale
from tillferry.till.register.register import Register
from tillferry.till.register.values import Person, Role


def test_receipts_are_numbered_without_gaps(register: Register) -> None:
    receipts = [register.sales.sell(key(), ANNA, sale("3001")) for _ in range(3)]
    assert [receipt.bon_id for receipt in receipts] == ["1", "2", "3"]
    assert register.sales.today() == tuple(receipts)


def test_a_booking_that_is_repeated_is_not_doubled(register: Register) -> None:
    wish = key()
    first = register.sales.sell(wish, ANNA, sale("3001"))
    assert register.sales.sell(wish, ANNA, sale("3001")) == first
    assert len(register.sales.today()) == 1


def test_an_id_stands_for_one_booking(register: Register) -> None:
    wish = key()
    register.sales.sell(wish, ANNA, sale("3001"))
    with pytest.raises(TillferryError, match="booking_id_reused"):
        register.sales.sell(wish, ANNA, sale("3002"))


@pytest.mark.parametrize("wish", ["", "x" * 41])
def test_ids_fit_into_the_tables(register: Register, wish: str) -> None:
    with pytest.raises(TillferryError, match="booking_id_wrong"):
        register.sales.sell(wish, ANNA, sale("3001"))


def test_a_text_that_no_table_can_hold_is_refused(register: Register) -> None:
    for note in ("a\0b", "\ud800"):
        with pytest.raises(TillferryError, match="text_wrong"):
            register.sales.sell(
                key(), ANNA, Sale((ArticleLine("3001"),), note=note, payments=sale().payments)
            )
    harmless = Sale((ArticleLine("3001"),), sale().payments, note="C:\\u0000")
    assert register.sales.sell(key(), ANNA, harmless).note == "C:\\u0000"


def test_what_was_refused_leaves_nothing(register: Register) -> None:
    with pytest.raises(TillferryError, match="payment_too_little"):
        register.sales.sell(key(), ANNA, sale("3001", given=1))
    assert register.sales.today() == ()
    assert register.open_day() is None


def test_a_quote_books_nothing(register: Register) -> None:
    assert register.sales.quote(sale("3001", given=500)).change == 50
    assert register.sales.today() == ()


def test_an_order_is_paid_later(register: Register) -> None:
    order = register.sales.order(key(), ANNA, sale("3001", "3002", table="7"))
    assert order.bon_typ == "AVBestellung"
    assert register.sales.open_orders() == {"7": (order,)}
    assert register.sales.cash_in_drawer() == 0
    receipt = register.sales.sell(key(), ANNA, sale("1006", table="7"))
    assert (receipt.orders, receipt.gross) == ((order.bon_id,), 450 + 560 + 950)
    assert register.sales.open_orders() == {}


def test_an_order_needs_a_table(register: Register) -> None:
    with pytest.raises(TillferryError, match="table_missing"):
        register.sales.order(key(), ANNA, sale("3001"))


def test_a_cancellation_is_the_receipt_turned_round(register: Register) -> None:
    original = register.sales.sell(key(), ANNA, sale("3001", "1006"))
    counter = register.sales.cancel(key(), BEN, original.bon_id, "falsch getippt")
    assert counter.cancels == original.bon_id
    assert counter.gross == -original.gross
    assert counter.cash == -original.cash
    assert counter.vat_sums() == {
        vat_key: (-gross, -vat) for vat_key, (gross, vat) in original.vat_sums().items()
    }
    assert register.sales.receipt(original.bon_id) == original
    assert register.sales.cancelled_by(original.bon_id) == counter.bon_id
    assert register.audit()[-1].kind == "cancellation"
    assert register.audit()[-1].data["cancels"] == original.bon_id


def test_what_cannot_be_cancelled(register: Register) -> None:
    original = register.sales.sell(key(), ANNA, sale("3001"))
    with pytest.raises(TillferryError, match="reason_missing"):
        register.sales.cancel(key(), BEN, original.bon_id, " ")
    counter = register.sales.cancel(key(), BEN, original.bon_id, "weg")
    training = register.sales.sell(key(), ANNA, sale("3001", training=True))
    order = register.sales.order(key(), ANNA, sale("3001", table="1"))
    register.sales.sell(key(), ANNA, sale(table="1"))
    for bon_id, code in (
        (original.bon_id, "receipt_cancelled_already"),
        (counter.bon_id, "receipt_not_cancellable"),
        (training.bon_id, "receipt_not_cancellable"),
        (order.bon_id, "receipt_not_cancellable"),
        ("999", "receipt_unknown"),
    ):
        with pytest.raises(TillferryError, match=code):
            register.sales.cancel(key(), BEN, bon_id, "weg")


def test_an_open_order_can_be_cancelled(register: Register) -> None:
    order = register.sales.order(key(), ANNA, sale("3001", table="1"))
    counter = register.sales.cancel(key(), BEN, order.bon_id, "Gast ging")
    assert counter.bon_typ == "AVBestellung"
    assert register.sales.open_orders() == {}


def test_roles(register: Register) -> None:
    receipt = register.sales.sell(key(), ANNA, sale("3001"))
    with pytest.raises(TillferryError, match="role_missing"):
        register.sales.cancel(key(), ANNA, receipt.bon_id, "weg")
    with pytest.raises(TillferryError, match="role_missing"):
        register.days.close(key(), ANNA)
    with pytest.raises(TillferryError, match="person_unknown"):
        register.sales.sell(key(), "nobody", sale("3001"))


def test_cash_in_the_drawer(register: Register) -> None:
    register.sales.opening_float(key(), ANNA, 15_000)
    register.sales.sell(key(), ANNA, sale("3001"))
    register.sales.move_cash(key(), ANNA, CashMove.BANK, -10_000, "Bank")
    register.sales.move_cash(key(), ANNA, CashMove.IN, 500)
    register.sales.sell(key(), ANNA, sale("3001", training=True))
    assert register.sales.cash_in_drawer() == 15_000 + 450 - 10_000 + 500


def test_the_float_is_booked_once_a_day(register: Register, clock: Clock) -> None:
    first = register.sales.opening_float(key(), ANNA, 15_000)
    with pytest.raises(TillferryError, match="float_booked_already"):
        register.sales.opening_float(key(), ANNA, 15_000)
    register.sales.cancel(key(), BEN, first.bon_id, "vertippt")
    register.sales.opening_float(key(), ANNA, 10_000)
    clock.turn(days=1)
    register.sales.opening_float(key(), ANNA, 10_000)
    assert register.days.z_numbers() == (1,)


def test_training_never_counts(register: Register) -> None:
    receipt = register.sales.sell(key(), ANNA, sale("3001", training=True))
    assert (receipt.bon_typ, receipt.counts) == ("AVTraining", False)
    report = register.reports.x_report()
    assert (report.turnover, report.receipts, report.cash, report.training) == (0, 0, 0, 1)


def test_training_leaves_orders_open(register: Register) -> None:
    register.sales.order(key(), ANNA, sale("3001", table="1"))
    register.sales.sell(key(), ANNA, sale("3001", table="1", training=True))
    assert list(register.sales.open_orders()) == ["1"]


def test_a_receipt_that_was_given_up(register: Register) -> None:
    assert register.sales.abort(key(), ANNA, sale("3001")).bon_typ == "AVBelegabbruch"
    assert register.sales.cash_in_drawer() == 0


def test_nothing_is_booked_before_the_till_is_set_up(tmp_path: Path, clock: Clock) -> None:
    with open_register(tmp_path, clock) as register:
        register.people.save("", Person("1", "Anna", frozenset(Role)), "1111")
        with pytest.raises(TillferryError, match="till_not_set_up"):
            register.sales.move_cash(key(), "1", CashMove.IN, 100)


def test_times_carry_the_offset_of_the_till(register: Register, clock: Clock) -> None:
    assert register.sales.sell(key(), ANNA, sale("3001")).end == "2026-06-01T10:00:00+02:00"
    clock.set("2026-12-01T10:00")
    receipt = register.sales.sell(key(), CHRIS, sale("3001"))
    assert receipt.end == "2026-12-01T10:00:00+01:00"
