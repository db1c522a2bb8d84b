"""What the benchmarks work on: bundles and plain CSVs of one seed."""

from __future__ import annotations

import csv
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tillferry.closing.digest import part_digests
from tillferry.closing.model import ClosingBatch
from tillferry.closing.tables import TABLES
from tillferry.formats.bundle import Pack, seal
from tillferry.formats.dsfinvk.pack import write_pack
from tillferry.formats.dsfinvk.write import write_export, write_folder
from tillferry.formats.keys import TillKeys, enrolment_proof
from tillferry.sample import sample_batch
from tillferry.till.home import TillSettings
from tillferry.wiring.office import enrol, init_office, opened_office
from tillferry.wiring.till import init_till, opened_till

SEED = 1


@dataclass(frozen=True, slots=True)
class Shape:
    """So many closings of so many receipts."""

    closings: int
    receipts: int


LARGE = Shape(667, 300)
SMALL = Shape(2000, 100)


def batches(shape: Shape) -> Iterator[ClosingBatch]:
    """The closings of one till, one by one."""
    for day in range(1, shape.closings + 1):
        yield sample_batch(1, day, shape.receipts, SEED)


def make_office(folder: Path, database: str = "") -> None:
    """A head office with one enrolled till."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    init_office(folder / "office", "1000", "Zentrale", database)
    with opened_office(folder / "office") as office:
        enrol(office, "1001", "Strandbar Nord", folder / "enrolment")
    init_till(folder / "till", folder / "enrolment", "SAMPLE-00001")


def seal_bundles(folder: Path, shape: Shape, per_bundle: int, repeat: int = 1) -> None:
    """Bundles of ``per_bundle`` closings each, as the till would put them onto a stick."""
    bundles = folder / "stick" / "Tillferry" / "bundles"
    bundles.mkdir(parents=True)
    with opened_till(folder / "till") as opened:
        settings, keys = opened.home.settings, opened.keys
        previous, sequence = "", 0
        pending: list[Pack] = []
        total = shape.closings * repeat

        def flush() -> None:
            nonlocal previous, sequence, pending
            sequence += 1
            sealed = seal(
                bundles,
                pending,
                sender=keys,
                customer_number=settings.customer_number,
                installation=settings.installation,
                sequence=sequence,
                previous_hash=previous,
                recipient_number=settings.office_number,
                recipient_age=settings.office_age,
                proof=_proof(settings, keys) if sequence == 1 else "",
                created_at=datetime(2026, 12, 1, tzinfo=UTC).isoformat(),
            )
            previous, pending = sealed.sha256, []

        for day in range(1, total + 1):
            batch = sample_batch(1, day, shape.receipts, SEED)
            pending.append(pack_of(batch))
            if len(pending) == per_bundle or day == total:
                flush()


def _proof(settings: TillSettings, keys: TillKeys) -> str:
    return enrolment_proof(settings.enrolment_secret, keys.public_key, settings.installation)


def pack_of(batch: ClosingBatch) -> Pack:
    """The first closing of a batch, ready to be sealed."""
    rows = {table.name: count for table in TABLES if (count := batch.rows(table.name))}
    return Pack(batch.heads[0], part_digests(batch)[0], rows, write_pack(batch, 0))


def plain_csvs(folder: Path, shape: Shape) -> None:
    """The legal export of all closings, in one folder."""
    shutil.rmtree(folder, ignore_errors=True)
    write_folder(batches(shape), folder)


def write_days(target: Path, shape: Shape) -> None:
    """The legal export of all closings, in one ZIP."""
    write_export(batches(shape), target)


def journal_csvs(database: Path, folder: Path) -> None:
    """The rows of a journal's tables as CSV files, just as the tables hold them."""
    folder.mkdir(parents=True)
    connection = sqlite3.connect(database)
    for table in TABLES:
        cursor = connection.execute(f'SELECT * FROM "{table.name}"')
        with (folder / table.file_name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(cursor)
    connection.close()
