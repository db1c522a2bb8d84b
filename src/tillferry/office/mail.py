"""Mail about silent tills: settings, sending, and telling each silence once."""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from enum import StrEnum
from pathlib import Path
from typing import Final

from tillferry.carriers.durable import write_durably
from tillferry.closing.office_seams import OfficeRecords
from tillferry.closing.seams import Journal
from tillferry.errors import TillferryError, message
from tillferry.office.home import OfficeHome
from tillferry.office.overview import TillOverview, overview
from tillferry.office.till_admin import label

SETTINGS_FILE: Final = "mail.json"
TOLD_FILE: Final = "mail-told.json"
TIMEOUT_SECONDS: Final = 30.0


class Security(StrEnum):
    """How the way to the mail server is kept private."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The mail server and who is written to. ``user`` is empty where it wants no login.

    ``lang`` is what is written in; ``silent_hour`` from when on, each day, silent tills are told
    of while head office runs, ``None`` for not at all.
    """

    host: str
    port: int
    security: Security
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    password: str = field(default="", repr=False)
    lang: str = "en"
    silent_hour: int | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail; ``media_type`` as in ``text/csv``."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


def load_mail(home: OfficeHome) -> MailSettings | None:
    """The settings, ``None`` before there are any. ``settings_damaged``."""
    path = home.path / SETTINGS_FILE
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        recipients = tuple(str(each) for each in value.pop("recipients"))
        security = Security(value.pop("security"))
        return MailSettings(**value, security=security, recipients=recipients)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TillferryError("settings_damaged", file=path) from error


def save_mail(home: OfficeHome, settings: MailSettings) -> None:
    """Keep the settings, for the owner of the home alone. ``mail_address_invalid``."""
    for address in (settings.sender, *(settings.recipients or ("",))):
        check_address(address)
    path = home.path / SETTINGS_FILE
    path.touch(mode=0o600)
    write_durably(path, json.dumps(asdict(settings), indent=2, ensure_ascii=False).encode())
    path.chmod(0o600)


def check_address(address: str) -> None:
    """Raises ``mail_address_invalid`` for what is no mail address."""
    if "@" not in address or not address.isprintable() or " " in address:
        raise TillferryError("mail_address_invalid", address=address)


def send_mail(
    settings: MailSettings,
    subject: str,
    text: str,
    *,
    attachments: Sequence[Attachment] = (),
    message_key: str = "",
) -> None:
    """Send a mail to all recipients. Raises ``mail_not_sent`` with the server's own words.

    Certificates are checked; a login goes over an encrypted connection only. Mails of one
    ``message_key`` have one Message-ID.
    """
    if settings.user and settings.security is Security.NONE:
        raise TillferryError("mail_login_unencrypted")
    mail = EmailMessage()
    mail["From"], mail["To"] = settings.sender, ", ".join(settings.recipients)
    mail["Subject"], mail["Date"] = subject, formatdate(localtime=True)
    domain = settings.sender.rpartition("@")[2]
    mail["Message-ID"] = f"<{message_key}@{domain}>" if message_key else make_msgid(domain=domain)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    for each in attachments:
        kind, _, subtype = each.media_type.partition("/")
        mail.add_attachment(each.content, maintype=kind, subtype=subtype, filename=each.name)
    try:
        with _connected(settings) as server:
            if settings.user:
                server.login(settings.user, settings.password)
            server.send_message(mail)
    except (OSError, smtplib.SMTPException, MessageError, UnicodeError) as error:
        raise TillferryError("mail_not_sent", host=settings.host, reason=error) from error


def _connected(settings: MailSettings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if settings.security is Security.TLS:
        return smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=TIMEOUT_SECONDS, context=context
        )
    server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
    if settings.security is Security.STARTTLS:
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def silence_text(silent: Sequence[TillOverview], office: str, lang: str) -> tuple[str, str]:
    """Subject and text about tills that have been silent for too long."""
    lines = [
        message(
            "mail_silent_line",
            lang,
            {
                "till": label(each.till),
                "name": each.till.name,
                "outlet": each.outlet or "–",
                "days": each.days_silent,
                "last": each.figures.last_business_day.isoformat() if each.figures else "–",
            },
        )
        for each in silent
    ]
    subject = message("mail_silent_subject", lang, {"count": len(silent), "office": office})
    start = message("mail_silent_start", lang)
    end = message("mail_silent_end", lang)
    return subject, "\n".join([start, "", *lines, "", end, ""])


def tell_silent(
    home: OfficeHome, journal: Journal, records: OfficeRecords, today: date, lang: str
) -> tuple[TillOverview, ...]:
    """Write about tills that became overdue since the last mail; gives them.

    A silence is told once: until something of the till comes again. Raises ``mail_not_set_up``
    and ``mail_not_sent``; then it is told with the next call.
    """
    settings = load_mail(home)
    if settings is None:
        raise TillferryError("mail_not_set_up")
    path = home.path / TOLD_FILE
    told = _told(path)
    overdue = [each for each in overview(journal, records, today) if each.overdue]
    standing = {str(each.till.till_id): _since(each) for each in overdue}
    fresh = tuple(each for each in overdue if told.get(str(each.till.till_id)) != _since(each))
    if fresh:
        send_mail(settings, *silence_text(fresh, home.settings.name, lang))
    if standing != told:
        write_durably(path, json.dumps(standing).encode())
    return fresh


def _since(each: TillOverview) -> str:
    return each.figures.last_delivery if each.figures else ""


def _told(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
