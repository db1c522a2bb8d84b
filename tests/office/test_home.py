"""Head office's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tillferry.errors import TillferryError
from tillferry.office.home import (
    SETTINGS_FILE,
    OfficeSettings,
    check_customer_number,
    check_name,
    create_home,
    open_home,
)

SETTINGS = OfficeSettings("1000", "Zentrale Süd")


def code_of(error: pytest.ExceptionInfo[TillferryError]) -> str:
    return error.value.code


def test_home_comes_back_as_it_was_made(tmp_path: Path) -> None:
    made = create_home(tmp_path / "office", SETTINGS)
    assert open_home(tmp_path / "office") == made
    assert made.path.stat().st_mode & 0o777 == 0o700


def test_home_is_not_made_over_something(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TillferryError) as error:
        create_home(tmp_path, SETTINGS)
    assert code_of(error) == "home_not_empty"


def test_missing_and_damaged_homes_have_their_codes(tmp_path: Path) -> None:
    with pytest.raises(TillferryError) as error:
        open_home(tmp_path)
    assert code_of(error) == "office_home_not_found"
    for text in ("{", "[]", '{"unknown": 1}'):
        (tmp_path / SETTINGS_FILE).write_text(text)
        with pytest.raises(TillferryError) as error:
            open_home(tmp_path)
        assert code_of(error) == "settings_damaged"


def test_one_import_at_a_time(tmp_path: Path) -> None:
    home = create_home(tmp_path / "office", SETTINGS)
    with home.exclusive():
        with pytest.raises(TillferryError) as error, open_home(home.path).exclusive():
            pass
        assert code_of(error) == "office_busy"
    with home.exclusive():
        pass


@pytest.mark.parametrize("number", ["", "12 34", "../x", "1" * 21, "ä"])
def test_customer_numbers_that_are_none(number: str) -> None:
    with pytest.raises(TillferryError) as error:
        check_customer_number(number)
    assert code_of(error) == "customer_number_invalid"


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\nb"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(TillferryError) as error:
        check_name(name)
    assert code_of(error) == "name_invalid"
