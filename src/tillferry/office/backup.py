"""The whole of head office as one encrypted file, and head office made of such files.

The file is sealed to the recovery key, whose secret half people keep elsewhere. An incremental
backup leaves out originals that an earlier one has; restoring needs both then.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tillferry.carriers.durable import sync_folder, write_durably
from tillferry.closing.seams import Journal, Progress, no_progress
from tillferry.errors import TillferryError
from tillferry.formats.recovery import (
    RECOVERY_FILE,
    ensure_recovery_key,
    read_identity,
    recovery_key_text,
    recovery_recipient,
)
from tillferry.formats.sealed_folder import (
    SealedManifest,
    check_sealed,
    is_member_name,
    seal_folder,
    unseal_folder,
)
from tillferry.journal.copying import (
    SQLITE_FILE,
    copy_journal,
    database_kind,
    load_postgresql,
    place_sqlite,
    schema_version,
)
from tillferry.office.archive import Archive
from tillferry.office.home import (
    LETTERS_A_RESTORE,
    SETTINGS_FILE,
    OfficeHome,
    OfficeSettings,
    open_home,
)

LAST_BACKUP: Final = "last-backup.json"
SUFFIX: Final = ".tfo"
_KIND: Final = "tillferry office"
_ARCHIVE: Final = "archive/"
_INBOX: Final = "inbox/"
_JOURNAL: Final = "journal/"

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class LastBackup:
    """The newest backup that was written and checked. ``at`` is RFC 3339 with offset.

    ``base`` is the SHA-256 of the backup that this one builds on, empty for a whole one.
    """

    path: str
    at: str
    size_bytes: int
    sha256: str
    base: str
    archive: tuple[str, ...]


def write_recovery_key(home: OfficeHome, out: Path) -> str:
    """Write the recovery key to a file, to be kept elsewhere; gives its public half.

    It is made where there is none. Raises ``target_exists`` and ``target_not_writable``.
    """
    if out.exists():
        raise TillferryError("target_exists", path=out)
    ensure_recovery_key(home.keys)
    try:
        write_durably(out, recovery_key_text(home.keys).encode())
        out.chmod(0o600)
    except OSError as error:
        raise _not_writable(out, error) from error
    return recovery_recipient(home.keys)


def last_backup(home: OfficeHome) -> LastBackup | None:
    """The newest backup, ``None`` before the first."""
    try:
        value = json.loads((home.path / LAST_BACKUP).read_text(encoding="utf-8"))
        return LastBackup(**{**value, "archive": tuple(value["archive"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def back_up(
    home: OfficeHome,
    journal: Journal,
    target: Path,
    clock: Clock,
    *,
    incremental: bool = False,
    progress: Progress = no_progress,
) -> LastBackup:
    """Write a backup to ``target``, a file or a folder, read it back and check it.

    Imports may go on meanwhile. ``incremental`` leaves out the originals that the last backup and
    those before it have. Raises ``target_exists``, ``target_not_writable``,
    ``recovery_key_missing`` before ``write_recovery_key`` was called, ``backup_not_found`` where
    an incremental one has nothing to build on, and ``backup_damaged`` where reading back fails.
    """
    if not (home.keys / RECOVERY_FILE).exists():
        raise TillferryError("recovery_key_missing")
    base = last_backup(home) if incremental else None
    if incremental and base is None:
        raise TillferryError("backup_not_found")
    at = clock()
    if target.is_dir():
        kind = "inc" if base else "full"
        target = (
            target / f"office-{home.settings.customer_number}-{at:%Y%m%d-%H%M%S}-{kind}{SUFFIX}"
        )
    try:
        with TemporaryDirectory(dir=home.scratch, ignore_cleanup_errors=True) as name:
            return _write(home, journal, target, at, base, Path(name), progress)
    except OSError as error:
        raise _not_writable(target, error) from error


def _write(
    home: OfficeHome,
    journal: Journal,
    target: Path,
    at: datetime,
    base: LastBackup | None,
    scratch: Path,
    progress: Progress,
) -> LastBackup:
    # The order matters while an import runs: what leaves the inbox is in the journal by then, and
    # what the journal names lies in the archive by then.
    inbox = scratch / "inbox"
    inbox.mkdir()
    for listed in sorted(home.inbox.glob("*.json")):
        shutil.copyfile(listed, inbox / listed.name)
    copied = scratch / "journal"
    copied.mkdir()
    files = copy_journal(journal, copied)
    archive = Archive(home.archive)
    hashes = tuple(archive.hashes())
    known = frozenset(base.archive) if base else frozenset()
    members = [
        *_plain_files(home),
        *((f"{_INBOX}{file.name}", file) for file in sorted(inbox.iterdir())),
        *((f"{_JOURNAL}{file.name}", file) for file in files),
        *((_archived(sha256), archive.path(sha256)) for sha256 in hashes if sha256 not in known),
    ]
    about: dict[str, Any] = {
        "kind": _KIND,
        "customer_number": home.settings.customer_number,
        "name": home.settings.name,
        "created_at": at.isoformat(timespec="milliseconds"),
        "program": f"tillferry {version('tillferry')}",
        "database": database_kind(journal),
        "schema": schema_version(journal),
        "base": base.sha256 if base else "",
        "archive": list(hashes),
    }
    total = sum(path.stat().st_size for _, path in members)
    sealed = seal_folder(
        target,
        members,
        about,
        recovery_recipient(home.keys),
        total_bytes=total,
        progress=progress,
    )
    # Read past nothing but the page cache: what was written is what the key opens.
    if check_sealed(target, read_identity(home.keys / RECOVERY_FILE)) != sealed.manifest:
        raise TillferryError("backup_damaged", name=target.name, reason="it reads back differently")
    made = LastBackup(
        str(target.resolve()),
        str(about["created_at"]),
        sealed.size_bytes,
        sealed.sha256,
        base.sha256 if base else "",
        hashes,
    )
    write_durably(home.path / LAST_BACKUP, json.dumps(asdict(made)).encode())
    return made


def _plain_files(home: OfficeHome) -> Iterator[tuple[str, Path]]:
    """Settings and keys, whatever there is of them; unfinished files begin with a dot."""
    for file in sorted(home.path.glob("*.json")):
        if file.name != LAST_BACKUP and is_member_name(file.name):
            yield file.name, file
    for file in sorted(home.keys.iterdir()):
        if file.is_file() and is_member_name(file.name):
            yield f"keys/{file.name}", file


def _archived(sha256: str) -> str:
    return f"{_ARCHIVE}{sha256[:2]}/{sha256}"


# --- restoring ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RestoredOffice:
    """Head office as it was at ``created_at``."""

    home: OfficeHome
    created_at: str
    originals: int


def restore(files: Sequence[Path], key: Path, home: Path, database: str = "") -> RestoredOffice:
    """Make head office at ``home`` out of a backup and those that it builds on, in any order.

    The newest file decides; ``home`` is there whole at the end, or not at all. ``database`` is the
    URL of an empty PostgreSQL database, where the old one is not to be used again. Raises
    ``home_not_empty``, ``path_not_found``, ``backup_key_wrong``, ``backup_damaged``,
    ``backup_unpacks_too_large``, ``restore_no_room``, ``backup_not_of_office``,
    ``backup_base_missing`` and what ``load_postgresql`` raises.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise TillferryError("home_not_empty", home=home)
    for file in files:
        if not file.is_file():
            raise TillferryError("path_not_found", path=file)
    identity = read_identity(key)
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(
            dir=home.parent, prefix=".restoring-", ignore_cleanup_errors=True
        ) as name:
            made = Path(name) / "office"
            made.mkdir(mode=0o700)
            manifest = _unseal(files, identity, made)
            about = manifest.about
            _finish(made, about, database)
            if home.exists():
                home.rmdir()
            made.replace(home)
            sync_folder(home.parent)
    except OSError as error:
        raise TillferryError(
            "home_not_writable", home=home, reason=error.strerror or error
        ) from error
    return RestoredOffice(open_home(home), about["created_at"], len(about["archive"]))


def _unseal(files: Sequence[Path], identity: Any, made: Path) -> SealedManifest:
    """Unpack all files, the newest whole and last; gives its manifest."""
    manifests = {file: check_sealed(file, identity) for file in files}
    for file, manifest in manifests.items():
        if manifest.about.get("kind") != _KIND:
            raise TillferryError("backup_not_of_office", name=file.name)
    _check_room(made, manifests.values())
    by_age = sorted(
        manifests, key=lambda file: datetime.fromisoformat(manifests[file].about["created_at"])
    )
    newest = by_age[-1]
    for file in by_age[:-1]:
        unseal_folder(file, identity, made, (_INBOX, _JOURNAL, "keys/", SETTINGS_FILE))
    manifest = unseal_folder(newest, identity, made)
    missing = [name for name in manifest.about["archive"] if not (made / _archived(name)).is_file()]
    if missing:
        raise TillferryError(
            "backup_base_missing", name=newest.name, count=len(missing), file=missing[0]
        )
    return manifest


def _check_room(made: Path, manifests: Iterable[SealedManifest]) -> None:
    """Whether the disk can take it, before a byte is unpacked: ``restore_no_room``."""
    needed = sum(size for manifest in manifests for size, _ in manifest.members.values())
    free = shutil.disk_usage(made).free
    if needed > free:
        raise TillferryError("restore_no_room", needed=needed >> 20, free=free >> 20)


def _finish(made: Path, about: Any, database: str) -> None:
    """Settings, folders and the journal."""
    home = open_home(made)
    for folder in (home.archive, home.inbox, home.scratch):
        folder.mkdir(mode=0o700, exist_ok=True)
    copied = made / _JOURNAL
    settings = home.settings
    if about["database"] == "sqlite":
        place_sqlite(copied / SQLITE_FILE)
        (copied / SQLITE_FILE).replace(made / SQLITE_FILE)
        settings = replace(settings, database="")
    else:
        settings = replace(settings, database=database or settings.database)
        load_postgresql(settings.database, copied, about["schema"])
    shutil.rmtree(copied)
    _save_settings(made, replace(settings, letter_base=settings.letter_base + LETTERS_A_RESTORE))


def _save_settings(folder: Path, settings: OfficeSettings) -> None:
    text = json.dumps(asdict(settings), indent=2, ensure_ascii=False) + "\n"
    write_durably(folder / SETTINGS_FILE, text.encode())


def _not_writable(target: Path, error: OSError) -> TillferryError:
    return TillferryError("target_not_writable", path=target, reason=error.strerror or error)
