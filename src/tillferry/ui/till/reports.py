"""Reports to look at, print and take along; and the pad on which a day is asked for again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial

from nicegui import ui

from tillferry.closing.ranges import format_ranges, to_ranges
from tillferry.errors import TillferryError
from tillferry.till.register.reports import (
    Amount,
    TurnoverReport,
    WorkingTime,
    working_times_csv,
)
from tillferry.ui.till import stick
from tillferry.ui.till.parts import Pad, box, inside, key, paper, sheet, text
from tillferry.ui.till.session import Session

_LATEST = 12


async def show(session: Session) -> None:
    """The pad and the reports that there are."""
    desk, words, register = session.desk, session.words, session.desk.register
    numbers = (await desk.do(register.days.z_numbers))[-_LATEST:]
    closed = [await desk.do(register.days.closed, z_nr) for z_nr in reversed(numbers)]
    with box("twocol"):
        with box("card"):
            text(words("desk_reports_pad"), "soft")

            async def reports_key() -> None:
                typed = pad.text
                if not typed:
                    await x_report()
                    return
                pad.text = ""
                await _send_again(session, typed)

            pad = Pad(
                words,
                "digits",
                words("desk_reports_day"),
                on_enter=session.on(reports_key),
                test="reports-pad",
            )
            key(
                words("desk_place_reports"),
                session.on(reports_key),
                look="sea wide",
                test="reports-key",
            )

        async def x_report() -> None:
            made = await desk.do(register.reports.x_report)
            await _show_turnover(session, made)

        async def z_report(z_nr: int) -> None:
            await _show_turnover(session, await desk.do(register.reports.z_report, z_nr))

        with box("card"):
            text(words("desk_place_reports"), "title")
            with box("keys"):
                key(words("desk_x_report"), session.on(x_report), look="sea", test="x-report")
                key(words("desk_period"), session.on(_period, session), test="period")
                key(words("desk_working_times"), session.on(_times, session), test="times")
                key(
                    words("desk_backup_title"),
                    session.on(stick.back_up, session),
                    icon="save",
                    test="backup",
                )
            text(words("desk_z_reports"), "title")
            if not closed:
                text(words("desk_no_z_reports"), "soft")
            with box("keys"):
                for one in closed:
                    key(
                        f"Z {one.z_nr} · {words.day(one.business_day)}",
                        session.on(z_report, one.z_nr),
                        test=f"z-{one.z_nr}",
                    )
            if closed:
                key(words("desk_other_z"), session.on(_any_z, session), test="any-z")


# --- send a day again ---------------------------------------------------------------------------


async def _send_again(session: Session, typed: str) -> None:
    desk, words = session.desk, session.words
    day, z_nrs = await desk.do(desk.register.resend.find, typed)
    dialog = sheet(words("desk_resend_title"), narrow=True)
    with inside(dialog):
        listed = format_ranges(to_ranges(z_nrs))
        text(words("desk_resend_ask", day=words.day(day), z_nrs=listed))
        text(words("desk_resend_time_ask"))
        key(
            words("desk_resend_with"),
            lambda: dialog.submit("with"),
            look="go",
            test="resend-with",
        )
        key(words("desk_resend_without"), lambda: dialog.submit("without"), test="resend-without")
        key(words("desk_cancel"), lambda: dialog.submit(None), test="no")
    with session.root:
        wish = await dialog
        dialog.delete()
    if wish is None:
        return
    await desk.do(partial(desk.opened.resend, session.by, typed, with_time=wish == "with"))
    session.tell(f"desk_resend_done_{wish}", day=words.day(day))
    await session.refresh_strip()


# --- reports ------------------------------------------------------------------------------------


async def _any_z(session: Session) -> None:
    desk = session.desk
    typed = await session.ask_number(session.words("desk_other_z"), "digits", label="Z")
    if not typed:
        return
    if not typed.isdecimal():
        raise TillferryError("desk_number_wrong", number=typed)
    made = await desk.do(desk.register.reports.z_report, int(typed))
    await _show_turnover(session, made)


async def _days(session: Session, title: str) -> tuple[date, date] | None:
    """Ask for the first and the last day."""
    words = session.words
    today = session.desk.register.store.now().date()
    dialog = sheet(title, narrow=True)
    with inside(dialog):
        first = ui.input(words("desk_from_day"), value=today.replace(day=1).isoformat())
        first.props("outlined type=date")
        last = ui.input(words("desk_to_day"), value=today.isoformat())
        last.props("outlined type=date")

        def take(one: str, other: str) -> None:
            dialog.submit((one, other))

        with box("keys three"):
            key(words("desk_today"), lambda: take(today.isoformat(), today.isoformat()))
            week = (today - timedelta(days=6)).isoformat()
            key(words("desk_week"), lambda: take(week, today.isoformat()))
            key("OK", lambda: take(str(first.value), str(last.value)), look="go", test="yes")
        key(words("desk_cancel"), lambda: dialog.submit(None))
    with session.root:
        chosen = await dialog
        dialog.delete()
    if chosen is None:
        return None
    try:
        return date.fromisoformat(chosen[0]), date.fromisoformat(chosen[1])
    except ValueError:
        raise TillferryError("desk_day_wrong") from None


async def _period(session: Session) -> None:
    desk = session.desk
    days = await _days(session, session.words("desk_period"))
    if days is not None:
        await _show_turnover(session, await desk.do(desk.register.reports.period, *days))


async def _times(session: Session) -> None:
    desk, words = session.desk, session.words
    days = await _days(session, words("desk_working_times"))
    if days is None:
        return
    times = await desk.do(desk.register.reports.working_times, *days)
    title = f"{words('desk_working_times')} {words.day(days[0])} – {words.day(days[1])}"
    with _report(session, title, working_times_csv(times), f"times-{days[0]}-{days[1]}"):
        _draw_times(session, times)


def _draw_times(session: Session, times: Sequence[WorkingTime]) -> None:
    words = session.words
    if not times:
        text(words("desk_no_times"), "soft")
    for person in times:
        with box("spread"):
            text(person.person_name, "title")
            text(words("desk_hours", hours=words.hours(person.minutes)), "title")
        if person.open_entries:
            text(words("desk_open_entries", count=person.open_entries), "bad")
        paper(
            [
                [
                    words.day(entry.start),
                    entry.activity,
                    words.clock(entry.start),
                    words.clock(entry.end) if entry.end else "–",
                    str(entry.break_minutes),
                ]
                for entry in person.entries
            ],
            [
                words("desk_day"),
                words("desk_clock_activity"),
                words("desk_clock_from"),
                words("desk_clock_to"),
                words("desk_clock_minutes"),
            ],
            {4},
        )


def _report(session: Session, title: str, csv: str, name: str) -> ui.element:
    """A dialog with a report, its print and its CSV; to be filled."""
    words = session.words
    dialog = sheet("", label=title)
    with inside(dialog):
        with box("keys three"):
            key(
                words("desk_print"),
                lambda: ui.run_javascript("window.print()"),
                icon="print",
                test="print",
            )
            # With the mark that makes spreadsheets read it as UTF-8.
            key(
                "CSV",
                lambda: ui.download.content(
                    b"\xef\xbb\xbf" + csv.encode(), f"{name}.csv", "text/csv"
                ),
                icon="download",
                test="csv",
            )
            key(words("desk_close_window"), dialog.close, look="go", test="close")
        page = box("paper printable").props('data-test="report"')
        with page:
            text(title, "title")
    dialog.open()
    return page


async def _show_turnover(session: Session, made: TurnoverReport) -> None:
    words = session.words
    title = words("desk_x_title") if not made.z_nrs else made.title
    days = words.day(made.first_day)
    if made.last_day != made.first_day:
        title = words("desk_period")
        days += f" – {words.day(made.last_day)}"
    name = f"{made.title.replace(' ', '-')}-{made.last_day}"
    with _report(session, f"{title} · {days}", made.csv(), name):
        text(words("desk_report_made", at=words.moment(made.created_at)), "soft")
        with box("figures"):
            for code, value in (
                ("desk_report_turnover", words.euro(made.turnover)),
                ("desk_report_receipts", str(made.receipts)),
                ("desk_report_cash", words.euro(made.cash)),
                ("desk_difference", words.euro(made.difference)),
                ("desk_report_cancelled", f"{words.euro(made.cancelled)} ({made.cancellations})"),
                ("desk_report_tips", words.euro(made.tips)),
                ("desk_report_training", str(made.training)),
            ):
                with box("figure"):
                    text(words(code), "soft")
                    ui.html(f"<b>{value}</b>", sanitize=False)
        _draw_vat(session, made)
        for code, amounts in (
            ("desk_report_payments", made.payments),
            ("desk_report_groups", made.groups),
            ("desk_report_hours", made.hours),
        ):
            _draw_amounts(session, words(code), amounts)


def _draw_vat(session: Session, made: TurnoverReport) -> None:
    words = session.words
    if made.vat:
        paper(
            [
                [
                    f"{words.typed(part.rate, 2)} %",
                    words.money(part.net),
                    words.money(part.vat),
                    words.money(part.gross),
                ]
                for part in made.vat
            ],
            [
                words("desk_report_vat"),
                words("desk_report_net"),
                words("desk_report_tax"),
                words("desk_report_gross"),
            ],
            {1, 2, 3},
        )


def _draw_amounts(session: Session, title: str, amounts: Sequence[Amount]) -> None:
    words = session.words
    hours = title == words("desk_report_hours")
    if amounts:
        paper(
            [
                [
                    words("desk_oclock", hour=part.name) if hours else part.name,
                    str(part.count),
                    words.money(part.gross),
                ]
                for part in amounts
            ],
            [title, words("desk_report_count"), words("desk_report_gross")],
            {1, 2},
        )
