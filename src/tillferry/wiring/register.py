"""A till with its own register, put together: what the page and the commands both call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher

from tillferry.carriers.failures import on_own_disk
from tillferry.carriers.folder import FolderCarrier
from tillferry.carriers.stick import StickCarrier, open_carrier
from tillferry.closing.model import concat_batches
from tillferry.closing.seams import Carrier, Progress, no_progress
from tillferry.closing.tables import PARTS
from tillferry.errors import TillferryError
from tillferry.formats.dsfinvk.write import write_export
from tillferry.formats.keys import TillKeys
from tillferry.till.home import TillHome, open_home
from tillferry.till.outbox import Outbox, Standing
from tillferry.till.register.dayclose import Closed
from tillferry.till.register.masters import USUAL_HASHER
from tillferry.till.register.register import Register, system_clock
from tillferry.till.register.resend import ResendRequest
from tillferry.till.register.store import Clock, new_key
from tillferry.till.register.values import Role
from tillferry.till.sending import Sent, read_letters, send
from tillferry.wiring.handover import (
    Handover,
    HandoverState,
    handover,
    wait_for_stick,
)
from tillferry.wiring.safekeeping import back_up
from tillferry.wiring.setting_up import has_register, share_serial

__all__ = [
    "Handover",
    "HandoverState",
    "OpenRegister",
    "TillStatus",
    "handover",
    "opened_register",
    "stick_at",
    "till_status",
    "wait_for_stick",
]

_AT_ONCE: Final = 100


class OpenRegister:
    """A till's register with its road to head office; may be used from several threads.

    ``register`` is the engine itself: selling, clocking, stock, reports, people, settings.
    The register's file and the outbox are two: what was finalised goes into the outbox at once,
    and whatever a crash left between the two goes there with the next call.
    """

    def __init__(self, path: Path, register: Register) -> None:
        self.path = path
        self.register = register

    @property
    def home(self) -> TillHome:
        """The till's folder with its settings as they are on the disk now."""
        return open_home(self.path)

    @property
    def has_office(self) -> bool:
        """Whether the till is enrolled at a head office."""
        return bool(self.home.settings.office_age)

    # --- day close and the road to head office ---

    def close_day(self, by: str, counted: int | None = None, key: str = "") -> Closed | None:
        """Finalise the open day and put its closing into the outbox.

        ``counted`` in cents; ``None`` is given back for an empty day. Errors as
        ``DayClose.close``. A ``key`` of the caller's own makes the call repeatable.
        """
        closed = self.register.days.close(key or new_key(), by, counted)
        self.fill_outbox()
        return closed

    def fill_outbox(self) -> tuple[int, ...]:
        """Put what the register finalised and what is asked for again into the outbox.

        Gives the Z numbers of closings that were not there. Repeating it changes nothing.
        """
        with self._outbox() as outbox:
            fresh = self._fill(outbox)
            self._learn(outbox.standing())
            return fresh

    def _fill(self, outbox: Outbox) -> tuple[int, ...]:
        days, known = self.register.days, outbox.z_numbers()
        fresh = tuple(z_nr for z_nr in days.z_numbers() if z_nr not in known)
        for start in range(0, len(fresh), _AT_ONCE):
            some = fresh[start : start + _AT_ONCE]
            outbox.put(concat_batches([days.closing_batch(z_nr) for z_nr in some]))
        requests = self.register.resend_requests()
        for with_time in (True, False):
            z_nrs = [entry.z_nr for entry in requests if entry.with_time == with_time]
            parts = [part for part in PARTS if with_time or part != "time"]
            outbox.ask_again(z_nrs, parts)
        if requests:
            self.register.resend.done(tuple(entry.request_id for entry in requests))
        return fresh

    @contextmanager
    def _outbox(self) -> Iterator[Outbox]:
        # A connection for each call: pages call from several threads.
        outbox = Outbox(self.path / "outbox")
        try:
            yield outbox
        finally:
            outbox.close()

    def standing(self) -> Standing:
        """How many days are still on the way, and when head office last acknowledged."""
        with self._outbox() as outbox:
            self._fill(outbox)
            return outbox.standing()

    def read_letters(self, carrier: Carrier) -> Sent:
        """Only read what head office wrote, and send nothing.

        Before a day close: a restored till learns so which Z numbers are used.
        """
        home = self.home
        with home.exclusive(), self._outbox() as outbox:
            self._fill(outbox)
            letter, problems = read_letters(home, outbox, carrier)
            standing = outbox.standing()
            self._learn(standing)
            return Sent(carrier.label, letter, problems, None, standing)

    def send(self, carrier: Carrier, progress: Progress = no_progress) -> Sent:
        """Read letters and publish what is due; after it returns the stick may be removed.

        ``till_without_office`` where the till is not enrolled; the carrier's errors, ``till_busy``.
        """
        home = self.home
        with home.exclusive(), self._outbox() as outbox:
            self._fill(outbox)
            sent = send(
                home,
                TillKeys.load(home.keys),
                outbox,
                carrier,
                clock=self.register.store.now,
                progress=progress,
            )
            if isinstance(carrier, StickCarrier):
                carrier.finish()
            self._learn(sent.standing)
            return sent

    def _learn(self, standing: Standing) -> None:
        """Numbers that head office holds and this till does not know are not used again."""
        if standing.beyond:
            self.register.days.skip_to(standing.beyond)

    def resend(self, by: str, day: str, *, with_time: bool) -> tuple[ResendRequest, ...]:
        """Send a business day (``YYYYMMDD``) again with the next contact. Errors as ``Resend``."""
        return self.register.resend.request(by, day, with_time=with_time)

    # --- backup, export, commands ---

    def backup(self, target: Carrier | Path, progress: Progress = no_progress) -> str:
        """One encrypted file with the whole till; gives its name. Errors as ``back_up``.

        A path that is a folder is a carrier; any other is the file itself.
        """
        if isinstance(target, Path) and target.is_dir():
            target = open_carrier(target)
        self.fill_outbox()
        name = back_up(self.home, self.register, target, progress=progress)
        if isinstance(target, StickCarrier):
            target.finish()
        return name

    def export(self, out: Path) -> tuple[int, ...]:
        """All closings as DSFinV-K in a ZIP file; gives their Z numbers.

        ``target_exists``, ``nothing_closed_yet`` before the first closing, ``own_disk_full``.
        """
        z_nrs = self.register.days.z_numbers()
        if out.exists():
            raise TillferryError("target_exists", path=out)
        if not z_nrs:
            raise TillferryError("nothing_closed_yet", home=self.path)
        with on_own_disk(out):
            write_export((self.register.closing_batch(z_nr) for z_nr in z_nrs), out)
        return z_nrs

    def may_close(self, person_id: str = "") -> str:
        """In whose name a command closes: ``person_id``, else the first who may.

        ``nobody_may_close`` where there is nobody; errors as ``People.require``.
        """
        people = self.register.people
        if person_id:
            return people.require(person_id, Role.CLOSE).person_id
        for person in people.all():
            if person.active and Role.CLOSE in person.roles:
                return person.person_id
        raise TillferryError("nobody_may_close", home=self.path)


@dataclass(frozen=True, slots=True)
class TillStatus:
    """What people want to know of a till. ``open_day`` is its business day, or ``None``."""

    home: TillHome
    standing: Standing
    open_day: str | None = None
    is_overdue: bool = False


def till_status(path: Path) -> TillStatus:
    """How far the road is done, for a till with or without a register of its own."""
    if not has_register(path):
        home = open_home(path)
        outbox = Outbox(home.outbox)
        try:
            return TillStatus(home, outbox.standing())
        finally:
            outbox.close()
    with opened_register(path) as opened:
        day = opened.register.open_day()
        return TillStatus(
            opened.home,
            opened.standing(),
            None if day is None else day.business_day,
            opened.register.is_overdue(),
        )


def stick_at(path: Path) -> FolderCarrier:
    """The stick that is plugged in at ``path``, or a folder. ``carrier_not_found``."""
    return open_carrier(path)


@contextmanager
def opened_register(
    path: Path, clock: Clock = system_clock, hasher: PasswordHasher = USUAL_HASHER
) -> Iterator[OpenRegister]:
    """The till at ``path``; several processes may have it open at once.

    What a crash left between register and outbox is put right here. ``till_home_not_found`` and
    the other codes of ``open_home``, those of ``Register.open`` and ``outbox_damaged``.
    """
    home = open_home(path)
    with Register.open(path, clock, hasher) as register:
        share_serial(home, register)
        opened = OpenRegister(path, register)
        opened.fill_outbox()
        yield opened
