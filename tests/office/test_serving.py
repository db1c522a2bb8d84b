"""Serving beyond this machine: what is refused, what is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.certificates import write_certificate
from tests.e2e.world import World
from tillferry.errors import TillferryError
from tillferry.office.serving import SETTINGS_FILE, Serving, check_serving, load_serving
from tillferry.wiring import office_admin
from tillferry.wiring.office import opened_office
from tillferry.wiring.serving import Wish, served

NOW = datetime.now(UTC)


def _refused(settings: Serving) -> str:
    with pytest.raises(TillferryError) as refused:
        check_serving(settings, NOW)
    return refused.value.code


def _with(folder: Path, name: str = "zentrale.example") -> Serving:
    certificate, key = write_certificate(folder, name)
    return Serving("0.0.0.0", (), str(certificate), str(key))


def test_this_machine_alone_needs_nothing() -> None:
    assert check_serving(Serving(), NOW).names == {"127.0.0.1", "localhost"}
    assert check_serving(Serving(), NOW).address(8700) == "http://127.0.0.1:8700/"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.10", "::"])
def test_nothing_is_served_unencrypted(host: str) -> None:
    assert _refused(Serving(host, ("zentrale.example",))) == "serving_not_encrypted"


def test_the_names_of_the_certificate_count_until_others_are_given(tmp_path: Path) -> None:
    settings = _with(tmp_path)
    found = check_serving(settings, NOW)
    assert found.names == {"zentrale.example", "127.0.0.1", "localhost"}
    assert found.address(443) == "https://zentrale.example:443/"
    named = check_serving(replace(settings, names=("kasse.example",)), NOW)
    assert "zentrale.example" not in named.names and "kasse.example" in named.names


def test_behind_a_proxy_the_name_has_to_be_said() -> None:
    assert _refused(Serving("0.0.0.0", behind_proxy=True)) == "serving_needs_name"
    assert check_serving(Serving("0.0.0.0", ("a.example",), behind_proxy=True), NOW).names


def test_a_certificate_for_nothing_but_any_name_needs_one(tmp_path: Path) -> None:
    settings = _with(tmp_path, "*.example")
    assert _refused(settings) == "serving_needs_name"
    assert check_serving(replace(settings, names=("a.example",)), NOW).names >= {"a.example"}


@pytest.mark.parametrize("name", ["https://a.example", "a.example:443", "", "a..b", "ä.example"])
def test_a_name_is_only_a_name(name: str) -> None:
    assert _refused(Serving(names=(name,))) == "serving_name_invalid"


def test_an_address_is_an_address() -> None:
    assert _refused(Serving("zentrale.example")) == "serving_host_invalid"


def test_a_certificate_that_is_none(tmp_path: Path) -> None:
    settings = _with(tmp_path)
    assert _refused(replace(settings, certificate=settings.key)) == "certificate_not_readable"
    missing = replace(settings, certificate=str(tmp_path / "none.pem"))
    assert _refused(missing) == "certificate_not_readable"
    assert _refused(replace(settings, key="")) == "serving_needs_both"
    assert _refused(replace(settings, certificate="")) == "serving_needs_both"


def test_a_key_that_is_none_locked_or_of_another(tmp_path: Path) -> None:
    settings = _with(tmp_path)
    wrong = replace(settings, key=settings.certificate)
    assert _refused(wrong) == "certificate_key_not_readable"
    _, locked = write_certificate(tmp_path / "locked", passphrase=b"geheim")
    assert _refused(replace(settings, key=str(locked))) == "certificate_key_not_readable"
    _, other = write_certificate(tmp_path / "other")
    assert _refused(replace(settings, key=str(other))) == "certificate_key_differs"


def test_a_certificate_out_of_its_time(tmp_path: Path) -> None:
    past, key = write_certificate(
        tmp_path / "past", begins=timedelta(days=-9), ends=timedelta(days=-1)
    )
    assert _refused(Serving(certificate=str(past), key=str(key))) == "certificate_expired"
    later, key = write_certificate(tmp_path / "later", begins=timedelta(days=2))
    assert _refused(Serving(certificate=str(later), key=str(key))) == "certificate_not_yet_valid"


def test_one_that_ends_soon_is_told(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path, ends=timedelta(days=30))
    found = check_serving(Serving(certificate=str(certificate), key=str(key)), NOW)
    assert not found.ends_soon(NOW)
    assert found.ends_soon(NOW + timedelta(days=15))


def test_what_is_kept_holds_until_something_else_is_said(tmp_path: Path) -> None:
    home = World(tmp_path).office
    certificate, key = write_certificate(tmp_path / "tls", "zentrale.example")
    wish = Wish("0.0.0.0", ("Kasse.Example.",), certificate, key)
    who = office_admin.actor("Rita")
    served(home, wish, who)
    assert not (home / SETTINGS_FILE).exists()
    served(home, wish, who, keep=True)
    again = served(home, Wish(), who).settings
    assert again == Serving("0.0.0.0", ("kasse.example",), str(certificate), str(key))
    assert served(home, Wish("localhost"), who).settings.host == "127.0.0.1"
    with opened_office(home, read_only=True) as office:
        last = office_admin.records(office).log(0, 100)[-1].entry
    assert (last.action, last.person) == ("serving_kept", "Rita")


def test_what_is_refused_is_not_kept(tmp_path: Path) -> None:
    home = World(tmp_path).office
    with pytest.raises(TillferryError):
        served(home, Wish("0.0.0.0"), office_admin.actor("Rita"), keep=True)
    assert not (home / SETTINGS_FILE).exists()


def test_damaged_settings(tmp_path: Path) -> None:
    home = World(tmp_path).office
    (home / SETTINGS_FILE).write_text('{"host": 1}')
    with opened_office(home, read_only=True) as office:
        with pytest.raises(TillferryError) as refused:
            load_serving(office.home)
    assert refused.value.code == "settings_damaged"
