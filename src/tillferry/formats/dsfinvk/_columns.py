"""From a file's texts to typed columns, with what is wrong in which row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.model import Finding, Int64Array, Severity, finding
from tillferry.closing.tables import Column, Kind, Table
from tillferry.formats.dsfinvk._clock import with_offsets
from tillferry.formats.dsfinvk._numbers import NumberStyle, convert
from tillferry.formats.dsfinvk._text import RawFile

_FLAGS: Final = frozenset({"bon_storno", "inhaus", "p_storno", "keine_ust_zuordnung"})
_COUNTRIES: Final = frozenset({"land", "loc_land", "agentur_land", "kunde_land"})
_MANY: Final = 2000
_ALPHA_3: Final = {
    "AT": "AUT",
    "BE": "BEL",
    "CH": "CHE",
    "CZ": "CZE",
    "DE": "DEU",
    "DK": "DNK",
    "ES": "ESP",
    "FR": "FRA",
    "GB": "GBR",
    "IT": "ITA",
    "LI": "LIE",
    "LU": "LUX",
    "NL": "NLD",
    "PL": "POL",
    "SE": "SWE",
    "US": "USA",
}


@dataclass
class TypedFile:
    """A file's rows with their types, the Z columns first; ``defects`` pair row and finding."""

    table: Table
    rows: pa.Table
    lines: Int64Array
    remarks: list[Finding] = field(default_factory=list)
    defects: list[tuple[int, Finding]] = field(default_factory=list)


def typed(raw: RawFile, style: NumberStyle, timezone: str) -> TypedFile:
    """Convert every column. A defect has no value and a finding with its line and column."""
    out = TypedFile(raw.table, raw.rows, raw.lines)
    columns: list[pa.Array] = []
    for column in raw.table.csv_columns:
        texts = raw.rows.column(column.name)
        if column.kind is Kind.NUMBER:
            columns.append(_number(out, texts, column, style))
            continue
        values = _without_empty(texts)
        if column.kind is Kind.TIME:
            values = _time(out, values, column, timezone)
        elif column.name in _COUNTRIES:
            values = _country(out, values, column)
        else:
            _check_text(out, values, column)
        columns.append(values)
    names = [column.name for column in raw.table.csv_columns]
    out.rows = pa.table(columns, names=names)
    return out


def _without_empty(texts: pa.ChunkedArray) -> pa.Array:
    values = pa.concat_arrays(texts.chunks) if texts.num_chunks else pa.array([], pa.string())
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)


def _number(out: TypedFile, texts: pa.ChunkedArray, column: Column, style: NumberStyle) -> pa.Array:
    numbers = convert(pc.fill_null(texts, ""), column, style)
    for code, rows in (
        ("number_invalid", numbers.wrong),
        ("number_too_precise", numbers.too_precise),
        ("number_beyond_bounds", numbers.too_large),
    ):
        out.defects += _defects(out, code, Severity.ERROR, rows, column, texts)
    return numbers.values


def _time(out: TypedFile, values: pa.Array, column: Column, timezone: str) -> pa.Array:
    times = with_offsets(values, column.name, timezone)
    out.defects += _defects(out, "time_invalid", Severity.ERROR, times.wrong, column, values)
    out.defects += _defects(
        out, "time_ambiguous", Severity.WARNING, times.ambiguous, column, values
    )
    if times.added:
        out.remarks.append(
            finding(
                "offset_added",
                Severity.INFO,
                out.table.file_name,
                0,
                column.csv_name,
                timezone=timezone,
            )
        )
    return times.values


def _country(out: TypedFile, values: pa.Array, column: Column) -> pa.Array:
    short = pc.is_in(values, pa.array(list(_ALPHA_3)))
    if pc.any(short).as_py():
        out.remarks.append(
            finding("country_code_short", Severity.INFO, out.table.file_name, 0, column.csv_name)
        )
        values = pa.array([_ALPHA_3.get(text, text) for text in values.to_pylist()], pa.string())
    _check_text(out, values, column)
    return values


def _check_text(out: TypedFile, values: pa.Array, column: Column) -> None:
    if values.null_count == len(values):
        return
    if column.name in _FLAGS:
        wrong = pc.invert(pc.is_in(values, pa.array(["0", "1", None])))
        out.defects += _defects(
            out, "flag_invalid", Severity.ERROR, _rows_of(wrong), column, values
        )
        return
    if (pc.max(pc.binary_length(values)).as_py() or 0) > column.length:
        long = pc.greater(pc.utf8_length(values), column.length)
        out.defects += _defects(
            out,
            "text_too_long",
            Severity.WARNING,
            _rows_of(long),
            column,
            values,
            limit=str(column.length),
        )


def _rows_of(found: pa.Array) -> Int64Array:
    return np.flatnonzero(
        np.asarray(pc.fill_null(found, False).to_numpy(zero_copy_only=False), dtype=np.bool_)
    )


def _some(rows: Sequence[int] | Int64Array, out: TypedFile) -> Int64Array:
    """The rows, or the first of them and the first of each run that names one closing."""
    places = np.asarray(rows, dtype=np.int64)
    if len(places) <= _MANY:
        return places
    named = pc.dictionary_encode(out.rows.column("z_nr").take(pa.array(places)))
    codes = named.combine_chunks()
    if isinstance(codes, pa.ChunkedArray):
        codes = codes.chunk(0)
    numbers = np.asarray(pc.fill_null(codes.indices, -1).to_numpy(zero_copy_only=False))
    begins = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
    return np.unique(np.concatenate((places[:_MANY], places[begins])))


def _defects(
    out: TypedFile,
    code: str,
    severity: Severity,
    rows: Sequence[int] | Int64Array,
    column: Column,
    texts: pa.Array | pa.ChunkedArray,
    **params: str,
) -> Iterator[tuple[int, Finding]]:
    """A finding for each row, with its text; of very many at least one for each closing."""
    for row in _some(rows, out):
        text = texts[int(row)].as_py() or ""
        yield (
            int(row),
            finding(
                code,
                severity,
                out.table.file_name,
                int(out.lines[row]),
                column.csv_name,
                value=text[:40],
                **params,
            ),
        )
