"""DATEV: the closings of a period as a booking batch, and the accounts it books to.

``docs/DATEV.md`` says what is booked how, and what the file looks like.
"""

from tillferry.office.datev.batches import DatevFile, DatevFinding, DatevResult, make_batches
from tillferry.office.datev.presets import PRESETS, preset
from tillferry.office.datev.settings import (
    CaseAccount,
    CostCentre,
    DatevSettings,
    PaymentAccount,
    check_settings,
    load_datev,
    save_datev,
    with_case,
    with_cost_centre,
    with_payment,
)

__all__ = [
    "PRESETS",
    "CaseAccount",
    "CostCentre",
    "DatevFile",
    "DatevFinding",
    "DatevResult",
    "DatevSettings",
    "PaymentAccount",
    "check_settings",
    "load_datev",
    "make_batches",
    "preset",
    "save_datev",
    "with_case",
    "with_cost_centre",
    "with_payment",
]
