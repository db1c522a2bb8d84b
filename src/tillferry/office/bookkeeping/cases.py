"""Checks that only the bookkeeper asks for: VAT against its rates, cash by currency, BON_NR.

They hit as those of ``closing.checks`` do; all are warnings, for the closing is held already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from tillferry.closing.checks.hits import Hits, row_hits
from tillferry.closing.checks.whole import bon_ids
from tillferry.closing.links import Links, decimal_text, encode_joint, encode_pairs, sum_by
from tillferry.closing.model import Int64Array, Severity
from tillferry.closing.money import RATE_UNIT, vat_of_gross
from tillferry.closing.ranges import Ranges, format_ranges
from tillferry.closing.tables import BASE_CURRENCY

CENT: Final = 1000
"""A cent in the 1/100000 of the VAT tables."""
_SAFE_AMOUNT: Final = 10**14
"""Beyond, a product with a rate would leave 64 bit; no till books so much."""
_SHOWN_GAPS: Final = 5

FIXED_RATES: Final[Mapping[int, int]] = {
    5: 0,
    6: 0,
    7: 0,
    8: 0,
    11: 1900,
    12: 700,
    13: 1070,
    21: 1600,
    22: 500,
    23: 950,
    33: 900,
    43: 840,
}
"""UST_SCHLUESSEL that mean one rate for ever (DSFinV-K 2.4, appendix on VAT keys)."""
_LOWERED: Final = (date(2020, 7, 1), date(2020, 12, 31))


def vat_amounts(links: Links) -> Iterator[Hits]:
    """The VAT of each receipt is its gross at the rate of the key, to a cent for each position."""
    table = "transactions_vat"
    if not links.batch.rows(table) or not links.batch.rows("vat"):
        return
    gross, vat = links.numbers(table, "bon_brutto"), links.numbers(table, "bon_ust")
    rates = _rates(links, table)
    receipts = links.receipt_of(table)
    small = (np.abs(gross) < _SAFE_AMOUNT) & (receipts >= 0) & (rates >= 0)
    rows = np.flatnonzero(small & links.has(table, "bon_ust") & links.has(table, "bon_brutto"))
    # Whole numbers only: gross * rate / (100 % + rate), compared without dividing.
    whole = RATE_UNIT + rates[rows]
    off = np.abs(gross[rows] * rates[rows] - vat[rows] * whole)
    lines = np.maximum(links.rows_per_receipt("lines")[receipts[rows]], 1)
    hit = off > CENT * lines * whole
    rows = rows[hit & links.counted[receipts[rows]]]

    def params(place: int) -> Mapping[str, object]:
        row = int(rows[place])
        expected = vat_of_gross(int(gross[row]), int(rates[row]))
        return {
            **bon_ids(links, table, rows)(place),
            "rate": decimal_text(int(rates[row]), 2),
            "booked": decimal_text(int(vat[row]), 5),
            "expected": decimal_text(expected, 5),
        }

    yield row_hits(links, "vat_differs", Severity.WARNING, table, rows, "bon_ust", params)


def vat_of_positions(links: Links) -> Iterator[Hits]:
    """A receipt's VAT rows are the sums of its positions at the same key, to a cent."""
    head, lines = "transactions_vat", "lines_vat"
    if not links.batch.rows(head) or not links.batch.rows(lines):
        return
    declared, booked = encode_joint(
        links.codes(head, "ust_schluessel"), links.codes(lines, "ust_schluessel")
    )
    receipts = np.concatenate((links.receipt_of(head), links.receipt_of(lines)))
    codes, first = encode_pairs(receipts + 1, np.concatenate((declared, booked)))
    split, size = len(declared), len(first)
    left = sum_by(codes[:split], links.numbers(head, "bon_brutto"), size)
    right = sum_by(codes[split:], links.vat_gross, size)
    of = receipts[first]
    with_both = (links.counts(head) > 0) & (links.counts(lines) > 0)
    closings = links.closing_of("transactions")
    good = of >= 0
    good[good] &= links.counted[of[good]] & with_both[closings[of[good]]]
    groups = np.flatnonzero(good & (np.abs(left - right) > CENT))
    keys = pa.concat_arrays(
        [links.column(name, "ust_schluessel").combine_chunks() for name in (head, lines)]
    )

    def params(place: int) -> Mapping[str, object]:
        group = int(groups[place])
        return {
            **bon_ids(links, "transactions", of[groups])(place),
            "key": keys[int(first[group])].as_py(),
            "declared": decimal_text(int(left[group]), 5),
            "booked": decimal_text(int(right[group]), 5),
        }

    rows = of[groups]
    yield row_hits(
        links, "vat_of_positions_differs", Severity.WARNING, "transactions", rows, "", params
    )


def vat_rates(links: Links) -> Iterator[Hits]:
    """Keys with a fixed meaning have that rate; keys 1 and 2 the general and the reduced one."""
    if not links.batch.rows("vat"):
        return
    keys, rates = links.numbers("vat", "ust_schluessel"), links.numbers("vat", "ust_satz")
    closings = links.closing_of("vat")
    usual = np.array(
        [
            _usual_rate(int(key), links.batch.heads[int(closing)].business_day)
            for key, closing in zip(keys.tolist(), closings.tolist(), strict=True)
        ],
        dtype=np.int64,
    )
    rows = np.flatnonzero((usual >= 0) & (rates != usual) & links.has("vat", "ust_satz"))
    yield row_hits(
        links,
        "vat_rate_unusual",
        Severity.WARNING,
        "vat",
        rows,
        "ust_satz",
        lambda place: {
            "key": int(keys[rows[place]]),
            "rate": decimal_text(int(rates[rows[place]]), 2),
            "usual": decimal_text(int(usual[rows[place]]), 2),
        },
    )


def cash_by_currency(links: Links) -> Iterator[Hits]:
    """``cash_per_currency`` is the sum of what was paid in cash, currency by currency."""
    table, payments = "cash_per_currency", "datapayment"
    if not links.batch.rows(table) or not links.batch.rows(payments):
        return
    receipts = links.receipt_of(payments)
    paid = np.flatnonzero(
        (receipts >= 0) & links.counted[receipts] & links.is_value(payments, "zahlart_typ", "Bar")
    )
    declared, booked = encode_joint(
        links.codes(table, "zahlart_waeh"), links.codes(payments, "zahlwaeh_code")
    )
    closings = np.concatenate((links.closing_of(table), links.closing_of(payments)[paid]))
    codes, first = encode_pairs(closings, np.concatenate((declared, booked[paid])))
    split, size = len(declared), len(first)
    left = sum_by(codes[:split], links.numbers(table, "zahlart_betrag_waeh"), size)
    right = sum_by(codes[split:], _in_currency(links)[paid], size)
    with_both = (links.counts(table) > 0)[closings[first]]
    groups = np.flatnonzero(with_both & (left != right))
    rows = np.where(first[groups] < split, first[groups], -1)
    currencies = pa.concat_arrays(
        [
            links.column(table, "zahlart_waeh").combine_chunks(),
            links.column(payments, "zahlwaeh_code").combine_chunks().take(pa.array(paid)),
        ]
    )
    yield Hits(
        "cash_differs",
        Severity.WARNING,
        closings[first[groups]],
        table,
        "zahlart_betrag_waeh",
        rows,
        lambda place: {
            "currency": currencies[int(first[groups[place]])].as_py() or "",
            "declared": decimal_text(int(left[groups[place]]), 2),
            "booked": decimal_text(int(right[groups[place]]), 2),
        },
    )


def receipt_numbers(links: Links) -> Iterator[Hits]:
    """BON_NR counts within a closing: none twice, none left out.

    Where more numbers are missing than are there they do not count receipts of this till alone,
    and nothing is said.
    """
    if not links.batch.rows("transactions"):
        return
    there = np.flatnonzero(links.has("transactions", "bon_nr"))
    numbers = links.numbers("transactions", "bon_nr")[there]
    closings = links.closing_of("transactions")[there]
    order = np.lexsort((numbers, closings))
    rows, numbers, closings = there[order], numbers[order], closings[order]
    same = closings[1:] == closings[:-1]
    doubled = np.sort(rows[1:][same & (np.diff(numbers) == 0)])
    yield row_hits(
        links,
        "receipt_number_twice",
        Severity.WARNING,
        "transactions",
        doubled,
        "bon_nr",
        lambda place: {
            **bon_ids(links, "transactions", doubled)(place),
            "bon_nr": int(links.numbers("transactions", "bon_nr")[doubled[place]]),
        },
    )
    steps = np.where(same, np.diff(numbers) - 1, 0)
    gaps = np.flatnonzero(steps > 0)
    missing = np.zeros(len(links.batch), dtype=np.int64)
    np.add.at(missing, closings[gaps], np.minimum(steps[gaps], 2**40))
    found = np.flatnonzero((missing > 0) & (missing <= links.counts("transactions")))

    def params(place: int) -> Mapping[str, object]:
        places = gaps[closings[gaps] == found[place]]
        shown: Ranges = tuple(
            (int(numbers[at]) + 1, int(numbers[at + 1]) - 1) for at in places[:_SHOWN_GAPS]
        )
        more = ", ..." if len(places) > _SHOWN_GAPS else ""
        return {"count": int(missing[found[place]]), "missing": format_ranges(shown) + more}

    behind = gaps[np.searchsorted(closings[gaps], found)] + 1 if len(found) else found
    yield Hits(
        "receipt_numbers_have_gaps",
        Severity.WARNING,
        found,
        "transactions",
        "bon_nr",
        rows[behind],
        params,
    )


def _rates(links: Links, table: str) -> Int64Array:
    """For each row of a table the rate of its VAT key in its closing, -1 where there is none."""
    used, masters = encode_joint(
        links.codes(table, "ust_schluessel"), links.codes("vat", "ust_schluessel")
    )
    width = int(max(used.max(initial=0), masters.max(initial=0))) + 1
    keys = links.closing_of("vat") * width + masters
    order = np.argsort(keys, kind="stable")
    wanted = links.closing_of(table) * width + used
    places = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    found = keys[order][places] == wanted
    known = links.has("vat", "ust_satz")[order][places] & links.has(table, "ust_schluessel")
    return np.where(found & known, links.numbers("vat", "ust_satz")[order][places], -1)


def _usual_rate(key: int, day: date) -> int:
    """The rate that a key stands for on a day; -1 for keys that are a company's own."""
    lowered = _LOWERED[0] <= day <= _LOWERED[1]
    if key == 1:
        return 1600 if lowered else 1900
    if key == 2:
        return 500 if lowered else 700
    return FIXED_RATES.get(key, -1)


def _in_currency(links: Links) -> Int64Array:
    """What was paid, in the currency in which it was paid."""
    table = "datapayment"
    base = links.numbers(table, "basiswaeh_betrag")
    registers = links.batch.table("cashregister")["kasse_basiswaeh_code"].to_pylist()
    starts = links.batch.bounds("cashregister")
    own = [
        (registers[start] if end > start else None) or BASE_CURRENCY
        for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    ]
    codes, values = links.codes(table, "zahlwaeh_code")
    closings = links.closing_of(table)
    names = np.array([value or "" for value in values.to_pylist()], dtype=object)[codes]
    is_own = names == np.array(own, dtype=object)[closings]
    foreign = links.has(table, "zahlwaeh_betrag") & ~is_own
    return np.where(foreign, links.numbers(table, "zahlwaeh_betrag"), base)


CHECKS = (vat_amounts, vat_of_positions, vat_rates, cash_by_currency, receipt_numbers)
