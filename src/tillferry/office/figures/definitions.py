"""All figures, in the order of the pages."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from tillferry.errors import TillferryError
from tillferry.office.figures.books import BOOKS
from tillferry.office.figures.model import Chart, Figure, FigureColumn
from tillferry.office.figures.turnover import (
    AMOUNTS,
    CURRENCY,
    DAY,
    RECEIPTS,
    TILL,
    TURNOVER,
    sums,
)
from tillferry.office.figures.working import worked

_BEFORE: Final = FigureColumn("gross_before", "money", 5, total=True)
_DIFFERENCE: Final = FigureColumn("gross_change", "money", 5, total=True)
_CHANGE: Final = FigureColumn("percent", "percent", 1, ratio=("gross_change", "gross_before"))


def _moved(name: str, *kinds: str) -> str:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return f"CAST(sum(CASE WHEN m.kind IN ({listed}) THEN m.{name} ELSE 0 END) AS BIGINT)"


_OTHERS: Final = (
    Figure(
        "week_comparison",
        f"SELECT day, currency, {sums('closings', 'gross', 'closings_before', 'gross_before')}, "
        f"{sums('gross - gross_before')} FROM ("
        "SELECT d.day, a.currency, a.closings, a.gross, 0 AS closings_before, 0 AS gross_before "
        "FROM by_day a JOIN days d ON d.day = a.day "
        "UNION ALL SELECT d.day, a.currency, 0, 0, a.closings, a.gross "
        "FROM by_day a JOIN days d ON d.week_before = a.day) compared "
        "GROUP BY day, currency ORDER BY day, currency",
        (
            DAY,
            CURRENCY,
            FigureColumn("closings", "number", total=True),
            FigureColumn("gross", "money", 5, total=True),
            FigureColumn("closings_before", "number", total=True),
            _BEFORE,
            _DIFFERENCE,
            _CHANGE,
        ),
        Chart("line", "day", ("gross", "gross_before")),
        days_before=7,
    ),
    Figure(
        "closings",
        "SELECT a.day, p.till, p.till_name, p.outlet, a.z_nr, c.z_erstellung, a.currency, "
        "a.receipts, a.gross, a.net, a.vat FROM asked a "
        "JOIN places p ON p.till_id = a.till_id "
        "JOIN closings c ON c.till_id = a.till_id AND c.closing_id = a.closing_id "
        "ORDER BY a.day, p.till, a.till_id, a.z_nr",
        (
            DAY,
            *TILL,
            FigureColumn("z_nr", "id"),
            FigureColumn("z_erstellung", "time"),
            CURRENCY,
            RECEIPTS,
            *AMOUNTS,
        ),
    ),
    Figure(
        "working_times",
        "SELECT d.week, e.employee_id, coalesce(e.employee_name, ''), e.start, "
        "coalesce(e.\"end\", ''), e.break_minutes FROM works e "
        "JOIN days d ON d.day = substr(e.start, 1, 10) "
        "LEFT JOIN (SELECT DISTINCT till_id, corrected_entry_id AS entry_id FROM works w "
        "WHERE corrected_entry_id <> entry_id) corrected "
        "ON corrected.till_id = e.till_id AND corrected.entry_id = e.entry_id "
        "WHERE corrected.entry_id IS NULL",
        (
            FigureColumn("week", "week"),
            FigureColumn("employee_id", "text"),
            FigureColumn("employee_name", "text"),
            FigureColumn("entries", "number", total=True),
            FigureColumn("worked", "minutes", total=True),
            FigureColumn("breaks", "minutes", total=True),
            FigureColumn("open_entries", "number", total=True),
        ),
        Chart("bar", "week", ("worked",), ("employee_name",)),
        finish=worked,
    ),
    Figure(
        "stock_movements",
        "SELECT m.article_no, m.article_text, m.unit, coalesce(s.currency, ''), "
        f"{_moved('quantity', 'goods_in')}, {_moved('quantity', 'waste')}, "
        f"{_moved('quantity', 'own_use')}, {_moved('quantity', 'transfer')}, "
        f"{sums('m.quantity')}, {_moved('cost', 'goods_in')}, "
        f"{_moved('cost', 'waste', 'own_use')} "
        "FROM held h JOIN movements m ON m.till_id = h.till_id AND m.closing_id = h.closing_id "
        "LEFT JOIN closing_sums s ON s.till_id = h.till_id AND s.closing_id = h.closing_id "
        "WHERE m.kind <> 'count' GROUP BY m.article_no, m.article_text, m.unit, s.currency "
        "ORDER BY m.article_no, m.article_text, m.unit, s.currency",
        (
            FigureColumn("article_no", "text"),
            FigureColumn("article_text", "text"),
            FigureColumn("unit", "text"),
            CURRENCY,
            FigureColumn("goods_in", "quantity", 3),
            FigureColumn("waste", "quantity", 3),
            FigureColumn("own_use", "quantity", 3),
            FigureColumn("transfer", "quantity", 3),
            FigureColumn("balance", "quantity", 3),
            FigureColumn("cost_in", "money", 5, total=True),
            FigureColumn("cost_out", "money", 5, total=True),
        ),
        Chart("bar", "article_text", ("goods_in", "waste", "own_use"), ("unit",)),
    ),
)

FIGURES: Final = MappingProxyType({figure.name: figure for figure in (*TURNOVER, *BOOKS, *_OTHERS)})


def find_figure(name: str) -> Figure:
    """The figure of that name. ``figure_unknown`` names those that there are."""
    found = FIGURES.get(name)
    if found is None:
        raise TillferryError("figure_unknown", name=name, names=", ".join(FIGURES))
    return found
