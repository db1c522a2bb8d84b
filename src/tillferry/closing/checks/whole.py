"""Checks whether a closing is all there: every row has what it belongs to, no table is torn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import pyarrow as pa

from tillferry.closing.checks.heads import with_bookings
from tillferry.closing.checks.hits import Hits, Params, row_hits
from tillferry.closing.links import (
    RECEIPT_TABLES,
    BoolArray,
    Links,
    encode,
    encode_joint,
    encode_pairs,
)
from tillferry.closing.model import Int64Array, Severity
from tillferry.closing.times import NULL

NEEDED_BY_TURNOVER: Final = (
    "lines",
    "lines_vat",
    "transactions_vat",
    "datapayment",
    "payment",
    "businesscases",
)
"""What a day with turnover has rows in. Some tills leave one out altogether."""

POSITION_TABLES: Final = ("lines_vat", "itemamounts", "subitems")

VAT_COLUMNS: Final = (
    ("businesscases", "ust_schluessel"),
    ("transactions_vat", "ust_schluessel"),
    ("lines_vat", "ust_schluessel"),
    ("itemamounts", "ust_schluessel"),
    ("subitems", "zi_ust_schluessel"),
)


def doubles(links: Links) -> Iterator[Hits]:
    """BON_ID is there once in a closing, POS_ZEILE once in a receipt: else it is ambiguous."""
    bons = links.doubled_receipts
    yield row_hits(
        links,
        "receipt_twice",
        Severity.ERROR,
        "transactions",
        bons,
        "bon_id",
        bon_ids(links, "transactions", bons),
    )
    positions = links.doubled_positions
    yield row_hits(
        links,
        "position_twice",
        Severity.ERROR,
        "lines",
        positions,
        "pos_zeile",
        bon_ids(links, "lines", positions),
    )


def rows_without_receipt(links: Links) -> Iterator[Hits]:
    """A row whose BON_ID no receipt has: the receipts' file is unfinished."""
    for table in RECEIPT_TABLES:
        if links.batch.rows(table):
            rows = np.flatnonzero(links.receipt_of(table) < 0)
            yield row_hits(
                links,
                "row_without_receipt",
                Severity.INCOMPLETE,
                table,
                rows,
                "bon_id",
                bon_ids(links, table, rows),
            )


def rows_without_position(links: Links) -> Iterator[Hits]:
    """A row whose position is not in ``lines``: that file is unfinished.

    A closing without any row in ``lines`` is seen by ``tables_absent``.
    """
    with_lines = links.counts("lines") > 0
    for table in POSITION_TABLES:
        if not links.batch.rows(table):
            continue
        positions = links.position_of_vat if table == "lines_vat" else links.position_of(table)
        if (positions >= 0).all():
            continue
        lost = (positions < 0) & (links.receipt_of(table) >= 0)
        lost &= links.has(table, "pos_zeile") & with_lines[links.closing_of(table)]
        rows = np.flatnonzero(lost)
        yield row_hits(
            links,
            "row_without_position",
            Severity.INCOMPLETE,
            table,
            rows,
            "pos_zeile",
            bon_ids(links, table, rows),
        )


def torn_receipts(links: Links) -> Iterator[Hits]:
    """A receipt with turnover and without positions, where others of its closing have some.

    Without VAT rows too, or at the end of the day, its rows were torn off. In the middle of the
    day and with VAT it is only odd: ``receipts.sums`` says so where the sums do not meet.
    """
    receipts = links.batch.rows("transactions")
    if not receipts:
        return
    lines = links.rows_per_receipt("lines")
    vat = links.rows_per_receipt("transactions_vat") + links.rows_per_receipt("lines_vat")
    closing_of = links.closing_of("transactions")
    turnover = links.counted & (links.numbers("transactions", "ums_brutto") != 0)
    others = (links.counts("lines") > 0)[closing_of]
    nothing = (lines == 0) & (vat == 0) & (others | (_vat_counts(links) > 0)[closing_of])
    rows = np.flatnonzero(
        turnover & (nothing | ((lines == 0) & others & _at_the_end(links, lines)))
    )
    yield row_hits(
        links,
        "receipt_torn",
        Severity.INCOMPLETE,
        "transactions",
        rows,
        "bon_id",
        bon_ids(links, "transactions", rows),
    )


def _vat_counts(links: Links) -> Int64Array:
    return links.counts("transactions_vat") + links.counts("lines_vat")


def _at_the_end(links: Links, rows_of: Int64Array) -> BoolArray:
    """For each receipt whether no later one of its closing has rows."""
    with_rows = np.append(0, np.cumsum(rows_of > 0))
    ends = links.batch.bounds("transactions")[1:][links.closing_of("transactions")]
    return np.asarray(with_rows[ends] == with_rows[:-1])


def tables_absent(links: Links) -> Iterator[Hits]:
    """A table that a closing needs and has no row in.

    Where the same till writes it in closings before this one and in none after it, the copy
    was torn in between. Else the till may leave it out: the checks that need it are skipped.
    """
    closings = len(links.batch)
    turnover = np.zeros(closings, dtype=np.bool_)
    counted = links.counted & (links.numbers("transactions", "ums_brutto") != 0)
    turnover[links.closing_of("transactions")[counted]] = True
    needs: dict[str, BoolArray] = dict.fromkeys(NEEDED_BY_TURNOVER, turnover)
    needs["vat"] = _vat_counts(links) > 0
    needs["tse"] = links.counts("transactions_tse") > 0
    needs["cashregister"] = needs["location"] = with_bookings(links)
    tills, _ = encode(pa.chunked_array([[repr((h.taxpayer, h.serial)) for h in links.batch.heads]]))
    z_nrs = np.array([head.z_nr for head in links.batch.heads], dtype=np.int64)
    for table, needed in needs.items():
        has = links.counts(table) > 0
        absent = needed & ~has
        last_with_rows = np.full(closings, NULL)
        np.maximum.at(last_with_rows, tills[has], z_nrs[has])
        last = last_with_rows[tills]
        torn = absent & (last != NULL) & (z_nrs > last) & (table in NEEDED_BY_TURNOVER)
        yield Hits("table_torn", Severity.INCOMPLETE, np.flatnonzero(torn), table)
        yield Hits("table_absent", Severity.WARNING, np.flatnonzero(absent & ~torn), table)


def unknown_vat_keys(links: Links) -> Iterator[Hits]:
    """Every UST_SCHLUESSEL is in ``vat`` of its closing."""
    for table, column in VAT_COLUMNS:
        yield from _unknown(links, table, column, "vat", "ust_schluessel", "vat_key_unknown")


def unknown_tses(links: Links) -> Iterator[Hits]:
    """Every TSE_ID is in ``tse`` of its closing."""
    yield from _unknown(links, "transactions_tse", "tse_id", "tse", "tse_id", "tse_unknown")


def _unknown(
    links: Links, table: str, column: str, master: str, master_column: str, code: str
) -> Iterator[Hits]:
    if not links.batch.rows(table) or not links.batch.rows(master):
        return
    used, masters = encode_joint(links.codes(table, column), links.codes(master, master_column))
    pairs, first = encode_pairs(links.closing_of(table), used)
    width = int(max(used.max(), masters.max())) + 1
    known = links.closing_of(master) * width + masters
    closings = links.closing_of(table)[first]
    bad = ~np.isin(closings * width + used[first], known) & (links.counts(master) > 0)[closings]
    if not bad.any():
        return
    rows = np.flatnonzero(bad[pairs] & links.has(table, column))
    yield row_hits(
        links,
        code,
        Severity.WARNING,
        table,
        rows,
        column,
        lambda place: {"value": links.column(table, column)[int(rows[place])].as_py()},
    )


def bon_ids(links: Links, table: str, rows: Int64Array) -> Params:
    """The message's parameter ``bon_id`` for hits at rows of a table."""

    def params(place: int) -> Mapping[str, object]:
        found = links.column(table, "bon_id")[int(rows[place])].as_py()
        return {"bon_id": "" if found is None else found}

    return params


CHECKS = (
    doubles,
    rows_without_receipt,
    rows_without_position,
    torn_receipts,
    tables_absent,
    unknown_vat_keys,
    unknown_tses,
)
