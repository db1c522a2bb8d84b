"""What does not meet in closings, with the receipts behind it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.checks import receipts, sequences, totals, whole
from tillferry.closing.checks.hits import Check, Hits
from tillferry.closing.links import RECEIPT_TABLES, Links
from tillferry.closing.model import ClosingBatch, Severity
from tillferry.closing.tables import TURNOVER_BON_TYPE
from tillferry.office.bookkeeping import cases

MOST_OF_A_CODE: Final = 50
"""More findings of one code in one closing are counted in the last one, not shown."""
MOST_RECEIPTS: Final = 50
"""So many receipts are named behind a finding; ``BookFinding.receipt_count`` says of how many."""

CHECKS: Final[tuple[Check, ...]] = (
    totals.business_cases,
    totals.payments,
    totals.closing_totals,
    cases.cash_by_currency,
    receipts.sums,
    receipts.position_prices,
    receipts.cancellations,
    cases.vat_amounts,
    cases.vat_of_positions,
    cases.vat_rates,
    whole.unknown_vat_keys,
    cases.receipt_numbers,
    sequences.receipt_gaps,
    sequences.tse_counters,
)

_BY_NAMES: Final = ("businesscase_names_differ", "payment_names_differ")
"""These compare GV_NAME, AGENTUR_ID and ZAHLART_NAME too."""


@dataclass(frozen=True, slots=True)
class BookFinding:
    """Something that does not meet; ``code`` has its texts, ``params`` fill them.

    ``receipts`` are the BON_IDs behind it, in the closing's order: the receipt itself, or those
    that make up the sum that differs, or those on both sides of a gap. ``receipt_count`` says how
    many there are.
    """

    code: str
    severity: Severity
    params: tuple[tuple[str, str], ...]
    table: str
    column: str
    receipts: tuple[str, ...]
    receipt_count: int


def book_findings(batch: ClosingBatch) -> tuple[tuple[BookFinding, ...], ...]:
    """For each closing of a batch what does not meet, in the order of the checks."""
    links = Links(batch)
    behind = _Behind(links)
    found: list[list[BookFinding]] = [[] for _ in batch.heads]
    counts: list[dict[str, int]] = [{} for _ in batch.heads]
    for check in CHECKS:
        for hits in check(links):
            for place, closing in enumerate(hits.closings.tolist()):
                counts[closing][hits.code] = counts[closing].get(hits.code, 0) + 1
                if counts[closing][hits.code] <= MOST_OF_A_CODE:
                    found[closing].append(_finding(behind, hits, closing, place))
    for of, codes in zip(found, counts, strict=True):
        of.extend(
            _more(code, count - MOST_OF_A_CODE)
            for code, count in codes.items()
            if count > MOST_OF_A_CODE
        )
    return tuple(tuple(of) for of in found)


def _finding(behind: _Behind, hits: Hits, closing: int, place: int) -> BookFinding:
    named = behind.receipts(hits, closing, -1 if hits.rows is None else int(hits.rows[place]))
    return BookFinding(
        hits.code,
        hits.severity,
        tuple((name, str(value)) for name, value in hits.params(place).items()),
        hits.table,
        hits.column,
        tuple(named[:MOST_RECEIPTS]),
        len(named),
    )


def _more(code: str, count: int) -> BookFinding:
    params = (("of", code), ("count", str(count)))
    return BookFinding("more_findings", Severity.WARNING, params, "", "", (), 0)


class _Behind:
    """Finds the receipts behind a hit."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._sides: dict[str, Callable[[int, int, bool], list[str]]] = {
            "businesscases": self._of_case,
            "payment": self._of_payment,
            "cash_per_currency": self._of_currency,
            "vat": self._of_vat_key,
        }

    def receipts(self, hits: Hits, closing: int, row: int) -> list[str]:
        if hits.code in ("receipt_numbers_have_gaps", "receipt_ids_have_gaps"):
            return self._around_gaps(closing, hits.column)
        if hits.table == "transactions" or hits.table in RECEIPT_TABLES:
            if row < 0:
                return []
            bon_id = self._links.column(hits.table, "bon_id")[row].as_py()
            return [bon_id] if bon_id else []
        side = self._sides.get(hits.table)
        return side(closing, row, hits.code in _BY_NAMES) if side else []

    # --- sums ---

    def _of_case(self, closing: int, row: int, by_names: bool) -> list[str]:
        """Receipts with positions of the business case; without a row, of none that is declared."""
        depth = 4 if by_names else 2
        lines = self._rows(closing, "lines", "gv_typ", "gv_name", "agentur_id", "pos_zeile")
        keys = self._rows(closing, "lines_vat", "ust_schluessel", "pos_zeile")
        case_of = {(each["bon_id"], each["pos_zeile"]): each for each in lines}
        booked: list[tuple[str, tuple[Any, ...]]] = []
        for each in keys:
            line = case_of.get((each["bon_id"], each["pos_zeile"]))
            if line is not None:
                key = (
                    line["gv_typ"],
                    each["ust_schluessel"],
                    line["gv_name"],
                    line["agentur_id"] or 0,
                )
                booked.append((each["bon_id"], key[:depth]))
        names = ("gv_typ", "ust_schluessel", "gv_name", "agentur_id")
        return self._matching(booked, self._declared(closing, row, "businesscases", names[:depth]))

    def _of_payment(self, closing: int, row: int, by_names: bool) -> list[str]:
        names = ("zahlart_typ", "zahlart_name") if by_names else ("zahlart_typ",)
        booked = [
            (each["bon_id"], tuple(each[name] for name in names))
            for each in self._rows(closing, "datapayment", *names)
        ]
        return self._matching(booked, self._declared(closing, row, "payment", names))

    def _of_currency(self, closing: int, row: int, by_names: bool) -> list[str]:
        del by_names
        booked = [
            (each["bon_id"], (each["zahlwaeh_code"],))
            for each in self._rows(closing, "datapayment", "zahlart_typ", "zahlwaeh_code")
            if each["zahlart_typ"] == "Bar"
        ]
        return self._matching(
            booked, self._declared(closing, row, "cash_per_currency", ("zahlart_waeh",))
        )

    def _of_vat_key(self, closing: int, row: int, by_names: bool) -> list[str]:
        del by_names
        booked = [
            (each["bon_id"], (each["ust_schluessel"],))
            for each in self._rows(closing, "transactions_vat", "ust_schluessel")
        ]
        return self._matching(booked, self._declared(closing, row, "vat", ("ust_schluessel",)))

    def _declared(
        self, closing: int, row: int, table: str, names: Sequence[str]
    ) -> Callable[[tuple[Any, ...]], bool]:
        """Whether a booked key is that of a declared row; without a row, whether none has it."""
        rows = self._links.batch.table(table)

        def key(at: int) -> tuple[Any, ...]:
            values = (rows[name][at].as_py() for name in names)
            return tuple(
                value or 0 if name == "agentur_id" else value
                for name, value in zip(names, values, strict=True)
            )

        if row >= 0:
            wanted = key(row)
            return lambda booked: booked == wanted
        bounds = self._links.batch.bounds(table)
        declared = {key(at) for at in range(int(bounds[closing]), int(bounds[closing + 1]))}
        return lambda booked: booked not in declared

    @staticmethod
    def _matching(
        booked: Sequence[tuple[str, tuple[Any, ...]]], wanted: Callable[[tuple[Any, ...]], bool]
    ) -> list[str]:
        return list(dict.fromkeys(bon_id for bon_id, key in booked if wanted(key)))

    def _rows(self, closing: int, table: str, *names: str) -> list[dict[str, Any]]:
        """The rows of the closing's receipts that count, with their BON_ID."""
        rows = self._links.batch.closing_rows(table, closing)
        found: list[dict[str, Any]] = rows.select(["bon_id", *names]).to_pylist()
        counted = self._counted(closing)
        return [row for row in found if row["bon_id"] in counted]

    def _counted(self, closing: int) -> frozenset[str]:
        rows = self._links.batch.closing_rows("transactions", closing)
        kept = rows.filter(pc.equal(rows["bon_typ"], TURNOVER_BON_TYPE))
        return frozenset(kept["bon_id"].drop_null().to_pylist())

    # --- gaps ---

    def _around_gaps(self, closing: int, column: str) -> list[str]:
        """The receipts before and after each gap in a column of numbers."""
        rows = self._links.batch.closing_rows("transactions", closing)
        numbers = pc.cast(rows[column], pa.int64()).to_pylist()
        pairs = sorted(
            (number, bon_id)
            for number, bon_id in zip(numbers, rows["bon_id"].to_pylist(), strict=True)
            if number is not None and bon_id
        )
        found: list[str] = []
        for (before, first), (after, second) in pairwise(pairs):
            if after - before > 1:
                found += [first, second]
        return list(dict.fromkeys(found))
