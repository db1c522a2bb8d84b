"""Options that the commands of the books share."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from tillferry.cli.language import words
from tillferry.errors import TillferryError
from tillferry.office.period import Period

FirstDay = Annotated[str, typer.Option("--from", metavar="DATE", help=words("help_books_from"))]
LastDay = Annotated[str, typer.Option("--to", metavar="DATE", help=words("help_books_to"))]
Tills = Annotated[
    list[str] | None, typer.Option("--till", metavar="SERIAL", help=words("help_books_tills"))
]


def parse_day(text: str) -> date:
    """A day as the command line takes it. Raises ``since_invalid``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TillferryError("since_invalid", day=text) from None


def period_of(first: str, last: str) -> Period:
    """A period. Raises ``since_invalid`` and ``period_reversed``."""
    return Period(parse_day(first), parse_day(last))
