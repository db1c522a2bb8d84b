"""How the rows of a batch hang together, worked out once for all checks and sums.

Everything is vectorised over the batch. Rows stand in canonical order, so the rows of a receipt
are neighbours in every table; where they are not, the links are still right, only slower.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.model import ClosingBatch, Int64Array
from tillferry.closing.tables import TABLES_BY_NAME, TURNOVER_BON_TYPE

BoolArray = npt.NDArray[np.bool_]

_WIDEST = 2**62

RECEIPT_TABLES = tuple(
    name
    for name, table in TABLES_BY_NAME.items()
    if name != "transactions" and any(column.name == "bon_id" for column in table.columns)
)
"""The tables whose rows belong to a receipt."""


class Links:
    """A batch with the ways from row to row, each worked out when it is first asked for."""

    def __init__(self, batch: ClosingBatch) -> None:
        self.batch = batch
        self._closings: dict[str, Int64Array] = {}
        self._receipts: dict[str, Int64Array] = {}
        self._codes: dict[tuple[str, str], tuple[Int64Array, pa.Array]] = {}

    # --- columns --------------------------------------------------------------------------------

    def closing_of(self, table: str) -> Int64Array:
        """For each row the index of its closing."""
        if table not in self._closings:
            self._closings[table] = self.batch.closing_of(table)
        return self._closings[table]

    def counts(self, table: str) -> Int64Array:
        """For each closing the number of its rows."""
        return np.diff(self.batch.bounds(table))

    def column(self, table: str, column: str) -> pa.ChunkedArray:
        return self.batch.table(table).column(column)

    def has(self, table: str, column: str) -> BoolArray:
        """Where a value is there."""
        return np.asarray(pc.is_valid(self.column(table, column)).to_numpy())

    def numbers(self, table: str, column: str) -> Int64Array:
        """A number column, scaled as in the batch, 0 where there is no value."""
        return np.asarray(pc.fill_null(self.column(table, column), 0).to_numpy())

    def codes(self, table: str, column: str) -> tuple[Int64Array, pa.Array]:
        """A column as small whole numbers and the values they stand for (one may be null)."""
        key = (table, column)
        if key not in self._codes:
            self._codes[key] = encode(self.column(table, column))
        return self._codes[key]

    def is_value(self, table: str, column: str, value: str) -> BoolArray:
        """Where a text column holds ``value``."""
        codes, values = self.codes(table, column)
        wanted = np.array([found == value for found in values.to_pylist()] or [False])
        return wanted[codes] if len(codes) else np.zeros(0, dtype=np.bool_)

    # --- receipts -------------------------------------------------------------------------------

    @cached_property
    def counted(self) -> BoolArray:
        """For each receipt whether it counts: BON_TYP Beleg."""
        return self.is_value("transactions", "bon_typ", TURNOVER_BON_TYPE)

    @cached_property
    def _receipt_keys(self) -> tuple[Int64Array, Int64Array, pa.Array]:
        """Of each receipt with a BON_ID its key, ascending, and its row; all BON_IDs."""
        codes, values = encode(self.column("transactions", "bon_id"))
        keys = self.closing_of("transactions") * max(1, len(values)) + codes
        rows = np.arange(len(keys), dtype=np.int64)
        if values.null_count:
            there = self.has("transactions", "bon_id")
            keys, rows = keys[there], rows[there]
        if (np.diff(keys) < 0).any():
            order = np.argsort(keys, kind="stable")
            keys, rows = keys[order], rows[order]
        return keys, rows, values

    @cached_property
    def doubled_receipts(self) -> Int64Array:
        """The rows of receipts whose BON_ID another row of their closing has already."""
        keys, rows, _ = self._receipt_keys
        return np.sort(rows[1:][np.diff(keys) == 0])

    def receipt_of(self, table: str) -> Int64Array:
        """For each row of a table the row of its receipt in ``transactions``, -1 without one."""
        if table not in self._receipts:
            starts = self.runs(table, "bon_id")
            heads = self.column(table, "bon_id").take(pa.array(starts))
            found = self.find_receipts(self.closing_of(table)[starts], heads)
            lengths = np.diff(np.append(starts, self.batch.rows(table)))
            self._receipts[table] = np.repeat(found, lengths)
        return self._receipts[table]

    def counted_in(self, table: str) -> BoolArray:
        """For each row of a table whether its receipt counts."""
        receipts = self.receipt_of(table)
        if not len(self.counted):
            return np.zeros(len(receipts), dtype=np.bool_)
        return self.counted[receipts] & (receipts >= 0)

    def runs(self, table: str, column: str) -> Int64Array:
        """The rows at which the closing or the value of a text column changes."""
        values = self.column(table, column)
        if not len(values):
            return np.zeros(0, dtype=np.int64)
        closings = self.closing_of(table)
        # A null beside anything starts a new run: that is slower, never wrong.
        changed = pc.fill_null(
            pc.not_equal(values.slice(1), values.slice(0, len(values) - 1)), True
        )
        breaks = np.asarray(changed.to_numpy()) | (closings[1:] != closings[:-1])
        return np.concatenate((np.zeros(1, np.int64), np.flatnonzero(breaks) + 1))

    def find_receipts(self, closings: Int64Array, bon_ids: pa.ChunkedArray) -> Int64Array:
        """For each pair of closing and BON_ID the row of that receipt, -1 without one."""
        if self._are_all_receipts(closings, bon_ids):
            return np.arange(len(closings), dtype=np.int64)
        keys, rows, values = self._receipt_keys
        if not len(keys):
            return np.full(len(closings), -1, dtype=np.int64)
        codes = pc.index_in(bon_ids, value_set=values, skip_nulls=True)
        wanted = closings * max(1, len(values)) + np.asarray(pc.fill_null(codes, -1).to_numpy())
        places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        found = (keys[places] == wanted) & np.asarray(pc.is_valid(codes).to_numpy())
        return np.where(found, rows[places], -1)

    def _are_all_receipts(self, closings: Int64Array, bon_ids: pa.ChunkedArray) -> bool:
        """Whether these are all receipts one after the other: many a table has rows of each."""
        if not np.array_equal(closings, self.closing_of("transactions")):
            return False
        own = self.column("transactions", "bon_id")
        return own.null_count == 0 and own.equals(bon_ids) and not len(self.doubled_receipts)

    def rows_per_receipt(self, table: str) -> Int64Array:
        """For each receipt the number of its rows in a table."""
        receipts = self.receipt_of(table)
        return np.bincount(receipts[receipts >= 0], minlength=self.batch.rows("transactions"))

    def sum_per_receipt(self, table: str, values: Int64Array) -> Int64Array:
        """For each receipt the exact sum of ``values``, one for each row of a table."""
        return sum_by(self.receipt_of(table), values, self.batch.rows("transactions"))

    # --- positions ------------------------------------------------------------------------------

    @cached_property
    def _position_keys(self) -> tuple[Int64Array, Int64Array, pa.Array]:
        """Of each position with a receipt and POS_ZEILE its key, ascending, and its row."""
        codes, values = self.codes("lines", "pos_zeile")
        receipts = self.receipt_of("lines")
        keys = receipts * max(1, len(values)) + codes
        rows = np.flatnonzero((receipts >= 0) & self.has("lines", "pos_zeile"))
        keys = keys[rows]
        if (np.diff(keys) < 0).any():
            order = np.argsort(keys, kind="stable")
            keys, rows = keys[order], rows[order]
        return keys, rows, values

    @cached_property
    def doubled_positions(self) -> Int64Array:
        """The rows of ``lines`` whose POS_ZEILE another row of their receipt has already."""
        keys, rows, _ = self._position_keys
        return np.sort(rows[1:][np.diff(keys) == 0])

    def position_of(self, table: str) -> Int64Array:
        """For each row of a table the row of its position in ``lines``, -1 without one."""
        keys, rows, values = self._position_keys
        receipts = self.receipt_of(table)
        if not len(keys) or not len(receipts):
            return np.full(len(receipts), -1, dtype=np.int64)
        own, own_values = self.codes(table, "pos_zeile")
        codes = pc.fill_null(pc.index_in(own_values, value_set=values, skip_nulls=True), -1)
        code = np.asarray(codes.to_numpy(zero_copy_only=False), dtype=np.int64)[own]
        wanted = receipts * max(1, len(values)) + code
        if np.array_equal(wanted, keys):
            places = np.arange(len(keys), dtype=np.int64)
        else:
            places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        found = (keys[places] == wanted) & (receipts >= 0) & (code >= 0)
        return np.where(found, rows[places], -1)

    @cached_property
    def position_of_vat(self) -> Int64Array:
        """``position_of`` the rows of ``lines_vat``."""
        return self.position_of("lines_vat")

    @cached_property
    def vat_gross(self) -> Int64Array:
        """Gross of each row of ``lines_vat`` in 1/100000: a till may write net and VAT only."""
        gross = self.numbers("lines_vat", "pos_brutto")
        if self.column("lines_vat", "pos_brutto").null_count == 0:
            return gross
        parts = self.numbers("lines_vat", "pos_netto") + self.numbers("lines_vat", "pos_ust")
        return np.where(self.has("lines_vat", "pos_brutto"), gross, parts)


def encode(values: pa.ChunkedArray | Int64Array) -> tuple[Int64Array, pa.Array]:
    """Values as whole numbers from 0 and what they stand for, in the order of appearance.

    No value is a value of its own here.
    """
    array = pa.array(values) if isinstance(values, np.ndarray) else values.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    encoded = array.dictionary_encode(null_encoding="encode")
    return np.asarray(encoded.indices.to_numpy(), dtype=np.int64), encoded.dictionary


def encode_pairs(left: Int64Array, right: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Pairs of whole numbers from 0 as one; and for each of those the pair's first row.

    The result counts from 0 without holes, so a chain of pairs never grows beyond 64 bit.
    """
    width = int(right.max()) + 1 if len(right) else 1
    codes, values = encode(left * width + right)
    first = np.zeros(len(values), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return codes, first


def encode_tuples(columns: Sequence[Int64Array]) -> tuple[Int64Array, Int64Array]:
    """As ``encode_pairs`` for any number of columns."""
    codes = columns[0]
    width = int(codes.max()) + 1 if len(codes) else 1
    for column in columns[1:]:
        factor = int(column.max()) + 1 if len(column) else 1
        if width * factor >= _WIDEST:
            codes, first = encode_pairs(codes, np.zeros_like(codes))
            width = len(first)
        codes, width = codes * factor + column, width * factor
    return encode_pairs(codes, np.zeros_like(codes))


def sum_by(codes: Int64Array, values: Int64Array, size: int) -> Int64Array:
    """For each code from 0 to ``size`` the exact sum of its values; codes below 0 are left out."""
    sums = np.zeros(size, dtype=np.int64)
    if not len(codes):
        return sums
    # Neighbours with one code are summed first; most often that is all there is to do.
    starts = np.concatenate((np.zeros(1, np.int64), np.flatnonzero(np.diff(codes)) + 1))
    partial = np.add.reduceat(values, starts)
    heads = codes[starts]
    kept = heads >= 0
    np.add.at(sums, heads[kept], partial[kept])
    return sums


def encode_joint(
    left: tuple[Int64Array, pa.Array], right: tuple[Int64Array, pa.Array]
) -> tuple[Int64Array, Int64Array]:
    """Two encoded columns with one numbering, so that equal values have equal numbers.

    A number that is not there counts as 0 (AGENTUR_ID: the company itself).
    """
    values = pa.concat_arrays([left[1], right[1]])
    if pa.types.is_integer(values.type):
        values = pc.fill_null(values, 0)
    renumbered, _ = encode(pa.chunked_array([values]))
    split = len(left[1])
    return renumbered[:split][left[0]], renumbered[split:][right[0]]


def decimal_text(scaled: int, decimals: int) -> str:
    """A scaled number as people write it, exact: 1250 with 2 decimals is ``12.50``."""
    digits = str(abs(scaled)).rjust(decimals + 1, "0")
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    while len(part) > 2 and part.endswith("0"):
        part = part[:-1]
    return ("-" if scaled < 0 else "") + whole + (f".{part}" if part else "")
