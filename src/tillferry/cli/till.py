"""``tillferry till …``: the side of the till."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tillferry.cli import EXIT_WAITING
from tillferry.cli.language import words
from tillferry.cli.options import Home, Json, Media
from tillferry.cli.output import (
    bars,
    finding_json,
    finding_text,
    say,
    say_aside,
    show_error,
    show_json,
)
from tillferry.cli.stopping import stop_on_signals
from tillferry.closing.model import Severity
from tillferry.closing.ranges import format_ranges, to_ranges

if TYPE_CHECKING:
    from tillferry.till.intake import Intake
    from tillferry.till.sending import Sent

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command(help=words("help_till_init"))
def init(
    home: Home,
    enrolment: Annotated[
        Path | None, typer.Option("--enrolment", metavar="FILE", help=words("help_enrolment"))
    ] = None,
    serial: Annotated[
        str, typer.Option("--serial", metavar="SERIAL", help=words("help_serial"))
    ] = "",
    demo: Annotated[bool, typer.Option("--demo", help=words("help_demo"))] = False,
) -> None:
    from tillferry.wiring.setting_up import set_up

    made = set_up(home, enrolment, serial, demo=demo)
    settings = made.home.settings
    if settings.office_age:
        say(
            "till_ready",
            name=settings.name,
            number=settings.customer_number,
            office=settings.office_name,
            home=home,
        )
    else:
        say("till_ready_alone", home=home)
    if demo:
        say("till_demo", home=home)
    if made.new_key:
        say("recovery_key_made", home=home)


@app.command(help=words("help_till_send"))
def send(
    home: Home,
    stick: Annotated[Path, typer.Option("--stick", metavar="PATH", help=words("help_stick"))],
    exports: Annotated[
        list[Path] | None, typer.Argument(metavar="EXPORT", help=words("help_exports"))
    ] = None,
    as_json: Json = False,
) -> int:
    from tillferry.wiring import till as wiring

    intakes: list[Intake] = []
    with wiring.opened_till(home) as opened, bars() as shown:
        for export in exports or []:
            intakes.append(opened.take(export))
        carrier = wiring.stick(stick)
        sent = opened.send(
            carrier,
            lambda done, total: shown.update(
                words("progress_stick", label=carrier.label), done, total
            ),
        )
    if as_json:
        show_json(_sent_json(intakes, sent))
    else:
        for intake in intakes:
            _show_intake(intake)
        _show_sent(sent)
    whole = all(intake.is_whole for intake in intakes)
    return 0 if whole else EXIT_WAITING


@app.command(help=words("help_agent"))
def agent(
    home: Home,
    exports: Annotated[
        Path, typer.Option("--exports", metavar="DIR", help=words("help_agent_exports"))
    ],
    media: Media = None,
    settle: Annotated[
        float, typer.Option("--settle", min=0.0, metavar="SECONDS", help=words("help_settle"))
    ] = 5.0,
) -> int:
    from tillferry.till.agent import AgentEvents
    from tillferry.wiring.till import run_agent

    stop = stop_on_signals()
    events = AgentEvents(
        taken=_show_intake,
        not_taken=lambda path, error: show_error(error),
        sent=_show_sent,
        not_sent=lambda path, error: show_error(error),
    )
    say("agent_begins", exports=exports)
    run_agent(home, exports, media or [], events, stop=stop, settle_seconds=settle)
    say("agent_ends")
    return 0


# --- words --------------------------------------------------------------------------------------


def _show_intake(intake: Intake) -> None:
    if intake.z_nrs:
        say(
            "export_taken",
            source=intake.source.name,
            z_nrs=format_ranges(to_ranges(intake.z_nrs)),
        )
    elif not intake.refused:
        say("export_known", source=intake.source.name)
    if intake.refused:
        say(
            "export_refused",
            source=intake.source.name,
            z_nrs=format_ranges(to_ranges(intake.refused)),
        )
    for entry in intake.findings:
        if entry.severity is not Severity.INFO:
            say("import_finding", text=finding_text(entry))


def _show_sent(sent: Sent) -> None:
    for problem in sent.letter_problems:
        show_error(problem)
    if sent.letter is not None:
        say("letter_read", z_nrs=format_ranges(sent.letter.through) or "–")
        if sent.letter.rejected:
            say(
                "letter_waits",
                z_nrs=format_ranges(to_ranges(z_nr for z_nr, _ in sent.letter.rejected)),
            )
    if sent.bundle is not None:
        say(
            "bundle_sent",
            count=len(sent.bundle.z_nrs),
            z_nrs=format_ranges(to_ranges(sent.bundle.z_nrs)),
        )
    else:
        say("nothing_to_send")
    if sent.standing.beyond:
        say("till_behind", z_nr=sent.standing.beyond)
    say_aside("stick_may_go", style="bold green")


def _sent_json(intakes: list[Intake], sent: Sent) -> dict[str, object]:
    return {
        "exports": [
            {
                "source": str(intake.source),
                "taken": list(intake.z_nrs),
                "known": list(intake.known),
                "refused": list(intake.refused),
                "findings": [finding_json(entry) for entry in intake.findings],
            }
            for intake in intakes
        ],
        "carrier": sent.carrier,
        "bundle": {
            "name": sent.bundle.name,
            "sequence": sent.bundle.sequence,
            "sha256": sent.bundle.sha256,
            "closings": list(sent.bundle.z_nrs),
        }
        if sent.bundle
        else None,
        "acknowledged": [list(pair) for pair in sent.letter.through] if sent.letter else None,
        "waiting": [entry.z_nr for entry in sent.standing.waiting],
        "acknowledged_at": sent.standing.acknowledged_at or None,
        "may_be_removed": True,
    }
