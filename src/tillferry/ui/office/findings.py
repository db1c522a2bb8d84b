"""An item in words: what was found, and what to do."""

from __future__ import annotations

from tillferry.closing.model import Severity
from tillferry.closing.seams import GOOD_STATES
from tillferry.journal.listing import Listed
from tillferry.ui.office.parts import box, text
from tillferry.ui.office.words import Words

MOST = 20


def show_findings(words: Words, listed: Listed, most: int = MOST) -> None:
    """The findings of an item, the serious ones first."""
    item = listed.item
    if item.state not in GOOD_STATES:
        text(words(f"page_about_{item.state}"))
    order = list(Severity)
    found = sorted(item.findings, key=lambda each: order.index(each.severity))
    if not found:
        text(words("page_no_findings"), "soft")
    told: set[str] = set()
    for each in found[:most]:
        message, where, hint = words.finding(each)
        with box(f"found {each.severity}"):
            text(message)
            if where:
                text(where, "soft")
            if hint and hint not in told:
                text(words("page_todo", hint=hint), "todo")
                told.add(hint)
    if len(found) > most:
        text(words("page_more_findings", count=len(found) - most), "soft")
    text(words("page_from", source=item.source, at=words.moment(item.received_at)), "soft")
