"""The seams: what carriers and journals must be able to do, and the values that pass through.

Every carrier passes one shared contract suite, and so does every journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

import pyarrow as pa

from tillferry.closing.digest import Digests
from tillferry.closing.model import ClosingBatch, Finding

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all while something long runs."""


def no_progress(done: int, total: int) -> None:
    """Shows nothing."""


# --- carriers -----------------------------------------------------------------------------------

Direction = Literal["bundles", "letters", "backups"]
"""``bundles`` travel from tills to head office, ``letters`` (acknowledgements) back; ``backups`` of
tills stay on the carrier."""


@dataclass(frozen=True, slots=True)
class CarrierFile:
    """A whole file of ours on a carrier."""

    direction: Direction
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file copied from a carrier, hashed on the way."""

    path: Path
    sha256: str
    size_bytes: int


class Carrier(Protocol):
    """Moves bundles one way and letters back, and keeps backups.

    All raise ``TillferryError`` with a code of ``messages/carriers.toml``: ``carrier_full``,
    ``carrier_read_only``, ``carrier_gone``, ``carrier_name_impossible``, ``carrier_not_found``,
    ``carrier_readback_differs``.
    """

    @property
    def label(self) -> str:
        """What people call it (the stick's label or the folder's name)."""

    def free_bytes(self) -> int:
        """Space left."""

    def files(self, direction: Direction) -> tuple[CarrierFile, ...]:
        """Whole files of ours, by name; unfinished ones are not listed."""

    def publish(
        self, direction: Direction, name: str, source: Path, progress: Progress = no_progress
    ) -> None:
        """Put ``source`` there under ``name``, whole, durable and read back, or not at all.

        Publishing a file that is already there with the same content does nothing.
        """

    def fetch(
        self, file: CarrierFile, target: Path, progress: Progress = no_progress
    ) -> CopiedFile:
        """Copy a file to the path ``target``, hashing on the way; the copy is durable."""

    def remove(self, direction: Direction, name: str) -> None:
        """Take a file of ours away; nothing happens where there is none."""


# --- the journal --------------------------------------------------------------------------------


class TillState(StrEnum):
    """What head office thinks of a till."""

    ENROLLED = "enrolled"
    """Has an enrolment file; nothing came yet."""
    ACTIVE = "active"
    WAITING = "waiting"
    """Delivered, but nobody has said that it is ours."""
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Till:
    """A till as head office knows it. ``till_id`` 0 is one that the journal has not seen.

    ``customer_number`` is empty for a till without Tillferry; ``taxpayer`` and ``serial`` are
    empty until the first delivery. ``public_key`` (Ed25519, hexadecimal) and ``installation``
    are what the till's bundles must show; ``bundle_sequence`` and ``bundle_hash`` are of the last
    bundle taken in. ``enrolment_secret`` (hexadecimal) is empty once the till has used it.
    """

    till_id: int
    customer_number: str
    name: str
    taxpayer: str = ""
    serial: str = ""
    state: TillState = TillState.ENROLLED
    public_key: str = ""
    installation: str = ""
    bundle_sequence: int = 0
    bundle_hash: str = ""
    enrolment_secret: str = ""


class ItemState(StrEnum):
    """What became of a delivered closing."""

    IMPORTED = "imported"
    ALREADY_PRESENT = "already_present"
    INCOMPLETE = "incomplete"
    CONFLICT = "conflict"
    UNKNOWN_TILL = "unknown_till"
    REJECTED = "rejected"


GOOD_STATES = frozenset({ItemState.IMPORTED, ItemState.ALREADY_PRESENT})


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file that was delivered. Its bytes lie in the archive under ``sha256``.

    ``kind`` is ``bundle`` or ``export``; ``received_at`` is RFC 3339 with offset; ``carrier`` what
    people call the way it came. ``till_id`` and ``bundle_sequence`` are 0 where there is none;
    ``installation`` is the one that sealed a bundle.
    """

    sha256: str
    name: str
    kind: Literal["bundle", "export"]
    size_bytes: int
    received_at: str
    carrier: str
    till_id: int = 0
    bundle_sequence: int = 0
    installation: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """What one delivery said of one closing, and what became of it.

    ``item_id`` 0 is new. ``z_nr`` is 0 and ``business_day`` ``None`` where the delivery could not
    be read that far. ``gross_cents`` and ``receipts`` are over BON_TYP Beleg. A waiting item is
    ``settled`` once a good delivery of its closing was appended, or a person decided.
    """

    item_id: int
    delivery: str
    source: str
    taxpayer: str
    serial: str
    till_id: int
    z_nr: int
    business_day: date | None
    state: ItemState
    receipts: int
    gross_cents: int
    findings: tuple[Finding, ...]
    received_at: str
    settled: bool = False


@dataclass(frozen=True, slots=True)
class HeldClosing:
    """A closing that the journal holds. ``digests`` has an entry for each part it holds."""

    till_id: int
    closing_id: int
    z_nr: int
    z_kasse_id: str
    z_erstellung: str
    business_day: date
    z_start_id: str
    z_ende_id: str
    receipts: int
    gross_cents: int
    digests: Digests
    delivery: str


@dataclass(frozen=True, slots=True)
class Appending:
    """One closing of a batch that is to be held: only the parts in ``digests`` are written.

    ``closing_id`` 0 is a new closing; otherwise the parts join a closing that is already held.
    """

    index: int
    till_id: int
    digests: Digests
    delivery: str
    receipts: int
    gross_cents: int
    closing_id: int = 0


@dataclass(frozen=True)
class Booking:
    """What one transaction writes: rows, what became of each closing, tills and deliveries.

    ``sums`` are those of all its closings (``closing.sums``), where they are known already.
    """

    batch: ClosingBatch | None = None
    appendings: Sequence[Appending] = ()
    deliveries: Sequence[Delivery] = ()
    items: Sequence[Item] = ()
    tills: Sequence[Till] = field(default=())
    sums: Mapping[str, pa.Table] | None = None


class Journal(Protocol):
    """Holds each closing exactly once.

    Raises ``TillferryError`` with a code of ``messages/journal.toml``.
    """

    def tills(self) -> tuple[Till, ...]:
        """All tills, by ``till_id``."""

    def save_till(self, till: Till) -> Till:
        """Write a till; a new one gets its ``till_id``.

        ``customer_number_taken`` and ``serial_taken`` where another till has it.
        """

    def book(self, booking: Booking) -> None:
        """Write all of ``booking`` in one transaction, or nothing.

        The new closings' row tables get ``row_no`` in the batch's order. Waiting items of a
        closing that is appended whole become settled. ``journal_already_held`` where another
        process was faster with one of the closings: decide again.
        """

    def held(self, till_id: int, z_nrs: Sequence[int] | None = None) -> Mapping[int, HeldClosing]:
        """The closings of a till that are held, by Z number; all where ``z_nrs`` is ``None``."""

    def held_of_many(
        self, wanted: Sequence[tuple[int, int]]
    ) -> Mapping[tuple[int, int], HeldClosing]:
        """Of the wanted (till_id, z_nr) those that are held, in few statements."""

    def read(self, till_id: int, z_nrs: Sequence[int]) -> Iterator[ClosingBatch]:
        """Held closings with their rows, in groups of bounded size, in the order of Z numbers."""

    def delivery(self, sha256: str) -> Delivery | None:
        """A delivery that was taken in before."""

    def known_deliveries(self, hashes: Sequence[str]) -> Mapping[str, Delivery]:
        """Of these files those that were taken in before, by their SHA-256."""

    def deliveries(self, till_id: int | None = None) -> tuple[Delivery, ...]:
        """Deliveries in the order in which they were taken in."""

    def items(
        self,
        deliveries: Sequence[str] | None = None,
        waiting: bool = False,
        till_id: int | None = None,
    ) -> tuple[Item, ...]:
        """Items by ``item_id``; ``waiting`` leaves out settled ones and good ones."""

    def settle(self, item_ids: Sequence[int]) -> None:
        """Mark items as settled."""

    def close(self) -> None:
        """Give back the connection."""
