"""A chain for tests: one head office, its tills and the sticks between them, in a folder.

Everything is the real thing: homes on disk, sealed bundles, the journal. Only the closings are
small, and the functions of ``wiring`` are called in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from tillferry.closing.digest import Digests, part_digests
from tillferry.closing.model import ClosingBatch, concat_batches
from tillferry.closing.seams import HeldClosing, Till
from tillferry.errors import TillferryError
from tillferry.office.audit import AuditReport
from tillferry.office.completeness import OfficeStatus
from tillferry.office.importing import ImportEvents, ImportOptions, Outcome
from tillferry.office.receiving import Receipt
from tillferry.sample import sample_batch, serial
from tillferry.till.intake import Intake
from tillferry.till.sending import Sent
from tillferry.wiring import office, till

RECEIPTS = 3


@cache
def day(number: int, z_nr: int, seed: int = 1) -> ClosingBatch:
    """The closing ``z_nr`` of till ``number`` (from 1); another ``seed`` is another content."""
    return sample_batch(number, z_nr, RECEIPTS, seed)


def days(number: int, *z_nrs: int, seed: int = 1) -> ClosingBatch:
    """Several closings of a till."""
    return concat_batches([day(number, z_nr, seed) for z_nr in z_nrs])


@cache
def digests_of(number: int, z_nr: int, seed: int = 1) -> Digests:
    """What ``day`` with the same arguments has for digests."""
    return part_digests(day(number, z_nr, seed))[0]


@dataclass
class Import:
    """What one import told."""

    outcomes: list[Outcome] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    failed: list[TillferryError] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)

    @property
    def states(self) -> list[tuple[str, int, str]]:
        """Till, Z number and state of each outcome, sorted."""
        return sorted((one.till, one.z_nr, one.state.value) for one in self.outcomes)

    @property
    def codes(self) -> set[str]:
        """The codes of all findings."""
        return {entry.code for one in self.outcomes for entry in one.findings}


@dataclass
class World:
    """The chain in ``folder``. Till ``n`` has the customer number ``1000 + n``."""

    folder: Path
    database: str = ""

    def __post_init__(self) -> None:
        office.init_office(self.office, "1000", "Zentrale", self.database)

    @property
    def office(self) -> Path:
        """Head office's home."""
        return self.folder / "office"

    def enrolment(self, number: int, *, again: bool = False) -> Path:
        """A new enrolment file for a till."""
        out = self.folder / f"{number}-{len(list(self.folder.glob('*.enrolment')))}.enrolment"
        with office.opened_office(self.office) as opened:
            office.enrol(opened, str(1000 + number), f"Bar {number}", out, again=again)
        return out

    def add_till(self, number: int) -> Path:
        """Enrol a till and set it up; gives its home."""
        home = self.till(number)
        till.init_till(home, self.enrolment(number), serial(number))
        return home

    def till(self, number: int) -> Path:
        """A till's home."""
        return self.folder / f"till-{number}"

    def stick(self, name: str) -> Path:
        """A folder that stands for a stick."""
        path = self.folder / "sticks" / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def close(self, number: int, *z_nrs: int, seed: int = 1) -> None:
        """Close days at a till: their closings go into its outbox."""
        self.put(number, days(number, *z_nrs, seed=seed))

    def put(self, number: int, batch: ClosingBatch) -> None:
        """Put any closings into a till's outbox."""
        with till.opened_till(self.till(number)) as opened:
            opened.outbox.put(batch)

    def take(self, number: int, export: Path) -> Intake:
        """Take an export into a till's outbox."""
        with till.opened_till(self.till(number)) as opened:
            return opened.take(export)

    def send(self, number: int, stick: Path) -> Sent:
        """Plug a stick in at a till."""
        with till.opened_till(self.till(number)) as opened:
            return opened.send(till.stick(stick))

    def bring(
        self,
        *paths: Path,
        accept_new_tills: bool = False,
        without_stock: bool = False,
        when_copied: Callable[[], None] = lambda: None,
    ) -> Import:
        """Bring sticks, folders or files to head office."""
        told = Import()

        def received(receipt: Receipt) -> None:
            told.receipts.append(receipt)
            when_copied()

        with office.opened_office(self.office) as opened:
            office.import_paths(
                opened,
                paths,
                ImportOptions(accept_new_tills, without_stock),
                office.ReceiveEvents(
                    received=received,
                    failed=lambda path, error: told.failed.append(error),
                    letters=lambda path, numbers: told.letters.extend(numbers),
                    letters_failed=lambda path, error: told.failed.append(error),
                ),
                ImportEvents(outcome=told.outcomes.append),
            )
        return told

    def opened(self) -> AbstractContextManager[office.Office]:
        """Head office, to be looked into."""
        return office.opened_office(self.office, read_only=True)

    def tills(self) -> dict[str, Till]:
        """The tills that head office knows, by customer number, else by serial number."""
        with self.opened() as opened:
            return {one.customer_number or one.serial: one for one in opened.journal.tills()}

    def held(self, number: int) -> dict[int, HeldClosing]:
        """What head office holds of a till."""
        with self.opened() as opened:
            (found,) = [one for one in opened.journal.tills() if one.serial == serial(number)]
            return dict(opened.journal.held(found.till_id))

    def status(self) -> OfficeStatus:
        """Head office's list of tills."""
        with self.opened() as opened:
            return office.status(opened)

    def check(self) -> AuditReport:
        """Head office's audit."""
        with self.opened() as opened:
            return office.check(opened)


def assert_held(world: World, number: int, z_nrs: Sequence[int], seed: int = 1) -> None:
    """Exactly these closings of a till are held, each with the till's own digests."""
    held = world.held(number)
    assert sorted(held) == sorted(z_nrs)
    for z_nr in z_nrs:
        assert dict(held[z_nr].digests) == dict(digests_of(number, z_nr, seed))


def assert_sound(world: World) -> None:
    """Nothing waits in the inbox, and the audit finds every digest as it was."""
    assert list((world.office / "inbox").glob("*.json")) == []
    assert world.check().faults == ()


def torn(batch: ClosingBatch) -> ClosingBatch:
    """The same closing as an unfinished copy: the head of its last receipt is missing."""
    rows = batch.table("transactions")
    fewer = rows.slice(0, rows.num_rows - 1)
    offsets = {**batch.offsets, "transactions": np.array([0, fewer.num_rows], dtype=np.int64)}
    return ClosingBatch(batch.heads, {**batch.tables, "transactions": fewer}, offsets)
