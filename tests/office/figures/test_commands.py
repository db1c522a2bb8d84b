"""The commands: a figure on the screen and in a file, and saved reports."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.e2e.world import World
from tests.office.admin import managing
from tests.office.test_mail import Mailbox, smtp_server
from tillferry import cli
from tillferry.office.figures import FIGURES
from tillferry.office.mail import save_mail
from tillferry.sample import serial

DAYS = ("--from", "2026-10-19", "--to", "2026-10-20")
Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with smtp_server() as found:
        yield found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, box: Mailbox) -> World:
    """For all tests of this file, which leave it as it was."""
    world = World(tmp_path_factory.mktemp("world"))
    for number in (1, 2):
        world.add_till(number)
        world.close(number, 1, 2)
        world.send(number, world.stick("a"))
    world.bring(world.stick("a"))
    with managing(world) as (office, _):
        save_mail(office.home, box.settings)
    return world


@pytest.fixture
def run(world: World, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    def running(*arguments: str, lang: str = "en") -> tuple[int, str]:
        home = ("--home", str(world.office))
        status = cli.run(["--lang", lang, "office", *arguments, *home])
        shown = capfdbinary.readouterr()
        return status, (shown.out + shown.err).decode()

    return running


def test_without_a_name_all_figures_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    for lang, words in (("de", "Was fehlt: "), ("en", "Left out: ")):
        assert cli.run(["--lang", lang, "office", "report"]) == 0
        shown = capsys.readouterr().out
        assert [name for name in FIGURES if f"{name}  " in shown] == list(FIGURES)
        assert shown.count(words) == len(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_as_a_table(run: Run, name: str) -> None:
    status, german = run("report", name, *DAYS, lang="de")
    assert status == 0 and "19.10.2026 – 20.10.2026" in german
    status, english = run("report", name, *DAYS)
    assert status == 0 and "19 Oct 2026 – 20 Oct 2026" in english


def test_a_table_has_the_numbers_of_its_language_and_a_total(run: Run) -> None:
    said = json.loads(run("report", "turnover_by_till", *DAYS, "--format", "json")[1])
    whole, cents = said["totals"][0]["gross"].split(".")
    lines = run("report", "turnover_by_till", *DAYS, lang="de")[1].splitlines()
    assert lines[0].startswith("Umsatz nach Kasse")
    assert lines[-1].startswith("Summe") and f"{int(whole):,}".replace(",", ".") in lines[-1]
    assert f",{cents[:2]}" in lines[-1]
    assert len(lines) == 5


def test_some_tills_only(run: Run) -> None:
    for name in ("1002", serial(2)):
        status, text = run("report", "closings", *DAYS, "--till", name, "--format", "json")
        rows = json.loads(text)["rows"]
        assert status == 0 and {row["till"] for row in rows} == {"1002"} and len(rows) == 2, name
    both = run("report", "closings", *DAYS, *("--till", "1001", "--till", "1002"))[1]
    assert "Bar 1" in both and "Bar 2" in both


def test_files(run: Run, tmp_path: Path) -> None:
    shown = run("report", "vat", *DAYS, "--format", "csv", lang="de")[1]
    assert shown.startswith("\ufeffUSt-Schlüssel;USt-Satz;") and ",00" in shown
    for form in ("csv", "xlsx", "parquet", "json"):
        # The ending of the file is enough.
        target = tmp_path / f"vat.{form}"
        status, told = run("report", "vat", *DAYS, "--out", str(target))
        assert status == 0 and str(target) in told
        assert target.stat().st_size
    assert "target_exists" in run("report", "vat", *DAYS, "--out", str(target))[1]
    written = json.loads(target.read_text())
    assert written["rows"] == pq_rows(tmp_path / "vat.parquet")


def pq_rows(path: Path) -> list[dict[str, object]]:
    rows = pq.read_table(io.BytesIO(path.read_bytes())).to_pylist()
    plain = {"gross", "net", "vat", "ust_satz"}
    return [
        {name: f"{value:.2f}" if name in plain else value for name, value in row.items()}
        for row in rows
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("profit", *DAYS), "figure_unknown"),
        (("vat", *DAYS, "--till", "9999"), "till_not_found"),
        (("vat", "--from", "2026-10-19"), "period_needs_both"),
        (("vat", "--from", "19.10.2026", "--to", "2026-10-20"), "since_invalid"),
        (("vat", "--from", "2026-10-20", "--to", "2026-10-19"), "period_reversed"),
        (("vat", "--from", "1900-01-01", "--to", "2026-10-19"), "figure_period_too_long"),
        (("vat", *DAYS, "--format", "pdf"), "report_format_unknown"),
        (("vat", *DAYS, "--format", "xlsx"), "report_needs_file"),
        (("vat", *DAYS, "--out", "vat.pdf"), "report_format_unknown"),
        (("vat", *DAYS, "--out", "/no/such/vat.csv"), "target_not_writable"),
    ],
)
def test_what_cannot_be_asked_is_said(run: Run, arguments: tuple[str, ...], code: str) -> None:
    status, told = run("report", *arguments)
    assert status == 1 and code in told


def test_a_home_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--lang", "en", "office", "report", "vat", *DAYS]) == 2
    assert "--home" in capsys.readouterr().err


def test_saved_reports(run: Run, box: Mailbox) -> None:
    assert run("report-list")[1] == "There are no reports that go out as mail.\n"
    to = ("--to", "chefin@example.com")
    status, told = run("report-save", "Bargeld", "cash", *to, "--schedule", "weekly")
    assert status == 0 and "Bargeld" in told and "06:00" in told
    run("report-save", "Zeiten", "working_times", *to, "--period", "last_month", "--hour", "7")
    listed = run("report-list")[1]
    assert "Working times" in listed and "last month" in listed
    kept = json.loads(run("report-list", "--json")[1])["reports"]
    assert [each["name"] for each in kept] == ["Bargeld", "Zeiten"]
    assert "T06:00+" in kept[0]["next"] and kept[1]["lang"] == "en"

    assert run("report-send") == (0, "No report is due.\n")
    status, told = run("report-send", "--now", "Bargeld")
    assert (status, told) == (0, 'The report "Bargeld" is sent to chefin@example.com.\n')
    assert len(box.mails) == 1
    box.refusing = True
    status, told = run("report-send", "--now", "Bargeld")
    assert status == 3 and "mail_not_sent" in told
    assert "report_not_found" in run("report-send", "--now", "nobody")[1]

    box.refusing = False
    for name in ("Bargeld", "Zeiten"):
        assert run("report-remove", name)[0] == 0
    assert "report_not_found" in run("report-remove", "Bargeld")[1]


@pytest.mark.parametrize(
    ("option", "code"),
    [
        (("--period", "tomorrow"), "report_word_unknown"),
        (("--schedule", "hourly"), "report_word_unknown"),
        (("--hour", "24"), "report_hour_invalid"),
        (("--format", "table"), "report_format_unknown"),
        (("--outlet", "X"), "outlet_not_found"),
        (("--till", "X"), "till_not_found"),
    ],
)
def test_what_cannot_be_saved_is_said(run: Run, option: tuple[str, ...], code: str) -> None:
    status, told = run("report-save", "Bericht", "cash", "--to", "a@example.com", *option)
    assert status == 1 and code in told
    assert json.loads(run("report-list", "--json")[1]) == {"reports": []}
