"""Lines of CSV into columns, and numbers of fixed form into scaled integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from tillferry.closing.tables import Column

_COMMA: Final = ord(",")
_BLOCK_BYTES: Final = 1 << 30


class FormDefect(ValueError):
    """A number that is not in the fixed form."""


def parse_csv(
    data: bytes | pa.Buffer, names: Sequence[str], types: Mapping[str, pa.DataType], breaks: bool
) -> pa.Table:
    """Lines without a header into one chunk of columns. Raises ``pa.ArrowInvalid``.

    Fields without a type are strings, an empty one an empty string. ``breaks`` tells that quoted
    fields may hold line breaks (it costs a second pass).
    """
    return pacsv.read_csv(
        pa.BufferReader(data),
        read_options=pacsv.ReadOptions(
            column_names=list(names),
            block_size=min(len(data) + 1, _BLOCK_BYTES),
            use_threads=False,
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=";", newlines_in_values=breaks, ignore_empty_lines=False
        ),
        convert_options=pacsv.ConvertOptions(
            column_types={name: types.get(name, pa.string()) for name in names},
            null_values=[""],
            strings_can_be_null=False,
        ),
    )


def fixed_numbers(values: pa.ChunkedArray, column: Column) -> pa.Array:
    """Texts with a comma and exactly ``column.decimals`` (at least 1) digits as scaled integers.

    Empty texts have no value. Raises ``FormDefect`` where a text has another form.
    """
    if not len(values):
        return pa.nulls(0, pa.int64())
    array = pa.concat_arrays(values.chunks) if values.num_chunks != 1 else values.chunk(0)
    offsets = np.frombuffer(
        array.buffers()[1], dtype=np.int32, count=len(array) + 1, offset=4 * array.offset
    )
    if offsets[0] == offsets[-1]:
        return pa.nulls(len(array), pa.int64())
    data = np.frombuffer(array.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
    lengths = np.diff(offsets)
    there = lengths > 0
    shortest = int(lengths[there].min())
    places = (offsets[1:] - offsets[0] - column.decimals - 1)[there]
    digits = data != _COMMA
    if (
        shortest < column.decimals + 2
        or digits[places].any()
        or len(data) - int(digits.sum()) != len(places)
        # Nothing but , - . / and digits; what is left of . and / fails below.
        or int(data.min()) < _COMMA
        or int(data.max()) > ord("9")
    ):
        raise FormDefect(column.csv_name)
    ends = np.empty(len(offsets), dtype=np.int32)
    ends[0] = 0
    ends[1:] = offsets[1:] - offsets[0] - np.cumsum(there)
    validity = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))
    plain = pa.Array.from_buffers(
        pa.string(),
        len(array),
        [validity, pa.py_buffer(ends), pa.py_buffer(data[digits])],
    )
    try:
        return pc.cast(plain, pa.int64())
    except pa.ArrowInvalid:
        raise FormDefect(column.csv_name) from None
