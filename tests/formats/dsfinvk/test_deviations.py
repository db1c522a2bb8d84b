"""What exports in the field show, and what is understood all the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.closing.build import batch_of, head_of
from tests.formats.dsfinvk.containers import (
    files_of,
    remarks,
    spoiling,
    spoilt,
    tar_bytes,
    text_of,
    zip_bytes,
)
from tests.formats.dsfinvk.handmade import (
    SERIAL,
    TAXPAYER,
    edit,
    small_batch,
    small_export,
    small_rows,
)
from tillferry.closing.digest import part_digests
from tillferry.closing.model import Severity
from tillferry.closing.tables import DSFINVK_TABLES
from tillferry.formats.dsfinvk._index import index_bytes
from tillferry.formats.dsfinvk.read import ExportReading, is_export, read_export
from tillferry.formats.dsfinvk.write import write_folder

GOOD = part_digests(small_batch(2))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Two closings as a folder."""
    return small_export(tmp_path / "export", closings=2)


def understood(path: Path) -> ExportReading:
    """A reading whose closings are the two of the fixture, with nothing held against them."""
    reading = read_export(path)
    assert spoilt(reading) == {}
    assert spoiling(reading.findings) == {}
    assert part_digests(reading.batch) == GOOD
    return reading


def rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


# --- containers ---------------------------------------------------------------------------------


def test_a_plain_folder_leaves_no_remark(export: Path) -> None:
    reading = understood(export)
    assert reading.findings == ()
    assert [head.findings for head in reading.batch.heads] == [(), ()]


def test_heads_tell_till_day_and_source(export: Path) -> None:
    head = read_export(export).batch.heads[1]
    assert (head.taxpayer, head.serial, head.z_kasse_id, head.z_nr) == (TAXPAYER, SERIAL, "K1", 2)
    assert head.business_day.isoformat() == "2026-07-01"
    assert head.source == str(export)
    assert head.parts == ("bookings",)


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("export.zip", zip_bytes),
        ("export.tar", tar_bytes),
        ("export.tar.gz", lambda files: tar_bytes(files, gzip=True)),
        ("export.tgz", lambda files: tar_bytes(files, gzip=True)),
        ("folder-in.zip", lambda files: zip_bytes(files, "DSFinV-K/2026/")),
        ("folder-in.tar", lambda files: tar_bytes(files, "./dsfinvk/")),
        ("zip-in.zip", lambda files: zip_bytes([("inner.zip", zip_bytes(files))])),
        ("tar-in.zip", lambda files: zip_bytes([("a/inner.tar", tar_bytes(files))])),
        ("zip-in.tar", lambda files: tar_bytes([("inner.ZIP", zip_bytes(files))])),
        ("stored-names.ZIP", lambda files: zip_bytes((n.upper(), d) for n, d in files)),
    ],
)
def test_containers_hold_the_same_closings(
    export: Path, tmp_path: Path, name: str, pack: Callable[[list[tuple[str, bytes]]], bytes]
) -> None:
    path = tmp_path / name
    path.write_bytes(pack(files_of(export)))
    assert is_export(path)
    understood(path)


def test_a_folder_may_hold_the_export_in_a_folder_or_zip(export: Path, tmp_path: Path) -> None:
    understood(export.parent)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "export.zip").write_bytes(zip_bytes(files_of(export)))
    understood(tmp_path / "other")


@pytest.mark.parametrize("zeros", [1, 511, 40_000, 300_000])
def test_nul_bytes_behind_a_zip_are_passed_over(export: Path, tmp_path: Path, zeros: int) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(zip_bytes(files_of(export)) + bytes(zeros))
    assert is_export(path)
    understood(path)


def test_several_exports_in_one_zip_are_read_one_after_the_other(tmp_path: Path) -> None:
    batch = small_batch(2)
    files = []
    for index in (1, 0):
        write_folder([batch.take([index])], tmp_path / f"day{index}")
        files += [(f"day{index}/{name}", data) for name, data in files_of(tmp_path / f"day{index}")]
    (tmp_path / "all.zip").write_bytes(zip_bytes(files))
    understood(tmp_path / "all.zip")


def test_what_is_no_export_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "photo.zip").write_bytes(zip_bytes([("photo.jpg", b"x")]))
    (tmp_path / "notes.txt").write_text("index.xml")
    (tmp_path / "empty").mkdir()
    assert not is_export(tmp_path / "photo.zip")
    assert not is_export(tmp_path / "notes.txt")
    assert not is_export(tmp_path / "empty")
    assert len(read_export(tmp_path / "photo.zip").batch) == 0


# --- one closing, many exports ------------------------------------------------------------------


def test_a_day_and_the_whole_period_give_one_digest(tmp_path: Path) -> None:
    batch = small_batch(3, receipts=12)
    write_folder([batch], tmp_path / "whole")
    whole = part_digests(read_export(tmp_path / "whole").batch)
    for index in range(3):
        write_folder([batch.take([index])], tmp_path / str(index))
        alone = part_digests(read_export(tmp_path / str(index)).batch)
        assert alone == (whole[index],)


def test_the_order_of_rows_does_not_matter(export: Path) -> None:
    for path in export.glob("*.csv"):
        header, *rows = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(header + b"".join(reversed(rows)))
    understood(export)


def test_closings_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    rows = [small_rows(3, 1 + 3 * place, z_nr) for place, z_nr in enumerate((10, 9, 100))]
    heads = tuple(head_of(z_nr) for z_nr in (10, 9, 100))
    write_folder([batch_of(*rows, heads=heads)], tmp_path / "x")
    assert [head.z_nr for head in read_export(tmp_path / "x").batch.heads] == [9, 10, 100]


def test_two_tills_with_the_same_numbers_are_told_apart_by_the_time(tmp_path: Path) -> None:
    heads = (head_of(1), head_of(1, z_erstellung="2026-07-01T23:00:00+02:00"))
    batch = batch_of(small_rows(3, 1), small_rows(3, 4), heads=heads)
    write_folder([batch], tmp_path / "x")
    reading = read_export(tmp_path / "x")
    assert part_digests(reading.batch) == part_digests(batch)


# --- lines and encodings ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"\r\n", b"\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data + b"\r\n\r\n\r\n",
        lambda data: data.replace(b"\r\n", b"\r\n\r\n"),
        lambda data: re.sub(rb"(?m)([^;\r\n]+)", rb'"\1"', data),
        lambda data: data.replace(b"\r\n", b";\r\n"),
    ],
    ids=["lf", "bom", "empty lines at the end", "empty lines between", "quotes", "trailing ;"],
)
def test_lines_of_every_fashion(export: Path, change: Callable[[bytes], bytes]) -> None:
    for path in export.glob("*.csv"):
        rewrite(path, change)
    understood(export)


def test_a_delimiter_after_each_row_but_not_after_the_header(export: Path) -> None:
    header, rows = (export / "vat.csv").read_bytes().split(b"\r\n", 1)
    (export / "vat.csv").write_bytes(header + b"\r\n" + rows.replace(b"\r\n", b";\r\n"))
    understood(export)


def test_another_encoding_is_read_and_told(export: Path) -> None:
    rewrite(export / "vat.csv", lambda data: data.decode().encode("cp1252"))
    assert remarks(understood(export)) == {("encoding_not_utf8", "vat.csv")}


def test_another_encoding_is_read_where_index_xml_says_so(export: Path) -> None:
    edit(export, "index.xml", ("<UTF8/>", "<ANSI/>"))
    for path in export.glob("*.csv"):
        rewrite(path, lambda data: data.decode().encode("cp1252"))
    assert ("encoding_not_utf8", "vat.csv") in remarks(understood(export))


def test_another_delimiter_is_read_and_told(export: Path) -> None:
    edit(export, "vat.csv", (";", "\t"))
    assert remarks(understood(export)) == {("delimiter_differs", "vat.csv")}


def test_a_last_line_without_its_end_is_only_a_warning(export: Path) -> None:
    rewrite(export / "vat.csv", lambda data: data.removesuffix(b"\r\n"))
    reading = understood(export)
    assert [(found.code, found.severity) for found in reading.findings] == [
        ("last_line_without_end", Severity.WARNING)
    ]


# --- columns ------------------------------------------------------------------------------------


def test_columns_of_the_till_s_own_are_passed_over_and_told(export: Path) -> None:
    lines = (export / "tse.csv").read_bytes().split(b"\r\n")
    lines[0] += b";TSE_ZERTIFIKAT_III"
    lines[1:-1] = [line + b";XYZ" for line in lines[1:-1]]
    (export / "tse.csv").write_bytes(b"\r\n".join(lines))
    reading = understood(export)
    assert remarks(reading) == {("extra_columns", "tse.csv")}
    assert dict(reading.findings[0].params) == {"columns": "TSE_ZERTIFIKAT_III"}


def test_columns_missing_at_the_end_are_told(export: Path) -> None:
    # BON_NOTIZ, the last of transactions.csv, is empty here.
    lines = (export / "transactions.csv").read_bytes().split(b"\r\n")
    lines[:-1] = [line[: line.rindex(b";")] for line in lines[:-1]]
    (export / "transactions.csv").write_bytes(b"\r\n".join(lines))
    reading = understood(export)
    assert remarks(reading) == {("columns_missing", "transactions.csv")}
    assert dict(reading.findings[0].params) == {"columns": "BON_NOTIZ"}


def test_columns_may_stand_in_another_order(export: Path) -> None:
    for path in export.glob("*.csv"):
        lines = [line.split(";")[::-1] for line in text_of(path).split("\r\n")]
        path.write_bytes("\r\n".join(";".join(line) for line in lines).encode())
    assert understood(export).findings == ()


def test_a_column_of_an_older_version_is_known(tmp_path: Path) -> None:
    rows = small_rows()
    rows["transactions_tse"][0]["tse_vorgangsdaten"] = "Beleg^0.00"
    batch = batch_of(rows, heads=(head_of(),))
    write_folder([batch], tmp_path / "x")
    edit(tmp_path / "x", "transactions_tse.csv", ("TSE_VORGANGSDATEN", "TSE_TA_VORGANGSDATEN"))
    reading = read_export(tmp_path / "x")
    assert reading.findings == ()
    assert part_digests(reading.batch) == part_digests(batch)


def test_names_of_columns_in_any_case_and_in_quotes(export: Path) -> None:
    header, rows = text_of(export / "vat.csv").split("\r\n", 1)
    quoted = ";".join(f'"{name.title()}"' for name in header.split(";"))
    (export / "vat.csv").write_bytes(f"{quoted}\r\n{rows}".encode())
    understood(export)


def test_without_a_header_line_columns_are_known_by_their_place(export: Path) -> None:
    rewrite(export / "vat.csv", lambda data: data.split(b"\r\n", 1)[1])
    assert remarks(understood(export)) == {("header_missing", "vat.csv")}


def test_a_header_line_that_is_not_the_standard_s_spoils_the_closings(export: Path) -> None:
    edit(export, "vat.csv", ("Z_NR", "NUMMER"), ("UST_SATZ", "SATZ;SATZ2"))
    reading = read_export(export)
    assert spoilt(reading) == {1: {"header_unknown"}, 2: {"header_unknown"}}


def test_a_column_that_stands_twice_spoils_the_closings(export: Path) -> None:
    edit(export, "vat.csv", ("UST_BESCHR", "UST_SATZ"))
    found = spoiling(read_export(export).batch.heads[0].findings)["header_doubled"]
    assert (found.file, found.line, found.column) == ("vat.csv", 1, "UST_SATZ")


# --- index.xml ----------------------------------------------------------------------------------


def test_an_export_without_index_xml_is_known_by_its_names(export: Path) -> None:
    (export / "index.xml").unlink()
    assert is_export(export)
    assert remarks(understood(export)) == {("index_missing", "index.xml")}


def test_the_old_dtd_is_told(export: Path) -> None:
    edit(export, "index.xml", ("gdpdu-01-09-2004.dtd", "gdpdu-01-08-2002.dtd"))
    assert remarks(understood(export)) == {("index_old_dtd", "index.xml")}


def test_primary_and_foreign_keys_in_index_xml(export: Path) -> None:
    text = text_of(export / "index.xml")
    text = re.sub(
        r"<VariableColumn>(<Name>Z_.*?)</VariableColumn>",
        r"<VariablePrimaryKey>\1</VariablePrimaryKey>",
        text,
    )
    text = text.replace(
        "</VariableLength>",
        "<ForeignKey><Name>Z_NR</Name><References>x.csv</References></ForeignKey></VariableLength>",
    )
    (export / "index.xml").write_bytes(text.encode())
    # Without the header line the columns come from index.xml alone.
    rewrite(export / "vat.csv", lambda data: data.split(b"\r\n", 1)[1])
    assert remarks(understood(export)) == {("header_missing", "vat.csv")}


def test_index_xml_with_a_byte_order_mark(export: Path) -> None:
    rewrite(export / "index.xml", lambda data: b"\xef\xbb\xbf" + data)
    assert understood(export).findings == ()


def test_a_file_that_index_xml_does_not_list_is_read_and_told(export: Path) -> None:
    tables = [t for t in DSFINVK_TABLES if (export / t.file_name).exists() and t.name != "vat"]
    (export / "index.xml").write_bytes(index_bytes(tables))
    assert remarks(understood(export)) == {("file_unlisted", "vat.csv")}


def test_the_official_index_lists_tables_that_an_export_lacks(export: Path) -> None:
    (export / "index.xml").write_bytes(index_bytes(DSFINVK_TABLES))
    absent = {t.file_name for t in DSFINVK_TABLES if not (export / t.file_name).exists()}
    assert absent
    assert remarks(understood(export)) == {("listed_file_missing", name) for name in absent}


# --- values -------------------------------------------------------------------------------------


def test_rows_of_a_tse_outage(tmp_path: Path) -> None:
    rows = small_rows()
    rows["transactions_tse"][1] = {
        "bon_id": "2",
        "tse_id": 1,
        "tse_ta_fehler": "TSE nicht erreichbar",
    }
    batch = batch_of(rows, heads=(head_of(),))
    write_folder([batch], tmp_path / "x")
    reading = read_export(tmp_path / "x")
    assert reading.findings == ()
    assert spoilt(reading) == {}
    assert part_digests(reading.batch) == part_digests(batch)
    outage = reading.batch.table("transactions_tse").slice(1, 1).to_pylist()[0]
    assert outage["tse_ta_fehler"] == "TSE nicht erreichbar"
    assert outage["tse_tanr"] is outage["tse_ta_start"] is outage["tse_ta_sig"] is None


def test_countries_with_two_letters(export: Path) -> None:
    edit(export, "location.csv", ("DEU", "DE"))
    edit(export, "cashpointclosing.csv", ("DEU", "DE"))
    assert remarks(understood(export)) == {
        ("country_code_short", "location.csv"),
        ("country_code_short", "cashpointclosing.csv"),
    }


@pytest.mark.parametrize("version", ["2.0", "2.1", "2.5"])
def test_older_and_newer_versions_are_read(export: Path, version: str) -> None:
    edit(export, "cashpointclosing.csv", (";2.4;", f";{version};"))
    reading = read_export(export)
    assert spoilt(reading) == {}
    assert reading.batch.table("cashpointclosing").column("taxonomie_version").to_pylist() == [
        version,
        version,
    ]


def test_line_breaks_and_quotes_in_texts(tmp_path: Path) -> None:
    rows = small_rows(4)
    texts = ['Limo "groß"; kalt', "zwei\r\nZeilen", "\n", '"']
    for row, text in zip(rows["lines"], texts, strict=False):
        row["artikeltext"] = text
    batch = batch_of(rows, heads=(head_of(),))
    write_folder([batch], tmp_path / "x")
    reading = read_export(tmp_path / "x")
    assert part_digests(reading.batch) == part_digests(batch)
    assert reading.batch.table("lines").column("artikeltext").to_pylist()[:4] == texts


def test_lines_stay_true_after_line_breaks_in_texts(tmp_path: Path) -> None:
    rows = small_rows(4)
    rows["lines"][0]["artikeltext"] = "drei\r\nganze\nZeilen"
    write_folder([batch_of(rows, heads=(head_of(),))], tmp_path / "x")
    text = text_of(tmp_path / "x" / "lines.csv")
    bad = text.replace("3,51000", "3,5x", 1)
    assert bad != text
    (tmp_path / "x" / "lines.csv").write_bytes(bad.encode())
    expected = 1 + bad[: bad.index("3,5x")].count("\n")
    found = spoiling(read_export(tmp_path / "x").batch.heads[0].findings)["number_invalid"]
    assert (found.file, found.line, found.column) == ("lines.csv", expected, "STK_BR")


def test_lines_stay_true_after_empty_lines(export: Path) -> None:
    edit(export, "vat.csv", ("\r\n", "\r\n\r\n"), ("7,00", "sieben"))
    text = text_of(export / "vat.csv")
    expected = 1 + text[: text.index("sieben")].count("\n")
    found = spoiling(read_export(export).batch.heads[0].findings)["number_invalid"]
    assert found.line == expected


def test_own_tables_make_parts_of_their_own(tmp_path: Path) -> None:
    rows = small_rows()
    rows["time_entries"] = [
        {"entry_id": "e1", "employee_id": "7", "start": "2026-07-01T09:00:00+02:00"}
    ]
    batch = batch_of(rows, heads=(head_of(parts=("bookings", "time")),))
    write_folder([batch], tmp_path / "x", own_tables=True)
    reading = read_export(tmp_path / "x")
    assert reading.batch.heads[0].parts == ("bookings", "time")
    assert part_digests(reading.batch) == part_digests(batch)
