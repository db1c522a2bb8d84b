"""A consistent copy of the till, and a till made of such a copy.

The copy is one SQLite file: the book as it was at one moment, and the till's settings and keys
beside it. It holds secrets: it is meant to be encrypted. A restored till starts a new
installation; its BON_IDs come from a range of their own, so none is used twice.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from tillferry.carriers.durable import sync_folder, write_durably
from tillferry.errors import TillferryError
from tillferry.till.home import SETTINGS_FILE
from tillferry.till.register.booking import EPOCH_STEP
from tillferry.till.register.masters import SYSTEM
from tillferry.till.register.store import FILE_NAME, Clock, Store, new_key

_KEYS: Final = "keys"
_FOLDERS: Final = (_KEYS, "outbox", "aside", "scratch")
_RANGES: Final = 900_000


def snapshot(store: Store, target: Path) -> None:
    """Write the copy to ``target``, whole and durable. ``snapshot_failed``."""
    part = target.with_name(target.name + ".part")
    home = store.path.parent
    try:
        part.unlink(missing_ok=True)
        store.backup_to(part)
        with closing(sqlite3.connect(part, isolation_level=None)) as copy:
            copy.execute("CREATE TABLE home_files (name TEXT PRIMARY KEY, content BLOB) STRICT")
            copy.executemany(
                "INSERT INTO home_files VALUES (?, ?)",
                [(path.relative_to(home).as_posix(), path.read_bytes()) for path in _files(home)],
            )
        write_durably(target, part.read_bytes())
    except (OSError, sqlite3.Error) as error:
        raise TillferryError("snapshot_failed", target=target, reason=error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def restore(copy: Path, home: Path, clock: Clock) -> None:
    """Make a till at ``home`` out of a copy: a new installation with numbers of its own.

    ``restore_target_in_use`` where something lies there already, ``snapshot_unreadable`` for a
    file that is no copy or damaged, ``restore_failed`` where the disk does not take it.
    """
    try:
        if home.exists() and any(home.iterdir()):
            raise TillferryError("restore_target_in_use", home=home)
    except OSError:
        raise TillferryError("restore_target_in_use", home=home) from None
    files = _read(copy)
    # Built beside its place and renamed: a till is there whole or not at all.
    part = home.with_name(f"{home.name}.restoring")
    try:
        if part.exists():
            shutil.rmtree(part)
        _build(part, copy, files)
        if home.exists():
            home.rmdir()
        part.replace(home)
        sync_folder(home.parent)
    except (OSError, ValueError, sqlite3.Error) as error:
        raise TillferryError("restore_failed", home=home, reason=error) from error
    store = Store(home, clock)
    with store.transaction():
        store.append(new_key(), "restored", SYSTEM, "", {"epoch": store.fact("epoch")})
    store.close()


def _build(home: Path, copy: Path, files: dict[str, bytes]) -> None:
    home.mkdir(parents=True)
    home.chmod(0o700)
    for folder in _FOLDERS:
        (home / folder).mkdir(mode=0o700)
    for name, content in files.items():
        path = home / name
        write_durably(path, _renewed(content) if name == SETTINGS_FILE else content)
        path.chmod(0o600)
    book = home / FILE_NAME
    write_durably(book, copy.read_bytes())
    book.chmod(0o600)
    with closing(sqlite3.connect(book, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = FULL")
        db.execute("DROP TABLE home_files")
        _start_anew(db)


def _start_anew(db: sqlite3.Connection) -> None:
    (epoch,) = db.execute("SELECT value FROM facts WHERE name = 'epoch'").fetchone()
    # A range by chance: two tills restored from one copy do not meet either.
    base = (100_000 + secrets.randbelow(_RANGES)) * EPOCH_STEP
    db.execute("BEGIN")
    for name, value in (
        ("epoch", str(int(epoch) + 1)),
        ("installation", uuid.uuid4().hex),
        ("bon_base", str(base)),
    ):
        db.execute(
            "INSERT INTO facts VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )
    db.execute("COMMIT")


def _read(copy: Path) -> dict[str, bytes]:
    """The files of the home in a copy that is whole."""
    try:
        uri = f"{copy.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as db:
            (sound,) = db.execute("PRAGMA integrity_check").fetchone()
            if sound != "ok":
                raise TillferryError("snapshot_unreadable", file=copy, reason=sound)
            db.execute("SELECT 1 FROM events LIMIT 1")
            found = dict(db.execute("SELECT name, content FROM home_files").fetchall())
    except (OSError, sqlite3.Error) as error:
        raise TillferryError("snapshot_unreadable", file=copy, reason=error) from error
    for name in found:
        parts = Path(name).parts
        if name != SETTINGS_FILE and (len(parts) != 2 or parts[0] != _KEYS or ".." in parts):
            raise TillferryError("snapshot_unreadable", file=copy, reason=name)
    return found


def _files(home: Path) -> Iterator[Path]:
    if (home / SETTINGS_FILE).is_file():
        yield home / SETTINGS_FILE
    if (home / _KEYS).is_dir():
        yield from sorted(path for path in (home / _KEYS).iterdir() if path.is_file())


def _renewed(settings: bytes) -> bytes:
    value = json.loads(settings)
    value["installation"] = uuid.uuid4().hex
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
