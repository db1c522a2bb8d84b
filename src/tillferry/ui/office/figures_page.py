"""Reports: the overview, and any figure over any period with chart, table and files."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Final

from nicegui import ui

from tillferry.office.figures import FIGURES, Question, Report, report
from tillferry.office.figures.files import FILE_FORMATS, MEDIA_TYPES, file_name
from tillferry.office.figures.words import leaves_out, meaning, title
from tillferry.office.till_admin import label
from tillferry.ui.office.books_asked import AskedBooks, BooksFields, asked_of
from tillferry.ui.office.chain import Chain, read_chain
from tillferry.ui.office.figure_chart import show_chart
from tillferry.ui.office.figure_periods import NEWEST
from tillferry.ui.office.figure_saved import ARRANGE, ask_to_save
from tillferry.ui.office.figure_table import ReportTable
from tillferry.ui.office.figures_overview import show_overview
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, choice, heading, key, link, text

PATH: Final = "/reports"
_DOWNLOADS: Final = ("csv", "xlsx", "parquet")


async def show(page: Page) -> None:
    """The whole page."""
    words = page.words
    chain = await page.room.read(read_chain)
    heading(words("page_reports"), 1)
    if chain.span is None:
        with box("card"):
            text(words("page_reports_nothing_held"), test="nothing")
        return
    name = page.query.get("figure", "")
    if name not in FIGURES:
        await show_overview(page, chain.span[1], _newest(chain.span[1]))
        return
    asked = asked_of(page.query, chain)
    _choices(page, chain, asked, name)
    question = Question(asked.first, asked.last, asked.tills_of(chain))
    found = await page.room.read(lambda office: report(office.journal, FIGURES[name], question))
    numbers = tuple(label(till) for till in chain.tills if till.till_id in asked.till_ids)
    _answer(page, found, numbers, "" if numbers else asked.outlet)


def _newest(newest: date) -> Callable[[str], str]:
    """The page of a figure's newest days."""
    asked = AskedBooks(NEWEST, newest, newest)
    return lambda name: asked.address(PATH, figure=name)


def _choices(page: Page, chain: Chain, asked: AskedBooks, name: str) -> None:
    """What the report is about. Every choice is a new address."""
    words = page.words
    figures = {each: title(figure, words.lang) for each, figure in FIGURES.items()}
    here = asked.address(PATH, figure=name)

    def go() -> None:
        wanted = fields.asked().address(PATH, figure=str(figure.value))
        if wanted != here:
            page.go(wanted)

    with box("card noprint"):
        with box("spread"):
            figure = choice(
                figures,
                name,
                words("page_reports_figure"),
                test="figure",
                on_change=page.on(go),
            )
            link(words("page_reports_all"), PATH, test="all")
        fields = BooksFields(words, chain, asked, page.on(go))
        with box("keys"):
            key(words("page_reports_show"), page.on(go), look="go", test="show")


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
                    shown = name.upper() if name != "parquet" else "Parquet"
                    press = key(shown, page.on(_download, page, found, name), test=f"file-{name}")
                    press.props["aria-label"] = f"{words('page_reports_download')}: {shown}"
                if page.may(*ARRANGE):
                    save = page.on(ask_to_save, page, figure, tills, outlet, rights=ARRANGE)
                    key(words("page_saved_new"), save, icon="schedule_send", test="save")
        with ui.expansion(words("page_reports_means")).classes("wide means"):
            text(meaning(figure, words.lang), test="meaning")
            text(leaves_out(figure, words.lang), "soft", test="leaves-out")
        if not found.rows:
            text(words("page_reports_none"), test="nothing")
            return
        show_chart(found, words)
        ReportTable(page, found)


def _download(page: Page, found: Report, name: str) -> None:
    made = io.BytesIO()
    FILE_FORMATS[name](found, made, page.words.lang)
    ui.download.content(made.getvalue(), file_name(found, name), MEDIA_TYPES[name])
