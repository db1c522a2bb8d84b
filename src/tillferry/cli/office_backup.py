"""``tillferry office backup-settings``: where backups lie, and when one is too old."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tillferry.cli.language import words
from tillferry.cli.office_options import Person
from tillferry.cli.options import Home, Json
from tillferry.cli.output import say, show_json


def backup_settings(
    home: Home,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="DIR", help=words("help_backup_settings_folder")),
    ] = None,
    hours: Annotated[
        int | None,
        typer.Option("--warn-hours", metavar="HOURS", help=words("help_backup_settings_hours")),
    ] = None,
    person: Person = "",
    as_json: Json = False,
) -> None:
    from dataclasses import asdict, replace

    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home) as office:
        settings = wiring.backup_settings(office)
        if folder is not None:
            settings = replace(settings, folder=str(folder.resolve()))
        if hours is not None:
            settings = replace(settings, warn_hours=hours)
        if folder is not None or hours is not None:
            wiring.set_backup_settings(office, settings, wiring.console_actor(person))
    if as_json:
        show_json(asdict(settings))
    else:
        say("backup_settings_shown", folder=settings.folder or "–", hours=settings.warn_hours)
