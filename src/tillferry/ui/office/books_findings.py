"""What the bookkeeper's checks found in a closing, with the receipts behind it."""

from __future__ import annotations

from html import escape

from nicegui import ui

from tillferry import errors
from tillferry.closing.seams import Till
from tillferry.journal.closing_list import ListedClosing
from tillferry.office.bookkeeping import BookFinding
from tillferry.ui.office.books_asked import AskedBooks
from tillferry.ui.office.books_words import receipt_link
from tillferry.ui.office.checked import CheckedState
from tillferry.ui.office.figure_periods import FREE
from tillferry.ui.office.parts import box, link, named, text
from tillferry.ui.office.words import Words


def show_book_findings(
    words: Words, row: ListedClosing, till: Till, state: CheckedState | None
) -> None:
    """The findings of a closing and the ways on from it."""
    if state is None:
        text(words("page_check_not_yet_hint"), "soft")
    elif not state.findings:
        text(words("page_check_good_hint", at=words.moment(state.at.isoformat())), "soft")
    else:
        for found in state.findings:
            _finding(words, row, found)
    day = AskedBooks(FREE, row.business_day, row.business_day, till_ids=(till.till_id,))
    with box("together"):
        link(
            words("page_closing_receipts"),
            day.address("/closings", z=str(row.z_nr)) + "#receipts",
            test="closing-receipts",
        )
        link(
            words("page_closing_calendar"),
            f"/calendar?till={till.till_id}",
            test="closing-calendar",
        )


def _finding(words: Words, row: ListedClosing, found: BookFinding) -> None:
    params = dict(found.params)
    if found.code == "more_findings":
        params["of"] = errors.message(params["of"], words.lang, {})
    look = f"found {found.severity}"
    with named(box(look), f"finding-{found.code}"):
        text(errors.message(found.code, words.lang, params))
        hint = errors.hint(found.code, words.lang, params)
        if hint:
            text(words("page_todo", hint=hint), "todo")
        if not found.receipts:
            return
        links = ", ".join(receipt_link(row.till_id, row.z_nr, bon_id) for bon_id in found.receipts)
        more = found.receipt_count - len(found.receipts)
        said = escape(words("page_finding_receipts"))
        rest = escape(" " + words("page_more_findings", count=more)) if more > 0 else ""
        ui.html(f"{said} {links}{rest}", sanitize=False).classes("receipts-behind")
