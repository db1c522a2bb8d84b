"""A figure as an ECharts chart. What a chart cannot show well is left to the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from nicegui import ui

from tillferry.office.figures import Chart, FigureColumn, Report
from tillferry.office.figures.words import column_title, shown, title
from tillferry.ui.office.parts import named, text
from tillferry.ui.office.words import Words

MOST_BARS: Final = 40
MOST_SLICES: Final = 9
MOST_POINTS: Final = 1_100
"""Three years of days."""
_LEVEL_NAMES: Final = 6
_IN_TIME: Final = frozenset({"day", "week", "month", "hour"})
_COLOURS: Final = (
    "#00727f", "#d9822b", "#5b4b8a", "#1b6e3c", "#b3261e",
    "#3f7fbf", "#8a6d00", "#a03f7a", "#4f5d66", "#6aa84f",
)  # fmt: skip
_FIRST: Final = "page_reports_chart_most"
_NEWEST: Final = "page_reports_chart_newest"
_LOCALES: Final = {"de": "de-DE", "en": "en-GB"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """Options of a chart; ``left_out`` is the code that says what only the table has, or ''."""

    options: dict[str, Any]
    shown: int
    left_out: str = ""


def show_chart(report: Report, words: Words, told: str = "page_reports_chart") -> None:
    """The chart of a report, where it has one. ``told`` says where the same numbers are read."""
    drawn = draw(report, words)
    if drawn is None:
        return
    chart = named(ui.echart(drawn.options).classes("chart"), "chart")
    chart.props["role"] = "img"
    chart.props["aria-label"] = words(told, title=title(report.figure, words.lang))
    if drawn.left_out:
        text(words(drawn.left_out, count=words.number(drawn.shown)), "soft", test="left-out")


def draw(report: Report, words: Words) -> Drawn | None:
    """The chart of a report; ``None`` where the figure has none or there is nothing to draw."""
    chart = report.figure.chart
    if chart is None or not report.rows:
        return None
    return _pie(report, chart, words) if chart.kind == "pie" else _axes(report, chart, words)


def _column(report: Report, name: str) -> FigureColumn:
    return report.figure.columns[report.figure.place(name)]


def _label(report: Report, name: str, value: Any, words: Words) -> str:
    return shown(_column(report, name), value, words.lang) or words("page_reports_nobody")


def _number(value: Decimal | int | None) -> float:
    # Pixels need no exact amounts; the table has them.
    return float(value or 0)


def _series(
    report: Report, chart: Chart
) -> tuple[list[Any], dict[tuple[Any, ...], dict[Any, Any]]]:
    """The places on the axis in the order of the rows; values by series and place."""
    figure = report.figure
    x = figure.place(chart.x)
    by = [figure.place(name) for name in chart.by]
    measures = [(name, figure.place(name)) for name in chart.series]
    places: dict[Any, None] = {}
    found: dict[tuple[Any, ...], dict[Any, Any]] = {}
    for row in report.rows:
        places.setdefault(row[x])
        for name, place in measures:
            values = found.setdefault((name, *(row[each] for each in by)), {})
            if row[place] is not None:
                values[row[x]] = values.get(row[x], 0) + row[place]
    return list(places), found


def _name(
    report: Report, chart: Chart, key: Sequence[Any], of: Sequence[Sequence[Any]], words: Words
) -> str:
    """What tells this series from the others: whatever is the same in all is left out."""
    parts = [column_title(_column(report, key[0]), words.lang)] if len(chart.series) > 1 else []
    for place, name in enumerate(chart.by, 1):
        if len({other[place] for other in of}) > 1:
            parts.append(_label(report, name, key[place], words))
    return " · ".join(parts) or column_title(_column(report, key[0]), words.lang)


def _axes(report: Report, chart: Chart, words: Words) -> Drawn:
    places, found = _series(report, chart)
    in_time = _column(report, chart.x).kind in _IN_TIME
    most = MOST_POINTS if in_time else MOST_BARS
    kept = places[-most:] if in_time else places[:most]
    keys = list(found)
    stacked = len(chart.by) > 1 and len(keys) > 1
    names = [_name(report, chart, key, keys, words) for key in keys]
    return Drawn(
        {
            "color": list(_COLOURS),
            "animation": False,
            "grid": {"left": 8, "right": 16, "top": 40, "bottom": 8, "containLabel": True},
            "tooltip": {"trigger": "axis", ":valueFormatter": _format(report, chart, words)},
            "legend": {"show": len(keys) > 1, "type": "scroll", "top": 4, "data": names},
            "xAxis": {
                "type": "category",
                "data": [_label(report, chart.x, place, words) for place in kept],
                "axisLabel": _labels(in_time, len(kept)),
            },
            "yAxis": {
                "type": "value",
                "axisLabel": {":formatter": _format(report, chart, words, 0)},
            },
            "series": [
                {
                    "type": chart.kind,
                    "name": name,
                    "showSymbol": len(kept) < MOST_BARS,
                    "barMaxWidth": 48,
                    "data": [_number(found[key].get(place)) for place in kept],
                    **({"stack": str(key[-1])} if stacked else {}),
                }
                for key, name in zip(keys, names, strict=True)
            ],
        },
        len(kept),
        "" if len(kept) == len(places) else _NEWEST if in_time else _FIRST,
    )


def _labels(in_time: bool, count: int) -> dict[str, Any]:
    """Names are longer than days: many of them stand askew, and the longest are cut."""
    if in_time:
        return {"hideOverlap": True}
    return {"rotate": 30 if count > _LEVEL_NAMES else 0, "width": 130, "overflow": "truncate"}


def _pie(report: Report, chart: Chart, words: Words) -> Drawn:
    places, found = _series(report, chart)
    keys = list(found)
    series = []
    for number, key in enumerate(keys):
        sizes = sorted(found[key].items(), key=lambda pair: abs(_number(pair[1])), reverse=True)
        slices = [
            {"name": _label(report, chart.x, place, words), "value": _number(value)}
            for place, value in sizes[:MOST_SLICES]
            if value and value > 0
        ]
        rest = sum((_number(value) for _, value in sizes[MOST_SLICES:] if value > 0), 0.0)
        if rest:
            slices.append({"name": words("page_reports_others"), "value": rest})
        width = 100 / len(keys)
        series.append(
            {
                "type": "pie",
                "name": _name(report, chart, key, keys, words),
                "radius": ["28%", "54%"],
                "center": [f"{width * number + width / 2:.0f}%", "54%"],
                "data": slices,
                "label": {":formatter": _percent(words)},
                "labelLine": {"length": 8, "length2": 6},
            }
        )
    return Drawn(
        {
            "color": list(_COLOURS),
            "animation": False,
            "tooltip": {"trigger": "item", ":valueFormatter": _format(report, chart, words)},
            "legend": {"type": "scroll", "top": 4},
            "series": series,
        },
        len(places),
    )


def _percent(words: Words) -> str:
    """JavaScript that writes the share of a slice."""
    locale = _LOCALES.get(words.lang, "en-GB")
    return f"p => p.percent.toLocaleString('{locale}', {{maximumFractionDigits: 1}}) + ' %'"


def _format(report: Report, chart: Chart, words: Words, decimals: int | None = None) -> str:
    """JavaScript that writes a number as the table does."""
    kind = _column(report, chart.series[0]).kind
    locale = _LOCALES.get(words.lang, "en-GB")
    if kind == "minutes":
        return "v => Math.floor(v / 60) + ':' + String(Math.round(v) % 60).padStart(2, '0')"
    least = decimals if decimals is not None else (2 if kind == "money" else 0)
    most = max(least, 3 if kind == "quantity" else least)
    return (
        f"v => Number(v).toLocaleString('{locale}', "
        f"{{minimumFractionDigits: {least}, maximumFractionDigits: {most}}})"
    )
