"""Which accounts closings are booked to, and for whom: ``datev.json`` in head office's folder."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

from tillferry.carriers.durable import write_durably
from tillferry.closing.tables import GV_TYPES, ZAHLART_TYPES
from tillferry.errors import TillferryError
from tillferry.office.home import OfficeHome

SETTINGS_FILE: Final = "datev.json"

_NUMBERS: Final = {
    "consultant": range(1001, 10_000_000),
    "client": range(1, 100_000),
    "account_length": range(4, 9),
}
_MONTH_DAY: Final = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TAX_KEY: Final = re.compile(r"\d{1,4}")
_INITIALS: Final = re.compile(r"[A-Za-z]{2}")
_COST_CENTRE: Final = re.compile(r"[A-Za-z0-9$&%*+/-]{1,36}")
_CHARTS: Final = ("", "03", "04")


@dataclass(frozen=True, slots=True)
class CaseAccount:
    """The account of a business case; the rule that says most wins.

    ``vat`` is empty for any, a rate in percent (``19``) or a key of DSFinV-K (``#5``). ``till`` is
    a serial or customer number; empty texts are for any. ``tax_key`` is DATEV's BU key, empty for
    accounts that know their tax by themselves.
    """

    gv_typ: str
    account: str
    vat: str = ""
    gv_name: str = ""
    till: str = ""
    tax_key: str = ""


@dataclass(frozen=True, slots=True)
class PaymentAccount:
    """The account of a payment; the rule that says most wins. Empty texts are for any."""

    zahlart_typ: str
    account: str
    zahlart_name: str = ""
    currency: str = ""
    till: str = ""


@dataclass(frozen=True, slots=True)
class CostCentre:
    """KOST1 of all that a till books."""

    till: str
    name: str


@dataclass(frozen=True, slots=True)
class DatevSettings:
    """For whom is booked, and to which accounts.

    ``fiscal_year_start`` is month and day (``01-01``). ``clearing_account`` takes both sides of
    each closing and ends it at zero. ``agency_account`` takes what is sold in the name of others
    (AGENTUR_ID); empty where nothing is. ``rounding_account`` takes cents by which payments and
    positions differ; empty refuses such closings. ``finalise`` sets Festschreibung: what was
    imported cannot be changed any more. ``chart`` is ``03``, ``04`` or empty.
    """

    consultant: int
    client: int
    clearing_account: str
    cases: tuple[CaseAccount, ...]
    payments: tuple[PaymentAccount, ...]
    fiscal_year_start: str = "01-01"
    account_length: int = 4
    chart: str = ""
    agency_account: str = ""
    rounding_account: str = ""
    finalise: bool = False
    initials: str = ""
    cost_centres: tuple[CostCentre, ...] = ()

    def fiscal_year(self, day: date) -> date:
        """The first day of the fiscal year in which ``day`` lies."""
        month, start = (int(part) for part in self.fiscal_year_start.split("-"))
        year = day.year if (day.month, day.day) >= (month, start) else day.year - 1
        return date(year, month, start)


def load_datev(home: OfficeHome) -> DatevSettings | None:
    """The settings, ``None`` before there are any. ``settings_damaged``."""
    path = home.path / SETTINGS_FILE
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return check_settings(_settings(value))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TillferryError("settings_damaged", file=path) from error


def save_datev(home: OfficeHome, settings: DatevSettings) -> None:
    """Keep the settings. Raises as ``check_settings``."""
    check_settings(settings)
    text = json.dumps(asdict(settings), indent=2, ensure_ascii=False) + "\n"
    write_durably(home.path / SETTINGS_FILE, text.encode())


def _settings(value: dict[str, Any]) -> DatevSettings:
    cases = tuple(CaseAccount(**each) for each in value.pop("cases"))
    payments = tuple(PaymentAccount(**each) for each in value.pop("payments"))
    centres = tuple(CostCentre(**each) for each in value.pop("cost_centres", ()))
    return DatevSettings(**value, cases=cases, payments=payments, cost_centres=centres)


def check_settings(settings: DatevSettings) -> DatevSettings:
    """The settings, if DATEV takes them.

    Raises ``datev_setting_invalid`` and ``datev_account_invalid``.
    """
    for name, possible in _NUMBERS.items():
        number = getattr(settings, name)
        _check(type(number) is int and number in possible, name, number)
    _check(type(settings.finalise) is bool, "finalise", settings.finalise)
    start = settings.fiscal_year_start
    _check(bool(_MONTH_DAY.fullmatch(start)) and _is_day(start), "fiscal_year_start", start)
    _check(settings.chart in _CHARTS, "chart", settings.chart)
    initials = settings.initials
    _check(not initials or bool(_INITIALS.fullmatch(initials)), "initials", initials)
    for case in settings.cases:
        known = case.gv_typ in GV_TYPES and case.gv_typ != "Anfangsbestand"
        _check(known, "gv_typ", case.gv_typ)
        _check(parse_vat(case.vat) is not None, "vat", case.vat)
        good = not case.tax_key or bool(_TAX_KEY.fullmatch(case.tax_key))
        _check(good, "tax_key", case.tax_key)
    for payment in settings.payments:
        _check(payment.zahlart_typ in ZAHLART_TYPES, "zahlart_typ", payment.zahlart_typ)
    for centre in settings.cost_centres:
        _check(bool(_COST_CENTRE.fullmatch(centre.name)), "cost_centre", centre.name)
    for account in _accounts(settings):
        check_account(account, settings.account_length)
    _check_clearing(settings)
    return settings


def with_case(settings: DatevSettings, rule: CaseAccount) -> DatevSettings:
    """The settings with this rule in the place of one for the same; no account takes it away.

    Raises ``datev_rule_not_found`` where there is none to take away.
    """
    kept = [each for each in settings.cases if _case_key(each) != _case_key(rule)]
    if rule.account:
        kept.append(rule)
    elif len(kept) == len(settings.cases):
        raise TillferryError("datev_rule_not_found")
    return replace(settings, cases=tuple(kept))


def with_payment(settings: DatevSettings, rule: PaymentAccount) -> DatevSettings:
    """As ``with_case``."""
    kept = [each for each in settings.payments if _payment_key(each) != _payment_key(rule)]
    if rule.account:
        kept.append(rule)
    elif len(kept) == len(settings.payments):
        raise TillferryError("datev_rule_not_found")
    return replace(settings, payments=tuple(kept))


def with_cost_centre(settings: DatevSettings, centre: CostCentre) -> DatevSettings:
    """As ``with_case``; no name takes it away."""
    kept = [each for each in settings.cost_centres if each.till != centre.till]
    if centre.name:
        kept.append(centre)
    elif len(kept) == len(settings.cost_centres):
        raise TillferryError("datev_rule_not_found")
    return replace(settings, cost_centres=tuple(kept))


def _case_key(rule: CaseAccount) -> tuple[object, ...]:
    return rule.gv_typ, parse_vat(rule.vat), rule.gv_name, rule.till


def _payment_key(rule: PaymentAccount) -> tuple[object, ...]:
    return rule.zahlart_typ, rule.zahlart_name, rule.currency, rule.till


def check_account(account: str, length: int) -> str:
    """An account of the chart's length, or of a person (one digit more).

    Raises ``datev_account_invalid``.
    """
    digits = account.isascii() and account.isdigit()
    if not digits or len(account) not in (length, length + 1) or not account.strip("0"):
        raise TillferryError("datev_account_invalid", account=account[:20], length=length)
    return account


@lru_cache(maxsize=1000)
def parse_vat(vat: str) -> tuple[str, int] | None:
    """``("any", 0)``, ``("rate", 1900)`` or ``("key", 5)``; ``None`` for what is none of them."""
    if not vat:
        return "any", 0
    if vat.startswith("#"):
        digits = vat[1:]
        return ("key", int(digits)) if digits.isascii() and digits.isdigit() else None
    try:
        rate = Decimal(vat.removesuffix("%").strip().replace(",", "."))
    except InvalidOperation:
        return None
    scaled = rate.scaleb(2) if rate.is_finite() else Decimal(-1)
    if not 0 <= scaled < 10_000 or scaled != int(scaled):
        return None
    return "rate", int(scaled)


def _accounts(settings: DatevSettings) -> list[str]:
    found = [settings.clearing_account]
    found += [each for each in (settings.agency_account, settings.rounding_account) if each]
    found += [case.account for case in settings.cases]
    return found + [payment.account for payment in settings.payments]


def _check_clearing(settings: DatevSettings) -> None:
    """No account is booked against itself."""
    others = _accounts(settings)[1:]
    _check(settings.clearing_account not in others, "clearing_account", settings.clearing_account)


def _is_day(month_day: str) -> bool:
    """Whether every year has that day."""
    try:
        date.fromisoformat(f"2025-{month_day}")
    except ValueError:
        return False
    return True


def _check(good: bool, name: str, value: object) -> None:
    if not good:
        raise TillferryError("datev_setting_invalid", name=name, value=str(value)[:40])
