"""The till's master-data backup, and a till made of one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tillferry.carriers.durable import copy_hashed, hash_file, sync_folder, write_durably
from tillferry.carriers.failures import on_own_disk
from tillferry.closing.seams import Carrier, Progress, no_progress
from tillferry.errors import TillferryError
from tillferry.formats.backup import (
    BackupAbout,
    BackupFile,
    parse_backup_name,
    read_backup,
    write_backup,
)
from tillferry.formats.recovery import (
    ensure_recovery_key,
    read_identity,
    recovery_key_text,
    recovery_recipient,
)
from tillferry.till.home import TillHome, open_home
from tillferry.till.outbox import Outbox
from tillferry.till.register.register import Register, restore, system_clock
from tillferry.till.register.store import FILE_NAME, Clock

KEPT_ON_CARRIER: Final = 3
"""So many backups of an installation stay on a stick, the newest."""

_OUTBOX: Final = "outbox"


@dataclass(frozen=True, slots=True)
class Restored:
    """A till that came out of a backup.

    ``last_z`` is its last closing, 0 without one. ``skipped_to`` is the greatest Z number that
    head office was known to hold beyond that, 0 without one: it is not used again.
    """

    home: TillHome
    about: BackupAbout
    last_z: int
    skipped_to: int


def back_up(
    home: TillHome,
    register: Register,
    target: Carrier | Path,
    *,
    progress: Progress = no_progress,
) -> str:
    """Write one encrypted file with the whole till onto a carrier or to a path; gives its name.

    On a carrier the oldest of this installation's backups go, ``KEPT_ON_CARRIER`` stay. Raises
    the carrier's errors, ``snapshot_failed``, ``outbox_damaged``, ``backup_too_large``,
    ``own_disk_full``, ``own_disk_failed`` and ``till_busy``.
    """
    with home.exclusive(), on_own_disk(home.scratch), _scratch(home.scratch, "backup-") as folder:
        made = _make(home, register, folder)
        if isinstance(target, Path):
            return _write(made, target)
        _make_room(home, target, made.size_bytes)
        target.publish("backups", made.name, made.path, progress)
        _keep_newest(home, target, KEPT_ON_CARRIER)
    return made.name


@contextmanager
def _scratch(parent: Path, prefix: str) -> Iterator[Path]:
    """A folder that is gone at the end; what a crash left of an earlier one goes, too.

    The till's keys lie in it for a while.
    """
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in parent.iterdir():
        if left.name.startswith(prefix):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=prefix, ignore_cleanup_errors=True) as name:
        yield Path(name)


def _make(home: TillHome, register: Register, folder: Path) -> BackupFile:
    ensure_recovery_key(home.keys)
    # The outbox first: what is finalised between the two copies is then missing in the outbox
    # only, and put there again by the restored till.
    with closing(Outbox(home.outbox)) as outbox:
        outbox.copy_to(folder / _OUTBOX)
    register.snapshot(folder / FILE_NAME)
    copied = (path for path in (folder / _OUTBOX).rglob("*") if path.is_file())
    members = [FILE_NAME, *sorted(path.relative_to(folder).as_posix() for path in copied)]
    settings = home.settings
    recipients = [recovery_recipient(home.keys)]
    if settings.office_age:
        recipients.append(settings.office_age)
    return write_backup(
        folder,
        [(member, folder / member) for member in members],
        BackupAbout(
            settings.customer_number,
            settings.installation,
            _next_number(register),
            register.store.now().isoformat(),
            f"tillferry {version('tillferry')}",
        ),
        recipients,
    )


def _write(made: BackupFile, target: Path) -> str:
    if target.exists():
        raise TillferryError("target_exists", path=target)
    copied = copy_hashed(made.path, target)
    with on_own_disk(target):
        sync_folder(target.parent)
        if not made.sha256 == copied.sha256 == hash_file(target):
            target.unlink()
            raise TillferryError("carrier_readback_differs", carrier=target.parent, name=target)
    return target.name


def _next_number(register: Register) -> int:
    store = register.store
    with store.transaction():
        number = int(store.fact("backup_number", "0")) + 1
        store.set_fact("backup_number", str(number))
    return number


def _ours(home: TillHome, carrier: Carrier) -> list[str]:
    """The backups of this installation on a carrier, oldest first."""
    ours = [
        (told.number, file.name)
        for file in carrier.files("backups")
        if (told := parse_backup_name(file.name)) is not None
        and told.installation_start == home.settings.installation[:8]
    ]
    return [name for _, name in sorted(ours)]


def _make_room(home: TillHome, carrier: Carrier, size: int) -> None:
    """Where the new one does not fit, older ones of ours go, but for the newest."""
    while carrier.free_bytes() < size and len(ours := _ours(home, carrier)) > 1:
        carrier.remove("backups", ours[0])


def _keep_newest(home: TillHome, carrier: Carrier, count: int) -> None:
    for name in _ours(home, carrier)[:-count]:
        carrier.remove("backups", name)


def restore_till(file: Path, key: Path, home: Path, clock: Clock = system_clock) -> Restored:
    """A till at ``home`` out of a backup: a new installation, which head office does not know yet.

    ``key`` is the till's recovery key or head office's age identity. ``home`` is there whole at
    the end, or is left as it was. Raises ``restore_target_in_use``, ``path_not_found``,
    ``restore_failed``, ``snapshot_unreadable`` and the codes of ``formats.backup``.
    """
    if not file.is_file():
        raise TillferryError("path_not_found", path=file)
    identity = read_identity(key)
    try:
        if home.exists() and any(home.iterdir()):
            raise TillferryError("restore_target_in_use", home=home)
        with _scratch(home.parent, f".{home.name}.restoring-") as folder:
            inside, made = folder / "backup", folder / "till"
            inside.mkdir()
            about = read_backup(file, identity, inside)
            restore(inside / FILE_NAME, made, clock)
            shutil.copytree(inside / _OUTBOX, made / _OUTBOX, dirs_exist_ok=True)
            last_z, skipped_to = _learn_numbers(made, clock)
            sync_folder(made / _OUTBOX)
            if home.exists():
                home.rmdir()
            made.replace(home)
            sync_folder(home.parent)
    except OSError as error:
        raise TillferryError("restore_failed", home=home, reason=error.strerror or error) from error
    return Restored(open_home(home), about, last_z, skipped_to)


def recovery_key_of(path: Path, out: Path | None = None) -> str:
    """The recovery key of the till at ``path`` as text, also written to ``out`` where given.

    ``target_exists``; ``keys_missing`` and ``recovery_key_invalid`` where it is lost.
    """
    home = open_home(path)
    ensure_recovery_key(home.keys)
    text = recovery_key_text(home.keys)
    if out is not None:
        if out.exists():
            raise TillferryError("target_exists", path=out)
        with on_own_disk(out):
            write_durably(out, text.encode())
            out.chmod(0o600)
    return text


def _learn_numbers(home: Path, clock: Clock) -> tuple[int, int]:
    """Leave out the Z numbers of which the backup knows that head office holds them."""
    with (
        closing(Outbox(home / _OUTBOX)) as outbox,
        Register.open(home, clock) as register,
    ):
        beyond = outbox.standing().beyond
        if beyond:
            register.days.skip_to(beyond)
        return max(register.days.z_numbers(), default=0), beyond
