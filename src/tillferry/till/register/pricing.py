"""From what is asked for to positions and payments of a receipt. Pure; amounts in cents.

Raises ``TillferryError`` for what a till cannot book: ``price_missing``, ``price_not_open``,
``quantity_wrong``, ``discount_too_large``, ``not_a_deposit``, ``payment_too_little``,
``payment_too_much``, ``payment_method_unknown``, ``receipt_empty``, ``amount_wrong``,
``text_length_wrong``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tillferry.closing.money import decimal_text, divide_half_up, line_gross, share_vat
from tillferry.errors import TillferryError
from tillferry.till.register.receipt import (
    ArticleLine,
    BookedLine,
    BookedPayment,
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
from tillferry.till.register.values import (
    CENT,
    NOT_TAXABLE,
    WHOLE,
    Article,
    RegisterSettings,
)

LARGEST_AMOUNT: Final = 100_000_000
"""One million in cents: more in one line was mistyped."""

LARGEST_QUANTITY: Final = 100_000 * WHOLE
_ALL_PERCENT: Final = 10_000

CASH_IN: Final = frozenset({CashMove.PRIVATE_IN, CashMove.IN})
CASH_OUT: Final = frozenset({CashMove.PRIVATE_OUT, CashMove.OUT, CashMove.WAGES})


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What prices need to know of the till."""

    settings: RegisterSettings
    article: Callable[[str], Article]
    group_name: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Priced:
    """Positions and payments that meet. ``given`` and ``change`` are cash."""

    lines: tuple[BookedLine, ...]
    payments: tuple[BookedPayment, ...]
    given: int = 0
    change: int = 0


def price_sale(catalogue: Catalogue, sale: Sale, before: Sequence[BookedLine] = ()) -> Priced:
    """A receipt; ``before`` are positions that were ordered already and are paid now."""
    lines = [*before, *price_lines(catalogue, sale)]
    if sale.discount is not None:
        lines += _receipt_discount(lines, sale.discount)
    _check_amount(sale.tip)
    if sale.tip:
        lines.append(plain_line("TrinkgeldAN", "Trinkgeld", sale.tip))
    lines += [_redeemed(paid) for paid in sale.payments if isinstance(paid, Voucher)]
    if not lines:
        raise TillferryError("receipt_empty")
    payments, given, change = _payments(
        catalogue.settings, sum(line.gross for line in lines), sale.payments
    )
    return Priced(with_vat(catalogue.settings, lines), payments, given, change)


def price_order(catalogue: Catalogue, sale: Sale) -> Priced:
    """An order: positions without a payment."""
    lines = price_lines(catalogue, sale)
    if not lines:
        raise TillferryError("receipt_empty")
    total = sum(line.gross for line in lines)
    return Priced(with_vat(catalogue.settings, lines), (BookedPayment("Keine", "", total),))


def price_lines(catalogue: Catalogue, sale: Sale) -> list[BookedLine]:
    """The positions of what is asked for, without VAT amounts."""
    lines: list[BookedLine] = []
    for line in sale.lines:
        lines += _position(catalogue, line, sale.in_house)
    return lines


def cash_move(kind: CashMove, amount: int, text: str) -> Priced:
    """Cash in (``amount`` above 0) or out; Geldtransit goes both ways."""
    _check_amount(amount)
    if amount == 0 or (kind in CASH_IN and amount < 0) or (kind in CASH_OUT and amount > 0):
        raise TillferryError("amount_wrong", amount=amount)
    return cash_only(str(kind), text or str(kind), amount)


def cash_only(gv_typ: str, text: str, amount: int) -> Priced:
    """One position that is no turnover, and the cash for it."""
    return Priced((plain_line(gv_typ, text, amount),), (BookedPayment("Bar", "Bar", amount),))


def plain_line(
    gv_typ: str, text: str, amount: int, vat_key: int = NOT_TAXABLE, voucher: str = ""
) -> BookedLine:
    """A position over an amount; the sign is the quantity's, as the standard wants it."""
    quantity = WHOLE if amount >= 0 else -WHOLE
    return BookedLine(
        text, gv_typ, vat_key, amount, 0, quantity, abs(amount) * CENT, voucher=voucher
    )


def with_vat(settings: RegisterSettings, lines: Sequence[BookedLine]) -> tuple[BookedLine, ...]:
    """The same positions with their VAT: those of one rate add up to the VAT of their sum."""
    vats = [0] * len(lines)
    for key in {line.vat_key for line in lines}:
        places = [place for place, line in enumerate(lines) if line.vat_key == key]
        try:
            rate = settings.rate(key)
        except KeyError:
            raise TillferryError("vat_key_unknown_here", key=key) from None
        shares = share_vat([lines[place].gross for place in places], rate)
        for place, share in zip(places, shares, strict=True):
            vats[place] = share
    return tuple(replace(line, vat=vat) for line, vat in zip(lines, vats, strict=True))


def reversed_lines(lines: Sequence[BookedLine]) -> tuple[BookedLine, ...]:
    """The counter-positions: every sign turned, VAT included."""
    return tuple(
        replace(
            line,
            quantity=-line.quantity,
            gross=-line.gross,
            vat=-line.vat,
            base_gross=None if line.base_gross is None else -line.base_gross,
        )
        for line in lines
    )


# --- positions ---


def _position(catalogue: Catalogue, line: Line, in_house: bool) -> list[BookedLine]:
    if isinstance(line, VoucherLine):
        _check_amount(line.amount)
        if line.amount <= 0:
            raise TillferryError("amount_wrong", amount=line.amount)
        _check_text(line.number, 50)
        return [plain_line("MehrzweckgutscheinKauf", "Gutschein", line.amount, voucher=line.number)]
    _check_quantity(line.quantity)
    here = in_house if line.in_house is None else line.in_house
    if isinstance(line, FreeLine):
        _check_amount(line.price)
        _check_text(line.text, 255)
        _check_text(line.article or "-", 50)
        _check_text(line.group or "-", 40)
        free = BookedLine(
            line.text,
            "Umsatz",
            line.vat_key,
            0,
            in_house=here,
            article=line.article,
            group_id=line.group,
            group=catalogue.group_name(line.group) or line.group,
        )
        return [_priced(free, line.quantity, line.price, line.discount)]
    return _article_position(catalogue, line, here)


def _article_position(catalogue: Catalogue, line: ArticleLine, here: bool) -> list[BookedLine]:
    article = catalogue.article(line.article)
    if line.returned and not article.is_deposit:
        raise TillferryError("not_a_deposit", article=article.text)
    position = _of_article(catalogue, article, here)
    quantity = line.quantity
    if line.returned:
        position = replace(position, gv_typ="PfandRueckzahlung")
        quantity = -quantity
    lines = [_priced(position, quantity, _price(article, line.price), line.discount)]
    if article.deposit and line.with_deposit:
        deposit = catalogue.article(article.deposit)
        of_deposit = _of_article(catalogue, deposit, here)
        lines.append(_priced(of_deposit, line.quantity, deposit.price, None))
    return lines


def _price(article: Article, typed: int | None) -> int:
    if article.open_price and typed is None:
        raise TillferryError("price_missing", article=article.text)
    if typed is None:
        return article.price
    if not article.open_price and typed != article.price:
        raise TillferryError("price_not_open", article=article.text)
    _check_amount(typed)
    return typed


def _of_article(catalogue: Catalogue, article: Article, here: bool) -> BookedLine:
    return BookedLine(
        article.text,
        "Pfand" if article.is_deposit else "Umsatz",
        article.vat_here if here else article.vat_takeaway,
        0,
        in_house=here,
        article=article.number,
        gtin=article.gtin,
        group_id=article.group_id,
        group=catalogue.group_name(article.group_id),
        unit=article.unit,
    )


def _priced(line: BookedLine, quantity: int, price: int, discount: Discount | None) -> BookedLine:
    base = line_gross(quantity, price * CENT)
    if abs(base) > LARGEST_AMOUNT:
        raise TillferryError("amount_wrong", amount=base)
    off = 0 if discount is None else _discount_of(base, discount)
    if not off or discount is None:
        return replace(line, quantity=quantity, gross=base, unit_price=price * CENT)
    # The price per unit after the discount, so that quantity and price make the amount again.
    sign = 1 if quantity > 0 else -1
    unit = divide_half_up(sign * (base - off) * CENT * WHOLE, abs(quantity))
    return replace(
        line,
        quantity=quantity,
        gross=base - off,
        unit_price=unit,
        base_gross=base,
        discount=discount.name,
    )


def _discount_of(base: int, discount: Discount) -> int:
    """The cents of a discount, with the sign of ``base``; at most all of it."""
    if bool(discount.percent) == bool(discount.amount):
        raise TillferryError("discount_too_large", amount=discount.amount)
    if not 0 <= discount.percent <= _ALL_PERCENT or not 0 <= discount.amount <= abs(base):
        raise TillferryError("discount_too_large", amount=discount.amount or discount.percent)
    off = discount.amount or divide_half_up(abs(base) * discount.percent, _ALL_PERCENT)
    return off if base >= 0 else -off


def _receipt_discount(lines: Sequence[BookedLine], discount: Discount) -> list[BookedLine]:
    """A discount on all turnover, shared out over the VAT keys by what each has."""
    gross: dict[int, int] = {}
    for line in lines:
        if line.gv_typ == "Umsatz":
            gross[line.vat_key] = gross.get(line.vat_key, 0) + line.gross
    total = sum(gross.values())
    if total <= 0 or min(gross.values()) < 0:
        raise TillferryError("discount_too_large", amount=discount.amount or discount.percent)
    off = _discount_of(total, discount)
    found: list[BookedLine] = []
    running = taken = 0
    for key in sorted(gross):
        running += gross[key]
        # What the running share grows by: the shares add up to the discount exactly.
        share = divide_half_up(off * running, total) - taken
        taken += share
        if share:
            line = plain_line("Rabatt", discount.name, -share, key)
            found.append(replace(line, gv_name=discount.name))
    return found


def _redeemed(paid: Voucher) -> BookedLine:
    _check_amount(paid.amount)
    if paid.amount <= 0:
        raise TillferryError("amount_wrong", amount=paid.amount)
    _check_text(paid.number, 50)
    return plain_line(
        "MehrzweckgutscheinEinloesung", "Einlösung Gutschein", -paid.amount, voucher=paid.number
    )


# --- payments ---


def _payments(
    settings: RegisterSettings, total: int, asked: Sequence[Payment]
) -> tuple[tuple[BookedPayment, ...], int, int]:
    """The payments of ``total``, the cash given and the change."""
    if total < 0 and any(isinstance(payment, Voucher) for payment in asked):
        raise TillferryError("payment_too_much")
    payments: list[BookedPayment] = []
    cash_given = [payment.given for payment in asked if isinstance(payment, Cash)]
    kinds = {method.name: method.kind for method in settings.payment_methods}
    left = total
    for payment in asked:
        if not isinstance(payment, Card):
            continue
        if payment.method not in kinds:
            raise TillferryError("payment_method_unknown", method=payment.method)
        if payment.amount <= 0:
            raise TillferryError("amount_wrong", amount=payment.amount)
        payments.append(BookedPayment(kinds[payment.method], payment.method, payment.amount))
        left -= payment.amount
    if left < 0 <= total or (total < 0 and payments):
        raise TillferryError("payment_too_much")
    given = sum(cash_given)
    if any(amount < 0 for amount in cash_given) or given > LARGEST_AMOUNT:
        raise TillferryError("amount_wrong", amount=given)
    if left > 0:
        if given < left:
            raise TillferryError("payment_too_little", missing=decimal_text(left - given, 2, ","))
        payments.insert(0, BookedPayment("Bar", "Bar", left))
        return tuple(payments), given, given - left
    if left < 0:
        return (BookedPayment("Bar", "Bar", left),), given, given - left
    if not payments:
        payments.append(BookedPayment("Keine", "", 0))
    return tuple(payments), given, given


def _check_amount(amount: int) -> None:
    if not -LARGEST_AMOUNT <= amount <= LARGEST_AMOUNT:
        raise TillferryError("amount_wrong", amount=amount)


def _check_text(text: str, longest: int) -> None:
    """Names and numbers are never cut: they must fit into their columns."""
    if not 0 < len(text.strip()) <= len(text) <= longest:
        raise TillferryError("text_length_wrong", text=text[:longest], longest=longest)


def _check_quantity(quantity: int) -> None:
    if not 0 < quantity <= LARGEST_QUANTITY:
        raise TillferryError("quantity_wrong", quantity=quantity)
