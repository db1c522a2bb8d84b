"""Every page of head office, and who may see it. Nothing is served that is not in this table."""

from __future__ import annotations

from typing import Final

from tillferry.office.people import Right
from tillferry.ui.office import door, imports
from tillferry.ui.office.routes import Route, any_of

ROUTES: Final = (
    Route("/", "import", imports.show, any_of(Right.SEE), "usb"),
    Route("/password", "password", door.show_password, frozenset()),
)
