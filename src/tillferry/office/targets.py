"""Files that head office writes for others: whole or not there, the same bytes each time."""

from __future__ import annotations

import re
import shutil
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tillferry.errors import TillferryError

_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_COPY_BYTES: Final = 1 << 20
_FORBIDDEN: Final = re.compile(r"[^A-Za-z0-9._-]+")
_NAME_LENGTH: Final = 80

Stop = Callable[[], bool]
"""Whether somebody wants the work to end."""


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A path to write to, which becomes ``target`` at the end, or nothing.

    Raises ``target_not_writable``.
    """
    unfinished = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        try:
            yield unfinished
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise TillferryError(
            "target_not_writable", path=target, reason=error.strerror or error
        ) from error


def write_file(target: Path, data: bytes) -> None:
    """Write ``data``, whole or not at all. Raises ``target_not_writable``."""
    with whole_file(target) as unfinished:
        unfinished.write_bytes(data)


class PackedFiles:
    """A ZIP in the making, without a clock in it. Names are unique, whatever is asked for."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names: set[str] = set()

    def free_name(self, wanted: str) -> str:
        """``wanted``, with a number before its ending where that name is taken."""
        stem, dot, ending = wanted.partition(".")
        name, number = wanted, 1
        while name.lower() in self._names:
            number += 1
            name = f"{stem}-{number}{dot}{ending}"
        self._names.add(name.lower())
        return name

    def add(self, wanted: str, source: Path, *, packed: bool = False) -> str:
        """Add a file; gives its name. What is ``packed`` already is not compressed again."""
        name = self.free_name(wanted)
        kind = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        entry = _entry(name, source.stat().st_size, kind)
        with source.open("rb") as file, self._archive.open(entry, "w") as member:
            shutil.copyfileobj(file, member, _COPY_BYTES)
        return name

    def add_bytes(self, wanted: str, data: bytes, *, packed: bool = False) -> str:
        """Add a file whose content is at hand; gives its name."""
        name = self.free_name(wanted)
        kind = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        with self._archive.open(_entry(name, len(data), kind), "w") as member:
            member.write(data)
        return name


@contextmanager
def packing(target: Path) -> Iterator[PackedFiles]:
    """A ZIP that becomes ``target`` at the end. Raises ``target_not_writable``."""
    with (
        whole_file(target) as unfinished,
        zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        yield PackedFiles(archive)


def plain_name(text: str) -> str:
    """A file's name, or a part of one, that every system takes; never empty."""
    return _FORBIDDEN.sub("_", text).strip("._")[:_NAME_LENGTH] or "_"


def cell(text: str) -> str:
    """A text in a CSV that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _entry(name: str, size: int, kind: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.compress_type = kind
    entry.create_system = _UNIX
    entry.external_attr = 0o644 << 16
    entry.file_size = size
    return entry
