"""Checks of a closing's own sums against its receipts of BON_TYP Beleg.

Receipts may be rounded one by one, so a sum may be off by a cent for each row in it, and by
five cents always: that is a warning. More says that rows are missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tillferry.closing.checks.hits import Hits, Params, row_hits
from tillferry.closing.links import (
    BoolArray,
    Links,
    decimal_text,
    encode_joint,
    encode_pairs,
    sum_by,
)
from tillferry.closing.model import Int64Array, Severity

ALWAYS_ALLOWED_CENTS = 5


def business_cases(links: Links) -> Iterator[Hits]:
    """``businesscases`` is the sum of the positions, by GV_TYP, VAT key, GV_NAME and AGENTUR_ID.

    Some tills give names in one table only. Where the sums by GV_TYP and VAT key meet, nothing
    is missing, and other names are a warning.
    """
    both = _both(links, "businesscases", "lines_vat") & (links.counts("lines") > 0)
    if not both.any():
        return
    positions = links.position_of_vat
    rows = np.flatnonzero((positions >= 0) & links.counted_in("lines_vat"))
    lines = positions[rows]
    keys = [
        _joint(links, "businesscases", "lines", "gv_typ", lines),
        _joint(links, "businesscases", "lines_vat", "ust_schluessel", rows),
        _joint(links, "businesscases", "lines", "gv_name", lines),
        _joint(links, "businesscases", "lines", "agentur_id", lines),
    ]
    gross = links.numbers("businesscases", "z_ums_brutto")
    parts = links.numbers("businesscases", "z_ums_netto") + links.numbers("businesscases", "z_ust")
    declared = np.where(links.has("businesscases", "z_ums_brutto"), gross, parts)
    yield from _differences(
        links,
        _Sums(
            table="businesscases",
            column="z_ums_brutto",
            decimals=5,
            declared=declared,
            booked=links.vat_gross[rows],
            booked_closings=links.closing_of("lines_vat")[rows],
            keys=keys,
            coarse=2,
            compared=both,
        ),
        "businesscases_differ",
        "businesscase_names_differ",
    )


def payments(links: Links) -> Iterator[Hits]:
    """``payment`` is the sum of the receipts' payments, by ZAHLART_TYP and ZAHLART_NAME."""
    both = _both(links, "payment", "datapayment")
    if not both.any():
        return
    rows = np.flatnonzero(links.counted_in("datapayment"))
    yield from _differences(
        links,
        _Sums(
            table="payment",
            column="z_zahlart_betrag",
            decimals=2,
            declared=links.numbers("payment", "z_zahlart_betrag"),
            booked=links.numbers("datapayment", "basiswaeh_betrag")[rows],
            booked_closings=links.closing_of("datapayment")[rows],
            keys=[
                _joint(links, "payment", "datapayment", column, rows)
                for column in ("zahlart_typ", "zahlart_name")
            ],
            coarse=1,
            compared=both,
        ),
        "payments_differ",
        "payment_names_differ",
    )


def closing_totals(links: Links) -> Iterator[Hits]:
    """Z_SE_ZAHLUNGEN is the sum of ``payment``, Z_SE_BARZAHLUNGEN that of its rows Bar.

    An opening float is cash in the drawer and so in both.
    """
    amounts = links.numbers("payment", "z_zahlart_betrag")
    cash = np.where(links.is_value("payment", "zahlart_typ", "Bar"), amounts, 0)
    closings = links.closing_of("cashpointclosing")
    counts = links.counts("payment")[closings]
    for column, values in (("z_se_zahlungen", amounts), ("z_se_barzahlungen", cash)):
        booked = sum_by(links.closing_of("payment"), values, len(links.batch))[closings]
        declared = links.numbers("cashpointclosing", column)
        compared = (counts > 0) & links.has("cashpointclosing", column)
        differ = compared & (declared != booked)
        grave = np.abs(declared - booked) > np.maximum(counts, ALWAYS_ALLOWED_CENTS)
        for severity, hit in ((Severity.INCOMPLETE, grave), (Severity.WARNING, ~grave)):
            rows = np.flatnonzero(differ & hit)
            yield row_hits(
                links,
                "closing_total_differs",
                severity,
                "cashpointclosing",
                rows,
                column,
                _pair_params(declared, booked, rows, 2),
            )


@dataclass(frozen=True)
class _Sums:
    """Declared rows of ``table`` and booked rows, each with its keys.

    ``keys`` gives for each key column the numbers of the declared and of the booked rows; the
    first ``coarse`` of them say what must meet. ``compared`` says which closings are.
    """

    table: str
    column: str
    decimals: int
    declared: Int64Array
    booked: Int64Array
    booked_closings: Int64Array
    keys: Sequence[tuple[Int64Array, Int64Array]]
    coarse: int
    compared: BoolArray


def _differences(links: Links, sums: _Sums, code: str, names_code: str) -> Iterator[Hits]:
    split = len(sums.declared)
    closings = np.concatenate((links.closing_of(sums.table), sums.booked_closings))
    cent = 10 ** (sums.decimals - 2)
    levels: list[_Level] = []
    codes = closings
    for depth, (declared, booked) in enumerate(sums.keys, start=1):
        codes, first = encode_pairs(codes, np.concatenate((declared, booked)))
        if depth in (sums.coarse, len(sums.keys)):
            levels.append(_level(sums, codes, first, split))
    coarse, fine = levels
    compared = sums.compared[closings[coarse.first]]
    off = np.abs(coarse.declared - coarse.booked)
    differ = compared & (off >= cent)
    grave = off > cent * np.maximum(coarse.counts, ALWAYS_ALLOWED_CENTS)
    for severity, hit in ((Severity.INCOMPLETE, grave), (Severity.WARNING, ~grave)):
        groups = np.flatnonzero(differ & hit)
        yield _group_hits(links, sums, coarse, groups, closings, code, severity)
    # A fine group lies in the coarse group of its first row.
    met = (compared & ~differ)[coarse.codes[fine.first]]
    groups = np.flatnonzero(met & (np.abs(fine.declared - fine.booked) >= cent))
    yield _group_hits(links, sums, fine, groups, closings, names_code, Severity.WARNING)


@dataclass(frozen=True)
class _Level:
    """Groups: of each its first row, its declared and booked sum and the count of booked rows."""

    codes: Int64Array
    first: Int64Array
    declared: Int64Array
    booked: Int64Array
    counts: Int64Array


def _level(sums: _Sums, codes: Int64Array, first: Int64Array, split: int) -> _Level:
    size = len(first)
    return _Level(
        codes,
        first,
        sum_by(codes[:split], sums.declared, size),
        sum_by(codes[split:], sums.booked, size),
        np.bincount(codes[split:], minlength=size),
    )


def _group_hits(
    links: Links,
    sums: _Sums,
    level: _Level,
    groups: Int64Array,
    closings: Int64Array,
    code: str,
    severity: Severity,
) -> Hits:
    first = level.first[groups]
    # Declared rows come first: a group whose first row is a booked one was not declared.
    rows = np.where(first < len(sums.declared), first, -1)
    return Hits(
        code,
        severity,
        closings[first],
        sums.table,
        sums.column,
        rows,
        _pair_params(level.declared, level.booked, groups, sums.decimals),
    )


def _pair_params(
    declared: Int64Array, booked: Int64Array, places: Int64Array, decimals: int
) -> Params:
    def params(place: int) -> Mapping[str, object]:
        at = int(places[place])
        return {
            "declared": decimal_text(int(declared[at]), decimals),
            "booked": decimal_text(int(booked[at]), decimals),
        }

    return params


def _joint(
    links: Links, declared: str, booked: str, column: str, rows: Int64Array
) -> tuple[Int64Array, Int64Array]:
    left, right = encode_joint(links.codes(declared, column), links.codes(booked, column))
    return left, right[rows]


def _both(links: Links, one: str, other: str) -> BoolArray:
    return (links.counts(one) > 0) & (links.counts(other) > 0)


CHECKS = (business_cases, payments, closing_totals)
