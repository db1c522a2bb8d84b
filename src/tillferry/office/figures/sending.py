"""Sends saved reports that are due, each with the figure as a file."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout

from tillferry.closing.office_seams import OfficeRecords
from tillferry.closing.seams import Journal
from tillferry.errors import TillferryError, message
from tillferry.office.figures.definitions import find_figure
from tillferry.office.figures.files import FILE_FORMATS, MEDIA_TYPES, file_name
from tillferry.office.figures.model import Question, Report
from tillferry.office.figures.reckoning import report
from tillferry.office.figures.saved import (
    SavedReport,
    SentReport,
    days_of,
    due,
    find_report,
    last_time,
    load_reports,
    note_sent,
)
from tillferry.office.figures.words import (
    column_title,
    leaves_out,
    meaning,
    shown,
    shown_day,
    title,
)
from tillferry.office.home import OfficeHome
from tillferry.office.mail import Attachment, load_mail, send_mail
from tillferry.office.period import chosen_tills

SENDING_LOCK: Final = "saved-reports-sending.lock"


def check_report(journal: Journal, records: OfficeRecords, saved: SavedReport) -> None:
    """Whether it could be made. Raises ``figure_unknown``, ``report_format_unknown``,
    ``till_not_found``, ``outlet_not_found``."""
    find_figure(saved.figure)
    if saved.format not in FILE_FORMATS:
        forms = ", ".join(FILE_FORMATS)
        raise TillferryError("report_format_unknown", form=saved.format, forms=forms)
    _till_ids(journal, records, saved)


def send_due(
    home: OfficeHome, journal: Journal, records: OfficeRecords, now: datetime, *, only: str = ""
) -> tuple[SentReport, ...]:
    """Send all reports that are due, or the one named ``only`` at once; gives what came of each.

    What cannot be sent holds up no other, is written down, and is due again. Where another process
    is sending, nothing is done. Sending at once changes nothing of when a report is due.
    Raises ``report_not_found`` and ``settings_damaged``.
    """
    zone = home.settings.timezone
    try:
        with FileLock(home.path / SENDING_LOCK, timeout=0):
            kept = load_reports(home)
            if only:
                at = now.astimezone(ZoneInfo(zone))
                return (_sent(home, journal, records, find_report(kept, only), at),)
            found: list[SentReport] = []
            for saved in due(kept, now, zone):
                at = last_time(saved, now, zone)
                sent = _sent(home, journal, records, saved, at)
                note_sent(home, saved, at, sent.error.code if sent.error else "")
                found.append(sent)
            return tuple(found)
    except Timeout:
        return ()


def _sent(
    home: OfficeHome, journal: Journal, records: OfficeRecords, saved: SavedReport, at: datetime
) -> SentReport:
    try:
        _send(home, journal, records, saved, at)
    except TillferryError as error:
        return SentReport(saved, error)
    return SentReport(saved)


def _send(
    home: OfficeHome, journal: Journal, records: OfficeRecords, saved: SavedReport, at: datetime
) -> None:
    settings = load_mail(home)
    if settings is None:
        raise TillferryError("mail_not_set_up")
    check_report(journal, records, saved)
    first, last = days_of(saved.period, at.date())
    question = Question(first, last, _till_ids(journal, records, saved))
    found = report(journal, find_figure(saved.figure), question)
    file = io.BytesIO()
    FILE_FORMATS[saved.format](found, file, saved.lang)
    attachment = Attachment(
        file_name(found, saved.format), MEDIA_TYPES[saved.format], file.getvalue()
    )
    send_mail(
        replace(settings, recipients=saved.recipients),
        message("report_mail_subject", saved.lang, _words(home, saved, found)),
        _text(home, saved, found),
        attachments=[attachment],
        message_key=_key(home, saved, at),
    )


def _words(home: OfficeHome, saved: SavedReport, found: Report) -> dict[str, object]:
    question = found.question
    return {
        "office": home.settings.name,
        "name": saved.name,
        "title": title(found.figure, saved.lang),
        "first": shown_day(question.first, saved.lang),
        "last": shown_day(question.last, saved.lang),
    }


def _text(home: OfficeHome, saved: SavedReport, found: Report) -> str:
    """What the mail says: period, totals, meaning."""
    lang, figure = saved.lang, found.figure
    lines = [message("report_mail_start", lang, _words(home, saved, found)), ""]
    if not found.rows:
        lines += [message("report_mail_nothing", lang), ""]
    for total in found.totals:
        for column, value in zip(figure.columns, total, strict=True):
            if value is not None:
                lines.append(f"{column_title(column, lang)}: {shown(column, value, lang)}")
        lines.append("")
    lines += [meaning(figure, lang), ""]
    lines += [f"{message('figure_word_leaves_out', lang)}: {leaves_out(figure, lang)}", ""]
    return "\n".join(lines)


def _key(home: OfficeHome, saved: SavedReport, at: datetime) -> str:
    """The same for the same report and time: a mail that came twice is one to its reader."""
    known = [home.settings.customer_number, saved.name, at.isoformat(timespec="seconds")]
    return hashlib.sha256("\n".join(known).encode()).hexdigest()[:32]


def _till_ids(
    journal: Journal, records: OfficeRecords, saved: SavedReport
) -> tuple[int, ...] | None:
    if saved.outlet:
        if saved.outlet not in {outlet.outlet_id for outlet in records.outlets()}:
            raise TillferryError("outlet_not_found", outlet=saved.outlet)
        details = records.till_details().values()
        placed = {each.till_id for each in details if each.outlet_id == saved.outlet}
        if saved.tills:
            placed &= {till.till_id for till in chosen_tills(journal, saved.tills)}
        return tuple(sorted(placed))
    if saved.tills:
        return tuple(till.till_id for till in chosen_tills(journal, saved.tills))
    return None
