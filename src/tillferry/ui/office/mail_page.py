"""Mail: the server, who is written to, and a mail to see whether it arrives."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from nicegui import ui

from tillferry.errors import LANGUAGES, TillferryError
from tillferry.office.mail import MailSettings, Security, load_mail
from tillferry.office.people import Right
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, choice, field, heading, key, link, text
from tillferry.wiring import office_admin
from tillferry.wiring.office import Office

_ADMIN: Final = (Right.ADMIN,)
_PORTS: Final = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}
_HIGHEST_PORT: Final = 65_535
_BETWEEN: Final = re.compile(r"[,;\s]+")


async def show(page: Page) -> None:
    """The whole page."""
    words = page.words
    kept = await page.room.read(lambda office: load_mail(office.home))
    link(words("page_back_health"), "/health")
    heading(words("page_mail"), 1)
    with box("card narrow"):
        text(words("page_mail_hint"), "soft")
        form = _Form(page, kept)

        async def save() -> None:
            await form.save()
            go.set_enabled(True)
            page.tell("page_mail_saved")

        with box("keys"):
            key(words("page_save"), page.on(save, rights=_ADMIN), look="go", test="save")
    with box("card narrow"):
        heading(words("page_mail_test"))
        text(words("page_mail_test_hint"), "soft")
        told = ui.label().props('data-test="told" role=status').classes("wide")

        async def send() -> None:
            told.set_text(words("page_mail_sending")).classes(replace="soft wide")
            go.set_enabled(False)
            try:
                to = await page.room.read(
                    lambda office: office_admin.send_test_mail(office, words.lang)
                )
                told.set_text(words("page_mail_accepted", to=", ".join(to)))
                told.classes(replace="good wide")
            except TillferryError as error:
                told.set_text(" ".join(filter(None, words.error(error))))
                told.classes(replace="bad wide")
            finally:
                if not page.client.is_deleted:
                    go.set_enabled(True)

        with box("keys"):
            go = key(words("page_mail_send"), page.on(send, rights=_ADMIN), test="send")
            go.set_enabled(kept is not None)


class _Form:
    """The fields. A password is written and never shown."""

    def __init__(self, page: Page, kept: MailSettings | None) -> None:
        words = page.words
        self._page = page
        self._host = field(words("page_mail_host"), kept.host if kept else "", test="host")
        security = kept.security if kept else Security.TLS
        kinds = {each.value: words(f"page_mail_{each}") for each in Security}
        self._security = choice(
            kinds,
            security.value,
            words("page_mail_security"),
            test="security",
            on_change=self._usual_port,
        )
        port = kept.port if kept else _PORTS[security]
        self._port = field(words("page_mail_port"), str(port), kind="number", test="port")
        self._user = field(words("page_mail_user"), kept.user if kept else "", test="user")
        self._user.props("autocomplete=off")
        label = _password_label(kept)
        self._password = field(words(label), kind="password", test="password")
        self._password.props("autocomplete=new-password")
        self._sender = field(words("page_mail_sender"), kept.sender if kept else "", test="sender")
        recipients = ", ".join(kept.recipients) if kept else ""
        self._recipients = field(words("page_mail_recipients"), recipients, test="recipients")
        languages = {each: words(f"page_language_{each}") for each in LANGUAGES}
        lang = kept.lang if kept else words.lang
        self._lang = choice(languages, lang, words("page_mail_language"), test="mail-language")
        hours = {"": words("page_mail_never")} | {
            str(hour): words("page_mail_at", hour=hour) for hour in range(24)
        }
        hour = "" if kept is None or kept.silent_hour is None else str(kept.silent_hour)
        self._silent = choice(hours, hour, words("page_mail_silent"), test="silent-hour")

    def _usual_port(self) -> None:
        usual = {str(port) for port in _PORTS.values()} | {""}
        if str(self._port.value or "") in usual:
            self._port.set_value(str(_PORTS[Security(str(self._security.value))]))

    async def save(self) -> None:
        """Keep what was typed. Raises ``mail_host_missing``, ``mail_port_invalid`` and others."""
        typed = self._typed()
        page = self._page

        def work(office: Office) -> MailSettings:
            saved = _with_password(typed, load_mail(office.home))
            office_admin.set_mail(office, saved, page.who)
            return saved

        saved = await page.room.write(work)
        self._password.set_value("")
        self._password.props["label"] = page.words(_password_label(saved))

    def _typed(self) -> MailSettings:
        host, port = _text(self._host), _text(self._port)
        if not host or not host.isprintable() or " " in host:
            raise TillferryError("mail_host_missing")
        if not port.isdecimal() or not 1 <= int(port) <= _HIGHEST_PORT:
            raise TillferryError("mail_port_invalid", most=_HIGHEST_PORT)
        return MailSettings(
            host,
            int(port),
            Security(str(self._security.value)),
            _text(self._sender),
            tuple(filter(None, _BETWEEN.split(_text(self._recipients)))),
            _text(self._user),
            str(self._password.value or ""),
            str(self._lang.value),
            int(self._silent.value) if self._silent.value else None,
        )


def _password_label(kept: MailSettings | None) -> str:
    return "page_mail_password_kept" if kept and kept.password else "page_mail_password"


def _with_password(typed: MailSettings, kept: MailSettings | None) -> MailSettings:
    """The kept password goes on where none is typed, but never to another server or user."""
    if typed.password or kept is None or not typed.user:
        return typed
    same = (typed.host, typed.user) == (kept.host, kept.user)
    return replace(typed, password=kept.password) if same else typed


def _text(typed: ui.input) -> str:
    return str(typed.value or "").strip()
