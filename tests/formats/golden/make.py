"""Writes the golden files of the present format version.

They are written once, when a version is released, and never again: old ones must stay readable.
``PYTHONPATH=. python tests/formats/golden/make.py`` refuses where they are there already.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.closing.build import batch_of, day, head_of
from tests.formats.bundles import OFFICE, OFFICE_AGE_SECRET, seal_packs
from tests.formats.golden.content import ENROLMENT, LETTER
from tillferry.closing.digest import part_digests
from tillferry.closing.model import ClosingBatch
from tillferry.closing.tables import TABLES
from tillferry.formats.bundle import Pack
from tillferry.formats.documents import write_enrolment, write_letter
from tillferry.formats.dsfinvk.pack import write_pack

VERSION = 1


def batch() -> ClosingBatch:
    """Two closings; the first was delivered with working times and stock, too."""
    first = day(4) | {
        "time_entries": [
            {
                "entry_id": "1",
                "employee_id": "7",
                "employee_name": "Service",
                "activity": "Theke",
                "start": "2026-07-01T09:45:00+02:00",
                "end": "2026-07-01T18:00:00+02:00",
                "break_minutes": 30,
            }
        ],
        "stock_movements": [
            {
                "movement_id": "1",
                "kind": "goods-in",
                "article_no": "4711",
                "article_text": "Limo; groß",
                "quantity": 24000,
                "unit": "Fl.",
                "cost": 1200000,
                "time": "2026-07-01T09:50:00+02:00",
            }
        ],
    }
    heads = (head_of(41, parts=("bookings", "time", "stock")), head_of(42))
    return batch_of(first, day(3, first_id=5), heads=heads)


def packs() -> Iterator[Pack]:
    closings = batch()
    for index, (head, digests) in enumerate(
        zip(closings.heads, part_digests(closings), strict=True)
    ):
        rows = {table.name: closings.closing_rows(table.name, index).num_rows for table in TABLES}
        yield Pack(head, digests, rows, write_pack(closings, index))


def main() -> int:
    folder = Path(__file__).parent / f"v{VERSION}"
    if folder.exists():
        print(f"{folder} is there already", file=sys.stderr)
        return 1
    folder.mkdir()
    seal_packs(folder, list(packs()), sequence=7, previous_hash="ab" * 32)
    write_letter(folder, LETTER, OFFICE)
    write_enrolment(folder / "enrolment.json", ENROLMENT, OFFICE)
    identity = f"# For tests alone.\n{OFFICE_AGE_SECRET}\n"
    (folder / "office-age-identity.txt").write_text(identity, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
