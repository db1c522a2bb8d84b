"""The key that switches to the other language."""

from __future__ import annotations

from nicegui import ui

from tillferry.errors import LANGUAGES
from tillferry.ui.till.parts import key
from tillferry.ui.till.session import Session
from tillferry.ui.till.words import Words


def language_key(session: Session, *, short: bool = False) -> None:
    """Switch, for this page now and for this till from now on; ``short`` fits into the frame."""
    other = next(lang for lang in LANGUAGES if lang != session.words.lang)
    name = session.words("desk_other_language")

    async def switch() -> None:
        await session.desk.do(session.desk.choose_language, other)
        session.words = Words(other)
        await session.redraw()

    if short:
        button = ui.button(other.upper(), on_click=session.on(switch), color=None)
        button.props(f'flat data-test="language" aria-label="{name}"')
    else:
        key(name, session.on(switch), test="language")
