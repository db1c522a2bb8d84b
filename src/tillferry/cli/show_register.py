"""What the register's commands show: closings, reports, the handover, the standing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Final

from tillferry.cli.language import words
from tillferry.cli.output import (
    day,
    money,
    plain_money,
    say,
    say_aside,
    show_error,
    show_json,
    table,
)
from tillferry.closing.ranges import format_ranges, to_ranges

if TYPE_CHECKING:
    from tillferry.till.outbox import Standing
    from tillferry.till.register.dayclose import Closed
    from tillferry.till.register.reports import Amount, TurnoverReport, WorkingTime
    from tillferry.till.sending import Sent
    from tillferry.wiring.register import Handover, TillStatus
    from tillferry.wiring.safekeeping import Restored

TOLD: Final = frozenset({"backup_next"})
"""Steps that are told while they happen; the end is told with everything else."""


# --- day close and handover ---------------------------------------------------------------------


def show_closed(closed: Closed | None) -> None:
    """The day close in a few sentences."""
    if closed is None:
        say("nothing_to_close")
        return
    say(
        "day_closed",
        z_nr=closed.z_nr,
        day=day(date.fromisoformat(closed.business_day)),
        receipts=closed.receipts,
        gross=money(closed.gross_cents),
    )
    if closed.counted is None:
        say("cash_not_counted", book=money(closed.book_cash))
    else:
        say(
            "cash_counted",
            book=money(closed.book_cash),
            counted=money(closed.counted),
            difference=money(closed.difference),
        )


def show_handover(done: Handover) -> None:
    """What the stick holds now, and whether it may go."""
    if done.sent is not None:
        show_sent(done.sent)
    if done.error is not None:
        show_error(done.error)
    style = "bold green" if done.error is None else "bold red"
    say_aside(f"handover_{done.state.value}", style=style)


def show_sent(sent: Sent) -> None:
    """Letters read, bundle written, how many days are on the way."""
    for problem in sent.letter_problems:
        show_error(problem)
    show_letter(sent)
    if sent.bundle is None:
        say("nothing_to_send")
    else:
        z_nrs = format_ranges(to_ranges(sent.bundle.z_nrs))
        say("bundle_sent", count=len(sent.bundle.z_nrs), z_nrs=z_nrs)
    show_standing(sent.standing)


def show_letter(sent: Sent) -> None:
    """What head office wrote, where a letter was new."""
    if sent.letter is not None:
        say("letter_read", z_nrs=format_ranges(sent.letter.through) or "–")
        if sent.letter.rejected:
            refused = to_ranges(z_nr for z_nr, _ in sent.letter.rejected)
            say("letter_waits", z_nrs=format_ranges(refused))


def show_standing(standing: Standing) -> None:
    """How many days are still on the way, and the last acknowledgement."""
    if standing.waiting:
        z_nrs = format_ranges(to_ranges(entry.z_nr for entry in standing.waiting))
        say("days_on_the_way", count=len(standing.waiting), z_nrs=z_nrs)
    else:
        say("no_days_on_the_way")
    if standing.acknowledged_at:
        say("last_acknowledged", at=_moment(standing.acknowledged_at))
    if standing.beyond:
        say("till_skips", z_nr=standing.beyond, next=standing.beyond + 1)


def close_json(closed: Closed | None, done: Handover | None, standing: Standing) -> object:
    """The day close for programs; amounts are decimal strings."""
    return {
        "closing": None
        if closed is None
        else {
            "z_nr": closed.z_nr,
            "business_day": closed.business_day,
            "closed_at": closed.closed_at,
            "receipts": closed.receipts,
            "gross": plain_money(closed.gross_cents),
            "book_cash": plain_money(closed.book_cash),
            "counted": None if closed.counted is None else plain_money(closed.counted),
            "difference": plain_money(closed.difference),
        },
        "handover": None if done is None else handover_json(done),
        **standing_json(standing),
    }


def handover_json(done: Handover) -> object:
    """A handover for programs."""
    bundle = done.sent.bundle if done.sent is not None else None
    return {
        "state": done.state.value,
        "bundle": bundle and {"name": bundle.name, "closings": list(bundle.z_nrs)},
        "backup": done.backup or None,
        "error": done.error and done.error.code,
        "may_be_removed": done.error is None,
    }


def standing_json(standing: Standing) -> dict[str, object]:
    """The standing for programs."""
    return {
        "closings": standing.closings,
        "waiting": [entry.z_nr for entry in standing.waiting],
        "acknowledged_at": standing.acknowledged_at or None,
        "beyond": standing.beyond or None,
    }


def show_resend(found: date, z_nrs: Sequence[int], with_time: bool) -> None:
    """What will be sent again."""
    code = "resend_with_time" if with_time else "resend_without_time"
    say(code, day=day(found), z_nrs=format_ranges(to_ranges(z_nrs)))


# --- status and restore -------------------------------------------------------------------------


def show_status(found: TillStatus) -> None:
    """The till's first page in words."""
    settings = found.home.settings
    if settings.office_age:
        say(
            "status_till",
            name=settings.name,
            number=settings.customer_number,
            office=settings.office_name,
        )
    else:
        say("status_till_alone", home=found.home.path)
    if found.open_day is not None:
        say("status_day_open", day=day(date.fromisoformat(found.open_day)))
    if found.is_overdue:
        say("status_overdue")
    show_standing(found.standing)


def status_json(found: TillStatus) -> object:
    """The status for programs."""
    settings = found.home.settings
    return {
        "customer_number": settings.customer_number or None,
        "name": settings.name or None,
        "office": settings.office_name or None,
        "serial": settings.serial or None,
        "open_day": found.open_day,
        "overdue": found.is_overdue,
        **standing_json(found.standing),
    }


def show_restored(done: Restored) -> None:
    """What came back, and what to do next."""
    say("restored", home=done.home.path, at=_moment(done.about.created_at), z_nr=done.last_z)
    if done.skipped_to:
        say("till_skips", z_nr=done.skipped_to, next=done.skipped_to + 1)
    if done.home.settings.office_age:
        say(
            "restored_enrol",
            number=done.home.settings.customer_number,
            office=done.home.settings.office_name,
            home=done.home.path,
        )


def restored_json(done: Restored) -> object:
    """A restore for programs."""
    settings = done.home.settings
    return {
        "home": str(done.home.path),
        "backup_of": done.about.created_at,
        "installation": settings.installation,
        "last_z": done.last_z,
        "skipped_to": done.skipped_to or None,
        "must_be_enrolled_again": bool(settings.office_age),
    }


# --- reports ------------------------------------------------------------------------------------


def show_report(made: TurnoverReport, *, as_csv: bool, as_json: bool) -> None:
    """A turnover report as text, CSV or JSON."""
    if as_json:
        show_json(report_json(made))
        return
    if as_csv:
        sys.stdout.write(made.csv())
        return
    say("report_title", title=made.title, first=made.first_day, last=made.last_day)
    say("report_turnover", count=made.receipts, gross=money(made.turnover))
    say("report_cash", cash=money(made.cash), difference=money(made.difference))
    say(
        "report_other",
        cancelled=money(made.cancelled),
        cancellations=made.cancellations,
        tips=money(made.tips),
        training=made.training,
    )
    if made.vat:
        rows = [
            (f"{money(part.rate)} %", money(part.net), money(part.vat), money(part.gross))
            for part in made.vat
        ]
        table(
            [
                ("column_vat", False),
                ("column_net", True),
                ("column_vat_amount", True),
                ("column_gross", True),
            ],
            rows,
        )
    for heading, amounts in (
        ("column_payment", made.payments),
        ("column_group", made.groups),
        ("column_hour", made.hours),
    ):
        _show_amounts(heading, amounts)


def _show_amounts(heading: str, amounts: Sequence[Amount]) -> None:
    if amounts:
        table(
            [(heading, False), ("column_count", True), ("column_gross", True)],
            [(part.name, str(part.count), money(part.gross)) for part in amounts],
        )


def report_json(made: TurnoverReport) -> object:
    """A report for programs; amounts and rates are decimal strings."""

    def amounts(parts: Sequence[Amount]) -> list[object]:
        return [
            {"name": part.name, "count": part.count, "gross": plain_money(part.gross)}
            for part in parts
        ]

    return {
        "title": made.title,
        "first_day": made.first_day,
        "last_day": made.last_day,
        "closings": list(made.z_nrs),
        "created_at": made.created_at,
        "receipts": made.receipts,
        "turnover": plain_money(made.turnover),
        "cancellations": made.cancellations,
        "cancelled": plain_money(made.cancelled),
        "tips": plain_money(made.tips),
        "cash": plain_money(made.cash),
        "difference": plain_money(made.difference),
        "training": made.training,
        "vat": [
            {
                "key": part.key,
                "rate": plain_money(part.rate),
                "net": plain_money(part.net),
                "vat": plain_money(part.vat),
                "gross": plain_money(part.gross),
            }
            for part in made.vat
        ],
        "payments": amounts(made.payments),
        "business_cases": amounts(made.business_cases),
        "groups": amounts(made.groups),
        "hours": amounts(made.hours),
    }


def show_times(times: Sequence[WorkingTime], *, as_csv: bool, as_json: bool) -> None:
    """Working times by person as text, CSV or JSON."""
    if as_json:
        show_json([asdict(person) for person in times])
    elif as_csv:
        from tillferry.till.register.reports import working_times_csv

        sys.stdout.write(working_times_csv(times))
    elif not times:
        say("no_working_times")
    else:
        table(
            [
                ("column_name", False),
                ("column_entries", True),
                ("column_hours", True),
                ("column_open_entries", True),
            ],
            [
                (
                    person.person_name,
                    str(len(person.entries)),
                    f"{person.minutes // 60}:{person.minutes % 60:02d}",
                    str(person.open_entries),
                )
                for person in times
            ],
        )


def _moment(text: str) -> str:
    """A moment as people read it: day, and hours and minutes of the place where it was."""
    if len(text) < len("2026-01-01T00:00"):
        return text
    return words("moment", day=day(date.fromisoformat(text[:10])), time=text[11:16])
