"""The route table: every page, and who may see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tillferry.office.people import Right

if TYPE_CHECKING:
    from tillferry.ui.office.page import Page

Rights = frozenset[Right]
Show = Callable[["Page"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Route:
    """A page. One of ``rights`` opens it; without any it is for everybody who is signed in.

    ``icon`` puts it into the navigation; ``under`` is the entry that is lit instead.
    """

    path: str
    name: str
    show: Show
    rights: Rights
    icon: str = ""
    under: str = ""


def any_of(*rights: Right) -> Rights:
    """Whoever has one of these."""
    return frozenset(rights)
