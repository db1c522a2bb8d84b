"""Hostile and oversized exports: a finding for each bound, nothing raised, nothing written."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from tests.formats.dsfinvk.containers import (
    files_of,
    remarks,
    spoiling,
    spoilt,
    tar_bytes,
    zip_bytes,
)
from tests.formats.dsfinvk.handmade import edit, small_export
from tillferry.closing.model import Finding
from tillferry.formats.dsfinvk.limits import MIB, Limits
from tillferry.formats.dsfinvk.read import ExportReading, is_export, read_export


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Two closings as a folder."""
    return small_export(tmp_path / "export", closings=2)


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder; links are not followed."""
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def read_only(path: Path, tmp_path: Path, limits: Limits | None = None) -> ExportReading:
    """A reading that leaves everything around the export as it was."""
    before = everything(tmp_path)
    reading = read_export(path, limits=limits)
    assert everything(tmp_path) == before
    return reading


def refusal(reading: ExportReading, code: str) -> Finding:
    """The one finding of the delivery with this code; no closing counts as whole then."""
    (found,) = (found for found in reading.findings if found.code == code)
    assert {head.z_nr for head in reading.batch.heads} == set(spoilt(reading))
    return found


def container(tmp_path: Path, kind: str, files: list[tuple[str, bytes]]) -> Path:
    pack = {
        "x.zip": lambda: zip_bytes(files),
        "x.tar": lambda: tar_bytes(files),
        "x.tar.gz": lambda: tar_bytes(files, gzip=True),
    }
    path = tmp_path / kind
    path.write_bytes(pack[kind]())
    return path


KINDS = ("x.zip", "x.tar", "x.tar.gz")


# --- sizes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["folder", *KINDS])
def test_too_many_files(export: Path, tmp_path: Path, kind: str) -> None:
    path = export if kind == "folder" else container(tmp_path, kind, files_of(export))
    count = len(files_of(export))
    assert read_only(path, tmp_path, Limits(files=count)).findings == ()
    found = refusal(read_only(path, tmp_path, Limits(files=count - 1)), "export_too_many_files")
    assert dict(found.params)["limit"] == str(count - 1)


@pytest.mark.parametrize("kind", ["folder", *KINDS])
def test_too_many_bytes_together(export: Path, tmp_path: Path, kind: str) -> None:
    path = export if kind == "folder" else container(tmp_path, kind, files_of(export))
    size = sum(len(data) for _, data in files_of(export))
    found = refusal(read_only(path, tmp_path, Limits(total_bytes=size - 1)), "export_too_large")
    assert dict(found.params)["limit"] == str(size - 1)
    # A TAR that is unpacked also has its padding counted.
    room = 20_000 if kind.startswith("x.tar") else 0
    assert read_only(path, tmp_path, Limits(total_bytes=size + room)).findings == ()


@pytest.mark.parametrize("kind", ["folder", *KINDS])
def test_a_file_that_is_too_large(export: Path, tmp_path: Path, kind: str) -> None:
    path = export if kind == "folder" else container(tmp_path, kind, files_of(export))
    name, data = max(files_of(export), key=lambda entry: len(entry[1]))
    assert read_only(path, tmp_path, Limits(file_bytes=len(data))).findings == ()
    reading = read_only(path, tmp_path, Limits(file_bytes=len(data) - 1))
    assert refusal(reading, "export_file_too_large").file.endswith(name)


@pytest.mark.parametrize("kind", ["x.zip", "x.tar.gz"])
def test_a_file_that_unpacks_to_far_more_than_it_is(
    export: Path, tmp_path: Path, kind: str
) -> None:
    (export / "references.csv").write_bytes(b";" * (2 * MIB))
    path = container(tmp_path, kind, files_of(export))
    reading = read_only(path, tmp_path, Limits(ratio=20))
    assert refusal(reading, "export_ratio_too_high").file.endswith("references.csv")


def test_a_small_file_may_be_packed_as_tight_as_it_likes(export: Path, tmp_path: Path) -> None:
    path = container(tmp_path, "x.zip", files_of(export))
    assert read_only(path, tmp_path, Limits(ratio=1)).findings == ()


def test_a_file_that_is_larger_than_its_zip_says(export: Path, tmp_path: Path) -> None:
    data = bytearray(zip_bytes(files_of(export)))
    # The name stands in the file's own header and then in the directory at the end.
    entry = data.rindex(b"lines_vat.csv") - 46
    assert data[entry : entry + 4] == b"PK\x01\x02"
    data[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    (tmp_path / "x.zip").write_bytes(data)
    assert spoilt(read_only(tmp_path / "x.zip", tmp_path)) == {1: {"file_torn"}, 2: {"file_torn"}}


def test_a_line_that_is_too_long(export: Path, tmp_path: Path) -> None:
    edit(export, "references.csv", ("Transaktion", "T" * 3000))
    reading = read_only(export, tmp_path, Limits(line_bytes=2000))
    found = spoiling(reading.batch.heads[0].findings)["line_too_long"]
    assert (found.file, found.line) == ("references.csv", 2)
    assert set(spoilt(reading)) == {1, 2}


def test_an_index_that_is_too_large(export: Path, tmp_path: Path) -> None:
    size = (export / "index.xml").stat().st_size
    assert read_only(export, tmp_path, Limits(index_bytes=size)).findings == ()
    reading = read_only(export, tmp_path, Limits(index_bytes=size - 1))
    assert refusal(reading, "index_refused").file == "index.xml"
    assert len(reading.batch) == 0


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_zips_inside_zips(export: Path, tmp_path: Path, depth: int) -> None:
    data = zip_bytes(files_of(export))
    for _ in range(depth):
        data = zip_bytes([("inner.zip", data)])
    (tmp_path / "x.zip").write_bytes(data)
    assert len(read_only(tmp_path / "x.zip", tmp_path, Limits(depth=depth)).batch) == 2
    (tmp_path / "x.zip").write_bytes(zip_bytes([("outer.zip", data)]))
    reading = read_only(tmp_path / "x.zip", tmp_path, Limits(depth=depth))
    assert "export_nested_too_deep" in spoiling(reading.findings)
    assert len(reading.batch) == 0


# --- names and links ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name",
    [
        "../lines.csv",
        "a/../../lines.csv",
        "..\\lines.csv",
        "/lines.csv",
        "\\lines.csv",
        "C:\\lines.csv",
        "C:/lines.csv",
    ],
)
def test_a_path_that_leads_out(export: Path, tmp_path: Path, kind: str, name: str) -> None:
    files = [(name if old == "lines.csv" else old, data) for old, data in files_of(export)]
    reading = read_only(container(tmp_path, kind, files), tmp_path)
    assert "lines.csv" in refusal(reading, "export_path_refused").file


@pytest.mark.parametrize(
    ("member_type", "code"),
    [
        (tarfile.SYMTYPE, "export_link_refused"),
        (tarfile.LNKTYPE, "export_link_refused"),
        (tarfile.CHRTYPE, "export_special_file_refused"),
        (tarfile.BLKTYPE, "export_special_file_refused"),
        (tarfile.FIFOTYPE, "export_special_file_refused"),
    ],
)
def test_what_is_no_file_in_a_tar(
    export: Path, tmp_path: Path, member_type: bytes, code: str
) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, data in files_of(export):
            member = tarfile.TarInfo(name)
            if name == "lines.csv":
                member.type, member.linkname = member_type, "transactions.csv"
                archive.addfile(member)
            else:
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    (tmp_path / "x.tar").write_bytes(target.getvalue())
    reading = read_only(tmp_path / "x.tar", tmp_path)
    assert refusal(reading, code).file == "lines.csv"
    assert reading.batch.rows("lines") == 0


def test_a_link_in_a_zip(export: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name, data in files_of(export):
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            if name == "lines.csv":
                entry.external_attr, data = 0o120777 << 16, b"/etc/passwd"
            archive.writestr(entry, data)
    reading = read_only(tmp_path / "x.zip", tmp_path)
    assert refusal(reading, "export_link_refused").file == "lines.csv"


def link(place: Path, to: Path) -> None:
    """A symbolic link; not every Windows account may make one."""
    try:
        place.symlink_to(to, target_is_directory=to.is_dir())
    except OSError:
        pytest.skip("this account may not make links")


def test_a_link_in_a_folder_is_not_followed(export: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    (export / "lines.csv").rename(outside)
    link(export / "lines.csv", outside)
    reading = read_only(export, tmp_path)
    assert refusal(reading, "export_link_refused").file == "lines.csv"
    assert reading.batch.rows("lines") == 0


def test_a_linked_folder_is_not_followed(export: Path, tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    link(tmp_path / "stick" / "inside", export)
    assert len(read_only(tmp_path / "stick", tmp_path).batch) == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
def test_a_pipe_in_a_folder_is_not_opened(export: Path, tmp_path: Path) -> None:
    (export / "lines.csv").unlink()
    os.mkfifo(export / "lines.csv")
    reading = read_only(export, tmp_path)
    assert refusal(reading, "export_special_file_refused").file == "lines.csv"


def test_a_zip_with_a_password(export: Path, tmp_path: Path) -> None:
    data = bytearray(zip_bytes(files_of(export)))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + at] |= 1
            place = data.find(mark, place + 4)
    (tmp_path / "x.zip").write_bytes(data)
    reading = read_only(tmp_path / "x.zip", tmp_path)
    assert {code for code, _ in remarks(reading)} == {"export_has_password"}
    assert len(reading.batch) == 0


# --- contents -----------------------------------------------------------------------------------

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://localhost/x.dtd"> %a;]>',
    ],
    ids=["many times", "a file", "from elsewhere"],
)
def test_an_index_that_defines_entities(export: Path, tmp_path: Path, doctype: str) -> None:
    edit(
        export,
        "index.xml",
        ('<!DOCTYPE DataSet SYSTEM "gdpdu-01-09-2004.dtd">', doctype),
    )
    reading = read_only(export, tmp_path)
    assert refusal(reading, "index_refused").file == "index.xml"
    assert len(reading.batch) == 0


def test_the_dtd_beside_the_index_is_not_read(export: Path, tmp_path: Path) -> None:
    (export / "gdpdu-01-09-2004.dtd").write_text('<!ENTITY a "b"> this is no DTD')
    reading = read_only(export, tmp_path)
    assert reading.findings == ()
    assert spoilt(reading) == {}


def test_nul_bytes_in_the_middle_of_a_file(export: Path, tmp_path: Path) -> None:
    edit(export, "references.csv", ("Transaktion", "Trans\0ktion"))
    reading = read_only(export, tmp_path)
    found = spoiling(reading.batch.heads[0].findings)["nul_bytes"]
    assert (found.file, found.line) == ("references.csv", 2)
    assert set(spoilt(reading)) == {1, 2}


# --- headers of a TAR ---------------------------------------------------------------------------


def extended_header(kind: bytes, size: int, data: bytes) -> bytes:
    """An extended header that says to have ``size`` bytes, with ``data`` behind it."""
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % tarfile.BLOCKSIZE)


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
@pytest.mark.parametrize("packed", [False, True])
def test_a_header_without_end_is_not_read_into_memory(
    export: Path, tmp_path: Path, kind: bytes, packed: bool
) -> None:
    # What a few kilobytes of gzip unpack to is one header that claims to be 8 GiB long.
    huge = extended_header(kind, 2**33 - 1, bytes(64 * MIB if packed else MIB))
    path = tmp_path / ("x.tar.gz" if packed else "x.tar")
    data = huge + tar_bytes(files_of(export))
    path.write_bytes(gzip.compress(data, 1) if packed else data)
    assert is_export(path)
    tracemalloc.start()
    try:
        found = refusal(read_only(path, tmp_path), "export_header_refused")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert dict(found.params)["limit"] == str(64 * 1024)
    assert peak < 16 * MIB


@pytest.mark.parametrize(
    "start",
    [
        extended_header(tarfile.GNUTYPE_LONGNAME, 2, b"x\0") * 2000,
        extended_header(tarfile.GNUTYPE_SPARSE, 0, b""),
        extended_header(tarfile.XHDTYPE, 44, b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n")
        + extended_header(tarfile.REGTYPE, 512, b"9" * 256 + b"\n1\n" * 60),
    ],
    ids=["headers of headers", "sparse of GNU", "sparse of pax"],
)
def test_headers_that_no_till_writes(export: Path, tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(start + tar_bytes(files_of(export)))
    assert is_export(path)
    refusal(read_only(path, tmp_path), "export_header_refused")


def test_long_names_are_read(export: Path, tmp_path: Path) -> None:
    folder = "n" * 200
    files = [(f"{folder}/{name}", data) for name, data in files_of(export)]
    path = container(tmp_path, "x.tar", files)
    assert len(read_only(path, tmp_path).batch) == 2
