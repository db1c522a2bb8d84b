"""Sums of each till by calendar month, so that years are read as fast as days.

They are kept with the sums of closings, in the same transactions: added when a closing is appended,
taken away again when it is corrected. A month has a row for every combination of what is no sum;
``closings`` counts how many closings it is made of.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import pyarrow as pa

from tillferry.closing.sums import SUM_TABLES, SumTable
from tillferry.journal.database import Database

ONE_ROW: Final = "closing_sums"
"""The table with one row a closing; it is small, and has no months."""

NO_RATE: Final = -1
"""Stands for a rate that is not known: a key has no empty values."""

MONTH_TABLES: Final = {
    f"months_{table.name.removeprefix('sums_')}": table
    for table in SUM_TABLES
    if table.name != ONE_ROW
}

_NUMBERS: Final = {
    "sqlite": "SELECT value FROM json_each(?)",
    "postgresql": "SELECT CAST(json_array_elements_text(CAST(? AS JSON)) AS BIGINT)",
}


def month_key(table: SumTable) -> tuple[str, ...]:
    """What makes a row of a table of months."""
    said = (column.name for column in table.columns if not column.summed)
    return ("till_id", "month", "currency", *said)


def add_to_months(database: Database, closing_ids: Sequence[int]) -> None:
    """Add the sums of closings to their months, inside a transaction."""
    _count(database, closing_ids, 1)


def take_from_months(database: Database, closing_ids: Sequence[int]) -> None:
    """Take the sums of closings out of their months, while they are still there."""
    _count(database, closing_ids, -1)
    for name in MONTH_TABLES:
        database.run(f"DELETE FROM {name} WHERE closings = 0")


def _count(database: Database, closing_ids: Sequence[int], sign: int) -> None:
    listed = pa.table({"ids": [json.dumps([int(closing_id) for closing_id in closing_ids])]})
    numbers = _NUMBERS[database.dialect.name]
    for name, table in MONTH_TABLES.items():
        sums = [column.name for column in table.columns if column.summed]
        database.run_each(
            f"INSERT INTO {name} ({', '.join((*month_key(table), *sums, 'closings'))}) "
            f"SELECT {selected_months(table, sign)} FROM closing_sums c "
            f"JOIN {table.name} s ON s.till_id = c.till_id AND s.closing_id = c.closing_id "
            f"WHERE c.closing_id IN ({numbers}) GROUP BY {_grouped(table)} "
            f"ON CONFLICT ({', '.join(month_key(table))}) DO UPDATE SET "
            + ", ".join(
                f"{each} = {name}.{each} + excluded.{each}" for each in (*sums, "closings")
            ),
            listed,
        )


def selected_months(table: SumTable, sign: int = 1) -> str:
    """The columns of months out of closings ``c`` and their sums ``s``."""
    sums = [
        f"CAST({sign} * sum(s.{column.name}) AS BIGINT)"
        for column in table.columns
        if column.summed
    ]
    counted = f"CAST({sign} * count(DISTINCT c.closing_id) AS BIGINT)"
    return ", ".join((_grouped(table), *sums, counted))


def _grouped(table: SumTable) -> str:
    said = [
        f"coalesce(s.{column.name}, {NO_RATE})" if column.optional else f"s.{column.name}"
        for column in table.columns
        if not column.summed
    ]
    month = "substr(CAST(c.business_day AS TEXT), 1, 7)"
    return ", ".join(("c.till_id", month, "c.currency", *said))


# --- reading ------------------------------------------------------------------------------------


def sums_between(table: SumTable, first: date, last: date, tills: str) -> str:
    """SQL of the sums of these business days (both included) with till_id and currency.

    Whole months come from the months, the days around them from the closings. ``tills`` is a
    condition on ``till_id``. Rows are not grouped.
    """
    begin, end = _whole_months(first, last)
    if begin >= end:
        return _of_days(table, first, last, tills)
    parts = [_of_months(table, begin, end, tills)]
    if first < begin:
        parts.append(_of_days(table, first, begin - timedelta(days=1), tills))
    if end <= last:
        parts.append(_of_days(table, end, last, tills))
    return " UNION ALL ".join(parts)


def _whole_months(first: date, last: date) -> tuple[date, date]:
    """The first days of the first whole month and of the month after the last whole one."""
    begin = first if first.day == 1 else _next_month(first)
    return begin, (last + timedelta(days=1)).replace(day=1)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _of_months(table: SumTable, begin: date, end: date, tills: str) -> str:
    columns = ", ".join(
        f"nullif({column.name}, {NO_RATE}) AS {column.name}" if column.optional else column.name
        for column in table.columns
    )
    name = next(name for name, of in MONTH_TABLES.items() if of is table)
    return (
        f"SELECT till_id, currency, {columns} FROM {name} WHERE month >= '{begin.isoformat()[:7]}' "
        f"AND month < '{end.isoformat()[:7]}' AND {tills}"
    )


def _of_days(table: SumTable, first: date, last: date, tills: str) -> str:
    columns = ", ".join(f"s.{column.name}" for column in table.columns)
    return (
        f"SELECT c.till_id, c.currency, {columns} FROM (SELECT till_id, closing_id, currency "
        f"FROM closing_sums WHERE business_day >= '{first}' AND business_day <= '{last}' "
        f"AND {tills}) c JOIN {table.name} s ON s.till_id = c.till_id "
        "AND s.closing_id = c.closing_id"
    )
