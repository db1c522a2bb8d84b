"""Tills and outlets: retire, replace, rename, where a till stands, how it is connected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tillferry.closing.office_seams import (
    OfficeChange,
    OfficeRecords,
    Outlet,
    TillDetails,
    TillKind,
)
from tillferry.closing.seams import Booking, Journal, Till, TillState
from tillferry.errors import TillferryError
from tillferry.office.audit_log import Actor, check_reason
from tillferry.office.home import check_name

MOST_SILENT_DAYS: Final = 3_650


class TillAdmin:
    """Changes tills and outlets. ``actor`` is who does it, and stands in the log."""

    def __init__(self, journal: Journal, records: OfficeRecords, actor: Actor) -> None:
        self._journal = journal
        self._records = records
        self._actor = actor

    def details(self, till: Till) -> TillDetails:
        """What is kept of a till beside its identity."""
        return self._records.till_details().get(till.till_id, TillDetails(till.till_id))

    def enrolled(self, till: Till) -> Till:
        """Write a till whose enrolment file was made, and the log in the same transaction."""
        action = "till_enrolled_again" if till.till_id else "till_enrolled"
        self._write(till, action, till.name, changed=True)
        return next(
            found
            for found in self._journal.tills()
            if found.customer_number == till.customer_number
        )

    def rename(self, till: Till, name: str) -> Till:
        """Call a till something else. Raises ``name_invalid``."""
        before = self._now(till)
        renamed = replace(before, name=check_name(name))
        self._write(renamed, "till_renamed", f"{before.name} → {renamed.name}", changed=True)
        return renamed

    def retire(self, till: Till, reason: str) -> Till:
        """Take a till out of use; its bundles are kept out then. ``till_retired_already``."""
        return self._retire(till, 0, "till_retired_now", check_reason(reason))

    def replace_by(self, till: Till, successor: Till, reason: str) -> Till:
        """Retire a till for another one, which stands at its outlet if it has none.

        Raises ``till_retired_already`` and ``till_cannot_follow``.
        """
        successor = self._now(successor)
        if successor.till_id == till.till_id or successor.state is TillState.RETIRED:
            raise TillferryError("till_cannot_follow", till=label(till), successor=label(successor))
        retired = self._retire(till, successor.till_id, "till_replaced", check_reason(reason))
        old, new = self.details(till), self.details(successor)
        if old.outlet_id and not new.outlet_id:
            self.place(successor, old.outlet_id)
        return retired

    def reinstate(self, till: Till, reason: str) -> Till:
        """Put a retired till back into use. ``till_not_retired``."""
        till = self._now(till)
        if till.state is not TillState.RETIRED:
            raise TillferryError("till_not_retired", till=label(till))
        back = replace(till, state=TillState.ACTIVE if till.serial else TillState.ENROLLED)
        details = replace(self.details(till), retired_at="", replaced_by=0)
        self._write(back, "till_reinstated", "", check_reason(reason), details, changed=True)
        return back

    def place(self, till: Till, outlet_id: str) -> None:
        """Say at which outlet a till stands; empty takes it away. ``outlet_not_found``."""
        outlet = self.outlet(outlet_id) if outlet_id else None
        details = replace(self.details(till), outlet_id=outlet_id)
        self._write(till, "till_placed", outlet.name if outlet else "–", details=details)

    def connect(self, till: Till, kind: TillKind) -> None:
        """Say how a till is connected."""
        details = replace(self.details(till), kind=kind)
        self._write(till, "till_connected", kind.value, details=details)

    def silence_rule(self, till: Till, days: int) -> None:
        """After so many days without a delivery a till is in the red; 0 is the common rule."""
        if not 0 <= days <= MOST_SILENT_DAYS:
            raise TillferryError("days_invalid", days=days, most=MOST_SILENT_DAYS)
        details = replace(self.details(till), silent_days=days)
        self._write(till, "till_silence_rule", str(days), details=details)

    def counts(self) -> Mapping[TillKind, int]:
        """Connected tills by kind, for the licence report: enrolled or active, not retired."""
        details = self._records.till_details()
        found = Counter(
            details.get(till.till_id, TillDetails(till.till_id)).kind
            for till in self._journal.tills()
            if till.state in (TillState.ENROLLED, TillState.ACTIVE)
        )
        return {kind: found.get(kind, 0) for kind in TillKind}

    # --- outlets ---

    def outlet(self, outlet_id: str) -> Outlet:
        """The outlet of that id. ``outlet_not_found``."""
        for outlet in self._records.outlets():
            if outlet.outlet_id == outlet_id:
                return outlet
        raise TillferryError("outlet_not_found", outlet=outlet_id)

    def save_outlet(self, outlet: Outlet) -> Outlet:
        """Write an outlet, new or changed. Raises ``name_invalid``, ``outlet_id_invalid``."""
        outlet_id = outlet.outlet_id.strip()
        if not 1 <= len(outlet_id) <= 20 or not outlet_id.isprintable():
            raise TillferryError("outlet_id_invalid", outlet=outlet_id[:20])
        saved = replace(outlet, outlet_id=outlet_id, name=check_name(outlet.name))
        said = f"{saved.outlet_id} {saved.name}{', without_stock' * saved.without_stock}"
        entry = self._actor.entry("outlet_saved", said)
        self._records.write(OfficeChange([entry], outlets=[saved]))
        return saved

    def remove_outlet(self, outlet_id: str, reason: str) -> None:
        """Remove an outlet without tills. ``outlet_not_found``, ``outlet_in_use``."""
        outlet = self.outlet(outlet_id)
        if self.tills_of(outlet_id):
            raise TillferryError("outlet_in_use", outlet=outlet.name)
        entry = self._actor.entry(
            "outlet_removed", f"{outlet.outlet_id} {outlet.name}", check_reason(reason)
        )
        self._records.write(OfficeChange([entry], removed_outlets=[outlet_id]))

    def tills_of(self, outlet_id: str) -> tuple[Till, ...]:
        """The tills of an outlet, also retired ones."""
        ids = {
            details.till_id
            for details in self._records.till_details().values()
            if details.outlet_id == outlet_id
        }
        return tuple(till for till in self._journal.tills() if till.till_id in ids)

    # --- writing ---

    def _retire(self, till: Till, successor: int, action: str, reason: str) -> Till:
        till = self._now(till)
        if till.state is TillState.RETIRED:
            raise TillferryError("till_retired_already", till=label(till))
        retired = replace(till, state=TillState.RETIRED, enrolment_secret="")
        details = replace(self.details(till), retired_at=self._actor.at, replaced_by=successor)
        self._write(retired, action, str(successor or ""), reason, details, changed=True)
        return retired

    def _now(self, till: Till) -> Till:
        """The till as it is now: an import may have moved it on since somebody looked."""
        for found in self._journal.tills():
            if found.till_id == till.till_id:
                return found
        raise TillferryError("till_not_found", till=label(till))

    def _write(
        self,
        till: Till,
        action: str,
        said: str,
        reason: str = "",
        details: TillDetails | None = None,
        *,
        changed: bool = False,
    ) -> None:
        """Write the log, ``details``, and the till itself only where it ``changed``."""
        entry = self._actor.entry(action, f"{label(till)} {said}".strip(), reason)
        self._records.write(
            OfficeChange(
                [entry],
                Booking(tills=[till]) if changed else None,
                till_details=[details] if details else (),
            )
        )


def label(till: Till) -> str:
    """What people call a till."""
    return till.customer_number or till.serial or till.name
