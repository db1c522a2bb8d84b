"""Answers a question with a figure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tillferry.closing.seams import Journal
from tillferry.journal.database import Database
from tillferry.journal.store import SqlJournal
from tillferry.office.figures.model import (
    EXACT,
    Figure,
    FigureColumn,
    Question,
    Report,
    Row,
    scaled,
)
from tillferry.office.figures.sources import statement


def report(journal: Journal, figure: Figure, question: Question) -> Report:
    """The answer of ``figure``, in one statement. Writes nothing.

    Raises what the journal raises where it cannot be read.
    """
    database = _database(journal)
    sql, parameters = statement(figure, question, database.dialect)
    rows: Sequence[Row] = database.rows(sql, *parameters)
    if figure.finish is not None:
        rows = figure.finish(rows)
    from_sql = [column for column in figure.columns if column.ratio is None]
    made = tuple(
        _with_ratios(
            figure, dict(zip((c.name for c in from_sql), _values(from_sql, row), strict=True))
        )
        for row in rows
    )
    return Report(figure, question, made, _totals(figure, made))


def _database(journal: Journal) -> Database:
    if not isinstance(journal, SqlJournal):
        raise TypeError(f"{type(journal).__name__} has no database")
    return journal.database


def _values(columns: Sequence[FigureColumn], row: Row) -> list[Any]:
    return [_value(column, value) for column, value in zip(columns, row, strict=True)]


def _value(column: FigureColumn, value: Any) -> Any:
    if value is None:
        return None
    if column.kind in EXACT:
        return scaled(value, column.decimals)
    if column.kind == "day":
        return date.fromisoformat(value)
    return value


def _with_ratios(figure: Figure, values: dict[str, Any]) -> Row:
    return tuple(
        values[column.name] if column.ratio is None else _ratio(column, values)
        for column in figure.columns
    )


def _ratio(column: FigureColumn, values: dict[str, Any]) -> Decimal | None:
    assert column.ratio is not None
    part, whole = (values[name] for name in column.ratio)
    if part is None or whole is None or whole <= 0:
        return None
    percent = Decimal(part) * 100 / Decimal(whole)
    return percent.quantize(Decimal(1).scaleb(-column.decimals), ROUND_HALF_UP)


def _totals(figure: Figure, rows: Sequence[Row]) -> tuple[Row, ...]:
    """Added up by currency; amounts of different currencies have no sum."""
    if not any(column.total for column in figure.columns):
        return ()
    sums: dict[str, dict[str, Any]] = {}
    for row in rows:
        values = dict(zip((column.name for column in figure.columns), row, strict=True))
        currency = values.get("currency", "")
        found = sums.setdefault(currency, dict.fromkeys(values))
        if "currency" in values:
            found["currency"] = currency
        for column in figure.columns:
            if column.total:
                found[column.name] = _sum(found[column.name], values[column.name])
    return tuple(_with_ratios(figure, found) for _, found in sorted(sums.items()))


def _sum(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    return one + other
