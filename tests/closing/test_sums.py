"""Sums against a plain computation over the rows, one after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.closing.build import Rows, batch_of, day, head_of
from tillferry.closing.model import ClosingBatch
from tillferry.closing.sums import GREATEST_SUM, SUM_TABLES, sums
from tillferry.closing.tables import TURNOVER_GV_TYPES

BERLIN = "Europe/Berlin"
GROUPED = {
    "closing_sums": (),
    "sums_hours": ("hour", "cashier_id", "cashier_name"),
    "sums_articles": (
        "art_nr", "artikeltext", "warengr_id", "warengr", "gv_typ", "ust_schluessel", "turnover",
    ),
    "sums_business_cases": (
        "gv_typ", "gv_name", "agentur_id", "ust_schluessel", "ust_satz", "turnover",
    ),
    "sums_payments": ("zahlart_typ", "zahlart_name", "zahlwaeh_code"),
    "sums_cashiers": ("cashier_id", "cashier_name", "kind"),
}  # fmt: skip
Plain = dict[tuple[Any, ...], dict[str, int]]


def plain(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Plain]:
    """Sums of one closing, row by row."""
    found: dict[str, Plain] = {name: defaultdict(lambda: defaultdict(int)) for name in GROUPED}
    heads = {row["bon_id"]: row for row in rows.get("transactions", ())}
    lines = {(row["bon_id"], row["pos_zeile"]): row for row in rows.get("lines", ())}
    rates = {row["ust_schluessel"]: row["ust_satz"] for row in rows.get("vat", ())}
    selling: set[str] = set()
    line_gross: dict[tuple[str, str], int] = defaultdict(int)
    seen: set[tuple[str, str]] = set()

    def add(table: str, key: tuple[Any, ...], **values: int) -> None:
        for name, value in values.items():
            found[table][key][name] += value

    def cashier(head: Mapping[str, Any]) -> tuple[str, str]:
        return head.get("bediener_id") or "", head.get("bediener_name") or ""

    def by_hour(head: Mapping[str, Any]) -> tuple[Any, ...]:
        ended = datetime.fromisoformat(head["bon_ende"])
        if not ended.utcoffset():
            ended = ended.astimezone(ZoneInfo(BERLIN))
        return (ended.hour, *cashier(head))

    for row in rows.get("lines_vat", ()):
        head, place = heads[row["bon_id"]], (row["bon_id"], row["pos_zeile"])
        line = lines[place]
        amounts = {
            "gross": row["pos_brutto"],
            "net": row["pos_netto"],
            "vat": row["pos_ust"],
        }
        line_gross[place] += row["pos_brutto"]
        if head["bon_typ"] != "Beleg":
            continue
        key, agency = row["ust_schluessel"], line.get("agentur_id") or 0
        turnover = int(line["gv_typ"] in TURNOVER_GV_TYPES and agency == 0)
        texts = [line.get(n) or "" for n in ("art_nr", "artikeltext", "warengr_id", "warengr")]
        first = place not in seen
        seen.add(place)
        add(
            "sums_articles",
            (*texts, line["gv_typ"], key, turnover),
            positions=int(first),
            quantity=(line.get("menge") or 0) if first else 0,
            **amounts,
        )
        add(
            "sums_business_cases",
            (line["gv_typ"], line.get("gv_name") or "", agency, key, rates.get(key), turnover),
            **amounts,
        )
        if turnover:
            new = row["bon_id"] not in selling
            selling.add(row["bon_id"])
            add("closing_sums", (), receipts=int(new), **amounts)
            add("sums_hours", by_hour(head), receipts=int(new), **amounts)
    for row in rows.get("datapayment", ()):
        if heads[row["bon_id"]]["bon_typ"] == "Beleg":
            add(
                "sums_payments",
                (row["zahlart_typ"], row.get("zahlart_name") or "", row["zahlwaeh_code"]),
                payments=1,
                amount=row["basiswaeh_betrag"],
                foreign_amount=row.get("zahlwaeh_betrag") or 0,
            )

    def event(head: Mapping[str, Any], kind: str, gross: int) -> None:
        add("sums_cashiers", (*cashier(head), kind), count=1, gross=gross)

    for head in heads.values():
        if head["bon_typ"] != "Beleg":
            event(head, head["bon_typ"], head["ums_brutto"] * 1000)
        elif head.get("bon_storno") == "1":
            event(head, "cancelled_receipts", head["ums_brutto"] * 1000)
    for place, line in lines.items():
        head = heads[line["bon_id"]]
        if head["bon_typ"] != "Beleg":
            continue
        if line.get("p_storno") == "1":
            event(head, "cancelled_lines", line_gross[place])
        if line["gv_typ"] in ("Rabatt", "Aufschlag"):
            kind = "discounts" if line["gv_typ"] == "Rabatt" else "surcharges"
            event(head, kind, line_gross[place])
    kinds = {"discount": "discounts", "Rabatt": "discounts"} | dict.fromkeys(
        ("extra_amount", "Zuschlag"), "surcharges"
    )
    for row in rows.get("itemamounts", ()):
        if heads[row["bon_id"]]["bon_typ"] == "Beleg" and row["typ"] in kinds:
            event(heads[row["bon_id"]], kinds[row["typ"]], row["pf_brutto"])
    return found


def shown(made: Mapping[str, pa.Table], closing: int) -> dict[str, Plain]:
    """The sums of one closing in the same shape; no two rows have one key."""
    found: dict[str, Plain] = {}
    for name, key in GROUPED.items():
        rows = [row for row in made[name].to_pylist() if row.pop("closing") == closing]
        for row in rows:
            row.pop("currency", None)
        of = {tuple(row.pop(column) for column in key): row for row in rows}
        assert len(of) == len(rows)
        found[name] = of
    return found


def without_nothing(found: dict[str, Plain]) -> dict[str, dict[tuple[Any, ...], dict[str, int]]]:
    """``closing_sums`` has a row also where there is nothing."""
    kept = {name: {key: dict(row) for key, row in of.items()} for name, of in found.items()}
    kept["closing_sums"] = {
        key: row for key, row in kept["closing_sums"].items() if any(row.values())
    }
    return kept


@st.composite
def closings(draw: st.DrawFn) -> Rows:
    """Receipts of any kind with positions of any kind, all with their heads."""
    number, cents = st.integers(-(10**9), 10**9), st.integers(-(10**6), 10**6)
    rows: Rows = defaultdict(list)
    rows["vat"] = [{"ust_schluessel": key, "ust_satz": 1900 // key} for key in (1, 2)]
    for receipt in range(draw(st.integers(0, 4))):
        bon_id = f"b{receipt}"
        rows["transactions"].append(
            {
                "bon_id": bon_id,
                "bon_typ": draw(st.sampled_from(["Beleg", "Beleg", "AVBestellung", "AVTraining"])),
                "bon_storno": draw(st.sampled_from([None, "0", "1"])),
                "bon_ende": draw(
                    st.sampled_from(
                        [
                            "2026-10-25T02:30:00+02:00",
                            "2026-10-25T00:30:00Z",
                            "2026-10-25T01:30:00.000+00:00",
                            "2026-10-25T23:30:00+05:30",
                        ]
                    )
                ),
                "bediener_id": draw(st.sampled_from([None, "1", "2"])),
                "bediener_name": draw(st.sampled_from([None, "Ä"])),
                "ums_brutto": draw(cents),
            }
        )
        for line in range(draw(st.integers(0, 3))):
            place = {"bon_id": bon_id, "pos_zeile": str(line)}
            rows["lines"].append(
                place
                | {
                    "artikeltext": draw(st.sampled_from(["Bier", "Eis"])),
                    "gv_typ": draw(
                        st.sampled_from(
                            ["Umsatz", "Rabatt", "Aufschlag", "TrinkgeldAN", "Anfangsbestand"]
                        )
                    ),
                    "gv_name": draw(st.sampled_from([None, "x"])),
                    "p_storno": draw(st.sampled_from([None, "1"])),
                    "agentur_id": draw(st.sampled_from([None, 0, 3])),
                    "menge": draw(st.none() | number),
                }
            )
            for key in sorted(draw(st.sets(st.sampled_from([1, 2, 9])))):
                amounts = {name: draw(number) for name in ("pos_brutto", "pos_netto", "pos_ust")}
                rows["lines_vat"].append(place | {"ust_schluessel": key} | amounts)
            for kind in draw(st.lists(st.sampled_from(["discount", "Zuschlag", "base_amount"]))):
                rows["itemamounts"].append(
                    place | {"typ": kind, "ust_schluessel": 1, "pf_brutto": draw(number)}
                )
        for _ in range(draw(st.integers(0, 2))):
            rows["datapayment"].append(
                {
                    "bon_id": bon_id,
                    "zahlart_typ": draw(st.sampled_from(["Bar", "ECKarte"])),
                    "zahlwaeh_code": draw(st.sampled_from(["EUR", "CHF"])),
                    "zahlwaeh_betrag": draw(st.none() | cents),
                    "basiswaeh_betrag": draw(cents),
                }
            )
    return rows


@settings(max_examples=150, deadline=None)
@given(st.lists(closings(), min_size=1, max_size=3))
def test_sums_are_those_of_the_rows(made: list[Rows]) -> None:
    found = sums(batch_of(*made), BERLIN)
    for index, rows in enumerate(made):
        assert without_nothing(shown(found, index)) == without_nothing(plain(rows))
    assert found["closing_sums"]["closing"].to_pylist() == list(range(len(made)))
    for name, rows in found.items():
        assert rows["closing"].to_pylist() == sorted(rows["closing"].to_pylist()), name


def test_a_day_by_hand() -> None:
    # An opening float of 100,00, sales of 3,51 with 2,14 at 7 %, of 3,52, and an order.
    found = sums(batch_of(day(4)), BERLIN)
    assert found["closing_sums"].to_pylist() == [
        {
            "closing": 0,
            "currency": "EUR",
            "receipts": 2,
            "gross": 917_000,
            "net": 351 * 100_000 // 119 + 352 * 100_000 // 119 + 214 * 100_000 // 107,
            "vat": 917_000 - (351 * 100_000 // 119 + 352 * 100_000 // 119 + 214 * 100_000 // 107),
        }
    ]
    assert {row["kind"]: (row["count"], row["gross"]) for row in
            found["sums_cashiers"].to_pylist()} == {"AVBestellung": (1, 567_000)}  # fmt: skip
    floats = [row for row in found["sums_business_cases"].to_pylist() if not row["turnover"]]
    assert [(row["gv_typ"], row["gross"]) for row in floats] == [("Anfangsbestand", 10_000_000)]


def test_the_currency_is_the_tills() -> None:
    swiss = day(2)
    swiss["cashregister"][0]["kasse_basiswaeh_code"] = "CHF"
    found = sums(batch_of(day(2), swiss, heads=(head_of(), head_of(2))), BERLIN)
    assert found["closing_sums"]["currency"].to_pylist() == ["EUR", "CHF"]


@pytest.mark.parametrize(("written", "hour"), [
    ("2026-10-25T00:30:00Z", 2), ("2026-10-25T01:30:00Z", 2), ("2026-10-25T02:30:00+02:00", 2),
    ("2026-07-01T22:15:00Z", 0), ("2026-07-01T09:00:00-03:00", 9),
])  # fmt: skip
def test_hours_are_those_of_the_place(written: str, hour: int) -> None:
    rows = day(3)
    for row in rows["transactions"]:
        row["bon_ende"] = written
    found = sums(batch_of(rows), BERLIN)
    assert set(found["sums_hours"]["hour"].to_pylist()) == {hour}


def test_nonsense_stays_within_what_can_be_added_up() -> None:
    rows = day(3)
    for row in rows["lines_vat"]:
        row["pos_brutto"] = 2**63 - 1
    for row in rows["transactions"]:
        row["ums_brutto"] = -(2**63) + 1
    found = sums(batch_of(rows), BERLIN)
    assert found["closing_sums"]["gross"].to_pylist() == [GREATEST_SUM]
    assert all(abs(value) <= GREATEST_SUM for value in found["sums_cashiers"]["gross"].to_pylist())


def test_no_closings_have_no_sums() -> None:
    found = sums(ClosingBatch((), {}, {}), BERLIN)
    assert {table.name for table in SUM_TABLES} == set(found)
    assert not any(rows.num_rows for rows in found.values())
