"""Figures in people's words: titles and meanings from the texts, numbers and days through Babel."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_decimal

from tillferry.errors import message
from tillferry.office.figures.model import Figure, FigureColumn

LOCALES: Final = {"de": "de_DE", "en": "en_GB"}
SHOWN_DECIMALS: Final = 2
"""Money is shown to people in so many decimals; in a report it is exact."""


def title(figure: Figure, lang: str) -> str:
    """What the figure is called."""
    return message(f"figure_{figure.name}", lang)


def meaning(figure: Figure, lang: str) -> str:
    """What the figure says."""
    return message(f"figure_{figure.name}_meaning", lang)


def leaves_out(figure: Figure, lang: str) -> str:
    """What the figure does not have, and why."""
    return message(f"figure_{figure.name}_leaves_out", lang)


def column_title(column: FigureColumn, lang: str) -> str:
    """What stands above the column."""
    return message(f"figure_column_{column.name}", lang)


def code_word(value: object, lang: str) -> str:
    """The word for a code in a column; the code itself where there is no other."""
    try:
        return message(f"figure_code_{value}", lang)
    except KeyError:
        return str(value)


def shown(column: FigureColumn, value: Any, lang: str) -> str:
    """A value as people of the language write it; empty where there is none."""
    if value is None:
        return ""
    match column.kind:
        case "day":
            return shown_day(value, lang)
        case "week":
            year, week = str(value).split("-W")
            return f"KW {int(week)}/{year}" if lang == "de" else f"Week {int(week)}, {year}"
        case "month":
            first = date.fromisoformat(f"{value}-01")
            return format_skeleton("yMMMM", first, locale=LOCALES[lang])
        case "hour":
            return f"{value:02}:00"
        case "time":
            return _time(value, lang)
        case "minutes":
            return f"{value // 60}:{value % 60:02}"
        case "money":
            return _number(value, SHOWN_DECIMALS, lang)
        case "percent":
            return f"{_number(value, column.decimals, lang)}{chr(0xA0) if lang == 'de' else ''}%"
        case "quantity":
            return format_decimal(value, "#,##0.###", locale=LOCALES[lang])
        case "number":
            return shown_number(value, lang)
        case "code":
            return code_word(value, lang)
        case "id" | "text":
            return str(value)


def shown_day(value: date, lang: str) -> str:
    """A day as people of the language write it."""
    return format_date(value, "medium", locale=LOCALES[lang])


def shown_moment(value: datetime, lang: str) -> str:
    """A day with its hour and minute as people of the language write it."""
    return format_datetime(value, "short", locale=LOCALES[lang])


def shown_number(value: int, lang: str) -> str:
    """A count with marks between the thousands."""
    return format_decimal(value, locale=LOCALES[lang])


def _time(value: str, lang: str) -> str:
    """The wall time of the place; what is no time is shown as it came."""
    try:
        wall = datetime.fromisoformat(value.upper())
    except ValueError:
        return value
    return shown_moment(wall, lang)


def _number(value: Decimal, decimals: int, lang: str) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    pattern = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    return format_decimal(rounded, pattern, locale=LOCALES[lang])
