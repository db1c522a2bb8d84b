"""Head office's folder: settings, keys, the archive of originals, the inbox, the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from tillferry.errors import TillferryError

SETTINGS_FILE: Final = "office.json"
CUSTOMER_NUMBER_CHARACTERS: Final = frozenset(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
CUSTOMER_NUMBER_LENGTH: Final = 20
LETTERS_A_RESTORE: Final = 20_000_000
"""By how much a restore raises ``letter_base``."""
NAME_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class OfficeSettings:
    """What ``office init`` fixed. ``database`` is empty for the SQLite file in the home.

    ``letter_base`` is added to the numbers of letters: after a restore they must go on above all
    that tills have seen, or they would believe none of them.
    """

    customer_number: str
    name: str
    database: str = ""
    timezone: str = "Europe/Berlin"
    letter_base: int = 0


@dataclass(frozen=True, slots=True)
class OfficeHome:
    """Where head office keeps its things."""

    path: Path
    settings: OfficeSettings

    @property
    def database(self) -> str:
        """The journal's URL or path."""
        return self.settings.database or str(self.path / "journal.sqlite")

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def archive(self) -> Path:
        return self.path / "archive"

    @property
    def inbox(self) -> Path:
        return self.path / "inbox"

    @property
    def scratch(self) -> Path:
        return self.path / "scratch"

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """One import at a time. ``office_busy`` where another process is importing."""
        lock = FileLock(self.path / "import.lock")
        try:
            with lock.acquire(timeout=0):
                yield
        except Timeout:
            raise TillferryError("office_busy", home=self.path) from None


def check_customer_number(number: str) -> str:
    """The number, if it is one: 1 to 20 letters and digits. Else ``customer_number_invalid``."""
    if not 1 <= len(number) <= CUSTOMER_NUMBER_LENGTH or set(number) - CUSTOMER_NUMBER_CHARACTERS:
        raise TillferryError("customer_number_invalid", number=number)
    return number


def check_name(name: str) -> str:
    """The name without blanks around it: 1 to 200 characters. Else ``name_invalid``."""
    stripped = name.strip()
    if not 1 <= len(stripped) <= NAME_LENGTH or any(ord(character) < 32 for character in stripped):
        raise TillferryError("name_invalid", name=stripped[:NAME_LENGTH])
    return stripped


def create_home(path: Path, settings: OfficeSettings) -> OfficeHome:
    """Lay out a new home. ``home_not_empty`` where something already lies there."""
    check_customer_number(settings.customer_number)
    check_name(settings.name)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise TillferryError("home_not_empty", home=path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        home = OfficeHome(path, settings)
        for folder in (home.keys, home.archive, home.inbox, home.scratch):
            folder.mkdir(mode=0o700)
        (path / SETTINGS_FILE).write_text(
            json.dumps(asdict(settings), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    except OSError as error:
        raise TillferryError("home_not_writable", home=path, reason=error.strerror) from error
    return home


def open_home(path: Path) -> OfficeHome:
    """The home at ``path``. ``home_not_found`` or ``settings_damaged`` where there is none."""
    try:
        text = (path / SETTINGS_FILE).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise TillferryError("office_home_not_found", home=path) from None
    except OSError as error:
        raise TillferryError("home_not_readable", home=path, reason=error.strerror) from error
    try:
        return OfficeHome(path, OfficeSettings(**json.loads(text)))
    except (ValueError, TypeError) as error:
        raise TillferryError("settings_damaged", file=path / SETTINGS_FILE) from error
