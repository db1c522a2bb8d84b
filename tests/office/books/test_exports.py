"""DSFinV-K of a period: what is in it, byte for byte the same, and read back as it was."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.world import World
from tests.office.admin import refused
from tests.office.books.conftest import days
from tillferry.closing.digest import part_digests
from tillferry.closing.model import ClosingBatch
from tillferry.formats.dsfinvk.read import read_export
from tillferry.formats.dsfinvk.write import write_export
from tillferry.office.period import Period
from tillferry.sample import serial
from tillferry.wiring import bookkeeping

FIRST = days(1, 1).heads[0].business_day


def period(first: int, last: int) -> Period:
    """Business days by their number in the sample, from 1."""
    return Period(FIRST + timedelta(first - 1), FIRST + timedelta(last - 1))


def bookings(batch: ClosingBatch) -> list[str]:
    return [digests["bookings"] for digests in part_digests(batch)]


def read(path: Path) -> ClosingBatch:
    reading = read_export(path, timezone="Europe/Berlin")
    assert reading.findings == ()
    assert all(head.findings == () for head in reading.batch.heads)
    return reading.batch


def test_the_days_of_one_till_are_one_export(both: World, tmp_path: Path) -> None:
    out, again, expected = (tmp_path / name for name in ("out.zip", "again.zip", "expected.zip"))
    told: list[tuple[int, int]] = []
    with both.opened() as office:
        written = bookkeeping.export_period(
            office, out, period(2, 3), ["1001"], progress=lambda *moved: told.append(moved)
        )
        bookkeeping.export_period(office, again, period(2, 3), [serial(1)])
    assert [(till.customer_number, z_nrs) for till, z_nrs in written.items()] == [("1001", (2, 3))]
    assert told[-1] == (2, 2)
    assert out.read_bytes() == again.read_bytes()
    write_export([days(1, 2, 3)], expected)
    assert out.read_bytes() == expected.read_bytes()
    found = read(out)
    assert [head.z_nr for head in found.heads] == [2, 3]
    assert bookings(found) == bookings(days(1, 2, 3))


def test_several_tills_are_one_export_each_in_one_file(shared: World, tmp_path: Path) -> None:
    out, again = tmp_path / "out.zip", tmp_path / "again.zip"
    with shared.opened() as office:
        written = bookkeeping.export_period(office, out, period(1, 2))
        bookkeeping.export_period(office, again, period(1, 2), ["1002", "1001"])
    assert sorted(written.values()) == [(1, 2), (1, 2)]
    assert out.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == ["1001.zip", "1002.zip"]
        for number, name in ((1, "1001.zip"), (2, "1002.zip")):
            inner = tmp_path / name
            inner.write_bytes(archive.read(name))
            assert bookings(read(inner)) == bookings(days(number, 1, 2))
    assert list((shared.office / "scratch").iterdir()) == []


def test_one_till_may_be_kept_apart_too(shared: World, tmp_path: Path) -> None:
    with shared.opened() as office:
        bookkeeping.export_period(office, tmp_path / "o.zip", period(3, 3), ["1002"], apart=True)
    with zipfile.ZipFile(tmp_path / "o.zip") as archive:
        assert archive.namelist() == ["1002.zip"]
        assert zipfile.ZipFile(io.BytesIO(archive.read("1002.zip"))).testzip() is None


def test_what_cannot_be_exported_leaves_no_file(shared: World, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    with shared.opened() as office:
        with refused("nothing_in_period"):
            bookkeeping.export_period(office, out, period(20, 30))
        with refused("till_not_found"):
            bookkeeping.export_period(office, out, period(1, 2), ["1003"])
        with refused("target_not_writable"):
            bookkeeping.export_period(office, tmp_path / "no" / "out.zip", period(1, 2))
        with refused("target_not_writable"):
            bookkeeping.export_period(office, tmp_path / "no" / "o.zip", period(1, 2), ["1001"])
    with refused("period_reversed"):
        period(3, 2)
    assert [path.name for path in tmp_path.iterdir() if path.suffix in (".zip", ".part")] == []


class Stopped(Exception):
    pass


def test_a_stopped_export_leaves_nothing(shared: World, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done:
            raise Stopped

    with shared.opened() as office, pytest.raises(Stopped):
        bookkeeping.export_period(office, tmp_path / "out.zip", period(1, 3), progress=stop)
    assert [path.name for path in tmp_path.iterdir() if "out.zip" in path.name] == []
