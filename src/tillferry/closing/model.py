"""Closings as values: heads, rows in Arrow tables, findings.

Closings are handled in batches, for a hundred small ones cost little more than one large one
that way: one table holds the rows of all closings of the batch, one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tillferry.closing.tables import TABLES, TABLES_BY_NAME, Part

Int64Array = npt.NDArray[np.int64]


class Severity(StrEnum):
    """What a finding means for its closing."""

    ERROR = "error"
    """The closing cannot be read: it is *rejected*."""
    INCOMPLETE = "incomplete"
    """The copy is unfinished: the closing waits for a better delivery."""
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect or a remark about data, as a value.

    ``code`` has its texts in ``messages``; ``params`` fill them. ``line`` counts from 1 (the
    header line is 1) and is 0 where there is none; ``column`` is the name in the header.
    """

    code: str
    severity: Severity
    params: tuple[tuple[str, str], ...] = ()
    file: str = ""
    line: int = 0
    column: str = ""


def finding(
    code: str,
    severity: Severity,
    file: str = "",
    line: int = 0,
    column: str = "",
    **params: object,
) -> Finding:
    """A finding with its parameters as texts."""
    shown = tuple((name, str(value)) for name, value in params.items())
    return Finding(code, severity, shown, file, line, column)


@dataclass(frozen=True, slots=True)
class ClosingHead:
    """Who closed what, when.

    A till is known by ``taxpayer`` (STNR, else USTID, blanks taken out) and ``serial``
    (KASSE_SERIENNR). ``z_erstellung`` carries an offset. ``business_day`` is Z_BUCHUNGSTAG, else
    the day of ``z_erstellung`` where the till stands. ``parts`` were delivered, be it without a
    row. ``source`` says where the closing was found, for people. ``findings`` are the reader's.
    """

    taxpayer: str
    serial: str
    z_kasse_id: str
    z_erstellung: str
    z_nr: int
    business_day: date
    parts: tuple[Part, ...] = ("bookings",)
    source: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class ClosingBatch:
    """Closings with their rows.

    ``tables`` maps a table's name to the rows of all closings, closing after closing, each
    closing's rows in canonical order (see ``closing.order``); the columns are the table's
    ``arrow_schema``. Tables without rows may be left out. ``offsets[name]`` has one entry more
    than ``heads``: closing ``i`` has the rows ``offsets[i]`` to ``offsets[i + 1]``. ``lines`` maps
    a table to the line of each row in its file (counting from 1), where that is known.
    """

    heads: tuple[ClosingHead, ...]
    tables: Mapping[str, pa.Table]
    offsets: Mapping[str, Int64Array]
    lines: Mapping[str, Int64Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.heads)

    def rows(self, name: str) -> int:
        """The number of rows of a table over all closings."""
        return int(self.tables[name].num_rows) if name in self.tables else 0

    def table(self, name: str) -> pa.Table:
        """The rows of a table over all closings; an empty table where there are none."""
        found = self.tables.get(name)
        return TABLES_BY_NAME[name].arrow_schema.empty_table() if found is None else found

    def bounds(self, name: str) -> Int64Array:
        """``offsets`` of a table, also where it has no rows."""
        found = self.offsets.get(name)
        return np.zeros(len(self.heads) + 1, dtype=np.int64) if found is None else found

    def closing_of(self, name: str) -> Int64Array:
        """For each row of a table the index of its closing."""
        return np.repeat(np.arange(len(self.heads), dtype=np.int64), np.diff(self.bounds(name)))

    def closing_rows(self, name: str, index: int) -> pa.Table:
        """The rows that closing ``index`` has in a table, without a copy."""
        bounds = self.bounds(name)
        start = int(bounds[index])
        return self.table(name).slice(start, int(bounds[index + 1]) - start)

    def line(self, name: str, row: int) -> int:
        """The line of a row in its file, 0 where that is not known."""
        lines = self.lines.get(name)
        return 0 if lines is None else int(lines[row])

    def take(self, indices: Sequence[int]) -> ClosingBatch:
        """Some of the closings, in the order of ``indices``; long runs of them cost no copy."""
        if list(indices) == list(range(len(self.heads))):
            return self
        runs = _runs(indices)
        tables: dict[str, pa.Table] = {}
        offsets: dict[str, Int64Array] = {}
        lines: dict[str, Int64Array] = {}
        for name, rows in self.tables.items():
            bounds = self.offsets[name]
            counts = np.diff(bounds)[np.asarray(indices, dtype=np.int64)]
            if counts.sum() == 0:
                continue
            spans = [(int(bounds[first]), int(bounds[last + 1])) for first, last in runs]
            tables[name] = _joined([rows.slice(start, end - start) for start, end in spans])
            offsets[name] = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
            if name in self.lines:
                lines[name] = np.concatenate([self.lines[name][start:end] for start, end in spans])
        return ClosingBatch(tuple(self.heads[i] for i in indices), tables, offsets, lines)

    def without_part(self, part: Part) -> ClosingBatch:
        """The same closings as if ``part`` had not been delivered."""
        dropped = {table.name for table in TABLES if table.part == part}
        heads = tuple(
            replace(head, parts=tuple(name for name in head.parts if name != part))
            for head in self.heads
        )
        return ClosingBatch(
            heads,
            {name: rows for name, rows in self.tables.items() if name not in dropped},
            {name: rows for name, rows in self.offsets.items() if name not in dropped},
            {name: rows for name, rows in self.lines.items() if name not in dropped},
        )


def concat_batches(batches: Sequence[ClosingBatch]) -> ClosingBatch:
    """One batch with the closings of all ``batches`` in their order."""
    if len(batches) == 1:
        return batches[0]
    heads = tuple(head for batch in batches for head in batch.heads)
    tables: dict[str, pa.Table] = {}
    offsets: dict[str, Int64Array] = {}
    lines: dict[str, Int64Array] = {}
    for table in TABLES:
        name = table.name
        parts = [batch.tables[name] for batch in batches if name in batch.tables]
        if not parts:
            continue
        tables[name] = _joined(parts)
        counts = np.concatenate([np.diff(batch.bounds(name)) for batch in batches])
        offsets[name] = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
        if all(name in batch.lines for batch in batches if name in batch.tables):
            lines[name] = np.concatenate(
                [batch.lines[name] for batch in batches if name in batch.tables]
            )
    return ClosingBatch(heads, tables, offsets, lines)


_SMALL_CHUNK_ROWS = 8192


def _joined(parts: Sequence[pa.Table]) -> pa.Table:
    """The rows of all ``parts``, without many small chunks: every later step would pay for them."""
    rows = pa.concat_tables(parts)
    chunks = rows.column(0).num_chunks
    many_small = chunks > 1 and rows.num_rows < chunks * _SMALL_CHUNK_ROWS
    return rows.combine_chunks() if many_small else rows


def _runs(indices: Sequence[int]) -> list[tuple[int, int]]:
    """``indices`` as runs (first, last) of neighbours, in their order."""
    runs: list[tuple[int, int]] = []
    for index in indices:
        if runs and runs[-1][1] + 1 == index:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs
