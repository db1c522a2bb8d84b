"""``tillferry office reconcile``: compare with a source, or with all of a named list."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tillferry.cli import EXIT_WAITING
from tillferry.cli.language import current, words
from tillferry.cli.office_admin_words import compared_json, compared_row, show_reconciliation
from tillferry.cli.office_options import Person
from tillferry.cli.options import Home, Json
from tillferry.cli.output import Bars, bars, finding_text, say, show_json
from tillferry.errors import TillferryError

if TYPE_CHECKING:
    from tillferry.office.reconcile import Reconciliation
    from tillferry.office.reconcile_list_report import ListResults
    from tillferry.wiring.office_admin import ReconcileEvents


def reconcile(
    home: Home,
    since: Annotated[str, typer.Option("--since", metavar="YYYY-MM-DD", help=words("help_since"))],
    path: Annotated[
        Path | None, typer.Argument(metavar="PATH", help=words("help_reconcile_path"))
    ] = None,
    name: Annotated[
        str, typer.Option("--list", metavar="NAME", help=words("help_reconcile_list"))
    ] = "",
    repair: Annotated[bool, typer.Option("--repair", help=words("help_repair"))] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help=words("help_reconcile_report"))
    ] = None,
    outlet: Annotated[
        str, typer.Option("--outlet", metavar="OUTLET", help=words("help_reconcile_outlet"))
    ] = "",
    person: Person = "",
    as_json: Json = False,
) -> int:
    try:
        first = date.fromisoformat(since)
    except ValueError:
        raise TillferryError("since_invalid", day=since) from None
    if report is not None and report.exists():
        raise TillferryError("target_exists", path=report)
    if (path is None) == (not name) or (name and outlet):
        raise TillferryError("reconcile_one_of")
    if path is None:
        return _by_list(home, name, first, repair, report, person, as_json)
    from tillferry.wiring import office_admin as wiring

    who = wiring.console_actor(person)
    with wiring.opened_office(home, read_only=not repair) as office, bars(of_bytes=False) as shown:
        found = wiring.reconcile(
            office,
            path,
            first,
            who,
            outlet=outlet,
            repair=repair,
            reason=words("reconcile_reason", path=path),
            events=_events(shown),
        )
    if report is not None:
        wiring.write_report(report, found, str(path), who, current())
    if as_json:
        show_json(_found_json(found))
    else:
        show_reconciliation(found, [compared_row(each) for each in found.compared])
        if report is not None:
            say("report_written", file=report)
    return 0 if found.is_identical else EXIT_WAITING


def _by_list(
    home: Path,
    name: str,
    since: date,
    repair: bool,
    report: Path | None,
    person: str,
    as_json: bool,
) -> int:
    from tillferry.wiring import office_admin as wiring

    who = wiring.console_actor(person)
    with wiring.opened_office(home, read_only=not repair) as office, bars(of_bytes=False) as shown:
        found = wiring.list_results(
            office,
            name,
            since,
            who,
            repair=repair,
            reason=words("reconcile_reason", path=name),
            events=_events(shown),
        )
    if report is not None:
        wiring.write_list_report(report, found, who, current())
    if as_json:
        show_json(_list_json(found))
    else:
        _show_list(found)
        if report is not None:
            say("report_written", file=report)
    return 0 if found.is_identical else EXIT_WAITING


def _events(shown: Bars) -> ReconcileEvents:
    from tillferry.wiring.office_admin import ReconcileEvents

    return ReconcileEvents(
        comparing=lambda done, total: shown.update(words("progress_reconcile"), done, total),
        repairing=lambda done, total: shown.update(words("progress_repair"), done, total),
    )


def _found_json(found: Reconciliation) -> dict[str, object]:
    return {
        "since": found.since.isoformat(),
        "totals": {match.value: number for match, number in found.counts.items()},
        "repaired": found.repaired,
        "stopped": found.stopped,
        "closings": [compared_json(each) for each in found.compared],
        "problems": [
            {"source": source, "findings": [finding_text(entry) for entry in findings]}
            for source, findings in found.problems
        ],
    }


def _list_json(found: ListResults) -> dict[str, object]:
    sources: list[dict[str, object]] = []
    for entry, result in found.results:
        told: dict[str, object] = {"outlet": entry.outlet, "path": entry.path}
        if isinstance(result, TillferryError):
            told["error"] = {"code": result.code, "message": words(result.code, **result.params)}
        else:
            told |= _found_json(result)
        sources.append(told)
    return {"list": found.name, "since": found.since.isoformat(), "sources": sources}


def _show_list(found: ListResults) -> None:
    from tillferry.office.reconcile_list_report import outcome_text

    for entry, result in found.results:
        source = found.label(entry)
        say("reconcile_entry", source=source, result=outcome_text(result, current()))
        if not isinstance(result, TillferryError):
            show_reconciliation(result, [compared_row(each) for each in result.compared])
