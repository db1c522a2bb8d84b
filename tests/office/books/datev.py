"""Closings for DATEV, as their sums are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from tillferry.closing.seams import Till
from tillferry.journal.closing_sums import BookedClosing, CaseSum, PaymentSum
from tillferry.office.datev import DatevSettings, preset
from tillferry.office.datev.postings import BookedPostings, Bookkeeper

TILL = Till(1, "1001", "Strandbar Nord", "123", "SER-1")
SETTINGS = preset("skr03", 29098, 55003)


def case(gv_typ: str, euros: str, key: int = 5, rate: int | None = 0, **more: Any) -> CaseSum:
    """A business case of so many euros, with up to five decimals."""
    whole, _, part = euros.partition(".")
    gross = int(whole + part.ljust(5, "0"))
    return CaseSum(gv_typ, more.get("name", ""), more.get("agency", 0), key, rate, gross)


def paid(kind: str, cents: int, name: str = "", currency: str = "EUR") -> PaymentSum:
    return PaymentSum(kind, name, currency, cents)


def closed(
    cases: Sequence[CaseSum],
    payments: Sequence[PaymentSum],
    *,
    z_nr: int = 17,
    day: date = date(2026, 7, 4),
    currency: str = "EUR",
    receipts: int = 20,
) -> BookedClosing:
    return BookedClosing(1, z_nr, z_nr, day, currency, receipts, list(cases), list(payments))


def book(closing: BookedClosing, settings: DatevSettings = SETTINGS) -> BookedPostings:
    """Booked for ``TILL``, where the opening float can be told from the sums."""

    def not_asked(of: BookedClosing) -> Sequence[PaymentSum]:
        raise AssertionError(f"the rows of Z {of.z_nr} were asked for")

    return Bookkeeper(settings, not_asked).book(TILL, closing)


def balances(found: BookedPostings) -> dict[str, int]:
    """What each account has in cents: debit above zero."""
    accounts: dict[str, int] = {}
    for each in found.postings:
        accounts[each.account] = accounts.get(each.account, 0) + each.cents
        accounts[each.counter_account] = accounts.get(each.counter_account, 0) - each.cents
    return accounts
