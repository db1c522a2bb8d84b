from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.bundles import CREATED_AT, OFFICE, SECRET
from tillferry.closing.ranges import to_ranges
from tillferry.errors import TillferryError, message
from tillferry.formats.documents import (
    Enrolment,
    LastBundle,
    Letter,
    Resend,
    enrolment_bytes,
    letter_bytes,
    letter_name,
    parse_enrolment,
    parse_letter,
    parse_letter_name,
    read_enrolment,
    read_letter,
    write_enrolment,
    write_letter,
)
from tillferry.formats.keys import OfficeKeys

ENROLMENT = Enrolment(
    office_number="1000",
    office_name="Zentrale",
    office_age=OFFICE.age,
    office_key=OFFICE.public_key,
    customer_number="1001",
    name="Strandbar Nord",
    secret=SECRET,
    created_at=CREATED_AT,
)
LETTER = Letter(
    office_number="1000",
    customer_number="1001",
    sequence=17,
    created_at=CREATED_AT,
    serial="TF-2026-000017",
    through=((1, 40), (42, 43)),
    missing=((41, 41),),
    resend=(Resend(12, ("time", "stock")),),
    last_bundle=LastBundle(9, "ab" * 32),
    rejected=((44, "digest_differs"),),
    needs_approval=True,
    settings={"idle_minutes": 5, "closing": {"at": "03:00"}},
    master_data={"articles": [{"no": "1", "name": "Weißbier 0,5 l", "price_cents": 480}]},
)


def letter_code(data: bytes, office_key: str = OFFICE.public_key, number: str = "1001") -> str:
    with pytest.raises(TillferryError) as caught:
        parse_letter(data, "letter", office_key=office_key, customer_number=number)
    assert "?" not in message(caught.value.code, "en", caught.value.params)
    return caught.value.code


def enrolment_code(data: bytes) -> str:
    with pytest.raises(TillferryError) as caught:
        parse_enrolment(data, "enrolment")
    assert "?" not in message(caught.value.code, "de", caught.value.params)
    return caught.value.code


def again(data: bytes, change: Callable[[dict[str, object]], object]) -> bytes:
    """A document in which something was changed, signed again by the office."""
    value = json.loads(data.split(b"\n")[0])
    change(value)
    body = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return body + b"\n" + OFFICE.sign(body).encode() + b"\n"


# --- there and back -----------------------------------------------------------------------------


def test_an_enrolment_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "enrolment.json"
    write_enrolment(path, ENROLMENT, OFFICE)
    assert read_enrolment(path) == ENROLMENT
    assert list(tmp_path.iterdir()) == [path]


def test_a_letter_comes_back(tmp_path: Path) -> None:
    path = write_letter(tmp_path, LETTER, OFFICE)
    assert path.name == "tl1-1001-000000017.tfl"
    found = read_letter(path, office_key=OFFICE.public_key, customer_number="1001")
    assert found == LETTER


def test_the_smallest_letter_comes_back() -> None:
    letter = Letter("1000", "1001", 1, CREATED_AT)
    data = letter_bytes(letter, OFFICE)
    assert parse_letter(data, office_key=OFFICE.public_key, customer_number="1001") == letter


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(
    held=st.sets(st.integers(1, 200)),
    missing=st.sets(st.integers(1, 999_999_999), max_size=20),
    settings_=st.dictionaries(
        st.text(st.characters(codec="ascii"), max_size=5), json_values, max_size=3
    ),
)
@settings(max_examples=40, deadline=None)
def test_any_letter_comes_back(
    held: set[int], missing: set[int], settings_: dict[str, object]
) -> None:
    letter = replace(
        LETTER, through=to_ranges(held), missing=to_ranges(missing), settings=settings_
    )
    data = letter_bytes(letter, OFFICE)
    assert data.count(b"\n") == 2
    assert parse_letter(data, office_key=OFFICE.public_key, customer_number="1001") == letter


def test_secrets_are_not_shown() -> None:
    assert SECRET not in repr(ENROLMENT)


# --- damage -------------------------------------------------------------------------------------


def test_every_truncation_and_flip_of_a_letter_is_noticed() -> None:
    data = letter_bytes(LETTER, OFFICE)
    for length in range(len(data)):
        assert letter_code(data[:length]) in {"document_damaged", "document_signature_wrong"}
    for position in range(len(data)):
        torn = bytearray(data)
        torn[position] ^= 1
        assert letter_code(bytes(torn)) in {
            "document_damaged",
            "document_signature_wrong",
            "document_wrong_kind",
            "document_version_older",
            "document_version_newer",
            "letter_not_for_us",
        }


def test_every_truncation_and_flip_of_an_enrolment_is_noticed() -> None:
    data = enrolment_bytes(ENROLMENT, OFFICE)
    for length in range(len(data)):
        assert enrolment_code(data[:length]) == "document_damaged"
    for position in range(len(data)):
        torn = bytearray(data)
        torn[position] ^= 1
        assert enrolment_code(bytes(torn)).startswith("document_")


def test_a_flipped_word_is_a_wrong_signature() -> None:
    assert (
        letter_code(letter_bytes(LETTER, OFFICE).replace(b"Wei", b"Mai"))
        == "document_signature_wrong"
    )
    assert (
        enrolment_code(enrolment_bytes(ENROLMENT, OFFICE).replace(b"Nord", b"West"))
        == "document_signature_wrong"
    )


# --- strangers ----------------------------------------------------------------------------------


def test_a_letter_of_another_office_is_refused() -> None:
    assert letter_code(letter_bytes(LETTER, OfficeKeys.create())) == "document_signature_wrong"


def test_a_letter_for_another_till_is_not_for_us() -> None:
    assert letter_code(letter_bytes(LETTER, OFFICE), number="1002") == "letter_not_for_us"


def test_kinds_are_not_mixed_up() -> None:
    assert letter_code(enrolment_bytes(ENROLMENT, OFFICE)) == "document_wrong_kind"
    assert enrolment_code(letter_bytes(LETTER, OFFICE)) == "document_wrong_kind"
    assert enrolment_code(b"age-encryption.org/v1\n") == "document_wrong_kind"


@pytest.mark.parametrize(
    ("version", "code"), [(0, "document_version_older"), (2, "document_version_newer")]
)
def test_versions_are_told_apart(version: int, code: str) -> None:
    def change(value: dict[str, object]) -> None:
        value["version"] = version
        value["something new"] = 1

    assert letter_code(again(letter_bytes(LETTER, OFFICE), change)) == code
    assert enrolment_code(again(enrolment_bytes(ENROLMENT, OFFICE), change)) == code


# --- well signed, but not what this version knows -----------------------------------------------


@pytest.mark.parametrize("name", sorted(json.loads(letter_bytes(LETTER, OFFICE).split(b"\n")[0])))
@pytest.mark.parametrize("change", [..., 1.5, "\0", -1, [1], [[2, 1]], {"a": 1.5}])
def test_every_field_of_a_letter_is_checked(name: str, change: object) -> None:
    def put(value: dict[str, object]) -> None:
        if change is ...:
            del value[name]
        else:
            value[name] = change

    # Whose letter it is comes before the signature and its other fields, but needs readable JSON.
    readable = change not in (1.5, {"a": 1.5})
    expected = "letter_not_for_us" if name == "customer_number" and readable else "document_damaged"
    assert letter_code(again(letter_bytes(LETTER, OFFICE), put)) == expected


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("through", [[1, 3], [3, 5]]),
        ("through", [[1, 3], [4, 5]]),
        ("through", [[0, 3]]),
        ("through", [[5, 6], [1, 2]]),
        ("missing", [[1, True]]),
        ("resend", [{"z_nr": 1, "parts": []}]),
        ("resend", [{"z_nr": 1, "parts": ["weather"]}]),
        ("resend", [{"z_nr": 1, "parts": ["time", "bookings"]}]),
        ("resend", [{"z_nr": 1, "parts": ["time"], "more": 1}]),
        ("rejected", [{"z_nr": 0, "code": "x"}]),
        ("last_bundle", {"sequence": 1}),
        ("more", 1),
    ],
)
def test_nonsense_in_a_letter_is_refused(name: str, change: object) -> None:
    data = again(letter_bytes(LETTER, OFFICE), lambda value: value.update({name: change}))
    assert letter_code(data) == "document_damaged"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("office_age", "age1nonsense"),
        ("customer_number", ""),
        ("secret", "5e"),
        ("created_at", "yesterday"),
        ("more", 1),
    ],
)
def test_nonsense_in_an_enrolment_is_refused(name: str, change: object) -> None:
    data = again(enrolment_bytes(ENROLMENT, OFFICE), lambda value: value.update({name: change}))
    assert enrolment_code(data) == "document_damaged"


def test_nonsense_is_not_written(tmp_path: Path) -> None:
    letters = [
        replace(LETTER, sequence=0),
        replace(LETTER, through=((3, 1),)),
        replace(LETTER, settings={"price": 1.5}),
        replace(LETTER, customer_number="10/01"),
        replace(LETTER, master_data={"x": "x" * 17_000_000}),
    ]
    for letter in letters:
        with pytest.raises(TillferryError) as caught:
            write_letter(tmp_path, letter, OFFICE)
        assert caught.value.code == "document_content_invalid"
    for enrolment in (
        replace(ENROLMENT, customer_number=""),
        replace(ENROLMENT, office_key="00" * 32),
        replace(ENROLMENT, name="x" * 2000),
    ):
        with pytest.raises(TillferryError) as caught:
            write_enrolment(tmp_path / "x", enrolment, OFFICE)
        assert caught.value.code == "document_content_invalid"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    for read in (
        lambda: read_enrolment(path),
        lambda: read_letter(path, office_key=OFFICE.public_key, customer_number="1001"),
    ):
        with pytest.raises(TillferryError) as caught:
            read()
        assert caught.value.code == "document_damaged"


# --- names --------------------------------------------------------------------------------------


def test_letter_names_come_back() -> None:
    told = parse_letter_name(letter_name(LETTER))
    assert (told.version, told.customer_number, told.sequence) == (1, "1001", 17)


@pytest.mark.parametrize("name", ["", "x.tfl", "tl1-1001-1.tfl", "tl1-1001-000000001.tfl\n"])
def test_other_names_are_no_letters(name: str) -> None:
    with pytest.raises(TillferryError) as caught:
        parse_letter_name(name)
    assert caught.value.code == "document_wrong_kind"
