"""Any cut and any changed byte of an export: nothing is raised, and nothing goes unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.dsfinvk.containers import files_of, spoilt, zip_bytes
from tests.formats.dsfinvk.handmade import codes, small_batch, small_export
from tillferry.closing.digest import part_digests
from tillferry.closing.tables import TABLES
from tillferry.formats.dsfinvk.read import ExportReading, is_export, read_export

GOOD = dict(enumerate(part_digests(small_batch(2)), start=1))

SOUND_ENDS = (b"\r\n", b"\n", b"\r")
ROWS = sum(small_batch(2).rows(table.name) for table in TABLES)

fuzzed = settings(max_examples=25, deadline=None, derandomize=True)


class Sample:
    """An export of two closings, to be read from a ZIP in which something is changed."""

    def __init__(self, folder: Path) -> None:
        self.files = dict(files_of(small_export(folder / "x", closings=2)))
        self.zip = zip_bytes(self.files.items())
        self._path = folder / "x.zip"

    def read(self, data: bytes) -> ExportReading:
        self._path.write_bytes(data)
        is_export(self._path)
        return read_export(self._path)

    def header(self, name: str) -> bytes:
        return self.files[name].split(b"\r\n", 1)[0]

    def read_with(self, name: str, content: bytes) -> ExportReading:
        return self.read(zip_bytes((self.files | {name: content}).items()))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return Sample(tmp_path_factory.mktemp("fuzz"))


def place(data: bytes, share: float) -> int:
    return int(len(data) * share)


def flipped(data: bytes, at: int, flip: int) -> bytes:
    return data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]


def whole(reading: ExportReading) -> dict[int, object]:
    """The digests of the closings that nothing is held against, by Z number."""
    bad = spoilt(reading)
    digests = part_digests(reading.batch)
    return {
        head.z_nr: digest
        for head, digest in zip(reading.batch.heads, digests, strict=True)
        if head.z_nr not in bad
    }


def is_told(reading: ExportReading) -> bool:
    """Whether a finding says that something is not as it should be."""
    return bool(reading.findings) or bool(spoilt(reading))


def assert_nothing_else_is_booked(reading: ExportReading) -> None:
    """What counts as whole is what was there, and what does not was told."""
    found = whole(reading)
    assert found.items() <= GOOD.items()
    assert found == GOOD or is_told(reading)


shares = st.floats(0, 1, exclude_max=True)
flips = st.integers(1, 255)
names = st.sampled_from(
    ["lines.csv", "lines_vat.csv", "transactions.csv", "cashpointclosing.csv", "vat.csv"]
)


def test_the_export_that_is_changed_is_sound(sample: Sample) -> None:
    reading = sample.read(sample.zip)
    assert whole(reading) == GOOD
    assert not is_told(reading)


# --- the ZIP ------------------------------------------------------------------------------------


@fuzzed
@given(share=shares)
def test_any_cut_zip(sample: Sample, share: float) -> None:
    reading = sample.read(sample.zip[: place(sample.zip, share)])
    assert whole(reading) == {}
    assert is_told(reading)


@fuzzed
@given(share=shares, flip=flips)
def test_any_changed_byte_of_a_zip(sample: Sample, share: float, flip: int) -> None:
    changed = flipped(sample.zip, place(sample.zip, share), flip)
    assert_nothing_else_is_booked(sample.read(changed))


@fuzzed
@given(share=shares, flip=flips)
def test_any_changed_byte_of_a_zip_s_directory(sample: Sample, share: float, flip: int) -> None:
    start = sample.zip.index(b"PK\x01\x02")
    at = start + place(sample.zip[start:], share)
    assert_nothing_else_is_booked(sample.read(flipped(sample.zip, at, flip)))


# --- a file in it -------------------------------------------------------------------------------


@fuzzed
@given(name=names, share=shares)
def test_any_cut_file(sample: Sample, name: str, share: float) -> None:
    data = sample.files[name]
    kept = data[: place(data, share)]
    reading = sample.read_with(name, kept)
    # A cut between two rows leaves a file that is sound by itself; the sums find that, later.
    if not kept.endswith((*SOUND_ENDS, sample.header(name))):
        assert is_told(reading)
        # In the last field of a row a cut looks like a till that ends its files without a line end.
        is_doubtful = "last_line_without_end" in codes(reading.findings)
        assert whole(reading).keys() != GOOD.keys() or is_doubtful


@fuzzed
@given(name=names, share=shares, flip=flips)
def test_any_changed_byte_of_a_file(sample: Sample, name: str, share: float, flip: int) -> None:
    data = sample.files[name]
    reading = sample.read_with(name, flipped(data, place(data, share), flip))
    # A digit for a digit is for the sums to find. No row is lost unnoticed.
    rows = sum(reading.batch.rows(table.name) for table in TABLES)
    assert rows == ROWS or is_told(reading)


@fuzzed
@given(share=shares, flip=flips)
def test_any_changed_byte_of_the_index(sample: Sample, share: float, flip: int) -> None:
    data = sample.files["index.xml"]
    # The rows say by themselves what they are.
    changed = flipped(data, place(data, share), flip)
    assert whole(sample.read_with("index.xml", changed)).items() <= GOOD.items()
