"""The accounts that most gastronomy books to, in DATEV's two common charts.

Revenue goes to accounts that know their tax by themselves. What a preset cannot know (a loan paid
from the drawer, say) goes to an account that the bookkeeper clears, or to none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tillferry.errors import TillferryError
from tillferry.office.datev.settings import CaseAccount, DatevSettings, PaymentAccount

_REVENUE: Final = (
    "Umsatz",
    "Pfand",
    "PfandRueckzahlung",
    "Rabatt",
    "Aufschlag",
    "ZuschussUnecht",
    "TrinkgeldAG",
    "EinzweckgutscheinKauf",
    "EinzweckgutscheinEinloesung",
)
_VATS: Final = {"19": "general", "7": "reduced", "#5": "untaxed", "#6": "exempt", "#8": "zero"}
_PREPAID: Final = {"19": "prepaid_general", "7": "prepaid_reduced"}
_OTHERS: Final = {
    "ZuschussEcht": "subsidy",
    "TrinkgeldAN": "passing",
    "MehrzweckgutscheinKauf": "vouchers",
    "MehrzweckgutscheinEinloesung": "vouchers",
    "Forderungsentstehung": "receivables",
    "Forderungsaufloesung": "receivables",
    "Privatentnahme": "withdrawal",
    "Privateinlage": "contribution",
    "Geldtransit": "transit",
    "Lohnzahlung": "wages",
    "Einzahlung": "passing",
    "Auszahlung": "passing",
    "DifferenzSollIst": "difference",
}
_PAYMENTS: Final = {
    "Bar": "cash",
    "Unbar": "transit",
    "ECKarte": "transit",
    "Kreditkarte": "transit",
    "ElZahlungsdienstleister": "transit",
    "Guthabenkarte": "vouchers",
}

_ACCOUNTS: Final[Mapping[str, Mapping[str, str]]] = {
    "skr03": {
        "general": "8400",
        "reduced": "8300",
        "untaxed": "8200",
        "exempt": "8100",
        "zero": "8290",
        "prepaid_general": "1718",
        "prepaid_reduced": "1711",
        "subsidy": "2700",
        "passing": "1590",
        "vouchers": "1700",
        "receivables": "1410",
        "withdrawal": "1800",
        "contribution": "1890",
        "transit": "1360",
        "wages": "1740",
        "difference": "2300",
        "cash": "1000",
        "clearing": "1792",
    },
    "skr04": {
        "general": "4400",
        "reduced": "4300",
        "untaxed": "4200",
        "exempt": "4100",
        "zero": "4290",
        "prepaid_general": "3272",
        "prepaid_reduced": "3260",
        "subsidy": "4830",
        "passing": "1370",
        "vouchers": "3500",
        "receivables": "1210",
        "withdrawal": "2100",
        "contribution": "2180",
        "transit": "1460",
        "wages": "3720",
        "difference": "6300",
        "cash": "1600",
        "clearing": "3630",
    },
}

PRESETS: Final = tuple(_ACCOUNTS)


def preset(
    name: str,
    consultant: int,
    client: int,
    *,
    fiscal_year_start: str = "01-01",
    account_length: int = 4,
) -> DatevSettings:
    """The settings of a chart: ``skr03`` or ``skr04``. Raises ``datev_preset_unknown``."""
    accounts = _ACCOUNTS.get(name.lower())
    if accounts is None:
        raise TillferryError("datev_preset_unknown", preset=name[:20], known=", ".join(PRESETS))
    # DATEV lengthens the accounts of a chart by zeros at their end.
    of = {role: account.ljust(account_length, "0") for role, account in accounts.items()}
    cases = [
        CaseAccount(gv_typ, of[role], vat) for gv_typ in _REVENUE for vat, role in _VATS.items()
    ]
    cases += [
        CaseAccount(gv_typ, of[role], vat)
        for gv_typ in ("Anzahlungseinstellung", "Anzahlungsaufloesung")
        for vat, role in _PREPAID.items()
    ]
    cases += [CaseAccount(gv_typ, of[role]) for gv_typ, role in _OTHERS.items()]
    return DatevSettings(
        consultant=consultant,
        client=client,
        clearing_account=of["clearing"],
        cases=tuple(cases),
        payments=tuple(PaymentAccount(kind, of[role]) for kind, role in _PAYMENTS.items()),
        fiscal_year_start=fiscal_year_start,
        account_length=account_length,
        chart=name[-2:],
        agency_account=of["passing"],
    )
