"""Receipts: what is asked for, and what was booked. Amounts in cents, quantities with 3 decimals.

What was booked never changes: a cancellation is a receipt of its own that names the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from tillferry.till.register.values import WHOLE
from tillferry.till.tse import TseRecord

# --- what is asked for ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Discount:
    """A percentage (two decimals, 10 % is 1000) or an amount in cents; one of them."""

    percent: int = 0
    amount: int = 0
    name: str = "Rabatt"


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """An article to sell.

    ``price`` (cents) is typed in where the article has an open price. ``in_house`` ``None`` takes
    the receipt's. ``with_deposit`` sells the deposit of the article with it. A deposit article
    with ``returned`` is taken back.
    """

    article: str
    quantity: int = WHOLE
    price: int | None = None
    discount: Discount | None = None
    in_house: bool | None = None
    with_deposit: bool = True
    returned: bool = False


@dataclass(frozen=True, slots=True)
class FreeLine:
    """Something without an article: a text, a price in cents and a UST_SCHLUESSEL."""

    text: str
    price: int
    vat_key: int
    quantity: int = WHOLE
    discount: Discount | None = None
    in_house: bool | None = None
    group: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """A voucher for anything is sold (MehrzweckgutscheinKauf)."""

    number: str
    amount: int


Line = ArticleLine | FreeLine | VoucherLine


@dataclass(frozen=True, slots=True)
class Cash:
    """Cash that is handed over; change is given back."""

    given: int


@dataclass(frozen=True, slots=True)
class Card:
    """A payment without cash by the name of a payment method."""

    method: str
    amount: int


@dataclass(frozen=True, slots=True)
class Voucher:
    """A voucher for anything is taken in payment."""

    number: str
    amount: int


Payment = Cash | Card | Voucher


@dataclass(frozen=True, slots=True)
class Sale:
    """A receipt to book.

    ``table`` names a table or an order. ``training`` books it as AVTraining, which never counts.
    ``started`` is RFC 3339 text, empty for now.
    """

    lines: tuple[Line, ...]
    payments: tuple[Payment, ...] = ()
    discount: Discount | None = None
    tip: int = 0
    in_house: bool = True
    table: str = ""
    note: str = ""
    training: bool = False
    started: str = ""


class CashMove(StrEnum):
    """Why cash comes in or goes out; the values are GV_TYP."""

    BANK = "Geldtransit"
    PRIVATE_OUT = "Privatentnahme"
    PRIVATE_IN = "Privateinlage"
    WAGES = "Lohnzahlung"
    IN = "Einzahlung"
    OUT = "Auszahlung"


# --- what was booked -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BookedLine:
    """A position. ``unit_price`` has five decimals; ``base_gross`` is before a discount."""

    text: str
    gv_typ: str
    vat_key: int
    gross: int
    vat: int = 0
    quantity: int = WHOLE
    unit_price: int = 0
    gv_name: str = ""
    in_house: bool | None = None
    article: str = ""
    gtin: str = ""
    group_id: str = ""
    group: str = ""
    unit: str = ""
    base_gross: int | None = None
    discount: str = ""
    voucher: str = ""


@dataclass(frozen=True, slots=True)
class BookedPayment:
    """A payment: ZAHLART_TYP, its name and the amount in cents."""

    kind: str
    name: str
    amount: int


BonTyp = Literal["Beleg", "AVBestellung", "AVTraining", "AVBelegabbruch"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A booked transaction. ``cancels`` is the BON_ID that it takes back, or empty.

    ``given`` and ``change`` are cash in cents. ``orders`` are the BON_IDs of what was ordered
    before and is paid here.
    """

    bon_id: str
    bon_nr: int
    bon_typ: BonTyp
    start: str
    end: str
    person_id: str
    person_name: str
    lines: tuple[BookedLine, ...]
    payments: tuple[BookedPayment, ...]
    tse: TseRecord
    given: int = 0
    change: int = 0
    table: str = ""
    note: str = ""
    cancels: str = ""
    orders: tuple[str, ...] = ()

    @property
    def gross(self) -> int:
        """UMS_BRUTTO in cents."""
        return sum(line.gross for line in self.lines)

    @property
    def counts(self) -> bool:
        """Whether it is of BON_TYP Beleg, the only one that counts for turnover and cash."""
        return self.bon_typ == "Beleg"

    @property
    def cash(self) -> int:
        """What it brought into the drawer, in cents."""
        return sum(payment.amount for payment in self.payments if payment.kind == "Bar")

    def vat_sums(self) -> dict[int, tuple[int, int]]:
        """Gross and VAT in cents by UST_SCHLUESSEL."""
        sums: dict[int, tuple[int, int]] = {}
        for line in self.lines:
            gross, vat = sums.get(line.vat_key, (0, 0))
            sums[line.vat_key] = (gross + line.gross, vat + line.vat)
        return sums
