"""DATEV from the journal: what is booked against a plain computation, fiscal years, settings."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.closing.build import batch_of, day, head_of
from tests.e2e.world import World
from tests.office.admin import CLERK, actions, export_of, opened, refused
from tests.office.books.conftest import days
from tests.office.books.test_exports import FIRST, period
from tillferry.closing.model import ClosingBatch
from tillferry.office.datev import (
    CaseAccount,
    CostCentre,
    DatevResult,
    DatevSettings,
    PaymentAccount,
    check_settings,
    make_batches,
    preset,
    save_datev,
    with_case,
    with_cost_centre,
    with_payment,
)
from tillferry.office.datev import batches as batches_module
from tillferry.office.period import Period, chosen_tills
from tillferry.wiring import bookkeeping

SKR03 = preset("skr03", 29098, 55003)
CREATED = datetime(2026, 11, 27, 12, tzinfo=UTC)


def made(world: World, asked: Period, *tills: str, settings: DatevSettings = SKR03) -> DatevResult:
    with world.opened() as office:
        return make_batches(
            office.journal,
            settings,
            chosen_tills(office.journal, tills),
            asked,
            name="Test",
            created_at=CREATED,
        )


def bookings(result: DatevResult) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for file in result.files:
        _, *lines = file.data.decode("cp1252").split("\r\n")
        found += csv.DictReader(io.StringIO("\r\n".join(lines), newline=""), delimiter=";")
    return found


def accounts(result: DatevResult) -> dict[tuple[str, str], Decimal]:
    """What each Belegfeld 1 has on each account: debit above zero."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for each in bookings(result):
        amount = Decimal(each["Umsatz (ohne Soll/Haben-Kz)"].replace(",", "."))
        if each["Soll/Haben-Kennzeichen"] == "H":
            amount = -amount
        found[each["Belegfeld 1"], each["Konto"]] += amount
        found[each["Belegfeld 1"], each["Gegenkonto (ohne BU-Schlüssel)"]] -= amount
    return {key: amount for key, amount in found.items() if amount}


# The accounts of SKR03 as a bookkeeper would write them down for the sample's cases.
REVENUE = {1: "8400", 2: "8300", 5: "8200"}
OTHERS = {
    "TrinkgeldAN": "1590",
    "MehrzweckgutscheinKauf": "1700",
    "MehrzweckgutscheinEinloesung": "1700",
    "Geldtransit": "1360",
}


def expected(batch: ClosingBatch, number: str) -> Mapping[tuple[str, str], Decimal]:
    """Plain Python over the rows: each position to its account, each payment to its own."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for index, head in enumerate(batch.heads):
        rows: dict[str, list[dict[str, Any]]] = {
            name: batch.closing_rows(name, index).to_pylist()
            for name in ("transactions", "lines", "lines_vat", "datapayment")
        }
        beleg = f"{number}-Z{head.z_nr}"
        counted = {row["bon_id"] for row in rows["transactions"] if row["bon_typ"] == "Beleg"}
        line = {(row["bon_id"], row["pos_zeile"]): row for row in rows["lines"]}
        floats = Decimal(0)
        for row in rows["lines_vat"]:
            of = line[row["bon_id"], row["pos_zeile"]]
            gross = Decimal(row["pos_brutto"]).scaleb(-5)
            if row["bon_id"] not in counted:
                continue
            if of["gv_typ"] == "Anfangsbestand":
                floats += gross
            elif of["agentur_id"]:
                found[beleg, "1590"] -= gross
            else:
                account = OTHERS.get(of["gv_typ"]) or REVENUE[row["ust_schluessel"]]
                found[beleg, account] -= gross
        for row in rows["datapayment"]:
            if row["bon_id"] in counted and row["zahlart_typ"] != "Keine":
                account = "1000" if row["zahlart_typ"] == "Bar" else "1360"
                found[beleg, account] += Decimal(row["basiswaeh_betrag"]).scaleb(-2)
        found[beleg, "1000"] -= floats
    return {key: amount for key, amount in found.items() if amount}


def test_what_is_booked_is_what_was_sold(both: World) -> None:
    result = made(both, period(1, 3))
    assert result.findings == () and result.closings == 6
    assert accounts(result) == {
        **expected(days(1, 1, 2, 3), "1001"),
        **expected(days(2, 1, 2, 3), "1002"),
    }
    (file,) = result.files
    assert file.postings == len(bookings(result))
    assert all(each["Konto"] != each["Gegenkonto (ohne BU-Schlüssel)"] for each in bookings(result))
    assert made(both, period(1, 3)) == result


def test_only_the_days_and_tills_that_were_asked_for(both: World) -> None:
    result = made(both, period(2, 2), "1002")
    assert accounts(result) == expected(days(2, 2), "1002")
    (file,) = result.files
    assert {each["Belegdatum"] for each in bookings(result)} == {f"{FIRST + timedelta(1):%d%m}"}
    assert (
        file.name
        == f"EXTF_Buchungsstapel_{FIRST + timedelta(1):%Y%m%d}_{FIRST + timedelta(1):%Y%m%d}.csv"
    )
    with refused("nothing_in_period"):
        made(both, period(20, 30))


def test_cash_on_several_accounts_is_read_from_the_floats_own_receipts(both: World) -> None:
    split = with_payment(SKR03, PaymentAccount("Bar", "1010", currency="CHF"))
    result = made(both, period(1, 3), settings=split)
    assert result.findings == ()
    whole, parts = accounts(made(both, period(1, 3))), accounts(result)
    francs = {key: amount for key, amount in parts.items() if key[1] == "1010"}
    assert francs
    for (beleg, account), amount in whole.items():
        if account == "1000":
            assert parts[beleg, "1000"] + francs.get((beleg, "1010"), 0) == amount


def test_a_period_over_the_years_end_gives_a_batch_for_each_year(both: World) -> None:
    start = f"{FIRST + timedelta(1):%m-%d}"
    result = made(both, period(1, 3), "1001", settings=replace(SKR03, fiscal_year_start=start))
    before, after = result.files
    assert before.fiscal_year == (FIRST + timedelta(1)).replace(year=FIRST.year - 1)
    assert after.fiscal_year == FIRST + timedelta(1)
    assert (before.first, before.last) == (FIRST, FIRST)
    assert (after.first, after.last) == (FIRST + timedelta(1), FIRST + timedelta(2))
    for file in (before, after):
        header = file.data.decode("cp1252").split("\r\n")[0].split(";")
        assert header[12] == f"{file.fiscal_year:%Y%m%d}"
        assert header[14:16] == [f"{file.first:%Y%m%d}", f"{file.last:%Y%m%d}"]
    assert accounts(result) == expected(days(1, 1, 2, 3), "1001")


def test_a_batch_that_would_be_too_long_is_split_between_closings(
    both: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = made(both, period(1, 3))
    monkeypatch.setattr(batches_module, "MOST_POSTINGS", 40)
    parts = made(both, period(1, 3))
    assert len(parts.files) > 1 and all(file.postings <= 40 for file in parts.files)
    assert len({file.name for file in parts.files}) == len(parts.files)
    assert bookings(parts) == bookings(whole)
    closings = [
        {each["Belegfeld 1"] for each in bookings(replace(parts, files=(file,)))}
        for file in parts.files
    ]
    assert sum(len(each) for each in closings) == 6


def test_one_obstacle_keeps_everything_from_being_written(shared: World, tmp_path: Path) -> None:
    without = replace(
        SKR03, cases=tuple(each for each in SKR03.cases if each.gv_typ != "TrinkgeldAN")
    )
    result = made(shared, period(1, 3), settings=without)
    assert result.files == ()
    assert {(told.finding.code, dict(told.finding.params)["till"]) for told in result.findings} == {
        ("datev_case_without_account", "1001"),
        ("datev_case_without_account", "1002"),
    }
    assert all(told.closings >= 1 and told.first_z >= 1 for told in result.findings)


def test_a_closing_that_does_not_add_up_is_named(empty: World, tmp_path: Path) -> None:
    good, bad = day(6), day(6)
    bad["datapayment"][2]["basiswaeh_betrag"] += 3
    second = {"business_day": date(2026, 7, 2), "z_erstellung": "2026-07-02T22:00:00+02:00"}
    heads = (head_of(1), head_of(2, **second))
    told = empty.bring(
        export_of(tmp_path / "exports", batch_of(good, bad, heads=heads)), accept_new_tills=True
    )
    assert [state for *_, state in told.states] == ["imported", "imported"]
    july = Period(date(2026, 7, 1), date(2026, 7, 31))
    (obstacle,) = made(empty, july).findings
    assert obstacle.finding.code == "datev_unbalanced" and obstacle.first_z == 2
    assert dict(obstacle.finding.params)["difference"] == "0.03"
    assert made(empty, Period(date(2026, 7, 1), date(2026, 7, 1))).findings == ()
    rounded = made(empty, july, settings=replace(SKR03, rounding_account="2309"))
    assert rounded.findings == ()
    assert accounts(rounded)["SER-1-Z2", "2309"] == Decimal("-0.03")


def test_days_on_which_nothing_moved_give_no_batch(empty: World, tmp_path: Path) -> None:
    rows = day(1)
    told = empty.bring(export_of(tmp_path / "exports", batch_of(rows)), accept_new_tills=True)
    assert [state for *_, state in told.states] == ["imported"]
    result = made(empty, Period(date(2026, 7, 1), date(2026, 7, 1)))
    assert (result.closings, result.files, result.findings) == (1, (), ())


def test_a_closing_without_its_sums_is_told_instead_of_left_out(
    empty: World, tmp_path: Path
) -> None:
    empty.bring(export_of(tmp_path / "exports", days(1, 1, 2)), accept_new_tills=True)
    with closing(sqlite3.connect(empty.office / "journal.sqlite")) as database, database:
        database.execute("DELETE FROM closing_sums WHERE z_nr = 2")
    with refused("sums_missing"):
        made(empty, period(1, 2))
    assert made(empty, period(1, 1)).closings == 1


# --- settings -----------------------------------------------------------------------------------


def test_settings_are_kept_and_logged(empty: World) -> None:
    settings = with_cost_centre(
        with_payment(
            with_case(SKR03, CaseAccount("Umsatz", "8402", "19 %", "Eis", "1001", "3")),
            PaymentAccount("Bar", "10001", till="1002"),
        ),
        CostCentre("1001", "NORD"),
    )
    with opened(empty) as office:
        assert bookkeeping.datev_settings(office) is None
        with refused("datev_not_set_up"):
            bookkeeping.book_datev(office, period(1, 1))
        bookkeeping.set_datev(office, settings, CLERK)
        assert bookkeeping.datev_settings(office) == settings
    assert actions(empty) == ["datev_set_up"]


def test_rules_take_each_others_place_and_can_be_taken_away() -> None:
    rule = CaseAccount("Umsatz", "8402", "19")
    settings = with_case(SKR03, rule)
    assert len(settings.cases) == len(SKR03.cases) and rule in settings.cases
    assert with_case(settings, replace(rule, vat="19,00 %")).cases[-1].vat == "19,00 %"
    fewer = with_case(settings, replace(rule, account=""))
    assert len(fewer.cases) == len(SKR03.cases) - 1
    with refused("datev_rule_not_found"):
        with_case(fewer, replace(rule, account=""))
    with refused("datev_rule_not_found"):
        with_payment(SKR03, PaymentAccount("Keine", ""))
    with refused("datev_rule_not_found"):
        with_cost_centre(SKR03, CostCentre("1", ""))


@pytest.mark.parametrize("name", ["skr03", "skr04"])
@pytest.mark.parametrize("length", [4, 5, 8])
def test_presets_are_good_settings_of_any_length(name: str, length: int) -> None:
    settings = preset(name, 1001, 99999, account_length=length)
    assert check_settings(settings) is settings
    assert settings.chart == name[-2:]
    assert {len(each.account) for each in settings.cases} == {length}
    with refused("datev_preset_unknown"):
        preset("skr49", 1001, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"consultant": 1000},
        {"consultant": 1001.0},
        {"client": True},
        {"finalise": "yes"},
        {"consultant": 10_000_000},
        {"client": 0},
        {"client": 100_000},
        {"account_length": 3},
        {"fiscal_year_start": "02-29"},
        {"fiscal_year_start": "13-01"},
        {"fiscal_year_start": "1-1"},
        {"chart": "49"},
        {"initials": "ABC"},
        {"clearing_account": "8400"},
        {"cases": (CaseAccount("Anfangsbestand", "1000"),)},
        {"cases": (CaseAccount("Unfug", "1000"),)},
        {"cases": (CaseAccount("Umsatz", "8400", "neunzehn"),)},
        {"cases": (CaseAccount("Umsatz", "8400", "NaN"),)},
        {"cases": (CaseAccount("Umsatz", "8400", "#"),)},
        {"cases": (CaseAccount("Umsatz", "8400", tax_key="x"),)},
        {"payments": (PaymentAccount("Muscheln", "1000"),)},
        {"cost_centres": (CostCentre("1", "Ä"),)},
    ],
)
def test_what_datev_does_not_take_is_refused(change: dict[str, Any]) -> None:
    with refused("datev_setting_invalid"):
        check_settings(replace(SKR03, **change))


@pytest.mark.parametrize("account", ["", "84", "840000", "84x0", "0000", "８４００"])
def test_an_account_has_the_charts_length(account: str) -> None:
    with refused("datev_account_invalid"):
        check_settings(replace(SKR03, clearing_account=account))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"consultant": 1}', "null"])
def test_a_damaged_file_is_told(empty: World, text: str) -> None:
    with opened(empty) as office:
        save_datev(office.home, SKR03)
        (office.home.path / "datev.json").write_text(text)
        with refused("settings_damaged"):
            bookkeeping.datev_settings(office)
