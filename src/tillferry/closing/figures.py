"""The two figures by which people know a closing: its receipts and its gross turnover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from tillferry.closing.model import ClosingBatch, Int64Array
from tillferry.closing.tables import TURNOVER_BON_TYPE

_SAFE_SUM = 2**62


@dataclass(frozen=True, slots=True)
class Figures:
    """Over the receipts of BON_TYP Beleg, the only ones that count.

    ``receipts`` is their number, ``gross_cents`` the sum of UMS_BRUTTO in hundredths.
    """

    receipts: int
    gross_cents: int


def figures(batch: ClosingBatch) -> tuple[Figures, ...]:
    """The figures of each closing, exact."""
    rows = batch.table("transactions")
    bounds = batch.bounds("transactions")
    counted = pc.fill_null(pc.equal(rows.column("bon_typ"), TURNOVER_BON_TYPE), False).to_numpy()
    amounts = pc.fill_null(rows.column("ums_brutto"), 0).to_numpy()
    receipts = _sums(counted.astype(np.int64), bounds)
    gross = _sums(np.where(counted, amounts, 0), bounds)
    return tuple(Figures(*pair) for pair in zip(receipts, gross, strict=True))


def _sums(values: Int64Array, bounds: Int64Array) -> list[int]:
    """The sum of each closing's values."""
    if not len(values):
        return [0] * (len(bounds) - 1)
    greatest = max(int(values.max()), -int(values.min()))
    if greatest * len(values) < _SAFE_SUM:
        running = np.concatenate((np.zeros(1, np.int64), np.cumsum(values)))
        return [int(total) for total in np.diff(running[bounds])]
    # Sums beyond 64 bit: only nonsense gets here, but nonsense is shown as it is, too.
    starts, ends = bounds[:-1].tolist(), bounds[1:].tolist()
    return [sum(values[start:end].tolist()) for start, end in zip(starts, ends, strict=True)]
