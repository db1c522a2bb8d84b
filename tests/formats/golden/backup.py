"""The golden backup of version 1, and how it was made; it is never made again."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pyrage

from tillferry.formats.backup import BackupAbout, write_backup

GOLDEN = Path(__file__).parent / "v1-backup"

MEMBERS = {
    "till.sqlite": b"The till's book would be here.\n",
    "outbox/outbox.sqlite": b"The outbox would be here.\n",
    "outbox/packs/000000001-0123456789abcdef.tar.zst": bytes(range(256)),
}


def make(folder: Path) -> None:
    """Write the backup and both keys into a new folder."""
    folder.mkdir()
    recipients = []
    for name in ("recovery", "office"):
        identity = pyrage.x25519.Identity.generate()
        (folder / f"{name}.txt").write_text(f"# public key: {identity.to_public()}\n{identity}\n")
        recipients.append(str(identity.to_public()))
    with tempfile.TemporaryDirectory() as sources:
        for name, data in MEMBERS.items():
            path = Path(sources) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        write_backup(
            folder,
            [(name, Path(sources) / name) for name in MEMBERS],
            BackupAbout(
                "1001", "0123456789abcdef" * 2, 7, "2026-06-01T22:00:00+02:00", "tillferry 0.1"
            ),
            recipients,
        )


if __name__ == "__main__":
    make(Path(sys.argv[1]))
