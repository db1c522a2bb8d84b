"""What a till knows of its business: settings, articles, people. Amounts are whole cents."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

WHOLE: Final = 1000
"""One piece: quantities have three decimals."""

CENT: Final = 1000
"""One cent in a column of five decimals."""


class Role(StrEnum):
    """What a person may do at the till."""

    SELL = "sell"
    CANCEL = "cancel"
    CLOSE = "close"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here. ``locked_until`` is empty or RFC 3339 text."""

    person_id: str
    name: str
    roles: frozenset[Role]
    active: bool = True
    locked_until: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of articles; ``colour`` is ``#rrggbb``, ``position`` its place on the page."""

    group_id: str
    name: str
    colour: str = "#607d8b"
    position: int = 0


@dataclass(frozen=True, slots=True)
class Article:
    """Something to sell.

    ``price`` is in cents for one ``unit`` (empty: a piece). ``vat_here`` and ``vat_takeaway`` are
    UST_SCHLUESSEL. ``deposit`` is the number of the deposit article that is sold with it.
    With ``open_price`` the price is typed in. ``is_deposit`` makes it a deposit itself: it is
    booked as Pfand, and taken back as PfandRueckzahlung.
    """

    number: str
    text: str
    group_id: str
    price: int
    vat_here: int = 1
    vat_takeaway: int = 1
    deposit: str = ""
    open_price: bool = False
    stock_tracked: bool = False
    is_deposit: bool = False
    unit: str = ""
    gtin: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Address:
    """Who or what stands where; ``country`` is ISO 3166 alpha-3."""

    name: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    country: str = "DEU"


@dataclass(frozen=True, slots=True)
class VatRate:
    """A UST_SCHLUESSEL with its rate: two decimals, 19 % is 1900."""

    key: int
    rate: int
    name: str


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A way to pay without cash: its name and its ZAHLART_TYP."""

    name: str
    kind: str


NOT_TAXABLE: Final = 5
"""UST_SCHLUESSEL of what is no turnover: tips, vouchers for anything, cash movements."""

GERMAN_VAT: Final = (
    VatRate(1, 1900, "Regelsteuersatz"),
    VatRate(2, 700, "Ermäßigter Steuersatz"),
    VatRate(NOT_TAXABLE, 0, "Nicht steuerbar"),
)

USUAL_PAYMENTS: Final = (
    PaymentMethod("girocard", "ECKarte"),
    PaymentMethod("Kreditkarte", "Kreditkarte"),
)

TseDriver = Literal["none", "training"]


@dataclass(frozen=True, slots=True)
class RegisterSettings:
    """How this till works.

    ``auto_close_at`` is a time of day ("05:00"): a day that was left open is closed then, and what
    is booked before it belongs to the day before; empty switches that off. ``printer`` is empty,
    ``network:HOST`` or ``file:PATH`` of an ESC/POS printer. ``save_for_office`` brings up the stick
    dialog after the day close.
    """

    company: Address = field(default_factory=Address)
    stnr: str = ""
    ustid: str = ""
    outlet: Address = field(default_factory=Address)
    serial: str = ""
    z_kasse_id: str = "1"
    brand: str = "Tillferry"
    model: str = "Tillferry"
    vat: tuple[VatRate, ...] = GERMAN_VAT
    payment_methods: tuple[PaymentMethod, ...] = USUAL_PAYMENTS
    timezone: str = "Europe/Berlin"
    auto_close_at: str = "05:00"
    tse: TseDriver = "none"
    save_for_office: bool = True
    printer: str = ""
    receipt_footer: str = ""
    activities: tuple[str, ...] = ("Theke", "Service", "Küche")
    pin_tries: int = 5
    pin_lock_minutes: int = 15

    def rate(self, vat_key: int) -> int:
        """The rate of a UST_SCHLUESSEL; ``KeyError`` for one that this till does not have."""
        for vat in self.vat:
            if vat.key == vat_key:
                return vat.rate
        raise KeyError(vat_key)


FIXED_WHILE_OPEN: Final = frozenset(
    {
        "company",
        "stnr",
        "ustid",
        "outlet",
        "serial",
        "z_kasse_id",
        "brand",
        "model",
        "vat",
        "timezone",
        "tse",
    }
)
"""What a closing says once for all its receipts, and so cannot change while a day is open."""
