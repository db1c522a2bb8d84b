"""Digests over typed values, so that one closing has one digest however it was written down.

A part's digest is the SHA-256 of, in this order:

1. ``tillferry closing 1`` and a NUL byte, the part's name and a NUL byte;
2. Z_KASSE_ID as UTF-8 and a NUL byte; Z_ERSTELLUNG as an instant and Z_NR, 8 bytes each;
3. for each table of the part that has rows, in the order of ``closing.tables``:
   the table's name and a NUL byte; the number of rows, 8 bytes;
   a block of 8 bytes for each row and column, row by row, the columns in their order (without
   the three Z columns): of a number its scaled value, of a time its instant, of a text its
   length in UTF-8 bytes;
   then for each text column the UTF-8 bytes of all rows, one after the other.

Whole numbers are signed 64 bit, little-endian. Instants are microseconds since 1970 UTC. A value
that is not there is -2**63, and so is the length of a text that is not there; an empty text
counts as not there. Rows are in canonical order (``closing.order``). A part that was delivered
without a row has a digest too, over steps 1 and 2 alone.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.model import ClosingBatch, Int64Array
from tillferry.closing.tables import TABLES, Kind, Part, Table
from tillferry.closing.times import NULL, instant_micros, micros_since_1970, parse_instant

Digests = Mapping[Part, str]


class _Hash(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...
    def hexdigest(self) -> str: ...


def part_digests(batch: ClosingBatch) -> tuple[Digests, ...]:
    """For each closing the digest (hexadecimal) of each part that it was delivered with."""
    hashes: list[dict[Part, _Hash]] = []
    for head in batch.heads:
        created = micros_since_1970(parse_instant(head.z_erstellung))
        identity = head.z_kasse_id.encode() + b"\0" + struct.pack("<qq", created, head.z_nr)
        hashes.append(
            {
                part: hashlib.sha256(b"tillferry closing 1\0" + part.encode() + b"\0" + identity)
                for part in head.parts
            }
        )
    for table in TABLES:
        if batch.rows(table.name):
            _update_table(table, batch, hashes)
    return tuple({part: hash_.hexdigest() for part, hash_ in of.items()} for of in hashes)


def _update_table(table: Table, batch: ClosingBatch, hashes: list[dict[Part, _Hash]]) -> None:
    rows = batch.table(table.name)
    bounds = [int(bound) for bound in batch.bounds(table.name)]
    block = np.empty((rows.num_rows, len(table.columns)), dtype="<i8")
    texts: list[tuple[memoryview, list[int]]] = []
    for position, column in enumerate(table.columns):
        values = rows.column(column.name)
        if column.kind is Kind.TEXT:
            lengths, data, starts = _text_bytes(values, bounds)
            block[:, position] = lengths
            if len(data):
                texts.append((data, starts))
        elif column.kind is Kind.TIME:
            block[:, position] = instant_micros(values)
        else:
            block[:, position] = pc.fill_null(values, int(NULL)).to_numpy()
    name = table.name.encode() + b"\0"
    for index, of in enumerate(hashes):
        start, end = bounds[index], bounds[index + 1]
        hash_ = of.get(table.part)
        if start == end or hash_ is None:
            continue
        hash_.update(name + struct.pack("<q", end - start))
        hash_.update(block[start:end].data)
        for data, starts in texts:
            hash_.update(data[starts[index] : starts[index + 1]])


def _text_bytes(
    values: pa.ChunkedArray, bounds: list[int]
) -> tuple[Int64Array, memoryview, list[int]]:
    """Length of each text (``NULL`` without one), all bytes, and where each closing's begin."""
    if values.null_count == len(values):
        lengths = np.full(len(values), NULL, dtype=np.int64)
        return lengths, memoryview(b""), []
    array = pa.concat_arrays(values.cast(pa.large_string()).chunks)
    if array.null_count:
        # The bytes below a null may be anything; this takes them away.
        array = pc.fill_null(array, "")
    offsets = np.frombuffer(
        array.buffers()[1], dtype=np.int64, count=len(array) + 1, offset=8 * array.offset
    )
    lengths = np.diff(offsets)
    lengths[lengths == 0] = NULL
    data = array.buffers()[2]
    view = memoryview(b"") if data is None else memoryview(data)
    return lengths, view, [int(offset) for offset in offsets[bounds]]
