"""The receipts of a sample day as plain values, before they become rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

from tillferry.closing.money import line_gross
from tillferry.closing.tables import BASE_CURRENCY
from tillferry.sample.catalogue import (
    BY_NUMBER,
    CARDS,
    CUSTOMERS,
    GENERAL,
    MENU_CARD,
    NOT_TAXABLE,
    REDUCED,
    SUNDAE,
    Article,
)

CASH_FLOAT = 15_000
"""What lies in the drawer in the morning, in cents."""

_Value = TypeVar("_Value")

_WHOLE = 1000
_CENT_TO_PRICE = 1000
_CHF_RATE = 107
_PICK_SHARE = 100


@dataclass(slots=True)
class Line:
    """One line: ``quantity`` with three decimals, ``unit_price`` with five, ``gross`` in cents.

    ``base_gross`` is the amount before a discount on the line, where there was one.
    """

    text: str
    gv_typ: str
    vat_key: int
    gross: int
    quantity: int = _WHOLE
    unit_price: int = 0
    gv_name: str | None = None
    inhaus: str | None = None
    article: Article | None = None
    base_gross: int | None = None
    voucher: str | None = None
    agency: int = 0


@dataclass(slots=True)
class Payment:
    """One payment in cents; ``foreign`` is the amount in ``currency`` where that is not ours."""

    kind: str
    name: str | None
    amount: int
    currency: str = BASE_CURRENCY
    foreign: int | None = None


@dataclass(slots=True)
class Receipt:
    """One transaction, be it a receipt, an order or training.

    ``cancels`` is the receipt that it takes back; with ``cancels_yesterday`` that is the last
    sale of the day before. ``number`` is its BON_NR.
    """

    bon_typ: str
    lines: list[Line]
    payments: list[Payment]
    clerk: int = 1
    table: str | None = None
    customer: tuple[str, str, str, str, str, str] | None = None
    cancels: Receipt | None = None
    cancels_yesterday: bool = False
    note: str | None = None
    number: int = 0

    @property
    def gross(self) -> int:
        """UMS_BRUTTO in cents."""
        return sum(line.gross for line in self.lines)

    @property
    def is_storno(self) -> bool:
        """Whether it takes another receipt back."""
        return self.cancels_yesterday or self.cancels is not None


def article_line(
    article: Article, quantity: int, inhaus: str, gv_typ: str = "Umsatz", discount: int = 0
) -> Line:
    """A line that sells ``quantity`` (three decimals) with ``discount`` in percent."""
    price = article.price * (100 - discount) * (_CENT_TO_PRICE // 100)
    return Line(
        article.text,
        gv_typ,
        article.here if inhaus == "1" else article.away,
        line_gross(quantity, price),
        quantity,
        price,
        inhaus=inhaus,
        article=article,
        base_gross=line_gross(quantity, article.price * _CENT_TO_PRICE) if discount else None,
    )


def plain_line(
    gv_typ: str, text: str, amount: int, vat_key: int = NOT_TAXABLE, voucher: str | None = None
) -> Line:
    """A line over an amount; the sign is the quantity's, as the standard wants it."""
    quantity = _WHOLE if amount >= 0 else -_WHOLE
    return Line(
        text, gv_typ, vat_key, amount, quantity, abs(amount) * _CENT_TO_PRICE, voucher=voucher
    )


def cash(amount: int) -> list[Payment]:
    """A payment from or into the drawer; ``Keine`` where there is nothing to pay."""
    return [Payment("Bar", "Bar", amount)] if amount else [Payment("Keine", None, 0)]


def opening_float() -> Receipt:
    """The money that lies in the drawer already: technically a receipt, and cash of the day."""
    line = plain_line("Anfangsbestand", "Anfangsbestand", CASH_FLOAT)
    return Receipt("Beleg", [line], cash(CASH_FLOAT))


def cash_to_bank(cash_in_drawer: int) -> Receipt:
    """What is above the float goes to the bank, in whole tens."""
    amount = -max(1000, (cash_in_drawer - CASH_FLOAT) // 1000 * 1000)
    line = plain_line("Geldtransit", "Einzahlung bei der Bank", amount)
    line.gv_name = "Bank"
    return Receipt("Beleg", [line], cash(amount))


def last_sale(rng: Random) -> Receipt:
    """The sale that may be cancelled on the next day; nothing but its own ``rng`` decides it."""
    article = _pick(rng, MENU_CARD)
    line = article_line(article, _WHOLE * (1 + _below(rng, 3)), "0")
    return Receipt("Beleg", [line], cash(line.gross), clerk=1 + _below(rng, 3))


def cancellation(original: Receipt, *, of_yesterday: bool) -> Receipt:
    """The counter-document: every sign reversed, the original untouched."""
    lines = [
        replace(
            line,
            quantity=-line.quantity,
            gross=-line.gross,
            base_gross=None if line.base_gross is None else -line.base_gross,
        )
        for line in original.lines
    ]
    payments = [
        replace(
            payment,
            amount=-payment.amount,
            foreign=None if payment.foreign is None else -payment.foreign,
        )
        for payment in original.payments
    ]
    return replace(
        original,
        lines=lines,
        payments=payments,
        cancels=None if of_yesterday else original,
        cancels_yesterday=of_yesterday,
        note="Storno auf Wunsch des Gastes",
        number=0,
    )


def order_and_receipt(rng: Random) -> tuple[Receipt, Receipt]:
    """An order at a table, and the receipt with which it is paid later."""
    table = f"Tisch {1 + _below(rng, 24)}"
    clerk = 1 + _below(rng, 3)
    lines = [_product(rng, "1") for _ in range(1 + _below(rng, 3))]
    total = sum(line.gross for line in lines)
    order = Receipt("AVBestellung", lines, [Payment("Keine", None, total)], clerk, table)
    paid = Receipt("Beleg", list(lines), [], clerk, table)
    _pay(rng, paid)
    return order, paid


def training(rng: Random) -> Receipt:
    """A receipt of the training mode."""
    receipt = Receipt("AVTraining", _basket(rng, "1"), [], clerk=3)
    receipt.payments = cash(receipt.gross)
    return receipt


def sale(rng: Random) -> Receipt:
    """An ordinary receipt, now and then a rarer kind."""
    chance = rng.random() * _PICK_SHARE
    for share, make in _RARE_SALES:
        chance -= share
        if chance < 0:
            receipt = make(rng)
            break
    else:
        receipt = Receipt("Beleg", _basket(rng, _inhaus(rng)), [])
    receipt.clerk = 1 + _below(rng, 3)
    if not receipt.payments:
        _pay(rng, receipt)
    return receipt


def _basket(rng: Random, inhaus: str) -> list[Line]:
    lines: list[Line] = []
    for _ in range(1 + _below(rng, 3) * _below(rng, 2)):
        line = _product(rng, inhaus)
        lines.append(line)
        article = line.article
        if article and article.deposit and (inhaus == "0" or rng.random() < 0.3):
            deposit = BY_NUMBER[article.deposit]
            lines.append(article_line(deposit, line.quantity, inhaus, "Pfand"))
    if rng.random() < 0.1:
        lines.append(_deposit_back(rng))
    return lines


def _product(rng: Random, inhaus: str) -> Line:
    article = _pick(rng, MENU_CARD)
    if article.unit:
        return article_line(article, 120 + _below(rng, 480), inhaus)
    discount = (10, 20)[_below(rng, 2)] if rng.random() < 0.08 else 0
    quantity = _WHOLE if rng.random() < 0.6 else _WHOLE * (1 + _below(rng, 5))
    return article_line(article, quantity, inhaus, discount=discount)


def _deposit_back(rng: Random) -> Line:
    article = BY_NUMBER[("8001", "8001", "8002", "8003")[_below(rng, 4)]]
    return article_line(article, -_WHOLE * (1 + _below(rng, 4)), "0", "PfandRueckzahlung")


def _pay(rng: Random, receipt: Receipt) -> None:
    total = receipt.gross
    if total <= 0 or rng.random() < 0.55:
        receipt.payments = cash(total)
        return
    if rng.random() < 0.15:
        tip = 50 + 50 * _below(rng, 6)
        receipt.lines.append(plain_line("TrinkgeldAN", "Trinkgeld", tip))
        total += tip
    kind, name = _pick(rng, CARDS)
    if total > 1500 and rng.random() < 0.12:
        in_cash = 500 * (1 + _below(rng, total // 1000))
        receipt.payments = [*cash(in_cash), Payment(kind, name, total - in_cash)]
    else:
        receipt.payments = [Payment(kind, name, total)]


def _only_deposit_back(rng: Random) -> Receipt:
    line = _deposit_back(rng)
    return Receipt("Beleg", [line], cash(line.gross))


def _sell_multi_purpose(rng: Random) -> Receipt:
    line = plain_line(
        "MehrzweckgutscheinKauf",
        "Wertgutschein",
        1000 * (1 + _below(rng, 5)),
        voucher=_voucher(rng),
    )
    return Receipt("Beleg", [line], [])


def _redeem_multi_purpose(rng: Random) -> Receipt:
    lines = _basket(rng, _inhaus(rng))
    worth = min(2500, sum(line.gross for line in lines))
    if worth > 0:
        text = "Einlösung Wertgutschein"
        lines.append(
            plain_line("MehrzweckgutscheinEinloesung", text, -worth, voucher=_voucher(rng))
        )
    return Receipt("Beleg", lines, [])


def _sell_single_purpose(rng: Random) -> Receipt:
    text = f"Gutschein {SUNDAE.text}"
    line = plain_line("EinzweckgutscheinKauf", text, SUNDAE.price, REDUCED, _voucher(rng))
    return Receipt("Beleg", [line], [])


def _redeem_single_purpose(rng: Random) -> Receipt:
    text = f"Einlösung Gutschein {SUNDAE.text}"
    redeemed = plain_line(
        "EinzweckgutscheinEinloesung", text, -SUNDAE.price, REDUCED, _voucher(rng)
    )
    return Receipt("Beleg", [article_line(SUNDAE, _WHOLE, "1"), redeemed], [])


def _with_receipt_discount(rng: Random) -> Receipt:
    lines = _basket(rng, "1")
    for key in (GENERAL, REDUCED):
        gross = sum(line.gross for line in lines if line.vat_key == key and line.gv_typ == "Umsatz")
        if gross:
            discount = plain_line("Rabatt", "Mitarbeiterrabatt 20 %", -(gross // 5), key)
            discount.gv_name = "Mitarbeiterrabatt"
            lines.append(discount)
    return Receipt("Beleg", lines, [], note="Personal")


def _for_an_agency(rng: Random) -> Receipt:
    line = plain_line("Umsatz", "Kurbeitrag (Tageskarte)", 300 * (1 + _below(rng, 3)))
    line.agency = 1
    line.gv_name = "Kurbeitrag"
    return Receipt("Beleg", [line], [])


def _for_a_customer(rng: Random) -> Receipt:
    return Receipt("Beleg", _basket(rng, "1"), [], customer=_pick(rng, CUSTOMERS))


def _in_swiss_francs(rng: Random) -> Receipt:
    """Paid with a note in francs, change in euros."""
    receipt = Receipt("Beleg", _basket(rng, "1"), [])
    total = receipt.gross
    if total > 0:
        francs = (total * 100 // _CHF_RATE // 1000 + 1) * 1000
        worth = francs * _CHF_RATE // 100
        receipt.payments = [Payment("Bar", "Bar", worth, "CHF", francs)]
        if worth != total:
            receipt.payments.append(Payment("Bar", "Bar", total - worth))
    return receipt


_RARE_SALES: Sequence[tuple[float, Callable[[Random], Receipt]]] = (
    (3.0, _only_deposit_back),
    (0.9, _sell_multi_purpose),
    (0.9, _redeem_multi_purpose),
    (0.7, _sell_single_purpose),
    (0.7, _redeem_single_purpose),
    (1.5, _with_receipt_discount),
    (1.2, _for_an_agency),
    (1.2, _for_a_customer),
    (0.9, _in_swiss_francs),
)


def _inhaus(rng: Random) -> str:
    return "1" if rng.random() < 0.6 else "0"


def _voucher(rng: Random) -> str:
    return f"G-{100_000 + _below(rng, 900_000)}"


def _below(rng: Random, limit: int) -> int:
    return int(rng.random() * limit)


def _pick(rng: Random, values: Sequence[_Value]) -> _Value:
    return values[int(rng.random() * len(values))]
