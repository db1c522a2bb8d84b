"""Exports of a period: DSFinV-K, the original deliveries, DATEV, working times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nicegui import ui

from tillferry.closing.seams import Progress
from tillferry.office.originals import Original
from tillferry.office.payroll import ENCODINGS, WorkDay
from tillferry.office.period import Period
from tillferry.ui.office.books_asked import BooksFields, asked_of
from tillferry.ui.office.chain import Chain, read_chain
from tillferry.ui.office.datev_card import DatevCard
from tillferry.ui.office.downloads import give, made_in_scratch
from tillferry.ui.office.long_work import LongWork
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, choice, heading, key, text
from tillferry.wiring import bookkeeping
from tillferry.wiring.office import Office

PATH: Final = "/exports"
_FAULTS: Final = 20


async def show(page: Page) -> None:
    """The whole page."""
    words = page.words
    chain = await page.room.read(read_chain)
    heading(words("page_exports"), 1)
    if chain.span is None:
        with box("card"):
            text(words("page_reports_nothing_held"), test="nothing")
        return
    await _Exports(page, chain).draw()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The period and the tills of an export, and how its file is called."""

    period: Period
    tills: tuple[str, ...]

    def name(self, kind: str, ending: str) -> str:
        return f"{kind}_{self.period.first}_{self.period.last}.{ending}"


@dataclass(frozen=True, slots=True)
class _Made:
    """A file for the browser, and what is said of it: the first line, then what is wrong."""

    file: Path
    said: str
    faults: tuple[str, ...] = ()


class _Exports:
    def __init__(self, page: Page, chain: Chain) -> None:
        self._page = page
        self._words = page.words
        self._chain = chain

    async def draw(self) -> None:
        words, page = self._words, self._page
        with box("card"):
            self._fields = BooksFields(words, self._chain, asked_of(page.query, self._chain))
        self._work = LongWork(page)
        self._result = box("lines").props('role=status data-test="result"')
        with box("halves"):
            with box("card"):
                heading(words("page_export_dsfinvk"))
                text(words("page_export_dsfinvk_hint"), "soft")
                self._apart = ui.checkbox(words("page_export_apart")).props('data-test="apart"')
                self._key("dsfinvk", self._dsfinvk)
            with box("card"):
                heading(words("page_export_originals"))
                text(words("page_export_originals_hint"), "soft")
                self._key("originals", self._originals)
            with box("card"):
                heading(words("page_export_payroll"))
                text(words("page_export_payroll_hint"), "soft")
                codes = {
                    name: words(f"page_encoding_{name.replace('-', '')}") for name in ENCODINGS
                }
                self._encoding = choice(
                    codes, "utf-8", words("page_export_encoding"), test="encoding"
                )
                self._key("payroll", self._payroll)
        await DatevCard(
            page, self._work, lambda: (self._asked().period, self._asked().tills)
        ).draw()

    def _key(self, name: str, action: Callable[[], object]) -> None:
        words = self._words
        with box("keys"):
            made = key(words("page_export_make"), self._page.on(action), icon="download", test=name)
            made.props["aria-label"] = (
                f"{words(f'page_export_{name}')}: {words('page_export_make')}"
            )

    def _asked(self) -> _Asked:
        """What the fields say. Raises as ``BooksFields.asked`` and ``AskedBooks.names``."""
        asked = self._fields.asked()
        return _Asked(asked.period(), asked.names(self._chain))

    async def _make(self, title: str, work: Callable[[Office, Progress], _Made]) -> None:
        self._result.clear()
        made = await self._work.run(title, work)
        if made is None:
            return
        give(self._page, made.file)
        if self._page.client.is_deleted:
            return
        words = self._words
        with self._result, box("banner bad" if made.faults else "banner good-news"):
            with box("lines"):
                text(made.said, test="made")
                for fault in made.faults[:_FAULTS]:
                    text(fault, "bad")
                if len(made.faults) > _FAULTS:
                    more = words.number(len(made.faults) - _FAULTS)
                    text(words("page_more_findings", count=more), "soft")

    async def _dsfinvk(self) -> None:
        words, asked, apart = self._words, self._asked(), bool(self._apart.value)

        def work(office: Office, progress: Progress) -> _Made:
            closings: list[int] = []

            def write(target: Path) -> None:
                found = bookkeeping.export_period(
                    office, target, asked.period, asked.tills, apart=apart, progress=progress
                )
                closings.extend(len(z_nrs) for z_nrs in found.values())

            file = made_in_scratch(office, asked.name("dsfinvk", "zip"), write)
            said = words(
                "page_export_dsfinvk_made",
                closings=words.number(sum(closings)),
                tills=words.number(len(closings)),
                size=words.size(file.stat().st_size),
            )
            return _Made(file, said)

        await self._make(words("progress_export"), work)

    async def _originals(self) -> None:
        words, asked = self._words, self._asked()

        def work(office: Office, progress: Progress) -> _Made:
            found: list[Original] = []

            def write(target: Path) -> None:
                found.extend(
                    bookkeeping.originals(
                        office, target, asked.period, asked.tills, progress=progress
                    )
                )

            file = made_in_scratch(office, asked.name("originals", "zip"), write)
            closings = {(one.serial, one.z_nr) for each in found for one in each.closings}
            said = words(
                "page_export_originals_made",
                files=words.number(len(found)),
                closings=words.number(len(closings)),
                size=words.size(file.stat().st_size),
            )
            faults = [each for each in found if each.fault]
            return _Made(
                file,
                said,
                tuple(f"{each.name or each.delivery.name}: {each.fault}" for each in faults),
            )

        await self._make(words("progress_originals"), work)

    async def _payroll(self) -> None:
        words, asked, encoding = self._words, self._asked(), str(self._encoding.value)

        def work(office: Office, progress: Progress) -> _Made:
            del progress
            days: list[WorkDay] = []

            def write(target: Path) -> None:
                days.extend(
                    bookkeeping.write_payroll(
                        office,
                        target,
                        asked.period,
                        asked.tills,
                        lang=words.lang,
                        encoding=encoding,
                    )
                )

            file = made_in_scratch(office, asked.name("working_times", "csv"), write)
            people = {(each.employee_id, each.employee_name) for each in days}
            said = words(
                "page_export_payroll_made",
                days=words.number(len(days)),
                people=words.number(len(people)),
            )
            unended = sum(each.open_entries for each in days)
            faults = (words("payroll_open", count=words.number(unended)),) if unended else ()
            return _Made(file, said, faults)

        await self._make(words("page_export_payroll"), work)
