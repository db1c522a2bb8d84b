"""The door: who is it, and which PIN. Also the way to the time clock without the register."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from tillferry.errors import TillferryError
from tillferry.till.register.values import Person
from tillferry.ui.till import clock, first
from tillferry.ui.till.language import language_key
from tillferry.ui.till.parts import Pad, box, key, text
from tillferry.ui.till.session import Session


async def show(session: Session, entered: Callable[[], Awaitable[None]]) -> None:
    """Choose a person, type the PIN."""
    words, people = session.words, session.desk.register.people
    everybody = [person for person in await session.desk.do(people.all) if person.active]
    if not everybody:
        await first.show(session, entered)
        return
    settings = await session.desk.do(session.desk.register.masters.settings)
    chosen = _Chosen(session.last_person)
    with box("desk-body"), box("door"):
        with box("card"):
            with box("spread"):
                text(settings.outlet.name or settings.company.name or "Tillferry", "title")
                language_key(session)
            text(words("desk_who"), "soft")
            with box("keys two") as faces:
                _faces(session, faces, everybody, chosen)
            key(
                words("desk_clock_door"),
                session.on(_to_clock, session),
                icon="schedule",
                test="clock-door",
            )
        with box("card"):
            refusal = ui.label().classes("bad").props('data-test="refusal" role=alert')

            async def enter() -> None:
                refusal.set_text("")
                person = next((one for one in everybody if one.person_id == chosen.person_id), None)
                if person is None:
                    refusal.set_text(words("desk_choose_person"))
                    return
                if not pad.text:
                    refusal.set_text(words("desk_type_pin"))
                    return
                try:
                    session.person = await session.desk.do(
                        people.sign_in, person.person_id, pad.text
                    )
                except TillferryError as error:
                    refusal.set_text(" ".join(filter(None, words.error(error))))
                    pad.text = ""
                    return
                await entered()

            pad = Pad(words, "pin", words("desk_pin"), on_enter=session.on(enter), test="pin")
            key(words("desk_sign_in"), session.on(enter), look="go wide", test="sign-in")


class _Chosen:
    def __init__(self, person_id: str) -> None:
        self.person_id = person_id


def _faces(session: Session, faces: ui.element, everybody: list[Person], chosen: _Chosen) -> None:
    faces.clear()

    def choose(person: Person) -> None:
        chosen.person_id = person.person_id
        _faces(session, faces, everybody, chosen)

    with faces:
        for person in everybody:
            look = "person on" if person.person_id == chosen.person_id else "person"
            key(
                person.name,
                session.on(choose, person),
                look=look,
                test=f"person-{person.person_id}",
            )


async def _to_clock(session: Session) -> None:
    session.frame.clear()
    with session.frame, box("desk-body"):
        with box("spread"):
            text(session.words("desk_place_clock"), "title")
            key(session.words("desk_back"), session.on(session.redraw), icon="arrow_back")
        await clock.show(session)
