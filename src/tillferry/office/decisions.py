"""What waits for a person, and deciding on it with a reason. Everything goes into the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tillferry.closing.office_seams import (
    ExplainedHole,
    ItemDecision,
    LogEntry,
    OfficeChange,
    OfficeRecords,
    Verdict,
)
from tillferry.closing.ranges import Ranges, holes
from tillferry.closing.seams import (
    Booking,
    HeldClosing,
    Item,
    ItemState,
    Journal,
    Till,
    TillState,
)
from tillferry.errors import TillferryError
from tillferry.formats.keys import OfficeKeys
from tillferry.office.audit_log import Actor, check_reason
from tillferry.office.correcting import (
    DeliveredClosing,
    adding,
    arrivals_of,
    correction,
    delivered_closing,
    loader,
    replacing,
)
from tillferry.office.deciding import RETIRED_CODE
from tillferry.office.home import OfficeHome, check_name
from tillferry.office.row_differences import ClosingDifference, differences
from tillferry.office.two_systems import items_by_number

_CHOICES: Final = {
    ItemState.UNKNOWN_TILL: (Verdict.APPROVED, Verdict.REFUSED),
    ItemState.CONFLICT: (Verdict.KEPT_HELD, Verdict.TOOK_DELIVERED),
    ItemState.INCOMPLETE: (Verdict.DISCARDED,),
    ItemState.REJECTED: (Verdict.DISCARDED,),
}


_KEPT_FINDINGS: Final = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits, and what can be decided on it. ``till`` is ``None`` where unknown.

    ``number`` is the customer number that the sender of a bundle named; a till with one is
    enrolled and not approved, so ``APPROVED`` is not among its choices.
    """

    item: Item
    till: Till | None
    number: str
    choices: tuple[Verdict, ...]


@dataclass(frozen=True)
class Comparison:
    """A conflict's two versions: what is held, what was delivered, how they differ."""

    held: HeldClosing
    delivered: DeliveredClosing
    difference: ClosingDifference


class Decisions:
    """Decides. ``actor`` is who does it, and stands in the log."""

    def __init__(
        self,
        home: OfficeHome,
        keys: OfficeKeys,
        journal: Journal,
        records: OfficeRecords,
        actor: Actor,
    ) -> None:
        self._home = home
        self._keys = keys
        self._journal = journal
        self._records = records
        self._actor = actor

    def queue(self) -> tuple[Waiting, ...]:
        """Everything that waits, in the order in which it came."""
        tills = {till.till_id: till for till in self._journal.tills()}
        return tuple(
            self._waiting(item, tills.get(item.till_id))
            for item in self._journal.items(waiting=True)
        )

    def _waiting(self, item: Item, till: Till | None) -> Waiting:
        number = _named(item, "number") if item.state is ItemState.UNKNOWN_TILL else ""
        choices = _CHOICES.get(item.state, ())
        if item.state is ItemState.UNKNOWN_TILL and (number or not item.serial):
            choices = (Verdict.REFUSED,)
        if item.state is ItemState.CONFLICT and not item.z_nr:
            choices = (Verdict.KEPT_HELD,)
        if _of_retired(item):
            choices = (Verdict.TOOK_DELIVERED, Verdict.DISCARDED)
        return Waiting(item, till, number, choices)

    def find(self, item_id: int) -> Waiting:
        """What waits under this number. Raises ``item_not_waiting``."""
        for waiting in self.queue():
            if waiting.item.item_id == item_id:
                return waiting
        raise TillferryError("item_not_waiting", item=item_id)

    # --- unknown tills ---

    def approve_till(self, taxpayer: str, serial: str, name: str, reason: str) -> Till:
        """Say that a till without Tillferry is ours. Its closings come with the next import.

        Raises ``till_not_waiting`` where nothing of it waits, ``till_needs_enrolment`` where it
        sent bundles under a customer number, ``serial_taken``.
        """
        reason, name = check_reason(reason), check_name(name)
        items = self._of_unknown(taxpayer, serial)
        if all(_named(item, "number") for item in items):
            raise TillferryError(
                "till_needs_enrolment", serial=serial, number=_named(items[0], "number")
            )
        entry = self._actor.entry("till_approved", f"{name} ({taxpayer} {serial})", reason)
        till = Till(0, "", name, taxpayer, serial, TillState.ACTIVE)
        # The items stay open: the next import puts their deliveries back into the inbox.
        self._records.write(OfficeChange([entry], Booking(tills=[till])))
        (saved,) = (
            found
            for found in self._journal.tills()
            if (found.taxpayer, found.serial) == (taxpayer, serial)
        )
        return saved

    def refuse_till(self, taxpayer: str, serial: str, reason: str) -> tuple[Item, ...]:
        """Say that a till is not ours: what waits of it is settled. ``till_not_waiting``."""
        reason = check_reason(reason)
        items = self._of_unknown(taxpayer, serial)
        self._settle(items, Verdict.REFUSED, "till_refused", f"{taxpayer} {serial}", reason)
        return tuple(items)

    def taxpayer_of(self, serial: str) -> str:
        """The taxpayer of the only unknown till with this serial number. ``till_not_waiting``,
        ``till_ambiguous`` where there are several.
        """
        found = {
            item.taxpayer
            for item in self._journal.items(waiting=True)
            if item.state is ItemState.UNKNOWN_TILL and item.serial == serial
        }
        if not found:
            raise TillferryError("till_not_waiting", serial=serial)
        if len(found) > 1:
            raise TillferryError("till_ambiguous", serial=serial, numbers=", ".join(sorted(found)))
        return found.pop()

    def _of_unknown(self, taxpayer: str, serial: str) -> list[Item]:
        found = [
            item
            for item in self._journal.items(waiting=True)
            if item.state is ItemState.UNKNOWN_TILL
            and (item.taxpayer, item.serial) == (taxpayer, serial)
        ]
        if not found:
            raise TillferryError("till_not_waiting", serial=serial)
        return found

    # --- two systems ---

    def refuse_system(self, number: str, reason: str) -> tuple[Item, ...]:
        """Say that the other system under a customer number is not ours; what it sent is settled.

        Whatever else comes of it waits again. Raises ``two_systems_not_waiting``.
        """
        reason = check_reason(reason)
        items = items_by_number(self._journal.items(waiting=True)).get(number, ())
        if not items:
            raise TillferryError("two_systems_not_waiting", number=number)
        self._settle(items, Verdict.REFUSED, "system_refused", number, reason)
        return items

    # --- conflicts ---

    def compare(self, item_id: int) -> Comparison:
        """A conflict's two versions side by side.

        Raises ``item_not_waiting``, ``decision_impossible``, ``delivery_lacks_closing`` and
        ``archive_file_missing_now``.
        """
        waiting = self.find(item_id)
        held = self._held_of(waiting)
        delivered = self._delivered(waiting.item)
        (before,) = self._journal.read(held.till_id, [held.z_nr])
        parts = [part for part in delivered.digests if part in held.digests]
        return Comparison(held, delivered, differences(before, delivered.batch, parts))

    def keep_held(self, item_id: int, reason: str) -> None:
        """Leave the held version as it is; the other one stays in the archive."""
        reason = check_reason(reason)
        waiting = self._allowed(item_id, Verdict.KEPT_HELD)
        self._settle(
            [waiting.item], Verdict.KEPT_HELD, "held_kept", _subject(waiting.item, waiting), reason
        )

    def take_delivered(self, item_id: int, reason: str) -> None:
        """Hold the delivered version from now on; the old one is kept as a version.

        A retired till's closing has no old one. Raises ``journal_already_held`` where the held one
        changed meanwhile: decide again.
        """
        reason = check_reason(reason)
        waiting = self._allowed(item_id, Verdict.TOOK_DELIVERED)
        item = waiting.item
        held = None if _of_retired(item) else self._held_of(waiting)
        delivered = self._delivered(item)
        if held is None:
            batch, appending = adding(delivered, item.till_id, item.delivery)
        else:
            batch, appending = replacing(self._journal, delivered, held, item.delivery)
        # A new item, so that the next letter to the till is a newer one.
        taken = replace(
            item,
            item_id=0,
            state=ItemState.IMPORTED,
            findings=delivered.findings[:_KEPT_FINDINGS],
            received_at=self._actor.at,
        )
        entry = self._actor.entry("delivered_taken", _subject(item, waiting), reason)
        self._records.write(
            OfficeChange(
                [entry],
                Booking(batch, [appending], items=[taken]),
                [correction(held, item.delivery, self._actor, reason)] if held else (),
                [self._decision(item, Verdict.TOOK_DELIVERED, reason)],
            )
        )

    def _held_of(self, waiting: Waiting) -> HeldClosing:
        """What a conflict is with: the same Z number, or the one that it was renumbered from."""
        item = waiting.item
        if item.state is not ItemState.CONFLICT:
            raise TillferryError("decision_impossible", item=item.item_id)
        other = _named(item, "held_z_nr")
        z_nr = int(other) if other.isdigit() else item.z_nr
        held = self._journal.held(item.till_id, [z_nr]).get(z_nr)
        if held is None:
            raise TillferryError("decision_impossible", item=item.item_id)
        return held

    def _delivered(self, item: Item) -> DeliveredClosing:
        arrivals = list(arrivals_of(self._journal, [item.delivery]))
        if not arrivals or not (self._home.archive / item.delivery[:2] / item.delivery).is_file():
            raise TillferryError("archive_file_missing_now", file=item.delivery)
        loading = loader(self._home, self._keys, self._journal.tills())
        return delivered_closing(loading, arrivals[0], item.serial, item.z_nr)

    # --- what cannot be used ---

    def discard(self, item_id: int, reason: str) -> None:
        """Put aside for good an unfinished copy or what was rejected; it stays in the archive."""
        reason = check_reason(reason)
        waiting = self._allowed(item_id, Verdict.DISCARDED)
        self._settle(
            [waiting.item],
            Verdict.DISCARDED,
            "item_discarded",
            _subject(waiting.item, waiting),
            reason,
        )

    # --- holes ---

    def explain_hole(self, till: Till, first_z: int, last_z: int, reason: str) -> ExplainedHole:
        """Say that these Z numbers will never come, and why. Both are included.

        Raises ``hole_not_there`` where one of them is held, waits, or lies outside what came.
        """
        reason = check_reason(reason)
        seen = set(self._journal.held(till.till_id)) | {
            item.z_nr
            for item in self._journal.items(waiting=True, till_id=till.till_id)
            if item.z_nr
        }
        missing = holes(seen)
        whole = first_z <= last_z and any(
            start <= first_z and last_z <= end for start, end in missing
        )
        if not whole:
            raise TillferryError("hole_not_there", first=first_z, last=last_z)
        hole = ExplainedHole(
            till.till_id, first_z, last_z, self._actor.person, self._actor.at, reason
        )
        label = till.customer_number or till.serial
        entry = self._actor.entry("hole_explained", f"{label} Z {first_z}-{last_z}", reason)
        self._records.write(OfficeChange([entry], explained=[hole]))
        return hole

    # --- writing ---

    def _allowed(self, item_id: int, verdict: Verdict) -> Waiting:
        waiting = self.find(item_id)
        if verdict not in waiting.choices:
            raise TillferryError("decision_impossible", item=item_id)
        return waiting

    def _settle(
        self, items: Sequence[Item], verdict: Verdict, action: str, subject: str, reason: str
    ) -> None:
        entry: LogEntry = self._actor.entry(action, subject, reason)
        self._records.write(
            OfficeChange(
                [entry], decisions=[self._decision(item, verdict, reason) for item in items]
            )
        )

    def _decision(self, item: Item, verdict: Verdict, reason: str) -> ItemDecision:
        return ItemDecision(item.item_id, verdict, self._actor.person, self._actor.at, reason)


def explained_by_till(holes_of: Iterable[ExplainedHole]) -> dict[int, Ranges]:
    """The Z numbers that a person explained, by ``till_id``; ranges may touch or overlap."""
    found: dict[int, Ranges] = {}
    for hole in holes_of:
        found[hole.till_id] = (*found.get(hole.till_id, ()), (hole.first_z, hole.last_z))
    return found


def _of_retired(item: Item) -> bool:
    return any(entry.code == RETIRED_CODE for entry in item.findings)


def _named(item: Item, name: str) -> str:
    """What a finding of the item says under this name, empty without it."""
    for entry in item.findings:
        for param, value in entry.params:
            if param == name:
                return value
    return ""


def _subject(item: Item, waiting: Waiting) -> str:
    till = waiting.till
    label = (till.customer_number or till.serial) if till else item.serial
    return f"{label} Z {item.z_nr} ({item.delivery[:12]})"
