"""Book a group of closings: decide on each, write rows, items, tills and deliveries together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tillferry.closing.model import Finding, Severity, finding
from tillferry.closing.seams import (
    Appending,
    Booking,
    Delivery,
    HeldClosing,
    Item,
    ItemState,
    Journal,
    Till,
    TillState,
)
from tillferry.errors import TillferryError
from tillferry.formats.manifest import find_fork
from tillferry.office.deciding import Decision, decide, of_retired_till, unknown_till
from tillferry.office.inbox import Arrival
from tillferry.office.loading import Group, Opened, Problem

_KEPT_FINDINGS: Final = 100
_RETRIES: Final = 5


@dataclass(frozen=True, slots=True)
class BookedItem:
    """An item as it was booked; ``sender`` is the customer number that its bundle names."""

    item: Item
    sender: str


class Booker:
    """Books groups one after the other. ``tills`` (by ``till_id``) are those that the journal has,
    and are kept as it has them.
    """

    def __init__(
        self, journal: Journal, tills: MutableMapping[int, Till], *, accept_new_tills: bool
    ) -> None:
        self._journal = journal
        self._accept_new_tills = accept_new_tills
        self.tills = tills
        self._new_tills: dict[tuple[str, str], Till] = {}
        self._bundles: dict[tuple[int, str], dict[int, str]] = {}
        self._kept_out: set[str] = set()
        self._first_receipts: dict[int, dict[str, int]] = {}
        self._opened: dict[str, Opened] = {}
        self.decided: frozenset[tuple[str, str, int]] = frozenset()
        """Deliveries with serial and Z number on which a person decided before."""

    def book(self, group: Group) -> list[BookedItem]:
        """Book a group; a second copy of a closing inside it waits for the first to be held."""
        begun = self._begin(group)
        indices: Sequence[int] = range(len(group.batch))
        booked: list[BookedItem] = []
        first = True
        while first or indices:
            booking, postponed = self._book_round(group, indices, begun if first else ())
            for till in booking.tills:
                self.tills[till.till_id] = till
            for item in booking.items:
                booked.append(BookedItem(item, self._sender_number(item.delivery)))
            self._note_first_receipts(group, booking.appendings)
            indices, first = postponed, False
        for arrival in group.finished:
            self._opened.pop(arrival.sha256, None)
        return booked

    def _begin(self, group: Group) -> tuple[Item, ...]:
        """Take note of the deliveries that begin here; the items of what could not be opened."""
        begun = [opened.arrival.sha256 for opened in group.opened]
        older = (
            [item.item_id for item in self._journal.items(deliveries=begun, waiting=True)]
            if begun
            else []
        )
        if older:
            self._journal.settle(older)
        problems = list(group.problems)
        for opened in group.opened:
            self._opened[opened.arrival.sha256] = opened
            fork = self._fork(opened)
            if fork is not None:
                self._kept_out.add(opened.arrival.sha256)
                problems.append(Problem(opened.arrival, opened.till, None, (fork,)))
        return tuple(self._as_decided(_problem_item(problem)) for problem in problems)

    def _book_round(
        self, group: Group, indices: Sequence[int], begun: Sequence[Item]
    ) -> tuple[Booking, list[int]]:
        for attempt in range(_RETRIES):
            items, appendings, postponed = self._decide_closings(group, indices)
            last = not postponed
            deliveries = [self._delivery(arrival) for arrival in group.finished] if last else []
            booking = Booking(
                group.batch,
                appendings,
                deliveries,
                [*items, *begun],
                self._changed_tills(group) if last else (),
                group.sums,
            )
            try:
                self._journal.book(booking)
                return booking, postponed
            except TillferryError as error:
                if error.code != "journal_already_held" or attempt == _RETRIES - 1:
                    raise
        raise AssertionError("the loop returns or raises")

    def _decide_closings(
        self, group: Group, indices: Sequence[int]
    ) -> tuple[list[Item], list[Appending], list[int]]:
        wanted = [index for index in indices if group.arrivals[index].sha256 not in self._kept_out]
        tills = {index: self._till_of(group, index) for index in wanted}
        held = self._held(group, tills)
        written: set[tuple[int, int]] = set()
        items: list[Item] = []
        appendings: list[Appending] = []
        postponed: list[int] = []
        for index in wanted:
            place = self._place(group, index, tills[index])
            if place in written:
                postponed.append(index)
                continue
            before = held.get(place)
            decision = self._decide(group, index, tills[index], before)
            if decision.to_write:
                written.add(place)
                appendings.append(_appending(group, index, place[0], decision, before))
            items.append(self._as_decided(_item(group, index, place[0], decision, before)))
        return items, appendings, postponed

    def _as_decided(self, item: Item) -> Item:
        """What somebody decided before does not wait again when the same stick comes again."""
        known = (item.delivery, item.serial, item.z_nr) in self.decided
        return replace(item, settled=True) if known else item

    def _place(self, group: Group, index: int, till: Till | None) -> tuple[int, int]:
        return (till.till_id if till else 0, group.batch.heads[index].z_nr)

    def _decide(
        self, group: Group, index: int, till: Till | None, before: HeldClosing | None
    ) -> Decision:
        head, findings = group.batch.heads[index], group.findings[index]
        if till is None:
            number = self._sender_number(group.arrivals[index].sha256)
            return unknown_till(findings, head.serial, number)
        renumbered = self._renumbered_from(group, index, till.till_id, before)
        decided = decide(head.z_nr, group.digests[index], findings, before, renumbered)
        return of_retired_till(decided, till) if till.state is TillState.RETIRED else decided

    def _changed_tills(self, group: Group) -> tuple[Till, ...]:
        """The tills whose bundles end here: key, identity and last bundle move on with them."""
        changed: dict[int, Till] = {}
        for arrival in group.finished:
            opened = self._opened.get(arrival.sha256)
            if opened is None or opened.till is None or opened.manifest is None:
                continue
            if arrival.sha256 in self._kept_out:
                continue
            latest = changed.get(opened.till.till_id) or replace(
                opened.till, **self._last_bundle(opened.till)
            )
            if opened.manifest.bundle_sequence > latest.bundle_sequence:
                latest = replace(
                    latest,
                    bundle_sequence=opened.manifest.bundle_sequence,
                    bundle_hash=arrival.sha256,
                )
            changed[latest.till_id] = latest
        return tuple(changed.values())

    def _last_bundle(self, till: Till) -> dict[str, Any]:
        """The last bundle as booked, which the worker that read ahead may not know of."""
        booked = self.tills.get(till.till_id)
        if booked is None or booked.installation != till.installation:
            return {}
        return {"bundle_sequence": booked.bundle_sequence, "bundle_hash": booked.bundle_hash}

    def _till_of(self, group: Group, index: int) -> Till | None:
        till = group.tills[index]
        if till is not None:
            return till
        opened = self._opened.get(group.arrivals[index].sha256)
        if opened is None or opened.manifest is not None or not self._accept_new_tills:
            return None
        head = group.batch.heads[index]
        if not head.serial:
            return None
        identity = (head.taxpayer, head.serial)
        known = self._new_tills.get(identity)
        if known is None:
            known = self._journal.save_till(
                Till(0, "", head.serial, head.taxpayer, head.serial, TillState.ACTIVE)
            )
            self._new_tills[identity] = known
            self.tills[known.till_id] = known
        return known

    def _held(
        self, group: Group, tills: Mapping[int, Till | None]
    ) -> dict[tuple[int, int], HeldClosing]:
        wanted = [
            (till.till_id, group.batch.heads[index].z_nr)
            for index, till in tills.items()
            if till is not None
        ]
        return dict(self._journal.held_of_many(wanted)) if wanted else {}

    def _renumbered_from(
        self, group: Group, index: int, till_id: int, before: HeldClosing | None
    ) -> int | None:
        """The Z number of a held closing that begins with the same receipt, for exports only."""
        if before is not None or group.arrivals[index].kind != "export":
            return None
        known = self._first_receipts.get(till_id)
        if known is None:
            known = {
                closing.z_start_id: closing.z_nr
                for closing in self._journal.held(till_id).values()
                if closing.z_start_id
            }
            self._first_receipts[till_id] = known
        return known.get(_first_receipt(group, index))

    def _note_first_receipts(self, group: Group, appendings: Iterable[Appending]) -> None:
        for appending in appendings:
            known = self._first_receipts.get(appending.till_id)
            first = _first_receipt(group, appending.index)
            if known is not None and first:
                known.setdefault(first, group.batch.heads[appending.index].z_nr)

    def _fork(self, opened: Opened) -> Finding | None:
        """Whether a bundle does not fit those before it: there are two of this till."""
        till, manifest = opened.till, opened.manifest
        if till is None or manifest is None:
            return None
        known = self._bundles.get((till.till_id, till.installation))
        if known is None:
            known = {
                delivery.bundle_sequence: delivery.sha256
                for delivery in self._journal.deliveries(till.till_id)
                if delivery.bundle_sequence and delivery.installation == till.installation
            }
            self._bundles[(till.till_id, till.installation)] = known
        other = find_fork(manifest, opened.arrival.sha256, known)
        if not other:
            known[manifest.bundle_sequence] = opened.arrival.sha256
            return None
        return finding(
            "bundle_fork",
            Severity.ERROR,
            number=till.customer_number,
            sequence=manifest.bundle_sequence,
            other=other,
        )

    def _delivery(self, arrival: Arrival) -> Delivery:
        opened = self._opened.get(arrival.sha256)
        manifest = opened.manifest if opened else None
        kept_out = arrival.sha256 in self._kept_out
        return Delivery(
            arrival.sha256,
            arrival.name,
            arrival.kind,
            arrival.size_bytes,
            arrival.received_at,
            arrival.carrier,
            opened.till.till_id if opened and opened.till else 0,
            manifest.bundle_sequence if manifest and not kept_out else 0,
            manifest.installation if manifest else "",
        )

    def _sender_number(self, sha256: str) -> str:
        opened = self._opened.get(sha256)
        return opened.manifest.customer_number if opened and opened.manifest else ""


def params_of(findings: Sequence[Finding]) -> dict[str, str]:
    """All parameters of some findings."""
    return {name: value for entry in findings for name, value in entry.params}


def _first_receipt(group: Group, index: int) -> str:
    heads = group.batch.closing_rows("cashpointclosing", index)
    return (heads.column("z_start_id")[0].as_py() or "") if heads.num_rows else ""


def _appending(
    group: Group, index: int, till_id: int, decision: Decision, before: HeldClosing | None
) -> Appending:
    figures = group.figures[index]
    return Appending(
        index,
        till_id,
        decision.to_write,
        group.arrivals[index].sha256,
        figures.receipts,
        figures.gross_cents,
        before.closing_id if before else 0,
    )


def _item(
    group: Group, index: int, till_id: int, decision: Decision, before: HeldClosing | None
) -> Item:
    # An unfinished copy of a closing that is held waits for nothing.
    settled = decision.state is ItemState.INCOMPLETE and before is not None
    head, figures, arrival = group.batch.heads[index], group.figures[index], group.arrivals[index]
    findings = decision.findings[:_KEPT_FINDINGS]
    if "stock" in head.parts and "stock" not in group.digests[index]:
        findings = (*findings, finding("stock_left_out", Severity.INFO))
    return Item(
        0,
        arrival.sha256,
        head.source,
        head.taxpayer,
        head.serial,
        till_id,
        head.z_nr,
        head.business_day,
        decision.state,
        figures.receipts,
        figures.gross_cents,
        findings,
        arrival.received_at,
        settled,
    )


def _problem_item(problem: Problem) -> Item:
    head, till = problem.head, problem.till
    incomplete = all(entry.severity is Severity.INCOMPLETE for entry in problem.findings)
    return Item(
        0,
        problem.arrival.sha256,
        problem.arrival.source,
        head.taxpayer if head else "",
        head.serial if head else (till.serial if till else ""),
        till.till_id if till else 0,
        head.z_nr if head else _z_nr_named(problem.findings),
        head.business_day if head else None,
        ItemState.INCOMPLETE if incomplete else ItemState.REJECTED,
        0,
        0,
        problem.findings[:_KEPT_FINDINGS],
        problem.arrival.received_at,
    )


def _z_nr_named(findings: Sequence[Finding]) -> int:
    """The Z number that a finding about a delivery names, 0 without one."""
    named = params_of(findings).get("z_nr", "")
    return int(named) if named.isdigit() else 0
