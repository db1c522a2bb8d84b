"""Unfinished and damaged copies: the closing waits, the others are read, nothing is raised."""

from __future__ import annotations

from gzip import compress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.dsfinvk.containers import (
    files_of,
    spoiling,
    spoilt,
    tar_bytes,
    text_of,
    zip_bytes,
)
from tests.formats.dsfinvk.handmade import edit, small_batch, small_export
from tillferry.closing.digest import part_digests
from tillferry.closing.model import Severity
from tillferry.closing.tables import DSFINVK_TABLES
from tillferry.errors import TillferryError
from tillferry.formats.dsfinvk._index import index_bytes
from tillferry.formats.dsfinvk.read import ExportReading, is_export, read_export
from tillferry.formats.dsfinvk.write import write_folder

GOOD = part_digests(small_batch(3))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Three closings as a folder."""
    return small_export(tmp_path / "export", closings=3)


def cut(folder: Path, name: str, mark: str, keep: str = "") -> None:
    """End a file before ``mark`` (its last occurrence) and what is kept of it."""
    text = text_of(folder / name)
    (folder / name).write_bytes((text[: text.rindex(mark)] + keep).encode())


def all_for(codes: set[str]) -> dict[int, set[str]]:
    return dict.fromkeys((1, 2, 3), codes)


def row_start(z_nr: int) -> str:
    return f"K1;2026-07-01T22:00:00+02:00;{z_nr};"


# --- a cut file ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keep",
    [
        row_start(3),
        row_start(3) + "8;1",
        row_start(3) + '8;"1',
        row_start(3) + '8;"1;1;3;3;3;3\r\n',
    ],
    ids=["after the Z columns", "in a value", "in quotes", "in quotes after a line break"],
)
def test_a_cut_last_line_is_of_its_closing_only(export: Path, keep: str) -> None:
    cut(export, "lines_vat.csv", row_start(3) + "8", keep)
    reading = read_export(export)
    assert spoilt(reading) == {3: {"file_torn"}}
    found = spoiling(reading.batch.heads[2].findings)["file_torn"]
    assert (found.file, found.severity) == ("lines_vat.csv", Severity.INCOMPLETE)
    assert part_digests(reading.batch)[:2] == GOOD[:2]


@pytest.mark.parametrize("keep", ["K", "K1;2026-07-01T22", "K1;2026-07-01T22:00:00+02:00;3"])
def test_a_cut_before_the_closing_is_known_holds_back_all(export: Path, keep: str) -> None:
    cut(export, "lines_vat.csv", row_start(3) + "8", keep)
    assert spoilt(read_export(export)) == all_for({"file_torn"})


def test_part_of_a_number_is_not_taken_for_another_closing(tmp_path: Path) -> None:
    write_folder([small_batch(12)], tmp_path / "x")
    cut(tmp_path / "x", "vat.csv", row_start(12), row_start(12)[:-2])
    assert "file_torn" in spoilt(read_export(tmp_path / "x"))[12]


def test_closings_whose_rows_come_after_the_cut_wait_as_well(export: Path) -> None:
    # references.csv is a table that no sum would miss.
    cut(export, "references.csv", row_start(2), row_start(2) + "4")
    reading = read_export(export)
    assert spoilt(reading) == {2: {"file_torn"}, 3: {"file_torn"}}


def test_a_cut_with_columns_in_another_order_finds_its_closing(export: Path) -> None:
    rows = [line.split(";")[::-1] for line in text_of(export / "vat.csv").split("\r\n")]
    text = "\r\n".join(";".join(row) for row in rows)
    (export / "vat.csv").write_bytes(text[: text.rindex(";K1")].encode())
    assert spoilt(read_export(export)) == all_for({"file_torn"})


def test_a_cut_inside_a_letter_does_not_change_the_other_texts(export: Path) -> None:
    data = (export / "vat.csv").read_bytes()
    (export / "vat.csv").write_bytes(data[: data.rindex("ß".encode()) + 1])
    reading = read_export(export)
    assert spoilt(reading) == {3: {"file_torn"}}
    assert part_digests(reading.batch)[:2] == GOOD[:2]


def test_a_damaged_letter_is_not_read_as_another_encoding(export: Path) -> None:
    data = (export / "vat.csv").read_bytes()
    (export / "vat.csv").write_bytes(data.replace("ß".encode(), b"\xc3\x28", 1))
    reading = read_export(export)
    found = spoiling(reading.batch.heads[0].findings)["file_unreadable"]
    assert (found.file, found.line) == ("vat.csv", 3)


def test_zeros_at_the_end_of_a_file_hold_back_all(export: Path) -> None:
    data = (export / "references.csv").read_bytes()
    end = data.rindex(row_start(3).encode())
    (export / "references.csv").write_bytes(data[:end] + bytes(len(data) - end))
    assert spoilt(read_export(export)) == all_for({"file_torn"})


def test_a_file_of_zeros_holds_back_all(export: Path) -> None:
    (export / "references.csv").write_bytes(bytes(4096))
    assert spoilt(read_export(export)) == all_for({"file_torn"})


# --- a missing file -----------------------------------------------------------------------------


def test_a_file_that_index_xml_lists_and_that_is_not_there(export: Path) -> None:
    (export / "references.csv").unlink()
    reading = read_export(export)
    assert spoilt(reading) == all_for({"file_missing"})
    found = spoiling(reading.batch.heads[0].findings)["file_missing"]
    assert (found.file, found.severity) == ("references.csv", Severity.INCOMPLETE)


@pytest.mark.parametrize("name", ["transactions", "lines", "lines_vat", "vat", "datapayment"])
def test_a_file_that_others_need_is_missed_with_the_official_index(export: Path, name: str) -> None:
    (export / "index.xml").write_bytes(index_bytes(DSFINVK_TABLES))
    (export / f"{name}.csv").unlink()
    reading = read_export(export)
    assert spoilt(reading) == all_for({"file_missing"})


@pytest.mark.parametrize("name", ["transactions", "lines", "lines_vat", "vat", "datapayment"])
def test_an_empty_file_that_others_need_is_torn(export: Path, name: str) -> None:
    (export / f"{name}.csv").write_bytes(b"")
    assert spoilt(read_export(export)) == all_for({"file_torn"})


def test_an_empty_file_that_nothing_needs_is_a_table_without_rows(export: Path) -> None:
    (export / "subitems.csv").write_bytes(b"")
    assert spoilt(read_export(export)) == {}


def test_a_file_that_is_cut_inside_its_header_line_holds_back_all(export: Path) -> None:
    data = (export / "references.csv").read_bytes()
    (export / "references.csv").write_bytes(data[: data.index(b"REF_Z_NR") + 3])
    assert spoilt(read_export(export)) == all_for({"file_torn"})


def test_receipts_are_missed_without_any_index(export: Path) -> None:
    (export / "index.xml").unlink()
    (export / "transactions.csv").unlink()
    assert spoilt(read_export(export)) == all_for({"file_missing"})


def test_no_heads_at_all(export: Path) -> None:
    (export / "cashpointclosing.csv").unlink()
    reading = read_export(export)
    assert len(reading.batch) == 0
    lost = [dict(f.params)["z_nr"] for f in reading.findings if f.code == "closing_without_head"]
    assert lost == ["1", "2", "3"]
    assert "file_missing" in {found.code for found in reading.findings}


def test_a_head_that_is_cut_off_leaves_the_others(export: Path) -> None:
    cut(export, "cashpointclosing.csv", row_start(3))
    reading = read_export(export)
    assert [head.z_nr for head in reading.batch.heads] == [1, 2]
    assert part_digests(reading.batch) == GOOD[:2]
    (found,) = (f for f in reading.findings if f.code == "closing_without_head")
    assert (found.severity, dict(found.params)["z_nr"]) == (Severity.INCOMPLETE, "3")


def test_a_row_that_names_no_closing(export: Path) -> None:
    edit(export, "references.csv", (row_start(2), "K1;2026-07-01T22:00:00+02:00;;"))
    found = spoiling(read_export(export).findings)["row_without_closing"]
    assert (found.file, found.line, found.column) == ("references.csv", 3, "Z_NR")


def test_a_till_without_its_row(export: Path) -> None:
    cut(export, "cashregister.csv", row_start(3))
    assert spoilt(read_export(export)) == {3: {"cashregister_missing"}}


@pytest.mark.parametrize("end", [0, 1, 60, 500, -12])
def test_a_cut_index_holds_back_all(export: Path, end: int) -> None:
    data = (export / "index.xml").read_bytes()
    (export / "index.xml").write_bytes(data[:end])
    reading = read_export(export)
    assert spoilt(reading) == all_for({"index_unreadable"})


# --- damaged containers -------------------------------------------------------------------------


def damaged_member(data: bytes, name: str) -> bytes:
    """A ZIP in which the packed bytes of one file are changed."""
    at = data.index(name.encode()) + len(name) + 20
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def test_a_damaged_file_in_a_zip_holds_back_all(export: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(damaged_member(zip_bytes(files_of(export)), "lines.csv"))
    reading = read_export(path)
    assert spoilt(reading) == all_for({"file_torn"})
    assert spoiling(reading.batch.heads[0].findings)["file_torn"].file == "lines.csv"


def test_a_damaged_index_in_a_zip_holds_back_all(export: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(damaged_member(zip_bytes(files_of(export)), "index.xml"))
    assert spoilt(read_export(path)) == all_for({"index_unreadable"})


def test_a_file_that_is_there_twice(export: Path, tmp_path: Path) -> None:
    files = files_of(export)
    files.append(("VAT.CSV", b"other"))
    (tmp_path / "x.zip").write_bytes(zip_bytes(files))
    assert spoilt(read_export(tmp_path / "x.zip")) == all_for({"file_doubled"})


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_cut_zip_is_known_as_an_export_that_cannot_be_read(
    export: Path, tmp_path: Path, share: float
) -> None:
    data = zip_bytes(files_of(export))
    path = tmp_path / "x.zip"
    path.write_bytes(data[: int(len(data) * share)])
    assert is_export(path)
    reading = read_export(path)
    assert len(reading.batch) == 0
    assert spoiling(reading.findings)["export_unreadable"].severity is Severity.INCOMPLETE


@pytest.mark.parametrize("gzip", [False, True])
def test_no_closing_of_a_cut_tar_counts_as_whole(export: Path, tmp_path: Path, gzip: bool) -> None:
    data = tar_bytes(reversed(files_of(export)), gzip=gzip)
    path = tmp_path / ("x.tar.gz" if gzip else "x.tar")
    path.write_bytes(data[: len(data) - (40 if gzip else 12_000)])
    reading = read_export(path)
    assert "export_unreadable" in spoiling(reading.findings)
    whole = {head.z_nr for head in reading.batch.heads} - set(spoilt(reading))
    assert whole == set()


@pytest.mark.parametrize("gzip", [False, True])
def test_a_tar_that_ends_between_two_files_is_torn(
    export: Path, tmp_path: Path, gzip: bool
) -> None:
    files = files_of(export)
    first = [entry for entry in files if entry[0] != "references.csv"]
    path = tmp_path / "x.tar"
    whole = tar_bytes([*first, ("references.csv", b"")])
    data = whole[: whole.index(b"references.csv\0")]
    path.write_bytes(compress(data) if gzip else data)
    assert spoilt(read_export(path)).keys() == {1, 2, 3}


def test_a_damaged_header_in_a_tar_does_not_hide_what_follows(export: Path, tmp_path: Path) -> None:
    data = tar_bytes(files_of(export))
    path = tmp_path / "x.tar"
    path.write_bytes(data.replace(b"references.csv\0", b"referencex.csv\0"))
    assert "export_unreadable" in spoiling(read_export(path).findings)


# --- anything at all ----------------------------------------------------------------------------


def survives(path: Path) -> ExportReading | None:
    """The reading of whatever lies there; only a named error is allowed beside it."""
    try:
        is_export(path)
        return read_export(path)
    except TillferryError:
        return None


class Samples:
    """The files of a small export, and the export in each kind of container."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        files = files_of(small_export(folders.mktemp("samples") / "x", closings=2))
        self.files = dict(files)
        self.containers = {
            "x.zip": zip_bytes(files),
            "x.tar": tar_bytes(files),
            "x.tar.gz": tar_bytes(files, gzip=True),
            "nested.zip": zip_bytes([("inner.zip", zip_bytes(files))]),
        }

    def container(self, name: str, data: bytes) -> Path:
        path = self._folders.mktemp("container") / name
        path.write_bytes(data)
        return path

    def folder(self, **changed: bytes) -> Path:
        """The export as a folder in which some files hold something else."""
        folder = self._folders.mktemp("folder")
        for name, content in (self.files | changed).items():
            (folder / name).write_bytes(content)
        return folder


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    return Samples(tmp_path_factory)


CONTAINERS = ("x.zip", "x.tar", "x.tar.gz", "nested.zip")
CSVS = ("lines.csv", "cashpointclosing.csv", "transactions_tse.csv", "vat.csv", "index.xml")


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_cut_container_is_survived(samples: Samples, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(CONTAINERS))
    whole = samples.containers[name]
    size = data.draw(st.integers(0, len(whole) - 1))
    reading = survives(samples.container(name, whole[:size]))
    if reading is not None:
        # Nothing that is booked differs from what was there.
        kept = {h.z_nr for h in reading.batch.heads} - set(spoilt(reading))
        for head, digest in zip(reading.batch.heads, part_digests(reading.batch), strict=True):
            assert head.z_nr not in kept or digest == GOOD[head.z_nr - 1]


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_changed_byte_of_a_container_is_survived(samples: Samples, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(CONTAINERS))
    changed = bytearray(samples.containers[name])
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at] ^= data.draw(st.integers(1, 255))
    survives(samples.container(name, bytes(changed)))


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_changed_or_cut_file_is_survived(samples: Samples, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(CSVS))
    content = samples.files[name]
    at = data.draw(st.integers(0, len(content) - 1))
    piece = data.draw(st.sampled_from([None, b"", b"\0", b'"', b";", b"\r", b"\n", b"\xff", b"9"]))
    rest = b"" if piece is None else piece + content[at + 1 :]
    survives(samples.folder(**{name: content[:at] + rest}))


@settings(max_examples=25, deadline=None)
@given(content=st.binary(max_size=400))
def test_any_bytes_in_place_of_a_file_are_survived(samples: Samples, content: bytes) -> None:
    header = samples.files["vat.csv"].split(b"\r\n", 1)[0]
    changed = {"vat.csv": header + b"\r\n" + content, "lines.csv": content}
    assert survives(samples.folder(**changed)) is not None
