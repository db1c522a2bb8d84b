"""All commands."""

from __future__ import annotations

from typing import Annotated

import typer

from tillferry import __version__
from tillferry.cli import office, office_admin, register, sample, till
from tillferry.cli.inspect import inspect_command
from tillferry.cli.language import words

app = typer.Typer(
    help=words("help_tillferry"),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
office_admin.register(office.app)
app.add_typer(office.app, name="office", help=words("help_office"))
till.app.add_typer(register.app)
app.add_typer(till.app, name="till", help=words("help_till"))
app.command("sample", help=words("help_sample"))(sample.sample_command)
app.command("inspect", help=words("help_inspect"))(inspect_command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tillferry {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help=words("help_version"), callback=_show_version, is_eager=True
        ),
    ] = False,
    lang: Annotated[str, typer.Option("--lang", metavar="de|en", help=words("help_lang"))] = "",
) -> None:
    del version, lang
