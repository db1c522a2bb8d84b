"""The till's recovery key: an age identity that opens the till's backups.

It is made with the till, lies in the till's keys, and is written down or kept elsewhere: with it
a backup can be opened when the till is lost.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyrage  # type: ignore[import-untyped]

from tillferry.errors import TillferryError
from tillferry.formats._files import write_whole

RECOVERY_FILE: Final = "recovery-age-identity.txt"
_LONGEST: Final = 10_000


def ensure_recovery_key(keys: Path) -> bool:
    """Make the key in the till's folder ``keys`` where there is none; whether it was made now."""
    path = keys / RECOVERY_FILE
    if path.exists():
        return False
    identity = pyrage.x25519.Identity.generate()
    write_whole(path, _text(identity).encode(), private=True, replace=False)
    return True


def recovery_key_text(keys: Path) -> str:
    """The key as age's own text, to be written down. ``keys_missing``, ``recovery_key_invalid``."""
    return _text(read_identity(keys / RECOVERY_FILE))


def recovery_recipient(keys: Path) -> str:
    """The ``age1...`` text of the key. ``keys_missing``, ``recovery_key_invalid``."""
    return str(read_identity(keys / RECOVERY_FILE).to_public())


def read_identity(path: Path) -> pyrage.x25519.Identity:
    """An age identity out of a file: the till's recovery key, or head office's age identity.

    Lines that begin with ``#`` are remarks. ``keys_missing`` where there is no file,
    ``recovery_key_invalid`` where it holds anything else.
    """
    try:
        text = path.read_bytes()[:_LONGEST].decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise TillferryError("keys_missing", path=path) from error
    lines = [line.strip() for line in text.splitlines()]
    try:
        (only,) = [line for line in lines if line and not line.startswith("#")]
        return pyrage.x25519.Identity.from_str(only.upper())
    except (ValueError, pyrage.IdentityError) as error:
        raise TillferryError("recovery_key_invalid", path=path) from error


def _text(identity: pyrage.x25519.Identity) -> str:
    return f"# public key: {identity.to_public()}\n{identity}\n"
