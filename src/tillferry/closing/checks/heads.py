"""Checks of what a closing says of itself: its numbers, its rows of one, its first and last."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from tillferry.closing.checks.hits import Hits, Params, row_hits
from tillferry.closing.links import BoolArray, Links
from tillferry.closing.model import ClosingHead, Int64Array, Severity


def identity(links: Links) -> Iterator[Hits]:
    """Z_NR counts from 1; the till must be known; the taxpayer and Z_KASSE_ID should be."""
    heads = links.batch.heads
    bad = _where(heads, lambda head: head.z_nr < 1)
    yield Hits(
        "z_nr_below_one",
        Severity.ERROR,
        bad,
        "cashpointclosing",
        "z_nr",
        params=lambda place: {"z_nr": heads[int(bad[place])].z_nr},
    )
    yield Hits(
        "serial_missing",
        Severity.INCOMPLETE,
        _where(heads, lambda head: not head.serial),
        "cashregister",
        "kasse_seriennr",
    )
    yield Hits(
        "taxpayer_missing",
        Severity.WARNING,
        _where(heads, lambda head: not head.taxpayer),
        "cashpointclosing",
        "stnr",
    )
    yield Hits(
        "z_kasse_id_missing",
        Severity.WARNING,
        _where(heads, lambda head: not head.z_kasse_id),
        "cashpointclosing",
        "z_kasse_id",
    )


def rows_of_one(links: Links) -> Iterator[Hits]:
    """A closing has one row in ``cashpointclosing`` and one in ``cashregister``.

    A second one contradicts the first. Without the closing's own row the copy is unfinished.
    """
    closings = links.counts("cashpointclosing")
    yield Hits(
        "closing_row_missing",
        Severity.INCOMPLETE,
        np.flatnonzero(with_bookings(links) & (closings == 0)),
        "cashpointclosing",
    )
    for table, code in (("cashpointclosing", "closing_row_twice"), ("cashregister", "till_twice")):
        counts = links.counts(table)
        twice = np.flatnonzero(counts > 1)
        second = links.batch.bounds(table)[twice] + 1
        yield row_hits(links, code, Severity.ERROR, table, second)


def first_and_last(links: Links) -> Iterator[Hits]:
    """The receipts that Z_START_ID and Z_ENDE_ID name are there, else the copy is unfinished.

    A day without a receipt and without money may name whatever it likes.
    """
    closing_of = links.closing_of("cashpointclosing")
    money = links.numbers("cashpointclosing", "z_se_zahlungen") != 0
    money |= links.numbers("cashpointclosing", "z_se_barzahlungen") != 0
    expected = money | (links.counts("transactions")[closing_of] > 0)
    for column, code in (
        ("z_start_id", "first_receipt_absent"),
        ("z_ende_id", "last_receipt_absent"),
    ):
        named = links.column("cashpointclosing", column)
        absent = links.find_receipts(closing_of, named) < 0
        rows = np.flatnonzero(expected & absent & links.has("cashpointclosing", column))
        yield row_hits(
            links, code, Severity.INCOMPLETE, "cashpointclosing", rows, column, _ids(named, rows)
        )


def _ids(named: pa.ChunkedArray, rows: Int64Array) -> Params:
    return lambda place: {"bon_id": named[int(rows[place])].as_py()}


def with_bookings(links: Links) -> BoolArray:
    """For each closing whether its bookings were delivered."""
    return np.array(["bookings" in head.parts for head in links.batch.heads], dtype=np.bool_)


def _where(heads: tuple[ClosingHead, ...], is_bad: Callable[[ClosingHead], bool]) -> Int64Array:
    return np.array([index for index, head in enumerate(heads) if is_bad(head)], dtype=np.int64)


CHECKS = (identity, rows_of_one, first_and_last)
