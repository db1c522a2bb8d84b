"""Closings of a period with the state of the bookkeeper's checks, and the search for receipts."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

from nicegui import ui

from tillferry.closing.seams import HeldClosing
from tillferry.journal.closing_list import ListedClosing, list_closings, list_named
from tillferry.ui.office.books_asked import AskedBooks, BooksFields, asked_of
from tillferry.ui.office.books_findings import show_book_findings
from tillferry.ui.office.books_words import amount, till_name
from tillferry.ui.office.chain import Chain, read_chain
from tillferry.ui.office.checked import CheckedState, Key, check
from tillferry.ui.office.long_work import LongWork
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, heading, key, named, text
from tillferry.ui.office.receipt_search import ReceiptSearch
from tillferry.ui.office.words import NONE
from tillferry.wiring.office import Office

PATH: Final = "/closings"
ROWS: Final = 50
_COLUMNS: Final = ("day", "till", "outlet", "z_nr", "receipts", "turnover", "check")
_NUMBERS: Final = frozenset({"z_nr", "receipts", "turnover"})


async def show(page: Page) -> None:
    """The whole page."""
    words = page.words
    chain = await page.room.read(read_chain)
    heading(words("page_closings"), 1)
    if chain.span is None:
        with box("card"):
            text(words("page_reports_nothing_held"), test="nothing")
        return
    asked = asked_of(page.query, chain)
    closings = _Closings(page, chain, asked)
    await closings.draw()
    await ReceiptSearch(page, chain, asked, closings.chosen).draw()


@dataclass(frozen=True, slots=True)
class _Listing:
    """A page of closings; ``held`` is how they are held now."""

    count: int
    rows: tuple[ListedClosing, ...]
    held: dict[Key, HeldClosing]


class _Closings:
    def __init__(self, page: Page, chain: Chain, asked: AskedBooks) -> None:
        self._page = page
        self._words = page.words
        self._chain = chain
        self._asked = asked
        self._tills = {till.till_id: till for till in chain.tills}
        self._outlets = {each.outlet_id: each.name for each in chain.outlets}
        self._offset = 0
        self._only_bad = False
        self._open: set[Key] = set()

    async def draw(self) -> None:
        words, page = self._words, self._page
        with box("card noprint"):
            self._fields = BooksFields(words, self._chain, self._asked, page.on(self._go))
            with box("keys"):
                key(words("page_reports_show"), page.on(self._go), test="show")
                key(
                    words("page_check_closings"),
                    page.on(self._check),
                    look="go",
                    icon="fact_check",
                    test="check",
                )
        self._work = LongWork(page)
        with box("card"):
            with box("spread"):
                self._said = text("", test="checked").props("role=status")
                only = ui.checkbox(words("page_check_only_bad"))
                only.props('data-test="only-bad"').classes("noprint")
                only.on_value_change(lambda: page.on(self._filter, bool(only.value))())
            with box("wide scroll"):
                self._table = named(box("list books-table", "table"), "closings")
                self._table.props["aria-label"] = words("page_closings")
            self._turn = box("spread noprint")
        await self._fill()

    def chosen(self) -> AskedBooks:
        """What the fields say. Raises as ``BooksFields.asked``."""
        return self._fields.asked()

    def _go(self) -> None:
        self._page.go(self.chosen().address(PATH))

    async def _filter(self, only_bad: bool) -> None:
        self._only_bad, self._offset = only_bad, 0
        await self._fill()

    async def _move(self, rows: int) -> None:
        self._offset = max(0, self._offset + rows)
        await self._fill()

    async def _check(self) -> None:
        """Check what the fields say; where that is not what is shown, show it afterwards."""
        words, asked = self._words, self.chosen()
        names, period = asked.names(self._chain), asked.period()
        stop = self._work.stopping.is_set
        done = await self._work.run(
            words("progress_bookcheck"),
            lambda office, _: check(office, period, names, self._work.moved, stop),
        )
        if done is None:
            return
        held, found = done
        self._page.room.checked.keep(held, found)
        if self._page.client.is_deleted:
            return
        if asked != self._asked:
            self._page.go(asked.address(PATH))
            return
        await self._fill()
        if found.stopped:
            self._said.set_text(words("page_check_stopped", count=words.number(found.closings)))
        elif found.found:
            findings = sum(len(each.findings) for each in found.found)
            self._said.set_text(
                words(
                    "page_check_bad",
                    closings=words.number(found.closings),
                    findings=words.number(findings),
                    count=words.number(len(found.found)),
                )
            )
        else:
            self._said.set_text(words("bookcheck_good", closings=words.number(found.closings)))

    # --- the list ---

    def _read(self, office: Office) -> _Listing:
        asked = self._asked
        tills = asked.tills_of(self._chain)
        days = asked.first, asked.last
        if self._only_bad:
            _, rows = list_closings(office.journal, tills, *days, offset=0, limit=1_000_000)
            bad = self._page.room.checked.bad()
            keys = [each for row in rows if (each := (row.till_id, row.z_nr)) in bad]
            held = dict(office.journal.held_of_many(keys))
            states = self._page.room.checked.states(held)
            still = [each for each in keys if each in states and states[each].findings]
            wanted = still[self._offset : self._offset + ROWS]
            return _Listing(len(still), list_named(office.journal, wanted), held)
        count, rows = list_closings(office.journal, tills, *days, offset=self._offset, limit=ROWS)
        keys = [(row.till_id, row.z_nr) for row in rows]
        return _Listing(count, rows, dict(office.journal.held_of_many(keys)))

    async def _fill(self) -> None:
        found = await self._page.room.read(self._read)
        if self._table.is_deleted:
            return
        words = self._words
        states = self._page.room.checked.states(found.held)
        self._table.clear()
        with self._table:
            with box("", "thead"), box("", "tr"):
                for name in _COLUMNS:
                    head = ui.html(escape(words(f"page_closings_{name}")), sanitize=False, tag="th")
                    head.props("scope=col").classes("num" if name in _NUMBERS else "")
            with box("", "tbody"):
                for row in found.rows:
                    self._row(row, states.get((row.till_id, row.z_nr)))
        self._fill_turn(found)
        newest = max((state.at for state in states.values()), default=None)
        self._said.set_text(
            words("page_check_last", at=words.moment(newest.isoformat()))
            if newest
            else words("page_check_never")
        )

    def _row(self, row: ListedClosing, state: CheckedState | None) -> None:
        words, of = self._words, (row.till_id, row.z_nr)
        till = self._tills[row.till_id]
        details = self._chain.details.get(row.till_id)
        cells = {
            "day": words.day(row.business_day),
            "till": till_name(till),
            "outlet": self._outlets.get(details.outlet_id, NONE) if details else NONE,
            "z_nr": str(row.z_nr),
            "receipts": words.number(row.receipts),
            "turnover": amount(words, row.gross, row.currency),
        }
        with box("", "tr"):
            for name, cell in cells.items():
                shown = ui.html(escape(cell), sanitize=False, tag="td")
                shown.classes("num" if name in _NUMBERS else "")
                shown.props["data-head"] = words(f"page_closings_{name}")
            last = box("", "td")
            last.props["data-head"] = words("page_closings_check")
        more = box("more", "tr")
        with more:
            inside = box("", "td").props(f"colspan={len(_COLUMNS)}")
        with last:
            look, said = self._state(state)
            press = ui.html(
                f'<span class="state {look}">{escape(said)}</span>', sanitize=False, tag="button"
            )
            press.classes("opens").props("type=button")
            press.props["aria-label"] = words(
                "page_closing_open", z_nr=row.z_nr, till=cells["till"], state=said
            )
            named(press, f"closing-{row.till_id}-{row.z_nr}")

        def show_more() -> None:
            is_open = of in self._open
            more.set_visibility(is_open)
            press.props(f"aria-expanded={str(is_open).lower()}")
            if is_open and not inside.default_slot.children:
                with inside:
                    show_book_findings(words, row, till, state)

        def toggle() -> None:
            self._open ^= {of}
            show_more()

        press.on("click", toggle)
        show_more()

    def _state(self, state: CheckedState | None) -> tuple[str, str]:
        words = self._words
        if state is None:
            return "closed", words("page_check_not_yet")
        if not state.findings:
            return "held", words("page_check_good")
        count = len(state.findings)
        if count == 1:
            return "missing", words("page_check_finding")
        return "missing", words("page_check_findings", count=words.number(count))

    def _fill_turn(self, found: _Listing) -> None:
        words, count = self._words, found.count
        self._turn.clear()
        with self._turn:
            if not count:
                code = "page_check_none_bad" if self._only_bad else "page_reports_none"
                text(words(code), "soft", test="rows")
                return
            part = words(
                "page_reports_part",
                first=words.number(self._offset + 1),
                last=words.number(min(self._offset + ROWS, count)),
                count=words.number(count),
            )
            text(part, "soft", test="rows")
            if count > ROWS:
                with box("keys"):
                    back = key(
                        words("page_reports_before"), self._page.on(self._move, -ROWS), test="back"
                    )
                    back.set_enabled(self._offset > 0)
                    on = key(
                        words("page_reports_after"), self._page.on(self._move, ROWS), test="next"
                    )
                    on.set_enabled(self._offset + ROWS < count)
