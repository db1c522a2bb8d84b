"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tillferry.cli.language import words

Home = Annotated[
    Path, typer.Option("--home", metavar="DIR", help=words("help_home"), file_okay=False)
]
Json = Annotated[bool, typer.Option("--json", help=words("help_json"))]
Media = Annotated[
    list[Path] | None, typer.Option("--media", metavar="DIR", help=words("help_media"))
]
