"""The rows of a report as a table: a page of them at a time, in any column's order."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import Any, Final

from nicegui import ui

from tillferry.office.figures import FigureColumn, Report
from tillferry.office.figures.model import NUMBERS, Row
from tillferry.office.figures.words import column_title, shown
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, key, named, text
from tillferry.ui.office.words import NONE, Words

ROWS: Final = 50


class ReportTable:
    """A table that keeps its report; only the shown rows are in the browser."""

    def __init__(self, page: Page, report: Report) -> None:
        self._page = page
        self._words = page.words
        self._report = report
        self._rows: list[Row] = list(report.rows)
        self._first = 0
        self._sorted: tuple[int, bool] | None = None
        self._phone_order()
        with box("wide scroll"):
            self._table = named(ui.element("table").classes("list figures-table"), "report")
        self._turn = box("spread")
        self._fill()

    def _phone_order(self) -> None:
        """A phone shows each row as a card, without the heads by which others sort."""
        words = self._words
        names = {
            str(place): column_title(column, words.lang)
            for place, column in enumerate(self._report.figure.columns)
        }
        with box("phone spread noprint"):
            order = ui.select(names, label=words("page_reports_order"))
            order.props("outlined dense options-dense").classes("stretch")
            named(order, "order")
            order.on_value_change(lambda: self._sort(int(order.value)))
            turn = key("", self._turn_round, icon="swap_vert", test="turn")
            turn.props["aria-label"] = words("page_reports_turn")

    def _turn_round(self) -> None:
        if self._sorted is not None:
            self._sort(self._sorted[0])

    def _fill(self) -> None:
        self._table.clear()
        with self._table:
            with ui.element("thead"), ui.element("tr"):
                for place, column in enumerate(self._report.figure.columns):
                    self._head(place, column)
            shown_rows = self._rows[self._first : self._first + ROWS]
            body = "".join(self._row(row) for row in shown_rows)
            ui.html(body, sanitize=False, tag="tbody")
            if self._report.totals:
                totals = "".join(self._row(row, total=True) for row in self._report.totals)
                ui.html(totals, sanitize=False, tag="tfoot")
        self._fill_turn()

    def _head(self, place: int, column: FigureColumn) -> None:
        title = column_title(column, self._words.lang)
        head = ui.element("th").props("scope=col").classes(_look(column))
        order = "none"
        if self._sorted and self._sorted[0] == place:
            order = "descending" if self._sorted[1] else "ascending"
        head.props(f"aria-sort={order}")
        with head:
            press = ui.element("button").classes("order").on("click", lambda: self._sort(place))
            press.props["aria-label"] = self._words("page_reports_sort", column=title)
            named(press, f"sort-{column.name}")
            with press:
                mark = {"descending": " ▼", "ascending": " ▲"}.get(order, "")
                ui.html(escape(title + mark), sanitize=False, tag="span")

    def _row(self, row: Row, *, total: bool = False) -> str:
        cells = []
        for place, (column, value) in enumerate(zip(self._report.figure.columns, row, strict=True)):
            content = cell(column, value, self._words)
            if total and value is None:
                content = self._words("figure_total") if place == 0 else ""
            title = escape(column_title(column, self._words.lang), quote=True)
            negative = " minus" if isinstance(value, Decimal) and value < 0 else ""
            cells.append(
                f'<td class="{_look(column)}{negative}" data-head="{title}">{escape(content)}</td>'
            )
        return f"<tr>{''.join(cells)}</tr>"

    def _fill_turn(self) -> None:
        words, count = self._words, len(self._rows)
        self._turn.clear()
        with self._turn:
            if count <= ROWS:
                text(words("page_reports_rows", count=words.number(count)), "soft", test="rows")
                return
            last = min(self._first + ROWS, count)
            part = words(
                "page_reports_part",
                first=words.number(self._first + 1),
                last=words.number(last),
                count=words.number(count),
            )
            text(part, "soft", test="rows")
            with box("keys"):
                back = key(words("page_reports_before"), lambda: self._move(-ROWS), test="back")
                back.set_enabled(self._first > 0)
                on = key(words("page_reports_after"), lambda: self._move(ROWS), test="next")
                on.set_enabled(last < count)

    def _move(self, by: int) -> None:
        self._first = max(0, self._first + by)
        self._fill()

    def _sort(self, place: int) -> None:
        """In the order of a column; once more turns it round. Numbers begin with the greatest."""
        number = self._report.figure.columns[place].kind in NUMBERS
        turned = self._sorted is not None and self._sorted[0] == place
        falling = not self._sorted[1] if turned and self._sorted else number
        there = [row for row in self._report.rows if row[place] is not None]
        none = [row for row in self._report.rows if row[place] is None]
        there.sort(key=lambda row: _order(row[place]), reverse=falling)
        self._rows, self._first, self._sorted = [*there, *none], 0, (place, falling)
        self._fill()


def cell(column: FigureColumn, value: Any, words: Words) -> str:
    """A value as the table shows it; a dash for nothing."""
    if column.kind == "number" and column.total and value is not None:
        return words.number(value)
    return shown(column, value, words.lang) or NONE


def _look(column: FigureColumn) -> str:
    return "num" if column.kind in NUMBERS else ""


def _order(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
