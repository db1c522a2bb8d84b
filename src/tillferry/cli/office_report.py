"""``tillferry office report``: figures, and reports that go out as mail."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tillferry.cli import EXIT_WAITING
from tillferry.cli.language import current, words
from tillferry.cli.office_books_options import Tills, period_of
from tillferry.cli.office_options import Person
from tillferry.cli.options import Home, Json
from tillferry.cli.output import out, say, say_aside, show_error, show_json, table
from tillferry.errors import TillferryError

if TYPE_CHECKING:
    from tillferry.office.figures import Report
    from tillferry.wiring.figures import SavedReport

_TABLE = "table"
_ON_SCREEN = (_TABLE, "json", "csv")
Name = Annotated[str, typer.Argument(metavar="NAME", help=words("help_report_saved_name"))]


def register(app: typer.Typer) -> None:
    """Add all of this to the commands of head office."""
    app.command("report", help=words("help_office_report"))(report)
    app.command("report-save", help=words("help_report_save"))(save)
    app.command("report-list", help=words("help_report_list"))(list_saved)
    app.command("report-remove", help=words("help_report_remove"))(remove)
    app.command("report-send", help=words("help_report_send"))(send)


def report(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help=words("help_report_name"))] = "",
    home: Annotated[
        Path | None, typer.Option("--home", metavar="DIR", help=words("help_home"))
    ] = None,
    first: Annotated[
        str, typer.Option("--from", metavar="DATE", help=words("help_books_from"))
    ] = "",
    last: Annotated[str, typer.Option("--to", metavar="DATE", help=words("help_books_to"))] = "",
    till: Tills = None,
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="table|json|csv|xlsx|parquet", help=words("help_report_format")
        ),
    ] = "",
    target: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help=words("help_report_out"))
    ] = None,
) -> None:
    from tillferry.wiring import figures as wiring
    from tillferry.wiring.office import opened_office

    if not name:
        _list_figures()
        return
    wiring.find_figure(name)
    if home is None:
        raise typer.BadParameter(words("usage_missing", parameter="--home"))
    if not first or not last:
        raise TillferryError("period_needs_both")
    form = form or (target.suffix[1:] if target else _TABLE)
    if target is None and form not in _ON_SCREEN:
        code = "report_needs_file" if form in wiring.FILE_FORMATS else "report_format_unknown"
        raise TillferryError(code, form=form, forms=", ".join((_TABLE, *wiring.FILE_FORMATS)))
    period = period_of(first, last)
    with opened_office(home, read_only=True) as office:
        found = wiring.ask(office, name, period, till or [])
    if target is not None:
        wiring.write(found, target, form, current())
        say("figure_written", rows=len(found.rows), file=target)
    elif form == "csv":
        wiring.write_csv(found, sys.stdout.buffer, current())
        sys.stdout.flush()
    elif form == "json":
        show_json(wiring.as_json(found, current()))
    else:
        _show(found)


def _list_figures() -> None:
    from tillferry.office.figures.words import leaves_out, meaning, title
    from tillferry.wiring import figures as wiring

    for figure in wiring.FIGURES.values():
        out().print(f"[bold]{figure.name}[/]  {title(figure, current())}", soft_wrap=True)
        say("report_meaning", text=meaning(figure, current()))
        say("report_leaves_out", text=leaves_out(figure, current()))
        out().print()


def _show(found: Report) -> None:
    """The figure as a table, its totals last."""
    from tillferry.office.figures.model import NUMBERS
    from tillferry.office.figures.words import shown, shown_day, title

    lang, columns = current(), found.figure.columns
    days = (shown_day(day, lang) for day in (found.question.first, found.question.last))
    say("report_heading", title=title(found.figure, lang), period=" – ".join(days))
    if not found.rows:
        say("report_empty")
        return
    rows = [
        [shown(column, value, lang) for column, value in zip(columns, row, strict=True)]
        for row in (*found.rows, *found.totals)
    ]
    for row in rows[len(found.rows) :]:
        row[0] = row[0] or words("figure_total")
    table([(f"figure_column_{column.name}", column.kind in NUMBERS) for column in columns], rows)


# --- saved reports ------------------------------------------------------------------------------


def save(
    name: Name,
    figure: Annotated[str, typer.Argument(metavar="FIGURE", help=words("help_report_name"))],
    home: Home,
    recipients: Annotated[
        list[str], typer.Option("--to", metavar="MAIL", help=words("help_report_recipients"))
    ],
    period: Annotated[
        str,
        typer.Option(
            "--period", metavar="yesterday|last_week|last_month", help=words("help_report_period")
        ),
    ] = "yesterday",
    schedule: Annotated[
        str,
        typer.Option(
            "--schedule", metavar="daily|weekly|monthly", help=words("help_report_schedule")
        ),
    ] = "daily",
    hour: Annotated[
        int, typer.Option("--hour", metavar="0-23", help=words("help_report_hour"))
    ] = 6,
    till: Tills = None,
    outlet: Annotated[
        str, typer.Option("--outlet", metavar="OUTLET", help=words("help_report_outlet"))
    ] = "",
    form: Annotated[
        str,
        typer.Option("--format", metavar="csv|xlsx|parquet|json", help=words("help_report_format")),
    ] = "xlsx",
    person: Person = "",
) -> None:
    from tillferry.office.figures.words import shown_moment
    from tillferry.wiring import figures as wiring
    from tillferry.wiring.office import now, opened_office
    from tillferry.wiring.office_admin import console_actor

    wanted = wiring.SavedReport(
        name,
        figure,
        wiring.Period(_one_of(period, list(wiring.Period))),
        wiring.Schedule(_one_of(schedule, list(wiring.Schedule))),
        hour,
        tuple(recipients),
        form,
        tuple(till or ()),
        outlet,
        current(),
    )
    with opened_office(home) as office:
        kept = wiring.keep(office, wanted, console_actor(person))
        at = wiring.next_due(kept, now(), office.home.settings.timezone)
    say(
        "report_saved",
        name=kept.name,
        at=shown_moment(at, current()),
        to=", ".join(kept.recipients),
    )


def list_saved(home: Home, as_json: Json = False) -> None:
    from tillferry.office.figures.words import shown_moment
    from tillferry.wiring import figures as wiring
    from tillferry.wiring.office import now, opened_office

    with opened_office(home, read_only=True) as office:
        kept = wiring.saved(office)
        zone = office.home.settings.timezone
        times = [wiring.next_due(each, now(), zone) for each in kept]
    if as_json:
        show_json({"reports": [_plain(each, at) for each, at in zip(kept, times, strict=True)]})
    elif not kept:
        say("reports_none")
    else:
        table(
            [
                ("column_report_name", False),
                ("figure_word_figure", False),
                ("figure_word_period", False),
                ("column_report_next", False),
                ("column_report_to", False),
                ("column_report_trouble", False),
            ],
            [
                [
                    each.name,
                    words(f"figure_{each.figure}"),
                    words(f"report_period_{each.period}"),
                    shown_moment(at, current()),
                    ", ".join(each.recipients),
                    each.trouble,
                ]
                for each, at in zip(kept, times, strict=True)
            ],
        )


def remove(name: Name, home: Home, person: Person = "") -> None:
    from tillferry.wiring import figures as wiring
    from tillferry.wiring.office import opened_office
    from tillferry.wiring.office_admin import console_actor

    with opened_office(home) as office:
        wiring.remove(office, name, console_actor(person))
    say("report_removed", name=name)


def send(
    home: Home,
    at_once: Annotated[
        str, typer.Option("--now", metavar="NAME", help=words("help_report_now"))
    ] = "",
) -> int:
    from tillferry.wiring import figures as wiring
    from tillferry.wiring.office import opened_office

    with opened_office(home, read_only=True) as office:
        found = wiring.send(office, at_once)
    if not found:
        say("reports_not_due")
    for each in found:
        if each.error is None:
            say("report_sent", name=each.report.name, to=", ".join(each.report.recipients))
        else:
            say_aside("report_not_sent", style="bold red", name=each.report.name)
            show_error(each.error)
    return EXIT_WAITING if any(each.error for each in found) else 0


def _one_of(value: str, values: list[str]) -> str:
    if value not in values:
        listed = ", ".join(values)
        raise TillferryError("report_word_unknown", word=value, words=listed)
    return value


def _plain(each: SavedReport, at: datetime) -> dict[str, object]:
    return asdict(each) | {"next": at.isoformat(timespec="minutes")}
