"""``tillferry office …``: exports, originals, DATEV, payroll, checks of the books, receipts."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tillferry.cli import EXIT_WAITING
from tillferry.cli.interruptible import run_interruptible, stopping
from tillferry.cli.language import current, words
from tillferry.cli.office_books_options import FirstDay, LastDay, Tills, parse_day, period_of
from tillferry.cli.office_books_words import (
    check_json,
    found_json,
    found_row,
    receipt_json,
    show_check,
    show_receipt,
)
from tillferry.cli.office_datev import accounts, datev
from tillferry.cli.options import Home, Json
from tillferry.cli.output import bars, say, show_json, table
from tillferry.errors import TillferryError


def register(app: typer.Typer) -> None:
    """Add all of this to the commands of head office."""
    app.command("export", help=words("help_office_export"))(export)
    app.command("originals", help=words("help_originals"))(originals)
    app.command("datev", help=words("help_datev"))(datev)
    app.add_typer(accounts, name="datev-accounts", help=words("help_datev_accounts"))
    app.command("payroll", help=words("help_payroll"))(payroll)
    app.command("bookcheck", help=words("help_bookcheck"))(bookcheck)
    app.command("receipts", help=words("help_receipts"))(receipts)
    app.command("receipt", help=words("help_receipt"))(receipt)


def export(
    out: Annotated[Path, typer.Argument(metavar="OUT.zip", help=words("help_export_out"))],
    home: Home,
    till: Tills = None,
    from_z: Annotated[
        int | None, typer.Option("--from-z", min=1, help=words("help_from_z"))
    ] = None,
    to_z: Annotated[int | None, typer.Option("--to-z", min=1, help=words("help_to_z"))] = None,
    first: FirstDay = "",
    last: LastDay = "",
    apart: Annotated[bool, typer.Option("--apart", help=words("help_export_apart"))] = False,
) -> None:
    from tillferry.wiring import office

    tills = till or []
    if bool(first) != bool(last):
        raise TillferryError("period_needs_both")
    if first and (from_z is not None or to_z is not None):
        raise TillferryError("period_or_numbers")
    if first:
        _export_period(home, out, first, last, tills, apart)
        return
    if len(tills) != 1:
        raise TillferryError("till_needed")
    with office.opened_office(home, read_only=True) as opened:
        z_nrs = office.export(opened, out, tills[0], from_z, to_z)
    say("exported", count=len(z_nrs), first=z_nrs[0], last=z_nrs[-1], file=out)


def _export_period(
    home: Path, out: Path, first: str, last: str, tills: list[str], apart: bool
) -> None:
    from tillferry.closing.ranges import format_ranges, to_ranges
    from tillferry.office.till_admin import label
    from tillferry.wiring import bookkeeping as wiring
    from tillferry.wiring.office import opened_office

    period = period_of(first, last)

    def work(stop: threading.Event) -> list[tuple[str, tuple[int, ...]]]:
        with opened_office(home, read_only=True) as opened, bars(of_bytes=False) as shown:
            progress = stopping(partial(shown.update, words("progress_export")), stop)
            found = wiring.export_period(opened, out, period, tills, apart=apart, progress=progress)
        return [(label(till), z_nrs) for till, z_nrs in found.items()]

    for name, z_nrs in run_interruptible(work):
        numbers = format_ranges(to_ranges(z_nrs))
        say("exported_till", till=name, count=len(z_nrs), numbers=numbers)
    say("exported_to", file=out)


def originals(
    out: Annotated[Path, typer.Argument(metavar="OUT.zip", help=words("help_export_out"))],
    home: Home,
    first: FirstDay,
    last: LastDay,
    till: Tills = None,
) -> int:
    from tillferry.office.originals import Original
    from tillferry.wiring import bookkeeping as wiring
    from tillferry.wiring.office import opened_office

    period = period_of(first, last)

    def work(stop: threading.Event) -> tuple[Original, ...]:
        with opened_office(home, read_only=True) as opened, bars() as shown:
            progress = stopping(partial(shown.update, words("progress_originals")), stop)
            return wiring.originals(opened, out, period, till or [], progress=progress)

    found = run_interruptible(work)
    for each in found:
        if each.fault:
            name = each.name or each.delivery.name
            say("originals_fault", name=name, fault=each.fault)
    closings = {(one.serial, one.z_nr) for each in found for one in each.closings}
    say("originals_written", files=len(found), closings=len(closings), file=out)
    return EXIT_WAITING if any(each.fault for each in found) else 0


def payroll(
    out: Annotated[Path, typer.Argument(metavar="OUT.csv", help=words("help_payroll_out"))],
    home: Home,
    first: Annotated[str, typer.Option("--from", metavar="DATE", help=words("help_payroll_from"))],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help=words("help_payroll_to"))],
    till: Tills = None,
    encoding: Annotated[
        str,
        typer.Option("--encoding", metavar="utf-8|cp1252", help=words("help_payroll_encoding")),
    ] = "utf-8",
) -> int:
    from tillferry.wiring import bookkeeping as wiring
    from tillferry.wiring.office import opened_office

    period = period_of(first, last)
    with opened_office(home, read_only=True) as opened:
        days = wiring.write_payroll(
            opened, out, period, till or [], lang=current(), encoding=encoding
        )
    people = {(each.employee_id, each.employee_name) for each in days}
    say("payroll_written", days=len(days), people=len(people), file=out)
    unended = sum(each.open_entries for each in days)
    if unended:
        say("payroll_open", count=unended)
    return EXIT_WAITING if unended else 0


def bookcheck(
    home: Home, first: FirstDay, last: LastDay, till: Tills = None, as_json: Json = False
) -> int:
    from tillferry.office.bookkeeping import BookCheck
    from tillferry.wiring import bookkeeping as wiring
    from tillferry.wiring.office import opened_office

    period = period_of(first, last)

    def work(stop: threading.Event) -> BookCheck:
        with opened_office(home, read_only=True) as opened, bars(of_bytes=False) as shown:
            progress = partial(shown.update, words("progress_bookcheck"))
            return wiring.book_check(
                opened, period, till or [], progress=progress, stop=stop.is_set
            )

    found = run_interruptible(work)
    if as_json:
        show_json(check_json(found))
    else:
        show_check(found)
    return EXIT_WAITING if found.found else 0


def receipts(
    home: Home,
    till: Tills = None,
    first: FirstDay = "",
    last: LastDay = "",
    z_nr: Annotated[int | None, typer.Option("--z", min=1, help=words("help_receipt_z"))] = None,
    number: Annotated[
        int | None, typer.Option("--number", help=words("help_receipts_number"))
    ] = None,
    amount: Annotated[
        str, typer.Option("--amount", metavar="AMOUNT", help=words("help_receipts_amount"))
    ] = "",
    text: Annotated[
        str, typer.Option("--text", metavar="TEXT", help=words("help_receipts_text"))
    ] = "",
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=10_000, help=words("help_receipts_limit"))
    ] = 50,
    as_json: Json = False,
) -> None:
    from tillferry.closing.money import parse_decimal
    from tillferry.office.period import chosen_tills
    from tillferry.office.receipts import Sought
    from tillferry.office.till_admin import label
    from tillferry.wiring import bookkeeping as wiring
    from tillferry.wiring.office import opened_office

    try:
        cents = parse_decimal(amount, 2) if amount else None
    except ValueError:
        raise TillferryError("amount_invalid", amount=amount) from None
    with opened_office(home, read_only=True) as opened:
        tills = chosen_tills(opened.journal, till or [])
        sought = Sought(
            tuple(each.till_id for each in tills) if till else None,
            parse_day(first) if first else None,
            parse_day(last) if last else None,
            z_nr,
            number,
            gross_cents=cents,
            text=text,
        )
        found = wiring.search_receipts(opened, sought, limit)
    names = {each.till_id: label(each) for each in tills}
    if as_json:
        show_json({"receipts": [found_json(each, names) for each in found]})
    elif not found:
        say("receipts_none")
    else:
        table(
            [
                ("column_till", False),
                ("column_z_nr", True),
                ("column_business_day", False),
                ("column_bon_id", False),
                ("column_bon_nr", True),
                ("column_time", False),
                ("column_cashier", False),
                ("column_gross", True),
            ],
            [found_row(each, names) for each in found],
        )
        if len(found) == limit:
            say("receipts_limit")


def receipt(
    home: Home,
    till: Annotated[str, typer.Option("--till", metavar="SERIAL", help=words("help_export_till"))],
    z_nr: Annotated[int, typer.Option("--z", min=1, help=words("help_receipt_z"))],
    bon_id: Annotated[str, typer.Option("--bon", metavar="BON_ID", help=words("help_receipt_bon"))],
    as_json: Json = False,
) -> None:
    from tillferry.wiring import bookkeeping as wiring
    from tillferry.wiring.office import opened_office

    with opened_office(home, read_only=True) as opened:
        found = wiring.receipt(opened, till, z_nr, bon_id)
    if as_json:
        show_json(receipt_json(found))
    else:
        show_receipt(found)
