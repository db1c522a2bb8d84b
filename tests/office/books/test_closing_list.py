"""Held closings as a list, on both databases."""

from __future__ import annotations

from datetime import date

from tests.e2e.world import World
from tillferry.journal.closing_list import ListedClosing, list_closings, list_named
from tillferry.office.figures import FIGURES, Question, report

DAYS = date(2026, 10, 1), date(2026, 10, 31)


def keys(rows: tuple[ListedClosing, ...]) -> list[tuple[int, int]]:
    return [(row.till_id, row.z_nr) for row in rows]


def test_the_newest_come_first_a_page_at_a_time(both: World) -> None:
    with both.opened() as office:
        journal = office.journal
        one, two = (till.till_id for till in journal.tills())
        count, rows = list_closings(journal, None, *DAYS, offset=0, limit=4)
        assert (count, keys(rows)) == (6, [(one, 3), (two, 3), (one, 2), (two, 2)])
        count, rows = list_closings(journal, None, *DAYS, offset=4, limit=4)
        assert (count, keys(rows)) == (6, [(one, 1), (two, 1)])
        day = rows[0].business_day
        assert list_closings(journal, (two,), day, day, offset=0, limit=9) == (1, rows[1:])
        assert list_closings(journal, (), *DAYS, offset=0, limit=9) == (0, ())


def test_it_says_what_the_figure_of_closings_says(both: World) -> None:
    figure = FIGURES["closings"]
    with both.opened() as office:
        _, rows = list_closings(office.journal, None, *DAYS, offset=0, limit=9)
        figures = report(office.journal, figure, Question(*DAYS)).rows
    names = ("day", "z_nr", "currency", "receipts", "gross")
    wanted = sorted(tuple(row[figure.place(name)] for name in names) for row in figures)
    found = [(row.business_day, row.z_nr, row.currency, row.receipts, row.gross) for row in rows]
    assert sorted(found) == wanted


def test_named_closings_as_far_as_they_are_held(both: World) -> None:
    with both.opened() as office:
        one, two = (till.till_id for till in office.journal.tills())
        found = list_named(office.journal, [(one, 1), (two, 3), (two, 99)])
        assert keys(found) == [(two, 3), (one, 1)]
        assert list_named(office.journal, []) == ()
