"""What a receipt is made of, as values: see ``office.receipts``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tillferry.closing.seams import Delivery, HeldClosing, Till


@dataclass(frozen=True, slots=True)
class ReceiptKey:
    """Where a receipt is held."""

    till_id: int
    z_nr: int
    bon_id: str


@dataclass(frozen=True, slots=True)
class VatShare:
    """An amount at one VAT key. ``rate`` in percent, ``None`` where the closing names none."""

    key: int
    rate: Decimal | None
    description: str
    gross: Decimal
    net: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class PricePart:
    """How a price came about (``itemamounts``): the base price, a discount, a surcharge."""

    kind: str
    share: VatShare


@dataclass(frozen=True, slots=True)
class SubItem:
    """What is inside a position, a menu's dish for instance (``subitems``)."""

    article_no: str
    name: str
    group: str
    quantity: Decimal | None
    unit: str
    share: VatShare


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A position. ``unit_price`` is with VAT; ``gross`` over its VAT keys."""

    number: str
    text: str
    gv_typ: str
    gv_name: str
    article_no: str
    group: str
    voucher: str
    agency: str
    consumed_here: bool
    is_cancellation: bool
    quantity: Decimal | None
    factor: Decimal | None
    unit: str
    unit_price: Decimal | None
    gross: Decimal
    vat: tuple[VatShare, ...]
    price_parts: tuple[PricePart, ...]
    sub_items: tuple[SubItem, ...]


@dataclass(frozen=True, slots=True)
class ReceiptPayment:
    """A payment. ``amount`` is in the till's currency, ``foreign`` in ``currency`` where other."""

    kind: str
    name: str
    currency: str
    amount: Decimal
    foreign: Decimal | None


@dataclass(frozen=True, slots=True)
class ReceiptReference:
    """What a receipt, or one of its positions, names. ``held`` is where that is held."""

    line: str
    kind: str
    name: str
    closed: str
    z_kasse_id: str
    z_nr: int | None
    bon_id: str
    held: ReceiptKey | None


@dataclass(frozen=True, slots=True)
class ReceiptSignature:
    """What the TSE said. ``fault`` is set where it was out of order."""

    tse_serial: str
    algorithm: str
    time_format: str
    transaction: int | None
    counter: int | None
    started: str
    finished: str
    process: str
    signature: str
    data: str
    fault: str


@dataclass(frozen=True, slots=True)
class Customer:
    """Whom a receipt is made out to; all empty where nobody is named."""

    name: str
    number: str
    kind: str
    street: str
    postcode: str
    city: str
    country: str
    vat_id: str


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt.

    ``referenced_by`` are receipts that name this one, a cancellation for instance. ``delivery`` is
    the one that brought its closing. Times are RFC 3339 with offset; ``currency`` is of all amounts
    but ``ReceiptPayment.foreign``.
    """

    key: ReceiptKey
    till: Till
    closing: HeldClosing
    business_day: date
    bon_nr: int | None
    bon_typ: str
    bon_name: str
    is_cancellation: bool
    started: str
    ended: str
    terminal: str
    cashier_id: str
    cashier_name: str
    gross: Decimal
    currency: str
    customer: Customer
    note: str
    groups: tuple[str, ...]
    lines: tuple[ReceiptLine, ...]
    payments: tuple[ReceiptPayment, ...]
    vat: tuple[VatShare, ...]
    references: tuple[ReceiptReference, ...]
    referenced_by: tuple[ReceiptKey, ...]
    signatures: tuple[ReceiptSignature, ...]
    delivery: Delivery | None
