"""The till's folder, and how it is set up from an enrolment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.till.chain import Chain
from tillferry.errors import TillferryError
from tillferry.formats.documents import Enrolment, write_enrolment
from tillferry.formats.keys import OfficeKeys, TillKeys
from tillferry.till.home import SETTINGS_FILE, open_home
from tillferry.wiring.till import init_till


def enrolment(office: OfficeKeys, number: str = "1001", serial: str = "") -> Enrolment:
    return Enrolment(
        "1000",
        "Zentrale",
        office.age,
        office.public_key,
        number,
        "Nord",
        "cd" * 32,
        "2026-11-01T10:00:00+01:00",
        serial,
    )


def written(folder: Path, office: OfficeKeys, **changes: str) -> Path:
    path = folder / f"{len(list(folder.iterdir()))}.enrolment"
    write_enrolment(path, enrolment(office, **changes), office)
    return path


def test_till_is_set_up_from_its_enrolment(tmp_path: Path) -> None:
    office = OfficeKeys.create()
    home = init_till(tmp_path / "till", written(tmp_path, office), "K-7")
    assert open_home(tmp_path / "till") == home
    assert (home.settings.customer_number, home.settings.serial) == ("1001", "K-7")
    assert (tmp_path / "till" / SETTINGS_FILE).stat().st_mode & 0o777 == 0o600
    assert TillKeys.load(home.keys).public_key


def test_enrolled_again_it_keeps_key_and_closings(tmp_path: Path) -> None:
    office = OfficeKeys.create()
    before = init_till(tmp_path / "till", written(tmp_path, office), "K-7")
    key = TillKeys.load(before.keys).public_key
    after = init_till(tmp_path / "till", written(tmp_path, office), "")
    assert TillKeys.load(after.keys).public_key == key
    assert after.settings == replace(before.settings, enrolment_secret="cd" * 32)


def test_another_tills_enrolment_is_refused(tmp_path: Path) -> None:
    office = OfficeKeys.create()
    init_till(tmp_path / "till", written(tmp_path, office), "K-7")
    with pytest.raises(TillferryError) as error:
        init_till(tmp_path / "till", written(tmp_path, office, number="1002"), "")
    assert error.value.code == "till_home_not_empty"


def test_serial_must_be_that_of_the_enrolment(tmp_path: Path) -> None:
    office = OfficeKeys.create()
    with pytest.raises(TillferryError) as error:
        init_till(tmp_path / "till", written(tmp_path, office, serial="K-7"), "K-8")
    assert error.value.code == "serial_differs"


def test_missing_and_damaged_homes_have_their_codes(tmp_path: Path, chain: Chain) -> None:
    with pytest.raises(TillferryError) as error:
        open_home(tmp_path / "nowhere")
    assert error.value.code == "till_home_not_found"
    (chain.home.path / SETTINGS_FILE).write_text("{")
    with pytest.raises(TillferryError) as error:
        open_home(chain.home.path)
    assert error.value.code == "till_settings_damaged"
