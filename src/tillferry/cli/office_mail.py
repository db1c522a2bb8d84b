"""``tillferry office mail …``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tillferry.cli.language import current, words
from tillferry.cli.office_options import Person
from tillferry.cli.options import Home
from tillferry.cli.output import say
from tillferry.errors import TillferryError

mails = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@mails.command("set", help=words("help_mail_set"))
def set_mail(
    home: Home,
    host: Annotated[str, typer.Option("--host", metavar="HOST", help=words("help_mail_host"))],
    sender: Annotated[str, typer.Option("--from", metavar="MAIL", help=words("help_mail_from"))],
    recipients: Annotated[
        list[str], typer.Option("--to", metavar="MAIL", help=words("help_mail_to"))
    ],
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, metavar="PORT", help=words("help_mail_port"))
    ] = 465,
    security: Annotated[
        str,
        typer.Option("--security", metavar="tls|starttls|none", help=words("help_mail_security")),
    ] = "tls",
    user: Annotated[str, typer.Option("--user", metavar="NAME", help=words("help_mail_user"))] = "",
    password_file: Annotated[
        Path | None,
        typer.Option("--password-file", metavar="FILE", help=words("help_mail_password")),
    ] = None,
    silent_hour: Annotated[
        int | None,
        typer.Option(
            "--silent-hour", min=0, max=23, metavar="HOUR", help=words("help_mail_silent_hour")
        ),
    ] = None,
    person: Person = "",
) -> None:
    from tillferry.office.mail import MailSettings, Security
    from tillferry.wiring import office_admin as wiring

    if security not in set(Security):
        raise TillferryError("mail_security_invalid", security=security)
    password = ""
    if password_file is not None:
        try:
            password = password_file.read_text(encoding="utf-8").partition("\n")[0].strip()
        except OSError:
            raise TillferryError("path_not_found", path=password_file) from None
    settings = MailSettings(
        host,
        port,
        Security(security),
        sender,
        tuple(recipients),
        user,
        password,
        current(),
        silent_hour,
    )
    with wiring.opened_office(home) as office:
        wiring.set_mail(office, settings, wiring.console_actor(person))
    say("mail_set", host=host, to=", ".join(recipients))


@mails.command("test", help=words("help_mail_test"))
def test_mail(home: Home) -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home, read_only=True) as office:
        recipients = wiring.send_test_mail(office, current())
    say("mail_sent", to=", ".join(recipients))


@mails.command("silent", help=words("help_mail_silent"))
def tell_silent(home: Home) -> None:
    from tillferry.office.till_admin import label
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home, read_only=True) as office:
        told = wiring.tell_silent(office, current())
    if told:
        say("mail_told", tills=", ".join(label(each.till) for each in told))
    else:
        say("mail_nothing")
