"""The commands of the books: what they write and say, and how they exit."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.closing.build import batch_of, day
from tests.e2e.command import Done
from tests.e2e.world import World
from tests.office.admin import export_of
from tests.office.books.conftest import days
from tests.office.books.test_exports import FIRST
from tillferry import cli
from tillferry.sample import serial

Run = Callable[..., Done]
DAYS = ("--from", FIRST.isoformat(), "--to", FIRST.replace(day=FIRST.day + 2).isoformat())
JULY = ("--from", "2026-07-01", "--to", "2026-07-31")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command of ``tillferry office`` in this process."""

    def run_here(world: World, *arguments: str | Path, lang: str = "en") -> Done:
        words = ["--lang", lang, "office", *map(str, arguments), "--home", str(world.office)]
        status = cli.run(words)
        shown = capsys.readouterr()
        return Done(status, shown.out, shown.err)

    return run_here


def test_exports_of_days_and_of_numbers(shared: World, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    told = run(shared, "export", out, *DAYS)
    assert told.status == 0 and "1001: 3 closings (Z 1-3)." in told.out
    assert zipfile.ZipFile(out).namelist() == ["1001.zip", "1002.zip"]
    one = run(shared, "export", out, *DAYS, "--till", serial(2))
    assert one.status == 0 and "transactions.csv" in zipfile.ZipFile(out).namelist()
    assert run(shared, "export", out, *DAYS, "--till", "1002", "--apart").status == 0
    assert zipfile.ZipFile(out).namelist() == ["1002.zip"]
    numbers = run(shared, "export", out, "--till", "1001", "--from-z", "2")
    assert numbers.status == 0 and "2 closings (Z 2 to 3)" in numbers.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (DAYS[:2], "period_needs_both"),
        ((*DAYS, "--from-z", "1"), "period_or_numbers"),
        ((), "till_needed"),
        (("--till", "1001", "--till", "1002"), "till_needed"),
        (("--from", "soon", "--to", "2026-01-01"), "since_invalid"),
        (("--from", "2026-01-02", "--to", "2026-01-01"), "period_reversed"),
        (("--from", "2020-01-01", "--to", "2020-01-02"), "nothing_in_period"),
    ],
)
def test_what_no_export_can_be_made_of(
    shared: World, run: Run, tmp_path: Path, arguments: tuple[str, ...], code: str
) -> None:
    told = run(shared, "export", tmp_path / "out.zip", *arguments)
    assert told.status == 1 and f"({code})" in told.err
    assert not (tmp_path / "out.zip").exists()


def test_originals_are_written_and_faults_told(chain: World, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    told = run(chain, "originals", out, *DAYS)
    assert told.status == 0 and "2 originals of 6 closings" in told.out
    for file in (chain.office / "archive").rglob("*"):
        if file.is_file():
            file.unlink()
    told = run(chain, "originals", out, *DAYS, "--till", "1001")
    assert told.status == 3 and "archive_file_missing" in told.out


def test_datev_from_a_preset_to_a_batch(chain: World, run: Run, tmp_path: Path) -> None:
    def accounts(*arguments: str) -> Done:
        told = run(chain, "datev-accounts", *arguments)
        assert told.status == 0, told.err
        return told

    out = tmp_path / "datev"
    assert "(datev_not_set_up)" in run(chain, "datev", out, *DAYS).err
    assert "(datev_not_set_up)" in run(chain, "datev-accounts", "show").err
    assert "(datev_not_set_up)" in run(chain, "datev-accounts", "set", "--client", "2").err
    accounts("preset", "skr04", "--consultant", "29098", "--client", "55003")
    accounts("case", "TrinkgeldAN", "-")
    refused = run(chain, "datev", out, *DAYS)
    assert refused.status == 3 and not out.exists()
    assert "no account is set for TrinkgeldAN" in refused.out and "Nothing written" in refused.out
    accounts("case", "TrinkgeldAN", "1371")
    accounts("case", "Umsatz", "4402", "--vat", "19", "--till", "1002", "--tax-key", "3")
    accounts("payment", "Bar", "1610", "--till", "1002")
    accounts("cost-centre", "1002", "SUED")
    accounts("set", "--initials", "ab", "--finalise", "--rounding", "6305", "--agency", "1372")
    shown = json.loads(accounts("show", "--json").out)
    assert shown["client"] == 55003 and shown["finalise"] is True
    assert {"till": "1002", "name": "SUED"} in shown["cost_centres"]
    assert "1610" in accounts("show").out
    told = run(chain, "datev", out, *DAYS, "--till", "1002")
    assert told.status == 0 and "bookings" in told.out
    (file,) = out.iterdir()
    header, *rows = file.read_bytes().decode("cp1252").split("\r\n")
    assert header.startswith('"EXTF";700;21;"Buchungsstapel";13;')
    assert '"AB";1;0;1;"EUR"' in header
    bookings = list(csv.DictReader(io.StringIO("\r\n".join(rows), newline=""), delimiter=";"))
    used = {each["Konto"] for each in bookings}
    used |= {each["Gegenkonto (ohne BU-Schlüssel)"] for each in bookings}
    assert {"4402", "1610", "3630"} <= used and not used & {"1600", "1370"}
    assert {each["KOST1 - Kostenstelle"] for each in bookings} == {"SUED"}
    accounts("set", "--rounding", "-", "--no-finalise")
    accounts("cost-centre", "1002", "-")
    assert json.loads(accounts("show", "--json").out)["rounding_account"] == ""
    for wrong, code in (
        (("preset", "skr49", "--consultant", "1001", "--client", "1"), "datev_preset_unknown"),
        (("set", "--consultant", "7"), "datev_setting_invalid"),
        (("case", "Umsatz", "44"), "datev_account_invalid"),
        (("payment", "Keine", "-"), "datev_rule_not_found"),
    ):
        told = run(chain, "datev-accounts", *wrong)
        assert told.status == 1 and f"({code})" in told.err


def test_working_times(shared: World, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    told = run(shared, "payroll", out, *DAYS, lang="de")
    assert "Arbeitstage von 4 Personen" in told.out
    assert told.status == (3 if "kein Ende" in told.out else 0)
    assert out.read_bytes().startswith(b"\xef\xbb\xbfPersonalnummer;")
    assert run(shared, "payroll", out, *DAYS, "--encoding", "cp1252").status == told.status
    assert out.read_bytes().startswith(b"Employee number;")
    wrong = run(shared, "payroll", out, *DAYS, "--encoding", "ebcdic")
    assert wrong.status == 1 and "(encoding_unknown)" in wrong.err


def test_checks_name_receipts_to_people_and_programs(
    empty: World, run: Run, tmp_path: Path
) -> None:
    rows = day(30)
    rows["cash_per_currency"][0]["zahlart_betrag_waeh"] += 1
    rows["transactions"][2]["ums_brutto"] += 3
    empty.bring(export_of(tmp_path / "exports", batch_of(rows)), accept_new_tills=True)
    told = run(empty, "bookcheck", *JULY)
    assert told.status == 3
    assert "Till SER-1, Z 1 of 2026-07-01:" in told.out and "more" in told.out
    for_programs = run(empty, "bookcheck", *JULY, "--json")
    assert for_programs.status == 3
    (closing,) = for_programs.json["found"]
    by_code = {each["code"]: each for each in closing["findings"]}
    assert by_code["receipt_sum_differs"]["receipts"] == ["3"]
    assert by_code["cash_differs"]["receipt_count"] > 10
    assert by_code["cash_differs"]["hint"]


def test_checks_of_good_books(shared: World, run: Run) -> None:
    told = run(shared, "bookcheck", *DAYS, "--till", "1001")
    assert told.status == 0 and "3 closings checked: everything adds up." in told.out
    assert run(shared, "bookcheck", *DAYS, "--json").json == {
        "closings": 6,
        "stopped": False,
        "found": [],
    }


def test_receipts_are_searched_and_shown(shared: World, run: Run) -> None:
    found = run(shared, "receipts", "--till", "1001", "--z", "2", "--json", "--limit", "500")
    receipts = found.json["receipts"]
    assert len(receipts) == days(1, 2).rows("transactions")
    for lang in ("de", "en"):
        shown = run(shared, "receipts", "--text", "eis", "--limit", "3", lang=lang)
        assert shown.status == 0 and "--limit" in shown.out
    nothing = run(shared, "receipts", "--number", "999999")
    assert nothing.status == 0 and "No receipt found." in nothing.out
    assert "(amount_invalid)" in run(shared, "receipts", "--amount", "viel").err
    some = run(shared, "receipts", "--amount", receipts[3]["gross"], "--from", DAYS[1], "--json")
    assert receipts[3]["bon_id"] in [each["bon_id"] for each in some.json["receipts"]]


def test_every_receipt_of_a_day_can_be_shown(shared: World, run: Run) -> None:
    rows = days(1, 2).table("transactions").to_pylist()
    of_bon = {row["bon_id"]: row for row in rows}
    cancellation = next(row["bon_id"] for row in rows if row["bon_storno"] == "1")
    customer = next((row["bon_id"] for row in rows if row["kunde_name"]), cancellation)
    for bon_id in {cancellation, customer, rows[0]["bon_id"], rows[5]["bon_id"]}:
        words = ("receipt", "--till", "1001", "--z", "2", "--bon", bon_id)
        german, english = run(shared, *words, lang="de"), run(shared, *words)
        assert german.status == english.status == 0
        assert f"Beleg {bon_id}" in german.out and f"receipt {bon_id}" in english.out
        value = run(shared, *words, "--json").json
        assert value["bon_id"] == bon_id and value["till"] == "1001"
        assert Decimal(value["gross"]) * 100 == of_bon[bon_id]["ums_brutto"]
        assert "public_key" not in value and "enrolment_secret" not in str(value)
    told = run(shared, "receipt", "--till", "1001", "--z", "2", "--bon", cancellation)
    assert "This is a cancellation." in told.out and "Names Transaktion" in told.out
    assert run(shared, "receipt", "--till", "1001", "--z", "8", "--bon", "1").status == 1
