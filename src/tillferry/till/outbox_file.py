"""The outbox's files: the schema of its database, and a closing as it stands in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from tillferry.closing.model import ClosingHead
from tillferry.closing.tables import TABLES, Part
from tillferry.errors import TillferryError
from tillferry.formats.bundle import Pack
from tillferry.formats.dsfinvk.pack import PackContent, read_packs, write_pack

FILE: Final = "outbox.sqlite"
PACKS: Final = "packs"
_SCHEMA_VERSION: Final = 2
_SCHEMA: Final = """
CREATE TABLE closings (
    z_nr INTEGER PRIMARY KEY,
    business_day TEXT NOT NULL,
    head TEXT NOT NULL,
    digests TEXT NOT NULL,
    table_rows TEXT NOT NULL,
    pack TEXT NOT NULL,
    good INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL DEFAULT 0,
    again INTEGER NOT NULL DEFAULT 0,
    again_parts TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE bundles (
    installation TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    name TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL,
    z_nrs TEXT NOT NULL,
    created_at TEXT NOT NULL,
    again INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (installation, sequence)
) STRICT;
CREATE TABLE letters (
    sequence INTEGER PRIMARY KEY,
    created_at TEXT NOT NULL,
    through TEXT NOT NULL,
    missing TEXT NOT NULL,
    last_bundle TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE exports_seen (
    path TEXT PRIMARY KEY,
    signature TEXT NOT NULL
) STRICT;
"""
_UPGRADES: Final = {
    1: "ALTER TABLE closings ADD COLUMN again_parts TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE bundles ADD COLUMN again INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE letters ADD COLUMN last_bundle TEXT NOT NULL DEFAULT '';",
}
"""From each older version to the next."""


def open_outbox_file(folder: Path) -> sqlite3.Connection:
    """The database in ``folder``, made or upgraded where needed, and the folder of packs.

    ``outbox_damaged``, ``outbox_newer``.
    """
    try:
        (folder / PACKS).mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(folder / FILE, isolation_level=None)
        try:
            _prepare(db, folder)
        except BaseException:
            db.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise TillferryError("outbox_damaged", folder=folder, reason=error) from error
    return db


def _prepare(db: sqlite3.Connection, folder: Path) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > _SCHEMA_VERSION:
        raise TillferryError("outbox_newer", folder=folder)
    if version == 0:
        db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;")
        return
    for older in range(version, _SCHEMA_VERSION):
        db.executescript(f"BEGIN; {_UPGRADES[older]} PRAGMA user_version = {older + 1}; COMMIT;")


def reduced(pack: Pack, parts: Collection[Part]) -> Pack:
    """The closing with only these parts. ``PackDefect`` where the pack is damaged."""
    batch = read_packs([PackContent(pack.head, pack.rows, pack.data)])
    for part in pack.head.parts:
        if part not in parts:
            batch = batch.without_part(part)
    kept = {table.name for table in TABLES if table.part in parts}
    return Pack(
        batch.heads[0],
        {part: digest for part, digest in pack.digests.items() if part in parts},
        {name: count for name, count in pack.rows.items() if name in kept},
        write_pack(batch, 0),
    )


def head_value(head: ClosingHead) -> dict[str, object]:
    """A head as JSON knows it."""
    return {
        "taxpayer": head.taxpayer,
        "serial": head.serial,
        "z_kasse_id": head.z_kasse_id,
        "z_erstellung": head.z_erstellung,
        "z_nr": head.z_nr,
        "business_day": head.business_day.isoformat(),
        "parts": list(head.parts),
    }


def head_of(value: Mapping[str, object]) -> ClosingHead:
    """The head that ``head_value`` was made of."""
    parts: list[Part] = value["parts"]  # type: ignore[assignment]
    return ClosingHead(
        str(value["taxpayer"]),
        str(value["serial"]),
        str(value["z_kasse_id"]),
        str(value["z_erstellung"]),
        int(str(value["z_nr"])),
        date.fromisoformat(str(value["business_day"])),
        tuple(parts),
    )
