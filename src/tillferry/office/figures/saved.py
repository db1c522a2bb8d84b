"""Reports that go out as mail on a timer: what is kept of each, and when it is due.

They are kept in one file beside the mail settings. ``last_sent`` names the time a report was due
when it was last sent, so that a restart sends nothing twice and what could not be sent is tried
again. Of several times that passed meanwhile only the last is sent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from filelock import FileLock

from tillferry.carriers.durable import write_durably
from tillferry.errors import TillferryError
from tillferry.office.home import OfficeHome, check_name
from tillferry.office.mail import check_address

REPORTS_FILE: Final = "saved-reports.json"
LOCK_FILE: Final = "saved-reports.lock"
_LOCK_SECONDS: Final = 30.0
_DAY: Final = timedelta(days=1)


class Schedule(StrEnum):
    """When a report goes out: every day, on Mondays, or on the first of the month."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Period(StrEnum):
    """The business days a report is about, seen from the day it is due."""

    YESTERDAY = "yesterday"
    LAST_WEEK = "last_week"
    LAST_MONTH = "last_month"


@dataclass(frozen=True, slots=True)
class SavedReport:
    """A report that goes out as mail.

    ``tills`` are serial or customer numbers, ``outlet`` the id of an outlet; with neither it is
    about all. ``format`` is one of ``files.FILE_FORMATS``; ``hour`` is by the clock of head
    office's time zone. ``last_sent`` is RFC 3339. ``trouble`` is the code of why it could not be
    sent the last time, empty where it could.
    """

    name: str
    figure: str
    period: Period
    schedule: Schedule
    hour: int
    recipients: tuple[str, ...]
    format: str = "xlsx"
    tills: tuple[str, ...] = ()
    outlet: str = ""
    lang: str = "de"
    last_sent: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class SentReport:
    """A report that was due, and why it could not be sent; ``None`` where it was."""

    report: SavedReport
    error: TillferryError | None = None


# --- the file -----------------------------------------------------------------------------------


def load_reports(home: OfficeHome) -> tuple[SavedReport, ...]:
    """All of them, by name. ``settings_damaged``."""
    path = home.path / REPORTS_FILE
    try:
        found = [_report(each) for each in json.loads(path.read_text(encoding="utf-8"))]
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TillferryError("settings_damaged", file=path) from error
    return tuple(sorted(found, key=lambda report: report.name))


def save_report(home: OfficeHome, report: SavedReport, now: datetime) -> SavedReport:
    """Keep a report, which is due from its next time after ``now`` on.

    One of the same name is replaced. Raises ``name_invalid``, ``report_hour_invalid`` and
    ``mail_address_invalid``.
    """
    if not 0 <= report.hour <= 23:
        raise TillferryError("report_hour_invalid", hour=report.hour)
    for address in report.recipients or ("",):
        check_address(address)
    sent = now.isoformat(timespec="seconds")
    kept = replace(report, name=check_name(report.name), last_sent=sent, trouble="")
    with _locked(home):
        others = [each for each in load_reports(home) if each.name != kept.name]
        _write(home, [*others, kept])
    return kept


def remove_report(home: OfficeHome, name: str) -> None:
    """Keep it no more. ``report_not_found``."""
    with _locked(home):
        kept = load_reports(home)
        find_report(kept, name)
        _write(home, [each for each in kept if each.name != name])


def note_sent(home: OfficeHome, report: SavedReport, at: datetime, trouble: str) -> None:
    """Write down that a report was sent for the time ``at``, or with ``trouble`` that it was not.

    Nothing is written where it was removed or changed meanwhile.
    """
    noted = replace(report, trouble=trouble)
    if not trouble:
        noted = replace(noted, last_sent=at.isoformat(timespec="seconds"))
    with _locked(home):
        kept = load_reports(home)
        if report in kept and noted != report:
            _write(home, [noted if each == report else each for each in kept])


def find_report(reports: Sequence[SavedReport], name: str) -> SavedReport:
    """The report of that name. ``report_not_found``."""
    for report in reports:
        if report.name == name:
            return report
    raise TillferryError("report_not_found", name=name)


def _report(value: dict[str, object]) -> SavedReport:
    lists = {
        name: tuple(str(each) for each in _list(value[name])) for name in ("recipients", "tills")
    }
    made = SavedReport(**{**value, **lists})  # type: ignore[arg-type]
    return replace(
        made,
        period=Period(made.period),
        schedule=Schedule(made.schedule),
        hour=int(made.hour),
    )


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("no list")
    return value


def _write(home: OfficeHome, reports: Sequence[SavedReport]) -> None:
    path = home.path / REPORTS_FILE
    path.touch(mode=0o600)
    text = json.dumps([asdict(each) for each in reports], indent=2, ensure_ascii=False)
    write_durably(path, text.encode())
    path.chmod(0o600)


def _locked(home: OfficeHome) -> FileLock:
    return FileLock(home.path / LOCK_FILE, timeout=_LOCK_SECONDS)


# --- when ---------------------------------------------------------------------------------------


def due(reports: Sequence[SavedReport], now: datetime, zone: str) -> list[SavedReport]:
    """Those whose last time has passed and that were not sent for it."""
    return [
        report
        for report in reports
        if not report.last_sent
        or datetime.fromisoformat(report.last_sent) < last_time(report, now, zone)
    ]


def last_time(report: SavedReport, now: datetime, zone: str) -> datetime:
    """The last time at or before ``now`` at which it was to be sent."""
    local = now.astimezone(ZoneInfo(zone))
    day = local.date()
    while True:
        at = datetime(day.year, day.month, day.day, report.hour, tzinfo=ZoneInfo(zone))
        if _on(report.schedule, day) and at <= local:
            return at
        day -= _DAY


def next_due(report: SavedReport, now: datetime, zone: str) -> datetime:
    """The first time after ``now`` at which it is to be sent."""
    local = now.astimezone(ZoneInfo(zone))
    day = local.date()
    while True:
        at = datetime(day.year, day.month, day.day, report.hour, tzinfo=ZoneInfo(zone))
        if _on(report.schedule, day) and at > local:
            return at
        day += _DAY


def days_of(period: Period, day: date) -> tuple[date, date]:
    """First and last business day of a period, seen from ``day``."""
    if period is Period.YESTERDAY:
        return day - _DAY, day - _DAY
    if period is Period.LAST_WEEK:
        monday = day - timedelta(days=day.weekday() + 7)
        return monday, monday + timedelta(days=6)
    last = day.replace(day=1) - _DAY
    return last.replace(day=1), last


def _on(schedule: Schedule, day: date) -> bool:
    if schedule is Schedule.WEEKLY:
        return day.weekday() == 0
    return schedule is Schedule.DAILY or day.day == 1
