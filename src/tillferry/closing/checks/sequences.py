"""Checks of what counts up: receipt ids and the signature counters of the TSE."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.checks.hits import Hits, row_hits
from tillferry.closing.checks.whole import bon_ids
from tillferry.closing.links import Links, encode_pairs
from tillferry.closing.model import Int64Array, Severity
from tillferry.closing.ranges import Ranges, format_ranges
from tillferry.closing.times import NULL, instant_micros

_MOST_DIGITS: Final = 18
_SHOWN_GAPS: Final = 5


def receipt_gaps(links: Links) -> Iterator[Hits]:
    """BON_IDs that are numbers should have no gaps; tills leave some in practice.

    One finding for a closing. Where more numbers are missing than are there, the ids do not
    count receipts (they may be made of times), and nothing is said.
    """
    if not links.batch.rows("transactions"):
        return
    ids, rows = _numeric_ids(links)
    closings = links.closing_of("transactions")[rows]
    order = np.lexsort((ids, closings)) if _descends(closings, ids) else None
    if order is not None:
        ids, rows, closings = ids[order], rows[order], closings[order]
    steps = np.where(closings[1:] == closings[:-1], np.diff(ids) - 1, 0)
    gaps = np.flatnonzero(steps > 0)
    missing = np.zeros(len(links.batch), dtype=np.int64)
    # Steps are capped, so that ids far apart do not grow beyond 64 bit: they count as "many".
    np.add.at(missing, closings[gaps], np.minimum(steps[gaps], 2**40))
    found = np.flatnonzero((missing > 0) & (missing <= links.counts("transactions")))
    of_gap = closings[gaps]
    first = gaps[np.searchsorted(of_gap, found)] + 1 if len(found) else found

    def params(place: int) -> dict[str, object]:
        places = gaps[of_gap == found[place]]
        shown: Ranges = tuple(
            (int(ids[at]) + 1, int(ids[at + 1]) - 1) for at in places[:_SHOWN_GAPS].tolist()
        )
        more = ", ..." if len(places) > _SHOWN_GAPS else ""
        return {"count": int(missing[found[place]]), "missing": format_ranges(shown) + more}

    yield Hits(
        "receipt_ids_have_gaps",
        Severity.WARNING,
        found,
        "transactions",
        "bon_id",
        rows[first],
        params,
    )


def _numeric_ids(links: Links) -> tuple[Int64Array, Int64Array]:
    """The BON_IDs of closings in which all are numbers, and their rows."""
    values = links.column("transactions", "bon_id")
    digits = pc.and_(
        pc.string_is_ascii(values),
        pc.and_(pc.utf8_is_digit(values), pc.less_equal(pc.binary_length(values), _MOST_DIGITS)),
    )
    numeric = np.asarray(pc.fill_null(digits, False).to_numpy())
    mixed = np.zeros(len(links.batch), dtype=np.bool_)
    mixed[links.closing_of("transactions")[~numeric]] = True
    rows = np.flatnonzero(~mixed[links.closing_of("transactions")])
    taken = values if len(rows) == len(values) else values.take(pa.array(rows))
    return np.asarray(pc.cast(taken, pa.int64()).to_numpy()), rows


def _descends(closings: Int64Array, ids: Int64Array) -> bool:
    return bool(((np.diff(ids) < 0) & (closings[1:] == closings[:-1])).any())


def tse_counters(links: Links) -> Iterator[Hits]:
    """TSE_TA_SIGZ of one TSE is there once and grows with TSE_TA_ENDE.

    Gaps are usual: starts, updates and messages of the TSE itself count too.
    """
    table = "transactions_tse"
    if not links.batch.rows(table):
        return
    rows = np.flatnonzero(links.has(table, "tse_ta_sigz") & links.has(table, "tse_id"))
    counters = links.numbers(table, "tse_ta_sigz")[rows]
    codes, _ = links.codes(table, "tse_id")
    tses, _ = encode_pairs(links.closing_of(table)[rows], codes[rows])
    if ((np.diff(tses) == 0) & (np.diff(counters) <= 0)).any() or (np.diff(tses) < 0).any():
        order = np.lexsort((counters, tses))
        rows, counters, tses = rows[order], counters[order], tses[order]
    same = np.diff(tses) == 0
    repeated = np.sort(rows[1:][same & (np.diff(counters) == 0)])
    yield row_hits(
        links,
        "tse_counter_repeated",
        Severity.WARNING,
        table,
        repeated,
        "tse_ta_sigz",
        bon_ids(links, table, repeated),
    )
    ends = instant_micros(links.column(table, "tse_ta_ende"))[rows]
    back = same & (ends[1:] < ends[:-1]) & (ends[1:] != NULL)
    backwards = np.sort(rows[1:][back])
    yield row_hits(
        links,
        "tse_counter_backwards",
        Severity.WARNING,
        table,
        backwards,
        "tse_ta_sigz",
        bon_ids(links, table, backwards),
    )


CHECKS = (receipt_gaps, tse_counters)
