"""``tillferry office run``: head office's pages."""

from __future__ import annotations

from typing import Annotated

import typer

from tillferry.cli.language import current, words
from tillferry.cli.options import Home, Media


def run_command(
    home: Home,
    port: Annotated[
        int,
        typer.Option(
            "--port", min=1, max=65535, metavar="PORT", help=words("help_office_run_port")
        ),
    ] = 8700,
    media: Media = None,
    show: Annotated[bool, typer.Option("--open/--no-open", help=words("help_office_open"))] = False,
) -> None:
    from tillferry.ui.office import run

    run(home, port, media or [], lang=current(), show=show)
