"""``tillferry office …``: head office."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tillferry.cli import EXIT_COULD_NOT_RUN, EXIT_WAITING
from tillferry.cli.interruptible import run_interruptible, stopping
from tillferry.cli.language import hint, words
from tillferry.cli.office_options import Person
from tillferry.cli.office_run import run_command
from tillferry.cli.office_users import show_password
from tillferry.cli.options import Home, Json, Media
from tillferry.cli.output import (
    bars,
    day,
    finding_json,
    finding_text,
    money,
    plain_money,
    say,
    say_aside,
    show_error,
    show_json,
    table,
)
from tillferry.cli.stopping import stop_on_signals
from tillferry.closing.model import Severity
from tillferry.closing.ranges import format_ranges
from tillferry.closing.seams import GOOD_STATES, ItemState

if TYPE_CHECKING:
    from tillferry.errors import TillferryError
    from tillferry.office.completeness import TillStatus
    from tillferry.office.importing import Outcome

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_SHOWN_FINDINGS = 5


@app.command(help=words("help_office_init"))
def init(
    home: Home,
    customer_number: Annotated[
        str, typer.Option("--customer-number", metavar="NUMBER", help=words("help_office_number"))
    ],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help=words("help_office_name"))],
    database: Annotated[
        str, typer.Option("--database", metavar="URL", help=words("help_database"))
    ] = "",
) -> None:
    from tillferry.wiring.office import init_office
    from tillferry.wiring.office_admin import first_admin

    init_office(home, customer_number, name, database)
    user, password = first_admin(home)
    say("office_ready", name=name, number=customer_number, home=home)
    say("first_admin_made", name=user)
    show_password(user, password)


@app.command(help=words("help_enrol"))
def enrol(
    home: Home,
    customer_number: Annotated[
        str, typer.Option("--customer-number", metavar="NUMBER", help=words("help_till_number"))
    ],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help=words("help_till_name"))],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help=words("help_enrol_out"))],
    again: Annotated[bool, typer.Option("--again", help=words("help_enrol_again"))] = False,
    person: Person = "",
) -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home) as office:
        who = wiring.console_actor(person)
        till = wiring.enrol(office, customer_number, name, out, who, again=again)
    say("till_enrolled", name=till.name, number=till.customer_number, file=out)


@app.command("import", help=words("help_import"))
def import_command(
    home: Home,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", show_default=False, help=words("help_paths")),
    ] = None,
    accept_new_tills: Annotated[
        bool, typer.Option("--accept-new-tills", help=words("help_accept_new_tills"))
    ] = False,
    without_stock: Annotated[
        bool, typer.Option("--without-stock", help=words("help_without_stock"))
    ] = False,
    backup_folder: Annotated[
        bool, typer.Option("--backup-folder", help=words("help_import_backup_folder"))
    ] = False,
    as_json: Json = False,
) -> int:
    if not paths and not backup_folder:
        raise typer.BadParameter(words("usage_missing", parameter="PATH"))
    from tillferry.office.importing import ImportEvents, ImportOptions
    from tillferry.wiring import office

    outcomes: list[Outcome] = []
    failures: list[TillferryError] = []

    def fail(path: Path, error: TillferryError) -> None:
        del path
        failures.append(error)
        show_error(error)

    def work(stop: threading.Event) -> None:
        with office.opened_office(home) as opened, bars() as shown:
            receiving = office.ReceiveEvents(
                copying=lambda path: stopping(
                    partial(shown.update, words("progress_copy", name=path.name or path)), stop
                ),
                opening=lambda path: stopping(
                    partial(shown.update, words("progress_backups")), stop
                ),
                received=lambda receipt: say_aside(
                    "carrier_copied" if receipt.arrivals else "carrier_has_nothing",
                    style="bold green",
                    path=receipt.path,
                    files=len(receipt.arrivals),
                ),
                failed=fail,
                letters=lambda path, numbers: say_aside(
                    "letters_written", path=path, tills=", ".join(numbers)
                ),
                letters_failed=lambda path, error: show_error(error),
            )
            events = ImportEvents(
                outcome=outcomes.append,
                progress=partial(shown.update, words("progress_import")),
                stop=stop.is_set,
            )
            options = ImportOptions(accept_new_tills, without_stock)
            office.import_paths(
                opened,
                paths or [office.backup_folder(opened)],
                options,
                receiving,
                events,
                backups=backup_folder,
            )

    run_interruptible(work)
    if as_json:
        show_json(_import_json(outcomes))
    else:
        _show_outcomes(outcomes)
    if failures:
        return EXIT_COULD_NOT_RUN
    return _exit_status(outcomes)


app.command("run", help=words("help_office_run"))(run_command)


@app.command("watch", help=words("help_watch"))
def watch_command(home: Home, media: Media = None) -> int:
    from tillferry.office.importing import ImportEvents, ImportOptions
    from tillferry.wiring import office

    stop = stop_on_signals()
    receiving = office.ReceiveEvents(
        received=lambda receipt: say(
            "carrier_copied" if receipt.arrivals else "carrier_has_nothing",
            path=receipt.path,
            files=len(receipt.arrivals),
        ),
        failed=lambda path, error: show_error(error),
        letters=lambda path, numbers: say("letters_written", path=path, tills=", ".join(numbers)),
        letters_failed=lambda path, error: show_error(error),
    )
    events = ImportEvents(outcome=lambda outcome: say("watch_line", **_line(outcome)))
    with office.opened_office(home) as opened:
        say("watch_begins")
        office.watch_media(
            opened,
            media or [],
            ImportOptions(),
            receiving,
            events,
            stop=stop,
            appeared=lambda event: say(f"medium_{event.kind}", label=event.medium.label),
        )
    say("watch_ends")
    return 0


@app.command(help=words("help_status"))
def status(home: Home, as_json: Json = False) -> int:
    from tillferry.wiring import office

    with office.opened_office(home, read_only=True) as opened:
        found = office.status(opened)
    if as_json:
        show_json(
            {
                "tills": [_status_json(entry) for entry in found.tills],
                "unknown": len(found.unknown),
            }
        )
    elif not found.tills and not found.unknown:
        say("status_empty")
    else:
        table(
            [
                ("column_till", False),
                ("column_name", False),
                ("column_last_closing", True),
                ("column_business_day", False),
                ("column_missing", False),
                ("column_waiting", True),
                ("column_days_silent", True),
            ],
            [_status_row(entry) for entry in found.tills],
        )
        if found.unknown:
            say("status_unknown", count=len(found.unknown))
    return 0 if found.is_complete else EXIT_WAITING


@app.command(help=words("help_check"))
def check(home: Home, as_json: Json = False) -> int:
    from tillferry.wiring import office

    with office.opened_office(home, read_only=True) as opened, bars(of_bytes=False) as shown:
        report = office.check(
            opened, lambda done, total: shown.update(words("progress_check"), done, total)
        )
    if as_json:
        show_json(
            {
                "closings": report.closings,
                "files": report.files,
                "faults": [
                    {
                        "code": fault.code,
                        "message": words(
                            fault.code, till=fault.till, z_nr=fault.z_nr, file=fault.delivery
                        ),
                        "till": fault.till,
                        "z_nr": fault.z_nr,
                        "file": fault.delivery,
                    }
                    for fault in report.faults
                ],
            }
        )
    else:
        for fault in report.faults:
            say(fault.code, till=fault.till, z_nr=fault.z_nr, file=fault.delivery[:12])
        say(
            "check_bad" if report.faults else "check_good",
            closings=report.closings,
            files=report.files,
            faults=len(report.faults),
        )
    return EXIT_WAITING if report.faults else 0


# --- words --------------------------------------------------------------------------------------


def _exit_status(outcomes: list[Outcome]) -> int:
    return 0 if all(outcome.state in GOOD_STATES for outcome in outcomes) else EXIT_WAITING


def _import_json(outcomes: list[Outcome]) -> dict[str, object]:
    totals = Counter(outcome.state for outcome in outcomes)
    return {
        "items": [
            {
                "source": outcome.source,
                "till": outcome.till,
                "z_nr": outcome.z_nr or None,
                "business_day": outcome.business_day.isoformat() if outcome.business_day else None,
                "state": outcome.state.value,
                "receipts": outcome.receipts,
                "gross": plain_money(outcome.gross_cents),
                "findings": [finding_json(entry) for entry in outcome.findings],
            }
            for outcome in outcomes
        ],
        "totals": {state.value: totals.get(state, 0) for state in ItemState},
    }


def _line(outcome: Outcome) -> dict[str, object]:
    return {
        "till": outcome.till or "–",
        "z_nr": outcome.z_nr or "–",
        "day": day(outcome.business_day),
        "receipts": outcome.receipts,
        "gross": money(outcome.gross_cents),
        "state": words(f"state_{outcome.state}"),
    }


def _show_outcomes(outcomes: list[Outcome]) -> None:
    if not outcomes:
        say("import_nothing")
        return
    lines = [_line(outcome) for outcome in outcomes]
    table(
        [
            ("column_till", False),
            ("column_z_nr", True),
            ("column_business_day", False),
            ("column_receipts", True),
            ("column_gross", True),
            ("column_state", False),
        ],
        [[str(cell) for cell in line.values()] for line in lines],
    )
    hinted: set[str] = set()
    for outcome in outcomes:
        if outcome.state in GOOD_STATES:
            continue
        say(
            "import_waits",
            till=outcome.till or "–",
            z_nr=outcome.z_nr or "–",
            state=words(f"state_{outcome.state}"),
            source=outcome.source,
        )
        told = [entry for entry in outcome.findings if entry.severity is not Severity.INFO]
        for entry in told[:_SHOWN_FINDINGS]:
            say("import_finding", text=finding_text(entry))
            next_step = hint(entry.code, **dict(entry.params))
            if next_step and next_step not in hinted:
                say("import_hint", text=next_step)
                hinted.add(next_step)
        if len(told) > _SHOWN_FINDINGS:
            say("import_more_findings", count=len(told) - _SHOWN_FINDINGS)
    totals = Counter(outcome.state for outcome in outcomes)
    say(
        "import_totals",
        totals=", ".join(
            f"{count} {words(f'state_{state}')}" for state, count in sorted(totals.items())
        ),
    )


def _status_row(entry: TillStatus) -> list[str]:
    return [
        entry.till.customer_number or entry.till.serial,
        entry.till.name,
        str(entry.last_z_nr or "–"),
        day(entry.last_business_day),
        format_ranges(entry.missing) or "–",
        str(len(entry.waiting)),
        "–" if entry.days_silent is None else str(entry.days_silent),
    ]


def _status_json(entry: TillStatus) -> dict[str, object]:
    return {
        "till": entry.till.customer_number or entry.till.serial,
        "customer_number": entry.till.customer_number,
        "serial": entry.till.serial,
        "name": entry.till.name,
        "state": entry.till.state.value,
        "closings": entry.closings,
        "last_z_nr": entry.last_z_nr or None,
        "last_business_day": entry.last_business_day.isoformat()
        if entry.last_business_day
        else None,
        "missing": [list(pair) for pair in entry.missing],
        "waiting": [
            {"z_nr": item.z_nr or None, "state": item.state.value} for item in entry.waiting
        ],
        "last_delivery": entry.last_delivery or None,
        "days_silent": entry.days_silent,
    }
