"""Working times: which entries hold, what a day adds up to, and the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.closing.build import batch_of, day, head_of
from tests.e2e.world import World
from tests.office.admin import refused
from tests.office.books.conftest import days
from tests.office.books.test_exports import FIRST, period
from tillferry.closing.model import ClosingBatch
from tillferry.journal.time_entries import TimeEntry
from tillferry.office.payroll import WorkDay, payroll_csv, standing
from tillferry.office.period import Period
from tillferry.wiring import bookkeeping

JULY = Period(date(2026, 7, 1), date(2026, 7, 31))


def entry(entry_id: str, corrects: str = "", z_nr: int = 1, till_id: int = 1) -> TimeEntry:
    return TimeEntry(till_id, z_nr, entry_id, "7", "Anna", "", "", "", 0, corrects, "")


def ids(entries: Sequence[TimeEntry]) -> list[str]:
    return [each.entry_id for each in standing(entries)]


def test_a_correction_takes_the_place_of_what_it_names() -> None:
    assert ids([entry("a"), entry("b", "a")]) == ["b"]
    assert ids([entry("b", "a"), entry("a")]) == ["b"]
    assert ids([entry("a"), entry("b", "a"), entry("c", "b", 2), entry("d")]) == ["c", "d"]
    assert ids([entry("a"), entry("b", "gone")]) == ["a", "b"]
    assert ids([entry("a", "a")]) == ["a"]
    assert ids([entry("a"), entry("b", "a", till_id=2)]) == ["a", "b"]


def test_of_two_corrections_the_later_one_counts() -> None:
    assert ids([entry("a"), entry("b", "a", 1), entry("c", "a", 2)]) == ["c"]
    assert ids([entry("a", "b"), entry("b", "a")]) == ["b"]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_whatever_names_whatever_one_of_each_chain_is_left(pairs: list[tuple[int, int]]) -> None:
    entries = [entry(str(own), str(named)) for own, named in pairs]
    left = standing(entries)
    assert len(set(left)) == len(left) <= len(entries)
    assert bool(left) is bool(entries)
    by_id = {each.entry_id: each for each in entries}
    links: dict[str, set[str]] = {each: {each} for each in by_id}
    for each in by_id.values():
        if each.corrects in by_id:
            joined = links[each.entry_id] | links[each.corrects]
            for one in joined:
                links[one] = joined
    assert len(left) == len({frozenset(each) for each in links.values()})


# --- days ---------------------------------------------------------------------------------------


def worked(
    entry_id: str, start: str, end: str | None, pause: int = 0, **more: Any
) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "employee_id": "7",
        "employee_name": "Anna",
        "start": start,
        "end": end,
        "break_minutes": pause,
    } | more


def closing(z_nr: int, *entries: dict[str, Any], till: int = 1) -> ClosingBatch:
    rows = day(2)
    rows["time_entries"] = list(entries)
    at = f"2026-07-{z_nr:02}T22:00:00+02:00"
    rows["cashregister"][0]["kasse_seriennr"] = f"SAMPLE-{till:05}"
    head = head_of(
        z_nr,
        f"SAMPLE-{till:05}",
        z_erstellung=at,
        business_day=date(2026, 7, z_nr),
        parts=("bookings", "time"),
    )
    return batch_of(rows, heads=(head,))


def days_of(world: World, *closings: ClosingBatch, asked: Period = JULY) -> tuple[WorkDay, ...]:
    for batch in closings:
        number = int(batch.heads[0].serial[-1])
        if not world.till(number).exists():
            world.add_till(number)
        world.put(number, batch)
        world.send(number, world.stick("s"))
    told = world.bring(world.stick("s"))
    assert {state for *_, state in told.states} == {"imported"}
    with world.opened() as office:
        return bookkeeping.work_days(office, asked)


def test_a_day_adds_up(empty: World) -> None:
    (found,) = days_of(
        empty,
        closing(
            1,
            worked("a", "2026-07-01T08:00:00+02:00", "2026-07-01T12:00:30+02:00", 15, note="früh"),
            worked("b", "2026-07-01T13:00:00+02:00", "2026-07-01T17:30:00+02:00", 30),
            worked("c", "2026-07-01T18:00:00+02:00", None),
        ),
    )
    assert (found.employee_id, found.employee_name, found.day) == ("7", "Anna", date(2026, 7, 1))
    assert (f"{found.start:%H:%M}", found.end and f"{found.end:%H:%M}") == ("08:00", "17:30")
    # 3 h 45 and 4 h; from 08:00 to 17:30 are 9 h 30.
    assert (found.minutes, found.break_minutes) == (465, 105)
    assert (found.entries, found.open_entries, found.overlap) == (3, 1, False)
    assert found.notes == ("früh",)


def test_a_later_closing_corrects_an_earlier_days_entry(empty: World) -> None:
    forgotten = closing(1, worked("a", "2026-07-01T18:00:00+02:00", None))
    later = closing(
        2,
        worked(
            "b",
            "2026-07-01T18:00:00+02:00",
            "2026-07-02T02:00:00+02:00",
            corrected_entry_id="a",
        ),
    )
    (found,) = days_of(empty, forgotten, later, asked=Period(date(2026, 7, 1), date(2026, 7, 1)))
    assert (found.minutes, found.entries, found.corrected, found.open_entries) == (480, 1, 1, 0)
    assert found.day == date(2026, 7, 1) and found.end is not None
    assert found.end.date() == date(2026, 7, 2)


def test_a_person_at_two_tills_has_one_day_and_overlaps_are_told(empty: World) -> None:
    (found,) = days_of(
        empty,
        closing(1, worked("a", "2026-07-01T08:00:00+02:00", "2026-07-01T12:00:00+02:00")),
        closing(
            1,
            worked("a", "2026-07-01T11:00:00+02:00", "2026-07-01T14:00:00+02:00", activity="Eis"),
            till=2,
        ),
    )
    assert (found.minutes, found.overlap, found.entries) == (420, True, 2)
    assert found.tills == ("1001", "1002") and found.activities == ("Eis",)


def test_the_night_of_the_clock_change_has_its_true_length(empty: World) -> None:
    (found,) = days_of(
        empty,
        closing(1, worked("a", "2026-10-24T20:00:00+02:00", "2026-10-25T04:00:00+01:00")),
        asked=Period(date(2026, 10, 1), date(2026, 10, 31)),
    )
    assert found.minutes == 9 * 60 and found.day == date(2026, 10, 24)


def test_a_time_in_utc_is_of_the_places_day(empty: World) -> None:
    (found,) = days_of(
        empty, closing(1, worked("a", "2026-07-01T23:30:00Z", "2026-07-02T01:00:00Z"))
    )
    assert found.day == date(2026, 7, 2) and f"{found.start:%H:%M}" == "01:30"


def test_the_samples_times_are_those_of_its_rows(both: World) -> None:
    expected: dict[tuple[str, date], int] = {}
    for number in (1, 2):
        rows = days(number, 1, 2, 3).table("time_entries").to_pylist()
        replaced = {row["corrected_entry_id"] for row in rows}
        for row in rows:
            start = datetime.fromisoformat(row["start"])
            key = (row["employee_id"], start.date())
            expected.setdefault(key, 0)
            if row["entry_id"] not in replaced and row["end"]:
                span = datetime.fromisoformat(row["end"]) - start
                expected[key] += int(span.total_seconds()) // 60 - row["break_minutes"]
    with both.opened() as office:
        found = bookkeeping.work_days(office, period(1, 3))
        second = bookkeeping.work_days(office, period(2, 2))
    assert {(each.employee_id, each.day): each.minutes for each in found} == expected
    assert {each.day for each in second} == {FIRST + timedelta(1)}


# --- the file -----------------------------------------------------------------------------------


def test_the_file_is_what_was_written_by_hand(empty: World, tmp_path: Path) -> None:
    days_of(
        empty,
        closing(
            1,
            worked(
                "a",
                "2026-07-01T08:00:00+02:00",
                "2026-07-01T12:30:00+02:00",
                15,
                employee_name="Zoë; Łuk",
                activity="Küche",
                note="=1+1",
            ),
            worked("b", "2026-07-01T20:00:00+02:00", None, employee_name="Zoë; Łuk"),
        ),
    )
    out = tmp_path / "out.csv"
    german = (
        "Personalnummer;Name;Tag;Beginn;Ende;Pause (Minuten);Arbeitszeit (Minuten);Buchungen;"
        "Ohne Ende;Überschneidung;Berichtigt;Tätigkeiten;Kassen;Bemerkungen\r\n"
        '7;"Zoë; Łuk";01.07.2026;08:00;12:30;15;255;2;1;0;0;Küche;1001;\'=1+1\r\n'
    )
    with empty.opened() as office:
        bookkeeping.write_payroll(office, out, JULY, lang="de")
        assert out.read_bytes() == b"\xef\xbb\xbf" + german.encode()
        bookkeeping.write_payroll(office, out, JULY, lang="de", encoding="cp1252")
        assert out.read_bytes() == german.replace("Ł", "?").encode("cp1252")
        bookkeeping.write_payroll(office, out, JULY, lang="en")
        with refused("encoding_unknown"):
            bookkeeping.write_payroll(office, out, JULY, lang="en", encoding="utf-16")
    rows = list(csv.reader(io.StringIO(out.read_text("utf-8-sig"), newline=""), delimiter=";"))
    assert rows[0][:5] == ["Employee number", "Name", "Day", "Start", "End"]
    assert rows[1][2] == "2026-07-01"


def test_no_work_is_a_file_with_headings_only() -> None:
    for lang in ("de", "en"):
        assert payroll_csv((), lang, "utf-8").count(b"\r\n") == 1


@pytest.mark.parametrize("lang", ["de", "en"])
def test_headings_are_told_apart(lang: str) -> None:
    names = payroll_csv((), lang, "utf-8").decode("utf-8-sig").strip().split(";")
    assert len(set(names)) == len(names) == 14
