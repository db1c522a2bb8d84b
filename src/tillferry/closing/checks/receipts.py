"""Checks inside one receipt. All are warnings: the printed receipt is what counts in law."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from tillferry.closing.checks.hits import Hits, row_hits
from tillferry.closing.checks.whole import bon_ids
from tillferry.closing.links import Links, decimal_text, sum_by
from tillferry.closing.model import Int64Array, Severity
from tillferry.closing.times import NULL, instant_micros

_CENT: Final = 1000
"""A cent in the 1/100000 of the VAT tables."""

_INT64 = 2.0**62


def sums(links: Links) -> Iterator[Hits]:
    """UMS_BRUTTO is about the sum of a receipt's VAT rows, positions and payments.

    A till that leaves one of the tables out in the whole closing is not asked for it.
    """
    head = links.numbers("transactions", "ums_brutto") * _CENT
    for table in ("transactions_vat", "lines_vat", "datapayment"):
        if not links.batch.rows(table):
            continue
        total = links.sum_per_receipt(table, _amounts(links, table))
        asked = links.counted & (links.counts(table) > 0)[links.closing_of("transactions")]
        rows = np.flatnonzero(asked & (np.abs(head - total) >= _CENT))
        yield row_hits(
            links,
            "receipt_sum_differs",
            Severity.WARNING,
            "transactions",
            rows,
            "ums_brutto",
            _SumParams(links, table, head, total, rows),
        )


def _amounts(links: Links, table: str) -> Int64Array:
    """The gross amount of each row in 1/100000."""
    if table == "lines_vat":
        return links.vat_gross
    if table == "transactions_vat":
        return links.numbers(table, "bon_brutto")
    return links.numbers(table, "basiswaeh_betrag") * _CENT


class _SumParams:
    def __init__(
        self, links: Links, table: str, head: Int64Array, total: Int64Array, rows: Int64Array
    ) -> None:
        self._bon_id = bon_ids(links, "transactions", rows)
        self._table, self._head, self._total, self._rows = table, head, total, rows

    def __call__(self, place: int) -> Mapping[str, object]:
        row = int(self._rows[place])
        return {
            **self._bon_id(place),
            "table": self._table,
            "declared": decimal_text(int(self._head[row]), 5),
            "booked": decimal_text(int(self._total[row]), 5),
        }


def position_prices(links: Links) -> Iterator[Hits]:
    """MENGE / FAKTOR * STK_BR is POS_BRUTTO, to the cent.

    Positions whose price is made up in ``itemamounts`` (discounts) are left out.
    """
    if not links.batch.rows("lines") or not links.batch.rows("lines_vat"):
        return
    positions, size = links.position_of_vat, links.batch.rows("lines")
    gross = sum_by(positions, links.vat_gross, size)
    asked = links.has("lines", "menge") & links.has("lines", "stk_br")
    priced = np.zeros(size, dtype=np.bool_)
    priced[positions[positions >= 0]] = True
    if links.batch.rows("itemamounts"):
        made_up = links.position_of("itemamounts")
        priced[made_up[made_up >= 0]] = False
    factor = links.numbers("lines", "faktor")
    factor = np.where(factor == 0, 1000, factor)
    amount, price = links.numbers("lines", "menge"), links.numbers("lines", "stk_br")
    # Products beyond 64 bit are nonsense that values.bounds reports. The estimate decides only
    # which rows are computed; the comparison itself is in whole numbers.
    small = np.abs(amount.astype(np.float64) * price) < _INT64
    small &= np.abs(gross.astype(np.float64) * factor) < _INT64
    off = np.abs(amount * price - gross * factor) > _CENT * np.abs(factor)
    rows = np.flatnonzero(asked & priced & small & off)
    yield row_hits(
        links,
        "position_price_differs",
        Severity.WARNING,
        "lines",
        rows,
        "stk_br",
        bon_ids(links, "lines", rows),
    )


def cancellations(links: Links) -> Iterator[Hits]:
    """A cancellation (BON_STORNO 1) names in ``references`` what it cancels."""
    cancels = links.is_value("transactions", "bon_storno", "1")
    if not cancels.any():
        return
    rows = np.flatnonzero(cancels & (links.rows_per_receipt("references") == 0))
    yield row_hits(
        links,
        "cancellation_without_reference",
        Severity.WARNING,
        "transactions",
        rows,
        "bon_storno",
        bon_ids(links, "transactions", rows),
    )


def times(links: Links) -> Iterator[Hits]:
    """A receipt does not end before it starts."""
    if not links.batch.rows("transactions"):
        return
    start = instant_micros(links.column("transactions", "bon_start"))
    end = instant_micros(links.column("transactions", "bon_ende"))
    rows = np.flatnonzero((end < start) & (end != NULL))
    yield row_hits(
        links,
        "receipt_ends_before_start",
        Severity.WARNING,
        "transactions",
        rows,
        "bon_ende",
        bon_ids(links, "transactions", rows),
    )


CHECKS = (sums, position_prices, cancellations, times)
