"""Exports of any till into closings.

Whatever deviates from the standard and can be understood is read and told as a remark. What
cannot be understood is a finding with file, line and column on the closing that it concerns, and
spoils no other. Nothing is guessed value by value: see ``_numbers`` for the decimal symbol and
``_clock`` for wall times.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from tillferry.closing.model import ClosingBatch, Finding, Severity, concat_batches, finding
from tillferry.closing.tables import DSFINVK_TABLES, TABLES, TABLES_BY_NAME
from tillferry.formats.dsfinvk._closings import Grouping, group_closings
from tillferry.formats.dsfinvk._columns import TypedFile, typed
from tillferry.formats.dsfinvk._index import INDEX_NAME
from tillferry.formats.dsfinvk._index_read import Index, IndexRefused, read_index
from tillferry.formats.dsfinvk._numbers import (
    NumberStyle,
    arithmetic_of_lines,
    decide_style,
    plain_symbol,
)
from tillferry.formats.dsfinvk._sources import (
    DAMAGE,
    Export,
    Unreadable,
    has_export,
    open_source,
)
from tillferry.formats.dsfinvk._text import RawFile, read_file
from tillferry.formats.dsfinvk.limits import Limits

_SHOWN: Final = 20
_NO_CLOSINGS: Final = ClosingBatch((), {}, {})
_DEPENDENT: Final = {
    "transactions": ("lines", "lines_vat", "transactions_vat", "datapayment"),
    "lines": ("lines_vat", "itemamounts", "subitems"),
    "lines_vat": ("lines",),
    "transactions_vat": ("transactions",),
    "datapayment": ("payment",),
    "cashregister": ("cashpointclosing",),
    "vat": ("transactions_vat",),
}
"""A table that lacks though one of these has rows was lost on the way."""


@dataclass(frozen=True)
class ExportReading:
    """What an export holds. ``findings`` are of the delivery; those of a closing are in its head.

    ``batch`` has the closings by Z_KASSE_ID and Z number, exports one after the other.
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

    ``timezone`` is where the till stands: the offset of times that come without one.
    """
    limits = limits or Limits()
    found = open_source(path, limits)
    findings = list(found.findings)
    batches: list[ClosingBatch] = []
    for export in found.exports:
        batch = _Reader(export, str(path), timezone, limits, findings).read()
        if found.losses:
            # Part of the source was not read, so no closing is known to be whole.
            heads = tuple(
                replace(head, findings=head.findings + found.losses) for head in batch.heads
            )
            batch = replace(batch, heads=heads)
        if len(batch):
            batches.append(batch)
    return ExportReading(concat_batches(batches) if batches else _NO_CLOSINGS, tuple(findings))


class _Reader:
    """One export. ``remarks`` are collected for the delivery."""

    def __init__(
        self,
        export: Export,
        source: str,
        timezone: str,
        limits: Limits,
        remarks: list[Finding],
    ) -> None:
        self._export = export
        self._source = source
        self._timezone = timezone
        self._limits = limits
        self._remarks = remarks
        self._of_all: list[Finding] = []
        """Findings that concern every closing of the export."""

    def read(self) -> ClosingBatch:
        try:
            index = self._index()
        except Unreadable as error:
            self._remarks.append(error.finding)
            return _NO_CLOSINGS
        raw = self._raw_files(index)
        self._remark_files(index, raw)
        files = self._typed_files(index, raw)
        grouping = group_closings(
            {name: file for name, file in files.items() if file.rows.num_rows},
            self._source,
            self._timezone,
        )
        self._remarks.extend(grouping.findings)
        return self._with_findings(grouping, raw, files)

    def _index(self) -> Index | None:
        if INDEX_NAME not in self._export.files:
            self._remarks.append(finding("index_missing", Severity.INFO, INDEX_NAME))
            return None
        try:
            data = self._export.files[INDEX_NAME]()
            if len(data) > self._limits.index_bytes:
                raise IndexRefused(f"> {self._limits.index_bytes} bytes")
            index = read_index(data)
        except IndexRefused as error:
            raise Unreadable(
                finding("index_refused", Severity.ERROR, INDEX_NAME, reason=error)
            ) from None
        except DAMAGE as error:
            self._of_all.append(
                finding("index_unreadable", Severity.INCOMPLETE, INDEX_NAME, reason=error)
            )
            return None
        if index.dtd_is_old:
            self._remarks.append(finding("index_old_dtd", Severity.INFO, INDEX_NAME))
        return index

    def _raw_files(self, index: Index | None) -> dict[str, RawFile]:
        raw: dict[str, RawFile] = {}
        for table in TABLES:
            name = table.file_name
            read = self._export.files.get(name)
            if read is None:
                continue
            if name in self._export.doubled:
                self._of_all.append(finding("file_doubled", Severity.ERROR, name))
                continue
            try:
                data = read()
            except DAMAGE as error:
                self._of_all.append(finding("file_torn", Severity.INCOMPLETE, name, reason=error))
                continue
            listed = index.tables.get(name) if index else None
            raw[table.name] = read_file(table, data, listed, self._limits.line_bytes)
        return raw

    def _remark_files(self, index: Index | None, raw: Mapping[str, RawFile]) -> None:
        for name in sorted(self._export.files):
            if name.endswith(".csv") and (index is not None and name not in index.tables):
                self._remarks.append(finding("file_unlisted", Severity.INFO, name))
        names = set(self._export.files)
        listed = {name for name in index.tables if name in _STANDARD_FILES} if index else set()
        lists_all = len(listed) == len(DSFINVK_TABLES)
        for table in DSFINVK_TABLES:
            is_empty = self._export.sizes.get(table.file_name) == 0
            if table.file_name in names and not is_empty:
                continue
            needed = any(
                other in raw and raw[other].rows.num_rows
                for other in _DEPENDENT.get(table.name, ())
            )
            if is_empty:
                # Room that was made for the file, and a copy that never came to fill it.
                if needed:
                    self._of_all.append(finding("file_torn", Severity.INCOMPLETE, table.file_name))
                continue
            is_listed = table.file_name in listed
            if (needed and (is_listed or table.name == "transactions")) or (
                is_listed and not lists_all
            ):
                self._of_all.append(finding("file_missing", Severity.INCOMPLETE, table.file_name))
            elif is_listed:
                self._remarks.append(finding("listed_file_missing", Severity.INFO, table.file_name))

    # --- values ---

    def _typed_files(self, index: Index | None, raw: Mapping[str, RawFile]) -> dict[str, TypedFile]:
        styles: dict[str, NumberStyle] = {}
        files: dict[str, TypedFile] = {}
        # The amounts first: they are what the quantities are measured by.
        for name in sorted(raw, key=lambda name: name == "lines"):
            file = raw[name]
            self._remarks.extend(file.remarks)
            style = self._style(index, raw, file, styles)
            if style is None:
                file.whole_defects.append(
                    finding("number_style_undecided", Severity.ERROR, file.table.file_name)
                )
                style = NumberStyle(",", ".")
            styles[name] = style
            files[name] = typed(file, style, self._timezone)
            self._remarks.extend(files[name].remarks)
        return {table.name: files[table.name] for table in TABLES if table.name in files}

    def _style(
        self,
        index: Index | None,
        raw: Mapping[str, RawFile],
        file: RawFile,
        styles: Mapping[str, NumberStyle],
    ) -> NumberStyle | None:
        table = file.table
        votes = 0
        if table.name == "lines":
            amounts = raw.get("lines_vat")
            votes = arithmetic_of_lines(
                file.rows, amounts.rows if amounts else None, styles.get("lines_vat")
            )
        listed = index.tables.get(table.file_name) if index else None
        style = decide_style(
            file.rows, table, listed, votes, partial(_agreed_symbol, raw, table.name)
        )
        if style is not None and not style.is_standard:
            self._remarks.append(
                finding(
                    "number_style",
                    Severity.INFO,
                    table.file_name,
                    decimal=style.decimal,
                    grouping=style.grouping or "–",
                )
            )
        return style

    # --- findings ---

    def _with_findings(
        self,
        grouping: Grouping,
        raw: Mapping[str, RawFile],
        files: Mapping[str, TypedFile],
    ) -> ClosingBatch:
        batch = grouping.batch
        found: dict[int, list[Finding]] = defaultdict(list)
        everyone = range(len(batch))
        for index in everyone:
            found[index] += self._of_all
        for name, file in raw.items():
            rows = grouping.closing_of.get(name)
            of_file = set(rows.tolist()) - {-1} if rows is not None else set()
            for defect in file.whole_defects:
                # A file that could not be read at all is missing for every closing, and of one
                # that lost its end nobody knows whose rows are gone.
                lost = defect.severity is Severity.INCOMPLETE
                for index in everyone if lost else of_file or everyone:
                    found[index].append(defect)
            for z_fields, defect in file.row_defects:
                self._place(grouping, found, z_fields, defect)
            if file.torn is not None:
                torn = finding("file_torn", Severity.INCOMPLETE, TABLES_BY_NAME[name].file_name)
                self._place(grouping, found, file.torn, torn)
                cut = grouping.closing_named(file.torn)
                # Closings without a row may have had theirs behind the cut.
                for index in set() if cut is None else set(everyone) - of_file - {cut}:
                    found[index].append(torn)
        for name, typed_file in files.items():
            closing_of = grouping.closing_of.get(name)
            for row, defect in typed_file.defects:
                index = -1 if closing_of is None else int(closing_of[row])
                if index < 0:
                    self._remarks.append(defect)
                else:
                    found[index].append(defect)
        heads = tuple(
            replace(head, findings=head.findings + _bounded(found[index]))
            for index, head in enumerate(batch.heads)
        )
        if not heads:
            self._remarks.extend(self._of_all)
            self._remarks.extend(defect for file in raw.values() for defect in file.whole_defects)
        return replace(batch, heads=heads)

    def _place(
        self,
        grouping: Grouping,
        found: Mapping[int, list[Finding]],
        z_fields: tuple[str, ...],
        defect: Finding,
    ) -> None:
        """Put a finding onto the closing that the row names; onto all where it names none."""
        index = grouping.closing_named(z_fields)
        for place in range(len(grouping.batch)) if index is None else (index,):
            found[place].append(defect)


def _agreed_symbol(raw: Mapping[str, RawFile], but: str) -> str:
    """The decimal symbol that all files ``but`` one use plainly, empty without one."""
    symbols = {plain_symbol(file.rows, file.table) for name, file in raw.items() if name != but} - {
        ""
    }
    return symbols.pop() if len(symbols) == 1 else ""


def _bounded(findings: list[Finding]) -> tuple[Finding, ...]:
    """At most so many findings of one code; how many more there are is a finding itself."""
    counts = Counter(entry.code for entry in findings)
    shown: Counter[str] = Counter()
    kept: list[Finding] = []
    for entry in findings:
        shown[entry.code] += 1
        if shown[entry.code] <= _SHOWN:
            kept.append(entry)
    for code, count in counts.items():
        if count > _SHOWN:
            kept.append(finding("more_findings", Severity.INFO, of=code, count=count - _SHOWN))
    return tuple(kept)


_STANDARD_FILES: Final = frozenset(table.file_name for table in DSFINVK_TABLES)
