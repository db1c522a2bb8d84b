"""Packs: one closing as a small export in a TAR, as bundles carry it, and the fast way back.

A pack is an uncompressed ustar TAR of ``index.xml`` and one CSV for each table with rows, in the
order of ``closing.tables``. The reader here takes exactly what the writer writes and nothing else;
exports of other tills are for ``read``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.model import ClosingBatch, ClosingHead, Int64Array
from tillferry.closing.tables import CLOSING_COLUMNS, TABLES, Kind, Table
from tillferry.formats.dsfinvk._dialect import LINE_END, closing_body, header_line, z_fields
from tillferry.formats.dsfinvk._index import INDEX_NAME, index_bytes
from tillferry.formats.dsfinvk._parse import FormDefect, fixed_numbers, parse_csv
from tillferry.formats.dsfinvk._ustar import TarDefect, tar_bytes, tar_members

_FILE_NAMES: Final = {table.name: table.file_name for table in TABLES}


class PackDefect(Exception):
    """A pack that is not exactly as ``write_pack`` writes it.

    ``file`` is the member, empty where the pack as a whole is meant; ``reason`` is for people.
    """

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}" if file else reason)
        self.file = file
        self.reason = reason


@dataclass(frozen=True)
class PackContent:
    """A pack with what the bundle's manifest says of it.

    ``rows`` gives the rows per table name (0 may be left out); ``data`` is the plain TAR.
    """

    head: ClosingHead
    rows: Mapping[str, int]
    data: bytes


def write_pack(batch: ClosingBatch, index: int) -> bytes:
    """Closing ``index`` as a pack: all its tables with rows, the same bytes for the same rows."""
    present: list[Table] = []
    members: list[tuple[str, list[bytes | memoryview]]] = []
    for table in TABLES:
        body = closing_body(table, batch, index)
        if len(body):
            present.append(table)
            members.append((table.file_name, [header_line(table), body]))
    return tar_bytes([(INDEX_NAME, [index_bytes(present)]), *members])


def read_packs(packs: Sequence[PackContent]) -> ClosingBatch:
    """The closings of all packs in their order, each table parsed once for all of them.

    Raises ``PackDefect`` where a pack is not as ``write_pack`` wrote it.
    """
    contents = [_members(pack) for pack in packs]
    starts = [z_fields(pack.head).encode() + b";" for pack in packs]
    tables: dict[str, pa.Table] = {}
    offsets: dict[str, Int64Array] = {}
    for table in TABLES:
        counts = [pack.rows.get(table.name, 0) for pack in packs]
        if not any(counts):
            continue
        file_name = table.file_name
        bodies = [
            _body(table, pack, start, members[file_name], count)
            for pack, start, members, count in zip(packs, starts, contents, counts, strict=True)
            if count
        ]
        tables[table.name] = _columns(table, b"".join(bodies), sum(counts))
        offsets[table.name] = np.cumsum([0, *counts], dtype=np.int64)
    lines = _PackLines(tables, offsets)
    return ClosingBatch(tuple(pack.head for pack in packs), tables, offsets, lines)


class _PackLines(Mapping[str, Int64Array]):
    """The line of each row in its pack's file, worked out once somebody asks."""

    def __init__(self, tables: Mapping[str, pa.Table], offsets: Mapping[str, Int64Array]) -> None:
        self._tables = tables
        self._offsets = offsets
        self._known: dict[str, Int64Array] = {}

    def __getitem__(self, name: str) -> Int64Array:
        if name not in self._known:
            self._known[name] = self._lines_of(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def _lines_of(self, name: str) -> Int64Array:
        rows, bounds = self._tables[name], self._offsets[name]
        inside = np.zeros(rows.num_rows + 1, np.int64)
        for values in rows.columns:
            if pa.types.is_string(values.type):
                breaks = pc.fill_null(pc.count_substring(values, "\n"), 0)
                inside[1:] += np.asarray(breaks.to_numpy(), dtype=np.int64)
        # Lines before each row, counted from the first row of its own file.
        before = np.arange(rows.num_rows + 1, dtype=np.int64) + np.cumsum(inside)
        counts = np.diff(bounds)
        lines: Int64Array = before[:-1] - np.repeat(before[bounds[:-1]], counts) + 2
        return lines


def _members(pack: PackContent) -> dict[str, tuple[int, int]]:
    try:
        found = tar_members(pack.data)
    except TarDefect as defect:
        raise PackDefect("", str(defect)) from None
    expected = {_FILE_NAMES[name] for name, count in pack.rows.items() if count}
    expected.add(INDEX_NAME)
    if found.keys() != expected:
        missing, surplus = expected - found.keys(), found.keys() - expected
        name = min(missing or surplus)
        raise PackDefect(name, "missing" if missing else "not announced")
    return found


def _body(
    table: Table, pack: PackContent, z_bytes: bytes, member: tuple[int, int], count: int
) -> bytes:
    """The lines of a member without its header line and without the three Z columns."""
    header, data = header_line(table), pack.data
    start, end = member
    if not data.startswith(header, start, end):
        raise PackDefect(table.file_name, "another header line")
    if not data.endswith(LINE_END, start, end):
        raise PackDefect(table.file_name, "the last line has no end")
    start += len(header)
    # Each line starts with the same bytes, so they go in one sweep instead of being parsed.
    if data.startswith(z_bytes, start, end):
        body = data[start + len(z_bytes) : end]
        rest = body.replace(LINE_END + z_bytes, LINE_END)
        if len(body) - len(rest) == (count - 1) * len(z_bytes):
            return rest
    return _body_row_by_row(table, pack.head, data[start:end], count)


def _body_row_by_row(table: Table, head: ClosingHead, body: bytes, count: int) -> bytes:
    """The same for texts that hold a line break and then the Z columns, or for a defect."""
    names = [column.name for column in table.csv_columns]
    try:
        rows = parse_csv(body, names, {}, breaks=True)
    except pa.ArrowInvalid as error:
        raise PackDefect(table.file_name, str(error)) from None
    if rows.num_rows != count:
        raise PackDefect(table.file_name, f"{rows.num_rows} rows instead of {count}")
    expected = (head.z_kasse_id, head.z_erstellung, str(head.z_nr))
    for column, value in zip(CLOSING_COLUMNS, expected, strict=True):
        if not pc.all(pc.equal(rows.column(column.name), value)).as_py():
            raise PackDefect(table.file_name, f"{column.csv_name} of another closing")
    z_bytes = z_fields(head).encode() + b";"
    lines = _lines(body)
    if not all(line.startswith(z_bytes) for line in lines):
        raise PackDefect(table.file_name, "the Z columns are written in another way")
    return b"".join(line[len(z_bytes) :] for line in lines)


def _lines(body: bytes) -> list[bytes]:
    """Lines with their ends; a line break inside quotes ends none."""
    lines: list[bytes] = []
    pending = b""
    for piece in body.splitlines(keepends=True):
        pending += piece
        if pending.count(b'"') % 2 == 0:
            lines.append(pending)
            pending = b""
    return lines


def _columns(table: Table, body: bytes, count: int) -> pa.Table:
    names = [column.name for column in table.columns]
    whole = {
        column.name: pa.int64()
        for column in table.columns
        if column.kind is Kind.NUMBER and not column.decimals
    }
    try:
        rows = parse_csv(body, names, whole, breaks=b'"' in body)
    except pa.ArrowInvalid as error:
        raise PackDefect(table.file_name, str(error)) from None
    if rows.num_rows != count:
        raise PackDefect(table.file_name, f"{rows.num_rows} rows instead of {count}")
    columns: list[pa.Array | pa.ChunkedArray] = []
    for column in table.columns:
        values = rows.column(column.name)
        if column.decimals:
            try:
                columns.append(fixed_numbers(values, column))
            except FormDefect as defect:
                raise PackDefect(table.file_name, f"{defect} is not in fixed form") from None
        elif column.kind is Kind.NUMBER:
            columns.append(values)
        else:
            columns.append(empty_as_null(values))
    return pa.Table.from_arrays(columns, schema=table.arrow_schema)


def empty_as_null(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts where an empty one is no value."""
    empty = pc.equal(pc.binary_length(values), 0)
    if not pc.any(empty).as_py():
        return values
    return pc.if_else(empty, pa.scalar(None, pa.string()), values)
