"""DATEV on the page of exports: the batch of a period, and what keeps it from being made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nicegui import ui

from tillferry import errors
from tillferry.office.datev import DatevFile, DatevFinding, DatevResult, DatevSettings
from tillferry.office.people import Right
from tillferry.office.period import Period
from tillferry.ui.office.datev_accounts import DatevAccounts, Rule
from tillferry.ui.office.long_work import LongWork
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, heading, key, named, text
from tillferry.wiring import bookkeeping

_EDIT: Final = (Right.ARRANGE,)
_NOTHING: Final = "–"
_WITHOUT_CASE: Final = "datev_case_without_account"
_WITHOUT_PAYMENT: Final = "datev_payment_without_account"


class DatevCard:
    """``asked`` gives the period and the names of the tills; it raises what is wrong with them."""

    def __init__(
        self,
        page: Page,
        work: LongWork,
        asked: Callable[[], tuple[Period, tuple[str, ...]]],
    ) -> None:
        self._page = page
        self._words = page.words
        self._work = work
        self._asked = asked
        self._accounts = DatevAccounts(page, self._changed)

    async def draw(self) -> None:
        words = self._words
        with box("card"):
            heading(words("page_datev"))
            text(words("page_datev_hint"), "soft")
            self._standing = text("", test="datev-standing")
            with box("keys"):
                key(
                    words("page_datev_prepare"),
                    self._page.on(self._prepare),
                    look="go",
                    icon="calculate",
                    test="datev",
                )
            self._result = box("lines").props('role=status data-test="datev-result"')
            await self._accounts.draw()
        self._say_standing(self._accounts.settings)

    async def _changed(self, settings: DatevSettings) -> None:
        self._say_standing(settings)
        self._result.clear()

    def _say_standing(self, settings: DatevSettings | None) -> None:
        words = self._words
        if settings is None:
            said = words("page_datev_none")
        else:
            said = words(
                "page_datev_standing",
                consultant=settings.consultant,
                client=settings.client,
                chart=f"SKR{settings.chart}" if settings.chart else _NOTHING,
                start=settings.fiscal_year_start,
                length=settings.account_length,
            )
        self._standing.set_text(said)

    async def _prepare(self) -> None:
        words = self._words
        period, tills = self._asked()
        self._result.clear()
        found = await self._work.run(
            words("page_datev"), lambda office, _: bookkeeping.book_datev(office, period, tills)
        )
        if found is None or self._result.is_deleted:
            return
        with self._result:
            if found.findings:
                self._obstacles(found)
            for file in found.files:
                self._file(file)

    def _file(self, file: DatevFile) -> None:
        words = self._words
        with named(box("entryline"), "datev-file"):
            with box():
                text(file.name)
                text(
                    words(
                        "page_datev_file",
                        first=words.day(file.first),
                        last=words.day(file.last),
                        postings=words.number(file.postings),
                        amount=words.money(file.cents),
                    ),
                    "soft",
                )

            def download() -> None:
                ui.download.content(file.data, file.name, "text/csv")

            made = key(
                words("page_datev_download"),
                self._page.on(download),
                look="go",
                icon="download",
                test="datev-download",
            )
            made.props["aria-label"] = f"{words('page_datev_download')}: {file.name}"

    # --- what keeps it from being made ---

    def _obstacles(self, found: DatevResult) -> None:
        words = self._words
        with box("banner bad"):
            text(
                words(
                    "page_datev_refused",
                    count=words.number(len(found.findings)),
                    closings=words.number(found.closings),
                ),
                test="datev-refused",
            )
        for each in found.findings:
            self._obstacle(each)

    def _obstacle(self, told: DatevFinding) -> None:
        words, found = self._words, told.finding
        params = dict(found.params)
        with named(box("found error"), f"obstacle-{found.code}"):
            text(errors.message(found.code, words.lang, params))
            text(
                words(
                    "page_datev_first",
                    z_nr=told.first_z,
                    day=words.day(told.first_day),
                    count=words.number(told.closings),
                ),
                "soft",
            )
            rule = _rule_of(found.code, params)
            if rule is not None and self._page.may(*_EDIT):
                press = key(
                    words("page_datev_set_account"),
                    self._page.on(self._accounts.ask_rule, rule, rights=_EDIT),
                    look="small",
                    test="set-account",
                )
                shown = f"{rule.kind} {rule.name}".strip()
                press.props["aria-label"] = f"{words('page_datev_set_account')}: {shown}"
            else:
                text(words("page_todo", hint=words(f"page_hint_{found.code}")), "todo")


def _rule_of(code: str, params: dict[str, str]) -> Rule | None:
    """The rule that would do away with a finding, without its account."""
    name = params.get("name", "")
    name = "" if name == _NOTHING else name
    if code == _WITHOUT_CASE:
        rate = params["rate"]
        vat = f"#{params['key']}" if rate in ("?", "0.00") else rate.removesuffix(".00")
        return Rule("case", params["gv_typ"], vat=vat)
    if code == _WITHOUT_PAYMENT:
        return Rule("payment", params["kind"])
    return None
