"""The second seam to the journal's database: what head office itself decides, and who did it.

``Journal`` is about closings; this is about people, outlets, decisions, corrections and the log.
Everything is written together with its entries in the log, in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from tillferry.closing.digest import Digests
from tillferry.closing.ranges import Ranges
from tillferry.closing.seams import Booking, HeldClosing


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What a person did. ``at`` is RFC 3339 with offset; ``action`` a code with a text."""

    at: str
    person: str
    action: str
    subject: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LogRecord:
    """An entry as it stands in the log.

    ``sequence`` counts from 1 without a gap; ``hash`` (SHA-256, hexadecimal) is over the entry and
    ``previous``, the hash of the record before (empty for the first).
    """

    sequence: int
    entry: LogEntry
    previous: str
    hash: str


class TillKind(StrEnum):
    """How a till is connected."""

    STICK = "stick"
    ONLINE = "online"


@dataclass(frozen=True, slots=True)
class Outlet:
    """A place with tills. ``without_stock`` leaves stock movements out of its imports."""

    outlet_id: str
    name: str
    without_stock: bool = False


@dataclass(frozen=True, slots=True)
class TillDetails:
    """What head office keeps of a till beside ``seams.Till``.

    ``outlet_id`` is empty without an outlet, ``retired_at`` while the till is in use;
    ``replaced_by`` is the ``till_id`` of its successor, 0 without one. ``silent_days`` is its rule
    for silence in days, 0 for the common one.
    """

    till_id: int
    outlet_id: str = ""
    kind: TillKind = TillKind.STICK
    retired_at: str = ""
    replaced_by: int = 0
    silent_days: int = 0


@dataclass(frozen=True, slots=True)
class TillContact:
    """What is known of a till's side. Moments are RFC 3339 with offset, empty where there is none.

    ``letter_at`` is when an acknowledgement was last put onto a carrier, ``letter_through`` the
    greatest Z number in it. ``read_at`` is when the last bundle came that shows that the till knew
    a closing to be held, ``read_through`` the greatest such Z number. ``clock_at`` is when the
    delivery came by which the clock was judged: the till's clock less head office's is at least
    ``clock_least`` and at most ``clock_most`` seconds, ``None`` where nothing can be said.
    """

    till_id: int
    letter_at: str = ""
    letter_through: int = 0
    read_at: str = ""
    read_through: int = 0
    clock_at: str = ""
    clock_least: int | None = None
    clock_most: int | None = None


class Verdict(StrEnum):
    """What a person decided on an item that waited."""

    APPROVED = "approved"
    REFUSED = "refused"
    KEPT_HELD = "kept_held"
    TOOK_DELIVERED = "took_delivered"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class ItemDecision:
    """Who decided what on an item, and why. The item is settled with it."""

    item_id: int
    verdict: Verdict
    person: str
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExplainedHole:
    """Z numbers of a till that will never come, as a person says (both included)."""

    till_id: int
    first_z: int
    last_z: int
    person: str
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A held closing that is taken out to make room for a better one, and by whom.

    ``held`` is what the decision was made on: where the journal holds something else by now,
    nothing is written (``journal_already_held``). ``new_delivery`` brought the better one.
    """

    held: HeldClosing
    new_delivery: str
    person: str
    at: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClosingVersion:
    """A closing as it was held before it was corrected; its original lies in the archive."""

    version_id: int
    till_id: int
    closing_id: int
    z_nr: int
    z_kasse_id: str
    z_erstellung: str
    business_day: date
    receipts: int
    gross_cents: int
    digests: Digests
    delivery: str
    booked_at: str
    new_delivery: str
    replaced_at: str
    replaced_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may use head office's pages.

    ``password`` is an Argon2 hash. ``failed`` counts wrong passwords since the last good one;
    ``locked_until`` is RFC 3339, empty where not locked. ``must_change`` is for one-time passwords.
    """

    name: str
    password: str = field(repr=False)
    role: str
    failed: int = 0
    locked_until: str = ""
    must_change: bool = False
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class TillFigures:
    """What is held of a till at a glance; its last closing is the one with the greatest Z number.

    ``missing`` are the Z numbers between the lowest and the greatest that are not held.
    ``last_delivery`` is when something of the till came last, RFC 3339 with offset.
    """

    till_id: int
    closings: int
    first_z: int
    last_z: int
    last_business_day: date
    last_z_erstellung: str
    last_delivery: str
    missing: Ranges


@dataclass(frozen=True, slots=True)
class OfficeChange:
    """What one transaction writes. ``corrections`` come before ``booking``, which replaces them."""

    log: Sequence[LogEntry] = ()
    booking: Booking | None = None
    corrections: Sequence[Correction] = ()
    decisions: Sequence[ItemDecision] = ()
    explained: Sequence[ExplainedHole] = ()
    outlets: Sequence[Outlet] = ()
    removed_outlets: Sequence[str] = ()
    till_details: Sequence[TillDetails] = ()
    contacts: Sequence[TillContact] = ()
    users: Sequence[User] = ()
    removed_users: Sequence[str] = ()


class OfficeRecords(Protocol):
    """Holds what head office decided. Raises ``TillferryError`` as ``Journal`` does."""

    def write(self, change: OfficeChange) -> None:
        """Write all of ``change`` in one transaction, or nothing.

        ``journal_already_held`` where a correction's closing is not what it was any more.
        """

    def log(self, after: int = 0, limit: int | None = None) -> tuple[LogRecord, ...]:
        """Records of the log with a greater sequence than ``after``, in order."""

    def versions(self, till_id: int | None = None) -> tuple[ClosingVersion, ...]:
        """Closings as they were before they were corrected, oldest correction first."""

    def decisions(self) -> Mapping[int, ItemDecision]:
        """Decisions by ``item_id``."""

    def decided_before(self, deliveries: Sequence[str]) -> frozenset[tuple[str, str, int]]:
        """Of these deliveries the closings (delivery, serial, z_nr) on which somebody decided.

        Where one of them comes again it need not wait again; ``APPROVED`` and ``TOOK_DELIVERED``
        are left out, for what was taken is held.
        """

    def explained(self) -> tuple[ExplainedHole, ...]:
        """Holes that a person explained."""

    def outlets(self) -> tuple[Outlet, ...]:
        """Outlets by their id."""

    def till_details(self) -> Mapping[int, TillDetails]:
        """What was written of tills, by ``till_id``; tills without an entry have the defaults."""

    def contacts(self) -> Mapping[int, TillContact]:
        """What is known of the tills' side, by ``till_id``; tills without an entry have none."""

    def till_figures(self) -> Mapping[int, TillFigures]:
        """All tills at a glance, in few statements; tills without closings are left out."""

    def users(self) -> tuple[User, ...]:
        """Users by name."""

    def size_bytes(self) -> int:
        """How much room the database takes."""
