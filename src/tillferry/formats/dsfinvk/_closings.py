"""Rows of a whole export to closings: which row belongs to which, in canonical order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.model import (
    ClosingBatch,
    ClosingHead,
    Finding,
    Int64Array,
    Severity,
    finding,
)
from tillferry.closing.order import canonical_order
from tillferry.closing.tables import PARTS, TABLES, Part
from tillferry.closing.times import instant_micros, parse_instant
from tillferry.formats.dsfinvk._columns import TypedFile

Key = tuple[str, int, int]
"""Z_KASSE_ID, Z_NR, and Z_ERSTELLUNG as an instant where the first two do not tell apart."""

_NO_NUMBER: Final = -1
_NO_TIME: Final = 0


@dataclass(frozen=True)
class Grouping:
    """The closings of an export; ``closing_of`` gives each row of a file its closing or -1."""

    batch: ClosingBatch
    closing_of: Mapping[str, Int64Array]
    findings: tuple[Finding, ...]
    numbers: Mapping[tuple[str, int], int]

    def closing_named(self, z_fields: Sequence[str]) -> int | None:
        """The closing that the first fields of a row name, as far as they are there."""
        if len(z_fields) < 3 or not z_fields[2].replace(".", "").isdigit():
            return None
        return self.numbers.get((z_fields[0], int(z_fields[2].replace(".", ""))))


def group_closings(files: Mapping[str, TypedFile], source: str, timezone: str) -> Grouping:
    """Closings in the order of their Z numbers; each needs its row in cashpointclosing.csv."""
    heads_file = files.get("cashpointclosing")
    keys = _Keys(heads_file.rows if heads_file else None)
    tables: dict[str, pa.Table] = {}
    offsets: dict[str, Int64Array] = {}
    lines: dict[str, Int64Array] = {}
    closing_of: dict[str, Int64Array] = {}
    lost: dict[int, tuple[str, int]] = {}
    findings: list[Finding] = []
    for table in TABLES:
        file = files.get(table.name)
        if file is None:
            continue
        of = keys.closing_of(file.rows)
        closing_of[table.name] = of
        _note_lost(file, of, lost, findings)
        take = np.flatnonzero(of >= 0)
        if not len(take):
            continue
        if len(take) < len(of) or (np.diff(of) < 0).any():
            take = take[np.argsort(of[take], kind="stable")]
        rows = file.rows.select([column.name for column in table.columns])
        if len(take) < len(of) or (np.diff(take) != 1).any():
            rows = rows.take(pa.array(take))
        ordered, line = of[take], file.lines[take]
        order = canonical_order(table, rows, ordered)
        if order is not None:
            rows, line = rows.take(pa.array(order)), line[order]
        tables[table.name] = rows.combine_chunks()
        lines[table.name] = line
        counts = np.bincount(ordered, minlength=len(keys.first_rows))
        offsets[table.name] = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    findings.extend(
        finding("closing_without_head", Severity.INCOMPLETE, file_name, line, z_nr=z_nr)
        for z_nr, (file_name, line) in sorted(lost.items())
    )
    heads = _heads(heads_file, keys, tables, offsets, source, timezone)
    batch = ClosingBatch(heads, tables, offsets, lines) if heads else ClosingBatch((), {}, {})
    numbers = {(head.z_kasse_id, head.z_nr): index for index, head in enumerate(heads)}
    return Grouping(batch, closing_of, tuple(findings), numbers)


def _note_lost(
    file: TypedFile,
    closing_of: Int64Array,
    lost: dict[int, tuple[str, int]],
    findings: list[Finding],
) -> None:
    """Rows of closings that have no head, and rows that name no closing."""
    rows = np.flatnonzero(closing_of < 0)
    if not len(rows):
        return
    named = file.rows.column("z_nr").take(pa.array(rows))
    numbers = pc.fill_null(named, _NO_NUMBER).to_numpy()
    unique, first = np.unique(numbers, return_index=True)
    for z_nr, place in zip(unique.tolist(), first.tolist(), strict=True):
        line = int(file.lines[rows[place]])
        if z_nr == _NO_NUMBER:
            findings.append(
                finding("row_without_closing", Severity.ERROR, file.table.file_name, line, "Z_NR")
            )
        else:
            lost.setdefault(z_nr, (file.table.file_name, line))


class _Keys:
    """The closings by what their rows repeat. ``first_rows`` are their rows in the heads' file."""

    def __init__(self, heads: pa.Table | None) -> None:
        self.first_rows: list[int] = []
        self._with_time = False
        self._numbers: dict[Key, int] = {}
        if heads is None:
            return
        plain = _key_list(heads, with_time=False)
        timed = _key_list(heads, with_time=True)
        by_plain: dict[Key, set[Key]] = {}
        for short, full in zip(plain, timed, strict=True):
            by_plain.setdefault(short, set()).add(full)
        # Two tills, or a till that was set back, in one export.
        self._with_time = any(len(full) > 1 for full in by_plain.values())
        first: dict[Key, int] = {}
        for row, key in enumerate(timed if self._with_time else plain):
            if key[1] != _NO_NUMBER:
                first.setdefault(key, row)
        for key in sorted(first, key=lambda key: (key[0], key[1], key[2])):
            self._numbers[key] = len(self.first_rows)
            self.first_rows.append(first[key])

    def closing_of(self, rows: pa.Table) -> Int64Array:
        """For each row the number of its closing, -1 without one."""
        kasse = pc.dictionary_encode(pc.fill_null(rows.column("z_kasse_id"), "")).combine_chunks()
        if isinstance(kasse, pa.ChunkedArray):
            kasse = kasse.chunk(0)
        codes = kasse.indices.to_numpy().astype(np.int64)
        numbers = pc.fill_null(rows.column("z_nr"), _NO_NUMBER).to_numpy()
        times = _instants(rows) if self._with_time else np.zeros(len(codes), np.int64)
        unique, inverse = (
            np.unique(np.stack((codes, numbers, times), axis=1), axis=0, return_inverse=True)
            if self._with_time
            else _unique_pairs(codes, numbers)
        )
        names = kasse.dictionary.to_pylist()
        found = np.array(
            [
                self._numbers.get((names[int(entry[0])], int(entry[1]), int(entry[2])), -1)
                for entry in unique
            ],
            dtype=np.int64,
        )
        return found[inverse.reshape(-1)] if len(found) else np.zeros(0, np.int64)


def _unique_pairs(codes: Int64Array, numbers: Int64Array) -> tuple[Int64Array, Int64Array]:
    """As ``np.unique`` over rows, quick for runs of equal rows."""
    change = np.flatnonzero((np.diff(codes) != 0) | (np.diff(numbers) != 0)) + 1
    starts = np.concatenate(([0], change)).astype(np.int64)
    lengths = np.diff(np.concatenate((starts, [len(codes)])))
    zeros = np.zeros(len(starts), np.int64)
    rows = np.stack((codes[starts], numbers[starts], zeros), axis=1)
    return rows, np.repeat(np.arange(len(starts), dtype=np.int64), lengths)


def _key_list(rows: pa.Table, *, with_time: bool) -> list[Key]:
    times = _instants(rows).tolist() if with_time else [_NO_TIME] * rows.num_rows
    return list(
        zip(
            pc.fill_null(rows.column("z_kasse_id"), "").to_pylist(),
            pc.fill_null(rows.column("z_nr"), _NO_NUMBER).to_pylist(),
            times,
            strict=True,
        )
    )


def _instants(rows: pa.Table) -> Int64Array:
    return instant_micros(rows.column("z_erstellung"))


def _heads(
    file: TypedFile | None,
    keys: _Keys,
    tables: Mapping[str, pa.Table],
    offsets: Mapping[str, Int64Array],
    source: str,
    timezone: str,
) -> tuple[ClosingHead, ...]:
    if file is None:
        return ()
    texts = file.rows.take(pa.array(keys.first_rows, pa.int64())).to_pylist()
    parts: tuple[Part, ...] = tuple(
        part
        for part in PARTS
        if part == "bookings" or any(t.part == part and t.name in tables for t in TABLES)
    )
    heads = []
    for index, row in enumerate(texts):
        findings: list[Finding] = []
        line = int(file.lines[keys.first_rows[index]])
        serial = _serial(tables, offsets, index)
        if serial is None:
            findings.append(
                finding("cashregister_missing", Severity.INCOMPLETE, "cashregister.csv")
            )
        created = row["z_erstellung"]
        if created is None:
            # Whatever stood there has its own finding; a closing needs some instant.
            findings.append(
                finding(
                    "time_invalid",
                    Severity.ERROR,
                    file.table.file_name,
                    line,
                    "Z_ERSTELLUNG",
                    value="",
                )
            )
            created = "1970-01-01T00:00:00+00:00"
        heads.append(
            ClosingHead(
                taxpayer="".join(str(row["stnr"] or row["ustid"] or "").split()),
                serial=serial or "",
                z_kasse_id=row["z_kasse_id"] or "",
                z_erstellung=created,
                z_nr=row["z_nr"],
                business_day=_business_day(row["z_buchungstag"], created, timezone, findings, line),
                parts=parts,
                source=source,
                findings=tuple(findings),
            )
        )
    return tuple(heads)


def _serial(
    tables: Mapping[str, pa.Table], offsets: Mapping[str, Int64Array], index: int
) -> str | None:
    bounds = offsets.get("cashregister")
    if bounds is None or bounds[index] == bounds[index + 1]:
        return None
    return str(tables["cashregister"].column("kasse_seriennr")[int(bounds[index])].as_py() or "")


def _business_day(
    text: str | None, created: str, timezone: str, findings: list[Finding], line: int
) -> date:
    """Z_BUCHUNGSTAG, else the day on which the closing was made, where the till stands."""
    if text:
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            findings.append(
                finding(
                    "day_invalid",
                    Severity.WARNING,
                    "cashpointclosing.csv",
                    line,
                    "Z_BUCHUNGSTAG",
                    value=text[:40],
                )
            )
    return parse_instant(created).astimezone(ZoneInfo(timezone)).date()
