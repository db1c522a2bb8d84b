"""Exports of tills into closings.

So far only exports in the standard's own form are read: header lines with the standard's columns
in any order, comma, exact decimals, times with an offset. A file in another form is refused with
``file_refused``, and with it every closing of the export; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.model import (
    ClosingBatch,
    ClosingHead,
    Finding,
    Int64Array,
    Severity,
    concat_batches,
    finding,
)
from tillferry.closing.order import canonical_order
from tillferry.closing.tables import (
    CLOSING_COLUMNS,
    PARTS,
    RENAMED_COLUMNS,
    TABLES,
    Kind,
    Part,
    Table,
)
from tillferry.closing.times import instant_micros, parse_instant
from tillferry.formats.dsfinvk._index import INDEX_NAME
from tillferry.formats.dsfinvk._index_read import IndexRefused, IndexTorn, read_index
from tillferry.formats.dsfinvk._parse import FormDefect, fixed_numbers, parse_csv
from tillferry.formats.dsfinvk._sources import Export, has_export, open_source
from tillferry.formats.dsfinvk.limits import Limits
from tillferry.formats.dsfinvk.pack import empty_as_null

_BOM = b"\xef\xbb\xbf"
_EMPTY = ClosingBatch((), {}, {})


@dataclass(frozen=True)
class ExportReading:
    """What an export holds. ``findings`` are of the delivery; those of a closing are in its head.

    ``batch`` has the closings in the order of ``cashpointclosing.csv``.
    """

    batch: ClosingBatch
    findings: tuple[Finding, ...]


def is_export(path: Path) -> bool:
    """Whether ``path`` is a folder, ZIP or TAR with an export's files. Raises ``OSError``."""
    return has_export(path)


def read_export(
    path: Path, *, timezone: str = "Europe/Berlin", limits: Limits | None = None
) -> ExportReading:
    """All closings at ``path``. Defects are findings; raises ``OSError`` where the disk fails.

    ``timezone`` is for times without an offset, which are refused so far.
    """
    limits = limits or Limits()
    found = open_source(path, limits)
    findings = list(found.findings)
    batches: list[ClosingBatch] = []
    for export in found.exports:
        batch = _read_one(export, str(path), findings, limits)
        if found.torn:
            # What is after the tear is lost, so no closing is known to be whole.
            torn = tuple(f for f in found.findings if f.code == "export_unreadable")
            heads = tuple(replace(head, findings=head.findings + torn) for head in batch.heads)
            batch = replace(batch, heads=heads)
        if len(batch):
            batches.append(batch)
    return ExportReading(concat_batches(batches) if batches else _EMPTY, tuple(findings))


def _read_one(export: Export, source: str, findings: list[Finding], limits: Limits) -> ClosingBatch:
    general: list[Finding] = []
    if INDEX_NAME in export.files:
        try:
            read_index(export.files[INDEX_NAME]())
        except IndexRefused as error:
            findings.append(finding("index_refused", Severity.ERROR, INDEX_NAME, reason=str(error)))
            return _EMPTY
        except IndexTorn as error:
            general.append(
                finding("index_unreadable", Severity.INCOMPLETE, INDEX_NAME, reason=str(error))
            )
    parsed: dict[str, tuple[pa.Table, Int64Array]] = {}
    for table in TABLES:
        if table.file_name not in export.files:
            continue
        try:
            if table.file_name in export.doubled:
                raise ValueError("two files have this name")
            rows = _parse(table, export.files[table.file_name](), limits)
            if rows[0].num_rows:
                parsed[table.name] = rows
        except Exception as error:
            reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            general.append(finding("file_refused", Severity.ERROR, table.file_name, reason=reason))
    if "cashpointclosing" not in parsed:
        findings.extend(general)
    return _assemble(parsed, source, findings, tuple(general))


def _parse(table: Table, data: bytes, limits: Limits) -> tuple[pa.Table, Int64Array]:
    """The rows with the Z columns, and the line of each."""
    data = data.removeprefix(_BOM)
    if b"\0" in data:
        raise ValueError("it holds NUL bytes")
    breaks = np.flatnonzero(np.frombuffer(data, np.uint8) == 10)
    if np.diff(breaks, prepend=0, append=len(data)).max(initial=0) > limits.line_bytes:
        raise ValueError(f"a line is longer than {limits.line_bytes} bytes")
    header, _, body = data.partition(b"\n")
    names = [name.strip().strip('"').lower() for name in header.decode().split(";")]
    names = [RENAMED_COLUMNS.get(name, name) for name in names]
    if len(set(names)) < len(names) or not {c.name for c in CLOSING_COLUMNS} <= set(names):
        raise ValueError("the header line is not the standard's")
    if not body:
        return pa.schema([]).empty_table(), np.zeros(0, np.int64)
    if not body.endswith(b"\n"):
        raise ValueError("the last line has no end")
    raw = parse_csv(body, names, {}, breaks=b'"' in body)
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    for column in table.csv_columns:
        if column.name not in names:
            columns[column.name] = pa.nulls(raw.num_rows, column.arrow_type)
            continue
        values = raw.column(column.name)
        if column.decimals:
            columns[column.name] = fixed_numbers(values, column)
        elif column.kind is Kind.NUMBER:
            if not pc.all(pc.match_substring_regex(values, r"^(-?\d{1,18})?$")).as_py():
                raise FormDefect(column.csv_name)
            columns[column.name] = pc.cast(empty_as_null(values), pa.int64())
        else:
            columns[column.name] = empty_as_null(values)
            if column.kind is Kind.TIME:
                instant_micros(columns[column.name])
    if any(columns[column.name].null_count for column in CLOSING_COLUMNS):
        raise ValueError("a row does not name its closing")
    inside = np.zeros(raw.num_rows, np.int64)
    if len(breaks) - 1 != raw.num_rows:
        for values in raw.columns:
            inside += pc.count_substring(values, "\n").to_numpy()
    lines = 2 + np.arange(raw.num_rows) + np.cumsum(inside) - inside
    return pa.table(columns), lines.astype(np.int64)


def _keys(rows: pa.Table) -> list[tuple[str, int, int]]:
    return list(
        zip(
            pc.fill_null(rows.column("z_kasse_id"), "").to_pylist(),
            instant_micros(rows.column("z_erstellung")).tolist(),
            pc.fill_null(rows.column("z_nr"), -1).to_pylist(),
            strict=True,
        )
    )


def _assemble(
    parsed: Mapping[str, tuple[pa.Table, Int64Array]],
    source: str,
    findings: list[Finding],
    general: tuple[Finding, ...],
) -> ClosingBatch:
    if "cashpointclosing" in parsed:
        index = dict.fromkeys(_keys(parsed["cashpointclosing"][0]), 0)
        index = {key: number for number, key in enumerate(index)}
    else:
        index = {}
    tables: dict[str, pa.Table] = {}
    offsets: dict[str, Int64Array] = {}
    lines: dict[str, Int64Array] = {}
    lost: set[int] = set()
    for table in TABLES:
        if table.name not in parsed:
            continue
        rows, line = parsed[table.name]
        keys = _keys(rows)
        closing_of = np.array([index.get(key, -1) for key in keys], dtype=np.int64)
        lost.update(keys[row][2] for row in np.flatnonzero(closing_of < 0))
        take = np.flatnonzero(closing_of >= 0)
        take = take[np.argsort(closing_of[take], kind="stable")]
        rows = rows.select([c.name for c in table.columns]).take(pa.array(take))
        rows, line, closing_of = rows.combine_chunks(), line[take], closing_of[take]
        order = canonical_order(table, rows, closing_of)
        if order is not None:
            rows, line = rows.take(pa.array(order)), line[order]
        if rows.num_rows:
            tables[table.name], lines[table.name] = rows, line
            counts = np.bincount(closing_of, minlength=len(index))
            offsets[table.name] = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    findings.extend(
        finding("closing_without_head", Severity.INCOMPLETE, "cashpointclosing.csv", z_nr=z_nr)
        for z_nr in sorted(lost)
    )
    if not index:
        return _EMPTY
    first = {
        key: row for row, key in reversed(list(enumerate(_keys(parsed["cashpointclosing"][0]))))
    }
    texts = parsed["cashpointclosing"][0].to_pylist()
    batch = ClosingBatch((), tables, offsets, lines)
    parts: tuple[Part, ...] = tuple(part for part in PARTS if _has(part, tables))
    heads = []
    for number, key in enumerate(index):
        head = _head(texts[first[key]], source, parts, general)
        register = ClosingBatch((head,) * len(index), tables, offsets).closing_rows(
            "cashregister", number
        )
        serial = register.column("kasse_seriennr")[0].as_py() if register.num_rows else None
        if not register.num_rows:
            missing = finding("cashregister_missing", Severity.INCOMPLETE, "cashregister.csv")
            head = replace(head, findings=(*head.findings, missing))
        heads.append(replace(head, serial=serial or ""))
    return ClosingBatch(tuple(heads), batch.tables, batch.offsets, batch.lines)


def _has(part: str, tables: Mapping[str, pa.Table]) -> bool:
    return part == "bookings" or any(t.part == part and t.name in tables for t in TABLES)


def _head(
    row: Mapping[str, object], source: str, parts: tuple[Part, ...], general: tuple[Finding, ...]
) -> ClosingHead:
    created = str(row["z_erstellung"])
    try:
        day = date.fromisoformat(str(row["z_buchungstag"] or created)[:10])
    except ValueError:
        day = parse_instant(created).date()
    return ClosingHead(
        taxpayer="".join(str(row["stnr"] or row["ustid"] or "").split()),
        serial="",
        z_kasse_id=str(row["z_kasse_id"] or ""),
        z_erstellung=created,
        z_nr=int(str(row["z_nr"])),
        business_day=day,
        parts=parts,
        source=source,
        findings=general,
    )
