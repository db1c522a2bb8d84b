"""What is on the receipt that is being made: values only, no page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tillferry.till.register.receipt import (
    ArticleLine,
    BookedLine,
    Discount,
    Line,
    Payment,
    Sale,
    VoucherLine,
)


@dataclass(frozen=True, slots=True)
class Basket:
    """A receipt in the making. ``key`` is the booking's id: asking again books it once."""

    key: str
    lines: tuple[Line, ...] = ()
    discount: Discount | None = None
    in_house: bool = True
    table: str = ""
    training: bool = False
    started: str = ""

    def with_line(self, line: Line) -> Basket:
        """One line more; the same article in pieces again only counts up."""
        for place, known in enumerate(self.lines):
            if _adds_up(known, line) and isinstance(known, ArticleLine):
                assert isinstance(line, ArticleLine)
                more = replace(known, quantity=known.quantity + line.quantity)
                return self.with_changed(place, more)
        return replace(self, lines=(*self.lines, line))

    def with_changed(self, place: int, line: Line) -> Basket:
        """Another line in its place."""
        return replace(self, lines=(*self.lines[:place], line, *self.lines[place + 1 :]))

    def without(self, place: int) -> Basket:
        """One line less."""
        return replace(self, lines=(*self.lines[:place], *self.lines[place + 1 :]))

    def sale(self, payments: Sequence[Payment] = (), tip: int = 0) -> Sale:
        """What is asked of the register."""
        return Sale(
            self.lines,
            tuple(payments),
            self.discount,
            tip,
            self.in_house,
            self.table,
            training=self.training,
            started=self.started,
        )


def _adds_up(known: Line, line: Line) -> bool:
    """Whether the two are one article, sold alike, in whole pieces."""
    return (
        isinstance(known, ArticleLine)
        and isinstance(line, ArticleLine)
        and replace(known, quantity=line.quantity) == line
        and known.quantity % 1000 == line.quantity % 1000 == 0
        and known.discount is None
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A line to show. ``place`` is its line in the basket, ``None`` where it cannot be touched.

    ``kind`` is ordered, line, deposit or discount; quantities have three decimals.
    """

    kind: str
    text: str
    quantity: int
    gross: int
    unit: str = ""
    place: int | None = None
    discount: str = ""
    base_gross: int | None = None
    in_house: bool | None = None


def rows(
    basket: Basket, ordered: int, booked: Sequence[BookedLine], deposit_of: Callable[[str], str]
) -> list[Row]:
    """The lines of a quote, each with its place in the basket.

    The first ``ordered`` were ordered before. ``deposit_of`` gives the deposit of an article.
    """
    found = [_row("ordered", line) for line in booked[:ordered]]
    rest = iter(booked[ordered:])
    for place, line in enumerate(basket.lines):
        found.append(_row("line", next(rest), place))
        if isinstance(line, ArticleLine) and line.with_deposit and deposit_of(line.article):
            found.append(_row("deposit", next(rest), place))
    found += [_row("discount", line) for line in rest]
    return found


def _row(kind: str, line: BookedLine, place: int | None = None) -> Row:
    return Row(
        kind,
        f"{line.text} {line.voucher}".strip(),
        line.quantity,
        line.gross,
        line.unit,
        place,
        line.discount,
        line.base_gross,
        line.in_house,
    )


def quantity_of(line: Line) -> int:
    """How much of it; a voucher is one."""
    return 1000 if isinstance(line, VoucherLine) else line.quantity
