"""Reconciliation by list: make and change named lists, and compare with all that is on one."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from nicegui import ui

from tillferry.errors import TillferryError
from tillferry.office.people import Right
from tillferry.office.reconcile import Match, Reconciliation
from tillferry.office.reconcile_list_report import ListResults, list_report_html, outcome_text
from tillferry.office.reconcile_lists import ListEntry, NamedList, load_lists
from tillferry.office.repair import REPAIRABLE
from tillferry.ui.office import parts
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, choice, heading, key, link, named, sheet, text
from tillferry.ui.office.reconcile import since_of
from tillferry.wiring import office_admin
from tillferry.wiring.office import Office

_DECIDE = (Right.DECIDE,)
_TICK_SECONDS = 0.4


@dataclass
class _Run:
    """One comparison of this page: how far its source is, and what came of those before."""

    stop: threading.Event = field(default_factory=threading.Event)
    done: int = 0
    total: int = 0
    running: bool = False
    found: ListResults | None = None
    drawn: ListResults | None = None

    def moved(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def told(self, found: ListResults) -> None:
        self.done, self.total = 0, 0
        self.found = found


async def show(page: Page) -> None:
    """The whole page."""
    words = page.words
    lists, outlets = await page.room.read(
        lambda office: (load_lists(office.home), office_admin.records(office).outlets())
    )
    places = {each.outlet_id: each.name for each in outlets}
    link(words("page_back_reconcile"), "/reconcile", "noprint")
    with box("spread noprint"):
        heading(words("page_lists"), 1)
        if page.may(*_DECIDE):
            make = page.on(_edit, page, None, places, rights=_DECIDE)
            key(words("page_list_new"), make, look="go", icon="add", test="list-new")
    run = _Runner(page)
    with box("card noprint"):
        text(words("page_lists_hint"), "soft")
        run.since = parts.field(
            words("page_since"), f"{date.today().year}-01-01", kind="date", test="since"
        )
        if not lists:
            text(words("page_lists_none"), "soft", test="no-lists")
        for each in lists:
            _line(page, each, places, run)
    run.draw()


def _line(page: Page, listed: NamedList, places: Mapping[str, str], run: _Runner) -> None:
    words = page.words
    with named(box("entryline"), f"list-{listed.name}"):
        with box():
            text(listed.name)
            for entry in listed.entries:
                outlet = places.get(entry.outlet, entry.outlet) or words("page_list_all")
                text(f"{outlet} · {entry.path}", "soft")
        with box("keys"):
            if page.may(*_DECIDE):
                change = page.on(_edit, page, listed, places, rights=_DECIDE)
                key(words("page_change"), change, look="small", test=f"change-{listed.name}")
            compare = page.on(run.work, listed.name, False)
            name = f"compare-{listed.name}"
            key(words("page_compare_now"), compare, look="go small", test=name)


# --- making and changing ------------------------------------------------------------------------


async def _edit(page: Page, listed: NamedList | None, places: Mapping[str, str]) -> None:
    words = page.words
    entries = list(listed.entries) if listed else [ListEntry("", "")]
    dialog, card = sheet(listed.name if listed else words("page_list_new"))

    @ui.refreshable
    def rows() -> None:
        for number, entry in enumerate(entries):
            with box("source"):
                known = {"": words("page_list_all")} | dict(places)
                known.setdefault(entry.outlet, entry.outlet)
                choice(
                    known,
                    entry.outlet,
                    words("page_column_outlet"),
                    test=f"outlet-{number}",
                    on_change=partial(_set, entries, number, "outlet"),
                )
                path = parts.field(words("page_list_source"), entry.path, test=f"path-{number}")
                path.on_value_change(partial(_set, entries, number, "path"))
                drop = key("", partial(remove, number), look="small", icon="delete")
                named(drop, f"drop-{number}")
                drop.props["aria-label"] = words("page_list_drop", number=number + 1)

    def remove(number: int) -> None:
        del entries[number]
        rows.refresh()

    def add() -> None:
        entries.append(ListEntry("", ""))
        rows.refresh()

    async def save() -> None:
        wanted = str(name.value or "")
        kept = [ListEntry(each.outlet, each.path.strip()) for each in entries]
        kept = [each for each in kept if each.path]
        before = listed.name if listed else ""
        await page.room.write(
            lambda office: office_admin.keep_list(office, wanted, kept, page.who, instead_of=before)
        )
        page.go("/reconcile-lists")

    async def forget() -> None:
        assert listed is not None
        asked = words("page_list_remove_ask", name=listed.name)
        if await page.ask(asked, "", [], words("page_list_remove"), "stop") is None:
            return
        await page.room.write(lambda office: office_admin.drop_list(office, listed.name, page.who))
        page.go("/reconcile-lists")

    with card:
        name = parts.field(
            words("page_list_name"), listed.name if listed else "", test="list-name"
        ).props("autofocus")
        rows()
        key(words("page_list_add"), add, look="small", icon="add", test="list-add")
        with box("keys"):
            if listed is not None:
                gone = page.on(forget, rights=_DECIDE)
                key(words("page_list_remove"), gone, look="stop", test="list-remove")
            key(words("page_cancel"), dialog.close, test="no")
            key(words("page_save"), page.on(save, rights=_DECIDE), look="go", test="list-save")
    dialog.open()


def _set(entries: list[ListEntry], number: int, what: str, event: object) -> None:
    value = str(getattr(event, "value", "") or "")
    before = entries[number]
    entries[number] = (
        ListEntry(value, before.path) if what == "outlet" else ListEntry(before.outlet, value)
    )


# --- comparing ----------------------------------------------------------------------------------


class _Runner:
    """Compares with a list, and shows how far each source is."""

    def __init__(self, page: Page) -> None:
        self.since: ui.input
        self._page = page
        self._run = _Run()
        page.client.on_delete(self._run.stop.set)

    def draw(self) -> None:
        """Make room for what comes of it."""
        self._status = box("banner noprint").props('role=status data-test="running"')
        with self._status:
            self._label = text("")
            self._bar = ui.linear_progress(0.0, show_value=False, size="12px").props("rounded")
            self._bar.props["aria-label"] = self._page.words("page_lists")
            with box("keys"):
                stop = self._page.words("page_stop")
                key(stop, self._run.stop.set, look="stop small", test="stop")
        self._status.set_visibility(False)
        self._result = box("lines").props('data-test="results" aria-live=polite')
        ui.timer(_TICK_SECONDS, self._tick)

    async def work(self, name: str, repair: bool) -> None:
        """Compare, or with ``repair`` put right what can be. Raises ``page_work_running``."""
        page, run = self._page, self._run
        if run.running:
            raise TillferryError("page_work_running")
        first = since_of(str(self.since.value or ""))
        run.stop.clear()
        run.running, run.found = True, None
        self._status.set_visibility(True)
        call = partial(_work, page, run, name, first, repair)
        try:
            run.found = await (page.room.write(call) if repair else page.room.read(call))
        finally:
            run.running = False
            if not page.client.is_deleted:
                self._status.set_visibility(False)
        self._tick()

    def _tick(self) -> None:
        run, words = self._run, self._page.words
        self._bar.set_value(round(run.done / run.total, 3) if run.total else 0.0)
        found = run.found
        if found is None:
            return
        count = len(found.results) + len(found.left)
        number = min(len(found.results) + 1, count)
        said = words("page_list_running", name=found.name, number=number, count=count)
        self._label.set_text(said)
        if found is not run.drawn or not run.running:
            if (found, run.running) == (run.drawn, False) and self._finished:
                return
            run.drawn, self._finished = found, not run.running
            self._result.clear()
            with self._result:
                self._show(found)

    _finished = False

    def _show(self, found: ListResults) -> None:
        page, words = self._page, self._page.words
        with box("card"):
            heading(found.name)
            for entry, result in found.results:
                _outcome(page, found.label(entry), result)
            for place, entry in enumerate(found.left):
                code = "page_list_left"
                if self._run.running:
                    code = "page_list_waits" if place else "page_list_compares"
                _entry(found.label(entry), words(code), "soft")
            if self._run.running:
                return
            if found.is_identical:
                text(words("page_all_identical"), "good", test="identical")
            with box("keys noprint"):
                report = page.on(self._report, found)
                key(words("page_report"), report, test="report")
                if page.may(*_DECIDE) and _can_repair(found):
                    mend = page.on(self._repair, found.name, rights=_DECIDE)
                    key(words("page_repair"), mend, look="stop", test="repair")

    async def _repair(self, name: str) -> None:
        words = self._page.words
        yes = words("page_repair")
        if await self._page.ask(yes, words("page_repair_hint"), [], yes) is not None:
            await self.work(name, True)

    def _report(self, found: ListResults) -> None:
        who, words = self._page.who, self._page.words
        html = list_report_html(found, person=who.person, made_at=who.at, lang=words.lang)
        ui.download.content(html.encode(), f"{words('page_report_file')}.html")


def _work(
    page: Page, run: _Run, name: str, since: date, repair: bool, office: Office
) -> ListResults:
    events = office_admin.ReconcileEvents(run.moved, run.moved, run.stop.is_set)
    reason = page.words("reconcile_reason", path=name)
    return office_admin.list_results(
        office,
        name,
        since,
        page.who,
        repair=repair,
        reason=reason,
        events=events,
        told=run.told,
    )


def _can_repair(found: ListResults) -> bool:
    return any(
        each.match in REPAIRABLE and not each.repaired
        for _, result in found.results
        if isinstance(result, Reconciliation)
        for each in result.compared
    )


def _outcome(page: Page, label: str, result: Reconciliation | TillferryError) -> None:
    words = page.words
    said = outcome_text(result, words.lang)
    if isinstance(result, TillferryError):
        _entry(label, " ".join(filter(None, words.error(result))), "bad")
        return
    counts: Sequence[str] = [
        f"{words(f'match_{match}')}: {words.number(count)}"
        for match, count in result.counts.items()
        if count and match is not Match.IDENTICAL
    ]
    compared = words("page_list_closings", count=words.number(len(result.compared)))
    detail = " · ".join([compared, *counts])
    _entry(label, f"{said} {detail}", "good" if result.is_identical else "bad")


def _entry(label: str, said: str, look: str) -> None:
    with box("entryline").props('data-test="source"'), box():
        text(label)
        text(said, look)
