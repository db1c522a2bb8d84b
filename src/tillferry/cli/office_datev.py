"""``tillferry office datev`` and ``tillferry office datev-accounts …``."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tillferry.cli import EXIT_WAITING
from tillferry.cli.language import hint, words
from tillferry.cli.office_books_options import FirstDay, LastDay, Tills, period_of
from tillferry.cli.office_options import Person
from tillferry.cli.options import Home, Json
from tillferry.cli.output import day, money, say, show_json, table
from tillferry.errors import TillferryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tillferry.office.datev import DatevSettings

accounts = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_NONE = "-"

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help=words("help_datev_account"))]
OfTill = Annotated[str, typer.Option("--till", metavar="SERIAL", help=words("help_datev_till"))]


def datev(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help=words("help_datev_out"), file_okay=False)
    ],
    home: Home,
    first: FirstDay,
    last: LastDay,
    till: Tills = None,
) -> int:
    from tillferry.wiring import bookkeeping as wiring
    from tillferry.wiring.office import opened_office

    period = period_of(first, last)
    with opened_office(home, read_only=True) as opened:
        result = wiring.write_datev(opened, out, period, till or [])
    for told in result.findings:
        say(
            "datev_obstacle",
            text=words(told.finding.code, **dict(told.finding.params)),
            z_nr=told.first_z,
            day=day(told.first_day),
            count=told.closings,
        )
    if result.findings:
        hints = {hint(each.finding.code, **dict(each.finding.params)) for each in result.findings}
        for text in sorted(hints):
            say("import_hint", text=text)
        say("datev_refused", count=len(result.findings), closings=result.closings)
        return EXIT_WAITING
    for file in result.files:
        say("datev_written", postings=file.postings, amount=money(file.cents), file=out / file.name)
    return 0


@accounts.command("show", help=words("help_datev_show"))
def show(home: Home, as_json: Json = False) -> None:
    from tillferry.wiring import bookkeeping as wiring
    from tillferry.wiring.office import opened_office

    with opened_office(home, read_only=True) as opened:
        settings = _needed(wiring.datev_settings(opened))
    value = asdict(settings)
    if as_json:
        show_json(value)
        return
    for name, one in value.items():
        if not isinstance(one, tuple):
            say("datev_setting", name=name, value=one if one not in ("", None) else "–")
    table(
        [
            ("column_gv_typ", False),
            ("column_vat", True),
            ("column_name", False),
            ("column_till", False),
            ("column_account", True),
            ("column_tax_key", True),
        ],
        [
            [each.gv_typ, each.vat, each.gv_name, each.till, each.account, each.tax_key]
            for each in settings.cases
        ],
    )
    table(
        [
            ("column_payment_kind", False),
            ("column_name", False),
            ("column_currency", False),
            ("column_till", False),
            ("column_account", True),
        ],
        [
            [each.zahlart_typ, each.zahlart_name, each.currency, each.till, each.account]
            for each in settings.payments
        ],
    )
    if settings.cost_centres:
        table(
            [("column_till", False), ("column_cost_centre", False)],
            [[each.till, each.name] for each in settings.cost_centres],
        )


@accounts.command("preset", help=words("help_datev_preset"))
def use_preset(
    name: Annotated[
        str, typer.Argument(metavar="skr03|skr04", help=words("help_datev_preset_name"))
    ],
    home: Home,
    consultant: Annotated[
        int, typer.Option("--consultant", metavar="NUMBER", help=words("help_datev_consultant"))
    ],
    client: Annotated[
        int, typer.Option("--client", metavar="NUMBER", help=words("help_datev_client"))
    ],
    year: Annotated[
        str, typer.Option("--fiscal-year-start", metavar="MM-DD", help=words("help_datev_year"))
    ] = "01-01",
    length: Annotated[
        int, typer.Option("--account-length", metavar="NUMBER", help=words("help_datev_length"))
    ] = 4,
    person: Person = "",
) -> None:
    from tillferry.wiring import bookkeeping as wiring

    settings = wiring.datev_preset(
        name, consultant, client, fiscal_year_start=year, account_length=length
    )
    _keep(home, person, settings)


@accounts.command("set", help=words("help_datev_set"))
def set_values(
    home: Home,
    consultant: Annotated[
        int | None,
        typer.Option("--consultant", metavar="NUMBER", help=words("help_datev_consultant")),
    ] = None,
    client: Annotated[
        int | None, typer.Option("--client", metavar="NUMBER", help=words("help_datev_client"))
    ] = None,
    year: Annotated[
        str | None,
        typer.Option("--fiscal-year-start", metavar="MM-DD", help=words("help_datev_year")),
    ] = None,
    clearing: Annotated[
        str | None, typer.Option("--clearing", metavar="ACCOUNT", help=words("help_datev_clearing"))
    ] = None,
    agency: Annotated[
        str | None, typer.Option("--agency", metavar="ACCOUNT", help=words("help_datev_agency"))
    ] = None,
    rounding: Annotated[
        str | None, typer.Option("--rounding", metavar="ACCOUNT", help=words("help_datev_rounding"))
    ] = None,
    finalise: Annotated[
        bool | None, typer.Option("--finalise/--no-finalise", help=words("help_datev_finalise"))
    ] = None,
    initials: Annotated[
        str | None, typer.Option("--initials", metavar="XX", help=words("help_datev_initials"))
    ] = None,
    person: Person = "",
) -> None:
    given = {
        "consultant": consultant,
        "client": client,
        "fiscal_year_start": year,
        "clearing_account": clearing,
        "agency_account": agency,
        "rounding_account": rounding,
        "finalise": finalise,
        "initials": initials,
    }
    changes: dict[str, Any] = {
        name: "" if value == _NONE else value for name, value in given.items() if value is not None
    }
    _change(home, person, lambda before: replace(before, **changes))


@accounts.command("case", help=words("help_datev_case"))
def set_case(
    gv_typ: Annotated[str, typer.Argument(metavar="GV_TYP", help=words("help_datev_gv_typ"))],
    account: Account,
    home: Home,
    vat: Annotated[str, typer.Option("--vat", metavar="VAT", help=words("help_datev_vat"))] = "",
    name: Annotated[
        str, typer.Option("--name", metavar="GV_NAME", help=words("help_datev_gv_name"))
    ] = "",
    till: OfTill = "",
    tax_key: Annotated[
        str, typer.Option("--tax-key", metavar="KEY", help=words("help_datev_tax_key"))
    ] = "",
    person: Person = "",
) -> None:
    from tillferry.office.datev import CaseAccount, with_case

    rule = CaseAccount(gv_typ, _given(account), vat, name, till, tax_key)
    _change(home, person, lambda before: with_case(before, rule))


@accounts.command("payment", help=words("help_datev_payment"))
def set_payment(
    kind: Annotated[str, typer.Argument(metavar="ZAHLART_TYP", help=words("help_datev_zahlart"))],
    account: Account,
    home: Home,
    name: Annotated[
        str, typer.Option("--name", metavar="ZAHLART_NAME", help=words("help_datev_zahlart_name"))
    ] = "",
    currency: Annotated[
        str, typer.Option("--currency", metavar="CODE", help=words("help_datev_currency"))
    ] = "",
    till: OfTill = "",
    person: Person = "",
) -> None:
    from tillferry.office.datev import PaymentAccount, with_payment

    rule = PaymentAccount(kind, _given(account), name, currency, till)
    _change(home, person, lambda before: with_payment(before, rule))


@accounts.command("cost-centre", help=words("help_datev_cost_centre"))
def set_cost_centre(
    till: Annotated[str, typer.Argument(metavar="SERIAL", help=words("help_datev_centre_till"))],
    name: Annotated[str, typer.Argument(metavar="NAME", help=words("help_datev_centre_name"))],
    home: Home,
    person: Person = "",
) -> None:
    from tillferry.office.datev import CostCentre, with_cost_centre

    centre = CostCentre(till, _given(name))
    _change(home, person, lambda before: with_cost_centre(before, centre))


def _given(text: str) -> str:
    return "" if text == _NONE else text


def _change(home: Path, person: str, change: Callable[[DatevSettings], DatevSettings]) -> None:
    from tillferry.wiring import bookkeeping as wiring
    from tillferry.wiring.office import opened_office

    with opened_office(home, read_only=True) as opened:
        before = _needed(wiring.datev_settings(opened))
    _keep(home, person, change(before))


def _keep(home: Path, person: str, settings: DatevSettings) -> None:
    from tillferry.wiring import bookkeeping as wiring
    from tillferry.wiring import office_admin

    with office_admin.opened_office(home) as opened:
        wiring.set_datev(opened, settings, office_admin.console_actor(person))
    say("datev_saved", consultant=settings.consultant, client=settings.client)


def _needed(settings: DatevSettings | None) -> DatevSettings:
    if settings is None:
        raise TillferryError("datev_not_set_up")
    return settings
