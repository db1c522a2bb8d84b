"""What stands before the SQL of every figure: the rows that a question is about.

Each is a common table expression, written once and the same on SQLite and PostgreSQL. Only those
that a figure names are put before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from tillferry.closing.sums import SUM_TABLES
from tillferry.journal.database import Dialect
from tillferry.journal.months import ONE_ROW, sums_between
from tillferry.office.figures.model import Figure, Question

SOURCES: Final = {
    "asked": (
        "SELECT till_id, closing_id, z_nr, CAST(business_day AS TEXT) AS day, currency, "
        "receipts, gross, net, vat FROM closing_sums "
        "WHERE business_day >= ? AND business_day <= ? AND {tills}"
    ),
    "by_day": (
        "SELECT CAST(business_day AS TEXT) AS day, currency, count(*) AS closings, "
        "CAST(sum(receipts) AS BIGINT) AS receipts, CAST(sum(gross) AS BIGINT) AS gross, "
        "CAST(sum(net) AS BIGINT) AS net, CAST(sum(vat) AS BIGINT) AS vat FROM closing_sums "
        "WHERE business_day >= ? AND business_day <= ? AND {tills} GROUP BY business_day, currency"
    ),
    "held": (
        "SELECT till_id, closing_id, CAST(business_day AS TEXT) AS day FROM closings "
        "WHERE business_day >= ? AND business_day <= ? AND {tills}"
    ),
    "places": (
        "SELECT t.till_id, CASE WHEN t.customer_number <> '' THEN t.customer_number "
        "ELSE t.serial END AS till, t.name AS till_name, coalesce(o.name, '') AS outlet "
        "FROM tills t LEFT JOIN till_details x ON x.till_id = t.till_id "
        "LEFT JOIN outlets o ON o.outlet_id = x.outlet_id"
    ),
    "works": (
        'SELECT till_id, entry_id, employee_id, employee_name, start, "end", '
        "coalesce(break_minutes, 0) AS break_minutes, corrected_entry_id "
        "FROM time_entries WHERE {tills}"
    ),
    "movements": (
        "SELECT till_id, closing_id, kind, article_no, coalesce(article_text, '') AS article_text, "
        "coalesce(unit, '') AS unit, {quantity}, {cost} FROM stock_movements WHERE {tills}"
    ),
}
"""By name. ``days`` comes on top: every asked day with its ISO week and the day a week before."""

SUMMED: Final = {
    table.name.removeprefix("sums_"): table for table in SUM_TABLES if table.name != ONE_ROW
}
"""Sources that are the sums of all asked closings, with till_id and currency: whole months are
read as such."""


_AFTER_ALL: Final = date(9999, 12, 1)
"""From this day on days have no month after theirs, and no closings."""


def statement(figure: Figure, question: Question, dialect: Dialect) -> tuple[str, list[date]]:
    """The whole SQL of a figure for a question, and its parameters."""
    sources: list[str] = []
    parameters: list[date] = []
    first = min(question.first, _AFTER_ALL)
    last = min(question.last, _AFTER_ALL - timedelta(days=1))
    if _named("days", figure.sql):
        sources.append(f"days(day, week, week_before) AS (VALUES {_days(question.days())})")
    for name, text in SOURCES.items():
        if not _named(name, figure.sql):
            continue
        filled = text.format(
            tills=_tills(question.till_ids),
            quantity=dialect.selected("stock_movements", "quantity"),
            cost=dialect.selected("stock_movements", "cost"),
        )
        sources.append(f"{name} AS ({filled})")
        if "?" in filled:
            parameters += [_before(first, figure.days_before), last]
    for name, table in SUMMED.items():
        if _named(name, figure.sql):
            tills = _tills(question.till_ids)
            sources.append(f"{name} AS ({sums_between(table, first, last, tills)})")
    return f"WITH {', '.join(sources)} {figure.sql}", parameters


def iso_week(day: date) -> str:
    """The ISO week of a day, as 2026-W43."""
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def _named(source: str, sql: str) -> bool:
    return re.search(rf"\b(?:FROM|JOIN) {source}\b", sql) is not None


def _tills(till_ids: Iterable[int] | None) -> str:
    if till_ids is None:
        return "1 = 1"
    numbers = ", ".join(str(int(till_id)) for till_id in till_ids)
    return f"till_id IN ({numbers})" if numbers else "1 = 0"


def _before(day: date, days: int) -> date:
    """So many days earlier, or the first day there is."""
    return day - min(timedelta(days=days), day - date.min)


def _days(days: Iterable[date]) -> str:
    return ", ".join(
        f"('{day.isoformat()}', '{iso_week(day)}', '{_before(day, 7).isoformat()}')" for day in days
    )
