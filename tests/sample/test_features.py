"""What happens in a real week at a till happens in the sample."""

from __future__ import annotations

from typing import Any

import pytest

from tillferry.closing.digest import part_digests
from tillferry.closing.model import ClosingBatch, concat_batches
from tillferry.closing.tables import GV_TYPES, REF_TYPES, STOCK_KINDS, ZAHLART_TYPES
from tillferry.sample import sample_batch, sample_batches

Row = dict[str, Any]


@pytest.fixture(scope="module")
def week() -> ClosingBatch:
    return concat_batches([batch for _, batch in sample_batches(3, 7, 300, 1)])


def rows(batch: ClosingBatch, name: str) -> list[Row]:
    found: list[Row] = batch.table(name).to_pylist()
    return found


def test_kinds_of_business(week: ClosingBatch) -> None:
    found = {row["gv_typ"] for row in rows(week, "lines")}
    assert found <= set(GV_TYPES)
    assert found >= {
        "Umsatz",
        "Pfand",
        "PfandRueckzahlung",
        "Rabatt",
        "TrinkgeldAN",
        "EinzweckgutscheinKauf",
        "EinzweckgutscheinEinloesung",
        "MehrzweckgutscheinKauf",
        "MehrzweckgutscheinEinloesung",
        "Anfangsbestand",
        "Geldtransit",
    }


def test_kinds_of_transactions(week: ClosingBatch) -> None:
    heads = rows(week, "transactions")
    assert {row["bon_typ"] for row in heads} == {"Beleg", "AVBestellung", "AVTraining"}
    assert any(row["kunde_name"] for row in heads)
    tables = {
        row["bon_id"]: row["abrechnungskreis"]
        for row in rows(sample_batch(1, 1, 300, 1), "allocation_groups")
    }
    ordered = [
        row
        for row in rows(sample_batch(1, 1, 300, 1), "transactions")
        if row["bon_typ"] == "AVBestellung"
    ]
    assert ordered
    assert all(row["bon_id"] in tables for row in ordered)


def test_every_order_is_paid_later_at_its_table() -> None:
    batch = sample_batch(1, 1, 300, 1)
    table_of = {row["bon_id"]: row["abrechnungskreis"] for row in rows(batch, "allocation_groups")}
    waiting: list[str] = []
    for row in rows(batch, "transactions"):
        table = table_of.get(row["bon_id"])
        if row["bon_typ"] == "AVBestellung":
            assert table is not None
            waiting.append(table)
        elif table is not None and row["bon_storno"] == "0":
            waiting.remove(table)
    assert not waiting


def test_kinds_of_payment(week: ClosingBatch) -> None:
    payments = rows(week, "datapayment")
    kinds = {row["zahlart_typ"] for row in payments}
    assert kinds <= set(ZAHLART_TYPES)
    assert kinds >= {"Bar", "Unbar", "Keine", "ECKarte", "Kreditkarte", "ElZahlungsdienstleister"}
    foreign = [row for row in payments if row["zahlwaeh_code"] == "CHF"]
    assert foreign
    assert all(row["zahlwaeh_betrag"] is not None for row in foreign)
    split: dict[str, set[str]] = {}
    for row in rows(sample_batch(1, 1, 300, 1), "datapayment"):
        split.setdefault(row["bon_id"], set()).add(row["zahlart_typ"])
    assert any(len(of) > 1 and "Bar" in of for of in split.values())


def test_rates_follow_the_place_of_eating_and_the_deposit(week: ClosingBatch) -> None:
    found = set()
    for index in range(len(week)):
        lines = week.closing_rows("lines", index).to_pylist()
        line_of = {(row["bon_id"], row["pos_zeile"]): row for row in lines}
        for row in week.closing_rows("lines_vat", index).to_pylist():
            line = line_of[row["bon_id"], row["pos_zeile"]]
            found.add((line["artikeltext"], line["inhaus"], row["ust_schluessel"]))
    assert {("Latte macchiato", "1", 1), ("Latte macchiato", "0", 2)} <= found
    assert {("Pommes frites", "1", 2), ("Pommes frites", "0", 2)} <= found
    assert {key for text, _, key in found if text == "Pfand Flasche"} == {1}
    assert {key for text, _, key in found if text == "Pfand Glas"} == {5}


def test_texts_that_need_quoting(week: ClosingBatch) -> None:
    texts = {row["artikeltext"] for row in rows(week, "lines")}
    for sign in ('"', ";", "\n", "ä", "ß", "&"):
        assert any(sign in text for text in texts), sign


def test_weighed_goods_discounts_menus_and_agencies(week: ClosingBatch) -> None:
    lines = rows(week, "lines")
    assert any(row["einheit"] == "kg" and row["menge"] % 1000 for row in lines)
    assert {row["typ"] for row in rows(week, "itemamounts")} == {"base_amount", "discount"}
    assert {row["zi_name"] for row in rows(week, "subitems")} == {"Pommes frites", "Currywurst"}
    assert {row["agentur_id"] for row in lines} == {0, 1}
    assert any(row["gutschein_nr"] for row in lines)


def test_a_cancellation_names_what_it_takes_back_be_it_of_yesterday() -> None:
    days = {day: sample_batch(2, day, 60, 4) for day in range(1, 8)}
    heads = {
        (day, row["bon_id"]): row
        for day, batch in days.items()
        for row in rows(batch, "transactions")
    }
    distances = set()
    for day, batch in days.items():
        origins = {row["bon_id"]: row for row in rows(batch, "references")}
        cancelling = [row for row in rows(batch, "transactions") if row["bon_storno"] == "1"]
        assert {row["bon_id"] for row in cancelling} == set(origins)
        assert len({row["ref_bon_id"] for row in origins.values()}) == len(origins)
        for row in cancelling:
            origin = origins[row["bon_id"]]
            assert origin["ref_typ"] in REF_TYPES
            earlier = days[origin["ref_z_nr"]]
            assert origin["ref_datum"] == earlier.heads[0].z_erstellung
            assert origin["ref_z_kasse_id"] == earlier.heads[0].z_kasse_id
            original = heads[origin["ref_z_nr"], origin["ref_bon_id"]]
            assert int(original["bon_id"]) < int(row["bon_id"])
            assert (original["bon_typ"], original["bon_storno"]) == ("Beleg", "0")
            assert row["ums_brutto"] == -original["ums_brutto"]
            assert reversed_lines(batch, row["bon_id"]) == plain_lines(earlier, original["bon_id"])
            distances.add(day - origin["ref_z_nr"])
    assert distances == {0, 1}


def plain_lines(batch: ClosingBatch, bon_id: str, sign: int = 1) -> list[tuple[object, ...]]:
    return [
        (row["artikeltext"], row["gv_typ"], row["stk_br"], sign * row["menge"])
        for row in rows(batch, "lines")
        if row["bon_id"] == bon_id
    ]


def reversed_lines(batch: ClosingBatch, bon_id: str) -> list[tuple[object, ...]]:
    return plain_lines(batch, bon_id, -1)


def test_an_outage_leaves_nothing_but_its_reason(week: ClosingBatch) -> None:
    found = rows(week, "transactions_tse")
    failed = [row for row in found if row["tse_ta_fehler"]]
    assert 0 < len(failed) < len(found) // 10
    for row in failed:
        assert {name for name, value in row.items() if value is not None} == {
            "bon_id",
            "tse_id",
            "tse_ta_fehler",
        }
    for row in found:
        if row["tse_ta_fehler"] is None:
            assert all(value is not None for name, value in row.items() if name != "tse_ta_fehler")
    assert {row["tse_ta_vorgangsart"] for row in found} == {
        "Kassenbeleg-V1",
        "Bestellung-V1",
        None,
    }


def test_process_data_of_a_known_receipt() -> None:
    batch = sample_batch(1, 1, 300, 1)
    first = rows(batch, "transactions_tse")[0]
    assert first["tse_vorgangsdaten"] == "Beleg^0.00_0.00_0.00_0.00_150.00^150.00:Bar"


def test_the_night_in_which_summer_time_ends_has_its_hour_twice() -> None:
    batch = sample_batch(1, 6, 300, 1)
    times = [row["bon_start"] for row in rows(batch, "transactions")]
    assert any(text.startswith("2026-10-25T02:") and text.endswith("+02:00") for text in times)
    assert any(text.startswith("2026-10-25T02:") and text.endswith("+01:00") for text in times)
    assert batch.heads[0].z_erstellung.startswith("2026-10-25T03:")
    assert rows(batch, "cashpointclosing")[0]["z_buchungstag"] == "2026-10-24"
    assert str(batch.heads[0].business_day) == "2026-10-24"


def test_a_day_that_ends_before_midnight_names_no_other_day() -> None:
    batch = sample_batch(1, 1, 20, 1)
    assert rows(batch, "cashpointclosing")[0]["z_buchungstag"] is None
    assert batch.heads[0].z_erstellung.startswith("2026-10-19T22:")


def test_working_times_and_stock_are_parts_of_their_own(week: ClosingBatch) -> None:
    assert all(head.parts == ("bookings", "time", "stock") for head in week.heads)
    entries = rows(week, "time_entries")
    assert all(row["end"] or not row["corrected_entry_id"] for row in entries)
    assert any(row["corrected_entry_id"] for row in entries)
    assert {row["kind"] for row in rows(week, "stock_movements")} == set(STOCK_KINDS)
    alone = week.without_part("time").without_part("stock")
    assert [set(of) for of in part_digests(alone)] == [{"bookings"}] * len(week)
