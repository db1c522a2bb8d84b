"""One defect at a time in a true closing: what is found, how grave it is and where it is."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from tests.closing.build import Rows, batch_of, day, head_of
from tillferry.closing.checks import check, outcome
from tillferry.closing.model import Finding, Severity
from tillferry.errors import hint, message

ERROR, INCOMPLETE, WARNING = Severity.ERROR, Severity.INCOMPLETE, Severity.WARNING

Change = Callable[[Rows], None]
Place = tuple[str, int, str]

CASES: dict[str, tuple[Change, str, Severity, Place]] = {}


def case(code: str, severity: Severity, file: str, line: int = 0, column: str = "") -> Any:
    """The change below, made to ``day(6)``, must be found as ``code`` at that place."""

    def add(change: Change) -> Change:
        CASES[change.__name__] = (change, code, severity, (file, line, column))
        return change

    return add


def found_in(rows: Rows, **head: Any) -> tuple[Finding, ...]:
    return check(batch_of(rows, heads=(head_of(**head),)))[0]


def codes(findings: tuple[Finding, ...]) -> set[tuple[str, Severity]]:
    return {(found.code, found.severity) for found in findings}


# --- the closing itself -------------------------------------------------------------------------


@case("closing_row_missing", INCOMPLETE, "cashpointclosing.csv")
def no_closing_row(rows: Rows) -> None:
    rows["cashpointclosing"] = []


@case("closing_row_twice", ERROR, "cashpointclosing.csv", 3)
def two_closing_rows(rows: Rows) -> None:
    rows["cashpointclosing"] *= 2


@case("till_twice", ERROR, "cashregister.csv", 3)
def two_tills(rows: Rows) -> None:
    rows["cashregister"].append({"kasse_seriennr": "SER-2", "kasse_basiswaeh_code": "EUR"})


@case("first_receipt_absent", INCOMPLETE, "cashpointclosing.csv", 2, "Z_START_ID")
def first_receipt_elsewhere(rows: Rows) -> None:
    rows["cashpointclosing"][0]["z_start_id"] = "0"


@case("last_receipt_absent", INCOMPLETE, "cashpointclosing.csv", 2, "Z_ENDE_ID")
def last_receipt_elsewhere(rows: Rows) -> None:
    rows["cashpointclosing"][0]["z_ende_id"] = "7"


# --- is it all there ----------------------------------------------------------------------------


@case("receipt_twice", ERROR, "transactions.csv", 8, "BON_ID")
def receipt_twice(rows: Rows) -> None:
    rows["transactions"].append(dict(rows["transactions"][2]))


@case("position_twice", ERROR, "lines.csv", 11, "POS_ZEILE")
def position_twice(rows: Rows) -> None:
    rows["lines"].append(dict(rows["lines"][-1]))


@case("row_without_receipt", INCOMPLETE, "datapayment.csv", 4, "BON_ID")
def payment_of_no_receipt(rows: Rows) -> None:
    rows["datapayment"][2]["bon_id"] = "33"


@case("row_without_receipt", INCOMPLETE, "allocation_groups.csv", 2, "BON_ID")
def row_without_receipt_id(rows: Rows) -> None:
    rows["allocation_groups"] = [{"abrechnungskreis": "Tisch 1"}]


@case("row_without_position", INCOMPLETE, "lines_vat.csv", 5, "POS_ZEILE")
def vat_of_no_position(rows: Rows) -> None:
    rows["lines_vat"][3]["pos_zeile"] = "9"


@case("receipt_torn", INCOMPLETE, "transactions.csv", 4, "BON_ID")
def receipt_without_any_row(rows: Rows) -> None:
    for table in ("lines", "lines_vat", "transactions_vat"):
        rows[table] = [row for row in rows[table] if row["bon_id"] != "3"]


@case("receipt_torn", INCOMPLETE, "transactions.csv", 6, "BON_ID")
def last_lines_cut_off(rows: Rows) -> None:
    rows["lines"] = [row for row in rows["lines"] if int(row["bon_id"]) < 5]


@case("table_absent", WARNING, "lines_vat.csv")
def no_vat_of_positions(rows: Rows) -> None:
    rows["lines_vat"] = []


@case("table_absent", WARNING, "businesscases.csv")
def no_business_cases(rows: Rows) -> None:
    rows["businesscases"] = []


@case("vat_key_unknown", WARNING, "transactions_vat.csv", 2, "UST_SCHLUESSEL")
def vat_key_without_rate(rows: Rows) -> None:
    rows["transactions_vat"][0]["ust_schluessel"] = 8


@case("vat_key_unknown", WARNING, "subitems.csv", 2, "ZI_UST_SCHLUESSEL")
def vat_key_of_a_part_without_rate(rows: Rows) -> None:
    rows["subitems"] = [
        {"bon_id": "2", "pos_zeile": "1", "zi_art_nr": "1", "zi_menge": 1, "zi_ust_schluessel": 3}
    ]


@case("tse_unknown", WARNING, "transactions_tse.csv", 3, "TSE_ID")
def tse_without_master_data(rows: Rows) -> None:
    rows["transactions_tse"][1]["tse_id"] = 2


# --- sums of the closing ------------------------------------------------------------------------


@case("businesscases_differ", INCOMPLETE, "businesscases.csv", 3, "Z_UMS_BRUTTO")
def business_case_far_off(rows: Rows) -> None:
    rows["businesscases"][1]["z_ums_brutto"] += 100_000


@case("businesscases_differ", WARNING, "businesscases.csv", 3, "Z_UMS_BRUTTO")
def business_case_cents_off(rows: Rows) -> None:
    rows["businesscases"][1]["z_ums_brutto"] -= 5_000


@case("businesscases_differ", INCOMPLETE, "businesscases.csv", 0, "Z_UMS_BRUTTO")
def business_case_not_declared(rows: Rows) -> None:
    del rows["businesscases"][1]


@case("businesscase_names_differ", WARNING, "businesscases.csv", 3, "Z_UMS_BRUTTO")
def business_case_named_in_one_table_only(rows: Rows) -> None:
    rows["businesscases"][1]["gv_name"] = "Getränke"


@case("payments_differ", INCOMPLETE, "payment.csv", 2, "Z_ZAHLART_BETRAG")
def payment_far_off(rows: Rows) -> None:
    rows["payment"][0]["z_zahlart_betrag"] += 100
    rows["cashpointclosing"][0]["z_se_zahlungen"] += 100
    rows["cashpointclosing"][0]["z_se_barzahlungen"] += 100


@case("payments_differ", WARNING, "payment.csv", 2, "Z_ZAHLART_BETRAG")
def payment_cents_off(rows: Rows) -> None:
    rows["payment"][0]["z_zahlart_betrag"] += 5


@case("payment_names_differ", WARNING, "payment.csv", 3, "Z_ZAHLART_BETRAG")
def payment_named_in_one_table_only(rows: Rows) -> None:
    rows["payment"][1]["zahlart_name"] = "girocard"


@case("closing_total_differs", INCOMPLETE, "cashpointclosing.csv", 2, "Z_SE_ZAHLUNGEN")
def total_far_off(rows: Rows) -> None:
    rows["cashpointclosing"][0]["z_se_zahlungen"] += 6


@case("closing_total_differs", WARNING, "cashpointclosing.csv", 2, "Z_SE_BARZAHLUNGEN")
def cash_total_cents_off(rows: Rows) -> None:
    rows["cashpointclosing"][0]["z_se_barzahlungen"] -= 5


@case("closing_total_differs", INCOMPLETE, "cashpointclosing.csv", 2, "Z_SE_BARZAHLUNGEN")
def cash_total_without_the_opening_float(rows: Rows) -> None:
    rows["cashpointclosing"][0]["z_se_barzahlungen"] -= 10000


# --- single receipts ----------------------------------------------------------------------------


@case("receipt_sum_differs", WARNING, "transactions.csv", 3, "UMS_BRUTTO")
def receipt_a_cent_off(rows: Rows) -> None:
    rows["transactions"][1]["ums_brutto"] += 1


@case("position_price_differs", WARNING, "lines.csv", 5, "STK_BR")
def quantity_times_price_off(rows: Rows) -> None:
    rows["lines"][3]["menge"] = 2000


@case("cancellation_without_reference", WARNING, "transactions.csv", 4, "BON_STORNO")
def cancellation_of_nothing(rows: Rows) -> None:
    rows["transactions"][2]["bon_storno"] = "1"


@case("receipt_ends_before_start", WARNING, "transactions.csv", 4, "BON_ENDE")
def ends_before_start(rows: Rows) -> None:
    rows["transactions"][2]["bon_ende"] = "2026-07-01T10:01:59+02:00"


@case("receipt_ids_have_gaps", WARNING, "transactions.csv", 7, "BON_ID")
def receipt_left_out(rows: Rows) -> None:
    rename(rows, {"6": "8"})
    rows["cashpointclosing"][0]["z_ende_id"] = "8"


def rename(rows: Rows, names: dict[str, str]) -> None:
    for of in rows.values():
        for row in of:
            if "bon_id" in row:
                row["bon_id"] = names.get(row["bon_id"], row["bon_id"])


@case("tse_counter_repeated", WARNING, "transactions_tse.csv", 4, "TSE_TA_SIGZ")
def counter_repeated(rows: Rows) -> None:
    rows["transactions_tse"][2]["tse_ta_sigz"] = rows["transactions_tse"][1]["tse_ta_sigz"]


@case("tse_counter_backwards", WARNING, "transactions_tse.csv", 4, "TSE_TA_SIGZ")
def counter_backwards(rows: Rows) -> None:
    rows["transactions_tse"][2]["tse_ta_ende"] = "2026-07-01T08:59:00Z"


# --- single values ------------------------------------------------------------------------------


@case("field_missing", WARNING, "lines.csv", 4, "ARTIKELTEXT")
def no_article_text(rows: Rows) -> None:
    rows["lines"][2]["artikeltext"] = rows["lines"][4]["artikeltext"] = None


@case("value_unknown", WARNING, "transactions.csv", 7, "BON_TYP")
def unknown_receipt_type(rows: Rows) -> None:
    rows["transactions"][-1]["bon_typ"] = "bestellung"


@case("value_unknown", WARNING, "lines.csv", 9, "GV_TYP")
def unknown_business_case(rows: Rows) -> None:
    rows["lines"][7]["gv_typ"] = "Verkauf"


@case("value_unknown", WARNING, "datapayment.csv", 7, "ZAHLART_TYP")
def unknown_payment(rows: Rows) -> None:
    rows["datapayment"][-1]["zahlart_typ"] = "EC"


@case("number_too_large", ERROR, "lines.csv", 3, "STK_BR")
def number_too_large(rows: Rows) -> None:
    rows["lines"][1]["stk_br"] = -(10**14) - 1


# --- working times and stock --------------------------------------------------------------------


@case("entry_twice", WARNING, "stock_movements.csv", 3, "MOVEMENT_ID")
def movement_twice(rows: Rows) -> None:
    movement = {
        "movement_id": "1",
        "kind": "waste",
        "article_no": "1",
        "quantity": 1,
        "time": "2026-07-01T10:00:00Z",
    }
    rows["stock_movements"] = [movement, dict(movement)]


@case("work_ends_before_start", WARNING, "time_entries.csv", 2, "END")
def work_ends_before_start(rows: Rows) -> None:
    rows["time_entries"] = [
        {
            "entry_id": "1",
            "employee_id": "7",
            "start": "2026-07-01T10:00:00Z",
            "end": "2026-07-01T11:59:00+02:00",
        }
    ]


# --- the cases, run -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_a_defect_is_found_where_it_is(name: str) -> None:
    change, code, severity, place = CASES[name]
    rows = day(6)
    change(rows)
    found = found_in(rows)
    assert (code, severity, *place) in {
        (one.code, one.severity, one.file, one.line, one.column) for one in found
    }
    # Nothing graver is said of it.
    expected = {ERROR: "rejected", INCOMPLETE: "incomplete", WARNING: "good"}[severity]
    assert outcome(found) == expected


@pytest.mark.parametrize("name", CASES)
def test_every_finding_can_be_said_in_both_languages(name: str) -> None:
    rows = day(6)
    CASES[name][0](rows)
    for one in found_in(rows):
        params = dict(one.params)
        for lang in ("de", "en"):
            said = message(one.code, lang, params)
            assert said
            assert "{" not in said
            assert " ? " not in said
            if one.severity is not WARNING:
                assert hint(one.code, lang, params)


def test_there_is_a_case_for_every_text() -> None:
    text = (files("tillferry") / "messages" / "checks.toml").read_text(encoding="utf-8")
    elsewhere = {
        "more_findings",
        "z_nr_below_one",
        "serial_missing",
        "taxpayer_missing",
        "z_kasse_id_missing",
        "table_torn",
    }
    assert set(tomllib.loads(text)) == {code for _, code, _, _ in CASES.values()} | elsewhere


# --- what is in order ---------------------------------------------------------------------------


@pytest.mark.parametrize("receipts", [1, 2, 3, 12, 40])
def test_a_true_closing_has_no_findings(receipts: int) -> None:
    assert found_in(day(receipts)) == ()


def test_a_day_without_a_receipt_and_without_money_is_good() -> None:
    rows = day(0)
    assert found_in(rows) == ()
    rows["cashpointclosing"][0] |= {"z_start_id": "17", "z_ende_id": "17"}
    assert found_in(rows) == ()


def test_a_day_with_money_and_without_receipts_is_incomplete() -> None:
    rows = day(3)
    rows["transactions"] = []
    assert {("first_receipt_absent", INCOMPLETE), ("last_receipt_absent", INCOMPLETE)} <= codes(
        found_in(rows)
    )


def test_net_and_vat_alone_are_as_good_as_gross() -> None:
    rows = day(6)
    for row in rows["lines_vat"]:
        row["pos_brutto"] = None
    assert found_in(rows) == ()


def test_gross_alone_is_enough() -> None:
    rows = day(6)
    for row in rows["lines_vat"]:
        row["pos_netto"] = row["pos_ust"] = None
    assert found_in(rows) == ()


def test_names_given_in_both_tables_meet_and_no_agency_is_the_company_itself() -> None:
    rows = day(6)
    for row in rows["lines"]:
        row["agentur_id"] = None
        row["gv_name"] = "Bar" if row["gv_typ"] == "Umsatz" else None
    for row in rows["businesscases"]:
        row["gv_name"] = "Bar" if row["gv_typ"] == "Umsatz" else None
    assert found_in(rows) == ()


def test_orders_do_not_count() -> None:
    rows = day(6)
    rows["transactions"][-1]["ums_brutto"] = 0
    rows["lines_vat"][-1]["pos_brutto"] *= 10
    rows["lines"][-1]["stk_br"] *= 10
    rows["datapayment"] = rows["datapayment"][:-1]
    assert found_in(rows) == ()


def test_an_outage_of_the_tse_is_no_missing_value() -> None:
    rows = day(6)
    bon_id = rows["transactions_tse"][2]["bon_id"]
    rows["transactions_tse"][2] = {"bon_id": bon_id, "tse_id": 1, "tse_ta_fehler": "Ausfall"}
    assert found_in(rows) == ()


def test_receipts_may_be_signed_in_another_order_than_they_were_begun() -> None:
    rows = day(6)
    second, third = rows["transactions_tse"][1:3]
    second["bon_id"], third["bon_id"] = third["bon_id"], second["bon_id"]
    assert found_in(rows) == ()


def test_a_cancellation_with_its_reference_is_in_order() -> None:
    rows = day(6)
    rows["transactions"][2]["bon_storno"] = "1"
    rows["references"] = [{"bon_id": "3", "ref_typ": "Transaktion", "ref_bon_id": "2"}]
    assert found_in(rows) == ()


def test_discounted_positions_are_not_multiplied() -> None:
    rows = day(6)
    rows["lines"][3]["menge"] = 2000
    discounted = rows["lines"][3]
    rows["itemamounts"] = [
        {"bon_id": discounted["bon_id"], "pos_zeile": discounted["pos_zeile"]}
        | {"typ": "discount", "ust_schluessel": 1, "pf_brutto": -1000}
    ]
    assert found_in(rows) == ()


def test_a_price_per_hundred_is_divided_by_its_factor() -> None:
    rows = day(6)
    rows["lines"][3] |= {"menge": 100_000, "faktor": 100_000}
    assert found_in(rows) == ()


def test_ids_that_are_no_numbers_or_made_of_times_have_no_gaps() -> None:
    for prefix in ("A-", "20260701"):
        rows = day(6)
        names = {str(number): f"{prefix}{number * 137}" for number in range(1, 7)}
        rename(rows, names)
        closing = rows["cashpointclosing"][0]
        closing |= {"z_start_id": names["1"], "z_ende_id": names["6"]}
        assert found_in(rows) == ()


def test_tables_that_tills_leave_out_are_good_with_a_warning() -> None:
    for table in ("lines_vat", "transactions_vat", "businesscases", "payment", "datapayment"):
        rows = day(6)
        rows[table] = []
        assert codes(found_in(rows)) == {("table_absent", WARNING)}, table


@pytest.mark.parametrize(
    ("units", "severity"), [(999, None), (1000, WARNING), (38_000, WARNING), (39_000, INCOMPLETE)]
)
def test_a_sum_may_be_off_by_a_cent_for_each_row_in_it(
    units: int, severity: Severity | None
) -> None:
    # Of 40 receipts the first is the opening float and the last an order: 38 are sales.
    rows = day(40)
    sales = next(row for row in rows["businesscases"] if row["ust_schluessel"] == 1)
    sales["z_ums_brutto"] += units
    expected = set() if severity is None else {("businesscases_differ", severity)}
    assert codes(found_in(rows)) == expected


@pytest.mark.parametrize("table", ["vat", "tse"])
def test_without_master_data_nothing_is_said_of_its_keys(table: str) -> None:
    rows = day(6)
    rows[table] = []
    assert codes(found_in(rows)) == {("table_absent", WARNING)}
    # The master data of another closing say nothing about this one.
    beside = check(batch_of(rows, day(6), heads=(head_of(1), head_of(2, "SER-2"))))
    assert codes(beside[0]) == {("table_absent", WARNING)}
    assert beside[1] == ()


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("transactions", "bon_ende"),
        ("transactions_tse", "tse_ta_ende"),
        ("transactions_tse", "tse_id"),
        ("transactions_vat", "ust_schluessel"),
    ],
)
def test_a_value_that_is_not_there_is_only_missing(table: str, column: str) -> None:
    rows = day(6)
    rows[table][2][column] = None
    assert codes(found_in(rows)) == {("field_missing", WARNING)}


def test_a_price_part_without_its_position_number_is_only_missing_it() -> None:
    rows = day(6)
    rows["itemamounts"] = [{"bon_id": "2", "ust_schluessel": 1}]
    assert codes(found_in(rows)) == {("field_missing", WARNING)}


def test_a_closing_without_bookings_is_not_asked_for_them() -> None:
    assert found_in({}, parts=("time",)) == ()


# --- the head -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "code", "severity"),
    [
        ({"z_nr": 0}, "z_nr_below_one", ERROR),
        ({"serial": ""}, "serial_missing", INCOMPLETE),
        ({"taxpayer": ""}, "taxpayer_missing", WARNING),
        ({"z_kasse_id": ""}, "z_kasse_id_missing", WARNING),
    ],
)
def test_heads_say_who_and_which(head: dict[str, Any], code: str, severity: Severity) -> None:
    found = found_in(day(3), **head)
    assert codes(found) == {(code, severity)}
    assert message(found[0].code, "de", dict(found[0].params))


def test_outcomes() -> None:
    def of(*severities: Severity) -> str:
        return outcome([Finding("x", severity) for severity in severities])

    assert of() == "good"
    assert of(WARNING, Severity.INFO) == "good"
    assert of(WARNING, INCOMPLETE) == "incomplete"
    assert of(INCOMPLETE, ERROR, WARNING) == "rejected"
