"""All commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from tillferry.cli.language import words


def make_app(arguments: Sequence[str] = ()) -> typer.Typer:
    """The commands, of which only those are loaded that ``arguments`` can mean.

    A command starts in half the time that way; whoever asks for help gets all of them.
    """
    app = typer.Typer(
        help=words("help_tillferry"),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    first, second = (*arguments[:2], "", "")[:2]
    groups = {"office": _office, "till": _till}
    for name, group in groups.items():
        if first == name or first not in groups:
            app.add_typer(group(second), name=name, help=words(f"help_{name}"))
    if first not in groups:
        _add_others(app)
    return app


def _office(command: str) -> typer.Typer:
    from tillferry.cli import office

    # In a process that runs several commands the others are there already, their groups too.
    if command not in _names(office.app) and not office.app.registered_groups:
        from tillferry.cli import office_admin, office_books, office_report

        office_admin.register(office.app)
        office_books.register(office.app)
        office_report.register(office.app)
    return office.app


def _till(command: str) -> typer.Typer:
    from tillferry.cli import till

    if command not in _names(till.app):
        from tillferry.cli import register

        till.app.add_typer(register.app)
    return till.app


def _names(app: typer.Typer) -> set[str]:
    return {
        str(command.name or getattr(command.callback, "__name__", ""))
        for command in app.registered_commands
    }


def _add_others(app: typer.Typer) -> None:
    from tillferry.cli.inspect import inspect_command
    from tillferry.cli.sample import sample_command

    app.command("sample", help=words("help_sample"))(sample_command)
    app.command("inspect", help=words("help_inspect"))(inspect_command)


def _show_version(wanted: bool) -> None:
    if wanted:
        from tillferry import __version__

        typer.echo(f"tillferry {__version__}")
        raise typer.Exit


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
