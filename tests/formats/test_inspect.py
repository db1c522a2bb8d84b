from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.formats.bundles import OFFICE, SECRET, pack, seal_packs
from tests.formats.test_documents import ENROLMENT, LETTER
from tillferry.errors import TillferryError
from tillferry.formats.documents import write_enrolment, write_letter
from tillferry.formats.inspect import inspect_file
from tillferry.formats.keys import OfficeKeys


def test_a_bundle_tells_its_outside_without_a_key(tmp_path: Path) -> None:
    sealed = seal_packs(tmp_path, [pack(3)], sequence=4)
    assert inspect_file(sealed.path) == {
        "kind": "bundle",
        "name": sealed.name,
        "size_bytes": sealed.size_bytes,
        "sha256": sealed.sha256,
        "name_matches": True,
        "opened": False,
        "version": 1,
        "customer_number": "1001",
        "sequence": 4,
    }


def test_a_bundle_tells_everything_with_the_key(tmp_path: Path) -> None:
    sealed = seal_packs(tmp_path, [pack(3), pack(4)], sequence=4)
    found = json.loads(json.dumps(inspect_file(sealed.path, OFFICE)))
    assert found["opened"] is True
    assert (found["recipient"], found["answers_enrolment"]) == ("1000", True)
    assert [one["z_nr"] for one in found["closings"]] == [3, 4]
    assert [one["pack"] for one in found["closings"]] == ["good", "good"]
    assert found["closings"][0]["business_day"] == "2026-07-01"


def test_a_renamed_bundle_is_still_a_bundle(tmp_path: Path) -> None:
    sealed = seal_packs(tmp_path, [pack(3)])
    path = sealed.path.rename(tmp_path / "renamed")
    found = inspect_file(path, OFFICE)
    assert (found["kind"], found["name_matches"], found["opened"]) == ("bundle", None, True)


def test_a_torn_bundle_says_what_is_wrong(tmp_path: Path) -> None:
    sealed = seal_packs(tmp_path, [pack(3)])
    sealed.path.write_bytes(sealed.path.read_bytes()[:-1])
    assert inspect_file(sealed.path)["name_matches"] is False
    found = inspect_file(sealed.path, OFFICE)
    assert found["opened"] is False
    assert found["error"]["code"] == "bundle_damaged"  # type: ignore[index]


def test_another_offices_bundle_says_so(tmp_path: Path) -> None:
    sealed = seal_packs(tmp_path, [pack(3)])
    found = inspect_file(sealed.path, OfficeKeys.create())
    assert found["error"]["code"] == "bundle_not_for_us"  # type: ignore[index]


def test_a_letter_is_shown(tmp_path: Path) -> None:
    path = write_letter(tmp_path, LETTER, OFFICE)
    for keys, state in ((None, "unchecked"), (OFFICE, "right"), (OfficeKeys.create(), "wrong")):
        found = json.loads(json.dumps(inspect_file(path, keys)))
        assert (found["kind"], found["signature"]) == ("letter", state)
        assert found["through"] == [[1, 40], [42, 43]]
        assert found["rejected"] == [{"z_nr": 44, "code": "digest_differs"}]
        assert found["last_bundle"] == {"sequence": 9, "sha256": "ab" * 32}


def test_an_enrolment_is_shown_without_its_secret(tmp_path: Path) -> None:
    path = tmp_path / "bar.json"
    write_enrolment(path, ENROLMENT, OFFICE)
    text = json.dumps(inspect_file(path))
    found = json.loads(text)
    assert (found["kind"], found["name"], found["till_name"]) == (
        "enrolment",
        "bar.json",
        "Strandbar Nord",
    )
    assert SECRET not in text


def test_what_is_not_ours_is_left_to_the_callback(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK")
    for other in (path, tmp_path):
        found = inspect_file(other, export=lambda seen: {"kind": "export", "name": seen.name})
        assert found == {"kind": "export", "name": other.name}
        with pytest.raises(TillferryError) as caught:
            inspect_file(other)
        assert caught.value.code == "file_of_unknown_kind"
