from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.bundles import INSTALLATION, TILL
from tillferry.closing.model import ClosingHead
from tillferry.closing.tables import PARTS, TABLES
from tillferry.errors import TillferryError
from tillferry.formats.manifest import (
    Manifest,
    SealedClosing,
    check_recipient,
    find_fork,
    manifest_bytes,
    parse_manifest,
)

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
numbers = st.from_regex(r"[0-9A-Za-z_-]{1,20}", fullmatch=True)
# From the second day on: two hours earlier there is no year that UTC could name.
moments = st.datetimes(datetime(1, 1, 2)).map(lambda moment: moment.isoformat() + "+02:00")


@st.composite
def closings(draw: st.DrawFn, z_nr: int) -> SealedClosing:
    parts = tuple(part for part in PARTS if draw(st.booleans()) or part == "bookings")
    names = [table.name for table in TABLES if table.part in parts]
    head = ClosingHead(
        taxpayer=draw(texts),
        serial=draw(texts),
        z_kasse_id=draw(texts),
        z_erstellung=draw(moments),
        z_nr=z_nr,
        business_day=draw(st.dates()),
        parts=parts,
    )
    return SealedClosing(
        head=head,
        digests={part: draw(hashes) for part in parts},
        rows=draw(st.dictionaries(st.sampled_from(names), st.integers(1, 2**40), max_size=5)),
        sha256=draw(hashes),
        size_bytes=draw(st.integers(1, 2**29)),
        unpacked_bytes=draw(st.integers(0, 2**29)),
    )


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    z_nrs = draw(st.lists(st.integers(1, 999_999_999), unique=True, max_size=3))
    return Manifest(
        customer_number=draw(numbers),
        installation=draw(numbers).replace("_", "-"),
        bundle_sequence=draw(st.integers(1, 999_999_999)),
        previous_sha256=draw(hashes | st.just("")),
        recipient=draw(numbers),
        created_at=draw(moments),
        public_key=draw(hashes),
        proof=draw(hashes | st.just("")),
        closings=tuple(draw(closings(z_nr)) for z_nr in z_nrs),
    )


@given(manifests())
@settings(max_examples=60, deadline=None)
def test_any_manifest_comes_back(manifest: Manifest) -> None:
    data = manifest_bytes(manifest)
    assert parse_manifest(data) == manifest
    assert manifest_bytes(parse_manifest(data)) == data


MANIFEST = Manifest(
    "1001",
    INSTALLATION,
    3,
    "ab" * 32,
    "1000",
    "2026-07-02T06:00:00+02:00",
    TILL.public_key,
    "",
    (
        SealedClosing(
            ClosingHead(
                "181", "S 1", "Kasse Süd", "2026-07-01T23:00:00+02:00", 4, date(2026, 7, 1)
            ),
            {"bookings": "cd" * 32},
            {"lines": 9},
            "ef" * 32,
            100,
            900,
        ),
    ),
)


def test_the_text_is_canonical() -> None:
    data = manifest_bytes(MANIFEST)
    assert data.startswith(b'{"bundle_sequence":3,"closings":[{"business_day":"2026-07-01",')
    assert "Kasse Süd".encode() in data
    assert b'"pack":"closings/000000004.tar.zst"' in data
    assert b" " not in data.replace(b"Kasse S", b"").replace(b"S 1", b"").replace(
        b"tillferry bundle", b""
    )


def defect(change: object, where: tuple[str | int, ...]) -> str:
    """The code that a manifest gives in which one value was replaced (or left out: ``...``)."""
    value = json.loads(manifest_bytes(MANIFEST))
    inner = value
    for step in where[:-1]:
        inner = inner[step]
    if change is ...:
        del inner[where[-1]]
    else:
        inner[where[-1]] = change
    data = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    with pytest.raises(TillferryError) as caught:
        parse_manifest(data.encode("utf-8", "surrogatepass"))
    return caught.value.code


@pytest.mark.parametrize("name", sorted(json.loads(manifest_bytes(MANIFEST))))
@pytest.mark.parametrize("change", [..., None, 1.5, [], {}, "\0", -1, 10**400, True])
def test_every_field_is_checked(name: str, change: object) -> None:
    if (name, change) == ("closings", []):
        return
    expected = "bundle_manifest_invalid"
    assert defect(change, (name,)) == expected


@pytest.mark.parametrize("name", sorted(json.loads(manifest_bytes(MANIFEST))["closings"][0]))
@pytest.mark.parametrize("change", [..., None, 1.5, [], "\0", -1, 10**400, True, "x" * 2000])
def test_every_field_of_a_closing_is_checked(name: str, change: object) -> None:
    assert defect(change, ("closings", 0, name)) == "bundle_manifest_invalid"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ("more", ("more",)),
        ("more", ("closings", 0, "more")),
        ({}, ("closings", 0, "digests")),
        ({"bookings": "cd" * 32, "weather": "cd" * 32}, ("closings", 0, "digests")),
        ({"bookings": "CD" * 32}, ("closings", 0, "digests")),
        ({"nowhere": 1}, ("closings", 0, "rows")),
        ({"time_entries": 1}, ("closings", 0, "rows")),
        ({"lines": 0}, ("closings", 0, "rows")),
        ("closings/000000005.tar.zst", ("closings", 0, "pack")),
        ("20260701", ("closings", 0, "business_day")),
        ("2026-07-01T23:00:00", ("closings", 0, "z_erstellung")),
        ("1" * 21, ("customer_number",)),
        ("../..", ("installation",)),
        ("\ud800", ("closings", 0, "serial")),
        (600 * 1024 * 1024, ("closings", 0, "unpacked_bytes")),
    ],
)
def test_what_this_version_does_not_know_is_refused(
    change: object, where: tuple[str | int, ...]
) -> None:
    assert defect(change, where) == "bundle_manifest_invalid"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b'{"format":"tillferry bundle","version":1}',
        b"\xef\xbb\xbf" + manifest_bytes(MANIFEST),
        manifest_bytes(MANIFEST) + b"\n",
        manifest_bytes(MANIFEST).replace("ü".encode(), b"\\u00fc"),
        manifest_bytes(MANIFEST).replace(b'"proof":"",', b'"proof":"","proof":"",'),
        b'{"a":' * 100_000,
        b'{"version":NaN}',
    ],
)
def test_what_is_not_canonical_is_refused(data: bytes) -> None:
    with pytest.raises(TillferryError) as caught:
        parse_manifest(data)
    assert caught.value.code == "bundle_manifest_invalid"


def test_another_version_is_told_apart_before_anything_else() -> None:
    for version, code in ((2, "bundle_version_newer"), (0, "bundle_version_older")):
        data = b'{"format":"tillferry bundle","version":%d,"what":"ever"}' % version
        with pytest.raises(TillferryError) as caught:
            parse_manifest(data)
        assert caught.value.code == code


def test_a_digest_for_each_part_is_needed() -> None:
    closing = MANIFEST.closings[0]
    head = replace(closing.head, parts=("bookings", "time"))
    with pytest.raises(TillferryError) as caught:
        manifest_bytes(replace(MANIFEST, closings=(replace(closing, head=head),)))
    assert caught.value.code == "bundle_manifest_invalid"


def test_a_bundle_for_another_office_is_refused() -> None:
    check_recipient(MANIFEST, "1000")
    with pytest.raises(TillferryError) as caught:
        check_recipient(MANIFEST, "2000")
    assert caught.value.code == "bundle_wrong_recipient"


# --- the chain ----------------------------------------------------------------------------------

KNOWN = {1: "a1" * 32, 2: "a2" * 32, 4: "a4" * 32}


@pytest.mark.parametrize(
    ("sequence", "own", "previous"),
    [
        (5, "a5", "a4"),
        (3, "a3", "a2"),
        (9, "a9", "a8"),
        (2, "a2", "a1"),
    ],
    ids=["next", "found again", "gap", "seen before"],
)
def test_what_fits_the_chain_is_no_fork(sequence: int, own: str, previous: str) -> None:
    manifest = replace(MANIFEST, bundle_sequence=sequence, previous_sha256=previous * 32)
    assert find_fork(manifest, own * 32, KNOWN) == 0


@pytest.mark.parametrize(
    ("sequence", "own", "previous", "other"),
    [
        (2, "b2", "a1", 2),
        (5, "b5", "b4", 4),
        (6, "b6", "a4", 4),
        (3, "b3", "a1", 2),
        (5, "b5", "", 4),
    ],
    ids=["same number", "after another", "skips a number", "same predecessor", "begins anew"],
)
def test_what_does_not_fit_the_chain_is_a_fork(
    sequence: int, own: str, previous: str, other: int
) -> None:
    manifest = replace(MANIFEST, bundle_sequence=sequence, previous_sha256=previous * 32)
    assert find_fork(manifest, own * 32, KNOWN) == other


def test_a_first_bundle_is_no_fork() -> None:
    manifest = replace(MANIFEST, bundle_sequence=1, previous_sha256="")
    assert find_fork(manifest, "a1" * 32, {}) == 0
