"""``tillferry office run``: head office's pages."""

from __future__ import annotations

from pathlib import Path
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
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help=words("help_serving_host"))
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="HOSTNAME", help=words("help_serving_name")),
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option("--certificate", metavar="FILE", help=words("help_serving_certificate")),
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help=words("help_serving_key"))
    ] = None,
    behind_proxy: Annotated[
        bool | None,
        typer.Option("--behind-proxy/--no-behind-proxy", help=words("help_serving_proxy")),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help=words("help_serving_keep"))] = False,
) -> None:
    from tillferry.ui.office import run
    from tillferry.wiring.office_admin import actor
    from tillferry.wiring.serving import Wish, served

    wish = Wish(host, names or (), certificate, key, behind_proxy)
    where = served(home, wish, actor(), keep=keep)
    run(home, port, media or [], lang=current(), show=show, where=where)
