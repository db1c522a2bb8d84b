"""``tillferry till …``: the commands of a till with its own register."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tillferry.cli import EXIT_COULD_NOT_RUN, EXIT_WAITING, language, show_register
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
from tillferry.closing.money import parse_decimal
from tillferry.errors import TillferryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tillferry.closing.seams import Progress
    from tillferry.till.sending import Sent
    from tillferry.wiring.register import Handover, OpenRegister

app = typer.Typer()

By = Annotated[str, typer.Option("--by", metavar="PERSON", help=words("help_by"))]


@app.command(help=words("help_run"))
def run(
    home: Home,
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, metavar="PORT", help=words("help_port"))
    ] = 8701,
    media: Media = None,
) -> None:
    from tillferry.ui.till import run as run_page

    run_page(home, port, media or [], lang=language.current())


@app.command(help=words("help_book"))
def book(
    home: Home,
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help=words("help_book_file"))],
    as_json: Json = False,
) -> int:
    from tillferry.till.register.book import book_json, read_document
    from tillferry.wiring.register import opened_register

    document = read_document(file)
    with opened_register(home) as opened:
        done = book_json(opened.register, document)
        opened.fill_outbox()
    if as_json:
        show_json(
            {
                "booked": list(done.booked),
                "known": list(done.known),
                "findings": [finding_json(entry) for entry in done.findings],
            }
        )
    elif done.findings:
        say_aside("book_refused", style="bold red", file=file.name)
        for entry in done.findings:
            say_aside("import_finding", text=finding_text(entry))
    else:
        say("book_done", booked=len(done.booked), known=len(done.known))
    return EXIT_COULD_NOT_RUN if done.findings else 0


@app.command(help=words("help_close"))
def close(
    home: Home,
    stick: Annotated[
        Path | None, typer.Option("--stick", metavar="PATH", help=words("help_stick"))
    ] = None,
    count: Annotated[str, typer.Option("--count", metavar="AMOUNT", help=words("help_count"))] = "",
    by: By = "",
    with_backup: Annotated[bool, typer.Option("--backup", help=words("help_close_backup"))] = False,
    as_json: Json = False,
) -> int:
    from tillferry.wiring.register import opened_register

    counted = _cents(count)
    with opened_register(home) as opened:
        read = _read_letters(opened, stick)
        closed = opened.close_day(opened.may_close(by), counted)
        if not as_json:
            if read is not None:
                show_register.show_letter(read)
            show_register.show_closed(closed)
        done = None if stick is None else _hand_over(opened, stick, with_backup, as_json)
        standing = opened.standing()
    if as_json:
        show_json(show_register.close_json(closed, done, standing))
    elif done is None:
        show_register.show_standing(standing)
    return EXIT_WAITING if done is not None and done.error is not None else 0


@app.command(help=words("help_resend"))
def resend(
    day: Annotated[str, typer.Argument(metavar="YYYYMMDD", help=words("help_resend_day"))],
    home: Home,
    with_time: Annotated[
        bool | None, typer.Option("--with-time/--without-time", help=words("help_with_time"))
    ] = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    from tillferry.wiring.register import opened_register

    with opened_register(home) as opened:
        found, z_nrs = opened.register.resend.find(day)
        if with_time is None:
            with_time = not sys.stdin.isatty() or _confirmed("ask_with_time")
        opened.resend(opened.may_close(by), day, with_time=with_time)
        opened.fill_outbox()
    if as_json:
        show_json(
            {"business_day": found.isoformat(), "closings": list(z_nrs), "with_time": with_time}
        )
        return
    show_register.show_resend(found, z_nrs, with_time)


@app.command(help=words("help_report"))
def report(
    home: Home,
    z_nr: Annotated[
        int | None, typer.Option("--z", min=1, metavar="N", help=words("help_report_z"))
    ] = None,
    running: Annotated[bool, typer.Option("--x", help=words("help_report_x"))] = False,
    times: Annotated[
        tuple[str, str] | None,
        typer.Option("--times", metavar="FROM TO", help=words("help_report_times")),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help=words("help_csv"))] = False,
    as_json: Json = False,
) -> None:
    from tillferry.wiring.register import opened_register

    if sum((z_nr is not None, running, times is not None)) > 1:
        raise typer.BadParameter(words("usage_one_report"))
    with opened_register(home) as opened:
        reports = opened.register.reports
        if times is not None:
            show_register.show_times(
                reports.working_times(_day(times[0]), _day(times[1])),
                as_csv=as_csv,
                as_json=as_json,
            )
            return
        made = reports.x_report() if z_nr is None else reports.z_report(z_nr)
    show_register.show_report(made, as_csv=as_csv, as_json=as_json)


@app.command(help=words("help_backup"))
def backup(
    home: Home,
    to: Annotated[Path, typer.Option("--to", metavar="PATH", help=words("help_backup_to"))],
    as_json: Json = False,
) -> None:
    from tillferry.wiring.register import opened_register

    with opened_register(home) as opened, _shown(str(to)) as progress:
        name = opened.backup(to, progress)
    if as_json:
        show_json({"name": name, "may_be_removed": True})
        return
    say("backup_written", name=name, path=to)
    say_aside("stick_may_go", style="bold green")


@app.command(help=words("help_restore"))
def restore(
    home: Home,
    file: Annotated[Path, typer.Option("--from", metavar="FILE", help=words("help_restore_from"))],
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help=words("help_restore_key"))
    ] = None,
    as_json: Json = False,
) -> None:
    from tillferry.wiring.safekeeping import restore_till

    if key is None:
        raise TillferryError("backup_key_missing")
    done = restore_till(file, key, home)
    if as_json:
        show_json(show_register.restored_json(done))
    else:
        show_register.show_restored(done)


@app.command("recovery-key", help=words("help_recovery_key"))
def recovery_key(
    home: Home,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help=words("help_recovery_out"))
    ] = None,
) -> None:
    from tillferry.wiring.safekeeping import recovery_key_of

    text = recovery_key_of(home, out)
    if out is None:
        sys.stdout.write(text)
        say_aside("recovery_key_shown")
    else:
        say("recovery_key_saved", path=out)


@app.command(help=words("help_till_export"))
def export(
    home: Home,
    out: Annotated[Path, typer.Argument(metavar="OUT.zip", help=words("help_export_out"))],
    as_json: Json = False,
) -> None:
    from tillferry.wiring.register import opened_register

    with opened_register(home) as opened:
        z_nrs = opened.export(out)
    if as_json:
        show_json({"file": str(out), "closings": list(z_nrs)})
    else:
        say("exported", count=len(z_nrs), first=z_nrs[0], last=z_nrs[-1], file=out)


@app.command(help=words("help_till_status"))
def status(home: Home, as_json: Json = False) -> None:
    from tillferry.wiring.register import till_status

    found = till_status(home)
    if as_json:
        show_json(show_register.status_json(found))
    else:
        show_register.show_status(found)


# --- steps --------------------------------------------------------------------------------------


def _cents(text: str) -> int | None:
    """An amount that a person typed: ``1234,50`` or ``1234.50``."""
    if not text:
        return None
    try:
        return parse_decimal(text.replace(",", "."), 2)
    except ValueError:
        raise typer.BadParameter(words("usage_amount", amount=text)) from None


def _confirmed(code: str) -> bool:
    try:
        return typer.confirm(words(code))
    except typer.Abort:
        raise KeyboardInterrupt from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(words("usage_day", day=text)) from None


def _read_letters(opened: OpenRegister, stick: Path | None) -> Sent | None:
    """Read the letters before the close: a restored till must not use a number once more.

    What is wrong with the stick is said when it is written to.
    """
    from tillferry.wiring.register import stick_at

    if stick is None or not opened.has_office:
        return None
    try:
        return opened.read_letters(stick_at(stick))
    except TillferryError:
        return None


def _hand_over(opened: OpenRegister, stick: Path, with_backup: bool, quiet: bool) -> Handover:
    from tillferry.wiring.register import Handover, HandoverState, handover, stick_at

    def step(state: HandoverState) -> None:
        if not quiet and state.value in show_register.TOLD:
            say(f"handover_{state.value}")

    try:
        carrier = stick_at(stick)
    except TillferryError as error:
        done = Handover(HandoverState.FAILED, error=error)
    else:
        with _shown(carrier.label) as progress:
            done = handover(opened, carrier, with_backup=with_backup, progress=progress, step=step)
    if not quiet:
        show_register.show_handover(done)
    elif done.error is not None:
        show_error(done.error)
    return done


@contextmanager
def _shown(label: str) -> Iterator[Progress]:
    with bars() as shown:
        text = words("progress_stick", label=label)
        yield lambda done, total: shown.update(text, done, total)
