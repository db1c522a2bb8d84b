"""The door: signing in, and changing one's password."""

from __future__ import annotations

from nicegui import ui

from tillferry.errors import TillferryError
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, field, heading, key, text
from tillferry.wiring import office_admin


async def show_sign_in(page: Page) -> None:
    """Name and password."""
    words = page.words
    with box("door").props("id=main"), box("card"):
        with box("spread"):
            heading("Tillferry", 1)
            page.language_links()
        text(words("page_door"), "soft")
        name = field(words("page_user_name"), test="name").props(
            "autofocus autocomplete=username autocapitalize=none"
        )
        password = field(words("page_user_password"), kind="password", test="password")
        password.props("autocomplete=current-password")
        refusal = ui.label().classes("bad").props('data-test="refusal" role=alert')

        async def enter() -> None:
            refusal.set_text("")
            typed = str(password.value or "")
            try:
                user = await page.room.log_in(str(name.value or ""), typed)
            except TillferryError as error:
                password.set_value("")
                refusal.set_text(" ".join(filter(None, words.error(error))))
                return
            page.go(f"/enter/{page.room.sessions.ticket(user.name)}")

        name.on("keydown.enter", enter)
        password.on("keydown.enter", enter)
        key(words("page_sign_in"), enter, look="go wide", test="sign-in")


async def show_password(page: Page) -> None:
    """A new password; with a one-time one there is no way around it."""
    words, user = page.words, page.user
    assert user is not None
    heading(words("page_password"), 1)
    with box("card narrow"):
        if user.must_change:
            text(words("page_password_first"))
        old = field(words("page_password_old"), kind="password", test="old")
        old.props("autocomplete=current-password")
        new = field(words("page_password_new"), kind="password", test="new")
        again = field(words("page_password_again"), kind="password", test="again")
        for each in (new, again):
            each.props("autocomplete=new-password")
        text(words("page_password_rule"), "soft")

        async def change() -> None:
            if new.value != again.value:
                raise TillferryError("page_password_differs")
            typed_old, typed_new = str(old.value or ""), str(new.value or "")
            await page.room.write(
                lambda office: office_admin.people(office, page.who).change_password(
                    user.name, typed_old, typed_new
                )
            )
            page.room.sessions.end_all_of(user.name, but=page.token)
            page.go("/")

        key(words("page_password_change"), page.on(change), look="go", test="change")
