"""The event log: what the program did, one JSON line an event, in head office's folder.

It is for technicians and rotates; what people decided stands in the audit log in the database.
Several processes may write at once. Writing never stops the work: where the disk refuses it, the
event is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from tillferry.closing.office_seams import OfficeChange, OfficeRecords
from tillferry.errors import TillferryError

FOLDER: Final = "log"
FILE: Final = "office.log"
MAX_BYTES: Final = 4 << 20
KEPT: Final = 5
"""Full files that are kept beside the one that is written, numbered from the newest."""
LEVELS: Final = ("info", "warning", "error")
_VALUE_LENGTH: Final = 500
_LOCK_SECONDS: Final = 2.0
_SECRET: Final = ("password", "secret", "token", "ticket", "identity")


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log. ``params`` fill the text ``event_<name>``; ``at`` is RFC 3339."""

    at: str
    level: str
    name: str
    params: Mapping[str, str]


class EventLog:
    """Writes to the log of the head office in the folder ``home``."""

    def __init__(self, home: Path) -> None:
        self._file = _File(home / FOLDER)

    def info(self, name: str, **params: object) -> None:
        """Something was done."""
        self._write("info", name, params)

    def warning(self, name: str, **params: object) -> None:
        """Somebody should look at it."""
        self._write("warning", name, params)

    def error(self, name: str, error: TillferryError, **params: object) -> None:
        """Something could not be done; ``error`` says what, with its code."""
        self._write("error", name, {"code": error.code, **error.params, **params})

    @contextmanager
    def errors(self, name: str, **params: object) -> Iterator[None]:
        """Log a ``TillferryError`` that passes, and let it pass."""
        try:
            yield
        except TillferryError as error:
            self.error(name, error, **params)
            raise

    def _write(self, level: str, name: str, params: Mapping[str, object]) -> None:
        at = datetime.now().astimezone().isoformat(timespec="milliseconds")
        said = {"at": at, **_without_secrets(params), "event": name, "level": level}
        self._file.write(json.dumps(said, ensure_ascii=False))


def logged(records: OfficeRecords, log: EventLog) -> OfficeRecords:
    """The same records; what people decide is told to the event log, too."""
    return _Logged(records, log)


class _Logged:
    """Hands everything on."""

    def __init__(self, records: OfficeRecords, log: EventLog) -> None:
        self._records = records
        self._log = log

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)

    def write(self, change: OfficeChange) -> None:
        """Write, and tell once it is written."""
        self._records.write(change)
        for entry in change.log:
            self._log.info(
                "decision", action=entry.action, person=entry.person, subject=entry.subject
            )


# --- writing ------------------------------------------------------------------------------------


class _File:
    """Appends lines, and rotates under a lock that all processes share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, line: str) -> None:
        """Add a line."""
        with suppress(OSError, Timeout):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with FileLock(self._folder / "log.lock", timeout=_LOCK_SECONDS):
                path = self._folder / FILE
                if path.exists() and path.stat().st_size >= MAX_BYTES:
                    _rotate(path)
                with path.open("a", encoding="utf-8", errors="replace") as file:
                    file.write(line + "\n")


def _rotate(path: Path) -> None:
    for number in range(KEPT, 0, -1):
        older = _numbered(path, number - 1) if number > 1 else path
        if older.exists():
            older.replace(_numbered(path, number))


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def _without_secrets(params: Mapping[str, object]) -> dict[str, str]:
    """Values as texts of bounded length; a name that sounds like a secret has none."""
    return {
        name: "***" if any(word in name for word in _SECRET) else str(value)[:_VALUE_LENGTH]
        for name, value in params.items()
    }


# --- reading ------------------------------------------------------------------------------------


def last_events(home: Path, count: int, least: str = "info") -> tuple[Event, ...]:
    """The newest events of a level or above, newest first. Lines that are none are passed over."""
    wanted = LEVELS[LEVELS.index(least) :]
    found: list[Event] = []
    newest = home / FOLDER / FILE
    for path in (newest, *(_numbered(newest, number) for number in range(1, KEPT + 1))):
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        for line in reversed(lines):
            event = _event(line)
            if event is not None and event.level in wanted:
                found.append(event)
                if len(found) == count:
                    return tuple(found)
    return tuple(found)


def _event(line: str) -> Event | None:
    try:
        said = {str(name): str(value) for name, value in json.loads(line).items()}
        event = Event(said.pop("at"), said.pop("level"), said.pop("event"), said)
        datetime.fromisoformat(event.at)
    except (ValueError, AttributeError, KeyError):
        return None
    return event
