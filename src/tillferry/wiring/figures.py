"""Head office's figures, put together: asking for one, and saved reports that go out as mail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tillferry.closing.office_seams import OfficeChange
from tillferry.errors import TillferryError
from tillferry.journal.office_records import office_records
from tillferry.office.audit_log import Actor
from tillferry.office.event_log import EventLog
from tillferry.office.figures import FIGURES, Figure, Question, Report, find_figure, report
from tillferry.office.figures.files import FILE_FORMATS, as_json, write_csv
from tillferry.office.figures.saved import (
    Period,
    SavedReport,
    Schedule,
    SentReport,
    due,
    load_reports,
    next_due,
    remove_report,
    save_report,
)
from tillferry.office.figures.sending import check_report, send_due
from tillferry.office.home import OfficeHome
from tillferry.office.period import Period as Days
from tillferry.office.period import chosen_tills
from tillferry.wiring.office import Office, now, opened_office

__all__ = [
    "FIGURES",
    "FILE_FORMATS",
    "Days",
    "Figure",
    "Period",
    "Report",
    "SavedReport",
    "Schedule",
    "SentReport",
    "as_json",
    "ask",
    "find_figure",
    "keep",
    "mail_due",
    "next_due",
    "remove",
    "saved",
    "send",
    "write_csv",
]


def ask(office: Office, name: str, days: Days, tills: Sequence[str] = ()) -> Report:
    """A figure for a period, of the tills with these serial or customer numbers or of all.

    Raises ``figure_unknown``, ``till_not_found``, ``figure_period_too_long``.
    """
    figure = find_figure(name)
    chosen = chosen_tills(office.journal, tills) if tills else None
    till_ids = None if chosen is None else tuple(till.till_id for till in chosen)
    return report(office.journal, figure, Question(days.first, days.last, till_ids))


def write(found: Report, target: Path, form: str, lang: str) -> None:
    """The report as a file. Raises ``report_format_unknown``, ``target_exists``."""
    writer = FILE_FORMATS.get(form)
    if writer is None:
        raise TillferryError("report_format_unknown", form=form, forms=", ".join(FILE_FORMATS))
    if target.exists():
        raise TillferryError("target_exists", path=target)
    writer(found, target, lang)


def saved(office: Office) -> tuple[SavedReport, ...]:
    """The reports that go out as mail, by name."""
    return load_reports(office.home)


def keep(office: Office, wanted: SavedReport, who: Actor) -> SavedReport:
    """Keep a report that goes out from its next time on; one of the same name is replaced.

    Raises the codes of ``check_report``.
    """
    check_report(office.journal, office_records(office.journal), wanted)
    kept = save_report(office.home, wanted, now())
    _log(office, who, "report_saved", f"{kept.name}: {kept.figure} → {', '.join(kept.recipients)}")
    return kept


def remove(office: Office, name: str, who: Actor) -> None:
    """Keep a report no more. ``report_not_found``."""
    remove_report(office.home, name)
    _log(office, who, "report_removed", name)


def send(office: Office, name: str = "") -> tuple[SentReport, ...]:
    """Send what is due, or the report of that name at once; see ``office.figures.sending``."""
    records = office_records(office.journal)
    return send_due(office.home, office.journal, records, now(), only=name)


def mail_due(home: OfficeHome, log: EventLog) -> bool:
    """Send what is due and tell the event log; whether nothing went wrong.

    The journal is opened only where something is due. Raises ``settings_damaged`` and what the
    journal raises.
    """
    if not due(load_reports(home), now(), home.settings.timezone):
        return True
    with opened_office(home.path, read_only=True) as office:
        found = send(office)
    for each in found:
        name = each.report.name
        if each.error is None:
            log.info("report_sent", report=name, to=", ".join(each.report.recipients))
        else:
            log.error("report_not_sent", each.error, report=name)
    return all(each.error is None for each in found)


def _log(office: Office, who: Actor, action: str, subject: str) -> None:
    office_records(office.journal).write(OfficeChange([who.entry(action, subject)]))
