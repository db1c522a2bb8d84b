"""The pages' building blocks: boxes, keys, tables, dialogs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, TypeVar

from nicegui import ui
from nicegui.elements.button import Button
from nicegui.elements.dialog import Dialog
from nicegui.elements.html import Html
from nicegui.elements.label import Label

E = TypeVar("E", bound=ui.element)


def named(element: E, test: str) -> E:
    """The element with a name for tests. Names may come from data, so nothing is parsed."""
    if test:
        element.props["data-test"] = test
    return element


def box(look: str = "", tag: str = "div") -> ui.element:
    """A part of the page that is laid out by its style."""
    return ui.element(tag).classes(look)


def text(content: str, look: str = "", *, test: str = "") -> Label:
    """A line of text."""
    label = ui.label(content).classes(look)
    return named(label, test)


def heading(content: str, level: int = 2) -> Html:
    """A heading that a screen reader finds."""
    return ui.html(escape(content), sanitize=False, tag=f"h{level}")


def key(
    content: str,
    on_click: Callable[..., Any] | None = None,
    *,
    look: str = "",
    icon: str | None = None,
    test: str = "",
) -> Button:
    """A button. ``look`` is go, stop or small; ``test`` names it for tests."""
    button = ui.button(content, on_click=on_click, icon=icon, color=None)
    button.props("unelevated no-caps").classes(f"key {look}")
    named(button, test)
    return button


def link(content: str, target: str, look: str = "", *, test: str = "") -> ui.link:
    """A link to another page."""
    found = ui.link(content, target).classes(look)
    named(found, test)
    return found


def field(label: str, value: str = "", *, test: str = "", kind: str = "text") -> ui.input:
    """A field for a text; ``kind`` is text, date, password or number."""
    made = ui.input(label, value=value, password=kind == "password")
    made.props(
        "outlined dense" + (f" type={kind} stack-label" if kind in ("date", "number") else "")
    )
    named(made, test)
    return made


def choice(
    options: dict[str, str], value: str, label: str, *, test: str = "", on_change: Any = None
) -> ui.select:
    """A field with a few answers."""
    made = ui.select(options, value=value, label=label, on_change=on_change)
    made.props("outlined dense options-dense")
    named(made, test)
    return made


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    test: str = "",
) -> Html:
    """A plain table; on a phone each row becomes a card. ``right`` are columns of numbers.

    Cells are shown as they are: nothing in them is HTML.
    """
    classes = ["num" if place in right else "" for place in range(len(heads))]
    head = "".join(
        f'<th scope="col" class="{look}">{escape(name)}</th>'
        for name, look in zip(heads, classes, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{look}" data-head="{escape(name, quote=True)}">{escape(cell)}</td>'
            for cell, name, look in zip(row, heads, classes, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    made = ui.html(
        f'<table class="list"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>',
        sanitize=False,
    ).classes("wide")
    return named(made, test)


def sheet(title: str) -> tuple[Dialog, ui.element]:
    """A dialog with a title, and the card to fill."""
    dialog = ui.dialog()
    dialog.props["aria-label"] = title
    dialog.on("hide", dialog.delete)
    with dialog, ui.card().classes("sheet") as card:
        heading(title)
    return dialog, card
