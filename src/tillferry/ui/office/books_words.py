"""Amounts, numbers and tables of the pages of the books."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from urllib.parse import urlencode

from nicegui import ui
from nicegui.elements.html import Html

from tillferry.closing.seams import Till
from tillferry.office.till_admin import label
from tillferry.ui.office.parts import named
from tillferry.ui.office.words import NONE, Words


def number(words: Words, value: Decimal | None) -> str:
    """A number without zeros at its end; a dash for none."""
    if value is None:
        return NONE
    whole, _, part = f"{abs(value):f}".partition(".")
    return _signed(words, value, whole, part.rstrip("0"))


def amount(words: Words, value: Decimal | None, currency: str = "") -> str:
    """An amount with as many decimals as it has, at least two; a dash for none."""
    if value is None:
        return NONE
    whole, _, part = f"{abs(value):f}".partition(".")
    shown = _signed(words, value, whole, part.rstrip("0").ljust(2, "0"))
    return f"{shown}\N{NO-BREAK SPACE}{currency}" if currency else shown


def _signed(words: Words, value: Decimal, whole: str, part: str) -> str:
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    point = "," if words.lang == "de" else "."
    return f"{sign}{words.number(int(whole))}{point + part if part else ''}"


def till_name(till: Till) -> str:
    """What people call a till: its number, and its name where it is another."""
    return " ".join(dict.fromkeys(part for part in (label(till), till.name) if part))


def receipt_address(till_id: int, z_nr: int, bon_id: str) -> str:
    """Where a receipt is shown."""
    return f"/receipt?{urlencode({'till': till_id, 'z': z_nr, 'bon': bon_id})}"


def receipt_link(till_id: int, z_nr: int, bon_id: str, shown: str = "") -> str:
    """A link to a receipt, as HTML."""
    address = escape(receipt_address(till_id, z_nr, bon_id), quote=True)
    return f'<a href="{address}" data-test="receipt-link">{escape(shown or bon_id)}</a>'


def soft(content: str) -> str:
    """A line under a cell's content, as HTML."""
    return f'<br><span class="soft">{escape(content)}</span>' if content else ""


def html_table(
    label: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    foot: Sequence[str] = (),
    test: str = "",
) -> Html:
    """A table as ``parts.table``, but cells are HTML already: whoever makes them escapes them."""
    looks = ["num" if place in right else "" for place in range(len(heads))]
    head = "".join(
        f'<th scope="col" class="{look}">{escape(name)}</th>'
        for name, look in zip(heads, looks, strict=True)
    )
    body = "".join(_row(heads, looks, row) for row in rows)
    last = f"<tfoot>{_row(heads, looks, foot)}</tfoot>" if foot else ""
    made = ui.html(
        f'<table class="list books-table" aria-label="{escape(label, quote=True)}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{last}</table>",
        sanitize=False,
    ).classes("wide scroll")
    return named(made, test)


def _row(heads: Sequence[str], looks: Sequence[str], cells: Sequence[str]) -> str:
    return (
        "<tr>"
        + "".join(
            f'<td class="{look}" data-head="{escape(name, quote=True)}">{cell}</td>'
            for cell, name, look in zip(cells, heads, looks, strict=True)
        )
        + "</tr>"
    )
