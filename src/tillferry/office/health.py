"""How head office is: versions, room, backup. Read-only and quick."""

from __future__ import annotations

import platform
import shutil
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Final

from tillferry.closing.office_seams import OfficeRecords
from tillferry.closing.seams import Journal
from tillferry.journal.copying import database_kind, schema_version
from tillferry.office.backup import last_backup
from tillferry.office.backup_settings import load_backup_settings
from tillferry.office.home import OfficeHome
from tillferry.office.inbox import Inbox

LITTLE_ROOM_BYTES: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Health:
    """``warnings`` are codes with a text. ``backup_hours`` is ``None`` before the first backup;

    a backup older than ``warn_hours`` is a warning.
    """

    program: str
    python: str
    system: str
    database: str
    schema: str
    database_bytes: int
    free_bytes: int
    inbox_lists: int
    last_backup_at: str
    backup_hours: float | None
    warn_hours: int
    warnings: tuple[str, ...]


def health(home: OfficeHome, journal: Journal, records: OfficeRecords, now: datetime) -> Health:
    """The state of things at ``now``."""
    free = shutil.disk_usage(home.path).free
    backup = last_backup(home)
    warn_hours = load_backup_settings(home).warn_hours
    hours = None
    if backup is not None:
        hours = (now - datetime.fromisoformat(backup.at)).total_seconds() / 3600
    warnings = [
        code
        for code, applies in (
            ("health_little_room", free < LITTLE_ROOM_BYTES),
            ("health_no_backup", hours is None),
            ("health_old_backup", hours is not None and hours > warn_hours),
        )
        if applies
    ]
    return Health(
        version("tillferry"),
        platform.python_version(),
        platform.platform(terse=True),
        database_kind(journal),
        schema_version(journal),
        records.size_bytes(),
        free,
        len(Inbox(home.inbox).pending()),
        backup.at if backup else "",
        None if hours is None else round(hours, 1),
        warn_hours,
        tuple(warnings),
    )
