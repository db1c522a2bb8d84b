"""The bytes of a stranger's CSV file: encoding, header line, torn ends, physical lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from tillferry.closing.model import Finding, Int64Array, Severity, finding
from tillferry.closing.tables import CLOSING_COLUMNS, RENAMED_COLUMNS, Table
from tillferry.formats.dsfinvk._index_read import IndexTable

_BOM: Final = b"\xef\xbb\xbf"
_DELIMITERS: Final = (";", "\t", "|", ",")
_SHOWN_NAMES: Final = 5
_BLOCK_BYTES: Final = 1 << 30


@dataclass
class RawFile:
    """A file as texts.

    ``rows`` has all columns of the table, the Z columns first, empty fields as empty texts and
    absent columns without a value. ``lines`` gives each row's line. ``torn`` are the fields of a
    last line that was cut off. ``whole_defects`` concern every closing with rows in the file;
    ``row_defects`` pair the first fields of a row with its finding.
    """

    table: Table
    rows: pa.Table
    lines: Int64Array
    remarks: list[Finding] = field(default_factory=list)
    whole_defects: list[Finding] = field(default_factory=list)
    row_defects: list[tuple[tuple[str, ...], Finding]] = field(default_factory=list)
    torn: tuple[str, ...] | None = None
    is_cut_in_letter: bool = False


def read_file(table: Table, data: bytes, listed: IndexTable | None, line_bytes: int) -> RawFile:
    """A file's rows and what is wrong with it. Nothing is raised for bad data."""
    empty = pa.schema([(c.name, pa.string()) for c in table.csv_columns]).empty_table()
    raw = RawFile(table, empty, np.zeros(0, np.int64))
    name = table.file_name
    data = data.removeprefix(_BOM)
    if data.endswith(b"\0"):
        # A file system that had reserved the room, and a copy that never filled it.
        data = data.rstrip(b"\0")
        raw.whole_defects.append(finding("file_torn", Severity.INCOMPLETE, name))
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raw.whole_defects.append(finding("nul_bytes", Severity.ERROR, name, line))
        return raw
    too_long = _longest_line(data, line_bytes)
    if too_long:
        raw.whole_defects.append(
            finding("line_too_long", Severity.ERROR, name, too_long, limit=line_bytes)
        )
        return raw
    text = _as_utf8(data, listed, raw)
    if text is not None:
        _read_rows(raw, text, listed)
    return raw


def _longest_line(data: bytes, limit: int) -> int:
    """The number of the first line that is longer than ``limit`` bytes, 0 without one."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    lengths = np.diff(ends, prepend=-1, append=len(data))
    long = np.flatnonzero(lengths > limit)
    return int(long[0]) + 1 if len(long) else 0


def _as_utf8(data: bytes, listed: IndexTable | None, raw: RawFile) -> bytes | None:
    """The file in UTF-8; ``None`` where it is UTF-8 with damaged letters."""
    if listed is None or not listed.is_ansi:
        try:
            data.decode("utf-8")
            return data
        except UnicodeDecodeError as error:
            if error.reason == "unexpected end of data":
                # The last line is torn, and the others are what they are.
                raw.is_cut_in_letter = True
                return data[: error.start]
            if _is_mostly_utf8(data):
                line = data.count(b"\n", 0, error.start) + 1
                raw.whole_defects.append(
                    finding(
                        "file_unreadable",
                        Severity.ERROR,
                        raw.table.file_name,
                        line,
                        reason=error.reason,
                    )
                )
                return None
    elif data.isascii():
        return data
    raw.remarks.append(finding("encoding_not_utf8", Severity.INFO, raw.table.file_name))
    return data.decode("cp1252", "replace").encode()


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether more letters beyond ASCII are sound than damaged; another encoding has hardly any."""
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    plain = int((np.frombuffer(data, np.uint8) < 0x80).sum())
    return len(text) - plain - damaged > damaged


def _read_rows(raw: RawFile, data: bytes, listed: IndexTable | None) -> None:
    table, name = raw.table, raw.table.file_name
    first_line, _, body = data.partition(b"\n")
    header = first_line.decode("utf-8", "replace").rstrip("\r")
    delimiter = next((mark for mark in _DELIMITERS if mark in header), ";")
    if delimiter != ";":
        raw.remarks.append(finding("delimiter_differs", Severity.INFO, name, delimiter=delimiter))
    names = _names(header, delimiter)
    first = 2
    if not {column.name for column in CLOSING_COLUMNS} <= set(names):
        if not data.strip():
            return
        names = _names_without_header(table, listed, header, delimiter)
        if not names:
            raw.whole_defects.append(finding("header_unknown", Severity.ERROR, name, 1))
            return
        raw.remarks.append(finding("header_missing", Severity.INFO, name, 1))
        body, first = data, 1
    if len(set(names)) < len(names):
        doubled = next(column for column in names if names.count(column) > 1)
        raw.whole_defects.append(
            finding("header_doubled", Severity.ERROR, name, 1, doubled.upper())
        )
        return
    if b"\n" not in data and not {column.name for column in table.csv_columns} <= set(names):
        # The cut goes through the header line.
        raw.whole_defects.append(finding("file_torn", Severity.INCOMPLETE, name, 1))
        return
    _remark_columns(raw, names)
    body = body.rstrip(b"\r\n") + body[len(body.rstrip(b"\r\n")) :][:2]
    if body.strip():
        body = _without_torn_end(raw, body, names, delimiter)
    if body.strip():
        _parse(raw, body, names, delimiter, first)


def _names(header: str, delimiter: str) -> list[str]:
    names = [field.strip().strip('"').strip().lower() for field in header.split(delimiter)]
    while names and not names[-1]:
        names.pop()
    return [RENAMED_COLUMNS.get(name, name) for name in names]


def _names_without_header(
    table: Table, listed: IndexTable | None, line: str, delimiter: str
) -> list[str]:
    """The columns by their place, as index.xml or else the standard has them."""
    count = len(_fields(line, delimiter))
    named = (
        [RENAMED_COLUMNS.get(name.lower(), name.lower()) for name in listed.columns]
        if listed
        else []
    )
    if len(named) == count and {column.name for column in CLOSING_COLUMNS} <= set(named):
        return named
    standard = [column.name for column in table.csv_columns]
    return standard if len(standard) == count else []


def _fields(line: str, delimiter: str) -> list[str]:
    """The fields of one line; none where it is no line of CSV."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _remark_columns(raw: RawFile, names: Sequence[str]) -> None:
    known = {column.name for column in raw.table.csv_columns}
    extra = [name.upper() for name in names if name not in known]
    missing = [column.csv_name for column in raw.table.csv_columns if column.name not in names]
    for code, columns in (("extra_columns", extra), ("columns_missing", missing)):
        if columns:
            shown = ", ".join(columns[:_SHOWN_NAMES])
            raw.remarks.append(finding(code, Severity.INFO, raw.table.file_name, 1, columns=shown))


def _without_torn_end(raw: RawFile, body: bytes, names: Sequence[str], delimiter: str) -> bytes:
    """The body without a last line that was cut off in the middle."""
    if body.endswith(b"\n") and body.count(b'"') % 2 == 0:
        return body
    start = _start_of_last_row(body)
    rows, is_open = _rows_of(body[start:], delimiter)
    if not is_open:
        if body.endswith(b"\n"):
            return body
        if rows and len(rows[-1]) >= len(names) and not raw.is_cut_in_letter:
            raw.remarks.append(
                finding("last_line_without_end", Severity.WARNING, raw.table.file_name)
            )
            return body + b"\n"
        start = body.rfind(b"\n") + 1
    raw.torn = _z_parts(names, body[start:].decode("utf-8", "replace"), delimiter)
    return body[:start]


def _rows_of(end: bytes, delimiter: str) -> tuple[list[list[str]], bool]:
    """The rows at the end of a body, and whether the last one ends inside quotes."""
    text = io.StringIO(end.decode("utf-8", "replace"), newline="")
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(text, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return rows, "end of data" in str(error)
    return rows, False


def _start_of_last_row(body: bytes) -> int:
    """Where the last row begins; a line break inside quotes begins none."""
    start = body.rfind(b"\n") + 1
    quotes = body.count(b'"', 0, start)
    while quotes % 2:
        end, start = start, body.rfind(b"\n", 0, start - 1) + 1
        quotes -= body.count(b'"', start, end)
    return start


def _parse(raw: RawFile, body: bytes, names: list[str], delimiter: str, first: int) -> None:
    first_row = body.split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("\r")
    given = list(names)
    fields = _fields(first_row, delimiter)
    if len(fields) == len(names) + 1 and not fields[-1]:
        # Every row ends with a delimiter, and the header line does not.
        given.append("")
    skipped: list[tuple[int, str]] = []
    try:
        rows = _texts(body, given, delimiter, skipped)
    except pa.ArrowInvalid as error:
        line, reason = _first_defect(body, delimiter, first)
        raw.whole_defects.append(
            finding(
                "file_unreadable",
                Severity.ERROR,
                raw.table.file_name,
                line,
                reason=reason or str(error).splitlines()[0][:200],
            )
        )
        return
    lines, skipped_lines = _lines(rows, skipped, first, body)
    rows, raw.lines = _without_empty_lines(rows, lines)
    missing = [column.name for column in raw.table.csv_columns if column.name not in names]
    for column in missing:
        rows = rows.append_column(column, pa.nulls(rows.num_rows, pa.string()))
    raw.rows = rows.select([column.name for column in raw.table.csv_columns])
    for (_, text), line in zip(skipped, skipped_lines, strict=True):
        raw.row_defects.append(
            (
                _z_parts(names, text, delimiter),
                finding(
                    "row_fields",
                    Severity.ERROR,
                    raw.table.file_name,
                    line,
                    expected=len(names),
                    found=text.count(delimiter) + 1,
                ),
            )
        )


def _z_parts(names: Sequence[str], text: str, delimiter: str) -> tuple[str, ...]:
    """The Z columns of a row, as far as they are there and followed by another field."""
    wanted = [names.index(column.name) for column in CLOSING_COLUMNS]
    # The last field may be a part of itself: Z_NR 1 of 12.
    fields = [part.strip().strip('"') for part in text.split(delimiter)[:-1]]
    return tuple(fields[place] if place < len(fields) else "" for place in wanted)


def _texts(
    body: bytes, names: list[str], delimiter: str, skipped: list[tuple[int, str]]
) -> pa.Table:
    def skip(row: pacsv.InvalidRow) -> str:
        skipped.append((len(skipped) if row.number is None else row.number - 1, row.text))
        return "skip"

    handler: Callable[[pacsv.InvalidRow], str] = skip
    return pacsv.read_csv(
        pa.BufferReader(body),
        read_options=pacsv.ReadOptions(
            column_names=names,
            block_size=min(len(body) + 1, _BLOCK_BYTES),
            use_threads=False,
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=b'"' in body,
            # They count as lines; their rows go once the lines are known.
            ignore_empty_lines=False,
            invalid_row_handler=handler,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    ).combine_chunks()


def _lines(
    rows: pa.Table, skipped: Sequence[tuple[int, str]], first: int, body: bytes
) -> tuple[Int64Array, list[int]]:
    """The line on which each row begins, and the same for the skipped ones."""
    count = rows.num_rows + len(skipped)
    lines = np.arange(first, first + count, dtype=np.int64)
    is_row = np.ones(count, np.bool_)
    is_row[[number for number, _ in skipped]] = False
    if body.count(b"\n") > count:
        inside = np.zeros(count, np.int64)
        for values in rows.columns:
            inside[is_row] += np.asarray(pc.count_substring(values, "\n").to_numpy(), np.int64)
        for number, text in skipped:
            inside[number] = text.count("\n")
        lines += np.cumsum(inside) - inside
    return lines[is_row], lines[~is_row].tolist()


def _without_empty_lines(rows: pa.Table, lines: Int64Array) -> tuple[pa.Table, Int64Array]:
    empty = pc.equal(rows.column(CLOSING_COLUMNS[-1].name), "")
    if not pc.any(empty).as_py():
        return rows, lines
    for values in rows.columns:
        empty = pc.and_(empty, pc.equal(values, ""))
    kept = pc.invert(empty)
    return rows.filter(kept), lines[np.asarray(kept.to_numpy(), np.bool_)]


def _first_defect(body: bytes, delimiter: str, first: int) -> tuple[int, str]:
    """Where the csv module stumbles, with its reason; line 0 where it does not."""
    reader = csv.reader(
        io.StringIO(body.decode("utf-8", "replace"), newline=""), delimiter=delimiter, strict=True
    )
    try:
        for _ in reader:
            pass
    except csv.Error as error:
        return reader.line_num + first - 1, str(error)
    return 0, ""
