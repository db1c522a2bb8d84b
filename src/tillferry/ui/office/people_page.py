"""People: users, roles, one-time passwords."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from nicegui import ui

from tillferry.closing.office_seams import User
from tillferry.office.people import People, Role
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, choice, field, heading, key, named, sheet, text
from tillferry.wiring import office_admin
from tillferry.wiring.office import now

_ROLES: Final = tuple(Role)

T = TypeVar("T")


async def show(page: Page) -> None:
    """The whole page."""
    words = page.words
    users = await page.room.read(lambda office: office_admin.records(office).users())
    with box("spread"):
        heading(words("page_people"), 1)
        key(words("page_user_add"), page.on(_add, page), look="go", icon="add", test="add")
    with box("card"):
        for user in users:
            _line(page, user)
    with box("card"):
        heading(words("page_roles"))
        for role in _ROLES:
            text(f"{words(f'role_{role}')}: {words(f'page_role_{role}')}", "soft")


def _line(page: Page, user: User) -> None:
    words = page.words
    locked = user.locked_until and user.locked_until > now().isoformat()
    said = [words(f"role_{user.role}")]
    if user.must_change:
        said.append(words("page_user_must_change"))
    if locked:
        said.append(words("page_user_locked", until=words.moment(user.locked_until)))
    with named(box("entryline"), f"user-{user.name}"):
        with box():
            text(user.name)
            text(" · ".join(said), "bad" if locked else "soft")
        key(
            words("page_change"),
            page.on(_change, page, user),
            look="small",
            test=f"change-{user.name}",
        )


async def _add(page: Page) -> None:
    words = page.words
    dialog, card = sheet(words("page_user_add"))
    with card:
        name = field(words("page_user_name"), test="user-name").props("autofocus")
        role = _role(page, Role.IMPORT)

        async def add() -> None:
            wanted, chosen = str(name.value or ""), Role(str(role.value))
            password = await _do(page, lambda people: people.add(wanted, chosen))
            dialog.close()
            _show_password(page, wanted.strip().casefold(), password)

        with box("keys"):
            key(words("page_cancel"), dialog.close, test="no")
            key(words("page_user_add"), page.on(add), look="go", test="yes")
    dialog.open()


async def _change(page: Page, user: User) -> None:
    words = page.words
    dialog, card = sheet(user.name)

    async def save() -> None:
        chosen = Role(str(role.value))
        await _do(page, lambda people: people.set_role(user.name, chosen))
        page.go("/people")

    async def reset() -> None:
        password = await _do(page, lambda people: people.reset_password(user.name))
        page.room.sessions.end_all_of(user.name, but=page.token)
        dialog.close()
        _show_password(page, user.name, password)

    async def remove() -> None:
        await _do(page, lambda people: people.remove(user.name))
        page.room.sessions.end_all_of(user.name)
        page.go("/people")

    with card:
        role = _role(page, Role(user.role))
        with box("keys"):
            key(words("page_cancel"), dialog.close, test="no")
            key(words("page_save"), page.on(save), look="go", test="save")
        ui.separator()
        with box("keys"):
            key(words("page_user_reset"), page.on(reset), test="reset")
            key(words("page_user_remove"), page.on(remove), look="stop", test="remove")
    dialog.open()


def _role(page: Page, value: Role) -> ui.select:
    roles = {role.value: page.words(f"role_{role}") for role in _ROLES}
    return choice(roles, value.value, page.words("page_role"), test="role")


async def _do(page: Page, change: Callable[[People], T]) -> T:
    return await page.room.write(lambda office: change(office_admin.people(office, page.who)))


def _show_password(page: Page, name: str, password: str) -> None:
    words = page.words
    with page.root:
        dialog, card = sheet(words("page_user_once", name=name))
        dialog.props("persistent")
        with card:
            text(password, "once", test="once")
            text(words("page_user_once_hint"), "soft")
            key("OK", lambda: page.go("/people"), look="go", test="ok")
        dialog.open()
