"""Checks of working times and stock movements."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tillferry.closing.checks.hits import Hits, row_hits
from tillferry.closing.links import Links, encode_pairs
from tillferry.closing.model import Severity
from tillferry.closing.times import NULL, instant_micros


def ids_once(links: Links) -> Iterator[Hits]:
    """Entry ids and movement ids are there once in a closing."""
    for table, column in (("time_entries", "entry_id"), ("stock_movements", "movement_id")):
        if not links.batch.rows(table):
            continue
        codes, _ = links.codes(table, column)
        pairs, first = encode_pairs(links.closing_of(table), codes)
        again = first[pairs] != np.arange(len(pairs))
        rows = np.flatnonzero(again & links.has(table, column))
        yield row_hits(links, "entry_twice", Severity.WARNING, table, rows, column)


def working_times(links: Links) -> Iterator[Hits]:
    """Work does not end before it starts."""
    if not links.batch.rows("time_entries"):
        return
    start = instant_micros(links.column("time_entries", "start"))
    end = instant_micros(links.column("time_entries", "end"))
    rows = np.flatnonzero((end < start) & (end != NULL))
    yield row_hits(links, "work_ends_before_start", Severity.WARNING, "time_entries", rows, "end")


CHECKS = (ids_once, working_times)
