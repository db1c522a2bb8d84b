"""Two systems under one customer number, side by side, with what can be decided."""

from __future__ import annotations

from urllib.parse import quote

from tillferry.errors import TillferryError
from tillferry.office.people import Right
from tillferry.office.two_systems import SystemFacts, TwoSystems
from tillferry.ui.office.decisions import DECIDE
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, heading, key, link, named, table, text
from tillferry.ui.office.words import NONE, Words
from tillferry.wiring import office_admin


def show_two(page: Page, found: TwoSystems, *, here: bool = False) -> None:
    """The card; ``here`` is the till's own page, which needs no way to itself."""
    words = page.words
    with named(box("card"), f"two-{found.number}"):
        with box("spread"):
            heading(f"{found.number} {found.name}".strip())
            text(words("page_two_systems"), "state conflict")
        code = found.items[-1].findings[0].code
        text(words("page_two_about", count=len(found.items)))
        text(words(f"page_two_{code}"))
        heads = ("what", "known", "other")
        table(
            [words(f"page_column_{each}") for each in heads],
            [
                [words(f"page_two_{name}"), known, other]
                for name, known, other in zip(
                    ("installation", "serial", "bundle", "at"),
                    _facts(words, found.known),
                    _facts(words, found.other),
                    strict=True,
                )
            ],
        )
        text(words("page_two_todo"), "todo")
        with box("keys"):
            if found.till_id and not here:
                link(words("page_two_calendar"), f"/calendar?till={found.till_id}")
            if page.may(Right.ADMIN):
                target = f"/tills?enrol={quote(found.number)}"
                link(words("page_two_enrol"), target, test=f"enrol-{found.number}")
            if page.may(*DECIDE):
                run = page.on(_refuse, page, found, rights=DECIDE)
                name = f"refuse-{found.number}"
                key(words("page_two_refuse"), run, look="stop", test=name)


def _facts(words: Words, facts: SystemFacts) -> list[str]:
    sequence = str(facts.sequence) if facts.sequence else NONE
    return [facts.installation or NONE, facts.serial or NONE, sequence, words.moment(facts.at)]


async def _refuse(page: Page, found: TwoSystems) -> None:
    words = page.words
    title = words("page_two_refuse")
    reason = await page.ask_reason(title, words("page_two_refuse_about"), title, look="stop")
    if reason is None:
        return
    if not reason.strip():
        raise TillferryError("reason_needed")
    await page.room.write(
        lambda office: office_admin.decisions(office, page.who).refuse_system(found.number, reason)
    )
    page.go("/decisions")
