"""Buchungen importieren: sticks as they come, and the list of everything that came."""

from __future__ import annotations

from datetime import date
from functools import partial
from html import escape
from pathlib import Path
from typing import Final

from nicegui import ui

from tillferry.closing.seams import GOOD_STATES, ItemState
from tillferry.errors import TillferryError
from tillferry.journal.listing import Listed, Wanted, list_items
from tillferry.office.people import Right
from tillferry.ui.office.findings import show_findings
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, choice, field, heading, key, named, text
from tillferry.ui.office.words import NONE, Words
from tillferry.wiring import office_admin
from tillferry.wiring.ferry import FerryState, Stick, StickState

ROWS: Final = 50
_TICK_SECONDS: Final = 0.5
_PROBLEMS: Final = 5
_COLUMNS: Final = ("stick", "till", "outlet", "day", "z_nr", "receipts", "amount", "state")
_NUMBERS: Final = frozenset({"z_nr", "receipts", "amount"})


async def show(page: Page) -> None:
    """The whole page."""
    await _Imports(page).draw()


class _Imports:
    def __init__(self, page: Page) -> None:
        self._page = page
        self._words = page.words
        self._wanted = Wanted()
        self._offset = 0
        self._seen = -1
        self._listed_version = -1
        self._shown: FerryState | None = None
        self._open: set[int] = set()

    async def draw(self) -> None:
        words, page = self._words, self._page
        with box("spread"):
            heading(words("page_import"), 1)
            if page.may(Right.IMPORT):
                with box("together"):
                    self._options()
        self._banner = box()
        self._sticks = box("sticks").props('aria-live=polite data-test="sticks"')
        self._figures = box("figures").props('data-test="counts"')
        with box("card"):
            self._search()
            self._list = box("lines").props('data-test="list"')
            self._pager = box("spread")
        self._show_state()
        await self._fill()
        page.every(_TICK_SECONDS, self._tick)

    # --- options ---

    def _options(self) -> None:
        words, page, ferry = self._words, self._page, self._page.room.ferry
        stock = ui.checkbox(words("page_without_stock"), value=ferry.state.without_stock)
        stock.props('data-test="without-stock"')
        stock.on_value_change(
            page.on(lambda: ferry.leave_stock_out(bool(stock.value)), rights=(Right.IMPORT,))
        )
        key(
            words("page_folder"),
            page.on(self._folder, rights=(Right.IMPORT,)),
            icon="folder_open",
            test="folder",
        )

    async def _folder(self) -> None:
        words = self._words
        usual = await self._page.room.read(office_admin.backup_settings)
        answers = await self._page.ask(
            words("page_folder"),
            words("page_folder_hint"),
            [("path", words("page_folder_path"), usual.folder)],
            words("page_folder_start"),
        )
        if answers is None:
            return
        typed = answers["path"].strip()
        if not typed:
            raise TillferryError("path_not_found", path=NONE)
        self._page.room.ferry.take_folder(Path(typed))

    # --- what is going on ---

    async def _tick(self) -> None:
        state = self._page.room.ferry.state
        if state is not self._shown:
            await self._page.check(touch=False)
            self._show_state()
        if state.version != self._listed_version:
            self._listed_version = state.version
            await self._fill()

    def _show_state(self) -> None:
        state = self._page.room.ferry.state
        before, self._shown = self._shown, state
        if before is None or _banner_of(before) != _banner_of(state):
            self._show_banner(state)
        if before is None or before.sticks != state.sticks:
            self._show_sticks(state)
        if before is None or before.counts != state.counts:
            self._show_counts(state)

    def _show_banner(self, state: FerryState) -> None:
        words, page, ferry = self._words, self._page, self._page.room.ferry
        rights = (Right.IMPORT,)
        self._banner.clear()
        with self._banner:
            if state.trouble is not None:
                message, hint = words.error(state.trouble)
                with box("banner bad").props("role=alert"):
                    text(f"{message} {hint}".strip())
            if state.stopped:
                with box("banner"):
                    text(words("page_stopped"))
                    if page.may(Right.IMPORT):
                        go = page.on(ferry.go_on, rights=rights)
                        key(words("page_go_on"), go, look="go small", test="go-on")
            elif state.importing is not None:
                done, total = state.importing
                with box("banner").props('data-test="importing"'):
                    text(words("page_importing", done=done, total=total))
                    if page.may(Right.IMPORT):
                        stop = page.on(ferry.stop_run, rights=rights)
                        key(words("page_stop"), stop, look="stop small", test="stop")

    def _show_sticks(self, state: FerryState) -> None:
        words = self._words
        self._sticks.clear()
        with self._sticks:
            if not state.sticks:
                with box("stick"):
                    text(words("page_waiting"), "say", test="waiting")
                    text(words("page_waiting_hint"), "soft")
            for stick in state.sticks:
                self._stick(stick)

    def _stick(self, stick: Stick) -> None:
        words = self._words
        here = stick.plugged and not stick.folder
        look = f"stick {stick.state} {'plugged' if here else 'gone'}"
        with named(box(look), f"stick-{stick.label}"):
            kind = "folder" if stick.folder else "stick"
            code = f"page_{kind}_{stick.state}"
            if not here and not stick.folder and stick.state is StickState.MAY_GO:
                code = "page_stick_done"
            text(words(code), "say")
            files = _files(words, stick.files)
            text(" · ".join(filter(None, (stick.label, files))), "soft")
            if stick.state is StickState.COPYING:
                share = stick.done / stick.total if stick.total else 0.0
                bar = ui.linear_progress(round(share, 3), show_value=False, size="14px")
                bar.props("rounded").props["aria-label"] = stick.label
                done = words(
                    "page_copied", done=words.size(stick.done), total=words.size(stick.total)
                )
                text(done, "soft")
            if stick.letters:
                text(words("page_letters", tills=", ".join(stick.letters)), "soft")
            if stick.folder and stick.state is StickState.COPYING and self._page.may(Right.IMPORT):
                stop = self._page.on(self._page.room.ferry.stop_run, rights=(Right.IMPORT,))
                key(words("page_stop"), stop, look="stop small", test=f"stop-{stick.label}")
            if stick.error is not None:
                message, hint = words.error(stick.error)
                text(message, "bad")
                text(hint)
            for problem in stick.problems[:_PROBLEMS]:
                message, _ = words.error(problem.error)
                text(words("page_folder_problem", source=problem.source, message=message), "bad")
            if len(stick.problems) > _PROBLEMS:
                more = len(stick.problems) - _PROBLEMS
                text(words("page_more_findings", count=words.number(more)), "soft")

    def _show_counts(self, state: FerryState) -> None:
        words = self._words
        self._figures.clear()
        with self._figures:
            for name in ItemState:
                count = state.counts.get(name.value, 0)
                if count or name in GOOD_STATES:
                    with box("figure").props(f'data-test="count-{name}"'):
                        ui.html(f"<b>{words.number(count)}</b>", sanitize=False)
                        text(words(f"page_state_{name}"))

    # --- the list ---

    def _search(self) -> None:
        words = self._words
        with box("fields noprint").props("role=search"):
            self._till = field(words("page_search_till"), test="search-till")
            self._stick_name = field(words("page_column_stick"), test="search-stick")
            self._first = field(words("page_search_first"), kind="date", test="search-first")
            self._last = field(words("page_search_last"), kind="date", test="search-last")
            states = {"": words("page_all"), "waiting": words("page_what_waits")}
            states |= {name.value: words(f"page_state_{name}") for name in ItemState}
            self._state = choice(states, "", words("page_column_state"), test="search-state")
        again = self._page.on(self._find)
        for each in (self._till, self._stick_name, self._first, self._last):
            each.props("debounce=350").on_value_change(again)
        self._state.on_value_change(again)

    async def _find(self) -> None:
        state = str(self._state.value or "")
        self._wanted = Wanted(
            str(self._till.value or ""),
            str(self._stick_name.value or ""),
            ItemState(state) if state in list(ItemState) else None,
            _day(self._first.value),
            _day(self._last.value),
            state == "waiting",
        )
        self._offset = 0
        await self._fill()

    async def _turn(self, rows: int) -> None:
        self._offset = max(0, self._offset + rows)
        await self._fill()

    async def _fill(self) -> None:
        wanted, offset = self._wanted, self._offset
        count, rows = await self._page.room.read(
            lambda office: list_items(office.journal, wanted, offset=offset, limit=ROWS)
        )
        if self._list.is_deleted or (wanted, offset) != (self._wanted, self._offset):
            return
        words = self._words
        self._list.clear()
        with self._list:
            cells = "".join(
                f'<span class="{"num" if name in _NUMBERS else ""}">'
                f"{escape(words(f'page_column_{name}'))}</span>"
                for name in _COLUMNS
            )
            ui.html(cells, sanitize=False).classes("line head import")
            if not rows:
                text(words("page_list_none" if wanted != Wanted() else "page_list_empty"), "soft")
            for row in rows:
                self._row(row)
        self._pager.clear()
        with self._pager:
            text(
                words(
                    "page_rows",
                    first=words.number(min(offset + 1, count)),
                    last=words.number(min(offset + ROWS, count)),
                    count=words.number(count),
                ),
                "soft",
                test="rows",
            )
            with box("together"):
                back = key(
                    words("page_newer"),
                    self._page.on(self._turn, -ROWS),
                    look="small",
                    test="newer",
                )
                back.set_enabled(offset > 0)
                on = key(
                    words("page_older"), self._page.on(self._turn, ROWS), look="small", test="older"
                )
                on.set_enabled(offset + ROWS < count)

    def _row(self, row: Listed) -> None:
        words, item = self._words, row.item
        settled = item.settled and item.state not in GOOD_STATES
        state = words(f"page_state_{item.state}")
        if settled:
            state = words("page_settled", state=state)
        till = " ".join(filter(None, (row.till, row.till_name))) or NONE
        cells = {
            "stick": row.stick or NONE,
            "till": till,
            "outlet": row.outlet or NONE,
            "day": words.day(item.business_day),
            "z_nr": str(item.z_nr or NONE),
            "receipts": words.number(item.receipts),
            "amount": words.money(item.gross_cents),
            "state": state,
        }
        look = "already_present" if settled else item.state.value
        shown = "".join(
            f'<span data-head="{escape(words(f"page_column_{name}"), quote=True)}"'
            f' class="{"num" if name in _NUMBERS else ""}">'
            + (
                f'<span class="state {look}">{escape(cell)}</span>'
                if name == "state"
                else escape(cell)
            )
            + "</span>"
            for name, cell in cells.items()
        )
        is_open = item.item_id in self._open
        line = ui.html(shown, sanitize=False, tag="button").classes("line import")
        line.props(
            f'type=button aria-expanded={str(is_open).lower()} data-test="item-{item.item_id}"'
        )
        more = box("card")
        more.set_visibility(is_open)
        if is_open:
            with more:
                show_findings(words, row)

        def toggle() -> None:
            opened = item.item_id not in self._open
            self._open ^= {item.item_id}
            if opened and not more.default_slot.children:
                with more:
                    show_findings(words, row)
            more.set_visibility(opened)
            line.props(f"aria-expanded={str(opened).lower()}")

        line.on("click", partial(toggle))


def _banner_of(state: FerryState) -> object:
    return state.trouble, state.stopped, state.importing


def _files(words: Words, count: int) -> str:
    if count == 1:
        return words("page_stick_file_one")
    return words("page_stick_files", count=words.number(count)) if count else ""


def _day(typed: object) -> date | None:
    try:
        return date.fromisoformat(str(typed))
    except ValueError:
        return None
