"""Datenabgleich: compare what is held with a source; then complete and correct."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from nicegui import ui

from tillferry.errors import TillferryError
from tillferry.office.people import Right
from tillferry.office.reconcile import Compared, Match, Reconciliation
from tillferry.office.reconcile_report import report_html
from tillferry.office.repair import REPAIRABLE
from tillferry.ui.office import parts
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, choice, heading, key, link, table, text
from tillferry.ui.office.words import NONE, Words
from tillferry.wiring import office_admin
from tillferry.wiring.office import Office

_SHOWN: Final = 200
_DECIDE: Final = (Right.DECIDE,)
_REPORT: Final = (Right.REPORT, Right.DECIDE)
_LOOKS: Final = {
    Match.IDENTICAL: "held",
    Match.MISSING_HERE: "missing",
    Match.DIFFERENT: "conflict",
}


@dataclass
class _Run:
    """One comparison of this page: its progress, and what came of it."""

    stop: threading.Event = field(default_factory=threading.Event)
    done: int = 0
    total: int = 0
    running: bool = False
    found: Reconciliation | None = None
    source: str = ""

    def moved(self, done: int, total: int) -> None:
        self.done, self.total = done, total


async def show(page: Page) -> None:
    """The whole page."""
    words = page.words
    outlets = await page.room.read(lambda office: office_admin.records(office).outlets())
    run = _Run()
    page.client.on_delete(run.stop.set)
    with box("spread noprint"):
        heading(words("page_reconcile"), 1)
        link(words("page_lists_open"), "/reconcile-lists", test="lists")
    with box("card noprint"):
        text(words("page_reconcile_hint"), "soft")
        with box("fields"):
            path = parts.field(words("page_folder_path"), test="path")
            since = parts.field(
                words("page_since"), f"{date.today().year}-01-01", kind="date", test="since"
            )
            places = {"": words("page_all")} | {each.outlet_id: each.name for each in outlets}
            outlet = choice(places, "", words("page_column_outlet"), test="outlet")
        bar = ui.linear_progress(0.0, show_value=False, size="12px").props("rounded")
        bar.props(f'aria-label="{words("page_reconcile")}"')
        bar.set_visibility(False)
        keys = box("keys")
    result = box("lines").props('data-test="result" aria-live=polite')

    async def work(repair: bool) -> None:
        first, source = since_of(str(since.value or "")), str(path.value or "").strip()
        if not source:
            raise TillferryError("path_not_found", path=NONE)
        run.stop.clear()
        run.running, run.source = True, source
        fill_keys()
        bar.set_visibility(True)
        events = office_admin.ReconcileEvents(run.moved, run.moved, run.stop.is_set)
        call = partial(
            _reconcile, page, Path(source), first, str(outlet.value or ""), repair, events
        )
        try:
            run.found = await (page.room.write(call) if repair else page.room.read(call))
        finally:
            run.running = False
            if not page.client.is_deleted:
                bar.set_visibility(False)
                fill_keys()
        result.clear()
        with result:
            _result(page.words, run.found)

    async def repair() -> None:
        yes = words("page_repair")
        if await page.ask(yes, words("page_repair_hint"), [], yes) is not None:
            await work(True)

    def download() -> None:
        assert run.found is not None
        html = report_html(
            run.found,
            source=run.source,
            person=page.who.person,
            made_at=page.who.at,
            lang=words.lang,
        )
        ui.download.content(html.encode(), f"{words('page_report_file')}.html")

    def fill_keys() -> None:
        keys.clear()
        with keys:
            if run.running:
                key(words("page_stop"), run.stop.set, look="stop", test="stop")
                return
            if run.found is not None:
                key(words("page_report"), page.on(download, rights=_REPORT), test="report")
                left = any(
                    each.match in REPAIRABLE and not each.repaired for each in run.found.compared
                )
                if left and page.may(*_DECIDE):
                    go = page.on(repair, rights=_DECIDE)
                    key(words("page_repair"), go, look="stop", test="repair")
            key(words("page_compare_now"), page.on(work, False), look="go", test="compare")

    def tick() -> None:
        bar.set_value(run.done / run.total if run.total else 0.0)

    ui.timer(0.4, tick)
    fill_keys()


def _reconcile(
    page: Page,
    source: Path,
    since: date,
    outlet: str,
    repair: bool,
    events: office_admin.ReconcileEvents,
    office: Office,
) -> Reconciliation:
    return office_admin.reconcile(
        office,
        source,
        since,
        page.who,
        outlet=outlet,
        repair=repair,
        reason=page.words("reconcile_reason", path=source),
        events=events,
    )


def _result(words: Words, found: Reconciliation) -> None:
    with box("figures"):
        for match, count in found.counts.items():
            if count or match in _LOOKS:
                with box("figure").props(f'data-test="match-{match}"'):
                    ui.html(f"<b>{words.number(count)}</b>", sanitize=False)
                    text(words(f"match_{match}"), f"state {_LOOKS.get(match, 'incomplete')}")
    if found.is_identical:
        with box("card"):
            text(words("page_all_identical"), "good", test="identical")
    if found.stopped:
        text(words("page_reconcile_stopped"), "bad")
    for source, findings in found.problems[:20]:
        with box("banner bad"):
            message = words.finding(findings[0])[0] if findings else ""
            text(f"{source}: {message}")
    rows = [_row(words, each) for each in found.compared if each.match is not Match.IDENTICAL]
    if rows:
        with box("card"):
            heads = ("till", "z_nr", "day", "match", "here", "there", "source")
            table(
                [words(f"page_column_{name}") for name in heads],
                rows[:_SHOWN],
                right=(1, 4, 5),
                test="compared",
            )
            if len(rows) > _SHOWN:
                text(words("page_more_findings", count=len(rows) - _SHOWN), "soft")


def _row(words: Words, each: Compared) -> list[str]:
    match = words("word_repaired") if each.repaired else words(f"match_{each.match}")
    return [
        each.till,
        str(each.z_nr),
        words.day(each.business_day),
        match,
        words.money(each.here.gross_cents) if each.here else NONE,
        words.money(each.there.gross_cents) if each.there else NONE,
        each.source or NONE,
    ]


def since_of(typed: str) -> date:
    """The day that was typed. ``since_invalid``."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise TillferryError("since_invalid", day=typed[:20]) from None
