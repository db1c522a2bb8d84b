"""From what a closing's receipts add up to, to bookings. Pure.

Every business case goes over the clearing account, and so does every payment: where both sides
meet, the clearing account is at zero again, closing by closing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final, TypeVar

from tillferry.closing.checks.totals import ALWAYS_ALLOWED_CENTS
from tillferry.closing.model import Finding, Severity
from tillferry.closing.money import decimal_text, divide_half_up
from tillferry.closing.seams import Till
from tillferry.closing.tables import BASE_CURRENCY
from tillferry.journal.closing_sums import BookedClosing, CaseSum, PaymentSum
from tillferry.office.datev.extf import GREATEST_CENTS, Posting, reference
from tillferry.office.datev.settings import CaseAccount, DatevSettings, PaymentAccount, parse_vat
from tillferry.office.till_admin import label

FLOAT: Final = "Anfangsbestand"
"""Cash that lay in the drawer before: no movement, so it is never booked."""
_CASH: Final = "Bar"
_CENT: Final = 1000
"""A cent in the five decimals of business cases."""

_Rule = TypeVar("_Rule", CaseAccount, PaymentAccount)

FloatPayments = Callable[[BookedClosing], Sequence[PaymentSum]]
"""How the opening float of a closing was booked in; asked for only where it cannot be told."""


@dataclass(frozen=True, slots=True)
class BookedPostings:
    """A closing's bookings, or why there are none."""

    postings: tuple[Posting, ...]
    findings: tuple[Finding, ...]


class Bookkeeper:
    """Makes the bookings of closings."""

    def __init__(self, settings: DatevSettings, float_payments: FloatPayments) -> None:
        self._settings = settings
        self._float_payments = float_payments
        self._centres = {each.till: each.name for each in settings.cost_centres}
        # A year of many tills asks the same few questions again and again.
        self._case_rules: dict[tuple[object, ...], CaseAccount | None] = {}
        self._payment_rules: dict[tuple[object, ...], PaymentAccount | None] = {}

    def book(self, till: Till, closing: BookedClosing) -> BookedPostings:
        """The bookings of a closing, which end the clearing account at zero; else findings."""
        if closing.currency != BASE_CURRENCY:
            return BookedPostings(
                (),
                (_finding("datev_currency_foreign", till, currency=closing.currency),),
            )
        cases, case_findings = self._cases(till, closing)
        payments, payment_findings = self._payments(till, closing)
        findings = [*case_findings, *payment_findings]
        postings: list[Posting] = []
        if not findings:
            postings, findings = self._balanced(till, closing, cases, payments)
        return BookedPostings(() if findings else tuple(postings), tuple(findings))

    # --- the two sides ---

    def _cases(
        self, till: Till, closing: BookedClosing
    ) -> tuple[list[tuple[CaseSum, str, str]], list[Finding]]:
        """Each business case that moves something, with its account and tax key."""
        found: list[tuple[CaseSum, str, str]] = []
        findings: list[Finding] = []
        for case in sorted(closing.cases, key=_case_order):
            if case.gv_typ == FLOAT or not case.gross:
                continue
            if case.agency:
                if self._settings.agency_account:
                    found.append((case, self._settings.agency_account, ""))
                else:
                    findings.append(
                        _finding("datev_agency_without_account", till, agency=case.agency)
                    )
                continue
            rule = self._case_rule(till, case)
            if rule is None:
                findings.append(
                    _finding(
                        "datev_case_without_account",
                        till,
                        gv_typ=case.gv_typ,
                        name=case.gv_name or "–",
                        key=case.vat_key,
                        rate="?" if case.rate is None else decimal_text(case.rate, 2),
                    )
                )
            else:
                found.append((case, rule.account, rule.tax_key))
        return found, findings

    def _payments(
        self, till: Till, closing: BookedClosing
    ) -> tuple[list[tuple[PaymentSum, str]], list[Finding]]:
        """Each payment without the opening float, with its account."""
        found: list[tuple[PaymentSum, str]] = []
        findings: list[Finding] = []
        for payment in self._without_float(till, closing):
            if not payment.cents:
                continue
            account = self._payment_account(till, payment)
            if account:
                found.append((payment, account))
            else:
                findings.append(
                    _finding(
                        "datev_payment_without_account",
                        till,
                        kind=payment.zahlart_typ,
                        name=payment.zahlart_name or "–",
                        currency=payment.currency,
                    )
                )
        return found, findings

    def _case_rule(self, till: Till, case: CaseSum) -> CaseAccount | None:
        key = (till.till_id, case.gv_typ, case.gv_name, case.vat_key, case.rate)
        if key not in self._case_rules:
            fit = partial(_case_fit, case=case, till=till)
            self._case_rules[key] = _best(self._settings.cases, fit)
        return self._case_rules[key]

    def _payment_account(self, till: Till, payment: PaymentSum) -> str:
        key = (till.till_id, *_payment_order(payment))
        if key not in self._payment_rules:
            fit = partial(_payment_fit, payment=payment, till=till)
            self._payment_rules[key] = _best(self._settings.payments, fit)
        rule = self._payment_rules[key]
        return rule.account if rule else ""

    def _without_float(self, till: Till, closing: BookedClosing) -> list[PaymentSum]:
        payments = sorted(closing.payments, key=_payment_order)
        gross = sum(case.gross for case in closing.cases if case.gv_typ == FLOAT)
        if not gross:
            return payments
        cash = [each for each in payments if each.zahlart_typ == _CASH]
        accounts = {self._payment_account(till, each) for each in cash}
        if len(accounts) == 1:
            own = [each for each in cash if each.currency == closing.currency] or cash
            booked: Sequence[PaymentSum] = (
                PaymentSum(
                    _CASH, own[0].zahlart_name, own[0].currency, divide_half_up(gross, _CENT)
                ),
            )
        else:
            booked = self._float_payments(closing)
        taken: dict[tuple[str, str, str], int] = {}
        for each in booked:
            taken[_payment_order(each)] = taken.get(_payment_order(each), 0) + each.cents
        found = [
            PaymentSum(
                each.zahlart_typ,
                each.zahlart_name,
                each.currency,
                each.cents - taken.pop(_payment_order(each), 0),
            )
            for each in payments
        ]
        return found + [PaymentSum(*key, -cents) for key, cents in taken.items()]

    # --- the bookings ---

    def _balanced(
        self,
        till: Till,
        closing: BookedClosing,
        cases: Sequence[tuple[CaseSum, str, str]],
        payments: Sequence[tuple[PaymentSum, str]],
    ) -> tuple[list[Posting], list[Finding]]:
        cents = in_cents([case.gross for case, _, _ in cases])
        off = sum(payment.cents for payment, _ in payments) - sum(cents)
        greatest = max((abs(each) for each in (*cents, *(p.cents for p, _ in payments))), default=0)
        allowed = max(ALWAYS_ALLOWED_CENTS, closing.receipts)
        rounding = self._settings.rounding_account
        if greatest > GREATEST_CENTS or (off and (not rounding or abs(off) > allowed)):
            return [], [
                _finding(
                    "datev_unbalanced",
                    till,
                    z_nr=closing.z_nr,
                    day=closing.business_day,
                    difference=decimal_text(off, 2),
                )
            ]
        write = _Writer(
            self._settings.clearing_account,
            closing.business_day,
            reference(label(till), f"Z{closing.z_nr}"),
            f"Z {closing.z_nr} {till.name or label(till)}",
            self._centre(till),
        )
        postings = [
            write.case(amount, account, tax_key, _case_words(case))
            for amount, (case, account, tax_key) in zip(cents, cases, strict=True)
            if amount
        ]
        if off:
            postings.append(write.case(off, rounding, "", "Rundungsdifferenz"))
        postings += [
            write.payment(payment.cents, account, _payment_words(payment))
            for payment, account in payments
        ]
        return postings, []

    def _centre(self, till: Till) -> str:
        return next((self._centres[name] for name in _names(till) if name in self._centres), "")


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the bookings of one closing."""

    clearing: str
    day: date
    reference: str
    closing: str
    centre: str

    def case(self, cents: int, account: str, tax_key: str, words: str) -> Posting:
        """The clearing account is debited, revenue is credited."""
        return self._posting(cents, self.clearing, account, words, tax_key)

    def payment(self, cents: int, account: str, words: str) -> Posting:
        """The drawer or the card's account is debited, the clearing account is credited."""
        return self._posting(cents, account, self.clearing, words, "")

    def _posting(self, cents: int, account: str, counter: str, words: str, tax_key: str) -> Posting:
        return Posting(
            cents=cents,
            account=account,
            counter_account=counter,
            day=self.day,
            reference=self.reference,
            text=f"{words} {self.closing}",
            tax_key=tax_key,
            cost_centre=self.centre,
        )


def in_cents(amounts: Sequence[int]) -> list[int]:
    """Amounts of five decimals in cents, which add up to the cents of their sum.

    Rounded one by one they would drift; those with the largest rest are rounded up.
    """
    floors = [amount // _CENT for amount in amounts]
    missing = divide_half_up(sum(amounts), _CENT) - sum(floors)
    order = sorted(range(len(amounts)), key=lambda place: (-(amounts[place] % _CENT), place))
    for place in order[:missing]:
        floors[place] += 1
    return floors


def _best(rules: Sequence[_Rule], fit: Callable[[_Rule], int]) -> _Rule | None:
    """The first of the rules that fit best; 0 is no fit."""
    fits = [fit(rule) for rule in rules]
    best = max(fits, default=0)
    return rules[fits.index(best)] if best else None


def _case_fit(rule: CaseAccount, case: CaseSum, till: Till) -> int:
    kind, value = parse_vat(rule.vat) or ("none", 0)
    vat_fits = {"any": True, "rate": case.rate == value, "key": case.vat_key == value}
    if (
        rule.gv_typ != case.gv_typ
        or rule.gv_name not in ("", case.gv_name)
        or not _is_of(rule.till, till)
        or not vat_fits.get(kind, False)
    ):
        return 0
    weight = {"any": 0, "rate": 1, "key": 2}[kind]
    return 1 + weight + 4 * bool(rule.gv_name) + 8 * bool(rule.till)


def _payment_fit(rule: PaymentAccount, payment: PaymentSum, till: Till) -> int:
    if (
        rule.zahlart_typ != payment.zahlart_typ
        or rule.zahlart_name not in ("", payment.zahlart_name)
        or rule.currency not in ("", payment.currency)
        or not _is_of(rule.till, till)
    ):
        return 0
    return 1 + bool(rule.currency) + 2 * bool(rule.zahlart_name) + 4 * bool(rule.till)


def _is_of(name: str, till: Till) -> bool:
    return not name or name in _names(till)


def _names(till: Till) -> tuple[str, ...]:
    return tuple(name for name in (till.customer_number, till.serial) if name)


def _case_words(case: CaseSum) -> str:
    rate = "" if not case.rate else f" {decimal_text(case.rate, 2, ',').removesuffix(',00')} %"
    return f"{case.gv_typ} {case.gv_name}".strip() + rate


def _payment_words(payment: PaymentSum) -> str:
    words = payment.zahlart_name or payment.zahlart_typ
    return words if payment.currency in ("", BASE_CURRENCY) else f"{words} {payment.currency}"


def _case_order(case: CaseSum) -> tuple[str, str, int, int]:
    return case.gv_typ, case.gv_name, case.agency, case.vat_key


def _payment_order(payment: PaymentSum) -> tuple[str, str, str]:
    return payment.zahlart_typ, payment.zahlart_name, payment.currency


def _finding(code: str, till: Till, **params: object) -> Finding:
    shown = tuple((name, str(value)) for name, value in params.items())
    return Finding(code, Severity.ERROR, (("till", label(till)), *shown))
