"""Every till with its standing, for the pages that show all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from tillferry.closing.office_seams import Outlet, TillContact, TillDetails
from tillferry.closing.seams import Till, TillState
from tillferry.journal.listing import Standing, standings
from tillferry.office.decisions import explained_by_till
from tillferry.wiring import office_admin
from tillferry.wiring.office import Office, now

COMMON_SILENT_DAYS: Final = 3
"""After so many days without a delivery a till is in the red, where it has no rule of its own."""
_NOTHING: Final = Standing(0, 0, None, (), 0, "")


@dataclass(frozen=True, slots=True)
class TillRow:
    """A till with all that is known of it. ``silent`` is ``None`` where nothing ever came."""

    till: Till
    details: TillDetails
    outlet: Outlet | None
    standing: Standing
    silent: int | None
    contact: TillContact

    @property
    def number(self) -> str:
        """What people call it."""
        return self.till.customer_number or self.till.serial

    @property
    def too_silent(self) -> bool:
        """Whether it has been silent for longer than its rule."""
        rule = self.details.silent_days or COMMON_SILENT_DAYS
        in_use = self.till.state in (TillState.ACTIVE, TillState.WAITING)
        return in_use and self.silent is not None and self.silent > rule

    @property
    def in_order(self) -> bool:
        """Whether nothing is missing, nothing waits and it speaks."""
        return not (self.standing.missing or self.standing.waiting or self.too_silent)


def till_rows(office: Office) -> tuple[TillRow, ...]:
    """All tills, those that need somebody first, then by number."""
    records = office_admin.records(office)
    found = standings(office.journal, explained_by_till(records.explained()))
    details = records.till_details()
    outlets = {outlet.outlet_id: outlet for outlet in records.outlets()}
    contacts = records.contacts()
    today = now().date()
    rows = [
        _row(till, found.get(till.till_id, _NOTHING), details, outlets, contacts, today)
        for till in office.journal.tills()
    ]
    return tuple(sorted(rows, key=lambda row: (_rank(row), row.number)))


def _rank(row: TillRow) -> int:
    if row.till.state is TillState.RETIRED:
        return 2
    return 1 if row.in_order else 0


def _row(
    till: Till,
    standing: Standing,
    details: Mapping[int, TillDetails],
    outlets: Mapping[str, Outlet],
    contacts: Mapping[int, TillContact],
    today: date,
) -> TillRow:
    of_till = details.get(till.till_id, TillDetails(till.till_id))
    silent = None
    if standing.last_delivery:
        silent = (today - datetime.fromisoformat(standing.last_delivery).date()).days
    return TillRow(
        till,
        of_till,
        outlets.get(of_till.outlet_id),
        standing,
        silent,
        contacts.get(till.till_id, TillContact(till.till_id)),
    )
