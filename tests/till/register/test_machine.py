"""Random days of a till against a plain model of the sums."""

from __future__ import annotations

import copy
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.till.register.helpers import (
    ANNA,
    BEN,
    Clock,
    column,
    demo_register,
    key,
    open_register,
    remarks,
    sale,
)
from tillferry.errors import TillferryError
from tillferry.till.register.receipt import ArticleLine, Card, Cash, CashMove, Discount, Sale
from tillferry.till.register.register import restore

PRICES = {"3001": (2, 450), "3004": (2, 850), "1006": (1, 950), "2001": (1, 240), "8002": (5, 100)}
ARTICLES = st.lists(st.sampled_from(sorted(PRICES)), min_size=1, max_size=4)


class PowerCut(BaseException):
    """The process ends here."""


@dataclass
class Model:
    """What the till should know."""

    cash: int = 0
    cards: int = 0
    turnover: dict[int, int] = field(default_factory=dict)
    content: bool = False
    floated: bool = False
    clocked_in: bool = False
    written: bool = False
    sold: dict[str, tuple[int, int, dict[int, int]]] = field(default_factory=dict)
    orders: dict[str, dict[int, int]] = field(default_factory=dict)
    closings: list[tuple[int, int, dict[int, int]]] = field(default_factory=list)
    asked: set[int] = field(default_factory=set)

    def add(self, cash: int, cards: int, turnover: dict[int, int]) -> None:
        self.cash += cash
        self.cards += cards
        for vat_key, gross in turnover.items():
            self.turnover[vat_key] = self.turnover.get(vat_key, 0) + gross
        self.content = True


def by_vat(articles: list[str]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for article in articles:
        vat_key, price = PRICES[article]
        sums[vat_key] = sums.get(vat_key, 0) + price
    return sums


class TillMachine(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.homes = 1
        self.clock = Clock()
        with demo_register(self.home, self.clock):
            pass
        self.register = open_register(self.home, self.clock)
        self.model = Model()
        self.saved: Model | None = None

    @property
    def home(self) -> Path:
        return self.folder / f"till{self.homes}"

    def teardown(self) -> None:
        if hasattr(self, "register"):
            self.register.verify()
            self.register.close()
            shutil.rmtree(self.folder)

    # --- selling ---

    @rule(articles=ARTICLES, card=st.integers(0, 400), twice=st.booleans())
    def sell(self, articles: list[str], card: int, twice: bool) -> None:
        turnover = by_vat(articles)
        card = min(card, sum(turnover.values()))
        pay = (Card("girocard", card), Cash(10_000)) if card else (Cash(10_000),)
        lines = tuple(ArticleLine(number, with_deposit=False) for number in articles)
        wish = key()
        receipt = self.register.sales.sell(wish, ANNA, Sale(lines, pay))
        if twice:
            assert self.register.sales.sell(wish, ANNA, Sale(lines, pay)) == receipt
        cash = sum(turnover.values()) - card
        self.model.add(cash, card, turnover)
        self.model.sold[receipt.bon_id] = (cash, card, turnover)

    @rule(percent=st.integers(1, 99))
    def sell_with_a_discount(self, percent: int) -> None:
        line = ArticleLine("3001", 3000, discount=Discount(percent=percent * 100))
        receipt = self.register.sales.sell(key(), ANNA, Sale((line,), (Cash(10_000),)))
        turnover = {2: 1350 - (1350 * percent + 50) // 100}
        self.model.add(turnover[2], 0, turnover)
        self.model.sold[receipt.bon_id] = (turnover[2], 0, turnover)

    @rule(articles=ARTICLES)
    def train(self, articles: list[str]) -> None:
        self.register.sales.sell(key(), ANNA, sale(*articles, training=True))
        self.model.content = True

    @rule(articles=ARTICLES, table=st.sampled_from(["1", "2"]))
    def order(self, articles: list[str], table: str) -> None:
        self.register.sales.order(key(), ANNA, sale(*articles, table=table))
        ordered = self.model.orders.setdefault(table, {})
        for vat_key, gross in by_vat(articles).items():
            ordered[vat_key] = ordered.get(vat_key, 0) + gross
        self.model.content = True

    @precondition(lambda self: self.model.orders)
    @rule(data=st.data())
    def pay_a_table(self, data: st.DataObject) -> None:
        table = data.draw(st.sampled_from(sorted(self.model.orders)))
        receipt = self.register.sales.sell(key(), ANNA, sale(table=table))
        turnover = self.model.orders.pop(table)
        self.model.add(receipt.gross, 0, turnover)
        self.model.sold[receipt.bon_id] = (receipt.gross, 0, turnover)

    @precondition(lambda self: self.model.sold)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        bon_id = data.draw(st.sampled_from(sorted(self.model.sold)))
        self.register.sales.cancel(key(), BEN, bon_id, "Storno")
        cash, card, turnover = self.model.sold.pop(bon_id)
        self.model.add(-cash, -card, {k: -gross for k, gross in turnover.items()})

    # --- cash, time ---

    @precondition(lambda self: not self.model.floated)
    @rule(amount=st.integers(1, 20_000))
    def opening_float(self, amount: int) -> None:
        self.register.sales.opening_float(key(), ANNA, amount)
        self.model.add(amount, 0, {})
        self.model.floated = True

    @rule(amount=st.integers(-5_000, 5_000).filter(bool))
    def bank(self, amount: int) -> None:
        self.register.sales.move_cash(key(), ANNA, CashMove.BANK, amount)
        self.model.add(amount, 0, {})

    @rule()
    def clock_in_or_out(self) -> None:
        if self.model.clocked_in:
            self.register.time.clock_out(ANNA, "1111")
            self.model.clocked_in = self.model.written = False
            self.model.content = True
        else:
            self.register.time.clock_in(ANNA, "1111", "Theke")
            self.model.clocked_in, self.model.written = True, False

    # --- the day ---

    @rule(difference=st.none() | st.integers(-300, 300))
    def close(self, difference: int | None) -> None:
        if self.model.orders and self.is_something():
            with pytest.raises(TillferryError, match="orders_open"):
                self.register.days.close(key(), BEN)
            return
        counted = None if difference is None else max(0, self.model.cash + difference)
        closed = self.register.days.close(key(), BEN, counted)
        if not self.is_something():
            assert closed is None
            return
        assert closed is not None
        cash = self.model.cash if counted is None else counted
        assert closed.difference == cash - self.model.cash
        self.note_closed(closed.z_nr, cash)

    def note_closed(self, z_nr: int, cash: int) -> None:
        self.model.closings.append((cash, self.model.cards, self.model.turnover))
        assert z_nr == len(self.model.closings)
        self.model.cash = self.model.cards = 0
        self.model.turnover = {}
        self.model.content = self.model.floated = False
        self.model.written = self.model.clocked_in
        self.check_closing(z_nr)
        self.clock.turn(minutes=10)

    @precondition(lambda self: not self.model.orders)
    @rule(by_a_booking=st.booleans())
    def next_morning(self, by_a_booking: bool) -> None:
        """The day was left open: the clock closes it, or the first booking of the next day."""
        self.clock.turn(days=1)
        something = self.is_something()
        if by_a_booking:
            before = len(self.model.closings)
            self.register.sales.move_cash(key(), ANNA, CashMove.BANK, 5)
            assert len(self.register.days.z_numbers()) == before + something
        else:
            assert (self.register.days.close_overdue() is not None) == something
        if something:
            self.note_closed(len(self.model.closings) + 1, self.model.cash)
        if by_a_booking:
            self.model.add(5, 0, {})

    def is_something(self) -> bool:
        return self.model.content or (self.model.clocked_in and not self.model.written)

    def check_closing(self, z_nr: int) -> None:
        cash, cards, turnover = self.model.closings[z_nr - 1]
        batch = self.register.closing_batch(z_nr)
        assert remarks(batch) == set()
        assert column(batch, "cashpointclosing", "z_se_barzahlungen") == [cash]
        assert column(batch, "cashpointclosing", "z_se_zahlungen") == [cash + cards]
        report = self.register.reports.z_report(z_nr)
        wanted = {vat_key: gross for vat_key, gross in turnover.items() if gross}
        assert {part.key: part.gross for part in report.vat if part.gross} == wanted
        assert report.cash == cash

    @precondition(lambda self: self.model.closings)
    @rule(with_time=st.booleans())
    def resend(self, with_time: bool) -> None:
        z_nr = len(self.model.closings)
        day = self.register.days.closed(z_nr).business_day.replace("-", "")
        asked = self.register.resend.request(BEN, day, with_time=with_time)
        assert z_nr in {entry.z_nr for entry in asked}
        assert {entry.with_time for entry in asked} == {with_time}
        self.model.asked |= {entry.z_nr for entry in asked}

    # --- mishaps ---

    @rule(articles=ARTICLES, closing=st.booleans())
    def crash(self, articles: list[str], closing: bool) -> None:
        """The power goes in the middle of a booking, or of the day close."""
        with pytest.raises(PowerCut):
            with self.register.store.transaction():
                self.register.sales.sell(key(), ANNA, sale(*articles))
                if closing and not self.model.orders:
                    self.register.days.close(key(), BEN, 0)
                raise PowerCut
        self.register.close()
        self.register = open_register(self.home, self.clock)

    @rule()
    def back_up(self) -> None:
        (self.folder / "copy").unlink(missing_ok=True)
        self.register.snapshot(self.folder / "copy")
        self.saved = copy.deepcopy(self.model)
        self.saved_at = self.clock.now

    @precondition(lambda self: self.saved is not None)
    @rule()
    def restore(self) -> None:
        before = self.register.installation
        self.register.close()
        self.homes += 1
        restore(self.folder / "copy", self.home, self.clock)
        self.register = open_register(self.home, self.clock)
        assert self.register.installation != before
        assert self.saved is not None
        self.model = copy.deepcopy(self.saved)
        # Else the restored day would be overdue, which ``next_morning`` looks at.
        self.clock.now = self.saved_at

    # --- always ---

    @invariant()
    def sums_agree(self) -> None:
        if not hasattr(self, "register"):
            return
        sales = self.register.sales
        assert sales.cash_in_drawer() == self.model.cash
        assert set(sales.open_orders()) == set(self.model.orders)
        assert self.register.days.z_numbers() == tuple(range(1, len(self.model.closings) + 1))
        assert {entry.z_nr for entry in self.register.resend_requests()} == self.model.asked
        report = self.register.reports.x_report()
        wanted = {k: gross for k, gross in self.model.turnover.items() if gross}
        assert {part.key: part.gross for part in report.vat if part.gross} == wanted


TillMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestRandomDays = TillMachine.TestCase
