"""``tillferry inspect``: what a file is and what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tillferry.cli.language import words
from tillferry.cli.options import Json
from tillferry.cli.output import out, say_aside, show_json


def inspect_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=words("help_inspect_file"))],
    home: Annotated[
        Path | None,
        typer.Option("--home", metavar="DIR", help=words("help_inspect_home"), file_okay=False),
    ] = None,
    as_json: Json = False,
) -> None:
    from tillferry.wiring.inspecting import inspect

    found = inspect(file, home)
    if as_json:
        show_json(found)
        return
    _show(found, "")
    if found.get("kind") == "bundle" and home is None:
        say_aside("inspect_needs_home")


def _show(found: dict[str, Any], indent: str) -> None:
    console = out()
    for name, value in found.items():
        if isinstance(value, dict):
            console.print(f"{indent}{name}:", markup=False)
            _show(value, indent + "  ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            console.print(f"{indent}{name}:", markup=False)
            for entry in value:
                console.print(
                    indent + "  " + ", ".join(f"{key} {entry[key]}" for key in entry),
                    markup=False,
                    soft_wrap=True,
                )
        else:
            console.print(f"{indent}{name}: {value}", markup=False, soft_wrap=True)
