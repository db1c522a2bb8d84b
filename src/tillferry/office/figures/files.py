"""Reports as files: CSV, XLSX, Parquet, and JSON for programs.

CSV is for a spreadsheet of the language: UTF-8 with a byte order mark, ``;`` and a decimal comma in
German, ``,`` and a decimal point in English; days are ISO 8601, numbers have no marks between the
thousands. XLSX has real numbers and days, and a second sheet that says what the figure means.
Parquet and JSON name columns as the figure does, and hold amounts exactly.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tillferry.errors import message
from tillferry.office.figures.model import EXACT, FigureColumn, Report
from tillferry.office.figures.sheet import sheet
from tillferry.office.figures.words import (
    SHOWN_DECIMALS,
    code_word,
    column_title,
    leaves_out,
    meaning,
    title,
)
from tillferry.office.targets import cell, write_file

Target = Path | IO[bytes]


def write_csv(report: Report, target: Target, lang: str) -> None:
    """The rows with a heading in the language, without totals.

    A text that a spreadsheet would take for a formula gets an apostrophe before it. Raises
    ``target_not_writable``, as all here do.
    """
    text = io.StringIO(newline="")
    comma = lang == "de"
    writer = csv.writer(text, delimiter=";" if comma else ",", lineterminator="\r\n")
    columns = report.figure.columns
    writer.writerow([heading(column, lang) for column in columns])
    for row in report.rows:
        writer.writerow(
            [_csv_cell(c, value, lang, comma) for c, value in zip(columns, row, strict=True)]
        )
    _put(target, text.getvalue().encode("utf-8-sig"))


def write_xlsx(report: Report, target: Target, lang: str) -> None:
    """A sheet with the rows and totals, and one with the meaning."""
    _put(target, sheet(report, lang))


def write_parquet(report: Report, target: Target, lang: str) -> None:
    """The rows with exact decimals; title and meaning are in the file's metadata."""
    figure = report.figure
    fields = [pa.field(column.name, _arrow(column)) for column in figure.columns]
    about = {
        "figure": figure.name,
        "title": title(figure, lang),
        "meaning": meaning(figure, lang),
        "leaves_out": leaves_out(figure, lang),
        "from": report.question.first.isoformat(),
        "to": report.question.last.isoformat(),
    }
    values = zip(*report.rows, strict=True) if report.rows else ([] for _ in fields)
    arrays = [
        pa.array(list(column), field.type) for column, field in zip(values, fields, strict=True)
    ]
    made = io.BytesIO()
    pq.write_table(pa.table(arrays, schema=pa.schema(fields, about)), made)
    _put(target, made.getvalue())


def write_json(report: Report, target: Target, lang: str) -> None:
    """Rows and totals as objects; amounts are texts, days ISO 8601."""
    _put(target, (json.dumps(as_json(report, lang), ensure_ascii=False, indent=2) + "\n").encode())


def as_json(report: Report, lang: str) -> dict[str, object]:
    """The report for programs."""
    figure, question = report.figure, report.question
    names = [column.name for column in figure.columns]

    def objects(rows: tuple[tuple[Any, ...], ...]) -> list[dict[str, object]]:
        return [dict(zip(names, map(_plain, row), strict=True)) for row in rows]

    return {
        "figure": figure.name,
        "title": title(figure, lang),
        "meaning": meaning(figure, lang),
        "leaves_out": leaves_out(figure, lang),
        "from": question.first.isoformat(),
        "to": question.last.isoformat(),
        "columns": [
            {"name": column.name, "kind": column.kind, "title": column_title(column, lang)}
            for column in figure.columns
        ],
        "rows": objects(report.rows),
        "totals": objects(report.totals),
    }


FILE_FORMATS: Final[dict[str, Callable[[Report, Target, str], None]]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "parquet": write_parquet,
    "json": write_json,
}
"""What a report can be written as; the name is the ending of the file."""

MEDIA_TYPES: Final = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
}


def file_name(report: Report, format_name: str) -> str:
    """A name for the file: the figure, the period and the ending."""
    question = report.question
    period = f"{question.first.isoformat()}_{question.last.isoformat()}"
    return f"{report.figure.name}_{period}.{format_name}"


def heading(column: FigureColumn, lang: str) -> str:
    """The column's title in a file; minutes say that they are."""
    found = column_title(column, lang)
    return f"{found} ({message('figure_minutes', lang)})" if column.kind == "minutes" else found


def _csv_cell(column: FigureColumn, value: Any, lang: str, comma: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        text = exact(value, 0 if column.kind == "quantity" else SHOWN_DECIMALS)
        return text.replace(".", ",") if comma else text
    if isinstance(value, date):
        return value.isoformat()
    if column.kind == "code":
        return code_word(value, lang)
    return cell(str(value)) if column.kind == "text" else str(value)


def exact(value: Decimal, least: int) -> str:
    """All decimals of a number, without zeros at the end beyond the ``least`` ones."""
    whole, _, rest = f"{value:f}".partition(".")
    rest = rest.rstrip("0").ljust(least, "0")
    return f"{whole}.{rest}" if rest else whole


def _plain(value: Any) -> object:
    if isinstance(value, Decimal):
        return exact(value, SHOWN_DECIMALS)
    return value.isoformat() if isinstance(value, date) else value


def _arrow(column: FigureColumn) -> pa.DataType:
    if column.kind in EXACT:
        return pa.decimal128(38, column.decimals)
    if column.kind == "day":
        return pa.date32()
    if column.kind in ("number", "id", "minutes", "hour") or column.name == "turnover":
        return pa.int64()
    return pa.string()


def _put(target: Target, content: bytes) -> None:
    if isinstance(target, Path):
        write_file(target, content)
    else:
        target.write(content)
