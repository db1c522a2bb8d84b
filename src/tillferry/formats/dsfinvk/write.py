"""Whole exports in the legal format: DSFinV-K 2.4 as a ZIP or a folder.

The export holds a CSV for each table that has rows and an ``index.xml`` that describes exactly
those. The DTD is named in ``index.xml`` but does not lie beside it: it is not ours to hand out.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final, cast

from tillferry.closing.model import ClosingBatch
from tillferry.closing.tables import DSFINVK_TABLES, TABLES, Table
from tillferry.formats.dsfinvk._dialect import header_line, rows_body
from tillferry.formats.dsfinvk._index import INDEX_NAME, index_bytes

_ROWS_AT_ONCE: Final = 100_000
_COPY_BYTES: Final = 1 << 20
_IN_MEMORY_BYTES: Final = 8 << 20
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3


def write_export(
    batches: Iterable[ClosingBatch], target: Path, *, own_tables: bool = False
) -> None:
    """Write all closings as one ZIP to ``target``, whole or not at all.

    The same closings give the same bytes. ``own_tables`` adds working times and stock movements,
    which are no part of the standard. Raises ``OSError`` where the disk fails.
    """
    unfinished = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with (
            _bodies(batches, own_tables) as bodies,
            zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            index = index_bytes(table for table, _ in bodies)
            with archive.open(_entry(INDEX_NAME, len(index)), "w") as member:
                member.write(index)
            for table, body in bodies:
                size = len(header_line(table)) + body.tell()
                with archive.open(_entry(table.file_name, size), "w") as member:
                    _copy(table, body, member)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def write_folder(
    batches: Iterable[ClosingBatch], folder: Path, *, own_tables: bool = False
) -> None:
    """The same as files in ``folder``, which is made where it is not there.

    ``index.xml`` comes last: with it the export is whole. Raises ``OSError``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _bodies(batches, own_tables) as bodies:
        for table, body in bodies:
            with (folder / table.file_name).open("wb") as file:
                _copy(table, body, file)
        (folder / INDEX_NAME).write_bytes(index_bytes(table for table, _ in bodies))


@contextmanager
def _bodies(
    batches: Iterable[ClosingBatch], own_tables: bool
) -> Iterator[list[tuple[Table, IO[bytes]]]]:
    """The lines of each table with rows; small ones never touch the disk."""
    tables = TABLES if own_tables else DSFINVK_TABLES
    with ExitStack() as stack:
        found: dict[str, IO[bytes]] = {}
        for batch in batches:
            for table in tables:
                rows = batch.rows(table.name)
                if rows and table.name not in found:
                    spool = stack.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES))
                    found[table.name] = cast(IO[bytes], spool)
                for start in range(0, rows, _ROWS_AT_ONCE):
                    stop = min(start + _ROWS_AT_ONCE, rows)
                    found[table.name].write(rows_body(table, batch, start, stop))
        yield [(table, found[table.name]) for table in tables if table.name in found]


def _copy(table: Table, body: IO[bytes], target: IO[bytes]) -> None:
    target.write(header_line(table))
    body.seek(0)
    shutil.copyfileobj(body, target, _COPY_BYTES)


def _entry(name: str, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = _UNIX
    entry.external_attr = 0o644 << 16
    entry.file_size = size
    return entry
