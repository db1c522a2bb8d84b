"""The page's building blocks: keys, pads, dialogs."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, Final, Literal

from nicegui import ui
from nicegui.elements.button import Button
from nicegui.elements.dialog import Dialog
from nicegui.elements.html import Html
from nicegui.elements.input import Input

from tillferry.closing.money import parse_decimal
from tillferry.errors import TillferryError
from tillferry.ui.till.words import Words

PadKind = Literal["amount", "quantity", "digits", "pin", "percent"]

_DECIMALS: Final = {"amount": 2, "quantity": 3, "percent": 2}
_LONGEST: Final = 12
_AS_FAR_FROM_BLACK_AS_FROM_WHITE: Final = 0.179
"""The luminance with one contrast to both."""


def key(
    text: str,
    on_click: Callable[..., Any] | None = None,
    *,
    look: str = "",
    icon: str | None = None,
    test: str = "",
) -> Button:
    """A large key. ``look`` is go, sea, stop, on or wide; ``test`` names it for tests."""
    button = ui.button(text, on_click=on_click, icon=icon, color=None)
    button.props("unelevated no-caps").classes(f"key {look}")
    if test:
        button.props(f'data-test="{test}"')
    return button


def text(content: str, look: str = "") -> None:
    """A line of text."""
    ui.label(content).classes(look)


def box(look: str) -> ui.element:
    """A part of the page that is laid out by its style."""
    return ui.element("div").classes(look)


def paper(rows: list[list[str]], heads: list[str], numbers: set[int]) -> Html:
    """A plain table; ``numbers`` are the columns to the right."""

    def cells(tag: str, row: list[str]) -> str:
        return "".join(
            f"<{tag}{' class=num' if place in numbers else ''}>{escape(cell)}</{tag}>"
            for place, cell in enumerate(row)
        )

    head = f"<thead><tr>{cells('th', heads)}</tr></thead>" if heads else ""
    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return ui.html(f'<table class="plain">{head}<tbody>{body}</tbody></table>', sanitize=False)


def ink_on(colour: str) -> str:
    """Black or white, whichever has the greater contrast (WCAG 2) with ``#rrggbb``."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000" if luminance > _AS_FAR_FROM_BLACK_AS_FROM_WHITE else "#fff"


def _linear(share: float) -> float:
    """Light of a share of sRGB."""
    return float(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)


class Pad:
    """Keys for a number above a field that takes the keyboard as well.

    ``cents`` and the like raise ``desk_number_wrong`` for what is none.
    """

    def __init__(
        self,
        words: Words,
        kind: PadKind,
        label: str = "",
        value: str = "",
        on_enter: Callable[[], Any] | None = None,
        test: str = "pad",
    ) -> None:
        self._kind = kind
        self.field: Input = ui.input(label, value=value, password=kind == "pin")
        # No keyboard of the tablet: the keys are here. One that is plugged in works.
        self.field.props(f'outlined autofocus inputmode=none data-test="{test}"')
        self.field.props("autocomplete=off")
        self.field.classes(f"padfield {'pin' if kind == 'pin' else ''}")
        if on_enter is not None:
            self.field.on("keydown.enter", on_enter)
        point = "," if words.lang == "de" else "."
        last = {"amount": point, "quantity": point, "percent": point}.get(kind, "C")
        with box("pad"):
            for sign in ("7", "8", "9", "4", "5", "6", "1", "2", "3", last, "0", "⌫"):
                key(sign, lambda sign=sign: self._press(sign), test=f"{test}-{sign}").props(
                    f'tabindex=-1 aria-label="{sign}"'
                )

    def _press(self, sign: str) -> None:
        if sign == "⌫":
            self.text = self.text[:-1]
        elif sign == "C":
            self.text = ""
        elif len(self.text) < _LONGEST:
            self.text += sign

    @property
    def text(self) -> str:
        """What was typed."""
        return str(self.field.value or "").strip()

    @text.setter
    def text(self, value: str) -> None:
        self.field.set_value(value)

    @property
    def number(self) -> int:
        """What was typed, scaled by the decimals of the kind; 0 for nothing."""
        return number_of(self.text, _DECIMALS.get(self._kind, 0))


def number_of(typed: str, decimals: int) -> int:
    """A number that a person typed, scaled; 0 for nothing. ``desk_number_wrong``."""
    if not typed.strip():
        return 0
    try:
        return parse_decimal(typed, decimals)
    except ValueError:
        raise TillferryError("desk_number_wrong", number=typed[:20]) from None


def sheet(title: str, *, label: str = "", narrow: bool = False, persistent: bool = False) -> Dialog:
    """A dialog with a title; use it ``with sheet(...) as dialog, ...`` and open it.

    ``label`` names one without a title for screen readers.
    """
    dialog = ui.dialog()
    dialog.on("hide", dialog.delete)
    if persistent:
        dialog.props("persistent")
    with dialog:
        card = ui.card().classes("sheet narrow" if narrow else "sheet")
    with card:
        if title:
            text(title, "title")
    dialog.props(f'aria-label="{escape(title or label, quote=True)}"')
    return dialog


def inside(dialog: Dialog) -> ui.element:
    """The card of a ``sheet``, to be filled."""
    return dialog.default_slot.children[0]
