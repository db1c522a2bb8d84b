"""Import: decide on each closing of what lies in the inbox and book it, group by group.

A worker thread opens, reads, checks and hashes the next group while this one is booked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, TypeVar

from tillferry.closing.model import Finding, Severity, finding
from tillferry.closing.seams import (
    GOOD_STATES,
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
from tillferry.formats.keys import OfficeKeys
from tillferry.formats.manifest import find_fork
from tillferry.office.archive import Archive
from tillferry.office.damaged import settle_damaged
from tillferry.office.deciding import Decision, decide, unknown_till
from tillferry.office.home import OfficeHome
from tillferry.office.inbox import Arrival, Inbox
from tillferry.office.loading import Group, Loader, Opened, Problem
from tillferry.office.senders import Senders

_KEPT_FINDINGS: Final = 100
_RETRIES: Final = 5

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the clerk chose for this run."""

    accept_new_tills: bool = False
    without_stock: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the list that the clerk sees. ``till`` is what people call the till."""

    source: str
    till: str
    z_nr: int
    business_day: date | None
    state: ItemState
    receipts: int
    gross_cents: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ImportEvents:
    """Called while an import runs: for each outcome, and with deliveries done and in all."""

    outcome: Callable[[Outcome], None] = field(default=lambda outcome: None)
    progress: Callable[[int, int], None] = field(default=lambda done, total: None)


class Importer:
    """Works through the inbox. Use it inside ``OfficeHome.exclusive``."""

    def __init__(
        self,
        home: OfficeHome,
        keys: OfficeKeys,
        journal: Journal,
        options: ImportOptions,
        events: ImportEvents,
    ) -> None:
        self._home = home
        self._keys = keys
        self._journal = journal
        self._options = options
        self._events = events
        self._archive = Archive(home.archive)
        self._inbox = Inbox(home.inbox)
        self._tills: dict[int, Till] = {}
        self._new_tills: dict[tuple[str, str], Till] = {}
        self._bundles: dict[tuple[int, str], dict[int, str]] = {}
        self._kept_out: set[str] = set()
        self._first_receipts: dict[int, dict[str, int]] = {}
        self._opened: dict[str, Opened] = {}

    def run(self) -> frozenset[int]:
        """Decide on everything in the inbox. Gives the tills of which something came.

        Raises ``TillferryError`` where the journal cannot go on; then the inbox keeps what is not
        decided yet.
        """
        self._archive.sweep()
        self._tills = {till.till_id: till for till in self._journal.tills()}
        self._reconsider()
        touched: set[int] = set()
        for inbox_list, arrivals in self._inbox.pending():
            touched |= self._decide_all(arrivals)
            self._inbox.done(inbox_list)
        settle_damaged(self._journal)
        return frozenset(touched)

    def _reconsider(self) -> None:
        """Put back into the inbox what waited for a till that is known by now."""
        senders = Senders(self._home.settings.customer_number, self._tills.values())
        numbers = {till.customer_number for till in self._tills.values() if till.customer_number}
        again: dict[str, None] = {}
        for item in self._journal.items(waiting=True):
            if item.state is not ItemState.UNKNOWN_TILL:
                continue
            sender = dict(_params(item.findings)).get("number", "")
            known = senders.of_export(item.taxpayer, item.serial) is not None
            if known or sender in numbers or self._options.accept_new_tills:
                again[item.delivery] = None
        listed = {arrival.sha256 for _, arrivals in self._inbox.pending() for arrival in arrivals}
        known_deliveries = self._journal.known_deliveries(list(again.keys() - listed))
        arrivals = [_arrival_of(delivery) for delivery in known_deliveries.values()]
        if arrivals:
            self._inbox.record(arrivals)

    def _decide_all(self, arrivals: Sequence[Arrival]) -> set[int]:
        touched: set[int] = set()
        fresh: list[Arrival] = []
        done = 0
        known = self._known(arrivals)
        for arrival in arrivals:
            if arrival.sha256 not in known:
                fresh.append(arrival)
                continue
            touched |= self._show_known(arrival, known[arrival.sha256])
            done += 1
            self._events.progress(done, len(arrivals))
        senders = Senders(self._home.settings.customer_number, self._tills.values())
        loader = Loader(
            self._archive,
            self._keys,
            senders,
            scratch=self._home.scratch,
            timezone=self._home.settings.timezone,
            without_stock=lambda till: self._options.without_stock,
        )
        for group in _ahead(loader.groups(fresh)):
            touched |= self._book(group)
            done += len(group.finished)
            self._events.progress(done, len(arrivals))
        return touched

    def _known(self, arrivals: Sequence[Arrival]) -> Mapping[str, Sequence[Item]]:
        """The very same files again of which nothing waits: there is nothing to open."""
        taken_in = self._journal.known_deliveries([arrival.sha256 for arrival in arrivals])
        items: dict[str, list[Item]] = defaultdict(list)
        for item in self._journal.items(deliveries=list(taken_in)) if taken_in else ():
            items[item.delivery].append(item)
        return {
            sha256: of
            for sha256, of in items.items()
            if all(item.state in GOOD_STATES for item in of) and not self._lacks_stock(of)
        }

    def _show_known(self, arrival: Arrival, items: Sequence[Item]) -> set[int]:
        shown = {(item.serial, item.z_nr): item for item in items}
        for item in shown.values():
            again = replace(item, state=ItemState.ALREADY_PRESENT, source=arrival.source)
            self._events.outcome(self._outcome(again))
        return {item.till_id for item in items if item.till_id}

    def _lacks_stock(self, items: Sequence[Item]) -> bool:
        """Whether the stock part was left out then and is wanted now."""
        if self._options.without_stock:
            return False
        return any(entry.code == "stock_left_out" for item in items for entry in item.findings)

    # --- one group ---

    def _book(self, group: Group) -> set[int]:
        """Book a group; a second copy of a closing inside it waits for the first to be held."""
        begun = self._begin(group)
        indices: Sequence[int] = range(len(group.batch))
        touched: set[int] = set()
        first = True
        while first or indices:
            booking, postponed = self._book_round(group, indices, begun if first else ())
            for till in booking.tills:
                self._tills[till.till_id] = till
            for item in booking.items:
                self._events.outcome(self._outcome(item))
                touched.add(item.till_id)
            indices, first = postponed, False
        for arrival in group.finished:
            self._opened.pop(arrival.sha256, None)
        return touched - {0}

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
        return tuple(_problem_item(problem) for problem in problems)

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
            items.append(_item(group, index, place[0], decision, before))
        return items, appendings, postponed

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
        return decide(head.z_nr, group.digests[index], findings, before, renumbered)

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
        booked = self._tills.get(till.till_id)
        if booked is None or booked.installation != till.installation:
            return {}
        return {"bundle_sequence": booked.bundle_sequence, "bundle_hash": booked.bundle_hash}

    def _till_of(self, group: Group, index: int) -> Till | None:
        till = group.tills[index]
        if till is not None:
            return till
        opened = self._opened.get(group.arrivals[index].sha256)
        if opened is None or opened.manifest is not None or not self._options.accept_new_tills:
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
            self._tills[known.till_id] = known
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
        heads = group.batch.closing_rows("cashpointclosing", index)
        first = heads.column("z_start_id")[0].as_py() if heads.num_rows else None
        if first is None:
            return None
        z_nr = group.batch.heads[index].z_nr
        other = known.setdefault(first, z_nr)
        return other if other != z_nr else None

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

    # --- words ---

    def _sender_number(self, sha256: str) -> str:
        opened = self._opened.get(sha256)
        return opened.manifest.customer_number if opened and opened.manifest else ""

    def _outcome(self, item: Item) -> Outcome:
        till = self._tills.get(item.till_id)
        label = (till.customer_number or till.serial) if till else item.serial
        return Outcome(
            item.source,
            label or self._sender_number(item.delivery),
            item.z_nr,
            item.business_day,
            item.state,
            item.receipts,
            item.gross_cents,
            item.findings,
        )


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
    named = dict(_params(findings)).get("z_nr", "")
    return int(named) if named.isdigit() else 0


def _params(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [param for entry in findings for param in entry.params]


def _arrival_of(delivery: Delivery) -> Arrival:
    return Arrival(
        delivery.sha256,
        delivery.name,
        delivery.kind,
        delivery.size_bytes,
        delivery.received_at,
        delivery.carrier,
        delivery.name,
    )


def _ahead(groups: Iterator[T]) -> Iterator[T]:
    """The same, with the next one made in a worker thread while this one is used."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="loader") as worker:
        end = object()
        upcoming = worker.submit(next, groups, end)
        while (group := upcoming.result()) is not end:
            upcoming = worker.submit(next, groups, end)
            yield group  # type: ignore[misc]
