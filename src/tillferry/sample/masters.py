"""Who runs the sample chain: the master data that every closing repeats."""

from __future__ import annotations

from typing import Final

from tillferry.closing.tables import BASE_CURRENCY
from tillferry.sample.catalogue import RATE_NAMES, RATES, place
from tillferry.sample.tse import Row, tse_row

STNR: Final = "21/815/08150"
"""Tax number of the chain, the same for all tills."""

TERMINAL: Final = "T2"
"""The handheld with which tables are served."""

_USTID: Final = "DE999999999"


def serial(till: int) -> str:
    """KASSE_SERIENNR of a till of the sample chain."""
    return f"SAMPLE-{till:05d}"


def z_kasse_id(till: int) -> str:
    """Z_KASSE_ID of a till."""
    return f"KASSE{till:04d}"


def closing_row(
    z_buchungstag: str | None, first: str, last: str, payments: int, cash_payments: int
) -> Row:
    """The row of ``cashpointclosing``; both sums in cents."""
    return (
        z_buchungstag,
        "2.4",
        first,
        last,
        "Strandgut Strandbars GmbH",
        "Deichstraße 5",
        "26506",
        "Norden",
        "DEU",
        STNR,
        _USTID,
        payments,
        cash_payments,
    )


def master_rows(till: int, seed: int) -> dict[str, list[Row]]:
    """Outlet, till, handheld, agency, security device and VAT rates of a till."""
    name, street, postcode, town = place(till)
    of_software = ("Tillferry", "1.0")
    return {
        "location": [(name, street, postcode, town, "DEU", _USTID)],
        "cashregister": [
            ("Tillferry", "Strandkasse", serial(till), *of_software, BASE_CURRENCY, "0")
        ],
        "slaves": [
            (TERMINAL, "Tillferry", "Handgerät", f"{serial(till)}-{TERMINAL}", *of_software)
        ],
        "pa": [
            (
                1,
                "Kurverwaltung Küste",
                "Kurplatz 1",
                "26548",
                "Norderney",
                "DEU",
                "21/999/00001",
                None,
            )
        ],
        "tse": [tse_row(till, seed)],
        "vat": [(key, rate, RATE_NAMES[key]) for key, rate in RATES.items()],
    }
