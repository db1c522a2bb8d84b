"""Small closings and exports made by hand, for the tests of formats and of what uses them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.closing.build import Rows, batch_of, day, head_of
from tillferry.closing.model import ClosingBatch
from tillferry.formats.dsfinvk.write import write_folder

SERIAL = "SER-1"
TAXPAYER = "123/456/7890"


def small_rows(receipts: int = 3, first_id: int = 1, z_nr: int = 1) -> Rows:
    """The rows of one closing; its last but one receipt refers to the one before it."""
    rows = day(receipts, first_id)
    if receipts > 2:
        rows["references"] = [
            {
                "bon_id": str(first_id + receipts - 2),
                "ref_typ": "Transaktion",
                "ref_datum": "2026-07-01T22:00:00+02:00",
                "ref_z_kasse_id": "K1",
                "ref_z_nr": z_nr,
                "ref_bon_id": str(first_id + receipts - 3),
            }
        ]
    return rows


def small_batch(closings: int = 1, receipts: int = 3) -> ClosingBatch:
    """Arithmetically true closings of one till, Z numbers from 1, without findings."""
    rows = [small_rows(receipts, 1 + index * receipts, index + 1) for index in range(closings)]
    return batch_of(*rows, heads=tuple(head_of(index + 1) for index in range(closings)))


def small_export(folder: Path, closings: int = 1, receipts: int = 3) -> Path:
    """``small_batch`` as an export's folder, to be damaged file by file."""
    write_folder([small_batch(closings, receipts)], folder)
    return folder


def edit(folder: Path, name: str, *changes: tuple[str, str]) -> None:
    """Replace texts in a file of an export; each must be there."""
    path = folder / name
    text = path.read_bytes().decode()
    for old, new in changes:
        assert old in text, (name, old)
        text = text.replace(old, new)
    path.write_bytes(text.encode())


def codes(findings: Any) -> dict[str, Mapping[str, str]]:
    """The parameters of findings by code."""
    return {found.code: dict(found.params) for found in findings}
