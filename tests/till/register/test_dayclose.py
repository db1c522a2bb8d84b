"""The day close: numbers, sums, difference, digests and the chain."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.till.register.helpers import (
    ANNA,
    BEN,
    CHRIS,
    Clock,
    column,
    key,
    open_register,
    remarks,
    sale,
)
from tillferry.closing.digest import part_digests
from tillferry.closing.figures import figures
from tillferry.errors import TillferryError
from tillferry.till.register.receipt import (
    ArticleLine,
    Card,
    Cash,
    CashMove,
    Discount,
    Sale,
    Voucher,
    VoucherLine,
)
from tillferry.till.register.register import Register
from tillferry.till.register.stock import StockMovement
from tillferry.till.register.values import Address


def full_day(register: Register) -> None:
    """Everything that a till can book."""
    sales = register.sales
    sales.opening_float(key(), ANNA, 15_000)
    sales.sell(key(), ANNA, sale("3001", "1006"))
    sales.sell(
        key(),
        ANNA,
        Sale(
            (
                ArticleLine("1001", 3000),
                ArticleLine("2002", discount=Discount(percent=1250), in_house=False),
                ArticleLine("8003", 5000, returned=True),
                ArticleLine("3005", 333),
                VoucherLine("G-1", 2500),
            ),
            (Card("girocard", 700), Cash(20_000)),
            Discount(percent=1000, name="Stammgast"),
            tip=130,
            in_house=False,
            note="für Zwei",
        ),
    )
    sales.sell(key(), ANNA, Sale((ArticleLine("3004"),), (Voucher("G-1", 850),)))
    sales.order(key(), ANNA, sale("3001", "3002", table="7"))
    sales.sell(key(), ANNA, sale(table="7"))
    wrong = sales.sell(key(), ANNA, sale("4001"))
    sales.cancel(key(), BEN, wrong.bon_id, "vertippt")
    gone = sales.order(key(), ANNA, sale("3003", table="8"))
    sales.cancel(key(), BEN, gone.bon_id, "gegangen")
    sales.sell(key(), ANNA, sale("3001", training=True))
    sales.abort(key(), ANNA, sale("3001"))
    sales.move_cash(key(), ANNA, CashMove.BANK, -5_000, "Bank")
    register.stock.move(key(), ANNA, StockMovement("waste", "3003", 2000, note="verdorben"))
    register.time.clock_in(ANNA, "1111", "Theke")


def test_a_full_day_passes_the_checks_of_head_office(register: Register, clock: Clock) -> None:
    full_day(register)
    clock.turn(hours=9)
    book = register.sales.cash_in_drawer()
    closed = register.days.close(key(), BEN, book - 70)
    assert closed is not None
    assert (closed.z_nr, closed.difference, closed.book_cash) == (1, -70, book)
    batch = register.closing_batch(1)
    assert remarks(batch) == set()
    assert column(batch, "cashpointclosing", "z_se_barzahlungen") == [book - 70]
    assert figures(batch)[0].gross_cents == closed.gross_cents
    kinds = column(batch, "businesscases", "gv_typ")
    assert "DifferenzSollIst" in kinds and "Anfangsbestand" in kinds
    assert "AVTraining" in column(batch, "transactions", "bon_typ")
    assert set(column(batch, "allocation_groups", "abrechnungskreis")) == {"7", "8"}
    assert column(batch, "stock_movements", "quantity") == [-2000]
    assert column(batch, "time_entries", "end") == [None]
    assert set(column(batch, "transactions_tse", "tse_ta_fehler")) == {"Keine TSE angeschlossen"}


def test_z_numbers_count_on_and_the_chain_holds(register: Register, clock: Clock) -> None:
    for expected in (1, 2, 3):
        register.sales.sell(key(), ANNA, sale("3001"))
        closed = register.days.close(key(), BEN)
        assert closed is not None and closed.z_nr == expected
        clock.turn(days=1)
    assert register.days.z_numbers() == (1, 2, 3)
    assert register.verify() > 0
    for z_nr in (1, 2, 3):
        batch = register.closing_batch(z_nr)
        assert dict(part_digests(batch)[0]) == dict(register.days.digests(z_nr))


def test_an_empty_day_uses_no_number(register: Register) -> None:
    assert register.days.close(key(), BEN, 0) is None
    register.sales.sell(key(), ANNA, sale("3001"))
    closed = register.days.close(key(), BEN)
    assert closed is not None and closed.z_nr == 1
    assert register.days.close(key(), BEN) is None


def test_a_day_with_working_times_only_has_a_closing(register: Register, clock: Clock) -> None:
    register.time.clock_in(ANNA, "1111", "Theke")
    clock.turn(hours=1)
    register.time.clock_out(ANNA, "1111")
    assert register.days.close(key(), BEN) is not None
    assert remarks(register.closing_batch(1)) == set()


def test_closing_twice_with_one_id_closes_once(register: Register) -> None:
    register.sales.sell(key(), ANNA, sale("3001"))
    wish = key()
    first = register.days.close(wish, BEN, 450)
    register.sales.sell(key(), ANNA, sale("3001"))
    assert register.days.close(wish, BEN, 450) == first
    assert register.days.z_numbers() == (1,)


def test_open_orders_block_the_close(register: Register) -> None:
    register.sales.order(key(), ANNA, sale("3001", table="Terrasse 4"))
    with pytest.raises(TillferryError, match="orders_open") as caught:
        register.days.close(key(), BEN)
    assert caught.value.params["tables"] == "Terrasse 4"
    assert register.days.z_numbers() == ()


def test_a_day_left_open_is_closed_by_the_next_booking(register: Register, clock: Clock) -> None:
    register.sales.sell(key(), ANNA, sale("3001"))
    clock.set("2026-06-02T04:59")
    register.sales.sell(key(), ANNA, sale("3001"))
    assert register.days.z_numbers() == ()
    clock.set("2026-06-02T05:00")
    assert register.is_overdue()
    register.sales.sell(key(), ANNA, sale("3001"))
    closed = register.days.closed(1)
    assert (closed.business_day, closed.by_the_clock) == ("2026-06-01", True)
    day = register.open_day()
    assert day is not None and day.business_day == "2026-06-02"
    assert column(register.closing_batch(1), "cashpointclosing", "z_buchungstag") == ["2026-06-01"]


def test_a_day_left_open_with_orders_goes_on(register: Register, clock: Clock) -> None:
    register.sales.order(key(), ANNA, sale("3001", table="1"))
    clock.turn(days=1)
    with pytest.raises(TillferryError, match="orders_open"):
        register.days.close_overdue()
    register.sales.sell(key(), ANNA, sale("3002"))
    assert register.days.z_numbers() == ()
    register.sales.sell(key(), ANNA, sale(table="1"))
    closed = register.days.close_overdue()
    assert closed is not None and closed.receipts == 2


def test_the_rule_can_be_switched_off(register: Register, clock: Clock) -> None:
    register.masters.change(CHRIS, auto_close_at="")
    register.sales.sell(key(), ANNA, sale("3001"))
    clock.turn(days=3)
    assert not register.is_overdue()
    assert register.days.close_overdue() is None


def test_the_night_belongs_to_the_day_before(register: Register, clock: Clock) -> None:
    clock.set("2026-06-02T01:30")
    register.sales.sell(key(), ANNA, sale("3001"))
    day = register.open_day()
    assert day is not None and day.business_day == "2026-06-01"


def test_a_cancellation_names_the_closing_of_its_original(register: Register, clock: Clock) -> None:
    original = register.sales.sell(key(), ANNA, sale("3001"))
    first = register.days.close(key(), BEN)
    clock.turn(days=1)
    register.sales.cancel(key(), BEN, original.bon_id, "reklamiert")
    register.days.close(key(), BEN)
    assert first is not None
    batch = register.closing_batch(2)
    assert column(batch, "references", "ref_z_nr") == [1]
    assert column(batch, "references", "ref_datum") == [first.closed_at]
    assert column(batch, "references", "ref_bon_id") == [original.bon_id]
    assert column(batch, "transactions", "bon_storno") == ["1"]
    assert remarks(batch) == set()


def test_masters_of_a_closing_stay_as_they_were(register: Register) -> None:
    register.sales.sell(key(), ANNA, sale("3001"))
    with pytest.raises(TillferryError, match="day_open_for_change"):
        register.masters.change(CHRIS, company=Address("Neue GmbH"))
    register.days.close(key(), BEN)
    register.masters.change(CHRIS, company=Address("Neue GmbH", "Weg 1", "26506", "Norden"))
    assert column(register.closing_batch(1), "cashpointclosing", "name") == ["Strandgut GmbH"]


def test_a_count_below_nothing_is_refused(register: Register) -> None:
    register.sales.sell(key(), ANNA, sale("3001"))
    with pytest.raises(TillferryError, match="amount_wrong"):
        register.days.close(key(), BEN, -1)


def test_numbers_that_head_office_holds_are_skipped(register: Register) -> None:
    register.days.skip_to(41)
    register.sales.sell(key(), ANNA, sale("3001"))
    closed = register.days.close(key(), BEN)
    assert closed is not None and closed.z_nr == 42
    register.days.skip_to(7)
    register.sales.sell(key(), ANNA, sale("3001"))
    again = register.days.close(key(), BEN)
    assert again is not None and again.z_nr == 43


def test_an_unknown_closing(register: Register) -> None:
    for look in (register.closing_batch, register.days.closed, register.days.digests):
        with pytest.raises(TillferryError, match="closing_unknown"):
            look(9)


def test_a_closing_is_read_by_another_process(
    register: Register, tmp_path: Path, clock: Clock
) -> None:
    register.sales.sell(key(), ANNA, sale("3001"))
    with open_register(tmp_path / "till", clock) as other:
        other.days.close(key(), BEN)
    assert register.days.z_numbers() == (1,)
    assert register.open_day() is None


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE events SET data = replace(data, '450', '45')", "register_altered"),
        ("UPDATE events SET person = '9' WHERE seq = 5", "register_altered"),
        ("DELETE FROM events WHERE seq = 3", "register_altered"),
        ("UPDATE closings SET chain = upper(chain)", "closing_altered"),
        ("UPDATE closings SET content = zeroblob(9)", "closing_altered"),
        ("UPDATE closings SET digests = replace(digests, 'a', 'b')", "closing_altered"),
    ],
)
def test_tampering_is_seen(register: Register, tmp_path: Path, statement: str, code: str) -> None:
    register.sales.sell(key(), ANNA, sale("3001"))
    register.days.close(key(), BEN)
    with sqlite3.connect(tmp_path / "till" / "till.sqlite") as db:
        for trigger in ("events_stay", "events_kept"):
            db.execute(f"DROP TRIGGER {trigger}")
        db.execute(statement)
    db.close()
    with pytest.raises(TillferryError, match=code):
        register.verify()


def test_events_cannot_be_changed_by_accident(register: Register, tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "till" / "till.sqlite")
    for statement in ("DELETE FROM events", "UPDATE events SET person = 'x'"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)
    db.close()


def test_two_thousand_receipts(register: Register) -> None:
    with register.store.transaction():
        for _ in range(2000):
            register.sales.sell(key(), ANNA, sale("3001", "1006"))
    closed = register.days.close(key(), BEN)
    assert closed is not None and (closed.receipts, closed.gross_cents) == (2000, 2000 * 1400)
    assert remarks(register.closing_batch(1)) == set()
