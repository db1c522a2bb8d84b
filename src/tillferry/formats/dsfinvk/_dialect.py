"""The CSV that we write: UTF-8 without BOM, ``;``, CR LF, comma, no grouping, quotes where needed.

Everything works on whole columns; a row never passes through Python.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.model import ClosingBatch, ClosingHead
from tillferry.closing.tables import TABLES, Kind, Table

LINE_END: Final = b"\r\n"
_SPECIAL: Final = ('"', ";", "\r", "\n")
_SPECIAL_PATTERN: Final = '[";\r\n]'


_HEADERS: Final = {
    table.name: ";".join(column.csv_name for column in table.csv_columns).encode() + LINE_END
    for table in TABLES
}


def header_line(table: Table) -> bytes:
    """The first line of a table's file, with its line end."""
    return _HEADERS[table.name]


def quoted(value: str) -> str:
    """One text as a field."""
    if any(mark in value for mark in _SPECIAL):
        return '"' + value.replace('"', '""') + '"'
    return value


def z_fields(head: ClosingHead) -> str:
    """The three Z columns as each row of a closing repeats them."""
    return f"{quoted(head.z_kasse_id)};{quoted(head.z_erstellung)};{head.z_nr}"


def closing_body(table: Table, batch: ClosingBatch, index: int) -> memoryview:
    """The lines of one closing's rows in a table, without the header line."""
    rows = batch.closing_rows(table.name, index)
    if not rows.num_rows:
        return memoryview(b"")
    return _joined(table, rows, _scalar(z_fields(batch.heads[index])))


def rows_body(table: Table, batch: ClosingBatch, start: int, stop: int) -> memoryview:
    """The lines of the rows ``start`` to ``stop`` (over all closings), without the header line."""
    rows = batch.table(table.name).slice(start, stop - start)
    if not rows.num_rows:
        return memoryview(b"")
    fields = pa.array([z_fields(head) for head in batch.heads], pa.large_string())
    closing_of = pa.array(batch.closing_of(table.name)[start:stop])
    return _joined(table, rows, fields.take(closing_of))


def _joined(table: Table, rows: pa.Table, z_columns: pa.Scalar | pa.Array) -> memoryview:
    fields: list[pa.Scalar | pa.Array] = [z_columns]
    for column in table.columns:
        values = _one_array(rows.column(column.name))
        if column.kind is Kind.NUMBER:
            fields.append(number_fields(values, column.decimals))
        else:
            fields.append(_text_fields(values))
    last = pc.binary_join_element_wise(
        fields[-1], _scalar("\r\n"), _scalar(""), null_handling="replace", null_replacement=""
    )
    lines = pc.binary_join_element_wise(
        *fields[:-1], last, _scalar(";"), null_handling="replace", null_replacement=""
    )
    # The texts of an array stand one after the other in its buffer: that is the file.
    return memoryview(lines.buffers()[2])[: sum_of_lengths(lines)]


def sum_of_lengths(lines: pa.Array) -> int:
    """The bytes of all texts of an array."""
    return int(pc.sum(pc.binary_length(lines)).as_py() or 0)


def _scalar(value: str) -> pa.Scalar:
    return pa.scalar(value, pa.large_string())


def _one_array(values: pa.ChunkedArray) -> pa.Array:
    array = values.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        return pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], values.type)
    return array


def _text_fields(values: pa.Array) -> pa.Array:
    values = values.cast(pa.large_string())
    if values.null_count == len(values):
        return values
    special = pc.match_substring_regex(values, _SPECIAL_PATTERN)
    if not pc.any(special).as_py():
        return values
    quote = _scalar('"')
    doubled = pc.replace_substring(values, '"', '""')
    return pc.if_else(
        special, pc.binary_join_element_wise(quote, doubled, quote, _scalar("")), values
    )


def number_fields(values: pa.Array, decimals: int) -> pa.Array:
    """Scaled integers as texts with a comma and exactly ``decimals`` digits after it."""
    if decimals == 0 or values.null_count == len(values):
        return values.cast(pa.large_string())
    # The same 128-bit integer means value * 10**-decimals once the type says so.
    whole = values.cast(pa.decimal128(19, 0))
    scaled = pa.Array.from_buffers(
        pa.decimal128(19, decimals), len(whole), whole.buffers(), offset=whole.offset
    )
    return pc.replace_substring(scaled.cast(pa.large_string()), ".", ",", max_replacements=1)
