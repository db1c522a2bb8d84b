"""What was written is read back: packs and whole exports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.formats.dsfinvk.handmade import small_batch
from tillferry.closing.digest import part_digests
from tillferry.closing.tables import TABLES
from tillferry.formats.dsfinvk.pack import PackContent, PackDefect, read_packs, write_pack
from tillferry.formats.dsfinvk.read import is_export, read_export
from tillferry.formats.dsfinvk.write import write_export


def _content(index: int = 0) -> PackContent:
    batch = small_batch(2)
    rows = {table.name: batch.closing_rows(table.name, index).num_rows for table in TABLES}
    return PackContent(batch.heads[index], rows, write_pack(batch, index))


def test_packs_come_back_as_they_were() -> None:
    read = read_packs([_content(0), _content(1)])
    assert part_digests(read) == part_digests(small_batch(2))


def test_a_pack_of_another_closing_is_a_defect() -> None:
    content = _content()
    with pytest.raises(PackDefect):
        read_packs([replace(content, head=replace(content.head, z_nr=7))])


def test_an_export_comes_back_and_is_written_the_same(tmp_path: Path) -> None:
    batch = small_batch(3, 5)
    write_export([batch], tmp_path / "a.zip")
    reading = read_export(tmp_path / "a.zip")
    assert is_export(tmp_path / "a.zip")
    assert reading.findings == ()
    assert part_digests(reading.batch) == part_digests(batch)
    write_export([reading.batch], tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
