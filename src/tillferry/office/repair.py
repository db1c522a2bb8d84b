"""Repair after a reconciliation: complete what is missing here, correct what differs.

The source's file is taken into the archive first and is the origin from then on; the old version
of a corrected closing is kept. One closing is one transaction, with its entry in the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tillferry.closing.digest import Digests
from tillferry.closing.model import Severity, finding
from tillferry.closing.office_seams import OfficeChange, OfficeRecords
from tillferry.closing.seams import (
    Appending,
    Booking,
    Delivery,
    HeldClosing,
    Item,
    ItemState,
    Journal,
)
from tillferry.errors import TillferryError
from tillferry.office.archive import Archive
from tillferry.office.audit_log import Actor
from tillferry.office.correcting import DeliveredClosing, correction, replacing
from tillferry.office.inbox import Arrival, Inbox
from tillferry.office.loading import Group, Loader
from tillferry.office.receiving import receive
from tillferry.office.reconcile import Compared, Match, Progress, Reconciliation, Stop
from tillferry.office.reconcile_sources import Sources

REPAIRABLE: Final = frozenset({Match.MISSING_HERE, Match.DIFFERENT})
_KEPT_FINDINGS: Final = 100


@dataclass
class Repairer:
    """Repairs. Use it inside ``OfficeHome.exclusive``, so that no import runs beside it.

    ``scratch`` takes the list of what is copied into the archive; ``reason`` goes into the log.
    """

    journal: Journal
    records: OfficeRecords
    archive: Archive
    loading: Callable[[Archive], Loader]
    actor: Actor
    scratch: Path
    reason: str
    _marked: set[str] = field(default_factory=set)

    def repair(
        self,
        found: Reconciliation,
        sources: Sources,
        progress: Progress = lambda done, total: None,
        stop: Stop = lambda: False,
    ) -> Reconciliation:
        """Repair what can be; gives the reconciliation with what is put right marked.

        ``stop`` is asked between closings. Raises where the archive or the journal cannot go on;
        what was repaired until then stays.
        """
        wanted: dict[str, dict[tuple[str, int], int]] = defaultdict(dict)
        for place, each in enumerate(found.compared):
            if each.match in REPAIRABLE and not each.repaired:
                wanted[each.key][each.serial, each.z_nr] = place
        result = list(found.compared)
        total = sum(len(places) for places in wanted.values())
        done = 0
        progress(0, total)
        for arrival in sources.arrivals:
            places = wanted.get(arrival.sha256, {})
            if not places:
                continue
            if stop():
                return replace(found, compared=tuple(result), stopped=True)
            kept = self._keep(arrival, sources.files[arrival.sha256])
            for group, index in self._closings(kept):
                head = group.batch.heads[index]
                place = places.get((head.serial, head.z_nr), -1)
                if place < 0 or result[place].repaired:
                    continue
                if stop():
                    return replace(found, compared=tuple(result), stopped=True)
                if self._one(group, index, result[place], kept):
                    result[place] = replace(result[place], repaired=True)
                    done += 1
                    progress(done, total)
        return replace(found, compared=tuple(result))

    def _closings(self, arrival: Arrival) -> Iterator[tuple[Group, int]]:
        for group in self.loading(self.archive).groups([arrival]):
            for index in range(len(group.batch)):
                yield group, index

    def _keep(self, arrival: Arrival, path: Path) -> Arrival:
        """The file in the archive, with its real hash; not in the real inbox."""
        with TemporaryDirectory(dir=self.scratch) as folder:
            receipt = receive(path, self.archive, Inbox(Path(folder)), clock=self.actor.clock)
        (kept,) = receipt.arrivals
        return replace(kept, source=arrival.source, carrier=arrival.carrier)

    def _one(self, group: Group, index: int, each: Compared, arrival: Arrival) -> bool:
        """Put one closing right; false where the file is not what was compared any more."""
        if dict(group.digests[index]) != dict(each.digests or {}):
            return False
        held = self.journal.held(each.till_id, [each.z_nr]).get(each.z_nr)
        delivered = DeliveredClosing(
            group.batch.take([index]),
            group.digests[index],
            group.findings[index],
            group.figures[index],
        )
        items = [_item(arrival, delivered, each.till_id)]
        if arrival.sha256 not in self._marked:
            items.append(_marker(arrival))
        label = f"{each.till} Z {each.z_nr} ({arrival.sha256[:12]})"
        try:
            if each.match is Match.DIFFERENT:
                if held is None:
                    return False
                self._correct(delivered, held, arrival, items, label)
            else:
                self._complete(delivered, held, each, arrival, items, label)
        except TillferryError as error:
            if error.code in ("journal_already_held", "closing_not_usable"):
                return False
            raise
        self._marked.add(arrival.sha256)
        return True

    def _correct(
        self,
        delivered: DeliveredClosing,
        held: HeldClosing,
        arrival: Arrival,
        items: list[Item],
        label: str,
    ) -> None:
        batch, appending = replacing(self.journal, delivered, held, arrival.sha256)
        self.records.write(
            OfficeChange(
                [self.actor.entry("closing_corrected", label, self.reason)],
                Booking(batch, [appending], [_delivery(arrival)], items),
                [correction(held, arrival.sha256, self.actor, self.reason)],
            )
        )

    def _complete(
        self,
        delivered: DeliveredClosing,
        held: HeldClosing | None,
        each: Compared,
        arrival: Arrival,
        items: list[Item],
        label: str,
    ) -> None:
        written: Digests = delivered.digests
        if held is not None:
            written = {part: written[part] for part in each.parts if part in written}
        elif "stock" in written and "stock" not in each.parts:
            written = {part: digest for part, digest in written.items() if part != "stock"}
        appending = Appending(
            0,
            each.till_id,
            written,
            arrival.sha256,
            delivered.figures.receipts,
            delivered.figures.gross_cents,
            held.closing_id if held else 0,
        )
        self.records.write(
            OfficeChange(
                [self.actor.entry("closing_completed", label, self.reason)],
                Booking(delivered.batch, [appending], [_delivery(arrival)], items),
            )
        )


def _delivery(arrival: Arrival) -> Delivery:
    return Delivery(
        arrival.sha256,
        arrival.name,
        arrival.kind,
        arrival.size_bytes,
        arrival.received_at,
        arrival.carrier,
    )


def _item(arrival: Arrival, delivered: DeliveredClosing, till_id: int) -> Item:
    head, figured = delivered.batch.heads[0], delivered.figures
    return Item(
        0,
        arrival.sha256,
        arrival.source,
        head.taxpayer,
        head.serial,
        till_id,
        head.z_nr,
        head.business_day,
        ItemState.IMPORTED,
        figured.receipts,
        figured.gross_cents,
        (*delivered.findings[:_KEPT_FINDINGS], finding("reconciled", Severity.INFO)),
        arrival.received_at,
    )


def _marker(arrival: Arrival) -> Item:
    """Says that not everything in the file was looked at: an import opens such a file again.

    Without it a file whose items are all good would count as known, and what a reconciliation
    left out of it would never come. It waits for nobody.
    """
    told = (finding("reconcile_left_out", Severity.INFO),)
    return Item(
        *(0, arrival.sha256, arrival.source, "", "", 0, 0, None),
        ItemState.INCOMPLETE,
        0,
        0,
        told,
        arrival.received_at,
        settled=True,
    )
