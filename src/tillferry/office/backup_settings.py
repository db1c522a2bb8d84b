"""Where head office's backups lie, and after how many hours without one it warns."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tillferry.carriers.durable import write_durably
from tillferry.errors import TillferryError
from tillferry.office.home import OfficeHome

SETTINGS_FILE: Final = "backup-settings.json"
WARN_HOURS: Final = 48
_MOST_HOURS: Final = 24 * 366


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """``folder`` is where backups go and where "import from backup folder" begins; empty for none.

    ``warn_hours``: a backup older than that is a warning.
    """

    folder: str = ""
    warn_hours: int = WARN_HOURS


def load_backup_settings(home: OfficeHome) -> BackupSettings:
    """The settings; the usual ones before there are any. ``settings_damaged``."""
    path = home.path / SETTINGS_FILE
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return BackupSettings(str(value["folder"]), int(value["warn_hours"]))
    except FileNotFoundError:
        return BackupSettings()
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TillferryError("settings_damaged", file=path) from error


def save_backup_settings(home: OfficeHome, settings: BackupSettings) -> None:
    """Keep the settings. Raises ``path_not_found`` and ``backup_hours_invalid``."""
    if settings.folder and not Path(settings.folder).is_dir():
        raise TillferryError("path_not_found", path=settings.folder)
    if not 1 <= settings.warn_hours <= _MOST_HOURS:
        raise TillferryError("backup_hours_invalid", most=_MOST_HOURS)
    text = json.dumps(asdict(settings), indent=2, ensure_ascii=False) + "\n"
    write_durably(home.path / SETTINGS_FILE, text.encode())


def backup_folder(home: OfficeHome) -> Path:
    """The folder that is set as backup location. ``backup_folder_not_set``."""
    folder = load_backup_settings(home).folder
    if not folder:
        raise TillferryError("backup_folder_not_set")
    return Path(folder)
