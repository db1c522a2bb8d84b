"""Import: decide on each closing of what lies in the inbox and book it, group by group.

A worker thread opens, reads, checks and hashes the next group while this one is booked. What that
needs is loaded once something new has come: most sticks bring some of what is held already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from tillferry.closing.model import Finding
from tillferry.closing.office_seams import OfficeRecords
from tillferry.closing.seams import GOOD_STATES, Delivery, Item, ItemState, Journal, Till
from tillferry.formats.keys import OfficeKeys
from tillferry.office.archive import Archive
from tillferry.office.contacts import ContactBook
from tillferry.office.damaged import settle_damaged
from tillferry.office.home import OfficeHome
from tillferry.office.inbox import Arrival, Inbox
from tillferry.office.senders import Senders

if TYPE_CHECKING:
    from tillferry.office.booking import Booker

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
    """Called while an import runs: for each outcome, and with deliveries done and in all.

    ``stop`` is asked between groups of closings: each group is one transaction, so what was booked
    until then is booked whole, and the rest waits in the inbox.
    """

    outcome: Callable[[Outcome], None] = field(default=lambda outcome: None)
    progress: Callable[[int, int], None] = field(default=lambda done, total: None)
    stop: Callable[[], bool] = field(default=lambda: False)


class _Stopped(Exception):
    """A person wants it to stop."""


class Importer:
    """Works through the inbox. Use it inside ``OfficeHome.exclusive``."""

    def __init__(
        self,
        home: OfficeHome,
        keys: OfficeKeys,
        journal: Journal,
        options: ImportOptions,
        events: ImportEvents,
        records: OfficeRecords | None = None,
    ) -> None:
        self._home = home
        self._keys = keys
        self._journal = journal
        self._options = options
        self._events = events
        self._records = records
        self._contacts = ContactBook(journal, records) if records is not None else None
        self._without_stock: frozenset[int] = frozenset()
        self._archive = Archive(home.archive)
        self._inbox = Inbox(home.inbox)
        self._tills: dict[int, Till] = {}
        self._booker: Booker | None = None

    def run(self) -> bool:
        """Decide on everything in the inbox; ``False`` where it was stopped before the end.

        Raises ``TillferryError`` where the journal cannot go on; then the inbox keeps what is not
        decided yet.
        """
        self._archive.sweep()
        # Tills may have been enrolled since.
        self._tills = {till.till_id: till for till in self._journal.tills()}
        self._booker = None
        self._without_stock = self._tills_without_stock()
        self._reconsider()
        try:
            for inbox_list, arrivals in self._inbox.pending():
                self._go_on()
                self._decide_all(arrivals)
                if self._contacts is not None:
                    self._contacts.write(arrivals)
                self._inbox.done(inbox_list)
        except _Stopped:
            return False
        settle_damaged(self._journal)
        return True

    def _go_on(self) -> None:
        if self._events.stop():
            raise _Stopped

    def _tills_without_stock(self) -> frozenset[int]:
        """Tills of outlets whose stock movements are left out as a rule."""
        if self._records is None:
            return frozenset()
        outlets = {outlet.outlet_id for outlet in self._records.outlets() if outlet.without_stock}
        details = self._records.till_details()
        return frozenset(
            till_id for till_id, detail in details.items() if detail.outlet_id in outlets
        )

    def _leaves_stock_out(self, till_id: int) -> bool:
        return self._options.without_stock or till_id in self._without_stock

    def _reconsider(self) -> None:
        """Put back into the inbox what waited for a till that is known by now."""
        waiting = self._journal.items(waiting=True)
        if not waiting:
            return
        from tillferry.office.reconsidering import to_reconsider

        senders = Senders(self._home.settings.customer_number, self._tills.values())
        again = to_reconsider(waiting, self._tills, senders, self._options.accept_new_tills)
        listed = {arrival.sha256 for _, arrivals in self._inbox.pending() for arrival in arrivals}
        known_deliveries = self._journal.known_deliveries(list(again - listed))
        arrivals = [_arrival_of(delivery) for delivery in known_deliveries.values()]
        if arrivals:
            self._inbox.record(arrivals)

    def _decide_all(self, arrivals: Sequence[Arrival]) -> None:
        fresh: list[Arrival] = []
        done = 0
        known = self._known(arrivals)
        for arrival in arrivals:
            if arrival.sha256 not in known:
                fresh.append(arrival)
                continue
            self._show_known(arrival, known[arrival.sha256])
            done += 1
            self._events.progress(done, len(arrivals))
        if fresh:
            self._book(fresh, done, len(arrivals))

    def _book(self, fresh: Sequence[Arrival], done: int, total: int) -> None:
        """Open and book what is new; ``done`` deliveries of ``total`` were known."""
        from tillferry.office.booking import Booker
        from tillferry.office.loading import Loader

        booker = self._booker or Booker(
            self._journal, self._tills, accept_new_tills=self._options.accept_new_tills
        )
        self._booker = booker
        senders = Senders(self._home.settings.customer_number, self._tills.values())
        loader = Loader(
            self._archive,
            self._keys,
            senders,
            scratch=self._home.scratch,
            timezone=self._home.settings.timezone,
            without_stock=lambda till: self._leaves_stock_out(till.till_id if till else 0),
        )
        if self._records is not None:
            booker.decided = self._records.decided_before([each.sha256 for each in fresh])
        for group in _ahead(loader.groups(fresh)):
            self._go_on()
            booked = booker.book(group)
            if self._contacts is not None:
                self._contacts.note(group, booked)
            for each in booked:
                self._events.outcome(self._outcome(each.item, each.sender))
            done += len(group.finished)
            self._events.progress(done, total)

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

    def _show_known(self, arrival: Arrival, items: Sequence[Item]) -> None:
        shown = {(item.serial, item.z_nr): item for item in items}
        for item in shown.values():
            again = replace(item, state=ItemState.ALREADY_PRESENT, source=arrival.source)
            self._events.outcome(self._outcome(again, ""))

    def _lacks_stock(self, items: Sequence[Item]) -> bool:
        """Whether the stock part was left out then and is wanted now."""
        return any(
            entry.code == "stock_left_out"
            for item in items
            if not self._leaves_stock_out(item.till_id)
            for entry in item.findings
        )

    def _outcome(self, item: Item, sender: str) -> Outcome:
        till = self._tills.get(item.till_id)
        label = (till.customer_number or till.serial) if till else item.serial
        return Outcome(
            item.source,
            label or sender,
            item.z_nr,
            item.business_day,
            item.state,
            item.receipts,
            item.gross_cents,
            item.findings,
        )


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
