"""Exports that we write: the same bytes for the same closings, and an index of what is there."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from tests.closing.build import Rows, batch_of, head_of
from tests.formats.dsfinvk.containers import files_of, spoilt, text_of
from tests.formats.dsfinvk.handmade import small_batch, small_rows
from tillferry.closing.digest import part_digests
from tillferry.closing.model import ClosingBatch, concat_batches
from tillferry.closing.tables import DSFINVK_TABLES, TABLES, Kind
from tillferry.formats.dsfinvk.read import read_export
from tillferry.formats.dsfinvk.write import write_export, write_folder

OWN = {"time_entries.csv", "stock_movements.csv"}


def with_own_rows(first_id: int = 1, z_nr: int = 1) -> Rows:
    """A closing with texts that need quotes, and a row in each table that is our own."""
    rows = small_rows(4, first_id, z_nr)
    rows["lines"][0]["artikeltext"] = 'one "two"\r\nthree;four\nfive'
    rows["lines"][1]["menge"] = -1500
    for table in TABLES:
        if table.file_name in OWN:
            rows[table.name] = [
                {
                    c.name: -5
                    if c.kind is Kind.NUMBER
                    else "2026-07-01T10:00:00+02:00"
                    if c.kind is Kind.TIME
                    else "1"
                    for c in table.columns
                }
            ]
    return rows


def batch() -> ClosingBatch:
    """Two closings of a till whose name needs quotes."""
    heads = [
        head_of(z_nr, z_kasse_id="K;1", parts=("bookings", "time", "stock")) for z_nr in (1, 2)
    ]
    return batch_of(with_own_rows(), with_own_rows(5, 2), heads=tuple(heads))


def zipped(path: Path) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


@pytest.mark.parametrize("own", [False, True])
def test_the_same_closings_give_the_same_bytes(tmp_path: Path, own: bool) -> None:
    for name in ("a.zip", "b.zip"):
        write_export([batch()], tmp_path / name, own_tables=own)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"a.zip", "b.zip"}


@pytest.mark.parametrize("own", [False, True])
def test_what_was_read_is_written_again_byte_for_byte(tmp_path: Path, own: bool) -> None:
    write_export([batch()], tmp_path / "a.zip", own_tables=own)
    reading = read_export(tmp_path / "a.zip")
    assert (reading.findings, spoilt(reading)) == ((), {})
    write_export([reading.batch], tmp_path / "b.zip", own_tables=own)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_folder_and_zip_hold_the_same_files(tmp_path: Path) -> None:
    write_export([batch()], tmp_path / "a.zip", own_tables=True)
    write_folder([batch()], tmp_path / "deep" / "folder", own_tables=True)
    assert sorted(zipped(tmp_path / "a.zip")) == files_of(tmp_path / "deep" / "folder")


def test_several_batches_make_one_export(tmp_path: Path) -> None:
    parts = [small_batch(2), small_batch(3).take([2]), small_batch(4, receipts=1).take([3])]
    write_export([concat_batches(parts)], tmp_path / "whole.zip")
    write_export(iter(parts), tmp_path / "parts.zip")
    assert (tmp_path / "whole.zip").read_bytes() == (tmp_path / "parts.zip").read_bytes()
    reading = read_export(tmp_path / "parts.zip")
    assert [head.z_nr for head in reading.batch.heads] == [1, 2, 3, 4]
    assert part_digests(reading.batch) == part_digests(concat_batches(parts))


def test_a_table_that_only_a_later_batch_has(tmp_path: Path) -> None:
    parts = [small_batch(2, receipts=2).take([0]), small_batch(2).take([1])]
    assert not parts[0].rows("references")
    write_folder(parts, tmp_path / "x")
    assert text_of(tmp_path / "x" / "references.csv").count("\r\n") == 2
    assert (tmp_path / "x" / "vat.csv").read_bytes().count(b"Z_NR") == 1


# --- index.xml ----------------------------------------------------------------------------------


def child(element: Element, path: str) -> str:
    found = element.find(path)
    assert found is not None, path
    return found.text or ""


@pytest.mark.parametrize("own", [False, True])
def test_the_index_describes_exactly_what_is_there(tmp_path: Path, own: bool) -> None:
    write_folder([batch()], tmp_path / "x", own_tables=own)
    files = dict(files_of(tmp_path / "x"))
    root = fromstring(files.pop("index.xml"))
    assert not files.keys() & OWN or own
    described = {child(table, "URL"): table for table in root.iter("Table")}
    assert list(described) == [table.file_name for table in TABLES if table.file_name in files]
    for table in TABLES:
        if table.file_name not in files:
            continue
        columns = list(described[table.file_name].iter("VariableColumn"))
        header = files[table.file_name].decode().split("\r\n")[0]
        assert [child(column, "Name") for column in columns] == header.split(";")
        for column, element in zip(table.csv_columns, columns, strict=True):
            if column.kind is Kind.NUMBER:
                assert element.find("Numeric") is not None
                accuracy = element.find("Numeric/Accuracy")
                assert (accuracy is None) == (column.decimals == 0)
                assert accuracy is None or accuracy.text == str(column.decimals)
            else:
                assert element.find("AlphaNumeric") is not None
                assert child(element, "MaxLength") == str(column.length)


def test_the_index_declares_the_marks_that_are_used(tmp_path: Path) -> None:
    write_folder([small_batch()], tmp_path / "x")
    data = (tmp_path / "x" / "index.xml").read_bytes()
    assert b'<!DOCTYPE DataSet SYSTEM "gdpdu-01-09-2004.dtd">' in data
    for table in fromstring(data).iter("Table"):
        assert table.find("UTF8") is not None
        assert child(table, "DecimalSymbol") == ","
        assert child(table, "Range/From") == "2"
        assert child(table, "VariableLength/ColumnDelimiter") == ";"
        assert child(table, "VariableLength/TextEncapsulator") == '"'
    assert b"<RecordDelimiter>&#xD;&#xA;</RecordDelimiter>" in data


def test_no_file_without_rows(tmp_path: Path) -> None:
    write_folder([small_batch()], tmp_path / "x", own_tables=True)
    with_rows = {table.file_name for table in TABLES if small_batch().rows(table.name)}
    assert {name for name, _ in files_of(tmp_path / "x")} == with_rows | {"index.xml"}


def test_no_closings_make_an_export_without_tables(tmp_path: Path) -> None:
    write_export([], tmp_path / "x.zip")
    ((name, data),) = zipped(tmp_path / "x.zip")
    assert name == "index.xml"
    assert list(fromstring(data).iter("Table")) == []
    assert len(read_export(tmp_path / "x.zip").batch) == 0


# --- own tables ---------------------------------------------------------------------------------


def test_own_tables_are_only_there_when_asked_for(tmp_path: Path) -> None:
    for own in (False, True):
        write_export([batch()], tmp_path / f"{own}.zip", own_tables=own)
        names = {name for name, _ in zipped(tmp_path / f"{own}.zip")}
        assert names & OWN == (OWN if own else set())
    assert {table.file_name for table in TABLES} - {t.file_name for t in DSFINVK_TABLES} == OWN


def test_own_tables_come_back_as_parts(tmp_path: Path) -> None:
    write_export([batch()], tmp_path / "x.zip", own_tables=True)
    reading = read_export(tmp_path / "x.zip")
    assert part_digests(reading.batch) == part_digests(batch())
    write_export([batch()], tmp_path / "y.zip")
    assert {head.parts for head in read_export(tmp_path / "y.zip").batch.heads} == {("bookings",)}


# --- the lines ----------------------------------------------------------------------------------


def test_numbers_texts_and_ends_are_those_of_the_standard(tmp_path: Path) -> None:
    write_folder([batch()], tmp_path / "x")
    data = (tmp_path / "x" / "lines.csv").read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\r\n")
    assert b'"one ""two""\r\nthree;four\nfive"' in data
    assert b";-1,500;" in data
    assert b'\r\n"K;1";2026-07-01T22:00:00+02:00;1;' in data


def test_nothing_is_left_of_an_export_that_failed(tmp_path: Path) -> None:
    def failing() -> Iterator[ClosingBatch]:
        yield small_batch()
        raise OSError("the stick is gone")

    (tmp_path / "x.zip").write_bytes(b"before")
    with pytest.raises(OSError, match="the stick is gone"):
        write_export(failing(), tmp_path / "x.zip")
    assert files_of(tmp_path) == [("x.zip", b"before")]
