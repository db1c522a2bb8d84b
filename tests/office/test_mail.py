"""Mail about silent tills, through a real SMTP server on the loopback."""

from __future__ import annotations

import socketserver
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.world import World
from tests.office.admin import CLERK, actions, managing, opened, refused
from tillferry import cli
from tillferry.office.event_log import EventLog, last_events
from tillferry.office.home import open_home
from tillferry.office.mail import (
    MailSettings,
    Security,
    load_mail,
    save_mail,
    send_mail,
    tell_silent,
)
from tillferry.wiring import office_admin
from tillferry.wiring.office import now


@dataclass
class Mailbox:
    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    refusing: bool = False

    @property
    def settings(self) -> MailSettings:
        return MailSettings(
            "127.0.0.1", self.port, Security.NONE, "kasse@example.com", ("chef@example.com",)
        )


@contextmanager
def smtp_server() -> Iterator[Mailbox]:
    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(ConnectionError):
                self.talk()

        def talk(self) -> None:
            self.wfile.write(b"220 ready\r\n")
            while line := self.rfile.readline():
                word = (line.split() or [b""])[0].upper()
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    text = b""
                    while (line := self.rfile.readline()) != b".\r\n":
                        text += line
                    made = message_from_string(text.decode(), policy=policy.default)
                    assert isinstance(made, EmailMessage)
                    box.mails.append(made)
                elif word == b"RCPT" and box.refusing:
                    self.wfile.write(b"550 nobody here\r\n")
                    continue
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
                if word == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        box = Mailbox(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield box
        server.shutdown()
        thread.join()


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with smtp_server() as found:
        yield found


def silent_since(world: World, today: date) -> list[str]:
    with opened(world) as office:
        records = office_admin.records(office)
        told = tell_silent(office.home, office.journal, records, today, "de")
    return [each.till.name for each in told]


def test_each_silence_is_told_once(tmp_path: Path, box: Mailbox) -> None:
    world = World(tmp_path)
    for number in (1, 2):
        world.add_till(number)
        world.close(number, 1)
        world.send(number, world.stick("a"))
    world.bring(world.stick("a"))
    today = now().date()
    with refused("mail_not_set_up"):
        silent_since(world, today)
    with managing(world) as (office, admin):
        office_admin.set_mail(office, box.settings, CLERK)
        admin.silence_rule(office.journal.tills()[1], 20)

    assert silent_since(world, today) == [] and box.mails == []
    box.refusing = True
    with refused("mail_not_sent"):
        silent_since(world, today + timedelta(days=10))
    box.refusing = False
    assert silent_since(world, today + timedelta(days=10)) == ["Bar 1"]
    assert silent_since(world, today + timedelta(days=11)) == []
    assert silent_since(world, today + timedelta(days=21)) == ["Bar 2"]
    first, second = box.mails
    assert first["Subject"] == "Zentrale: 1 Kassen schweigen"
    assert first["To"] == "chef@example.com"
    assert "1001 Bar 1 (–): seit 10 Tagen" in first.get_content()
    assert "Bar 1" not in second.get_content()
    # It comes again and falls silent again.
    world.close(1, 2)
    world.send(1, world.stick("b"))
    world.bring(world.stick("b"))
    assert silent_since(world, today + timedelta(days=30)) == ["Bar 1"]


def test_settings_are_for_their_owner_and_come_back(tmp_path: Path, box: Mailbox) -> None:
    world = World(tmp_path)
    secret = MailSettings(
        "mail.example.com", 465, Security.TLS, "a@example.com", ("b@example.com",), "u", "pass"
    )
    with opened(world) as office:
        assert load_mail(office.home) is None
        save_mail(office.home, secret)
        assert load_mail(office.home) == secret
        assert (world.office / "mail.json").stat().st_mode & 0o777 == 0o600
        for address in ("nobody", "a b@example.com", "a@example.com\nBcc: x@example.com"):
            with refused("mail_address_invalid"):
                save_mail(
                    office.home, MailSettings("h", 1, Security.NONE, "a@example.com", (address,))
                )
        with refused("mail_address_invalid"):
            save_mail(office.home, MailSettings("h", 1, Security.NONE, "a@example.com", ()))
        (world.office / "mail.json").write_text("[]")
        with refused("settings_damaged"):
            load_mail(office.home)
    assert "pass" not in repr(secret).replace("password", "")


def test_a_password_never_goes_unencrypted(box: Mailbox) -> None:
    with_login = MailSettings(
        "127.0.0.1", box.port, Security.NONE, "a@example.com", ("b@example.com",), "u", "p"
    )
    with refused("mail_login_unencrypted"):
        send_mail(with_login, "x", "y")
    # This server offers no encryption: then nothing is sent at all.
    for security in (Security.STARTTLS, Security.TLS):
        plain = MailSettings(
            "127.0.0.1", box.port, security, "a@example.com", ("b@example.com",), "u", "p"
        )
        with refused("mail_not_sent"):
            send_mail(plain, "x", "y")
    assert box.mails == []


def test_the_commands(tmp_path: Path, box: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tmp_path)
    home = str(world.office)

    def run(*arguments: str) -> tuple[int, str]:
        status = cli.run(["--lang", "en", "office", "mail", *arguments, "--home", home])
        shown = capsys.readouterr()
        return status, shown.out + shown.err

    assert "mail_not_set_up" in run("test")[1]
    to = ("--host", "127.0.0.1", "--from", "a@example.com", "--to", "b@example.com")
    assert "mail_security_invalid" in run("set", *to, "--security", "rot13")[1]
    assert "path_not_found" in run("set", *to, "--password-file", str(tmp_path / "no"))[1]
    assert run("set", *to, "--silent-hour", "24")[0] == 2
    none = ("--port", str(box.port), "--security", "none", "--silent-hour", "7")
    assert run("set", *to, *none)[0] == 0
    kept = load_mail(open_home(world.office))
    assert kept is not None and (kept.silent_hour, kept.lang) == (7, "en")
    assert run("test") == (0, "A mail is sent to b@example.com.\n")
    assert box.mails[0]["Subject"] == "Test from Zentrale"
    assert run("silent") == (0, "No till became silent.\n")
    assert actions(world) == ["mail_set_up"]


def test_silent_tills_are_told_by_themselves_from_an_hour_on(tmp_path: Path, box: Mailbox) -> None:
    world = World(tmp_path)
    world.add_till(1)
    world.close(1, 1)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    with sqlite3.connect(world.office / "journal.sqlite") as database:
        database.execute("UPDATE deliveries SET received_at = '2026-01-05T08:00:00+01:00'")
        database.execute("UPDATE items SET received_at = '2026-01-05T08:00:00+01:00'")
    log = EventLog(world.office)
    home = open_home(world.office)
    today = now().astimezone(ZoneInfo(home.settings.timezone)).date()
    # Nobody wants it, or mail is not set up.
    assert office_admin.silence_due(home, log, None) is None
    save_mail(home, box.settings)
    assert office_admin.silence_due(home, log, None) is None and box.mails == []
    save_mail(home, replace(box.settings, silent_hour=0, lang="de"))
    box.refusing = True
    with refused("mail_not_sent"):
        office_admin.silence_due(home, log, None)
    box.refusing = False
    assert office_admin.silence_due(home, log, today) == today and box.mails == []
    assert office_admin.silence_due(home, log, None) == today
    assert [mail["Subject"] for mail in box.mails] == ["Zentrale: 1 Kassen schweigen"]
    told = [event for event in last_events(world.office, 10) if event.name == "silence_told"]
    assert [dict(event.params)["tills"] for event in told] == ["1001"]
    assert office_admin.silence_due(home, log, None) == today and len(box.mails) == 1
