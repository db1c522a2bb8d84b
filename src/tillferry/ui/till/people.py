"""People: names, PINs, roles, locks."""

from __future__ import annotations

from nicegui import ui

from tillferry.till.register.values import Person, Role
from tillferry.ui.till.parts import box, inside, key, sheet, text
from tillferry.ui.till.session import Session


async def show(session: Session) -> None:
    """Everybody, also those who left."""
    desk, words = session.desk, session.words
    everybody = await desk.do(desk.register.people.all)
    with box("card"):
        with box("spread"):
            text(words("desk_settings_people"), "title")
            key(words("desk_add"), session.on(_edit, session, None), icon="add", test="person-add")
        for person in everybody:
            with box("rowline"):
                with box("grow"):
                    text(f"{person.person_id} · {person.name}")
                    roles = ", ".join(words(f"desk_role_{role}") for role in sorted(person.roles))
                    text(roles if person.active else words("desk_person_left"), "soft")
                if person.locked_until:
                    key(
                        words("desk_unlock"),
                        session.on(_unlock, session, person),
                        look="sea",
                        test=f"unlock-{person.person_id}",
                    )
                key(
                    words("desk_change_it"),
                    session.on(_edit, session, person),
                    test=f"edit-person-{person.person_id}",
                )


async def _unlock(session: Session, person: Person) -> None:
    people = session.desk.register.people
    await session.desk.do(people.unlock, session.by, person.person_id)
    await session.redraw()


async def _edit(session: Session, person: Person | None) -> None:
    desk, words = session.desk, session.words
    known = await desk.do(desk.register.people.all)
    numbers = [int(one.person_id) for one in known if one.person_id.isdecimal()]
    free = str(max(numbers, default=0) + 1)
    dialog = sheet(person.name if person else words("desk_add"), narrow=True)
    with inside(dialog):
        number = ui.input(words("desk_number"), value=person.person_id if person else free)
        number.props("outlined dense").set_enabled(person is None)
        name = ui.input(words("desk_name"), value=person.name if person else "")
        name.props('outlined dense autofocus data-test="person-name"')
        pin = ui.input(words("desk_pin_new" if person else "desk_pin"), password=True)
        pin.props(
            'outlined dense inputmode=numeric autocomplete=new-password data-test="person-pin"'
        )
        ticks = {
            role: ui.checkbox(
                words(f"desk_role_{role}"), value=role in person.roles if person else False
            ).props(f'data-test="role-{role}"')
            for role in Role
        }
        active = ui.checkbox(words("desk_works_here"), value=person.active if person else True)

        async def save() -> None:
            wanted = Person(
                str(number.value or "").strip(),
                str(name.value or "").strip(),
                frozenset(role for role, tick in ticks.items() if tick.value),
                bool(active.value),
            )
            await desk.do(
                desk.register.people.save, session.by, wanted, str(pin.value or "").strip()
            )
            dialog.close()
            session.tell("desk_saved")
            if session.person and session.person.person_id == wanted.person_id:
                session.person = wanted
            await session.redraw()

        with box("keys two"):
            key(words("desk_cancel"), dialog.close)
            key(words("desk_save"), session.on(save), look="go", test="person-save")
    dialog.open()
