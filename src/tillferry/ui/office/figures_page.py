"""Reports: the overview, and any figure over any period with chart, table and files."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from nicegui import ui

from tillferry.closing.office_seams import Outlet, TillDetails
from tillferry.closing.seams import Till
from tillferry.journal.listing import held_span
from tillferry.office.figures import FIGURES, Figure, Question, Report, report
from tillferry.office.figures.files import FILE_FORMATS, MEDIA_TYPES, file_name
from tillferry.office.figures.words import leaves_out, meaning, shown, title
from tillferry.ui.office.figure_chart import draw
from tillferry.ui.office.figure_periods import FREE, NEWEST, PERIODS, period
from tillferry.ui.office.figure_saved import ARRANGE, ask_to_save, show_saved
from tillferry.ui.office.figure_table import ReportTable
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, choice, field, heading, key, link, named, text
from tillferry.ui.office.words import Words
from tillferry.wiring import office_admin
from tillferry.wiring.office import Office, now

PATH: Final = "/reports"
GROUPS: Final = {
    "page_reports_group_turnover": (
        *(name for name in FIGURES if name.startswith("turnover_by_")),
        "week_comparison",
    ),
    "page_reports_group_books": (
        "vat",
        "payments",
        "business_cases",
        "cash",
        "cancellations",
        "discounts",
    ),
    "page_reports_group_more": ("closings", "working_times", "stock_movements"),
}
_DOWNLOADS: Final = ("csv", "xlsx", "parquet")
_WEEK: Final = timedelta(days=7)
_SAME: Final = Decimal("0.05")
"""Percent: less is no change that is shown."""


@dataclass(frozen=True)
class Chain:
    """Whom a report can be about, and the first and last business day that is held."""

    tills: tuple[Till, ...]
    outlets: tuple[Outlet, ...]
    details: dict[int, TillDetails]
    span: tuple[date, date] | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    figure: str
    period: str
    first: date
    last: date
    outlet: str = ""
    till: str = ""

    def address(self) -> str:
        """The page's address, which can be kept and passed on."""
        values = {
            "figure": self.figure,
            "period": self.period,
            "from": self.first.isoformat() if self.period == FREE else "",
            "to": self.last.isoformat() if self.period == FREE else "",
            "outlet": self.outlet,
            "till": self.till,
        }
        return f"{PATH}?{urlencode({name: value for name, value in values.items() if value})}"


async def show(page: Page) -> None:
    """The whole page."""
    words = page.words
    chain = await page.room.read(read_chain)
    heading(words("page_reports"), 1)
    if chain.span is None:
        with box("card"):
            text(words("page_reports_nothing_held"), test="nothing")
        return
    asked = asked_of(page.query, chain.span[1])
    if not asked.figure:
        await _overview(page, chain.span[1])
        return
    _choices(page, chain, asked)
    question = Question(asked.first, asked.last, till_ids(chain, asked))
    figure = FIGURES[asked.figure]
    found = await page.room.read(lambda office: report(office.journal, figure, question))
    _answer(page, found, _numbers(chain, asked), asked.outlet)


def read_chain(office: Office) -> Chain:
    """Tills, outlets and the held days."""
    records = office_admin.records(office)
    return Chain(
        office.journal.tills(),
        records.outlets(),
        dict(records.till_details()),
        held_span(office.journal),
    )


def asked_of(query: dict[str, str], newest: date) -> Asked:
    """What an address asks for; what it says wrong is left out."""
    figure = query.get("figure", "")
    chosen = query.get("period", NEWEST)
    days = period(chosen, now().date(), newest)
    if days is None:
        days = _free_days(query, newest)
        chosen = FREE
    return Asked(
        figure if figure in FIGURES else "",
        chosen,
        *days,
        outlet=query.get("outlet", ""),
        till=query.get("till", ""),
    )


def _free_days(query: dict[str, str], newest: date) -> tuple[date, date]:
    first = _day(query.get("from", ""), newest - timedelta(days=29))
    last = _day(query.get("to", ""), newest)
    return min(first, last), max(first, last)


def _day(written: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return otherwise


def till_ids(chain: Chain, asked: Asked) -> tuple[int, ...] | None:
    """The tills that are asked for; ``None`` for all."""
    if asked.till:
        return tuple(till.till_id for till in chain.tills if str(till.till_id) == asked.till)
    if asked.outlet:
        return tuple(
            till.till_id
            for till in chain.tills
            if (details := chain.details.get(till.till_id)) and details.outlet_id == asked.outlet
        )
    return None


def _numbers(chain: Chain, asked: Asked) -> tuple[str, ...]:
    """The number by which the asked till is known to people."""
    return tuple(
        till.customer_number or till.serial
        for till in chain.tills
        if asked.till and str(till.till_id) == asked.till
    )


# --- the overview -------------------------------------------------------------------------------


async def _overview(page: Page, newest: date) -> None:
    """The newest day and week at a glance, then the way to every figure."""
    words = page.words
    month = Question(newest - timedelta(days=29), newest)
    before = Question(newest - 2 * _WEEK + timedelta(days=1), newest)
    by_day = FIGURES["turnover_by_day"]

    def read(office: Office) -> tuple[Report, Report]:
        return report(office.journal, by_day, month), report(office.journal, by_day, before)

    days, weeks = await page.room.read(read)
    with box("tiles"):
        for row in (row for row in days.rows if row[0] == newest):
            values = dict(zip((column.name for column in by_day.columns), row, strict=True))
            day = words.day(newest)
            _tile(words("page_tile_day", day=day), _money(by_day, values, words), "day")
            _tile(
                words("page_tile_receipts", day=day), words.number(values["receipts"]), "receipts"
            )
            _tile(words("page_tile_tills", day=day), words.number(values["tills"]), "tills")
        for currency, week, last_week in _weeks(weeks, newest):
            of = {"gross": week, "currency": currency}
            with _tile(
                words("page_tile_week", day=words.day(newest)), _money(by_day, of, words), "week"
            ):
                if last_week > 0:
                    change = (week - last_week) * 100 / last_week
                    look = "soft" if abs(change) < _SAME else "good" if change > 0 else "bad"
                    text(f"{_percent(change, words)} {words('page_tile_change')}", look)
    with box("card"):
        heading(title(by_day, words.lang))
        _chart(page, days, "chart")
    for group, names in GROUPS.items():
        with box("card"):
            heading(words(group))
            with box("choices", "nav").props(f'aria-label="{words(group)}"'):
                for name in names:
                    target = Asked(name, NEWEST, newest, newest).address()
                    link(title(FIGURES[name], words.lang), target, "choose", test=f"figure-{name}")
    await show_saved(page)


def _weeks(weeks: Report, newest: date) -> list[tuple[str, Decimal, Decimal]]:
    """By currency the gross turnover of the seven days until ``newest`` and of those before."""
    day, currency, gross = (weeks.figure.place(name) for name in ("day", "currency", "gross"))
    sums: dict[str, list[Decimal]] = {}
    for row in weeks.rows:
        found = sums.setdefault(row[currency], [Decimal(0), Decimal(0)])
        found[0 if newest - row[day] < _WEEK else 1] += row[gross]
    return [(name, *found) for name, found in sums.items()]  # type: ignore[misc]


def _money(figure: Figure, values: dict[str, Any], words: Words) -> str:
    column = figure.columns[figure.place("gross")]
    return f"{shown(column, values['gross'], words.lang)}\N{NO-BREAK SPACE}{values['currency']}"


def _percent(change: Decimal, words: Words) -> str:
    sign = "±" if abs(change) < _SAME else "+" if change > 0 else "\N{MINUS SIGN}"
    number = f"{abs(change):.1f}"
    number = number.replace(".", ",") if words.lang == "de" else number
    return f"{sign}{number}\N{NO-BREAK SPACE}%"


def _tile(label: str, value: str, test: str) -> ui.element:
    tile = named(box("tile"), f"tile-{test}")
    with tile:
        text(label, "soft")
        text(value, "tilevalue")
    return tile


# --- one figure ---------------------------------------------------------------------------------


def _choices(page: Page, chain: Chain, asked: Asked) -> None:
    """What the report is about. Every choice is a new address."""
    words = page.words
    figures = {name: title(figure, words.lang) for name, figure in FIGURES.items()}
    periods = {name: words(f"page_period_{name}") for name in PERIODS}
    places = {"": words("page_all")} | {each.outlet_id: each.name for each in chain.outlets}
    tills = {"": words("page_all")} | {
        str(till.till_id): f"{till.customer_number or till.serial} {till.name}".strip()
        for till in chain.tills
    }
    with box("card noprint"):
        link(words("page_reports_all"), PATH, test="all")
        with box("fields"):
            figure = choice(figures, asked.figure, words("page_reports_figure"), test="figure")
            of = choice(periods, asked.period, words("page_reports_period"), test="period")
            first = field(
                words("page_reports_from"), asked.first.isoformat(), kind="date", test="from"
            )
            last = field(words("page_reports_to"), asked.last.isoformat(), kind="date", test="to")
            outlet = choice(
                places,
                asked.outlet if asked.outlet in places else "",
                words("page_column_outlet"),
                test="outlet",
            )
            till = choice(
                tills,
                asked.till if asked.till in tills else "",
                words("page_reports_till"),
                test="till",
            )

        def go(chosen: str) -> None:
            days = (_day(str(first.value), asked.first), _day(str(last.value), asked.last))
            wanted = Asked(
                str(figure.value),
                chosen,
                min(days),
                max(days),
                str(outlet.value or ""),
                str(till.value or ""),
            )
            page.go(wanted.address())

        def go_free() -> None:
            page_days = (asked.first.isoformat(), asked.last.isoformat())
            changed = (str(first.value), str(last.value)) != page_days
            go(FREE if changed else str(of.value))

        for chosen in (figure, outlet, till):
            chosen.on_value_change(go_free)
        of.on_value_change(lambda: go(str(of.value)) if of.value != FREE else None)
        with box("keys"):
            key(words("page_reports_show"), go_free, look="go", test="show")


def _answer(page: Page, found: Report, tills: tuple[str, ...], outlet: str) -> None:
    words = page.words
    figure, question = found.figure, found.question
    span = words.day(question.first)
    if question.last != question.first:
        span = f"{span} – {words.day(question.last)}"
    with box("card"):
        with box("spread"):
            with box("together"):
                heading(title(figure, words.lang))
                text(span, "soft", test="span")
            with box("keys noprint"):
                for name in _DOWNLOADS:
                    label = name.upper() if name != "parquet" else "Parquet"
                    press = key(label, page.on(_download, page, found, name), test=f"file-{name}")
                    press.props["aria-label"] = f"{words('page_reports_download')}: {label}"
                if page.may(*ARRANGE):
                    save = page.on(ask_to_save, page, figure, tills, outlet, rights=ARRANGE)
                    key(words("page_saved_new"), save, icon="schedule_send", test="save")
        with ui.expansion(words("page_reports_means")).classes("wide means"):
            text(meaning(figure, words.lang), test="meaning")
            text(leaves_out(figure, words.lang), "soft", test="leaves-out")
        if not found.rows:
            text(words("page_reports_none"), test="nothing")
            return
        _chart(page, found, "chart")
        ReportTable(page, found)


def _download(page: Page, found: Report, name: str) -> None:
    made = io.BytesIO()
    FILE_FORMATS[name](found, made, page.words.lang)
    ui.download.content(made.getvalue(), file_name(found, name), MEDIA_TYPES[name])


def _chart(page: Page, found: Report, test: str) -> None:
    words = page.words
    drawn = draw(found, words)
    if drawn is None:
        return
    label = words("page_reports_chart", title=title(found.figure, words.lang))
    chart = ui.echart(drawn.options).classes("chart")
    chart.props["role"] = "img"
    chart.props["aria-label"] = label
    named(chart, test)
    if drawn.left_out:
        text(words("page_reports_chart_most", count=drawn.shown), "soft")
