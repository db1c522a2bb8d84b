"""The register's commands: the first as processes of their own, the others in this one."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.command import Done, tillferry
from tests.e2e.world import World
from tests.till.register.helpers import ANNA, BEN, QUICK_HASHER, key, sale
from tillferry import cli
from tillferry.till.home import open_home
from tillferry.till.register.register import Register
from tillferry.wiring.register import opened_register
from tillferry.wiring.setting_up import set_up

DOCUMENT = {
    "format": "tillferry-book",
    "version": 1,
    "receipts": [
        {
            "id": "r1",
            "employee": "1",
            "lines": [{"article": "1006"}],
            "payments": [{"cash": "10.00"}],
        }
    ],
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A demo bar on today's date."""
    path = tmp_path / "till"
    set_up(path, demo=True)
    return path


Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command of ``tillferry till`` in this process."""

    def run_here(*arguments: str | Path) -> Done:
        status = cli.run(["--lang", "en", "till", *map(str, arguments)])
        shown = capsys.readouterr()
        return Done(status, shown.out, shown.err)

    return run_here


def sell_and_close(home: Path) -> str:
    """Gives the business day."""
    with opened_register(home) as opened:
        opened.register.sales.sell(key(), ANNA, sale("3001"))
        closed = opened.close_day(BEN)
    assert closed is not None
    return closed.business_day


def test_sell_within_a_minute(tmp_path: Path) -> None:
    home = tmp_path / "till"
    made = tillferry("till", "init", "--demo", "--home", home)
    assert made.status == 0 and "1111" in made.out and "recovery" in made.out
    with Register.open(home, hasher=QUICK_HASHER) as register:
        assert register.people.sign_in("1", "1111").name == "Anna"
        assert len(register.masters.articles()) > 10


def test_book_close_and_hand_over(tmp_path: Path) -> None:
    world = World(tmp_path / "chain")
    home, stick = world.till(1), world.stick("a")
    set_up(home, world.enrolment(1), demo=True)
    document = tmp_path / "day.json"
    document.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    assert tillferry("till", "book", document, "--home", home, "--json").json["booked"] == ["r1"]
    assert tillferry("till", "book", document, "--home", home, "--json").json["known"] == ["r1"]
    closed = tillferry(
        "till", "close", "--home", home, "--stick", stick, "--count", "9,00", "--backup", "--json"
    )
    assert closed.status == 0
    assert closed.json["closing"] | {"closed_at": "", "business_day": ""} == {
        "z_nr": 1,
        "business_day": "",
        "closed_at": "",
        "receipts": 2,
        "gross": "9.00",
        "book_cash": "9.50",
        "counted": "9.00",
        "difference": "-0.50",
    }
    assert closed.json["handover"]["state"] == "backup_done"
    assert closed.json["waiting"] == [1]
    assert world.bring(stick).states == [("1001", 1, "imported")]
    told = tillferry("till", "close", "--home", home, "--stick", stick)
    assert "acknowledged: Z 1" in told.out and "You can remove it now" in told.err
    status = tillferry("till", "status", "--home", home, "--json").json
    assert status["waiting"] == [] and status["acknowledged_at"]


def test_a_document_that_is_refused_books_nothing(run: Run, home: Path, tmp_path: Path) -> None:
    document = tmp_path / "day.json"
    document.write_text(json.dumps(DOCUMENT | {"receipts": [{"id": "r1"}]}), encoding="utf-8")
    done = run("book", document, "--home", home)
    assert done.status == 1 and "nothing was booked" in done.err and "receipts[0]" in done.err


def test_a_stick_that_is_not_there_keeps_nobody_from_closing(
    run: Run, home: Path, tmp_path: Path
) -> None:
    with opened_register(home) as opened:
        opened.register.sales.sell(key(), ANNA, sale("3001"))
    done = run("close", "--home", home, "--stick", tmp_path / "none", "--json")
    assert done.status == 3
    assert done.json["closing"]["z_nr"] == 1
    assert done.json["handover"]["state"] == "failed"
    assert "carrier_not_found" in done.err


def test_send_a_day_again(run: Run, home: Path) -> None:
    day = sell_and_close(home)
    typed = day.replace("-", "")
    done = run("resend", typed, "--without-time", "--home", home, "--json")
    assert done.json == {"business_day": day, "closings": [1], "with_time": False}
    for wrong, code in (("20200101", "resend_day_unknown"), ("yesterday", "resend_day_wrong")):
        refused = run("resend", wrong, "--home", home)
        assert refused.status == 1 and code in refused.err


def test_reports_and_export(run: Run, home: Path, tmp_path: Path) -> None:
    day = sell_and_close(home)
    made = run("report", "--z", "1", "--home", home, "--json").json
    assert (made["turnover"], made["closings"]) == ("4.50", [1])
    assert run("report", "--home", home, "--json").json["receipts"] == 0
    shown = run("report", "--z", "1", "--home", home, "--csv").out
    assert shown.startswith("section;name;count;gross;vat")
    times = run("report", "--times", day, day, "--home", home)
    assert times.status == 0 and "Nobody" in times.out
    assert run("report", "--z", "1", "--x", "--home", home).status == 2
    assert "closing_unknown" in run("report", "--z", "9", "--home", home).err
    out = tmp_path / "out.zip"
    assert run("export", out, "--home", home).status == 0
    with zipfile.ZipFile(out) as archive:
        assert {"index.xml", "cashpointclosing.csv"} <= set(archive.namelist())
    assert "target_exists" in run("export", out, "--home", home).err


def test_back_up_and_restore(run: Run, home: Path, tmp_path: Path) -> None:
    sell_and_close(home)
    file, saved, new = tmp_path / "copy.tfk", tmp_path / "key.txt", tmp_path / "new"
    assert run("backup", "--home", home, "--to", file).status == 0
    assert run("recovery-key", "--home", home, "--out", saved).status == 0
    assert "AGE-SECRET-KEY-1" in saved.read_text(encoding="utf-8")
    unopened = run("restore", "--from", file, "--home", new)
    assert unopened.status == 1 and "backup_key_missing" in unopened.err
    done = run("restore", "--from", file, "--key", saved, "--home", new, "--json")
    assert done.json["last_z"] == 1
    assert done.json["installation"] != open_home(home).settings.installation
    again = run("restore", "--from", file, "--key", saved, "--home", new)
    assert again.status == 1 and "restore_target_in_use" in again.err


def test_amounts_and_persons_that_cannot_be(run: Run, home: Path) -> None:
    assert run("close", "--home", home, "--count", "ten").status == 2
    assert "role_missing" in run("close", "--home", home, "--by", ANNA).err


def test_a_till_that_nobody_set_up(run: Run, tmp_path: Path) -> None:
    set_up(tmp_path / "till")
    done = run("close", "--home", tmp_path / "till")
    assert done.status == 1 and "nobody_may_close" in done.err
