"""The first page of reports: how the newest days were, and the way to every figure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from nicegui import ui

from tillferry.closing.seams import TillState
from tillferry.office.figures import FIGURES, Figure, Question, Report, report
from tillferry.office.figures.words import shown, title
from tillferry.ui.office.figure_chart import show_chart
from tillferry.ui.office.figure_saved import show_saved
from tillferry.ui.office.overview import TillRow, till_rows
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, heading, link, named, text
from tillferry.ui.office.words import Words
from tillferry.wiring.office import Office

GROUPS: Final = {
    "page_reports_group_turnover": (
        *(name for name in FIGURES if name.startswith("turnover_by_")),
        "week_comparison",
    ),
    "page_reports_group_books": (
        "vat",
        "payments",
        "business_cases",
        "cash",
        "cancellations",
        "discounts",
    ),
    "page_reports_group_more": ("closings", "working_times", "stock_movements"),
}
_WEEK: Final = timedelta(days=7)
_SAME: Final = Decimal("0.05")
"""Percent: less is no change that is shown."""


async def show_overview(page: Page, newest: date, address: Callable[[str], str]) -> None:
    """All of it. ``newest`` is the last day that is held, ``address`` gives a figure's page."""
    words = page.words
    month = Question(newest - timedelta(days=29), newest)
    before = Question(newest - 2 * _WEEK + timedelta(days=1), newest)
    by_day = FIGURES["turnover_by_day"]

    def read(office: Office) -> tuple[Report, Report, tuple[TillRow, ...]]:
        return (
            report(office.journal, by_day, month),
            report(office.journal, by_day, before),
            till_rows(office),
        )

    days, weeks, tills = await page.room.read(read)
    with box("tiles"):
        _day_tiles(words, days, newest)
        _week_tiles(words, weeks, newest)
        _tills_tile(words, tills)
    with box("card"):
        heading(title(by_day, words.lang))
        show_chart(days, words, "page_reports_chart_alone")
        link(words("page_reports_as_table"), address(by_day.name), test="as-table")
    for group, names in GROUPS.items():
        with box("card"):
            heading(words(group))
            with box("choices", "nav").props(f'aria-label="{words(group)}"'):
                for name in names:
                    link(
                        title(FIGURES[name], words.lang),
                        address(name),
                        "choose",
                        test=f"figure-{name}",
                    )
    await show_saved(page)


def _day_tiles(words: Words, days: Report, newest: date) -> None:
    names = [column.name for column in days.figure.columns]
    for row in (row for row in days.rows if row[0] == newest):
        values = dict(zip(names, row, strict=True))
        day = words.day(newest)
        _tile(words("page_tile_day", day=day), _money(days.figure, values, words), "day")
        _tile(words("page_tile_receipts", day=day), words.number(values["receipts"]), "receipts")
        _tile(words("page_tile_tills", day=day), words.number(values["tills"]), "tills")


def _week_tiles(words: Words, weeks: Report, newest: date) -> None:
    for currency, week, last_week in _weeks(weeks, newest):
        of = {"gross": week, "currency": currency}
        label = words("page_tile_week", day=words.day(newest))
        with _tile(label, _money(weeks.figure, of, words), "week"):
            if last_week > 0:
                change = (week - last_week) * 100 / last_week
                look = "soft" if abs(change) < _SAME else "good" if change > 0 else "bad"
                text(f"{_percent(change, words)} {words('page_tile_change')}", look)


def _tills_tile(words: Words, tills: tuple[TillRow, ...]) -> None:
    """Whose figures may still be missing."""
    in_use = [row for row in tills if row.till.state is not TillState.RETIRED]
    silent = sum(row.too_silent for row in in_use)
    holes = sum(bool(row.standing.missing) for row in in_use)
    with _tile(words("page_tile_silent"), words.number(silent), "silent"):
        said = words("page_tile_holes", count=words.number(holes))
        link(said, "/completeness", "bad" if holes else "", test="to-completeness")


def _weeks(weeks: Report, newest: date) -> list[tuple[str, Decimal, Decimal]]:
    """By currency the gross turnover of the seven days until ``newest`` and of those before."""
    day, currency, gross = (weeks.figure.place(name) for name in ("day", "currency", "gross"))
    sums: dict[str, list[Decimal]] = {}
    for row in weeks.rows:
        found = sums.setdefault(row[currency], [Decimal(0), Decimal(0)])
        found[0 if newest - row[day] < _WEEK else 1] += row[gross]
    return [(name, week, before) for name, (week, before) in sums.items()]


def _money(figure: Figure, values: dict[str, Any], words: Words) -> str:
    column = figure.columns[figure.place("gross")]
    return f"{shown(column, values['gross'], words.lang)}\N{NO-BREAK SPACE}{values['currency']}"


def _percent(change: Decimal, words: Words) -> str:
    sign = "±" if abs(change) < _SAME else "+" if change > 0 else "\N{MINUS SIGN}"
    number = f"{abs(change):.1f}"
    number = number.replace(".", ",") if words.lang == "de" else number
    return f"{sign}{number}\N{NO-BREAK SPACE}%"


def _tile(label: str, value: str, test: str) -> ui.element:
    tile = named(box("tile"), f"tile-{test}")
    with tile:
        text(label, "soft")
        text(value, "tilevalue")
    return tile
