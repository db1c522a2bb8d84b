"""Working times and stock movements of a sample day: the tables of our own."""

from __future__ import annotations

from random import Random

from tillferry.closing.money import line_gross
from tillferry.closing.tables import STOCK_KINDS
from tillferry.sample.calendar import BusinessDay, local_text
from tillferry.sample.catalogue import MENU_CARD
from tillferry.sample.tse import Row

_STAFF = 4
_ACTIVITIES = ("Theke", "Service", "Küche", "Spüle")
_QUARTER = 900


def staff(number: int) -> tuple[str, str]:
    """Id and name of one who works at a bar."""
    return f"{100 + number}", f"Bedienung {number}"


def time_entries(rng: Random, when: BusinessDay, number: int) -> list[Row]:
    """Who worked how long on day ``number``; now and then a forgotten end, corrected later."""
    rows: list[Row] = []
    span = (when.closes - when.opens) // _QUARTER
    for person in range(1, _STAFF + 1):
        begin = when.opens - 1800 + _QUARTER * int(rng.random() * span / 3)
        end = when.closes - _QUARTER * int(rng.random() * span / 3)
        forgotten = rng.random() < 0.06
        entry = f"{number:05d}-{person}"
        who = (*staff(person), _ACTIVITIES[person - 1], local_text(begin))
        pause = 15 * (1 + int(rng.random() * 3))
        rows.append((entry, *who, None if forgotten else local_text(end), pause, None, None))
        if forgotten:
            corrected = f"{number:05d}-{person + _STAFF}"
            rows.append((corrected, *who, local_text(end), pause, entry, "Ende nachgetragen"))
    return sorted(rows, key=lambda row: str(row[0]))


def stock_movements(rng: Random, when: BusinessDay, number: int) -> list[Row]:
    """Goods in, waste, own use, transfers and counts of day ``number``."""
    rows: list[Row] = []
    count = 4 + int(rng.random() * 6)
    step = (when.closes - when.opens) // (count + 1)
    for position in range(count):
        kind = STOCK_KINDS[0] if rng.random() < 0.4 else STOCK_KINDS[int(rng.random() * 5)]
        article = MENU_CARD[int(rng.random() * len(MENU_CARD))]
        quantity = _quantity(rng, kind, article.unit)
        cost = line_gross(quantity, article.price * 280) * 1000
        rows.append(
            (
                f"{number:05d}-{position + 1:03d}",
                kind,
                article.number,
                article.text,
                quantity,
                article.unit or "Stück",
                None if kind == "count" else cost,
                local_text(when.opens + step * (position + 1)),
                *staff(1 + int(rng.random() * _STAFF)),
                "Umlagerung ins Lager" if kind == "transfer" else None,
            )
        )
    return rows


def _quantity(rng: Random, kind: str, unit: str | None) -> int:
    """How much moves: out of the bar below zero, small but for what comes in or is counted."""
    most = 48 if kind in ("goods_in", "count") else 5
    pieces = 1 + int(rng.random() * most)
    quantity = pieces * 1000 if unit is None else pieces * 350
    return -quantity if kind in ("waste", "own_use", "transfer") else quantity
