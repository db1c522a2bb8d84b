"""What charts show of reports that are longer than a screen is wide."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tillferry.office.figures import FIGURES, Question, Report
from tillferry.ui.office.figure_chart import (
    MOST_BARS,
    MOST_POINTS,
    MOST_SLICES,
    Drawn,
    draw,
)
from tillferry.ui.office.words import Words

FIRST = date(2020, 1, 1)


def report_of(name: str, rows: list[dict[str, Any]]) -> Report:
    figure = FIGURES[name]
    shown = tuple(
        tuple(
            row.get(column.name, "EUR" if column.name == "currency" else None)
            for column in figure.columns
        )
        for row in rows
    )
    return Report(figure, Question(FIRST, FIRST + timedelta(days=9_000), None), shown, ())


def drawn(name: str, rows: list[dict[str, Any]], lang: str = "de") -> Drawn:
    found = draw(report_of(name, rows), Words(lang))
    assert found is not None
    return found


def days(count: int) -> list[dict[str, Any]]:
    return [{"day": FIRST + timedelta(days=day), "gross": Decimal(day)} for day in range(count)]


def articles(count: int) -> list[dict[str, Any]]:
    return [
        {"art_nr": f"{number}", "artikeltext": f"A{number}", "gross": Decimal(1000 - number)}
        for number in range(count)
    ]


def test_of_too_many_days_the_newest_are_drawn() -> None:
    found = drawn("turnover_by_day", days(MOST_POINTS + 5))
    (series,) = found.options["series"]
    assert series["data"] == [float(day) for day in range(5, MOST_POINTS + 5)]
    assert found.options["xAxis"]["data"][0] == "06.01.2020"
    assert (found.shown, found.left_out) == (MOST_POINTS, "page_reports_chart_newest")


def test_of_too_many_articles_the_first_are_drawn() -> None:
    found = drawn("turnover_by_article", articles(MOST_BARS + 1))
    assert found.options["xAxis"]["data"] == [f"A{number}" for number in range(MOST_BARS)]
    assert (found.shown, found.left_out) == (MOST_BARS, "page_reports_chart_most")


@pytest.mark.parametrize("name", ["turnover_by_day", "turnover_by_article"])
def test_what_fits_is_drawn_whole(name: str) -> None:
    rows = days(MOST_BARS) if name == "turnover_by_day" else articles(MOST_BARS)
    assert (drawn(name, rows).shown, drawn(name, rows).left_out) == (MOST_BARS, "")


def test_small_slices_are_one() -> None:
    rows = [
        {"warengr_id": f"{number}", "warengr": f"G{number}", "gross": Decimal(100 - number)}
        for number in range(MOST_SLICES + 3)
    ]
    found = drawn("turnover_by_article_group", rows, "en")
    (series,) = found.options["series"]
    slices = {each["name"]: each["value"] for each in series["data"]}
    assert len(slices) == MOST_SLICES + 1
    assert slices["Others"] == float(91 + 90 + 89)
    assert found.left_out == ""


def test_two_currencies_are_two_series_that_are_never_stacked() -> None:
    rows = [
        {"day": FIRST, "gross": Decimal(3)},
        {"day": FIRST, "gross": Decimal(5), "currency": "CHF"},
    ]
    found = drawn("turnover_by_day", rows)
    assert {each["name"]: each["data"] for each in found.options["series"]} == {
        "EUR": [3.0],
        "CHF": [5.0],
    }
    assert all("stack" not in each for each in found.options["series"])


def test_nothing_is_drawn_of_nothing_and_of_figures_without_a_chart() -> None:
    assert draw(report_of("vat", []), Words("de")) is None
    assert FIGURES["cash"].chart is None
    assert draw(report_of("cash", [{}]), Words("de")) is None
