"""The sums of the sample are true: a plain computation with Decimal over its rows."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tillferry.closing.model import ClosingBatch
from tillferry.closing.tables import TABLES_BY_NAME, Kind
from tillferry.sample import sample_batch

CENT = Decimal("0.01")
Row = dict[str, Any]


def rows(batch: ClosingBatch, name: str) -> list[Row]:
    """The rows of a table with its numbers as decimals."""
    table = TABLES_BY_NAME[name]
    found: list[Row] = batch.table(name).to_pylist()
    for column in table.columns:
        if column.kind is Kind.NUMBER:
            for row in found:
                if row[column.name] is not None:
                    row[column.name] = Decimal(row[column.name]).scaleb(-column.decimals)
    return found


def sums(found: list[Row], keys: tuple[str, ...], amount: str) -> dict[Any, Decimal]:
    result: dict[Any, Decimal] = defaultdict(Decimal)
    for row in found:
        result[tuple(row[key] for key in keys)] += row[amount]
    return dict(result)


@pytest.fixture(
    scope="module", params=[(1, 1, 300), (2, 4, 120), (3, 6, 90), (1, 5, 60), (2, 7, 15), (1, 1, 1)]
)
def closing(request: pytest.FixtureRequest) -> ClosingBatch:
    till, day, receipts = request.param
    return sample_batch(till, day, receipts, 11)


def test_each_receipt_is_the_same_amount_in_all_four_tables(closing: ClosingBatch) -> None:
    heads = {(row["bon_id"],): row["ums_brutto"] for row in rows(closing, "transactions")}
    assert sums(rows(closing, "transactions_vat"), ("bon_id",), "bon_brutto") == heads
    assert sums(rows(closing, "lines_vat"), ("bon_id",), "pos_brutto") == heads
    assert sums(rows(closing, "datapayment"), ("bon_id",), "basiswaeh_betrag") == heads


def test_net_and_vat_are_right_by_receipt_and_rate(closing: ClosingBatch) -> None:
    rates = {row["ust_schluessel"]: row["ust_satz"] for row in rows(closing, "vat")}
    lines = rows(closing, "lines_vat")
    by_rate = ("bon_id", "ust_schluessel")
    for name in ("brutto", "netto", "ust"):
        heads = {
            (row["bon_id"], row["ust_schluessel"]): row[f"bon_{name}"]
            for row in rows(closing, "transactions_vat")
        }
        assert sums(lines, by_rate, f"pos_{name}") == heads
    for row in rows(closing, "transactions_vat"):
        rate = rates[row["ust_schluessel"]]
        vat = (row["bon_brutto"] * rate / (100 + rate)).quantize(CENT, ROUND_HALF_UP)
        assert (row["bon_ust"], row["bon_netto"]) == (vat, row["bon_brutto"] - vat)
    for row in lines:
        rate = rates[row["ust_schluessel"]]
        assert row["pos_netto"] + row["pos_ust"] == row["pos_brutto"]
        assert abs(row["pos_brutto"] * rate / (100 + rate) - row["pos_ust"]) <= CENT


def test_quantity_times_price_is_the_line(closing: ClosingBatch) -> None:
    gross = sums(rows(closing, "lines_vat"), ("bon_id", "pos_zeile"), "pos_brutto")
    for row in rows(closing, "lines"):
        expected = row["menge"] / row["faktor"] * row["stk_br"]
        assert expected.quantize(CENT, ROUND_HALF_UP) == gross[row["bon_id"], row["pos_zeile"]]


def test_base_price_and_discount_make_the_line(closing: ClosingBatch) -> None:
    lines = rows(closing, "lines_vat")
    for name in ("brutto", "netto", "ust"):
        gross = sums(lines, ("bon_id", "pos_zeile"), f"pos_{name}")
        amounts = sums(rows(closing, "itemamounts"), ("bon_id", "pos_zeile"), f"pf_{name}")
        assert all(gross[key] == amount for key, amount in amounts.items())


def test_the_closing_adds_up_its_receipts_and_nothing_else(closing: ClosingBatch) -> None:
    counted = {row["bon_id"] for row in rows(closing, "transactions") if row["bon_typ"] == "Beleg"}
    line_of = {(row["bon_id"], row["pos_zeile"]): row for row in rows(closing, "lines")}
    lines = [
        line_of[row["bon_id"], row["pos_zeile"]] | row
        for row in rows(closing, "lines_vat")
        if row["bon_id"] in counted
    ]
    key = ("gv_typ", "gv_name", "agentur_id", "ust_schluessel")
    cases = rows(closing, "businesscases")
    assert sums(cases, key, "z_ums_brutto") == sums(lines, key, "pos_brutto")
    assert sums(cases, key, "z_ums_netto") == sums(lines, key, "pos_netto")
    assert sums(cases, key, "z_ust") == sums(lines, key, "pos_ust")

    payments = [row for row in rows(closing, "datapayment") if row["bon_id"] in counted]
    kind = ("zahlart_typ", "zahlart_name")
    totals = rows(closing, "payment")
    assert sums(totals, kind, "z_zahlart_betrag") == sums(payments, kind, "basiswaeh_betrag")
    cash = [row for row in payments if row["zahlart_typ"] == "Bar"]
    (head,) = rows(closing, "cashpointclosing")
    assert head["z_se_zahlungen"] == sum(row["basiswaeh_betrag"] for row in payments)
    assert head["z_se_barzahlungen"] == sum(row["basiswaeh_betrag"] for row in cash)
    drawer: dict[str, Decimal] = defaultdict(Decimal)
    for row in cash:
        foreign = row["zahlwaeh_code"] != "EUR"
        drawer[row["zahlwaeh_code"]] += row["zahlwaeh_betrag" if foreign else "basiswaeh_betrag"]
    assert {
        row["zahlart_waeh"]: row["zahlart_betrag_waeh"]
        for row in rows(closing, "cash_per_currency")
    } == dict(drawer)


def test_rows_hang_together(closing: ClosingBatch) -> None:
    heads = rows(closing, "transactions")
    bon_ids = {row["bon_id"] for row in heads}
    lines = {(row["bon_id"], row["pos_zeile"]) for row in rows(closing, "lines")}
    for name in ("datapayment", "transactions_tse", "transactions_vat", "lines", "references"):
        assert {row["bon_id"] for row in rows(closing, name)} <= bon_ids
    for name in ("lines_vat", "itemamounts", "subitems"):
        assert {(row["bon_id"], row["pos_zeile"]) for row in rows(closing, name)} <= lines
    (closing_row,) = rows(closing, "cashpointclosing")
    assert (closing_row["z_start_id"], closing_row["z_ende_id"]) == (
        heads[0]["bon_id"],
        heads[-1]["bon_id"],
    )
