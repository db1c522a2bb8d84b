"""What head office knows of a till's side: whether it read an acknowledgement, how its clock goes.

Nothing here decides anything; it is for people to look at. What can be known is little: a bundle
was sealed before it was received, so a clock that says otherwise is ahead for certain; it was
sealed after the till learned that closings are held, so a clock that says otherwise is behind for
certain. Between the two lies the time that the stick was on its way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from tillferry.closing.office_seams import OfficeChange, OfficeRecords, TillContact
from tillferry.closing.seams import GOOD_STATES, Journal
from tillferry.journal.contacts import ShownRead, shown_read
from tillferry.office.inbox import Arrival

if TYPE_CHECKING:
    from tillferry.office.booking import BookedItem
    from tillferry.office.loading import Group

CLOCK_TOLERANCE_SECONDS: Final = 120
"""A clock that is certainly more than this away from head office's is shown."""


@dataclass(slots=True)
class ContactBook:
    """Takes note of what comes while an inbox list is worked through."""

    journal: Journal
    records: OfficeRecords
    _sealed_at: dict[str, str] = field(default_factory=dict)
    _closed_at: dict[int, tuple[str, str]] = field(default_factory=dict)

    def note(self, group: Group, booked: Sequence[BookedItem]) -> None:
        """What a group that was booked tells of clocks."""
        bundles = {opened.arrival.sha256 for opened in group.opened if opened.manifest}
        for opened in group.opened:
            if opened.manifest is not None:
                self._sealed_at[opened.arrival.sha256] = opened.manifest.created_at
        closed = {
            (arrival.sha256, head.serial, head.z_nr): head.z_erstellung
            for arrival, head in zip(group.arrivals, group.batch.heads, strict=True)
            if arrival.kind == "export" and arrival.sha256 not in bundles
        }
        for item in (each.item for each in booked):
            at = closed.get((item.delivery, item.serial, item.z_nr))
            if at is None or not item.till_id or item.state not in GOOD_STATES:
                continue
            known = self._closed_at.get(item.till_id)
            if known is None or _moment(at) > _moment(known[0]):
                self._closed_at[item.till_id] = (at, item.received_at)

    def write(self, arrivals: Sequence[Arrival]) -> None:
        """Write down what this list told, once everything on it is decided."""
        newest = self._newest_bundles(arrivals)
        carried = [sha for sha, arrival in newest.values() if _lay_on_carrier(arrival)]
        read = shown_read(self.journal, carried, [arrival.sha256 for arrival in arrivals])
        known = self.records.contacts() if newest or self._closed_at else {}
        changed: list[TillContact] = []
        for till_id in sorted(newest.keys() | self._closed_at.keys()):
            before = known.get(till_id, TillContact(till_id))
            if till_id in newest:
                sha256, arrival = newest[till_id]
                after = _after_bundle(
                    before, arrival.received_at, self._sealed_at.get(sha256), read.get(till_id)
                )
            else:
                closed_at, received_at = self._closed_at[till_id]
                after = replace(
                    before,
                    clock_at=received_at,
                    clock_least=_seconds(closed_at, received_at),
                    clock_most=None,
                )
            if after != before:
                changed.append(after)
        if changed:
            self.records.write(OfficeChange(contacts=changed))
        self._sealed_at.clear()
        self._closed_at.clear()

    def _newest_bundles(self, arrivals: Sequence[Arrival]) -> dict[int, tuple[str, Arrival]]:
        """Of each till the newest bundle among these that was taken in, by ``till_id``."""
        by_hash = {each.sha256: each for each in arrivals if each.sha256 in self._sealed_at}
        if not by_hash:
            return {}
        found: dict[int, tuple[int, str]] = {}
        for delivery in self.journal.known_deliveries(list(by_hash)).values():
            if delivery.till_id and delivery.bundle_sequence:
                place = (delivery.bundle_sequence, delivery.sha256)
                found[delivery.till_id] = max(found.get(delivery.till_id, (0, "")), place)
        return {till_id: (sha256, by_hash[sha256]) for till_id, (_, sha256) in found.items()}


def _after_bundle(
    before: TillContact, received_at: str, sealed_at: str | None, read: ShownRead | None
) -> TillContact:
    after = before
    if sealed_at is not None:
        after = replace(
            after,
            clock_at=received_at,
            clock_least=_seconds(sealed_at, received_at),
            clock_most=None if read is None else _seconds(sealed_at, read.known_at),
        )
    if read is not None and read.through >= before.read_through:
        after = replace(after, read_at=received_at, read_through=read.through)
    return after


def note_letters(records: OfficeRecords, letters: Iterable[tuple[int, int]], at: str) -> None:
    """Letters were put onto a carrier: pairs of till and greatest Z number acknowledged."""
    known = records.contacts()
    changed = [
        replace(known.get(till_id, TillContact(till_id)), letter_at=at, letter_through=through)
        for till_id, through in letters
    ]
    if changed:
        records.write(OfficeChange(contacts=changed))


def clock_error(contact: TillContact) -> int | None:
    """By how many seconds a till's clock is certainly ahead (above 0) or behind, at least.

    ``None`` where nothing certain is known, or where it goes well enough.
    """
    if contact.clock_least is not None and contact.clock_least > CLOCK_TOLERANCE_SECONDS:
        return contact.clock_least
    if contact.clock_most is not None and contact.clock_most < -CLOCK_TOLERANCE_SECONDS:
        return contact.clock_most
    return None


def has_read(contact: TillContact) -> bool:
    """Whether the till has shown that it read the last acknowledgement, or a later one."""
    return bool(contact.letter_through) and contact.read_through >= contact.letter_through


def _lay_on_carrier(arrival: Arrival) -> bool:
    """Whether it was copied from where tills put their bundles, with all that lay beside it."""
    return PurePath(arrival.source).parts[-3:-1] == ("Tillferry", "bundles")


def _seconds(later: str, earlier: str) -> int:
    return int((_moment(later) - _moment(earlier)).total_seconds())


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
