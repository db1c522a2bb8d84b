"""Packs come back as they were, and whatever is not exactly a pack is a defect."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.closing.build import Rows, batch_of, head_of
from tests.formats.dsfinvk.containers import tar_bytes
from tests.formats.dsfinvk.handmade import small_batch, small_rows
from tillferry.closing.digest import part_digests
from tillferry.closing.model import ClosingBatch
from tillferry.closing.tables import TABLES, Column, Kind
from tillferry.formats.dsfinvk.pack import PackContent, PackDefect, read_packs, write_pack

NASTY = (
    'said "no"',
    "a;b",
    "one\r\ntwo",
    "one\ntwo\nthree",
    "\r",
    '"',
    '""',
    '"\n"',
    ";",
    "'",
    "ä€😀",
    " room ",
    "-1",
    "0,5",
    "=1+1",
)


def packed(batch: ClosingBatch, index: int = 0) -> PackContent:
    rows = {table.name: batch.closing_rows(table.name, index).num_rows for table in TABLES}
    return PackContent(batch.heads[index], rows, write_pack(batch, index))


def there_and_back(batch: ClosingBatch) -> ClosingBatch:
    """Every closing of a batch as a pack, and all packs read."""
    read = read_packs([packed(batch, index) for index in range(len(batch))])
    assert read.heads == batch.heads
    for table in TABLES:
        assert read.rows(table.name) == batch.rows(table.name)
        if batch.rows(table.name):
            assert read.table(table.name).equals(batch.table(table.name)), table.name
            assert read.offsets[table.name].tolist() == batch.offsets[table.name].tolist()
    return read


def full_rows(bon_id: str = "1") -> Rows:
    """A row in every table with a value in every column."""

    def value(column: Column) -> Any:
        if column.name == "bon_id":
            return bon_id
        if column.kind is Kind.NUMBER:
            return -(10**17) - 1 if column.decimals else -7
        if column.kind is Kind.TIME:
            return "2026-07-01T10:00:00.123+02:00"
        return "1"

    return {table.name: [{c.name: value(c) for c in table.columns}] for table in TABLES}


# --- what comes back ----------------------------------------------------------------------------


def test_every_table_and_every_column_comes_back() -> None:
    there_and_back(batch_of(full_rows(), full_rows("2"), full_rows("3")))


def test_closings_of_different_tables_come_back_together() -> None:
    rows = [small_rows(3), small_rows(5, 4, 2), {"cashpointclosing": [{"name": "A"}]}, full_rows()]
    there_and_back(batch_of(*rows))


def test_a_closing_without_rows_comes_back() -> None:
    assert len(there_and_back(batch_of({}, small_rows(), {}))) == 3


@pytest.mark.parametrize("text", NASTY)
def test_texts_of_every_kind_come_back(text: str) -> None:
    rows = small_rows(4)
    for place, row in enumerate(rows["lines"]):
        row["artikeltext"] = text if place % 2 else None
        row["einheit"] = text
    there_and_back(batch_of(rows, small_rows(), rows))


@pytest.mark.parametrize("text", NASTY)
def test_a_till_may_be_called_anything(text: str) -> None:
    heads = (head_of(1, z_kasse_id=text), head_of(2, z_kasse_id="K;2"))
    there_and_back(batch_of(small_rows(), small_rows(first_id=4), heads=heads))


def test_a_text_that_looks_like_the_next_row_comes_back() -> None:
    rows = small_rows()
    rows["lines"][0]["artikeltext"] = "x\r\nK1;2026-07-01T22:00:00+02:00;1;9;9"
    there_and_back(batch_of(rows, small_rows(first_id=4)))


@pytest.mark.parametrize("number", [0, -1, -12, 5, 99_999, -100_000, 10**18 - 1, 1 - 10**18])
def test_numbers_of_every_size_come_back(number: int) -> None:
    rows = small_rows()
    for table in TABLES:
        for row in rows[table.name]:
            row |= {c.name: number for c in table.columns if c.kind is Kind.NUMBER and c.decimals}
    there_and_back(batch_of(rows))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    texts=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12),
        min_size=3,
        max_size=3,
    ),
    numbers=st.lists(st.none() | st.integers(1 - 10**18, 10**18 - 1), min_size=3, max_size=3),
)
def test_whatever_is_in_them_comes_back(texts: list[str], numbers: list[int | None]) -> None:
    rows = small_rows()
    for row, text, number in zip(rows["transactions"], texts, numbers, strict=True):
        row |= {"bon_notiz": text, "kunde_name": text, "ums_brutto": number}
    there_and_back(batch_of(rows, small_rows(first_id=4)))


def test_the_same_rows_give_the_same_bytes_wherever_they_lie() -> None:
    batch = small_batch(3)
    assert write_pack(batch, 1) == write_pack(batch.take([1]), 0)
    assert write_pack(batch, 0) != write_pack(batch, 1)


def test_a_pack_is_a_plain_tar_with_an_index() -> None:
    with tarfile.open(fileobj=io.BytesIO(write_pack(small_batch(), 0))) as archive:
        members = archive.getmembers()
    names = [member.name for member in members]
    present = [table.file_name for table in TABLES if small_batch().rows(table.name)]
    assert names == ["index.xml", *present]
    assert {(member.mtime, member.uid, member.mode) for member in members} == {(0, 0, 0o644)}


def test_no_packs_are_no_closings() -> None:
    assert len(read_packs([])) == 0


# --- lines --------------------------------------------------------------------------------------


def test_lines_are_those_of_each_pack_s_own_file() -> None:
    read = there_and_back(small_batch(2, receipts=4))
    for table in TABLES:
        for index in range(2 if read.rows(table.name) else 0):
            start, end = read.bounds(table.name)[index : index + 2].tolist()
            lines = [read.line(table.name, row) for row in range(start, end)]
            assert lines == list(range(2, 2 + end - start))


def test_lines_are_true_after_line_breaks_in_texts() -> None:
    rows = small_rows(4)
    rows["lines"][0]["artikeltext"] = "one\r\ntwo\nthree"
    rows["lines"][2]["artikeltext"] = "one\ntwo"
    batch = batch_of(rows, rows)
    read = there_and_back(batch)
    ids = read.table("lines").select(["bon_id", "pos_zeile"])
    for index in range(2):
        physical = dict(members_of(write_pack(batch, index)))["lines.csv"].decode().split("\n")
        start, end = read.bounds("lines")[index : index + 2].tolist()
        for row in range(start, end):
            bon_id, pos_zeile = (ids.column(name)[row].as_py() for name in ids.column_names)
            assert physical[read.line("lines", row) - 1].startswith(
                f"K1;2026-07-01T22:00:00+02:00;{index + 1};{bon_id};{pos_zeile};"
            )


# --- defects ------------------------------------------------------------------------------------


def members_of(data: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None
            yield member.name, file.read()


def ustar(files: list[tuple[str, bytes]]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return target.getvalue()


def changed(name: str, change: Callable[[bytes], bytes]) -> PackContent:
    """A pack in which a file is another; the change must change something."""
    content = packed(small_batch())
    files = dict(members_of(content.data))
    before = files[name]
    files[name] = change(before)
    assert files[name] != before
    return replace(content, data=ustar(list(files.items())))


def test_a_pack_that_is_put_together_again_is_read() -> None:
    # So the defects below are those of the change and not of the way it is made.
    content = packed(small_batch())
    again = replace(content, data=ustar(list(members_of(content.data))))
    assert part_digests(read_packs([again])) == part_digests(small_batch())


Z = b"K1;2026-07-01T22:00:00+02:00;1;"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"Z_NR", b"Z_NO", 1),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data[:-2],
        lambda data: data[:-1],
        lambda data: data[: data.rindex(b"K1;")],
        lambda data: data + data[data.rindex(b"K1;") :],
        lambda data: data + b"\r\n",
        lambda data: data.replace(b"\r\n", b"\n"),
        lambda data: data.replace(b"105,65", b"105.65"),
        lambda data: data.replace(b"105,65", b"105,6"),
        lambda data: data.replace(b"105,65", b"105,650"),
        lambda data: data.replace(b"105,65", b"105"),
        lambda data: data.replace(b"105,65", b",65"),
        lambda data: data.replace(b"105,65", b"+105,65"),
        lambda data: data.replace(b"105,65", b"1.105,65"),
        lambda data: data.replace(b"105,65", b"x"),
        lambda data: data.replace(b"105,65", b"1-5,65"),
        lambda data: data.replace(b"105,65", b"9" * 30 + b",65"),
        lambda data: data.replace(b"Bar;", b""),
        lambda data: data.replace(b"Bar;", b"Bar;;"),
        lambda data: data.replace(b"Bar", b'"Bar'),
        lambda data: data.replace(b"Bar", b"B\xff"),
        lambda data: data.replace(Z, b"K1;2026-07-01T22:00:00+02:00;2;"),
        lambda data: data.replace(Z, b"K2;2026-07-01T22:00:00+02:00;1;"),
        lambda data: data.replace(Z, b"K1;2026-07-01T20:00:00Z;1;"),
        lambda data: data.replace(Z, b'"K1";2026-07-01T22:00:00+02:00;1;'),
        lambda data: data.replace(Z, b"K1;2026-07-01T22:00:00+02:00;01;"),
        lambda data: data.replace(Z, b""),
        lambda data: b"",
    ],
)
def test_a_file_that_is_not_as_it_was_written(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(PackDefect) as caught:
        read_packs([changed("payment.csv", change)])
    assert caught.value.file == "payment.csv"
    assert caught.value.reason


@pytest.mark.parametrize("text", [b"x", b"1,5", b"1.000", b"-", b"9" * 30])
def test_an_integer_that_is_none(text: bytes) -> None:
    def change(data: bytes) -> bytes:
        return data.replace(Z + b"1;1;Beleg", Z + b"1;" + text + b";Beleg")

    with pytest.raises(PackDefect) as caught:
        read_packs([changed("transactions.csv", change)])
    assert caught.value.file == "transactions.csv"


def test_a_row_of_another_closing_among_its_own() -> None:
    def change(data: bytes) -> bytes:
        return data.replace(Z + b"2;", Z.replace(b";1;", b";2;") + b"2;")

    with pytest.raises(PackDefect) as caught:
        read_packs([changed("lines.csv", change)])
    assert caught.value.file == "lines.csv"


@pytest.mark.parametrize(
    ("rows", "file"),
    [
        ({"vat": 0}, "vat.csv"),
        ({"vat": 2}, "vat.csv"),
        ({"vat": 4}, "vat.csv"),
        ({"subitems": 1}, "subitems.csv"),
    ],
)
def test_rows_that_were_announced_otherwise(rows: dict[str, int], file: str) -> None:
    content = packed(small_batch())
    with pytest.raises(PackDefect) as caught:
        read_packs([replace(content, rows={**content.rows, **rows})])
    assert caught.value.file == file


@pytest.mark.parametrize("more", ["extra.csv", "../lines.csv", "subitems.csv"])
def test_a_file_that_was_not_announced(more: str) -> None:
    content = packed(small_batch())
    data = ustar([*members_of(content.data), (more, b"x")])
    with pytest.raises(PackDefect) as caught:
        read_packs([replace(content, data=data)])
    assert caught.value.file == more


def test_a_file_that_is_there_twice() -> None:
    content = packed(small_batch())
    files = list(members_of(content.data))
    with pytest.raises(PackDefect):
        read_packs([replace(content, data=ustar([*files, files[-1]]))])


def test_a_pack_without_its_index() -> None:
    content = packed(small_batch())
    files = [entry for entry in members_of(content.data) if entry[0] != "index.xml"]
    with pytest.raises(PackDefect) as caught:
        read_packs([replace(content, data=ustar(files))])
    assert caught.value.file == "index.xml"


@pytest.mark.parametrize(
    "data", [b"", b"x" * 5000, bytes(100), bytes(1024), tar_bytes([("a", b"x")], gzip=True)]
)
def test_what_is_no_pack_at_all(data: bytes) -> None:
    with pytest.raises(PackDefect):
        read_packs([replace(packed(small_batch()), data=data)])


def test_a_link_in_a_pack() -> None:
    data = bytearray(packed(small_batch()).data)
    data[156:157] = b"2"
    with pytest.raises(PackDefect):
        read_packs([replace(packed(small_batch()), data=bytes(data))])


@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_cut_pack_is_a_defect(data: st.DataObject) -> None:
    content = packed(small_batch())
    # Of the two blocks of zeros at the end one is enough.
    end = data.draw(st.integers(0, len(content.data) - 1025))
    with pytest.raises(PackDefect):
        read_packs([replace(content, data=content.data[:end])])


@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_changed_byte_is_a_defect_or_leaves_every_row(data: st.DataObject) -> None:
    content = packed(small_batch())
    pack = bytearray(content.data)
    at = data.draw(st.integers(0, len(pack) - 1))
    pack[at] ^= data.draw(st.integers(1, 255))
    try:
        read = read_packs([replace(content, data=bytes(pack))])
    except PackDefect:
        return
    # The reader may take a changed text for a text; it must not lose or add a row.
    assert {t.name: read.rows(t.name) for t in TABLES} == dict(content.rows)
