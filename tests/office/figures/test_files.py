"""A report as a file says what the report says, and opens as what it is."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.office.admin import refused
from tests.office.figures.small import DAY, Receipt, closing, sale
from tillferry.closing.seams import Journal
from tillferry.office.figures import FIGURES, Question, Report, find_figure, report
from tillferry.office.figures.files import (
    FILE_FORMATS,
    file_name,
    write_csv,
    write_json,
    write_parquet,
    write_xlsx,
)
from tillferry.office.figures.words import meaning, shown

CHAIN = Question(date(2026, 10, 19), date(2026, 11, 2))
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def content(write: Any, found: Report, lang: str) -> bytes:
    made = io.BytesIO()
    write(found, made, lang)
    return made.getvalue()


def read_csv(found: Report, lang: str) -> list[list[str]]:
    text = content(write_csv, found, lang).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if lang == "de" else ","))


@pytest.mark.parametrize("name", FIGURES)
def test_csv(chain: Journal, name: str) -> None:
    found = report(chain, find_figure(name), CHAIN)
    german, english = read_csv(found, "de"), read_csv(found, "en")
    assert len(german) == len(english) == len(found.rows) + 1
    for row, values, others in zip(found.rows, german[1:], english[1:], strict=True):
        for column, value, text, other in zip(
            found.figure.columns, row, values, others, strict=True
        ):
            if value is None:
                assert text == other == ""
            elif isinstance(value, Decimal):
                assert text == other.replace(".", ",")
                assert Decimal(other) == value
            elif isinstance(value, date):
                assert text == other == value.isoformat()
            elif column.kind not in ("code", "text"):
                assert text == other == str(value)


def test_csv_is_for_the_spreadsheet_of_the_language(journal: Journal, till: object) -> None:
    closing(journal, sale(123_456), sale(1))
    found = report(journal, find_figure("turnover_by_day"), Question(DAY, DAY))
    assert (
        content(write_csv, found, "de")
        == (
            "\ufeffÖffnungstag;Währung;Kassen;Abschlüsse;Belege;Brutto;Netto;Umsatzsteuer\r\n"
            "2026-07-01;EUR;1;1;2;1234,57;1037,45377;197,11623\r\n"
        ).encode()
    )
    assert (
        content(write_csv, found, "en")
        == (
            "\ufeffBusiness day,Currency,Tills,Closings,Receipts,Gross,Net,VAT\r\n"
            "2026-07-01,EUR,1,1,2,1234.57,1037.45377,197.11623\r\n"
        ).encode()
    )


def test_no_text_becomes_a_formula(journal: Journal, till: object) -> None:
    closing(journal, Receipt([("Umsatz", 1, 100)], cashier="=1+1"), sale(-100, cashier="Uwe"))
    found = report(journal, find_figure("turnover_by_cashier"), Question(DAY, DAY))
    assert found.rows[0][:2] == ("=1+1", "=1+1")
    rows = read_csv(found, "de")[1:]
    assert [row[0] for row in rows] == ["'=1+1", "Uwe"] and rows[1][4] == "-1,00"
    cells = sheet(content(write_xlsx, found, "de"), 1)
    assert cells["A2"] == "=1+1", "a text, not a formula"


def sheet(made: bytes, number: int) -> dict[str, Any]:
    """The cells of a sheet of a workbook, read from its XML."""
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        texts = [
            "".join(part.text or "" for part in entry.iter(f"{_MAIN}t"))
            for entry in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        page = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    assert page.find(f".//{_MAIN}f") is None
    cells: dict[str, Any] = {}
    for cell in page.iter(f"{_MAIN}c"):
        value = cell.findtext(f"{_MAIN}v")
        if value is not None:
            kind = cell.get("t")
            cells[str(cell.get("r"))] = texts[int(value)] if kind == "s" else Decimal(value)
    return cells


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("lang", ["de", "en"])
def test_xlsx(chain: Journal, name: str, lang: str) -> None:
    found = report(chain, find_figure(name), CHAIN)
    made = content(write_xlsx, found, lang)
    cells = sheet(made, 1)
    for number, row in enumerate(found.rows, start=2):
        for place, (column, value) in enumerate(zip(found.figure.columns, row, strict=True)):
            cell = cells.get(f"{chr(ord('A') + place)}{number}")
            if value in (None, ""):
                assert cell in (None, "")
            elif column.kind == "day":
                assert date(1899, 12, 30) + timedelta(days=int(cell)) == value
            elif column.kind == "time":
                wall = datetime.fromisoformat(value).replace(tzinfo=None)
                days = (wall - datetime(1899, 12, 30)) / timedelta(days=1)
                assert abs(float(cell) - days) < 1e-6
            elif column.kind == "minutes":
                assert round(cell * 1440) == value
            elif column.kind == "percent":
                assert round(cell * 100, 6) == value
            elif column.kind in ("money", "quantity", "number", "id", "hour"):
                assert cell == value
            else:
                assert cell == shown(column, value, lang) or column.kind in ("week", "month")
    assert meaning(found.figure, lang) in sheet(made, 2).values()
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        page = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    pane = page.find(f".//{_MAIN}pane")
    assert pane is not None and pane.get("ySplit") == "1" and pane.get("state") == "frozen"
    widths = [float(each.get("width", 0)) for each in page.iter(f"{_MAIN}col")]
    assert widths and all(8 <= width <= 52 for width in widths)


@pytest.mark.parametrize("name", FIGURES)
def test_parquet(chain: Journal, name: str) -> None:
    found = report(chain, find_figure(name), CHAIN)
    table = pq.read_table(io.BytesIO(content(write_parquet, found, "en")))
    assert table.column_names == [column.name for column in found.figure.columns]
    assert [tuple(row.values()) for row in table.to_pylist()] == list(found.rows)
    for column in found.figure.columns:
        if column.kind == "money":
            assert table.schema.field(column.name).type == pa.decimal128(38, column.decimals)
    assert table.schema.metadata[b"meaning"].decode() == meaning(found.figure, "en")


@pytest.mark.parametrize("name", FIGURES)
def test_json(chain: Journal, name: str) -> None:
    found = report(chain, find_figure(name), CHAIN)
    said = json.loads(content(write_json, found, "de"))
    assert (said["figure"], said["from"], said["to"]) == (name, "2026-10-19", "2026-11-02")
    for rows, told in ((found.rows, said["rows"]), (found.totals, said["totals"])):
        for row, values in zip(rows, told, strict=True):
            for value, text in zip(row, values.values(), strict=True):
                if isinstance(value, Decimal):
                    assert isinstance(text, str) and Decimal(text) == value
                else:
                    assert text == (value.isoformat() if isinstance(value, date) else value)


@pytest.mark.parametrize("form", FILE_FORMATS)
def test_a_figure_of_nothing_is_a_file_all_the_same(
    journal: Journal, tmp_path: Path, form: str
) -> None:
    for name in FIGURES:
        found = report(journal, find_figure(name), Question(DAY, DAY))
        target = tmp_path / file_name(found, form)
        FILE_FORMATS[form](found, target, "de")
        assert target.stat().st_size
    with refused("target_not_writable"):
        FILE_FORMATS[form](found, tmp_path / "no" / "folder", "de")


def test_money_is_shown_in_cents_rounded_up_from_the_half(journal: Journal) -> None:
    gross = find_figure("turnover_by_day").columns[5]
    for value, german, english in (
        ("1234567.885", "1.234.567,89", "1,234,567.89"),
        ("-0.005", "-0,01", "-0.01"),
        ("0", "0,00", "0.00"),
    ):
        assert shown(gross, Decimal(value), "de") == german
        assert shown(gross, Decimal(value), "en") == english


def test_counts_have_marks_between_thousands_and_names_have_none() -> None:
    closings = find_figure("closings")
    shown_as = {
        name: shown(closings.columns[closings.place(name)], 11_000_000, "de")
        for name in ("receipts", "z_nr")
    }
    assert shown_as == {"receipts": "11.000.000", "z_nr": "11000000"}
