"""The CSV dialect that we write: ``;``, CR LF, comma decimals, quotes only where needed."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.model import ClosingHead
from tillferry.closing.tables import Column, Kind, Table

LINE_END: Final = "\r\n"
DELIMITER: Final = ";"
_NEEDS_QUOTES: Final = r'[;"\r\n]'


def header_line(table: Table) -> bytes:
    """The first line of a table's file."""
    names = (column.csv_name for column in table.csv_columns)
    return (DELIMITER.join(names) + LINE_END).encode()


def row_prefix(head: ClosingHead) -> bytes:
    """The three Z columns with which every row of a closing begins."""
    kasse, created = quoted(head.z_kasse_id), quoted(head.z_erstellung)
    return f"{kasse}{DELIMITER}{created}{DELIMITER}{head.z_nr}{DELIMITER}".encode()


def quoted(value: str) -> str:
    """One text as it stands in a file."""
    if any(character in value for character in ';"\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value


def row_lines(table: Table, rows: pa.Table, head: ClosingHead) -> bytes:
    """The lines of one closing's rows, one after the other."""
    cells = [_cells(column, _one_chunk(rows.column(column.name))) for column in table.columns]
    last = pc.binary_join_element_wise(
        cells[-1], LINE_END, "", null_handling="replace", null_replacement=""
    )
    first = row_prefix(head).decode()
    lines = pc.binary_join_element_wise(
        *cells[:-1], last, DELIMITER, null_handling="replace", null_replacement=""
    )
    lines = pc.binary_join_element_wise(first, lines, "")
    return _bytes_of(lines)


def _one_chunk(values: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)


def _cells(column: Column, values: pa.Array) -> pa.Array:
    if column.kind is Kind.NUMBER:
        return number_text(values, column.decimals)
    if values.null_count == len(values):
        return values
    special = pc.match_substring_regex(values, _NEEDS_QUOTES)
    if not pc.any(special).as_py():
        return values
    doubled = pc.replace_substring(values, '"', '""')
    return pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), values)


def number_text(values: pa.Array, decimals: int) -> pa.Array:
    """Scaled integers as decimal numbers with a comma and all their decimals."""
    if not decimals:
        return pc.cast(values, pa.string())
    digits = pc.replace_substring(pc.cast(values, pa.string()), "-", "")
    padded = pc.utf8_lpad(digits, decimals + 1, "0")
    whole = pc.utf8_slice_codeunits(padded, 0, -decimals)
    rest = pc.utf8_slice_codeunits(padded, -decimals)
    sign = pc.if_else(pc.less(values, 0), "-", "")
    return pc.binary_join_element_wise(pc.binary_join_element_wise(sign, whole, ""), rest, ",")


def _bytes_of(lines: pa.Array) -> bytes:
    """The bytes of all texts, one after the other."""
    if not len(lines):
        return b""
    whole = pa.concat_arrays([lines.cast(pa.large_string())])
    _, offsets, data = whole.buffers()
    first, last = (
        int.from_bytes(memoryview(offsets)[8 * i : 8 * i + 8], "little")
        for i in (whole.offset, whole.offset + len(whole))
    )
    return bytes(memoryview(data)[first:last])
