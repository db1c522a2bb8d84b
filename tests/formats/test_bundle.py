from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyrage
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.closing.build import batch_of, day
from tests.formats.bundles import (
    INSTALLATION,
    OFFICE,
    TILL,
    head_as_sealed,
    pack,
    read_all,
    seal_packs,
)
from tillferry.closing.digest import part_digests
from tillferry.closing.model import ClosingHead
from tillferry.errors import TillferryError, hint, message
from tillferry.formats.bundle import Pack, bundle_name, open_bundle, parse_name
from tillferry.formats.dsfinvk.pack import PackContent, read_packs, write_pack
from tillferry.formats.keys import TillKeys
from tillferry.formats.manifest import Manifest, SealedClosing, manifest_bytes

IN_A_FUNCTION = [HealthCheck.function_scoped_fixture]


def code_of(path: Path, scratch: Path, **arguments: str) -> str:
    """The code of the error that opening and reading ``path`` gives."""
    with pytest.raises(TillferryError) as caught:
        with open_bundle(path, recipient=OFFICE, scratch=scratch, **arguments) as bundle:
            list(bundle.packs())
    error = caught.value
    for lang in ("de", "en"):
        assert "?" not in message(error.code, lang, error.params)
        assert hint(error.code, lang, error.params)
    return error.code


# --- there and back -----------------------------------------------------------------------------


def test_what_was_sealed_is_what_is_read(tmp_path: Path) -> None:
    packs = [pack(12), pack(13), pack(7)]
    sealed = seal_packs(tmp_path, packs, sequence=5, previous_hash="ab" * 32)
    manifest, found = read_all(sealed.path, tmp_path)
    assert manifest == sealed.manifest
    assert (manifest.bundle_sequence, manifest.previous_sha256) == (5, "ab" * 32)
    assert [data for _, data in found] == [one.data for one in packs]
    for (closing, _), one in zip(found, packs, strict=True):
        assert closing.head == head_as_sealed(one.head)
        assert closing.digests == one.digests
        assert closing.rows == {"transactions": 3, "lines": 7}


def test_the_name_tells_the_content(tmp_path: Path) -> None:
    sealed = seal_packs(tmp_path, [pack(1)])
    told = parse_name(sealed.name)
    content = sealed.path.read_bytes()
    assert sealed.sha256 == hashlib.sha256(content).hexdigest()
    assert (told.customer_number, told.sequence) == ("1001", 1)
    assert sealed.sha256.startswith(told.hash_start) and len(told.hash_start) == 32
    assert sealed.size_bytes == len(content)


def test_a_bundle_leaves_nothing_else_behind(tmp_path: Path) -> None:
    sealed = seal_packs(tmp_path, [pack(1)])
    read_all(sealed.path, tmp_path)
    assert list(tmp_path.iterdir()) == [sealed.path]


@given(
    contents=st.lists(st.binary(max_size=3000), max_size=4),
    sequence=st.integers(1, 999_999_999),
    serial=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40),
    day=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
@settings(max_examples=25, deadline=None, suppress_health_check=IN_A_FUNCTION)
def test_any_packs_come_back(
    tmp_path: Path, contents: list[bytes], sequence: int, serial: str, day: date
) -> None:
    packs = [
        Pack(
            ClosingHead("181/1", serial, "K 1", "2026-07-01T23:30:00.5Z", z_nr, day),
            {"bookings": "0" * 64},
            {},
            content,
        )
        for z_nr, content in enumerate(contents, start=1)
    ]
    sealed = seal_packs(tmp_path, packs, sequence=sequence)
    manifest, found = read_all(sealed.path, tmp_path)
    assert manifest.bundle_sequence == sequence
    assert [(closing.head, data) for closing, data in found] == [
        (one.head, one.data) for one in packs
    ]


def test_a_large_bundle_goes_through_files(tmp_path: Path) -> None:
    packs = [pack(z_nr, os.urandom(3_000_000)) for z_nr in range(1, 5)]
    told: list[tuple[int, int]] = []
    sealed = seal_packs(tmp_path, packs, progress=lambda done, total: told.append((done, total)))
    assert sealed.size_bytes > 12_000_000
    _, found = read_all(sealed.path, tmp_path)
    assert [data for _, data in found] == [one.data for one in packs]
    assert told[-1][0] == told[-1][1] == sorted(told)[-1][0]
    assert list(tmp_path.iterdir()) == [sealed.path]


def test_closings_come_back_with_their_digests(tmp_path: Path) -> None:
    batch = batch_of(day(5), day(3, first_id=6))
    digests = part_digests(batch)
    packs = [
        Pack(
            head,
            digests[index],
            {name: batch.closing_rows(name, index).num_rows for name in batch.tables},
            write_pack(batch, index),
        )
        for index, head in enumerate(batch.heads)
    ]
    _, found = read_all(seal_packs(tmp_path, packs).path, tmp_path)
    again = read_packs([PackContent(one.head, one.rows, data) for one, data in found])
    assert part_digests(again) == digests
    assert [one.digests for one, _ in found] == list(digests)


def test_packs_can_be_read_from_anywhere(tmp_path: Path) -> None:
    sealed = seal_packs(tmp_path, [pack(1), pack(2), pack(3)])
    with open_bundle(sealed.path, recipient=OFFICE, scratch=tmp_path) as bundle:
        assert [closing.head.z_nr for closing, _ in bundle.packs(start=1)] == [2, 3]
        assert bundle.pack(0) == pack(1).data


def test_sealing_is_streaming(tmp_path: Path) -> None:
    made: list[int] = []

    def packs() -> object:
        for z_nr in range(1, 4):
            made.append(z_nr)
            yield pack(z_nr)

    sealed = seal_packs(tmp_path, packs())  # type: ignore[arg-type]
    assert made == [1, 2, 3]
    assert len(sealed.manifest.closings) == 3


# --- what must not be sealed --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"customer_number": "10/01"}, "bundle_manifest_invalid"),
        ({"sequence": 0}, "bundle_manifest_invalid"),
        ({"previous_hash": "abc"}, "bundle_manifest_invalid"),
        ({"created_at": "2026-07-02T06:00:00"}, "bundle_manifest_invalid"),
        ({"recipient_age": "age1nonsense"}, "age_recipient_invalid"),
    ],
)
def test_nonsense_is_not_sealed(tmp_path: Path, changes: dict[str, object], code: str) -> None:
    with pytest.raises(TillferryError) as caught:
        seal_packs(tmp_path, [pack(1)], **changes)
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_one_z_number_twice_is_not_sealed(tmp_path: Path) -> None:
    with pytest.raises(TillferryError) as caught:
        seal_packs(tmp_path, [pack(1), pack(1)])
    assert caught.value.code == "bundle_manifest_invalid"


def test_more_closings_than_a_bundle_takes_are_not_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tillferry.formats._sealing.MAX_CLOSINGS", 2)
    with pytest.raises(TillferryError) as caught:
        seal_packs(tmp_path, [pack(1), pack(2), pack(3)])
    assert caught.value.code == "bundle_too_large"


def test_a_disk_that_fails_at_the_end_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pyrage swallows an error of its last write; a bundle must not pass for whole then.
    real = pyrage.encrypt_io

    def encrypt(reader: object, writer: object, recipients: object) -> None:
        file = writer._file  # type: ignore[attr-defined]
        writer._file = _FullDisk(file)  # type: ignore[attr-defined]
        real(reader, writer, recipients)

    monkeypatch.setattr("tillferry.formats._sealing.pyrage.encrypt_io", encrypt)
    with pytest.raises(OSError, match="full"):
        seal_packs(tmp_path, [pack(1)])
    assert list(tmp_path.iterdir()) == []


class _FullDisk:
    def __init__(self, file: io.BufferedWriter) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        raise OSError(28, "full")


# --- damage -------------------------------------------------------------------------------------


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    sealed = seal_packs(tmp_path, [pack(1)])
    content = sealed.path.read_bytes()
    victim = tmp_path / sealed.name
    for position in range(len(content)):
        torn = bytearray(content)
        torn[position] ^= 1 << position % 8
        victim.write_bytes(torn)
        assert code_of(victim, tmp_path) == "bundle_damaged"


def test_every_flipped_byte_is_noticed_without_a_name_that_tells(tmp_path: Path) -> None:
    sealed = seal_packs(tmp_path, [pack(1)])
    content = sealed.path.read_bytes()
    header = content.index(b"\n--- ") + 64
    victim = tmp_path / "renamed"
    for position in [*range(header), *range(header, len(content), 7), len(content) - 1]:
        torn = bytearray(content)
        torn[position] ^= 0x20
        victim.write_bytes(torn)
        expected = {"bundle_damaged"}
        if position < header:
            # Nobody can tell a damaged line for the recipient from one for somebody else.
            expected.add("bundle_not_for_us")
        assert code_of(victim, tmp_path) in expected


@pytest.mark.parametrize("renamed", [False, True])
def test_every_truncation_is_noticed(tmp_path: Path, renamed: bool) -> None:
    sealed = seal_packs(tmp_path, [pack(1)])
    content = sealed.path.read_bytes()
    victim = tmp_path / ("renamed" if renamed else sealed.name)
    for length in range(len(content)):
        victim.write_bytes(content[:length])
        assert code_of(victim, tmp_path) == "bundle_damaged"


@pytest.mark.parametrize("renamed", [False, True])
def test_something_appended_is_noticed(tmp_path: Path, renamed: bool) -> None:
    sealed = seal_packs(tmp_path, [pack(1)])
    victim = tmp_path / ("renamed" if renamed else sealed.name)
    victim.write_bytes(sealed.path.read_bytes() + b"\0")
    assert code_of(victim, tmp_path) == "bundle_damaged"


def test_damage_in_a_large_bundle_is_noticed(tmp_path: Path) -> None:
    sealed = seal_packs(tmp_path, [pack(1, os.urandom(9_000_000))])
    content = bytearray(sealed.path.read_bytes())
    content[5_000_000] ^= 1
    for name in (sealed.name, "renamed"):
        (tmp_path / name).write_bytes(content)
        assert code_of(tmp_path / name, tmp_path) == "bundle_damaged"
    (tmp_path / "short").write_bytes(sealed.path.read_bytes()[: 65536 * 130])
    assert code_of(tmp_path / "short", tmp_path) == "bundle_damaged"


def test_the_name_under_which_it_came_and_the_hash_that_is_known_count(tmp_path: Path) -> None:
    sealed = seal_packs(tmp_path, [pack(1)])
    archived = tmp_path / "archived"
    archived.write_bytes(sealed.path.read_bytes())
    with open_bundle(
        archived, recipient=OFFICE, scratch=tmp_path, name=sealed.name, sha256=sealed.sha256
    ) as bundle:
        assert bundle.sha256 == sealed.sha256
    assert code_of(archived, tmp_path, name=bundle_name("1001", 1, "0" * 64)) == "bundle_damaged"
    assert code_of(archived, tmp_path, name=sealed.name, sha256="0" * 64) == "bundle_damaged"


# --- strangers ----------------------------------------------------------------------------------


def test_a_bundle_for_another_office_cannot_be_opened(tmp_path: Path) -> None:
    stranger = pyrage.x25519.Identity.generate()
    sealed = seal_packs(tmp_path, [pack(1)], recipient_age=str(stranger.to_public()))
    assert code_of(sealed.path, tmp_path) == "bundle_not_for_us"


def test_an_endless_age_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"age-encryption.org/v1\n" + b"-> X25519 a\n" * 100_000)
    assert code_of(tmp_path / "x", tmp_path) == "bundle_damaged"


def test_a_name_of_another_version_is_told_apart(tmp_path: Path) -> None:
    sealed = seal_packs(tmp_path, [pack(1)])
    for version, code in ((2, "bundle_version_newer"), (0, "bundle_version_older")):
        path = tmp_path / sealed.name.replace("tf1-", f"tf{version}-")
        path.write_bytes(sealed.path.read_bytes())
        assert code_of(path, tmp_path) == code


# --- well sealed, but not what it says ----------------------------------------------------------


Members = list[tuple[str, bytes]]


def forge(folder: Path, change: Callable[[Members], Members]) -> Path:
    """A bundle whose members were changed by somebody who knows the office's public key."""
    sealed = seal_packs(folder, [pack(1), pack(2)])
    plain = pyrage.decrypt(sealed.path.read_bytes(), [OFFICE.identity])
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        members = [(one.name, tar.extractfile(one).read()) for one in tar]  # type: ignore[union-attr]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in change(members):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    content = buffer.getvalue().rstrip(b"\0")
    # ``tarfile`` fills up to 10 KB; a bundle ends with two empty blocks.
    content += bytes(-len(content) % 512 + 1024)
    path = folder / "forged"
    path.write_bytes(pyrage.encrypt(content, [OFFICE.identity.to_public()]))
    return path


def signed(data: bytes, key: TillKeys = TILL) -> Members:
    return [("manifest.json", data), ("manifest.sig", bytes.fromhex(key.sign(data)))]


def changed_json(members: Members, old: bytes, new: bytes) -> Members:
    data = members[0][1].replace(old, new)
    assert data != members[0][1]
    return signed(data) + members[2:]


def test_a_forged_bundle_without_changes_is_a_bundle(tmp_path: Path) -> None:
    path = forge(tmp_path, lambda members: members)
    manifest, found = read_all(path, tmp_path)
    assert len(found) == len(manifest.closings) == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda m: changed_json(m, b'"version":1', b'"version":2'), "bundle_version_newer"),
        (lambda m: changed_json(m, b'"version":1', b'"version":0'), "bundle_version_older"),
        (lambda m: changed_json(m, b'"version":1', b'"version":1.5'), "bundle_manifest_invalid"),
        (lambda m: changed_json(m, b'"version":1', b'"version":true'), "bundle_manifest_invalid"),
        (lambda m: changed_json(m, b'"version":1', b'"version": 1'), "bundle_manifest_invalid"),
        (lambda m: changed_json(m, b'"z_nr":2', b'"z_nr":1'), "bundle_manifest_invalid"),
        (lambda m: changed_json(m, b'"recipient"', b'"receiver"'), "bundle_manifest_invalid"),
        (lambda m: changed_json(m, b"tillferry bundle", b"other"), "bundle_manifest_invalid"),
        (lambda m: signed(b"[" * 100_000) + m[2:], "bundle_manifest_invalid"),
        (lambda m: signed(b"\xff") + m[2:], "bundle_manifest_invalid"),
        (lambda m: [m[0], ("manifest.sig", bytes(64)), *m[2:]], "bundle_signature_wrong"),
        (lambda m: signed(m[0][1], TillKeys.create()) + m[2:], "bundle_signature_wrong"),
        (
            lambda m: [(m[0][0], m[0][1].replace(b'"z_nr":2', b'"z_nr":3')), *m[1:]],
            "bundle_signature_wrong",
        ),
        (lambda m: m[1:], "bundle_manifest_invalid"),
        (lambda m: m[:1] + m[2:], "bundle_manifest_invalid"),
        (lambda m: [], "bundle_manifest_invalid"),
        (lambda m: [*m, ("closings/000000003.tar.zst", b"x")], "bundle_manifest_invalid"),
        (lambda m: m[:3], "bundle_pack_missing"),
        (lambda m: m[:2], "bundle_pack_missing"),
        (lambda m: [*m[:2], m[3], m[2]], "bundle_pack_missing"),
        (lambda m: [*m[:3], ("../../etc/passwd", m[3][1])], "bundle_pack_missing"),
        (lambda m: [*m[:3], (m[3][0], m[3][1][:-1] + b"x")], "bundle_pack_damaged"),
    ],
)
def test_what_is_not_as_the_manifest_says_has_its_own_code(
    tmp_path: Path, change: Callable[[Members], Members], code: str
) -> None:
    assert code_of(forge(tmp_path, change), tmp_path) == code


def test_a_bad_pack_does_not_hide_the_others(tmp_path: Path) -> None:
    path = forge(tmp_path, lambda m: [*m[:2], (m[2][0], bytes(len(m[2][1]))), m[3]])
    with open_bundle(path, recipient=OFFICE, scratch=tmp_path) as bundle:
        with pytest.raises(TillferryError) as caught:
            bundle.pack(0)
        assert caught.value.code == "bundle_pack_damaged"
        assert caught.value.params["z_nr"] == "1"
        assert [data for _, data in bundle.packs(start=1)] == [pack(2).data]


@pytest.mark.parametrize(
    "packed",
    [
        zstandard.compress(bytes(50_000_000)),
        zstandard.compress(b"short"),
        zstandard.ZstdCompressor(write_content_size=False).compress(b"x" * 100),
        zstandard.compress(b"x" * 100) + b"more",
        b"no frame at all",
    ],
    ids=["bomb", "short", "unknown size", "more behind", "no frame"],
)
def test_a_signed_pack_that_unpacks_to_something_else_is_damaged(
    tmp_path: Path, packed: bytes
) -> None:
    def change(members: Members) -> Members:
        head = head_as_sealed(pack(1).head)
        closing = SealedClosing(
            head, pack(1).digests, {}, hashlib.sha256(packed).hexdigest(), len(packed), 100
        )
        manifest = Manifest(
            "1001", INSTALLATION, 1, "", "1000", head.z_erstellung, TILL.public_key, "", (closing,)
        )
        return [*signed(manifest_bytes(manifest)), (closing.pack_name, packed)]

    assert code_of(forge(tmp_path, change), tmp_path) == "bundle_pack_damaged"


def test_a_file_larger_than_any_stick_takes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = seal_packs(tmp_path, [pack(1)])
    monkeypatch.setattr("tillferry.formats._opening.MAX_BUNDLE_BYTES", 100)
    assert code_of(sealed.path, tmp_path) == "bundle_too_large"


def test_sealing_stops_where_the_stick_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tillferry.formats._stream.MAX_BUNDLE_BYTES", 100)
    with pytest.raises(TillferryError) as caught:
        seal_packs(tmp_path, [pack(1)])
    assert caught.value.code == "bundle_too_large"
    assert list(tmp_path.iterdir()) == []


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x.tfb",
        "tf1-1001-1-" + "0" * 32 + ".tfb",
        "tf1-1001-000001-" + "0" * 31 + ".tfb",
        "tf1-1001-000001-" + "0" * 32 + ".tfb\n",
        "tf1-10/1-000001-" + "0" * 32 + ".tfb",
        ".tmp-tf1-1001-000001-" + "0" * 32 + ".tfb",
    ],
)
def test_other_names_are_no_bundles(name: str) -> None:
    with pytest.raises(TillferryError) as caught:
        parse_name(name)
    assert caught.value.code == "bundle_name_invalid"


@given(
    st.from_regex(r"[0-9A-Za-z_-]{1,20}", fullmatch=True, alphabet=st.characters(codec="ascii")),
    st.integers(1, 999_999_999),
    st.binary(min_size=32, max_size=32),
)
@settings(max_examples=50, deadline=None)
def test_names_come_back_and_fit_fat(customer: str, sequence: int, sha256: bytes) -> None:
    name = bundle_name(customer, sequence, sha256.hex())
    told = parse_name(name)
    assert (told.customer_number, told.sequence) == (customer, sequence)
    assert sha256.hex().startswith(told.hash_start)
    assert len(name) < 100 and not set(name) & set('\\/:*?"<>|+,;=[] ')
