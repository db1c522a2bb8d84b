"""Head office, put together.

A command loads what it needs itself: an import starts sooner without the rest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from tillferry.carriers.stick import open_carrier
from tillferry.closing.seams import Journal, Progress, Till, no_progress
from tillferry.errors import TillferryError
from tillferry.formats.keys import OfficeKeys
from tillferry.journal import open_journal
from tillferry.journal.office_records import office_records
from tillferry.office.acknowledge import post_letters
from tillferry.office.archive import Archive
from tillferry.office.backup_settings import backup_folder as configured_backup_folder
from tillferry.office.contacts import note_letters
from tillferry.office.event_log import EventLog
from tillferry.office.home import OfficeHome, OfficeSettings, create_home, open_home
from tillferry.office.importing import ImportEvents, ImportOptions
from tillferry.office.inbox import Arrival, Inbox
from tillferry.office.receiving import Receipt, receive
from tillferry.wiring.import_run import run_import

if TYPE_CHECKING:
    from tillferry.carriers.watch import MediaEvent
    from tillferry.office.audit import AuditReport
    from tillferry.office.completeness import OfficeStatus
    from tillferry.office.till_backups import SourceProblem


def now() -> datetime:
    """The time of this place, with its offset."""
    return datetime.now().astimezone()


@dataclass(frozen=True)
class Office:
    """An opened head office."""

    home: OfficeHome
    keys: OfficeKeys
    journal: Journal


@dataclass(frozen=True, slots=True)
class ReceiveEvents:
    """Called while a carrier is copied, when it may be removed, and when it cannot be read.

    ``opening`` shows the till backups of a backup folder.
    """

    copying: Callable[[Path], Progress] = field(default=lambda path: no_progress)
    opening: Callable[[Path], Progress] = field(default=lambda path: no_progress)
    received: Callable[[Receipt], None] = field(default=lambda receipt: None)
    failed: Callable[[Path, TillferryError], None] = field(default=lambda path, error: None)
    letters: Callable[[Path, tuple[str, ...]], None] = field(default=lambda path, numbers: None)
    letters_failed: Callable[[Path, TillferryError], None] = field(default=lambda path, error: None)


def init_office(path: Path, customer_number: str, name: str, database: str) -> OfficeHome:
    """A new head office: its folder, its keys, its journal."""
    home = create_home(path, OfficeSettings(customer_number, name.strip(), database))
    OfficeKeys.create().save(home.keys)
    open_journal(home.database, create=True).close()
    return home


@contextmanager
def opened_office(path: Path, *, read_only: bool = False) -> Iterator[Office]:
    """The head office at ``path``."""
    home = open_home(path)
    keys = OfficeKeys.load(home.keys)
    journal = open_journal(home.database, read_only=read_only, timezone=home.settings.timezone)
    try:
        yield Office(home, keys, journal)
    finally:
        journal.close()


def enrol(
    office: Office, customer_number: str, name: str, out: Path, *, again: bool = False
) -> Till:
    """Enrol a till; see ``office.tills.enrol``."""
    from tillferry.office import tills

    return tills.enrol(
        office.home,
        office.keys,
        office.journal,
        customer_number=customer_number,
        name=name,
        out=out,
        clock=now,
        again=again,
    )


def import_paths(
    office: Office,
    paths: Sequence[Path],
    options: ImportOptions,
    receiving: ReceiveEvents,
    events: ImportEvents,
    *,
    backups: bool = False,
) -> None:
    """Copy everything at ``paths``, import it, and put letters onto the carriers among them.

    With ``backups`` till backups at ``paths`` are sources, too. A path that cannot be read is told
    to ``receiving.failed`` and does not hold up the others.
    """
    log = EventLog(office.home.path)
    with log.errors("not_imported"), office.home.exclusive():
        receipts = [
            receipt
            for path in paths
            if (receipt := receive_path(office, path, receiving, backups=backups)) is not None
        ]
        run_import(office.home, office.keys, office.journal, options, events, log)
        for root in dict.fromkeys(receipt.carrier_root for receipt in receipts):
            if root is not None:
                post(office, root, receiving)


def backup_folder(office: Office) -> Path:
    """The folder that is set as backup location. ``backup_folder_not_set``."""
    return configured_backup_folder(office.home)


def receive_path(
    office: Office, path: Path, events: ReceiveEvents, *, backups: bool = False
) -> Receipt | None:
    """Copy one path into the archive; ``None`` where that failed.

    With ``backups`` the closings of till backups, too; one that cannot be opened is told to
    ``events.failed`` and holds up nothing.
    """
    home = office.home
    try:
        archive, inbox = Archive(home.archive), Inbox(home.inbox)
        arrivals: tuple[Arrival, ...] = ()
        problems: tuple[SourceProblem, ...] = ()
        if backups:
            from tillferry.office.till_backups import receive_backups

            identity = office.keys.identity
            progress = events.opening(path)
            opened = receive_backups(
                path, identity, archive, home.scratch, clock=now, progress=progress
            )
            arrivals, problems = opened.arrivals, opened.problems
        for problem in problems:
            tell_unopened(EventLog(home.path), problem)
            events.failed(Path(problem.source), problem.error)
        receipt = (
            Receipt(path, (), None, None)
            if path.is_file() and problems
            else receive(
                path,
                archive,
                inbox,
                clock=now,
                beside=arrivals,
                progress=events.copying(path),
            )
        )
    except TillferryError as error:
        EventLog(home.path).error("not_copied", error, label=path.name or path)
        events.failed(path, error)
        return None
    tell_copied(EventLog(home.path), receipt.path.name or str(receipt.path), len(receipt.arrivals))
    events.received(receipt)
    return receipt


def watch_media(
    office: Office,
    media: Sequence[Path],
    options: ImportOptions,
    receiving: ReceiveEvents,
    events: ImportEvents,
    *,
    stop: threading.Event,
    appeared: Callable[[MediaEvent], None],
    poll_seconds: float = 1.0,
) -> None:
    """Take in every stick that appears until ``stop`` is set, beginning with the inbox."""
    from tillferry.carriers.watch import watch

    log = EventLog(office.home.path)

    def take_in() -> None:
        run_import(office.home, office.keys, office.journal, options, events, log)

    with log.errors("not_imported"), office.home.exclusive():
        log.info("started", command="watch", version=version("tillferry"))
        take_in()
        for event in watch(media, stop=stop, poll_seconds=poll_seconds):
            appeared(event)
            if event.kind != "appeared":
                continue
            receipt = receive_path(office, event.medium.mount, receiving)
            if receipt is None:
                continue
            take_in()
            if receipt.carrier_root is not None:
                post(office, event.medium.mount, receiving)
        log.info("ended", command="watch")


def tell_unopened(log: EventLog, problem: SourceProblem) -> None:
    """Tell the event log which till backup could not be opened."""
    log.error("not_copied", problem.error, label=problem.source)


def tell_copied(log: EventLog, label: str, files: int) -> None:
    """Tell the event log what was copied from a stick or a folder."""
    if files:
        log.info("copied", label=label, files=files)
    else:
        log.info("copied_nothing", label=label)


def post(office: Office, path: Path, events: ReceiveEvents) -> None:
    """Put letters onto the carrier at ``path``, which may have gone since it was copied."""
    log = EventLog(office.home.path)
    try:
        carrier = open_carrier(path)
        posted = post_letters(
            office.journal,
            office.keys,
            office.home.settings.customer_number,
            carrier,
            office.home.scratch,
            letter_base=office.home.settings.letter_base,
        )
    except TillferryError as error:
        log.error("letters_failed", error, label=path.name or path)
        events.letters_failed(path, error)
        return
    if posted:
        at = now().isoformat(timespec="seconds")
        through = [(letter.till_id, letter.through) for letter in posted]
        note_letters(office_records(office.journal), through, at)
        numbers = tuple(letter.customer_number for letter in posted)
        log.info("letters", label=path.name or path, tills=", ".join(numbers))
        events.letters(path, numbers)


def status(office: Office) -> OfficeStatus:
    """The standing of every till today."""
    from tillferry.office.completeness import office_status
    from tillferry.office.decisions import explained_by_till

    explained = explained_by_till(office_records(office.journal).explained())
    return office_status(office.journal, now().date(), explained)


def export(
    office: Office, target: Path, till: str, from_z: int | None, to_z: int | None
) -> tuple[int, ...]:
    """Write closings of a till as a DSFinV-K export."""
    from tillferry.office.exporting import export_closings
    from tillferry.office.period import find_till

    return export_closings(office.journal, find_till(office.journal, till), target, from_z, to_z)


def check(office: Office, progress: Progress = no_progress) -> AuditReport:
    """Derive every digest again and compare."""
    from tillferry.office.audit import audit

    return audit(
        office.journal,
        Archive(office.home.archive),
        office.keys,
        office.home.settings.customer_number,
        scratch=office.home.scratch,
        timezone=office.home.settings.timezone,
        progress=progress,
    )
