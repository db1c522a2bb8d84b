"""What a receipt costs, and how it is paid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillferry.closing.money import vat_of_gross
from tillferry.errors import TillferryError
from tillferry.till.register.pricing import Catalogue, Priced, cash_move, price_sale
from tillferry.till.register.receipt import (
    ArticleLine,
    Card,
    Cash,
    CashMove,
    Discount,
    FreeLine,
    Line,
    Payment,
    Sale,
    Voucher,
    VoucherLine,
)
from tillferry.till.register.values import Article, RegisterSettings

ARTICLES = {
    article.number: article
    for article in (
        Article("beer", "Bier", "1", 490, deposit="bottle"),
        Article("bottle", "Pfand", "8", 30, is_deposit=True),
        Article("milk", "Latte", "1", 420, 1, 2),
        Article("chips", "Pommes", "3", 450, 2, 2),
        Article("open", "Verschiedenes", "4", 0, open_price=True),
        Article("salad", "Salat", "3", 1990, 2, 2, unit="kg"),
    )
}
CATALOGUE = Catalogue(RegisterSettings(), ARTICLES.__getitem__, lambda group: f"Gruppe {group}")


def price(*lines: Line, pay: tuple[Payment, ...] = (Cash(1_000_000),), **more: object) -> Priced:
    return price_sale(CATALOGUE, Sale(lines, pay, **more))  # type: ignore[arg-type]


def total(priced: Priced) -> int:
    return sum(line.gross for line in priced.lines)


def paid(priced: Priced) -> list[tuple[str, int]]:
    return [(payment.kind, payment.amount) for payment in priced.payments]


def refusal(*lines: Line, **more: object) -> str:
    with pytest.raises(TillferryError) as caught:
        price(*lines, **more)  # type: ignore[arg-type]
    return caught.value.code


def test_an_article_brings_its_deposit() -> None:
    priced = price(ArticleLine("beer", 2000))
    assert [(line.gv_typ, line.gross) for line in priced.lines] == [("Umsatz", 980), ("Pfand", 60)]


def test_the_deposit_can_be_left_out() -> None:
    assert total(price(ArticleLine("beer", with_deposit=False))) == 490


def test_a_deposit_taken_back_is_paid_out() -> None:
    priced = price(ArticleLine("bottle", 3000, returned=True), pay=())
    assert [(line.gv_typ, line.quantity, line.gross) for line in priced.lines] == [
        ("PfandRueckzahlung", -3000, -90)
    ]
    assert paid(priced) == [("Bar", -90)]
    assert priced.change == 90


@pytest.mark.parametrize(("here", "key"), [(True, 1), (False, 2)])
def test_takeaway_decides_the_vat(here: bool, key: int) -> None:
    assert price(ArticleLine("milk"), in_house=here).lines[0].vat_key == key
    assert price(ArticleLine("milk", in_house=here)).lines[0].vat_key == key


def test_a_weight_is_rounded_to_the_cent() -> None:
    assert total(price(ArticleLine("salad", 333))) == 663


def test_a_discount_on_a_line_keeps_the_price_before() -> None:
    (line,) = price(ArticleLine("chips", 3000, discount=Discount(percent=1000))).lines
    assert (line.base_gross, line.gross, line.unit_price) == (1350, 1215, 405_000)


def test_a_line_that_takes_off_has_a_price_below_zero() -> None:
    lines = price(
        ArticleLine("chips"),
        FreeLine("Coupon", -100, 2, discount=Discount(percent=5000)),
        ArticleLine("bottle", 2000, returned=True, discount=Discount(amount=20)),
    ).lines
    assert [(line.gross, line.quantity, line.unit_price) for line in lines[1:]] == [
        (-50, 1000, -50_000),
        (-40, -2000, 20_000),
    ]


def test_a_discount_on_the_receipt_is_shared_out_by_vat() -> None:
    priced = price(ArticleLine("milk"), ArticleLine("chips"), discount=Discount(amount=99))
    off = {line.vat_key: line.gross for line in priced.lines if line.gv_typ == "Rabatt"}
    assert off == {1: -48, 2: -51}


def test_deposits_get_no_discount() -> None:
    priced = price(ArticleLine("beer"), discount=Discount(percent=10_000))
    assert total(priced) == 30


@pytest.mark.parametrize(
    "discount",
    [
        Discount(),
        Discount(amount=451),
        Discount(percent=10_001),
        Discount(amount=-1),
        Discount(percent=10, amount=10),
    ],
)
def test_discounts_that_cannot_be(discount: Discount) -> None:
    assert refusal(ArticleLine("chips", discount=discount)) == "discount_too_large"
    assert refusal(ArticleLine("chips"), discount=discount) == "discount_too_large"


def test_cash_gives_change() -> None:
    priced = price(ArticleLine("chips"), pay=(Cash(1000),))
    assert (paid(priced), priced.given, priced.change) == ([("Bar", 450)], 1000, 550)


def test_several_payments() -> None:
    priced = price(ArticleLine("chips"), pay=(Card("girocard", 200), Cash(300)), tip=40)
    assert paid(priced) == [("Bar", 290), ("ECKarte", 200)]
    assert priced.change == 10
    assert [line.gv_typ for line in priced.lines] == ["Umsatz", "TrinkgeldAN"]


def test_a_voucher_is_sold_without_vat_and_taken_in() -> None:
    (sold,) = price(VoucherLine("G1", 2000)).lines
    assert (sold.gv_typ, sold.gross, sold.vat) == ("MehrzweckgutscheinKauf", 2000, 0)
    priced = price(ArticleLine("chips"), pay=(Voucher("G1", 300), Cash(150)))
    assert priced.lines[-1].gv_typ == "MehrzweckgutscheinEinloesung"
    assert paid(priced) == [("Bar", 150)]


def test_a_voucher_may_pay_everything() -> None:
    assert paid(price(ArticleLine("chips"), pay=(Voucher("G1", 450),))) == [("Keine", 0)]


@pytest.mark.parametrize(
    ("pay", "code"),
    [
        ((Cash(449),), "payment_too_little"),
        ((), "payment_too_little"),
        ((Card("girocard", 451),), "payment_too_much"),
        ((Card("Muscheln", 450),), "payment_method_unknown"),
        ((Card("girocard", 0), Cash(450)), "amount_wrong"),
        ((Cash(-1), Cash(451)), "amount_wrong"),
        ((Voucher("G1", -5), Cash(500)), "amount_wrong"),
    ],
)
def test_payments_that_cannot_be(pay: tuple[Payment, ...], code: str) -> None:
    assert refusal(ArticleLine("chips"), pay=pay) == code


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (ArticleLine("open"), "price_missing"),
        (ArticleLine("chips", price=1), "price_not_open"),
        (ArticleLine("chips", 0), "quantity_wrong"),
        (ArticleLine("chips", -1000), "quantity_wrong"),
        (ArticleLine("chips", returned=True), "not_a_deposit"),
        (ArticleLine("open", price=10**12), "amount_wrong"),
        (FreeLine("?", 100, 77), "vat_key_unknown_here"),
        (VoucherLine("G", 0), "amount_wrong"),
        (VoucherLine("", 100), "text_length_wrong"),
        (FreeLine(" ", 100, 1), "text_length_wrong"),
        (FreeLine("a", 100, 1, article="x" * 51), "text_length_wrong"),
    ],
)
def test_lines_that_cannot_be(line: Line, code: str) -> None:
    assert refusal(line) == code


def test_an_empty_receipt_cannot_be() -> None:
    assert refusal() == "receipt_empty"


def test_a_typed_price() -> None:
    assert total(price(ArticleLine("open", 2000, price=125))) == 250


@pytest.mark.parametrize(
    ("kind", "amount"),
    [(CashMove.OUT, 100), (CashMove.IN, -100), (CashMove.BANK, 0), (CashMove.PRIVATE_IN, -1)],
)
def test_cash_moves_the_wrong_way(kind: CashMove, amount: int) -> None:
    with pytest.raises(TillferryError, match="amount_wrong"):
        cash_move(kind, amount, "")


LINES = st.one_of(
    st.builds(
        ArticleLine,
        st.sampled_from(["beer", "milk", "chips", "salad"]),
        st.integers(1, 20_000),
        discount=st.none() | st.builds(Discount, percent=st.integers(1, 10_000)),
        in_house=st.none() | st.booleans(),
    ),
    st.builds(
        ArticleLine,
        st.just("bottle"),
        st.integers(1, 5).map(lambda n: n * 1000),
        returned=st.just(True),
    ),
)


@given(st.lists(LINES, min_size=1, max_size=8), st.integers(0, 500), st.integers(0, 10_000))
def test_lines_vat_and_payments_meet(lines: list[Line], tip: int, percent: int) -> None:
    discount = Discount(percent=percent) if percent else None
    try:
        priced = price(*lines, tip=tip, discount=discount)
    except TillferryError as error:
        assert error.code == "discount_too_large"
        return
    assert sum(amount for _, amount in paid(priced)) == total(priced)
    assert priced.given - priced.change == dict(paid(priced)).get("Bar", 0)
    for key, rate in ((1, 1900), (2, 700), (5, 0)):
        of_key = [line for line in priced.lines if line.vat_key == key]
        gross = sum(line.gross for line in of_key)
        assert sum(line.vat for line in of_key) == vat_of_gross(gross, rate)
