"""Writes complete DSFinV-K 2.4 exports: a ZIP or a folder, always the same bytes for the same rows.

Only tables with rows get a file, and index.xml describes exactly what is there.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

from tillferry.closing.model import ClosingBatch
from tillferry.closing.tables import DSFINVK_TABLES, TABLES, Table
from tillferry.formats.dsfinvk.dialect import header_line, row_lines
from tillferry.formats.dsfinvk.index_xml import INDEX_NAME, index_xml

_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o644 << 16
_COPY_BYTES: Final = 1 << 20


def write_export(
    batches: Iterable[ClosingBatch], target: Path, *, own_tables: bool = False
) -> None:
    """Write all closings into one ZIP. ``own_tables`` adds time clock and stock.

    Raises ``OSError`` where the target cannot be written; it may be unfinished then.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".tillferry-export-") as scratch:
        folder = Path(scratch)
        tables = _write_files(batches, folder, own_tables)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            archive.writestr(_member(INDEX_NAME), index_xml(tables))
            for table in tables:
                with (
                    (folder / table.file_name).open("rb") as source,
                    archive.open(_member(table.file_name), "w") as member,
                ):
                    shutil.copyfileobj(source, member, _COPY_BYTES)


def write_folder(
    batches: Iterable[ClosingBatch], target: Path, *, own_tables: bool = False
) -> None:
    """The same as files in a folder, which is made where it is missing."""
    target.mkdir(parents=True, exist_ok=True)
    tables = _write_files(batches, target, own_tables)
    (target / INDEX_NAME).write_bytes(index_xml(tables))


def _write_files(
    batches: Iterable[ClosingBatch], folder: Path, own_tables: bool
) -> tuple[Table, ...]:
    """One CSV a table, to which every closing adds its rows; gives the tables with rows."""
    wanted = TABLES if own_tables else DSFINVK_TABLES
    files: dict[str, IO[bytes]] = {}
    with ExitStack() as stack:
        for batch in batches:
            for table in wanted:
                if not batch.rows(table.name):
                    continue
                file = files.get(table.name)
                if file is None:
                    file = stack.enter_context((folder / table.file_name).open("wb"))
                    file.write(header_line(table))
                    files[table.name] = file
                for index, head in enumerate(batch.heads):
                    rows = batch.closing_rows(table.name, index)
                    if rows.num_rows:
                        file.write(row_lines(table, rows, head))
    return tuple(table for table in wanted if table.name in files)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _ZIP_TIME)
    member.external_attr = _MODE
    member.create_system = 3
    member.compress_type = zipfile.ZIP_DEFLATED
    return member
