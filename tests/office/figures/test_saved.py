"""Saved reports: when they are due, and that each goes out once, through a real SMTP server."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from tests.e2e.world import World
from tests.office.admin import CLERK, actions, managing, opened, refused
from tests.office.test_mail import Mailbox, smtp_server
from tillferry.closing.office_seams import Outlet
from tillferry.office.event_log import last_events
from tillferry.office.figures.saved import (
    REPORTS_FILE,
    Period,
    SavedReport,
    Schedule,
    SentReport,
    days_of,
    due,
    last_time,
    load_reports,
    next_due,
    remove_report,
    save_report,
)
from tillferry.office.figures.sending import SENDING_LOCK, send_due
from tillferry.office.home import OfficeHome, OfficeSettings, create_home
from tillferry.office.mail import save_mail
from tillferry.wiring import ferry, figures, office_admin

BERLIN = "Europe/Berlin"
DAILY = SavedReport(
    "Umsatz für die Chefin",
    "turnover_by_till",
    Period.YESTERDAY,
    Schedule.DAILY,
    6,
    ("chefin@example.com", "buero@example.com"),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN))


# --- when ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "now", "last", "following"),
    [
        (Schedule.DAILY, "2026-10-20T06:00", "2026-10-20T06:00", "2026-10-21T06:00"),
        (Schedule.DAILY, "2026-10-20T05:59", "2026-10-19T06:00", "2026-10-20T06:00"),
        (Schedule.WEEKLY, "2026-10-20T06:00", "2026-10-19T06:00", "2026-10-26T06:00"),
        (Schedule.WEEKLY, "2026-10-19T05:59", "2026-10-12T06:00", "2026-10-19T06:00"),
        (Schedule.MONTHLY, "2026-03-01T05:59", "2026-02-01T06:00", "2026-03-01T06:00"),
        (Schedule.MONTHLY, "2026-12-31T23:59", "2026-12-01T06:00", "2027-01-01T06:00"),
    ],
)
def test_times(schedule: Schedule, now: str, last: str, following: str) -> None:
    report = replace(DAILY, schedule=schedule)
    assert last_time(report, at(now), BERLIN) == at(last)
    assert next_due(report, at(now), BERLIN) == at(following)


def test_an_hour_of_the_night_in_which_the_clock_is_changed() -> None:
    report = replace(DAILY, hour=2, last_sent="2026-03-28T02:00:00+01:00")
    # Two o'clock is left out on that day: it is sent at three.
    before = datetime.fromisoformat("2026-03-29T01:59:00+01:00")
    after = datetime.fromisoformat("2026-03-29T03:00:00+02:00")
    assert due([report], before, BERLIN) == []
    assert due([report], after, BERLIN) == [report]
    # It comes twice in autumn, and counts once.
    sent = replace(report, last_sent="2026-10-25T02:00:00+02:00")
    assert due([sent], datetime.fromisoformat("2026-10-25T02:00:00+01:00"), BERLIN) == []


@pytest.mark.parametrize(
    ("period", "day", "first", "last"),
    [
        (Period.YESTERDAY, "2026-03-01", "2026-02-28", "2026-02-28"),
        (Period.LAST_WEEK, "2026-10-19", "2026-10-12", "2026-10-18"),
        (Period.LAST_WEEK, "2026-10-25", "2026-10-12", "2026-10-18"),
        (Period.LAST_MONTH, "2026-01-15", "2025-12-01", "2025-12-31"),
        (Period.LAST_MONTH, "2028-03-01", "2028-02-01", "2028-02-29"),
    ],
)
def test_periods(period: Period, day: str, first: str, last: str) -> None:
    expected = date.fromisoformat(first), date.fromisoformat(last)
    assert days_of(period, date.fromisoformat(day)) == expected


# --- keeping ------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> OfficeHome:
    return create_home(tmp_path / "office", OfficeSettings("1000", "Zentrale"))


def test_reports_are_kept_by_name(home: OfficeHome) -> None:
    assert load_reports(home) == ()
    now = at("2026-10-20T12:00")
    first = save_report(home, DAILY, now)
    other = save_report(
        home, replace(DAILY, name="Bargeld", tills=("1001",), outlet="S", format="csv"), now
    )
    assert load_reports(home) == (other, first)
    assert due(load_reports(home), at("2026-10-21T05:59"), BERLIN) == []
    assert due(load_reports(home), at("2026-10-21T06:00"), BERLIN) == [other, first]
    changed = save_report(home, replace(DAILY, hour=7), now)
    assert load_reports(home) == (other, changed)
    remove_report(home, "Bargeld")
    with refused("report_not_found"):
        remove_report(home, "Bargeld")
    assert load_reports(home) == (changed,)
    assert (home.path / REPORTS_FILE).stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_kept(home: OfficeHome) -> None:
    now = at("2026-10-20T12:00")
    for wrong, code in (
        (replace(DAILY, hour=24), "report_hour_invalid"),
        (replace(DAILY, recipients=()), "mail_address_invalid"),
        (replace(DAILY, recipients=("a@example.com\nBcc: b@example.com",)), "mail_address_invalid"),
        (replace(DAILY, name=" "), "name_invalid"),
    ):
        with refused(code):
            save_report(home, wrong, now)
    for damaged in ("{", '{"name": 1}', '[{"name": "x"}]', "[1]"):
        (home.path / REPORTS_FILE).write_text(damaged)
        with refused("settings_damaged"):
            load_reports(home)


def test_two_who_save_at_once_lose_nothing(home: OfficeHome) -> None:
    names = [f"Bericht {number:02}" for number in range(8)]
    threads = [
        threading.Thread(
            target=save_report, args=(home, replace(DAILY, name=name), at("2026-10-20T12:00"))
        )
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [report.name for report in load_reports(home)] == names


# --- sending ------------------------------------------------------------------------------------


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with smtp_server() as found:
        yield found


@pytest.fixture
def world(tmp_path: Path, box: Mailbox) -> World:
    """Two tills with business days from 2026-10-19 to 21, the second in an outlet."""
    world = World(tmp_path)
    for number in (1, 2):
        world.add_till(number)
        world.close(number, 1, 2, 3)
        world.send(number, world.stick("a"))
    world.bring(world.stick("a"))
    with managing(world) as (office, admin):
        admin.save_outlet(Outlet("S", "Strand"))
        admin.place(office.journal.tills()[1], "S")
        save_mail(office.home, box.settings)
    return world


def sending(world: World, now: str, only: str = "") -> tuple[SentReport, ...]:
    with opened(world) as office:
        records = office_admin.records(office)
        return send_due(office.home, office.journal, records, at(now), only=only)


def saving(world: World, report: SavedReport, now: str = "2026-10-20T12:00") -> None:
    with opened(world) as office:
        save_report(office.home, report, at(now))


def test_a_report_goes_out_once_with_its_file(world: World, box: Mailbox) -> None:
    saving(world, replace(DAILY, format="parquet"))
    assert sending(world, "2026-10-21T05:00") == ()
    (sent,) = sending(world, "2026-10-21T06:05")
    assert sent.error is None
    # Whoever asks again, also after a restart, sends nothing.
    assert sending(world, "2026-10-21T06:05") == sending(world, "2026-10-22T05:59") == ()
    (mail,) = box.mails
    assert mail["To"] == "chefin@example.com, buero@example.com"
    assert mail["Subject"] == "Zentrale: Umsatz für die Chefin, 20.10.2026 bis 20.10.2026"
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Umsatz nach Kasse, 20.10.2026 bis 20.10.2026" in text and "Brutto: " in text
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "turnover_by_till_2026-10-20_2026-10-20.parquet"
    table = pq.read_table(io.BytesIO(attached.get_content()))
    assert sorted(table["till"].to_pylist()) == ["1001", "1002"]
    assert len(sending(world, "2026-10-22T06:00")) == 1


def test_of_times_that_passed_only_the_last_is_sent(world: World, box: Mailbox) -> None:
    saving(world, DAILY)
    assert len(sending(world, "2026-10-25T12:00")) == 1
    assert box.mails[0]["Subject"].endswith("24.10.2026 bis 24.10.2026")
    body = box.mails[0].get_body(("plain",))
    assert body is not None and "noch nichts in der Zentrale" in body.get_content()


def test_what_was_not_sent_is_tried_again(world: World, box: Mailbox) -> None:
    saving(world, DAILY)
    saving(world, replace(DAILY, name="A falsch", tills=("9999",)))
    box.refusing = True
    wrong, refused_one = sending(world, "2026-10-21T06:00")
    assert wrong.error is not None and wrong.error.code == "till_not_found"
    assert refused_one.error is not None and refused_one.error.code == "mail_not_sent"
    with opened(world) as office:
        assert [each.trouble for each in load_reports(office.home)] == [
            "till_not_found",
            "mail_not_sent",
        ]
    box.refusing = False
    wrong, sent = sending(world, "2026-10-21T06:10")
    assert wrong.error is not None and sent.error is None
    with opened(world) as office:
        assert [each.trouble for each in load_reports(office.home)] == ["till_not_found", ""]
    assert [each.report.name for each in sending(world, "2026-10-21T06:20")] == ["A falsch"]
    assert len(box.mails) == 1


def test_without_a_mail_server_it_stays_due(world: World, box: Mailbox) -> None:
    (world.office / "mail.json").unlink()
    saving(world, DAILY)
    (told,) = sending(world, "2026-10-21T06:00")
    assert told.error is not None and told.error.code == "mail_not_set_up"
    with opened(world) as office:
        save_mail(office.home, box.settings)
    (sent,) = sending(world, "2026-10-21T07:00")
    assert sent.error is None


def test_a_mail_that_comes_twice_is_one_to_its_reader(world: World, box: Mailbox) -> None:
    saving(world, DAILY)
    file = world.office / REPORTS_FILE
    before = file.read_bytes()
    sending(world, "2026-10-21T06:00")
    # The program died after the mail was gone and before it wrote that down.
    file.write_bytes(before)
    sending(world, "2026-10-21T06:30")
    sending(world, "2026-10-22T06:00")
    first, second, third = (mail["Message-ID"] for mail in box.mails)
    assert first == second != third


def test_while_one_sends_no_other_does(world: World, box: Mailbox) -> None:
    saving(world, DAILY)
    with FileLock(world.office / SENDING_LOCK):
        assert sending(world, "2026-10-21T06:00") == ()
    assert box.mails == []
    assert len(sending(world, "2026-10-21T06:00")) == 1


def test_a_report_of_an_outlet_and_at_once(world: World, box: Mailbox) -> None:
    saving(world, replace(DAILY, outlet="S", format="json", lang="en"))
    for _ in range(2):
        (sent,) = sending(world, "2026-10-20T13:00", DAILY.name)
        assert sent.error is None
    with refused("report_not_found"):
        sending(world, "2026-10-20T13:00", "nobody")
    assert len(box.mails) == 2
    (attached,) = box.mails[0].iter_attachments()
    rows = json.loads(attached.get_content())["rows"]
    assert [row["till"] for row in rows] == ["1002"]
    assert box.mails[0]["Subject"].endswith("19 Oct 2026 to 19 Oct 2026")
    # Its own time is not over because of that.
    assert len(sending(world, "2026-10-21T06:00")) == 1


def test_head_office_at_work_sends_what_is_due(
    world: World, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ferry, "_REPORT_SECONDS", 0.05)
    monkeypatch.setattr(ferry, "_REPORT_RETRY_SECONDS", 0.05)
    saving(world, DAILY, "2026-01-01T00:00")
    box.refusing = True

    def told() -> list[str]:
        return [event.name for event in last_events(world.office, 100)]

    def wait_for(name: str) -> None:
        end = time.monotonic() + 20
        while name not in told():
            assert time.monotonic() < end, told()
            time.sleep(0.02)

    (world.folder / "none").mkdir()
    at_work = ferry.Ferry(world.office, [world.folder / "none"])
    at_work.start()
    try:
        wait_for("report_not_sent")
        assert box.mails == []
        box.refusing = False
        wait_for("report_sent")
        # A broken file of reports stops nothing else, and is told.
        (world.office / REPORTS_FILE).write_text("{")
        wait_for("reports_not_sent")
    finally:
        at_work.stop()
    assert len(box.mails) == 1
    assert told().count("report_sent") == 1


def test_people_who_keep_reports_are_in_the_log(world: World) -> None:
    with opened(world) as office:
        for wrong, code in (
            (replace(DAILY, figure="profit"), "figure_unknown"),
            (replace(DAILY, format="pdf"), "report_format_unknown"),
            (replace(DAILY, tills=("9999",)), "till_not_found"),
            (replace(DAILY, outlet="X"), "outlet_not_found"),
        ):
            with refused(code):
                figures.keep(office, wrong, CLERK)
        assert figures.saved(office) == ()
        figures.keep(office, DAILY, CLERK)
        figures.remove(office, DAILY.name, CLERK)
    assert actions(world)[-2:] == ["report_saved", "report_removed"]
