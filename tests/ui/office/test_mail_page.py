"""Setting up mail in the browser, with a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.world import World
from tests.office.test_mail import smtp_server
from tests.ui.office.house import House, add_user, at, free_port, running, type_in
from tillferry.office.mail import MailSettings, Security, load_mail, save_mail
from tillferry.office.people import Role
from tillferry.wiring import office_admin
from tillferry.wiring.office import opened_office

MAIL = ("kasse@example.com", ("chef@example.com",))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[House]:
    world = World(tmp_path_factory.mktemp("mail"))
    add_user(world.office, "admin", Role.ADMIN)
    with running(world.office, world.folder / "media", browser) as found:
        yield found


@pytest.fixture
def page(house: House) -> Iterator[Page]:
    page = house.page("admin")
    page.goto(house.address + "/health")
    at(page, "mail").click()
    page.locator('input[data-test="host"]').wait_for()
    yield page
    page.context.close()


def _kept(home: Path) -> MailSettings:
    with opened_office(home, read_only=True) as office:
        kept = load_mail(office.home)
    assert kept is not None
    return kept


def _opened(page: Page, home: Path, settings: MailSettings) -> None:
    """The page with these settings kept."""
    with opened_office(home) as office:
        save_mail(office.home, settings)
    page.reload()
    page.locator('input[data-test="host"]').wait_for()


def _choose(page: Page, name: str, option: str) -> None:
    page.locator(f'label:has([data-test="{name}"])').click()
    page.get_by_role("option", name=option, exact=True).click()


def _saved(page: Page) -> None:
    at(page, "save").click()
    said = page.get_by_text("Gespeichert.")
    said.wait_for()
    said.wait_for(state="detached")


def test_set_up_and_a_mail_that_arrives(house: House, page: Page) -> None:
    expect(at(page, "send")).to_be_disabled()
    with smtp_server() as mailbox:
        type_in(page, "host", "127.0.0.1")
        _choose(page, "security", "keine")
        expect(page.locator('input[data-test="port"]')).to_have_value("25")
        type_in(page, "port", str(mailbox.port))
        type_in(page, "sender", "kasse@example.com")
        type_in(page, "recipients", "chef@example.com; rita@example.com")
        _choose(page, "silent-hour", "täglich ab 7 Uhr")
        _saved(page)
        expect(at(page, "send")).to_be_enabled()
        at(page, "send").click()
        expect(at(page, "told")).to_contain_text("chef@example.com, rita@example.com angenommen")
        (mail,) = mailbox.mails
    assert "Zentrale" in mail["subject"]
    kept = _kept(house.home)
    assert (kept.port, kept.security) == (mailbox.port, Security.NONE)
    assert (kept.lang, kept.silent_hour) == ("de", 7)
    with opened_office(house.home, read_only=True) as office:
        last = office_admin.records(office).log()[-1].entry
    assert (last.action, last.person) == ("mail_set_up", "admin")


def test_a_server_that_is_not_there_is_told(house: House, page: Page) -> None:
    _opened(page, house.home, MailSettings("127.0.0.1", free_port(), Security.NONE, *MAIL))
    at(page, "send").click()
    expect(at(page, "told")).to_have_class("bad wide")
    expect(at(page, "told")).to_contain_text("127.0.0.1")
    expect(at(page, "send")).to_be_enabled()


def test_the_password_is_written_and_never_shown(house: House, page: Page) -> None:
    first = MailSettings("mail.example", 465, Security.TLS, *MAIL, "kasse", "streng-geheim")
    _opened(page, house.home, first)
    assert "streng-geheim" not in page.content()
    expect(page.locator('input[data-test="password"]')).to_have_value("")
    type_in(page, "recipients", "rita@example.com")
    _saved(page)
    assert _kept(house.home).password == "streng-geheim"
    # To another server it would be given away.
    type_in(page, "host", "other.example")
    _saved(page)
    assert (_kept(house.home).host, _kept(house.home).password) == ("other.example", "")
    type_in(page, "password", "neu-geheim")
    _saved(page)
    assert _kept(house.home).password == "neu-geheim"
    expect(page.locator('input[data-test="password"]')).to_have_value("")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("host", "", "Der Mailserver fehlt"),
        ("port", "70000", "kein Anschluss"),
        ("sender", "kasse", "kasse"),
        ("recipients", "", "Mail"),
    ],
)
def test_bad_input(house: House, page: Page, name: str, value: str, said: str) -> None:
    before = MailSettings("mail.example", 465, Security.TLS, *MAIL)
    _opened(page, house.home, before)
    type_in(page, name, value)
    at(page, "save").click()
    expect(at(page, "error")).to_contain_text(said)
    assert _kept(house.home) == before
