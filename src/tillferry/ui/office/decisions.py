"""Deciding on what waits, with a reason; a conflict's two versions side by side."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from tillferry.closing.office_seams import Verdict
from tillferry.errors import TillferryError
from tillferry.journal.listing import find_item
from tillferry.office.decisions import Comparison, Waiting
from tillferry.office.people import Right
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, heading, key, link, table, text
from tillferry.wiring import office_admin

_SHOWN_ROWS: Final = 60
_PATIENCE: Final = 25
_PAUSE_SECONDS: Final = 0.2
DECIDE: Final = (Right.DECIDE,)
LOOKS: Final = {
    Verdict.APPROVED: "go",
    Verdict.TOOK_DELIVERED: "go",
    Verdict.REFUSED: "stop",
    Verdict.DISCARDED: "stop",
}


async def decide(page: Page, waiting: Waiting, verdict: Verdict) -> None:
    """Ask for a reason and decide; raises what ``office.decisions`` raises."""
    words, item = page.words, waiting.item
    fields = [("reason", words("page_reason"), "")]
    if verdict is Verdict.APPROVED:
        fields.insert(0, ("name", words("page_till_name"), ""))
    title = words(f"page_do_{verdict}")
    answers = await page.ask(
        title, words(f"page_about_{verdict}"), fields, title, LOOKS.get(verdict, "go")
    )
    if answers is None:
        return
    reason = answers["reason"]
    if not reason.strip():
        raise TillferryError("reason_needed")

    def work(office: office_admin.Office) -> None:
        deciding = office_admin.decisions(office, page.who)
        if verdict is Verdict.APPROVED:
            deciding.approve_till(item.taxpayer, item.serial, answers["name"], reason)
        elif verdict is Verdict.REFUSED:
            if item.serial:
                deciding.refuse_till(item.taxpayer, item.serial, reason)
        elif verdict is Verdict.KEPT_HELD:
            deciding.keep_held(item.item_id, reason)
        elif verdict is Verdict.TOOK_DELIVERED:
            deciding.take_delivered(item.item_id, reason)
        else:
            deciding.discard(item.item_id, reason)

    await page.room.write(work)
    if verdict is Verdict.APPROVED:
        page.room.ferry.go_on()
        await _until_taken_in(page, item.item_id)
    page.go("/decisions")


async def _until_taken_in(page: Page, item_id: int) -> None:
    """What waited is taken in by the ferry; it is not long, so wait for it a little."""
    page.tell("page_taking_in")
    for _ in range(_PATIENCE):
        found = await page.room.read(lambda office: find_item(office.journal, item_id))
        if found is None or found.item.settled:
            return
        await asyncio.sleep(_PAUSE_SECONDS)


# --- comparing ----------------------------------------------------------------------------------


async def show_compare(page: Page) -> None:
    """A conflict's two versions side by side."""
    words = page.words
    typed = page.query.get("item", "")
    item_id = int(typed) if typed.isdigit() else 0
    link(words("page_back_decisions"), "/decisions", "noprint")
    heading(words("page_compare"), 1)
    try:
        found, waiting = await page.room.read(partial(_compared, page, item_id))
    except TillferryError as error:
        message, hint = words.error(error)
        with box("banner bad"):
            text(f"{message} {hint}".strip(), test="error")
        return
    held, delivered = found.held, found.delivered
    with box("side"):
        for code, receipts, gross in (
            ("page_held_version", held.receipts, held.gross_cents),
            ("page_delivered_version", delivered.figures.receipts, delivered.figures.gross_cents),
        ):
            with box("card"):
                heading(words(code))
                same = held.receipts == delivered.figures.receipts
                text(words("page_receipts", count=words.number(receipts)), "" if same else "bad")
                same = held.gross_cents == delivered.figures.gross_cents
                text(words.money(gross), "" if same else "bad")
    _differences(page, found)
    if page.may(*DECIDE):
        with box("keys"):
            for verdict in waiting.choices:
                run = page.on(decide, page, waiting, verdict, rights=DECIDE)
                look = LOOKS.get(verdict, "")
                key(words(f"page_do_{verdict}"), run, look=look, test=f"{verdict}-{item_id}")


def _compared(page: Page, item_id: int, office: office_admin.Office) -> tuple[Comparison, Waiting]:
    deciding = office_admin.decisions(office, page.who)
    return deciding.compare(item_id), deciding.find(item_id)


def _differences(page: Page, found: Comparison) -> None:
    words, difference = page.words, found.difference
    with box("card"):
        heading(words("page_differences"))
        for value in difference.head:
            text(f"{value.column}: {value.before} → {value.after}")
        counts = [
            [name, str(added), str(removed), str(changed)]
            for name, (added, removed, changed) in difference.counts
        ]
        if counts:
            heads = ("table", "added", "removed", "changed")
            table([words(f"page_column_{each}") for each in heads], counts, right=(1, 2, 3))
        rows = [
            [
                row.table,
                words(f"row_{row.change}"),
                row.key,
                ", ".join(_value(each.column, each.before, each.after) for each in row.values),
            ]
            for row in difference.rows[:_SHOWN_ROWS]
        ]
        if rows:
            heads = ("table", "change", "row", "values")
            table([words(f"page_column_{each}") for each in heads], rows, test="differences")
        if len(difference.rows) > _SHOWN_ROWS:
            text(words("page_more_findings", count=len(difference.rows) - _SHOWN_ROWS), "soft")


def _value(column: str, before: str, after: str) -> str:
    if before and after:
        return f"{column}: {before} → {after}"
    return f"{column}: {before or after}"
