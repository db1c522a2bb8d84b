"""Headers of a bundle's TAR: read as they are written, and nothing else."""

from __future__ import annotations

import tarfile

import pytest

from tillferry.formats._tar import Header, member_header, read_header

NAMES = ("manifest.json", "closings/000000001.tar.zst", "x" * 100)
SIZES = (0, 1, 511, 512, 16_777_216, 8 * 1024**3 - 1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", SIZES)
def test_a_header_is_read_as_it_was_written(name: str, size: int) -> None:
    header = member_header(name, size)
    assert read_header(header) == Header(name, size)
    assert read_header(memoryview(header)) == Header(name, size)


def test_a_header_is_read_as_tarfile_reads_it() -> None:
    info = tarfile.TarInfo("closings/000000007.tar.zst")
    info.size, info.mtime, info.mode, info.uid, info.uname = 4711, 1_800_000_000, 0o600, 7, "till"
    block = info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")
    assert read_header(block) == Header(info.name, info.size)


def test_no_changed_byte_of_a_header_is_missed() -> None:
    header = member_header("closings/000000001.tar.zst", 4711)
    checksum_ends = range(154, 156)  # How the sum ends, a blank or NUL, is left to the writer.
    for place in range(len(header)):
        for change in (1, 0x10, 0x80):
            block = bytearray(header)
            block[place] ^= change
            if place not in checksum_ends:
                assert read_header(bytes(block)) is None, (place, change)


@pytest.mark.parametrize("size", [0, 1, 511])
def test_a_piece_of_a_header_is_none(size: int) -> None:
    assert read_header(member_header("manifest.json", 5)[:size]) is None


def header(**values: object) -> bytes:
    info = tarfile.TarInfo("manifest.json")
    for name, value in values.items():
        setattr(info, name, value)
    return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "surrogateescape")


def with_size(size: bytes) -> bytes:
    """A header with that size field and the right sum over it."""
    block = bytearray(member_header("manifest.json", 0))
    block[124:136] = size.ljust(12, b"\0")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def test_a_size_of_octal_digits_is_read() -> None:
    assert read_header(with_size(b"00000000017 ")) == Header("manifest.json", 15)


@pytest.mark.parametrize(
    "block",
    [
        bytes(512),
        header(type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        header(type=tarfile.DIRTYPE),
        header(type=tarfile.AREGTYPE),
        header(name="a" * 90 + "/" + "b" * 90),
        header(name="k\u00e4se"),
        tarfile.TarInfo("manifest.json").tobuf(tarfile.GNU_FORMAT),
        with_size(b"-0000000017"),
        with_size(b"+0000000017"),
        with_size(b"0000_000017"),
        with_size(b"0000000018"),
        with_size(b" 0000000017"),
        with_size(b""),
        with_size(b"\x80" + bytes(10) + b"\x01"),
    ],
)
def test_what_a_bundle_never_has_is_none(block: bytes) -> None:
    assert read_header(block) is None
