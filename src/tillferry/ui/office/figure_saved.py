"""Reports that go out as mail: save one, see them all, send one now."""

from __future__ import annotations

from functools import partial
from typing import Final

from tillferry.errors import TillferryError
from tillferry.office.figures import FIGURES, Figure
from tillferry.office.figures.words import title
from tillferry.office.mail import load_mail
from tillferry.office.people import Right
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, choice, field, heading, key, named, sheet, text
from tillferry.wiring import figures as reports
from tillferry.wiring.figures import Period, SavedReport, Schedule
from tillferry.wiring.office import Office, now

ARRANGE: Final = (Right.ARRANGE,)
_FORMATS: Final = ("xlsx", "csv", "parquet")
_HOUR: Final = 6
_SCHEDULED: Final = {
    Period.YESTERDAY: Schedule.DAILY,
    Period.LAST_WEEK: Schedule.WEEKLY,
    Period.LAST_MONTH: Schedule.MONTHLY,
}


async def show_saved(page: Page) -> None:
    """All reports that go out, with when they go next."""
    words = page.words
    saved, can_mail, zone = await page.room.read(_read)
    with box("card"):
        heading(words("page_saved"))
        text(words("page_saved_hint" if can_mail else "page_saved_no_mail"), "soft")
        with named(box("lines"), "saved"):
            for each in saved:
                _line(page, each, zone)
            if not saved:
                text(words("page_saved_none"), "soft")


def _read(office: Office) -> tuple[tuple[SavedReport, ...], bool, str]:
    can_mail = load_mail(office.home) is not None
    return reports.saved(office), can_mail, office.home.settings.timezone


def _line(page: Page, saved: SavedReport, zone: str) -> None:
    words = page.words
    moment = reports.next_due(saved, now(), zone).isoformat()
    figure = FIGURES.get(saved.figure)
    said = " · ".join(
        (
            title(figure, words.lang) if figure else saved.figure,
            words(f"report_period_{saved.period}"),
            words(f"report_schedule_{saved.schedule}"),
            saved.format.upper(),
            ", ".join(saved.recipients),
        )
    )
    with named(box("entryline"), f"saved-{saved.name}"):
        with box():
            text(saved.name)
            text(said, "soft")
            text(words("page_saved_next", at=words.moment(moment)), "soft")
            if saved.trouble:
                message, hint = words.error(TillferryError(saved.trouble))
                text(f"{words('page_saved_trouble')} {message} {hint}".strip(), "bad")
        if page.may(*ARRANGE):
            with box("keys"):
                send = page.on(_send, page, saved.name, rights=ARRANGE)
                key(words("page_saved_send"), send, look="small", test=f"send-{saved.name}")
                remove = page.on(_remove, page, saved.name, rights=ARRANGE)
                key(words("page_saved_remove"), remove, look="small", test=f"drop-{saved.name}")


async def _send(page: Page, name: str) -> None:
    (sent,) = await page.room.write(lambda office: reports.send(office, name)) or (None,)
    if sent is None:
        page.tell("page_saved_busy")
        return
    if sent.error is not None:
        raise sent.error
    page.tell("page_saved_sent", to=", ".join(sent.report.recipients))


async def _remove(page: Page, name: str) -> None:
    yes = page.words("page_saved_remove")
    if await page.ask(page.words("page_saved_remove_ask", name=name), "", [], yes) is None:
        return
    await page.room.write(lambda office: reports.remove(office, name, page.who))
    page.go("/reports")


async def ask_to_save(page: Page, figure: Figure, tills: tuple[str, ...], outlet: str) -> None:
    """Ask when and to whom a figure of these tills or this outlet goes, and keep it."""
    words = page.words
    dialog, card = sheet(words("page_saved_new"))
    with card:
        text(title(figure, words.lang))
        name = field(words("page_saved_name"), title(figure, words.lang)[:40], test="saved-name")
        periods = {each.value: words(f"report_period_{each}") for each in Period}
        schedules = {each.value: words(f"report_schedule_{each}") for each in Schedule}
        with box("fields"):
            period = choice(
                periods, Period.YESTERDAY, words("page_reports_period"), test="saved-period"
            )
            schedule = choice(
                schedules, Schedule.DAILY, words("page_saved_when"), test="saved-schedule"
            )
            hours = {str(hour): f"{hour:02}:00" for hour in range(24)}
            hour = choice(hours, str(_HOUR), words("page_saved_hour"), test="saved-hour")
            forms = {form: form.upper() for form in _FORMATS}
            form = choice(forms, _FORMATS[0], words("page_saved_format"), test="saved-format")
        to = field(words("page_saved_to"), test="saved-to")
        period.on_value_change(lambda: schedule.set_value(_SCHEDULED[Period(period.value)].value))

        async def save() -> None:
            wanted = SavedReport(
                name=str(name.value or "").strip(),
                figure=figure.name,
                period=Period(period.value),
                schedule=Schedule(schedule.value),
                hour=int(hour.value or 0),
                recipients=_addresses(str(to.value or "")),
                format=str(form.value),
                tills=tills,
                outlet=outlet,
                lang=words.lang,
            )
            kept = await page.room.write(partial(_keep, page, wanted))
            dialog.close()
            page.tell("page_saved_kept", name=kept.name)

        with box("keys"):
            key(words("page_cancel"), dialog.close, test="saved-no")
            key(
                words("page_saved_save"), page.on(save, rights=ARRANGE), look="go", test="saved-yes"
            )
    dialog.open()


def _keep(page: Page, wanted: SavedReport, office: Office) -> SavedReport:
    return reports.keep(office, wanted, page.who)


def _addresses(written: str) -> tuple[str, ...]:
    parts = written.replace(";", ",").split(",")
    return tuple(part.strip() for part in parts if part.strip())
