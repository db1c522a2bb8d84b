"""What a check hits, and how hits become findings of bounded number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tillferry.closing.links import Links
from tillferry.closing.model import ClosingBatch, Finding, Int64Array, Severity, finding
from tillferry.closing.tables import TABLES_BY_NAME

MOST_OF_A_CODE = 20
"""More findings of one code in one closing are counted, not shown."""

_RANK = {Severity.ERROR: 0, Severity.INCOMPLETE: 1, Severity.WARNING: 2, Severity.INFO: 3}

Params = Callable[[int], Mapping[str, object]]


def no_params(place: int) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Hits:
    """Where a check hit: ``closings`` has an entry for each hit, ``rows`` too where it has rows
    (-1 for a hit without one).

    ``params`` gives the message's parameters of a hit by its place; it is asked only for those
    that are shown.
    """

    code: str
    severity: Severity
    closings: Int64Array
    table: str = ""
    column: str = ""
    rows: Int64Array | None = None
    params: Params = no_params


Check = Callable[[Links], Iterable[Hits]]


def row_hits(
    links: Links,
    code: str,
    severity: Severity,
    table: str,
    rows: Int64Array,
    column: str = "",
    params: Params = no_params,
) -> Hits:
    """Hits at rows of a table."""
    return Hits(code, severity, links.closing_of(table)[rows], table, column, rows, params)


def to_findings(batch: ClosingBatch, found: Iterable[Hits]) -> tuple[tuple[Finding, ...], ...]:
    """For each closing its findings, the gravest first."""
    findings: list[list[Finding]] = [[] for _ in batch.heads]
    more: list[dict[str, tuple[Severity, int]]] = [{} for _ in batch.heads]
    shown: list[dict[str, int]] = [{} for _ in batch.heads]
    for hits in found:
        order = np.argsort(hits.closings, kind="stable")
        closings, counts = np.unique(hits.closings, return_counts=True)
        ends = np.cumsum(counts)
        for closing, count, end in zip(
            closings.tolist(), counts.tolist(), ends.tolist(), strict=True
        ):
            space = MOST_OF_A_CODE - shown[closing].get(hits.code, 0)
            start = end - count
            for place in order[start : start + min(count, space)].tolist():
                findings[closing].append(_finding(batch, hits, place))
            shown[closing][hits.code] = MOST_OF_A_CODE - space + min(count, space)
            if count > space:
                before = more[closing].get(hits.code, (hits.severity, 0))
                gravest = min(before[0], hits.severity, key=lambda of: _RANK[of])
                more[closing][hits.code] = (gravest, before[1] + count - space)
    for closing, codes in enumerate(more):
        findings[closing].extend(
            finding("more_findings", severity, of=code, count=count)
            for code, (severity, count) in codes.items()
        )
    return tuple(tuple(sorted(of, key=lambda one: _RANK[one.severity])) for of in findings)


def _finding(batch: ClosingBatch, hits: Hits, place: int) -> Finding:
    row = -1 if hits.rows is None else int(hits.rows[place])
    line = 0 if row < 0 else batch.line(hits.table, row)
    return finding(
        hits.code,
        hits.severity,
        TABLES_BY_NAME[hits.table].file_name if hits.table else "",
        line,
        hits.column.upper(),
        **hits.params(place),
    )
