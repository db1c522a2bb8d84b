"""Small closings that are arithmetically true, made by hand for the tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pyarrow as pa

from tillferry.closing.model import ClosingBatch, ClosingHead, Int64Array
from tillferry.closing.order import canonical_order
from tillferry.closing.tables import TABLES, TABLES_BY_NAME

Rows = dict[str, list[dict[str, Any]]]

SUMMER = timezone(timedelta(hours=2))


def head_of(z_nr: int = 1, serial: str = "SER-1", **more: Any) -> ClosingHead:
    values: dict[str, Any] = {
        "taxpayer": "123/456/7890",
        "serial": serial,
        "z_kasse_id": "K1",
        "z_erstellung": "2026-07-01T22:00:00+02:00",
        "z_nr": z_nr,
        "business_day": date(2026, 7, 1),
    }
    return ClosingHead(**(values | more))


def day(receipts: int = 4, first_id: int = 1) -> Rows:
    """A day of sales at 19 % and 7 %, with an opening float and an order that must not count.

    The float is the first receipt, the order the last; every other one has two positions.
    """
    rows: Rows = {name: [] for name in TABLES_BY_NAME}
    rows["location"] = [
        {
            "loc_name": "Nord",
            "loc_strasse": "Weg 1",
            "loc_plz": "1",
            "loc_ort": "Ort",
            "loc_land": "DEU",
        }
    ]
    rows["cashregister"] = [{"kasse_seriennr": "SER-1", "kasse_basiswaeh_code": "EUR"}]
    rows["vat"] = [
        {"ust_schluessel": 1, "ust_satz": 1900, "ust_beschr": "Allgemein"},
        {"ust_schluessel": 2, "ust_satz": 700, "ust_beschr": "Ermäßigt"},
        {"ust_schluessel": 5, "ust_satz": 0, "ust_beschr": "Nicht steuerbar"},
    ]
    rows["tse"] = [
        {
            "tse_id": 1,
            "tse_serial": "AB" * 32,
            "tse_sig_algo": "ecdsa-plain-SHA256",
            "tse_zeitformat": "unixTime",
            "tse_pd_encoding": "UTF-8",
            "tse_public_key": "BAAA",
            "tse_zertifikat_i": "MIIB",
        }
    ]
    start = datetime(2026, 7, 1, 10, tzinfo=SUMMER)
    for number in range(receipts):
        bon_id = str(first_id + number)
        opening, order = number == 0, number == receipts - 1 and receipts > 1
        positions = [("Anfangsbestand", 5, 10000)] if opening else [("Umsatz", 1, 350 + number)]
        if number % 2 and not opening:
            positions.append(("Umsatz", 2, 214))
        total = sum(amount for _, _, amount in positions)
        began = start + timedelta(minutes=number)
        rows["transactions"].append(
            {
                "bon_id": bon_id,
                "bon_nr": number + 1,
                "bon_typ": "AVBestellung" if order else "Beleg",
                "bon_storno": "0",
                "bon_start": began.isoformat(),
                "bon_ende": (began + timedelta(seconds=30)).isoformat(),
                "bediener_id": "7",
                "ums_brutto": total,
            }
        )
        rows["datapayment"].append(
            {
                "bon_id": bon_id,
                "zahlart_typ": "Bar" if opening or number % 3 else "ECKarte",
                "zahlwaeh_code": "EUR",
                "basiswaeh_betrag": total,
            }
        )
        rows["transactions_tse"].append(
            {
                "bon_id": bon_id,
                "tse_id": 1,
                "tse_tanr": 100 + number,
                "tse_ta_start": f"2026-07-01T08:{number // 60 % 60:02}:{number % 60:02}.000Z",
                "tse_ta_ende": f"2026-07-01T09:{number // 60 % 60:02}:{number % 60:02}.000Z",
                "tse_ta_vorgangsart": "Kassenbeleg-V1",
                "tse_ta_sigz": 1000 + 2 * number,
                "tse_ta_sig": "c2ln",
            }
        )
        for line, (gv_typ, key, amount) in enumerate(positions, start=1):
            rows["lines"].append(
                {
                    "bon_id": bon_id,
                    "pos_zeile": str(line),
                    "artikeltext": "Limo",
                    "gv_typ": gv_typ,
                    "agentur_id": 0,
                    "art_nr": "4711",
                    "menge": 1000,
                    "faktor": 1000,
                    "stk_br": amount * 1000,
                }
            )
            net = {1: amount * 100_000 // 119, 2: amount * 100_000 // 107, 5: amount * 1000}[key]
            amounts = (amount * 1000, net, amount * 1000 - net)
            rows["lines_vat"].append(
                {"bon_id": bon_id, "pos_zeile": str(line), "ust_schluessel": key}
                | dict(zip(("pos_brutto", "pos_netto", "pos_ust"), amounts, strict=True))
            )
            rows["transactions_vat"].append(
                {"bon_id": bon_id, "ust_schluessel": key}
                | dict(zip(("bon_brutto", "bon_netto", "bon_ust"), amounts, strict=True))
            )
    _totals(rows)
    return rows


def _totals(rows: Rows) -> None:
    """The closing's own sums, over Beleg only."""
    counted = {row["bon_id"] for row in rows["transactions"] if row["bon_typ"] == "Beleg"}
    gv_types = {(row["bon_id"], row["pos_zeile"]): row["gv_typ"] for row in rows["lines"]}
    cases: dict[tuple[str, int], list[int]] = {}
    for row in rows["lines_vat"]:
        if row["bon_id"] in counted:
            key = (gv_types[row["bon_id"], row["pos_zeile"]], row["ust_schluessel"])
            sums = cases.setdefault(key, [0, 0, 0])
            for place, name in enumerate(("pos_brutto", "pos_netto", "pos_ust")):
                sums[place] += row[name]
    rows["businesscases"] = [
        {"gv_typ": gv_typ, "agentur_id": 0, "ust_schluessel": key}
        | dict(zip(("z_ums_brutto", "z_ums_netto", "z_ust"), sums, strict=True))
        for (gv_typ, key), sums in cases.items()
    ]
    payments: dict[str, int] = {}
    for row in rows["datapayment"]:
        if row["bon_id"] in counted:
            kind = row["zahlart_typ"]
            payments[kind] = payments.get(kind, 0) + row["basiswaeh_betrag"]
    rows["payment"] = [
        {"zahlart_typ": kind, "z_zahlart_betrag": amount} for kind, amount in payments.items()
    ]
    rows["cash_per_currency"] = [
        {"zahlart_waeh": "EUR", "zahlart_betrag_waeh": payments.get("Bar", 0)}
    ]
    ids = [row["bon_id"] for row in rows["transactions"]]
    rows["cashpointclosing"] = [
        {
            "taxonomie_version": "2.4",
            "z_start_id": ids[0] if ids else None,
            "z_ende_id": ids[-1] if ids else None,
            "name": "Strandbar",
            "strasse": "Weg 1",
            "plz": "1",
            "ort": "Ort",
            "land": "DEU",
            "stnr": "123/456/7890",
            "z_se_zahlungen": sum(payments.values()),
            "z_se_barzahlungen": payments.get("Bar", 0),
        }
    ]


def batch_of(*closings: Mapping[str, Sequence[Mapping[str, Any]]], **heads: Any) -> ClosingBatch:
    """A batch of closings, put in canonical order, the rows' lines counting from 2.

    ``heads`` may give the heads; otherwise the Z numbers count from 1.
    """
    given = heads.get("heads") or tuple(head_of(index + 1) for index in range(len(closings)))
    tables: dict[str, pa.Table] = {}
    offsets: dict[str, Int64Array] = {}
    lines: dict[str, Int64Array] = {}
    for table in TABLES:
        parts = [list(rows.get(table.name, ())) for rows in closings]
        flat = [row for part in parts for row in part]
        if not flat:
            continue
        counts = np.array([len(part) for part in parts], dtype=np.int64)
        rows = pa.Table.from_pylist(flat, schema=table.arrow_schema)
        closing_of = np.repeat(np.arange(len(closings), dtype=np.int64), counts)
        line = np.concatenate([np.arange(2, 2 + count) for count in counts]).astype(np.int64)
        order = canonical_order(table, rows, closing_of)
        if order is not None:
            rows, line = rows.take(pa.array(order)), line[order]
        tables[table.name] = rows
        offsets[table.name] = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
        lines[table.name] = line
    return ClosingBatch(tuple(given), tables, offsets, lines)
