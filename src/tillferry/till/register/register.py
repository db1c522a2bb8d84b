"""The till's own engine, opened: one object with a part for each job."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import TracebackType

from argon2 import PasswordHasher

from tillferry.closing.model import ClosingBatch
from tillferry.till.register import backup
from tillferry.till.register.audit import AuditEntry, audit_trail
from tillferry.till.register.booking import Booker, Day
from tillferry.till.register.dayclose import DayClose
from tillferry.till.register.masters import USUAL_HASHER, Masters, People
from tillferry.till.register.reports import Reports
from tillferry.till.register.resend import Resend, ResendRequest
from tillferry.till.register.selling import Sales
from tillferry.till.register.stock import Stock
from tillferry.till.register.store import Clock, Store
from tillferry.till.register.timeclock import TimeClock


def system_clock() -> datetime:
    """The time of this machine, with its offset."""
    return datetime.now().astimezone()


class Register:
    """A till's book, open for work; may be used from several threads and processes at once.

    ``sales``, ``time``, ``stock``, ``days`` (day close), ``resend``, ``reports``, ``people`` and
    ``masters`` (articles and settings) are its parts.
    """

    def __init__(self, store: Store, hasher: PasswordHasher = USUAL_HASHER) -> None:
        self.store = store
        self.people = People(store, hasher)
        self.masters = Masters(store, self.people)
        self._booker = Booker(store)
        self.sales = Sales(store, self.people, self.masters, self._booker)
        self.time = TimeClock(store, self.people, self._booker)
        self.stock = Stock(store, self.people, self.masters, self._booker)
        self.days = DayClose(store, self.people, self._booker, self.time, self.stock)
        self.resend = Resend(store, self.people)
        self.reports = Reports(store, self._booker, self.time)

    @classmethod
    def open(
        cls, home: Path, clock: Clock = system_clock, hasher: PasswordHasher = USUAL_HASHER
    ) -> Register:
        """The register in a till's home; a new, empty one where there is none.

        ``register_damaged``, ``register_newer``, ``register_busy``.
        """
        return cls(Store(home, clock), hasher)

    def close(self) -> None:
        """Give back the file."""
        self.store.close()

    def __enter__(self) -> Register:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- what the rest of the till asks for ---

    @property
    def installation(self) -> str:
        """The id of this installation: new after every restore."""
        return self.store.fact("installation")

    @property
    def epoch(self) -> int:
        """How many installations there were, this one included."""
        return int(self.store.fact("epoch"))

    def open_day(self) -> Day | None:
        """The business day that is open, if one is."""
        return self._booker.open_day()

    def is_overdue(self) -> bool:
        """Whether a day is open that the clock should have closed: open orders hold it."""
        return self._booker.is_overdue()

    def closing_batch(self, z_nr: int) -> ClosingBatch:
        """A closing with all its rows. See ``DayClose.closing_batch``."""
        return self.days.closing_batch(z_nr)

    def resend_requests(self) -> tuple[ResendRequest, ...]:
        """Closings that are to be sent again."""
        return self.resend.requests()

    def audit(self) -> tuple[AuditEntry, ...]:
        """Every change of settings, articles and people, every lock and every cancellation."""
        return audit_trail(self.store)

    def verify(self) -> int:
        """Hash the whole book and all closings again; the number of events.

        ``register_altered``, ``closing_altered``.
        """
        events = self.store.verify()
        self.days.verify()
        return events

    def snapshot(self, target: Path) -> None:
        """A consistent copy of the till (book, settings, keys) as one file, not encrypted."""
        backup.snapshot(self.store, target)


def restore(copy: Path, home: Path, clock: Clock = system_clock) -> None:
    """A till at ``home`` out of a snapshot. See ``backup.restore``."""
    backup.restore(copy, home, clock)
