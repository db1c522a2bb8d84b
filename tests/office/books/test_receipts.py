"""Receipts: found by what is printed on them, and shown with all that belongs to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.closing.build import batch_of, day, head_of
from tests.e2e.world import World
from tests.office.admin import export_of, refused
from tests.office.books.conftest import days
from tests.office.books.test_exports import FIRST
from tillferry.closing.tables import TABLES, Kind
from tillferry.office.receipts import FoundReceipt, ReceiptKey, ReceiptView, Sought
from tillferry.sample import serial
from tillferry.wiring import bookkeeping

Rows = dict[str, list[dict[str, Any]]]


@cache
def receipts_of(number: int, z_nr: int) -> dict[str, Rows]:
    """The rows of each receipt of a day straight from the sample, numbers as Decimals."""
    found: dict[str, Rows] = defaultdict(lambda: defaultdict(list))
    for table in TABLES:
        scaled = {
            column.name: column.decimals
            for column in table.columns
            if column.kind is Kind.NUMBER and column.decimals
        }
        for row in days(number, z_nr).table(table.name).to_pylist():
            if "bon_id" in row:
                for name, decimals in scaled.items():
                    if row[name] is not None:
                        row[name] = Decimal(row[name]).scaleb(-decimals)
                found[row["bon_id"]][table.name].append(row)
    return found


def all_receipts(number: int, *z_nrs: int) -> Iterator[tuple[int, str, Rows]]:
    """Z number, BON_ID and rows of every receipt of the sample."""
    for z_nr in z_nrs:
        for bon_id, rows in receipts_of(number, z_nr).items():
            yield z_nr, bon_id, rows


def seen(world: World, number: int, z_nr: int, bon_id: str) -> ReceiptView:
    with world.opened() as office:
        return bookkeeping.receipt(office, str(1000 + number), z_nr, bon_id)


def test_every_receipt_of_a_day_is_shown_as_it_was_delivered(both: World) -> None:
    with both.opened() as office:
        for z_nr, bon_id, rows in all_receipts(1, 2):
            view = bookkeeping.receipt(office, "1001", z_nr, bon_id)
            (head,) = rows["transactions"]
            assert (view.bon_nr, view.bon_typ, view.gross) == (
                head["bon_nr"],
                head["bon_typ"],
                head["ums_brutto"],
            )
            assert (view.started, view.ended) == (head["bon_start"], head["bon_ende"])
            assert view.customer.name == (head["kunde_name"] or "")
            assert view.is_cancellation is (head["bon_storno"] == "1")
            assert [(each.number, each.text, each.quantity) for each in view.lines] == [
                (row["pos_zeile"], row["artikeltext"], row["menge"]) for row in rows["lines"]
            ]
            assert [each.unit_price for each in view.lines] == [
                row["stk_br"] for row in rows["lines"]
            ]
            assert sum(each.gross for each in view.lines) == sum(
                row["pos_brutto"] for row in rows["lines_vat"]
            )
            assert sum(len(each.price_parts) for each in view.lines) == len(rows["itemamounts"])
            assert sum(len(each.sub_items) for each in view.lines) == len(rows["subitems"])
            assert [(each.kind, each.amount, each.foreign) for each in view.payments] == [
                (row["zahlart_typ"], row["basiswaeh_betrag"], row["zahlwaeh_betrag"])
                for row in rows["datapayment"]
            ]
            assert [(each.key, each.gross, each.net, each.vat) for each in view.vat] == [
                (row["ust_schluessel"], row["bon_brutto"], row["bon_netto"], row["bon_ust"])
                for row in rows["transactions_vat"]
            ]
            assert [(each.transaction, each.counter) for each in view.signatures] == [
                (row["tse_tanr"], row["tse_ta_sigz"]) for row in rows["transactions_tse"]
            ]
            assert [each.signature for each in view.signatures] == [
                row["tse_ta_sig"] or "" for row in rows["transactions_tse"]
            ]
            assert list(view.groups) == [
                row["abrechnungskreis"] for row in rows["allocation_groups"]
            ]
            assert view.currency == "EUR" and view.business_day == FIRST + timedelta(1)


def test_rates_and_the_tse_are_those_of_the_closing(both: World) -> None:
    bon_id = next(
        bon_id
        for _, bon_id, rows in all_receipts(1, 1)
        if any(row["ust_schluessel"] == 1 for row in rows["lines_vat"])
    )
    view = seen(both, 1, 1, bon_id)
    shares = [share for line in view.lines for share in line.vat if share.key == 1]
    assert shares and all(share.rate == Decimal(19) for share in shares)
    assert view.signatures[0].tse_serial and view.signatures[0].algorithm


def test_a_receipt_tells_what_brought_it(both: World) -> None:
    view = seen(both, 2, 3, next(bon_id for _, bon_id, _ in all_receipts(2, 3)))
    assert view.delivery is not None
    assert view.delivery.kind == "bundle" and view.delivery.carrier == "first"
    assert view.delivery.sha256 == view.closing.delivery
    assert view.till.serial == serial(2)


def test_references_lead_both_ways(both: World) -> None:
    """Bar 1 takes back on its second day what it sold last on the first; some on the same day."""
    pairs = 0
    for z_nr, bon_id, rows in all_receipts(1, 1, 2, 3):
        for row in rows["references"]:
            view = seen(both, 1, z_nr, bon_id)
            (named,) = view.references
            held = ReceiptKey(view.till.till_id, row["ref_z_nr"], row["ref_bon_id"])
            assert named.held == held and named.z_nr == row["ref_z_nr"]
            with both.opened() as office:
                original = bookkeeping.receipt_of(office, held)
            assert original.referenced_by == (view.key,)
            assert original.gross == -view.gross
            pairs += 1 if z_nr == row["ref_z_nr"] else 100
    assert pairs > 100


def test_a_reference_without_a_closing_is_of_the_same_one(empty: World, tmp_path: Path) -> None:
    rows, other = day(6), day(6)
    rows["references"] = [
        {"bon_id": "4", "ref_typ": "Transaktion", "ref_bon_id": "2"},
        {"bon_id": "5", "ref_typ": "Transaktion", "ref_bon_id": "99"},
        {"bon_id": "3", "ref_typ": "ExterneRechnung", "ref_bon_id": "2"},
    ]
    other["references"] = [
        {
            "bon_id": "3",
            "ref_typ": "Transaktion",
            "ref_bon_id": "2",
            "ref_z_kasse_id": "K1",
            "ref_z_nr": 1,
        }
    ]
    other["cashregister"][0]["kasse_seriennr"] = "SER-2"
    heads = (head_of(1), head_of(1, "SER-2", z_kasse_id="K2"))
    for number, head in enumerate(heads):
        batch = batch_of((rows, other)[number], heads=(head,))
        empty.bring(export_of(tmp_path / str(number), batch), accept_new_tills=True)
    with empty.opened() as office:
        first, second = (each.till_id for each in office.journal.tills())
        seen = {bon: bookkeeping.receipt(office, "SER-1", 1, bon) for bon in ("2", "3", "4", "5")}
        foreign = bookkeeping.receipt(office, "SER-2", 1, "3")
        unnamed = bookkeeping.receipt(office, "SER-2", 1, "2")
    assert seen["4"].references[0].held == ReceiptKey(first, 1, "2")
    assert seen["5"].references[0].held is None
    assert seen["3"].references[0].held is None
    assert seen["2"].referenced_by == (ReceiptKey(first, 1, "4"), ReceiptKey(second, 1, "3"))
    assert foreign.references[0].held == ReceiptKey(first, 1, "2")
    assert unnamed.referenced_by == ()


def test_what_is_not_there_is_told(shared: World) -> None:
    with shared.opened() as office:
        for till, z_nr, bon_id, code in (
            ("1003", 1, "1", "till_not_found"),
            ("1001", 9, "1", "closing_not_held"),
            ("1001", 1, "no such", "receipt_not_found"),
        ):
            with refused(code):
                bookkeeping.receipt(office, till, z_nr, bon_id)
        with refused("till_not_found"):
            bookkeeping.receipt_of(office, ReceiptKey(99, 1, "1"))


# --- searching ----------------------------------------------------------------------------------


def found(world: World, limit: int = 1000, **sought: Any) -> tuple[FoundReceipt, ...]:
    with world.opened() as office:
        return bookkeeping.search_receipts(office, Sought(**sought), limit)


def keys(receipts: tuple[FoundReceipt, ...]) -> set[tuple[int, int, str]]:
    return {(each.till_id, each.z_nr, each.bon_id) for each in receipts}


def plainly(world: World, wanted: Any) -> set[tuple[int, int, str]]:
    """The same by going through every receipt of the sample."""
    ids = {number: world.tills()[str(1000 + number)].till_id for number in (1, 2)}
    return {
        (ids[number], z_nr, bon_id)
        for number in (1, 2)
        for z_nr, bon_id, rows in all_receipts(number, 1, 2, 3)
        if wanted(number, z_nr, rows)
    }


def head(rows: Rows) -> dict[str, Any]:
    return rows["transactions"][0]


def test_receipts_are_found_by_number_amount_text_day_and_till(both: World) -> None:
    assert keys(found(both)) == plainly(both, lambda n, z, rows: True)
    assert keys(found(both, bon_nr=7)) == plainly(both, lambda n, z, r: head(r)["bon_nr"] == 7)
    amount = found(both)[5].gross_cents
    assert keys(found(both, gross_cents=amount)) == plainly(
        both, lambda n, z, r: head(r)["ums_brutto"] * 100 == amount
    )
    assert keys(found(both, text="  EIS ")) == plainly(
        both,
        lambda n, z, r: (
            any("eis" in row["artikeltext"].lower() for row in r["lines"])
            or any(
                "eis" in (head(r)[name] or "").lower()
                for name in ("bon_name", "bediener_name", "kunde_name", "kunde_id", "bon_notiz")
            )
        ),
    )
    second = FIRST + timedelta(1)
    assert keys(found(both, first_day=second, last_day=second)) == plainly(
        both, lambda n, z, r: z == 2
    )
    till = both.tills()["1002"].till_id
    assert keys(found(both, till_ids=(till,), z_nr=3)) == plainly(
        both, lambda n, z, r: n == 2 and z == 3
    )
    assert keys(found(both, till_ids=())) == set()


@pytest.mark.parametrize("text", ["büfett", "BÜFETT", "Fischbrötchen", "zur düne"])
def test_capital_letters_make_no_difference(both: World, text: str) -> None:
    named = plainly(
        both,
        lambda n, z, r: (
            any(text.lower() in row["artikeltext"].lower() for row in r["lines"])
            or text.lower() in (head(r)["kunde_name"] or "").lower()
        ),
    )
    assert named and keys(found(both, text=text)) == named


def test_a_search_is_about_letters_not_patterns(both: World) -> None:
    discounts = plainly(both, lambda n, z, r: any("%" in row["artikeltext"] for row in r["lines"]))
    assert discounts and keys(found(both, text="%")) == discounts
    assert found(both, text="_") == () == found(both, text="' OR 1=1 --")


def test_a_receipt_at_a_glance_is_the_receipt(both: World) -> None:
    for each in found(both, limit=12):
        with both.opened() as office:
            view = bookkeeping.receipt_of(office, each)
        assert each == replace(
            each,
            business_day=view.business_day,
            bon_nr=view.bon_nr,
            bon_typ=view.bon_typ,
            is_cancellation=view.is_cancellation,
            ended=view.ended,
            cashier=view.cashier_name,
            gross_cents=int(view.gross * 100),
        )


def test_the_newest_come_first_and_the_limit_holds(both: World) -> None:
    whole = found(both)
    assert [each.business_day for each in whole] == sorted(
        (each.business_day for each in whole), reverse=True
    )
    for limit in (0, 1, 7, len(whole), len(whole) + 1):
        assert found(both, limit=limit) == whole[:limit]


def test_many_closings_are_searched_some_at_a_time(
    both: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = found(both, text="eis")
    monkeypatch.setattr("tillferry.journal.receipts._AT_ONCE", 2)
    assert found(both, text="eis") == whole
    assert found(both, text="eis", limit=9) == whole[:9]


def test_a_receipt_shows_no_secret_of_its_till(shared: World) -> None:
    from tillferry.cli.office_books_words import receipt_json

    view = seen(shared, 1, 1, "1")
    assert view.till.public_key and view.till.public_key in str(asdict(view))
    assert view.till.public_key not in str(receipt_json(view))
