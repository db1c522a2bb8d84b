"""Head office at work: sticks are copied as they come, one import works behind.

A thread watches for media, a few threads copy, one imports and writes letters. Whoever shows it
reads ``Ferry.state``.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from tillferry.carriers.watch import watch
from tillferry.errors import TillferryError
from tillferry.formats.keys import OfficeKeys
from tillferry.journal import open_journal
from tillferry.office.archive import Archive
from tillferry.office.event_log import EventLog
from tillferry.office.home import OfficeHome, open_home
from tillferry.office.importing import ImportEvents, ImportOptions, Outcome
from tillferry.office.inbox import Inbox
from tillferry.office.receiving import Receipt, receive
from tillferry.office.till_backups import BackupReceipt, SourceProblem, receive_backups
from tillferry.wiring.import_run import run_import
from tillferry.wiring.office import Office, ReceiveEvents, now, post, tell_copied, tell_unopened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tillferry.carriers.media import Medium
    from tillferry.closing.seams import Progress

_log = logging.getLogger(__name__)

_COPIES: Final = 4
_SHOWN: Final = 12
_RETRY_SECONDS: Final = 3.0
_POLL_SECONDS: Final = 1.0
_REPORT_SECONDS: Final = 60.0
_REPORT_RETRY_SECONDS: Final = 900.0


class StickState(StrEnum):
    """Where a stick or folder stands."""

    COPYING = "copying"
    MAY_GO = "may_go"
    NOTHING = "nothing"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Stick:
    """A stick or a folder that is taken in. ``done`` and ``total`` are bytes copied.

    ``problems`` are till backups in a folder that could not be opened.
    """

    number: int
    label: str
    path: Path
    folder: bool
    state: StickState = StickState.COPYING
    done: int = 0
    total: int = 0
    files: int = 0
    plugged: bool = True
    letters: tuple[str, ...] = ()
    error: TillferryError | None = None
    problems: tuple[SourceProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class FerryState:
    """What is going on. ``counts`` are the outcomes since the start, by state; ``importing`` is
    deliveries done and in all, ``None`` while nothing is imported. ``version`` grows with every
    change of the list.
    """

    sticks: tuple[Stick, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    importing: tuple[int, int] | None = None
    trouble: TillferryError | None = None
    stopped: bool = False
    without_stock: bool = False
    version: int = 0


class _Stopped(Exception):
    """A person wants it to stop."""


@dataclass(frozen=True, slots=True)
class _OwnArrivals(Archive):
    """The archive; files on their way in lie apart, for an import sweeps those of the archive."""

    def prepare(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)

    def arriving(self) -> Path:
        return self._folder / super(_OwnArrivals, self).arriving().name

    def sweep(self) -> None:
        if self._folder.is_dir():
            for file in self._folder.iterdir():
                file.unlink(missing_ok=True)

    @property
    def _folder(self) -> Path:
        return self.root / "arriving-run"


@dataclass
class _Mailing:
    """Whether everything that was due was sent."""

    good: bool = False


class Ferry:
    """Takes in sticks and folders until ``stop``. ``media`` as in ``carriers.media``."""

    def __init__(self, home: Path, media: Sequence[Path]) -> None:
        self._home: OfficeHome = open_home(home)
        self._keys = OfficeKeys.load(self._home.keys)
        self._media = tuple(media)
        self._lock = threading.Lock()
        self._state = FerryState()
        self._numbers = 0
        self._ended = threading.Event()
        self._work = threading.Event()
        self._stop_run = threading.Event()
        self._run_lock = FileLock(home / "run.lock")
        self._copies = ThreadPoolExecutor(_COPIES, thread_name_prefix="stick")
        self._threads: list[threading.Thread] = []
        self._archive = _OwnArrivals(self._home.archive)
        self._awaiting_letters: set[int] = set()
        self.log = EventLog(home)
        """Where everything that happens here is told."""

    @property
    def state(self) -> FerryState:
        """How things stand now."""
        return self._state

    # --- from outside ---

    def start(self) -> None:
        """Begin with what lies in the inbox. ``office_runs_already`` where it is at work."""
        try:
            self._run_lock.acquire(timeout=0)
        except Timeout:
            raise TillferryError("office_runs_already", home=self._home.path) from None
        self._archive.sweep()
        self.log.info("started", command="run", version=version("tillferry"))
        self._work.set()
        works = ((self._watch, "sticks"), (self._import, "import"), (self._mail, "reports"))
        for target, name in works:
            thread = threading.Thread(target=target, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End after the group of closings that is being booked."""
        self._ended.set()
        self._stop_run.set()
        self._work.set()
        for thread in self._threads:
            thread.join(30)
        self._threads = []
        self._copies.shutdown(wait=True, cancel_futures=True)
        self.log.info("ended", command="run")
        self._run_lock.release()

    def take_folder(self, path: Path) -> None:
        """Take in a folder or file, also the till backups there. ``path_not_found``."""
        if not path.exists():
            raise TillferryError("path_not_found", path=path)
        self._go_on()
        self._take(path, path.name or str(path), folder=True)

    def stop_run(self) -> None:
        """Stop copying folders and importing; what was copied waits in the inbox."""
        self._stop_run.set()
        self._change(stopped=True)

    def go_on(self) -> None:
        """Work through the inbox, also what waits for a till that is known by now."""
        self._go_on()
        self._work.set()

    def leave_stock_out(self, without: bool) -> None:
        """Leave stock movements out from now on, or not."""
        self._change(without_stock=without)

    def _go_on(self) -> None:
        self._stop_run.clear()
        self._change(stopped=False)

    # --- sticks ---

    def _watch(self) -> None:
        while not self._ended.is_set():
            try:
                for event in watch(self._media, stop=self._ended, poll_seconds=_POLL_SECONDS):
                    if event.kind == "appeared":
                        self._take(event.medium.mount, event.medium.label)
                    else:
                        self._gone(event.medium)
            except Exception as error:
                self._unexpected("watching", error)
                self._ended.wait(_RETRY_SECONDS)

    def _take(self, path: Path, label: str, *, folder: bool = False) -> None:
        with self._lock:
            self._numbers += 1
            stick = Stick(self._numbers, label, path, folder)
            # The same place again is another stick, or the same one anew.
            others = [each for each in self._state.sticks if each.path != path]
            kept = (stick, *others)[:_SHOWN]
            self._state = replace(self._state, sticks=kept, version=self._state.version + 1)
        self._copies.submit(self._copy, stick)

    def _gone(self, medium: Medium) -> None:
        for stick in self._state.sticks:
            if stick.path == medium.mount and stick.plugged:
                self._update(stick.number, plugged=False)

    def _copy(self, stick: Stick) -> None:
        def progress(done: int, total: int) -> None:
            if self._ended.is_set() or (stick.folder and self._stop_run.is_set()):
                raise _Stopped
            self._update(stick.number, quiet=True, done=done, total=total)

        try:
            inbox = Inbox(self._home.inbox)
            opened = self._backups(stick, progress) if stick.folder else BackupReceipt()
            if stick.path.is_file() and opened.problems:
                receipt = Receipt(stick.path, (), None, None)
            else:
                receipt = receive(
                    stick.path,
                    self._archive,
                    inbox,
                    clock=now,
                    carrier=stick.label,
                    beside=opened.arrivals,
                    progress=progress,
                )
        except _Stopped:
            self.log.info("copying_stopped", label=stick.label)
            self._update(stick.number, state=StickState.STOPPED)
        except TillferryError as error:
            self.log.error("not_copied", error, label=stick.label)
            self._update(stick.number, state=StickState.FAILED, error=error)
        except Exception as error:
            self._unexpected("copying", error)
            unexpected = TillferryError("office_unexpected")
            self._update(stick.number, state=StickState.FAILED, error=unexpected)
        else:
            files = len(receipt.arrivals)
            state = StickState.MAY_GO if files else StickState.NOTHING
            tell_copied(self.log, stick.label, files)
            self._update(stick.number, state=state, files=files, problems=opened.problems)
            if receipt.carrier_root is not None:
                with self._lock:
                    self._awaiting_letters.add(stick.number)
            self._work.set()

    def _backups(self, folder: Stick, progress: Progress) -> BackupReceipt:
        """The closings of the till backups in a folder."""
        opened = receive_backups(
            folder.path,
            self._keys.identity,
            self._archive,
            self._home.scratch,
            clock=now,
            progress=progress,
        )
        for problem in opened.problems:
            tell_unopened(self.log, problem)
        return opened

    # --- importing ---

    def _import(self) -> None:
        while not self._ended.is_set():
            self._work.wait()
            self._work.clear()
            if self._ended.is_set():
                return
            if self._stop_run.is_set():
                continue
            try:
                self._pass()
            except TillferryError as error:
                known = self._state.trouble
                if known is None or known.code != error.code:
                    self.log.error("not_imported", error)
                self._change(importing=None, trouble=error)
                self._retry()
            except Exception as error:
                self._unexpected("importing", error)
                self._change(importing=None, trouble=TillferryError("office_unexpected"))
                self._retry()
            else:
                self._change(importing=None, trouble=None)

    def _retry(self) -> None:
        self._ended.wait(_RETRY_SECONDS)
        self._work.set()

    def _pass(self) -> None:
        with self._opened() as office, self._home.exclusive():
            # Taken before: what is copied while this runs is not decided by it.
            with self._lock:
                wanted = frozenset(self._awaiting_letters)
            options = ImportOptions(without_stock=self._state.without_stock)
            events = ImportEvents(self._outcome, self._progress, self._shall_stop)
            whole = run_import(office.home, office.keys, office.journal, options, events, self.log)
            if not whole:
                return
            for stick in self._state.sticks:
                if stick.number in wanted and stick.plugged:
                    self._letters(office, stick)
            with self._lock:
                self._awaiting_letters -= wanted

    def _letters(self, office: Office, stick: Stick) -> None:
        def written(_path: Path, numbers: tuple[str, ...]) -> None:
            self._update(stick.number, letters=numbers)

        post(office, stick.path, ReceiveEvents(letters=written))

    def _mail(self) -> None:
        """Send reports and tell of silent tills when they are due; what failed is tried again."""
        from tillferry.wiring.figures import mail_due  # slow to import
        from tillferry.wiring.office_admin import silence_due

        told: date | None = None

        pause = 0.0
        while not self._ended.wait(pause):
            with self._mailing() as reports, self.log.errors("reports_not_sent"):
                reports.good = mail_due(self._home, self.log)
            with self._mailing() as silent, self.log.errors("silence_not_told"):
                told = silence_due(self._home, self.log, told)
                silent.good = True
            pause = _REPORT_SECONDS if reports.good and silent.good else _REPORT_RETRY_SECONDS

    @contextmanager
    def _mailing(self) -> Iterator[_Mailing]:
        """What goes wrong with a mail ends nothing else."""
        mailing = _Mailing()
        try:
            yield mailing
        except TillferryError:
            pass
        except Exception as error:
            self._unexpected("mail", error)

    def _outcome(self, outcome: Outcome) -> None:
        with self._lock:
            counts = Counter(self._state.counts)
            counts[outcome.state.value] += 1
            version = self._state.version + 1
            self._state = replace(self._state, counts=counts, version=version)

    def _progress(self, done: int, total: int) -> None:
        self._change(importing=(done, total))

    def _shall_stop(self) -> bool:
        return self._ended.is_set() or self._stop_run.is_set()

    def _unexpected(self, what: str, error: Exception) -> None:
        """A defect of the program: to the console with its trace, and to the event log."""
        _log.exception("%s failed", what)
        unexpected = TillferryError("office_unexpected")
        kind = type(error).__name__
        self.log.error("unexpected", unexpected, what=what, kind=kind, reason=error)

    @contextmanager
    def _opened(self) -> Iterator[Office]:
        journal = open_journal(self._home.database, timezone=self._home.settings.timezone)
        try:
            yield Office(self._home, self._keys, journal)
        finally:
            journal.close()

    # --- state ---

    def _change(self, **values: object) -> None:
        with self._lock:
            version = self._state.version + 1
            self._state = replace(self._state, version=version, **values)  # type: ignore[arg-type]

    def _update(self, number: int, *, quiet: bool = False, **values: object) -> None:
        with self._lock:
            sticks = tuple(
                replace(each, **values) if each.number == number else each  # type: ignore[arg-type]
                for each in self._state.sticks
            )
            version = self._state.version + (not quiet)
            self._state = replace(self._state, sticks=sticks, version=version)
