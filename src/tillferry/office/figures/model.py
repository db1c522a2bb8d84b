"""What a figure is, what it is asked about, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from tillferry.errors import TillferryError

LONGEST_YEARS: Final = 40
"""A question is about so many years at most, so that its list of days stays one statement."""

Kind = Literal[
    "text",
    "code",
    "day",
    "week",
    "month",
    "hour",
    "time",
    "number",
    "id",
    "money",
    "quantity",
    "minutes",
    "percent",
]
"""What a column holds. ``code`` is a word that people have another for, ``week`` is 2026-W43,
``month`` 2026-10, ``hour`` 0 to 23, ``time`` an RFC 3339 text, ``minutes`` a whole number,
``id`` a number that names something and counts nothing."""

EXACT: Final = frozenset({"money", "quantity", "percent"})
"""The kinds that hold a Decimal."""
NUMBERS: Final = EXACT | {"number", "id", "minutes", "hour"}
"""The kinds that hold numbers, and stand on the right."""

Row = tuple[Any, ...]
Finish = Callable[[Sequence[Row]], list[Row]]


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """A column of a figure, named as in its SQL.

    The SQL gives numbers as whole numbers scaled by ``decimals``. ``total`` says whether the rows
    of one currency may be added up. With ``ratio`` the column is no part of the SQL: it is the
    first of those columns in percent of the second, empty where that is not above zero.
    """

    name: str
    kind: Kind
    decimals: int = 0
    total: bool = False
    ratio: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """How a figure is drawn: ``series`` over ``x``, apart for each value of the columns ``by``.

    A pie has one series. Amounts of different currencies are never in one stack, so ``by`` has
    the currency.
    """

    kind: Literal["bar", "line", "pie"]
    x: str
    series: tuple[str, ...]
    by: tuple[str, ...] = ("currency",)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, defined once for page, chart, command, file and mail.

    ``sql`` is the same text on SQLite and PostgreSQL; what stands before it is in ``sources``.
    ``days_before`` are asked for as well, for comparisons. ``finish`` makes the rows from those of
    the SQL, where that is no work for SQL.
    """

    name: str
    sql: str
    columns: tuple[FigureColumn, ...]
    chart: Chart | None = None
    days_before: int = 0
    finish: Finish | None = None

    def place(self, name: str) -> int:
        """Where in a row the column of that name is. ``KeyError`` where there is none."""
        for place, column in enumerate(self.columns):
            if column.name == name:
                return place
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Question:
    """Business days from ``first`` to ``last``, both included, of these tills or of all.

    Raises ``period_reversed`` and ``figure_period_too_long``.
    """

    first: date
    last: date
    till_ids: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise TillferryError("period_reversed", first=self.first, last=self.last)
        if (self.last - self.first).days > LONGEST_YEARS * 366:
            raise TillferryError("figure_period_too_long", years=LONGEST_YEARS)

    def days(self) -> tuple[date, ...]:
        """Every day of it."""
        count = (self.last - self.first).days + 1
        return tuple(self.first + timedelta(days=place) for place in range(count))


@dataclass(frozen=True, slots=True)
class Report:
    """The answer. Money, quantities and percents are Decimals, days are dates.

    ``totals`` has a row for each currency, with nothing where a column is not added up; none where
    nothing of the figure is.
    """

    figure: Figure
    question: Question
    rows: tuple[Row, ...]
    totals: tuple[Row, ...]


def scaled(value: int, decimals: int) -> Decimal:
    """A whole number as the decimal it stands for, exact."""
    return Decimal(value).scaleb(-decimals)
