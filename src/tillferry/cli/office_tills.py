"""``tillferry office till …`` and ``tillferry office outlet …``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tillferry.cli.language import words
from tillferry.cli.office_options import OutletId, Person, Reason, Serial, Taxpayer, Which
from tillferry.cli.options import Home, Json
from tillferry.cli.output import say, show_json, table
from tillferry.errors import TillferryError

if TYPE_CHECKING:
    from tillferry.closing.seams import Till
    from tillferry.wiring.office import Office

tills = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
outlets = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


# --- tills --------------------------------------------------------------------------------------


def _till(office: Office, name: str) -> Till:
    from tillferry.office.period import find_till

    return find_till(office.journal, name)


@tills.command("approve", help=words("help_till_approve"))
def approve(
    serial: Serial,
    home: Home,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help=words("help_till_name"))],
    reason: Reason,
    taxpayer: Taxpayer = "",
    person: Person = "",
) -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home) as office:
        decisions = wiring.decisions(office, wiring.console_actor(person))
        taxpayer = taxpayer or decisions.taxpayer_of(serial)
        till = decisions.approve_till(taxpayer, serial, name, reason)
    say("till_approved_now", name=till.name, serial=till.serial)


@tills.command("refuse", help=words("help_till_refuse"))
def refuse(
    serial: Serial, home: Home, reason: Reason, taxpayer: Taxpayer = "", person: Person = ""
) -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home) as office:
        decisions = wiring.decisions(office, wiring.console_actor(person))
        taxpayer = taxpayer or decisions.taxpayer_of(serial)
        settled = decisions.refuse_till(taxpayer, serial, reason)
    say("till_refused_now", serial=serial, count=len(settled))


@tills.command("retire", help=words("help_till_retire"))
def retire(
    till: Which,
    home: Home,
    reason: Reason,
    replaced_by: Annotated[
        str, typer.Option("--replaced-by", metavar="TILL", help=words("help_till_replaced_by"))
    ] = "",
    person: Person = "",
) -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home) as office:
        admin = wiring.till_admin(office, wiring.console_actor(person))
        if replaced_by:
            admin.replace_by(_till(office, till), _till(office, replaced_by), reason)
        else:
            admin.retire(_till(office, till), reason)
    say("till_changed_now", till=till)


@tills.command("reinstate", help=words("help_till_reinstate"))
def reinstate(till: Which, home: Home, reason: Reason, person: Person = "") -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home) as office:
        wiring.till_admin(office, wiring.console_actor(person)).reinstate(
            _till(office, till), reason
        )
    say("till_changed_now", till=till)


@tills.command("set", help=words("help_till_change"))
def change(
    till: Which,
    home: Home,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help=words("help_till_new_name"))
    ] = None,
    outlet: Annotated[
        str | None, typer.Option("--outlet", metavar="OUTLET", help=words("help_till_outlet"))
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="stick|online", help=words("help_till_kind"))
    ] = None,
    silent_days: Annotated[
        int | None, typer.Option("--silent-days", metavar="DAYS", help=words("help_till_silent"))
    ] = None,
    person: Person = "",
) -> None:
    from tillferry.closing.office_seams import TillKind
    from tillferry.wiring import office_admin as wiring

    if kind is not None and kind not in set(TillKind):
        raise TillferryError("till_kind_invalid", kind=kind)
    with wiring.opened_office(home) as office:
        admin = wiring.till_admin(office, wiring.console_actor(person))
        found = _till(office, till)
        if name is not None:
            found = admin.rename(found, name)
        if outlet is not None:
            admin.place(found, outlet)
        if kind is not None:
            admin.connect(found, TillKind(kind))
        if silent_days is not None:
            admin.silence_rule(found, silent_days)
    say("till_changed_now", till=till)


@tills.command("explain", help=words("help_till_explain"))
def explain(
    till: Which,
    home: Home,
    from_z: Annotated[int, typer.Option("--from-z", min=1, help=words("help_hole_first"))],
    to_z: Annotated[int, typer.Option("--to-z", min=1, help=words("help_hole_last"))],
    reason: Reason,
    person: Person = "",
) -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home) as office:
        decisions = wiring.decisions(office, wiring.console_actor(person))
        decisions.explain_hole(_till(office, till), from_z, to_z, reason)
    say("hole_explained_now", till=till, first=from_z, last=to_z)


@tills.command("count", help=words("help_till_count"))
def count(home: Home, as_json: Json = False) -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home, read_only=True) as office:
        counts = wiring.till_admin(office, wiring.console_actor()).counts()
    shown = {kind.value: number for kind, number in counts.items()}
    if as_json:
        show_json(shown)
    else:
        say("till_counts", **shown)


# --- outlets ------------------------------------------------------------------------------------


@outlets.command("save", help=words("help_outlet_save"))
def save_outlet(
    outlet: OutletId,
    home: Home,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help=words("help_outlet_name"))],
    without_stock: Annotated[
        bool, typer.Option("--without-stock", help=words("help_outlet_without_stock"))
    ] = False,
    person: Person = "",
) -> None:
    from tillferry.closing.office_seams import Outlet
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home) as office:
        admin = wiring.till_admin(office, wiring.console_actor(person))
        saved = admin.save_outlet(Outlet(outlet, name, without_stock))
    say("outlet_saved_now", outlet=saved.name)


@outlets.command("list", help=words("help_outlet_list"))
def list_outlets(home: Home, as_json: Json = False) -> None:
    from tillferry.office.till_admin import label
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home, read_only=True) as office:
        admin = wiring.till_admin(office, wiring.console_actor())
        found = [
            (outlet, [label(till) for till in admin.tills_of(outlet.outlet_id)])
            for outlet in wiring.records(office).outlets()
        ]
    if as_json:
        show_json(
            {
                "outlets": [
                    {
                        "outlet": outlet.outlet_id,
                        "name": outlet.name,
                        "without_stock": outlet.without_stock,
                        "tills": names,
                    }
                    for outlet, names in found
                ]
            }
        )
    elif not found:
        say("outlets_empty")
    else:
        table(
            [
                ("column_outlet", False),
                ("column_name", False),
                ("column_stock", False),
                ("column_tills", False),
            ],
            [
                [
                    outlet.outlet_id,
                    outlet.name,
                    "–" if outlet.without_stock else words("word_repaired"),
                    ", ".join(names),
                ]
                for outlet, names in found
            ],
        )


@outlets.command("remove", help=words("help_outlet_remove"))
def remove_outlet(outlet: OutletId, home: Home, reason: Reason, person: Person = "") -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home) as office:
        wiring.till_admin(office, wiring.console_actor(person)).remove_outlet(outlet, reason)
    say("outlet_removed_now", outlet=outlet)
