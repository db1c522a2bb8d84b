"""Times of other tills: offsets for wall times, the hour that comes twice, what is no time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.closing.build import batch_of, head_of
from tests.formats.dsfinvk.containers import spoiling, spoilt, text_of
from tests.formats.dsfinvk.handmade import codes, edit, small_batch, small_export, small_rows
from tillferry.closing.digest import part_digests
from tillferry.closing.model import Severity
from tillferry.formats.dsfinvk.read import ExportReading, read_export
from tillferry.formats.dsfinvk.write import write_folder

GOOD = part_digests(small_batch(2))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Two closings as a folder."""
    return small_export(tmp_path / "export", closings=2)


def change_all(folder: Path, old: str, new: str) -> None:
    """Replace a text in every CSV of an export."""
    for path in folder.glob("*.csv"):
        path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))


def understood(path: Path) -> ExportReading:
    """A reading whose closings are the two of the fixture, with nothing held against them."""
    reading = read_export(path)
    assert spoilt(reading) == {}
    assert part_digests(reading.batch) == GOOD
    return reading


def added(reading: ExportReading) -> set[tuple[str, str]]:
    """Files and columns whose times got an offset."""
    return {(f.file, f.column) for f in reading.findings if f.code == "offset_added"}


def starts(folder: Path, times: Sequence[str], timezone: str = "Europe/Berlin") -> ExportReading:
    """A closing whose receipts begin at these times and take no time, one after the other."""
    rows = small_rows(len(times))
    rows["references"] = []
    write_folder([batch_of(rows)], folder)
    lines = text_of(folder / "transactions.csv").split("\r\n")
    for place, time in enumerate(times, start=1):
        fields = lines[place].split(";")
        fields[9:11] = (time, time)
        lines[place] = ";".join(fields)
    (folder / "transactions.csv").write_bytes("\r\n".join(lines).encode())
    return read_export(folder, timezone=timezone)


def column(reading: ExportReading, table: str, name: str) -> list[Any]:
    return reading.batch.table(table).column(name).to_pylist()  # type: ignore[no-any-return]


# --- wall times ---------------------------------------------------------------------------------


def test_times_without_offset_get_that_of_the_till(export: Path) -> None:
    change_all(export, "+02:00", "")
    reading = understood(export)
    assert added(reading) >= {
        ("transactions.csv", "BON_START"),
        ("transactions.csv", "BON_ENDE"),
        ("cashpointclosing.csv", "Z_ERSTELLUNG"),
        ("references.csv", "REF_DATUM"),
    }
    told = {found.code: found for found in reading.findings}["offset_added"]
    assert (told.severity, dict(told.params)) == (Severity.INFO, {"timezone": "Europe/Berlin"})


def test_local_time_here_and_utc_there_are_one_closing(export: Path) -> None:
    change_all(export, "2026-07-01T22:00:00+02:00", "2026-07-01T20:00:00Z")
    change_all(export, "2026-07-01T10:", "2026-07-01T08:")
    change_all(export, "+02:00", "Z")
    assert added(understood(export)) == set()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-01-15T12:00:00", "2026-01-15T12:00:00+01:00"),
        ("2026-07-15T12:00:00", "2026-07-15T12:00:00+02:00"),
        ("2026-03-29T01:59:59", "2026-03-29T01:59:59+01:00"),
        ("2026-03-29T03:00:00", "2026-03-29T03:00:00+02:00"),
        ("2026-07-15T12:00:00.250", "2026-07-15T12:00:00.250+02:00"),
    ],
)
def test_summer_and_winter_have_their_own_offset(tmp_path: Path, text: str, read: str) -> None:
    reading = starts(tmp_path / "x", [text])
    assert column(reading, "transactions", "bon_start") == [read]
    assert added(reading) == {("transactions.csv", "BON_START"), ("transactions.csv", "BON_ENDE")}


def test_the_till_may_stand_in_another_zone(tmp_path: Path) -> None:
    reading = starts(tmp_path / "x", ["2026-07-15T12:00:00"], "Europe/Lisbon")
    assert column(reading, "transactions", "bon_start") == ["2026-07-15T12:00:00+01:00"]


def test_times_with_and_without_offset_in_one_column(tmp_path: Path) -> None:
    reading = starts(tmp_path / "x", ["2026-07-15T12:00:00", "2026-07-15T10:01:00Z"])
    moments = [datetime.fromisoformat(t) for t in column(reading, "transactions", "bon_start")]
    assert (moments[1] - moments[0]).total_seconds() == 60


# --- the hour that comes twice ------------------------------------------------------------------

NIGHT = "2026-10-25T"


def test_the_order_tells_the_two_hours_apart(tmp_path: Path) -> None:
    wall = ["01:59:00", "02:10:00", "02:50:00", "02:05:00", "02:55:00", "03:00:00"]
    reading = starts(tmp_path / "x", [NIGHT + time for time in wall])
    offsets = [text[-6:] for text in column(reading, "transactions", "bon_start")]
    assert offsets == ["+02:00", "+02:00", "+02:00", "+01:00", "+01:00", "+01:00"]
    found = [f for f in reading.batch.heads[0].findings if f.code == "time_ambiguous"]
    assert [(f.line, f.severity) for f in found if f.column == "BON_START"] == [
        (line, Severity.WARNING) for line in (3, 4, 5, 6)
    ]
    assert spoilt(reading) == {}


@pytest.mark.parametrize("time", ["01:59:59", "03:00:00"])
def test_the_hours_around_it_are_plain(tmp_path: Path, time: str) -> None:
    reading = starts(tmp_path / "x", [NIGHT + time])
    assert "time_ambiguous" not in codes(reading.batch.heads[0].findings)


def test_an_offset_leaves_nothing_ambiguous(tmp_path: Path) -> None:
    texts = [NIGHT + "02:10:00+02:00", NIGHT + "02:05:00+01:00"]
    reading = starts(tmp_path / "x", texts)
    assert column(reading, "transactions", "bon_start") == texts
    assert "time_ambiguous" not in codes(reading.batch.heads[0].findings)


# --- times of a TSE -----------------------------------------------------------------------------


def test_log_times_of_a_tse_are_utc_without_z(export: Path) -> None:
    edit(export, "transactions_tse.csv", (".000Z", ".000"))
    assert added(understood(export)) == {
        ("transactions_tse.csv", "TSE_TA_START"),
        ("transactions_tse.csv", "TSE_TA_ENDE"),
    }


def test_log_times_of_a_tse_have_no_hour_twice(export: Path) -> None:
    edit(export, "transactions_tse.csv", ("2026-07-01T08:00:00.000Z", NIGHT + "02:30:00.000"))
    reading = read_export(export)
    assert spoilt(reading) == {}
    assert "time_ambiguous" not in codes(reading.batch.heads[0].findings)
    assert NIGHT + "02:30:00.000+00:00" in column(reading, "transactions_tse", "tse_ta_start")


# --- forms --------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", ["", "+02:00"])
def test_a_blank_in_place_of_the_t(export: Path, offset: str) -> None:
    change_all(export, "2026-07-01T", "2026-07-01 ")
    change_all(export, "+02:00", offset)
    reading = understood(export)
    assert bool(added(reading)) == (not offset)


@pytest.mark.parametrize("text", ["2026-07-01T10:00:00+0200", "2026-07-01T08:00:00z"])
def test_an_offset_in_other_letters(export: Path, text: str) -> None:
    edit(export, "transactions.csv", ("2026-07-01T10:00:00+02:00", text))
    understood(export)


def test_fractions_after_a_comma(export: Path) -> None:
    edit(export, "transactions_tse.csv", (".000Z", ",000Z"))
    understood(export)


def test_times_without_seconds(export: Path) -> None:
    edit(export, "transactions.csv", ("2026-07-01T10:00:00+02:00", "2026-07-01T10:00"))
    understood(export)


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-07-01",
        "2026-02-30T10:00:00",
        "2026-07-01T25:00:00+02:00",
        "2026-07-01T10:61:00",
        "01.07.2026 10:00:00",
        "2026-07-01T10:00:00+99:00",
        "20260701T100000",
        "0000-00-00T00:00:00",
        "1782900000",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_what_is_no_time_spoils_its_own_closing(export: Path, text: str) -> None:
    edit(
        export,
        "transactions.csv",
        (";2;5;2;Beleg;;;0;2026-07-01T10:01:00+02:00;", f";2;5;2;Beleg;;;0;{text};"),
    )
    reading = read_export(export)
    assert spoilt(reading) == {2: {"time_invalid"}}
    found = spoiling(reading.batch.heads[1].findings)["time_invalid"]
    assert (found.file, found.line, found.column) == ("transactions.csv", 6, "BON_START")
    assert codes(reading.batch.heads[1].findings)["time_invalid"]["value"] == text
    assert part_digests(reading.batch)[:1] == GOOD[:1]


@pytest.mark.parametrize(
    "text",
    [
        "gestern",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31T23:59:59",
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00",
    ],
)
def test_a_closing_made_at_no_time(export: Path, text: str) -> None:
    change_all(export, "K1;2026-07-01T22:00:00+02:00;2;", f"K1;{text};2;")
    reading = read_export(export)
    assert spoilt(reading) == {2: {"time_invalid"}}
    assert part_digests(reading.batch)[:1] == GOOD[:1]


# --- the business day ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("created", "booked", "day"),
    [
        ("2026-07-01T23:30:00Z", "", "2026-07-02"),
        ("2026-07-01T23:30:00Z", "2026-07-01", "2026-07-01"),
        ("2026-07-02T01:30:00", "", "2026-07-02"),
        ("2026-01-01T23:30:00Z", "", "2026-01-02"),
    ],
)
def test_the_day_is_that_of_the_till(tmp_path: Path, created: str, booked: str, day: str) -> None:
    export = small_export(tmp_path / "x")
    change_all(export, "2026-07-01T22:00:00+02:00;1;", created + ";1;")
    edit(export, "cashpointclosing.csv", (";1;;2.4", f";1;{booked};2.4"))
    (head,) = read_export(export).batch.heads
    assert head.business_day.isoformat() == day


def test_a_booking_day_that_is_none(export: Path) -> None:
    edit(export, "cashpointclosing.csv", (";2;;2.4", ";2;morgen;2.4"))
    reading = read_export(export)
    assert spoilt(reading) == {}
    (found,) = (f for f in reading.batch.heads[1].findings if f.code == "day_invalid")
    assert (found.line, found.column, found.severity) == (3, "Z_BUCHUNGSTAG", Severity.WARNING)


def test_closings_are_known_by_the_moment_not_by_its_text(export: Path) -> None:
    # Another offset in some of the files is still the same closing.
    edit(export, "vat.csv", ("2026-07-01T22:00:00+02:00", "2026-07-01T20:00:00Z"))
    understood(export)


def test_heads_of_two_times_with_one_number(tmp_path: Path) -> None:
    heads = (head_of(1), head_of(1, z_erstellung="2026-07-02T22:00:00+02:00"))
    batch = batch_of(small_rows(), small_rows(first_id=4), heads=heads)
    write_folder([batch], tmp_path / "x")
    change_all(tmp_path / "x", "2026-07-02T22:00:00+02:00", "2026-07-02T22:00:00")
    reading = read_export(tmp_path / "x")
    assert [head.z_erstellung for head in reading.batch.heads] == [
        "2026-07-01T22:00:00+02:00",
        "2026-07-02T22:00:00+02:00",
    ]
    assert part_digests(reading.batch) == part_digests(batch)
