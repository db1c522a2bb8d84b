"""Checking a period: progress, a way to stop, holes in the Z numbers, closings from the journal."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.closing.build import Rows, batch_of, day, head_of
from tests.e2e.world import World
from tests.office.admin import CLERK, export_of, opened, refused
from tests.office.books.conftest import days
from tests.office.books.test_exports import period
from tillferry.office.bookkeeping import BookCheck
from tillferry.office.period import Period
from tillferry.wiring import bookkeeping, office_admin


def checked(world: World, first: int = 1, last: int = 9, *tills: str) -> BookCheck:
    with world.opened() as office:
        return bookkeeping.book_check(office, period(first, last), tills)


def codes(found: BookCheck) -> list[tuple[int, list[str]]]:
    return [(each.z_nr, [told.code for told in each.findings]) for each in found.found]


def test_what_adds_up_has_no_findings(both: World) -> None:
    told: list[tuple[int, int]] = []
    with both.opened() as office:
        found = bookkeeping.book_check(
            office, period(1, 3), progress=lambda *moved: told.append(moved)
        )
    assert found == BookCheck(6, (), False)
    assert told[-1] == (6, 6)


def test_only_the_days_and_tills_that_were_asked_for(shared: World) -> None:
    assert checked(shared, 2, 3, "1001").closings == 2
    with refused("nothing_in_period"):
        checked(shared, 20, 30)


def test_a_period_is_stopped_between_groups(shared: World) -> None:
    asked = iter([False, True])
    with shared.opened() as office:
        found = bookkeeping.book_check(office, period(1, 3), stop=lambda: next(asked))
    assert (found.closings, found.stopped) == (3, True)


def test_a_held_closing_that_does_not_meet_is_found_again(empty: World, tmp_path: Path) -> None:
    rows: Rows = day(6)
    rows["cash_per_currency"][0]["zahlart_betrag_waeh"] += 1
    heads = (head_of(3), head_of(4))
    empty.bring(
        export_of(tmp_path / "exports", batch_of(day(6), rows, heads=heads)), accept_new_tills=True
    )
    with empty.opened() as office:
        found = bookkeeping.book_check(office, Period(date(2026, 7, 1), date(2026, 7, 1)))
    (closing,) = found.found
    assert (closing.till.serial, closing.z_nr) == ("SER-1", 4)
    (told,) = closing.findings
    assert told.code == "cash_differs" and told.receipts == ("1", "2", "3", "5")


def test_missing_numbers_are_told_on_both_sides_unless_explained(
    empty: World, tmp_path: Path
) -> None:
    empty.bring(export_of(tmp_path / "exports", days(1, 1, 4, 6)), accept_new_tills=True)
    assert codes(checked(empty)) == [
        (1, ["z_missing_after"]),
        (4, ["z_missing_before", "z_missing_after"]),
        (6, ["z_missing_before"]),
    ]
    assert codes(checked(empty, 4, 4)) == [(4, ["z_missing_before", "z_missing_after"])]
    (first,) = checked(empty, 1, 1).found
    assert dict(first.findings[0].params) == {"missing": "2-3"}
    with opened(empty) as office:
        (till,) = office.journal.tills()
        office_admin.decisions(office, CLERK).explain_hole(till, 2, 3, "burnt")
    assert codes(checked(empty)) == [(4, ["z_missing_after"]), (6, ["z_missing_before"])]
