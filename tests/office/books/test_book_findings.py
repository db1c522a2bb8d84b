"""What does not meet in a closing, and the receipts that are named behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.closing.build import Rows, batch_of, day, head_of
from tillferry.closing.model import Severity
from tillferry.errors import hint, message
from tillferry.office.bookkeeping import BookFinding, book_findings
from tillferry.office.bookkeeping.findings import MOST_OF_A_CODE, MOST_RECEIPTS
from tillferry.sample import sample_batch

Change = Callable[[Rows], None]


def found_in(rows: Rows) -> tuple[BookFinding, ...]:
    return book_findings(batch_of(rows))[0]


def row_of(rows: Rows, table: str, **wanted: object) -> dict[str, object]:
    """The first row with these values."""
    return next(
        row for row in rows[table] if all(row.get(name) == value for name, value in wanted.items())
    )


def vat_is_wrong(rows: Rows) -> None:
    row_of(rows, "transactions_vat", bon_id="2", ust_schluessel=1)["bon_ust"] = 70_000


def vat_key_has_no_positions(rows: Rows) -> None:
    row = row_of(rows, "transactions_vat", bon_id="2", ust_schluessel=2)
    row["ust_schluessel"] = 1


def rate_is_unusual(rows: Rows) -> None:
    row_of(rows, "vat", ust_schluessel=2)["ust_satz"] = 900


def cash_is_short(rows: Rows) -> None:
    rows["cash_per_currency"][0]["zahlart_betrag_waeh"] -= 1


def cash_of_another_currency(rows: Rows) -> None:
    row = row_of(rows, "datapayment", bon_id="2")
    row["zahlwaeh_code"], row["zahlwaeh_betrag"] = "CHF", 600


def number_is_there_twice(rows: Rows) -> None:
    rows["transactions"][3]["bon_nr"] = 3


def number_is_left_out(rows: Rows) -> None:
    for row in rows["transactions"][3:]:
        row["bon_nr"] += 1


def case_is_off(rows: Rows) -> None:
    row_of(rows, "businesscases", gv_typ="Umsatz", ust_schluessel=2)["z_ums_brutto"] += 50_000


def case_is_not_declared(rows: Rows) -> None:
    row_of(rows, "lines", bon_id="3")["gv_typ"] = "Pfand"


def payment_is_off(rows: Rows) -> None:
    row_of(rows, "payment", zahlart_typ="ECKarte")["z_zahlart_betrag"] += 5_000


def payment_is_not_declared(rows: Rows) -> None:
    row_of(rows, "datapayment", bon_id="3")["zahlart_typ"] = "Kreditkarte"


def payment_is_named_otherwise(rows: Rows) -> None:
    row_of(rows, "datapayment", bon_id="4")["zahlart_name"] = "Visa"


def payment_is_off_under_another_name(rows: Rows) -> None:
    payment_is_named_otherwise(rows)
    payment_is_off(rows)


def case_is_named_otherwise(rows: Rows) -> None:
    row_of(rows, "lines", bon_id="4", pos_zeile="2")["gv_name"] = "Eis"


def receipt_does_not_add_up(rows: Rows) -> None:
    row_of(rows, "transactions", bon_id="3")["ums_brutto"] = 353


CASES: list[tuple[Change, str, tuple[str, ...]]] = [
    (vat_is_wrong, "vat_differs", ("2",)),
    (vat_key_has_no_positions, "vat_of_positions_differs", ("2",)),
    (rate_is_unusual, "vat_rate_unusual", ("2", "4")),
    (cash_is_short, "cash_differs", ("1", "2", "3", "5")),
    (cash_of_another_currency, "cash_differs", ("1", "3", "5")),
    (number_is_there_twice, "receipt_number_twice", ("4",)),
    (number_is_left_out, "receipt_numbers_have_gaps", ("3", "4")),
    (case_is_off, "businesscases_differ", ("2", "4")),
    (case_is_not_declared, "businesscases_differ", ("3",)),
    (payment_is_off, "payments_differ", ("4",)),
    (payment_is_not_declared, "payments_differ", ("3",)),
    (payment_is_named_otherwise, "payment_names_differ", ("4",)),
    (payment_is_off_under_another_name, "payments_differ", ("4",)),
    (case_is_named_otherwise, "businesscase_names_differ", ("4",)),
    (receipt_does_not_add_up, "receipt_sum_differs", ("3",)),
]


@pytest.mark.parametrize(("change", "code", "receipts"), CASES, ids=lambda each: str(each)[:40])
def test_what_does_not_meet_names_its_receipts(
    change: Change, code: str, receipts: tuple[str, ...]
) -> None:
    rows = day(6)
    assert found_in(rows) == ()
    change(rows)
    named = [found.receipts for found in found_in(rows) if found.code == code]
    assert receipts in named


def test_every_finding_has_its_words_and_a_next_step() -> None:
    rows = day(6)
    for change in (vat_is_wrong, rate_is_unusual, cash_is_short, number_is_left_out):
        change(rows)
    found = found_in(rows)
    assert {each.code for each in found} >= {"vat_differs", "cash_differs", "vat_rate_unusual"}
    for each in found:
        for lang in ("de", "en"):
            assert "?" not in message(each.code, lang, dict(each.params))
        if each.code not in ("receipt_ids_have_gaps", "position_price_differs"):
            assert hint(each.code, "en", dict(each.params))


def test_the_other_closings_of_a_batch_are_left_alone() -> None:
    bad, good = day(6), day(6)
    cash_is_short(bad)
    found = book_findings(batch_of(good, bad, good))
    assert [[each.code for each in of] for of in found] == [[], ["cash_differs"], []]


def test_key_1_was_16_percent_in_the_second_half_of_2020() -> None:
    rows = day(1)
    rows["vat"] = [{"ust_schluessel": 1, "ust_satz": 1600}, {"ust_schluessel": 2, "ust_satz": 500}]
    for day_, unusual in ((date(2020, 6, 30), 2), (date(2020, 7, 1), 0), (date(2021, 1, 1), 2)):
        heads = (head_of(business_day=day_),)
        codes = [found.code for found in book_findings(batch_of(rows, heads=heads))[0]]
        assert codes.count("vat_rate_unusual") == unusual


def test_many_findings_and_many_receipts_are_counted() -> None:
    rows = day(200)
    for row in rows["transactions"]:
        row["ums_brutto"] += 500
    cash_is_short(rows)
    found = found_in(rows)
    sums = [each for each in found if each.code == "receipt_sum_differs"]
    assert len(sums) == MOST_OF_A_CODE
    more = [dict(each.params) for each in found if each.code == "more_findings"]
    assert more and more[0]["of"] == "receipt_sum_differs"
    # 199 receipts count; three tables are compared with each.
    assert int(more[0]["count"]) + len(sums) in (199, 398, 597)
    (cash,) = [each for each in found if each.code == "cash_differs"]
    assert len(cash.receipts) == MOST_RECEIPTS < cash.receipt_count


def test_a_sample_day_adds_up() -> None:
    for till in (1, 2, 3):
        found = book_findings(sample_batch(till, 3, 80, 1))[0]
        assert [each for each in found if each.severity is not Severity.INFO] == []
