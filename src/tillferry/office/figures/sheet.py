"""A report as an Excel workbook."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from tillferry.errors import message
from tillferry.office.figures.model import NUMBERS, FigureColumn, Report
from tillferry.office.figures.words import (
    code_word,
    column_title,
    leaves_out,
    meaning,
    shown,
    shown_day,
    title,
)

_FORMATS: Final = {
    "day": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm",
    "money": "#,##0.00",
    "quantity": "#,##0.###",
    "minutes": "[h]:mm",
    "number": "#,##0",
    "id": "0",
    "hour": "0",
}
_NARROWEST: Final = 8
_WIDEST: Final = 50
_MEASURED_ROWS: Final = 500
"""So many rows say how wide a column is."""
_MEANING_WIDTH: Final = 100
_NAME_LENGTH: Final = 31
"""Excel takes no longer name of a sheet."""


def sheet(report: Report, lang: str) -> bytes:
    """The workbook. Numbers have 15 digits, as Excel holds them; texts are never formulas."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"title": title(report.figure, lang)})
    _rows(book, report, lang)
    _meaning(book, report, lang)
    book.close()
    return made.getvalue()


def _rows(book: Any, report: Report, lang: str) -> None:
    columns = report.figure.columns
    page = book.add_worksheet(title(report.figure, lang)[:_NAME_LENGTH])
    head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
    plain = [book.add_format(_format(column)) for column in columns]
    total = [book.add_format(_format(column) | {"bold": True, "top": 1}) for column in columns]
    for place, column in enumerate(columns):
        align = {"align": "right"} if column.kind in NUMBERS else {}
        page.write_string(0, place, column_title(column, lang), book.add_format(head | align))
    for number, row in enumerate(report.rows, start=1):
        for place, (column, value) in enumerate(zip(columns, row, strict=True)):
            _write(page, (number, place), column, value, plain[place], lang)
    for number, row in enumerate(report.totals, start=len(report.rows) + 1):
        for place, (column, value) in enumerate(zip(columns, row, strict=True)):
            if place == 0 and value is None:
                page.write_string(number, 0, message("figure_total", lang), total[0])
            else:
                _write(page, (number, place), column, value, total[place], lang)
    page.freeze_panes(1, 0)
    if report.rows:
        page.autofilter(0, 0, len(report.rows), len(columns) - 1)
    measured = (*report.rows[:_MEASURED_ROWS], *report.totals)
    for place, column in enumerate(columns):
        texts = [shown(column, row[place], lang) for row in measured]
        # The heading breaks between its words; the filter's button takes two characters.
        words = [f"{word}  " for word in column_title(column, lang).split()]
        width = max(map(len, [*texts, *words]), default=0) + 1
        name = xl_col_to_name(place)
        page.set_column(f"{name}:{name}", min(max(width, _NARROWEST), _WIDEST))


def _format(column: FigureColumn) -> dict[str, object]:
    if column.kind == "percent":
        return {"num_format": f"0.{'0' * column.decimals}%" if column.decimals else "0%"}
    found = _FORMATS.get(column.kind)
    return {"num_format": found} if found else {}


def _write(
    page: Any, cell: tuple[int, int], column: FigureColumn, value: Any, form: Any, lang: str
) -> None:
    if value is None:
        page.write_blank(*cell, None, form)
    elif column.kind == "day":
        page.write_datetime(*cell, value, form)
    elif column.kind == "time":
        try:
            wall = datetime.fromisoformat(str(value).upper()).replace(tzinfo=None)
        except ValueError:
            page.write_string(*cell, str(value), form)
        else:
            page.write_datetime(*cell, wall, form)
    elif column.kind == "percent":
        page.write_number(*cell, value / 100, form)
    elif column.kind == "minutes":
        page.write_number(*cell, Decimal(value) / 1440, form)
    elif column.kind == "code":
        page.write_string(*cell, code_word(value, lang), form)
    elif column.kind in NUMBERS:
        page.write_number(*cell, value, form)
    else:
        page.write_string(*cell, str(value), form)


def _meaning(book: Any, report: Report, lang: str) -> None:
    page = book.add_worksheet(message("figure_meaning_sheet", lang))
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    question = report.question
    period = f"{shown_day(question.first, lang)} – {shown_day(question.last, lang)}"
    lines = [
        ("figure_word_figure", title(report.figure, lang)),
        ("figure_word_period", period),
        ("figure_word_meaning", meaning(report.figure, lang)),
        ("figure_word_leaves_out", leaves_out(report.figure, lang)),
    ]
    for number, (code, text) in enumerate(lines):
        page.write_string(number, 0, message(code, lang), bold)
        page.write_string(number, 1, text, wrapped)
    page.set_column("A:A", max(len(message(code, lang)) for code, _ in lines) + 2)
    page.set_column("B:B", _MEANING_WIDTH)
