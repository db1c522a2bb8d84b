"""The original deliveries of a period: every one, byte for byte, with a list and opened bundles."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from pathlib import Path

from tests.e2e.world import World, torn
from tests.office.admin import export_of, refused
from tests.office.books.conftest import days
from tests.office.books.test_exports import bookings, period, read
from tillferry.office.originals import Original
from tillferry.office.period import Period
from tillferry.sample import sample_batch, serial
from tillferry.wiring import bookkeeping

Row = dict[str, str]


def written(world: World, out: Path, asked: Period, *tills: str) -> tuple[Original, ...]:
    with world.opened() as office:
        return bookkeeping.originals(office, out, asked, tills)


def listed(out: Path) -> list[Row]:
    """The list in the ZIP, held against the files beside it."""
    with zipfile.ZipFile(out) as archive:
        text = archive.read("originals.csv").decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
        for row in rows:
            if row["file"]:
                assert hashlib.sha256(archive.read(row["file"])).hexdigest() == row["sha256"]
        named = {row["file"] for row in rows} | {row["opened_as"] for row in rows}
        assert set(archive.namelist()) == (named | {"originals.csv"}) - {""}
    return rows


def states(rows: list[Row]) -> list[tuple[str, str, str, str]]:
    return sorted(
        (Path(row["file"]).name, row["z_nr"], row["state"], row["held_from_this_file"])
        for row in rows
    )


def test_every_delivery_of_the_days_is_there(chain: World, tmp_path: Path) -> None:
    """A bundle, an export that only confirms, a torn copy and another content that waits."""
    exports = tmp_path / "exports"
    chain.bring(export_of(exports, days(1, 1, 2, 3)))
    chain.bring(export_of(exports, torn(sample_batch(1, 2, 12, 5))))
    chain.bring(export_of(exports, sample_batch(1, 2, 12, 7)))
    found = written(chain, tmp_path / "out.zip", period(2, 2), "1001")
    rows = listed(tmp_path / "out.zip")
    (bundle,) = [row["file"] for row in rows if row["kind"] == "bundle"]
    assert states(rows) == sorted(
        [
            (Path(bundle).name, "2", "imported", "1"),
            ("export-0.zip", "2", "already_present", "0"),
            ("export-1.zip", "2", "incomplete", "0"),
            ("export-2.zip", "2", "conflict", "0"),
        ]
    )
    # The torn copy is of a closing that is held whole: nobody waits for it.
    assert [Path(row["file"]).name for row in rows if row["waits"] == "1"] == ["export-2.zip"]
    assert [row["till"] for row in rows] == ["1001"] * 4
    assert {row["serial"] for row in rows} == {serial(1)}
    assert [each.fault for each in found] == [""] * 4
    assert [row["received_at"] for row in rows] == sorted(row["received_at"] for row in rows)


def test_bundles_lie_opened_beside_themselves(shared: World, tmp_path: Path) -> None:
    written(shared, tmp_path / "out.zip", period(2, 3), "1002")
    rows = listed(tmp_path / "out.zip")
    assert [row["z_nr"] for row in rows] == ["2", "3"]
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        for row in rows:
            pack = tmp_path / f"{row['z_nr']}.tar"
            pack.write_bytes(archive.read(row["opened_as"]))
            assert bookings(read(pack)) == bookings(days(2, int(row["z_nr"])))


def test_the_same_question_gives_the_same_bytes(shared: World, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        written(shared, tmp_path / name, period(1, 3))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_delivery_that_came_as_a_folder_is_a_tar(empty: World, tmp_path: Path) -> None:
    folder = tmp_path / "exports" / "Bar 1"
    with zipfile.ZipFile(export_of(tmp_path / "made", days(1, 1))) as archive:
        archive.extractall(folder)
    empty.bring(folder, accept_new_tills=True)
    written(empty, tmp_path / "out.zip", period(1, 1))
    (row,) = listed(tmp_path / "out.zip")
    assert row["file"] == "originals/Bar_1.tar" and row["till"] == serial(1)
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        archive.extract(row["file"], tmp_path)
    assert bookings(read(tmp_path / row["file"])) == bookings(days(1, 1))


def test_files_of_one_name_are_kept_apart(empty: World, tmp_path: Path) -> None:
    for number, z_nr in ((1, 1), (2, 1)):
        empty.bring(export_of(tmp_path / str(number), days(number, z_nr)), accept_new_tills=True)
    written(empty, tmp_path / "out.zip", period(1, 1))
    assert sorted(row["file"] for row in listed(tmp_path / "out.zip")) == [
        "originals/export-0-2.zip",
        "originals/export-0.zip",
    ]


def test_what_came_before_its_till_was_known_is_there_too(empty: World, tmp_path: Path) -> None:
    empty.bring(export_of(tmp_path / "before", days(1, 1)))
    empty.bring(export_of(tmp_path / "before", torn(days(1, 1))))
    with refused("nothing_in_period"):
        written(empty, tmp_path / "out.zip", period(1, 1))
    assert not (tmp_path / "out.zip").exists()
    empty.bring(export_of(tmp_path / "after", days(1, 2)), accept_new_tills=True)
    written(empty, tmp_path / "out.zip", period(1, 2))
    assert states(listed(tmp_path / "out.zip")) == [
        ("export-0-2.zip", "2", "imported", "1"),
        ("export-0.zip", "1", "imported", "1"),
        ("export-1.zip", "1", "incomplete", "0"),
    ]


def test_a_lost_or_altered_file_is_told_and_holds_up_no_other(chain: World, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    chain.bring(export_of(exports, days(1, 1)))
    chain.bring(export_of(exports, days(1, 1, 2)))
    with chain.opened() as office:
        names = {each.name: each.sha256 for each in office.journal.deliveries()}

    def kept(sha256: str) -> Path:
        return chain.office / "archive" / sha256[:2] / sha256

    kept(names["export-0.zip"]).unlink()
    (bundle,) = [name for name in names if name.startswith("tf1-1001")]
    altered = kept(names[bundle])
    altered.chmod(0o600)
    altered.write_bytes(altered.read_bytes()[:-1] + b"\0")
    found = written(chain, tmp_path / "out.zip", period(1, 1), "1001")
    assert {each.delivery.name: each.fault for each in found} == {
        bundle: "archive_file_altered",
        "export-0.zip": "archive_file_missing",
        "export-1.zip": "",
    }
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        text = archive.read("originals.csv").decode("utf-8-sig")
    assert "archive_file_missing" in text and "archive_file_altered" in text


def test_no_name_becomes_a_formula(empty: World, tmp_path: Path) -> None:
    for number, name in enumerate(("=1+1", "@x", "-3", "+4"), 1):
        with zipfile.ZipFile(export_of(tmp_path / "made", days(number, 1))) as archive:
            archive.extractall(tmp_path / name)
        empty.bring(tmp_path / name, accept_new_tills=True)
    written(empty, tmp_path / "out.zip", period(1, 1))
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        text = archive.read("originals.csv").decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=";") for cell in row]
    assert [cell for cell in cells if cell.startswith("'=")]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
