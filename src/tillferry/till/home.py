"""The till's folder: settings, key, the outbox of closings."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from tillferry.carriers.durable import write_durably
from tillferry.errors import TillferryError

SETTINGS_FILE: Final = "till.json"
LOCK_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class TillSettings:
    """What ``till init`` took over from the enrolment file, and who this till is.

    ``installation`` is new after every restore or clone. ``serial`` is empty for a foreign till
    whose first export has not come yet.
    """

    customer_number: str
    name: str
    office_number: str
    office_name: str
    office_age: str
    office_key: str
    enrolment_secret: str
    installation: str
    serial: str = ""
    timezone: str = "Europe/Berlin"


@dataclass(frozen=True, slots=True)
class TillHome:
    """Where a till keeps its things."""

    path: Path
    settings: TillSettings

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def outbox(self) -> Path:
        return self.path / "outbox"

    @property
    def aside(self) -> Path:
        """Exports that could not be read, kept for the technician."""
        return self.path / "aside"

    @property
    def scratch(self) -> Path:
        return self.path / "scratch"

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """One sender at a time. ``till_busy`` where another process does not finish."""
        try:
            with FileLock(self.path / "send.lock").acquire(timeout=LOCK_SECONDS):
                yield
        except Timeout:
            raise TillferryError("till_busy", home=self.path) from None


def create_home(path: Path, settings: TillSettings) -> TillHome:
    """Lay out a new home. ``till_home_not_empty`` where a till already lives there."""
    home = TillHome(path, settings)
    if (path / SETTINGS_FILE).exists():
        raise TillferryError("till_home_not_empty", home=path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        for folder in (home.keys, home.outbox, home.aside, home.scratch):
            folder.mkdir(mode=0o700, exist_ok=True)
        save_settings(home)
    except OSError as error:
        raise TillferryError("till_home_not_writable", home=path, reason=error.strerror) from error
    return home


def save_settings(home: TillHome) -> None:
    """Write the settings durably."""
    text = json.dumps(asdict(home.settings), indent=2, ensure_ascii=False) + "\n"
    write_durably(home.path / SETTINGS_FILE, text.encode())
    (home.path / SETTINGS_FILE).chmod(0o600)


def open_home(path: Path) -> TillHome:
    """The home at ``path``. ``till_home_not_found`` or ``till_settings_damaged``."""
    file = path / SETTINGS_FILE
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise TillferryError("till_home_not_found", home=path) from None
    except OSError as error:
        raise TillferryError("till_home_not_readable", home=path, reason=error.strerror) from error
    try:
        return TillHome(path, TillSettings(**json.loads(text)))
    except (ValueError, TypeError) as error:
        raise TillferryError("till_settings_damaged", file=file) from error


def new_installation() -> str:
    """The id of a new installation."""
    return uuid.uuid4().hex
