"""A new till: whose it is, and the first person, who may do everything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from nicegui import ui

from tillferry.errors import TillferryError
from tillferry.till.register.masters import SYSTEM
from tillferry.till.register.register import Register
from tillferry.till.register.values import Address, Person, Role
from tillferry.ui.till.language import language_key
from tillferry.ui.till.parts import box, key, text
from tillferry.ui.till.session import Session

FIELDS: Final = ("company_name", "outlet_name", "street", "postcode", "town", "stnr", "serial")
"""What receipts and closings say of the till, by the names of their texts."""


def set_up(register: Register, typed: dict[str, str], name: str, pin: str) -> Person:
    """Book what was typed, whole or not at all. Errors as ``Masters.change`` and ``People.save``;
    ``till_not_set_up`` where something is missing that every closing needs."""
    if not (typed["company_name"] and typed["stnr"] and typed["serial"]):
        raise TillferryError("till_not_set_up")
    place = (typed["street"], typed["postcode"], typed["town"])
    chief = Person("1", name, frozenset(Role))
    with register.store.transaction():
        register.masters.change(
            SYSTEM,
            company=Address(typed["company_name"], *place),
            outlet=Address(typed["outlet_name"] or typed["company_name"], *place),
            stnr=typed["stnr"],
            serial=typed["serial"],
        )
        register.people.save(SYSTEM, chief, pin)
    return chief


async def show(session: Session, entered: Callable[[], Awaitable[None]]) -> None:
    """Ask for it."""
    desk, words = session.desk, session.words
    before = await desk.do(desk.register.masters.settings)
    known = {"serial": before.serial, "company_name": before.company.name, "stnr": before.stnr}
    with box("desk-body"), box("card").style("width:min(820px,100%);margin:auto"):
        with box("spread"):
            text(words("desk_first_title"), "title")
            language_key(session)
        text(words("desk_first_hint"), "soft")
        with box("fields"):
            fields = {
                name: ui.input(words(f"desk_set_{name}"), value=known.get(name, "")).props(
                    f'outlined dense data-test="first-{name}"'
                )
                for name in FIELDS
            }
            who = ui.input(words("desk_first_person")).props(
                'outlined dense data-test="first-person"'
            )
            pin = ui.input(words("desk_pin"), password=True).props(
                'outlined dense inputmode=numeric autocomplete=new-password data-test="first-pin"'
            )

        async def save() -> None:
            typed = {name: str(field.value or "").strip() for name, field in fields.items()}
            session.person = await desk.do(
                set_up,
                desk.register,
                typed,
                str(who.value or "").strip(),
                str(pin.value or "").strip(),
            )
            await entered()

        key(words("desk_save"), session.on(save), look="go wide", test="first-save")
