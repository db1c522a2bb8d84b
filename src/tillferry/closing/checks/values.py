"""Checks of single values: mandatory ones, closed lists, bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing import tables
from tillferry.closing.checks.hits import Hits, Params, row_hits
from tillferry.closing.links import BoolArray, Links
from tillferry.closing.model import Int64Array, Severity
from tillferry.closing.tables import TABLES, Kind

GREATEST_AMOUNT: Final = 10**9
"""In units. No till sells for a thousand million in one row: such a number was misread."""

_FLAG: Final = ("0", "1")

CLOSED_LISTS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = MappingProxyType(
    {
        ("transactions", "bon_typ"): tables.BON_TYPES,
        ("transactions", "bon_storno"): _FLAG,
        ("businesscases", "gv_typ"): tables.GV_TYPES,
        ("lines", "gv_typ"): tables.GV_TYPES,
        ("lines", "inhaus"): _FLAG,
        ("lines", "p_storno"): _FLAG,
        ("payment", "zahlart_typ"): tables.ZAHLART_TYPES,
        ("datapayment", "zahlart_typ"): tables.ZAHLART_TYPES,
        ("references", "ref_typ"): tables.REF_TYPES,
        ("itemamounts", "typ"): tables.PREISFINDUNG_TYPES,
        ("cashregister", "keine_ust_zuordnung"): _FLAG,
        ("tse", "tse_zeitformat"): tables.TSE_ZEITFORMATE,
        ("transactions_tse", "tse_ta_vorgangsart"): tables.TSE_VORGANGSARTEN,
        ("stock_movements", "kind"): tables.STOCK_KINDS,
    }
)

EMPTY_IN_PRACTICE: Final = frozenset(
    {
        # The customer is unknown at a counter.
        ("transactions", "kunde_name"),
        ("transactions", "kunde_id"),
        ("transactions", "kunde_typ"),
        # A short certificate has no second part.
        ("tse", "tse_zertifikat_ii"),
    }
)
"""Columns of class M that are empty where there is nothing to say."""


def mandatory(links: Links) -> Iterator[Hits]:
    """Columns of class M have a value; one finding for each closing and column."""
    for table in TABLES:
        if not links.batch.rows(table.name):
            continue
        for column in table.columns:
            asked = column.requirement == "M" and (table.name, column.name) not in EMPTY_IN_PRACTICE
            if asked and links.column(table.name, column.name).null_count:
                yield _missing(links, table.name, column.name)


def _missing(links: Links, table: str, column: str) -> Hits:
    absent = ~links.has(table, column)
    if table == "transactions_tse" and column != "bon_id":
        # While the TSE is out of order there is only the description of the fault.
        absent &= ~links.has(table, "tse_ta_fehler")
    if column in ("z_start_id", "z_ende_id"):
        absent &= (links.counts("transactions") > 0)[links.closing_of(table)]
    rows = np.flatnonzero(absent)
    closings, first, counts = np.unique(
        links.closing_of(table)[rows], return_index=True, return_counts=True
    )
    return Hits(
        "field_missing",
        Severity.WARNING,
        closings,
        table,
        column,
        rows[first],
        lambda place: {"count": int(counts[place])},
    )


def closed_lists(links: Links) -> Iterator[Hits]:
    """Values of the standard's closed lists are known."""
    for (table, column), known in CLOSED_LISTS.items():
        if not links.batch.rows(table):
            continue
        codes, values = links.codes(table, column)
        bad = pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, pa.array(known))))
        if not pc.any(bad).as_py():
            continue
        rows = np.flatnonzero(np.asarray(bad.to_numpy(zero_copy_only=False))[codes])
        yield row_hits(
            links,
            "value_unknown",
            Severity.WARNING,
            table,
            rows,
            column,
            _value(links, table, column, rows),
        )


def bounds(links: Links) -> Iterator[Hits]:
    """Amounts and quantities are of a size that a till can book; beyond, the file is misread."""
    for table in TABLES:
        if not links.batch.rows(table.name):
            continue
        for column in table.columns:
            if column.kind is not Kind.NUMBER or column.decimals == 0:
                continue
            limit = GREATEST_AMOUNT * 10**column.decimals
            values = links.column(table.name, column.name)
            extremes = pc.min_max(values).as_py()
            if extremes["min"] is None or -limit <= extremes["min"] <= extremes["max"] <= limit:
                continue
            rows = np.flatnonzero(_beyond(links.numbers(table.name, column.name), limit))
            yield row_hits(links, "number_too_large", Severity.ERROR, table.name, rows, column.name)


def _beyond(values: Int64Array, limit: int) -> BoolArray:
    return (values > limit) | (values < -limit)


def _value(links: Links, table: str, column: str, rows: Int64Array) -> Params:
    return lambda place: {"value": str(links.column(table, column)[int(rows[place])].as_py())[:80]}


CHECKS = (mandatory, closed_lists, bounds)
