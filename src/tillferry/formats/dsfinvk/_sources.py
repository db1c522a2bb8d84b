"""Folders, ZIPs and TARs as sets of named files, bounded, and without following anything."""

from __future__ import annotations

import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Final, Literal

from tillferry.closing.model import Finding, Severity, finding
from tillferry.closing.tables import TABLES
from tillferry.formats._bounded_tar import MAX_EXTENDED_BYTES, BoundedTarFile, HeaderRefused
from tillferry.formats.dsfinvk._index import INDEX_NAME
from tillferry.formats.dsfinvk.limits import MIB, Limits

FILE_NAMES: Final = frozenset({table.file_name for table in TABLES} | {INDEX_NAME})
_TELLING_NAMES: Final = frozenset({INDEX_NAME, "transactions.csv", "cashpointclosing.csv"})
_ARCHIVES: Final = (".zip", ".tar", ".tgz", ".tar.gz")
_ZIP: Final = b"PK\x03\x04"
_GZIP: Final = b"\x1f\x8b"
_TAIL_BYTES: Final = 1 << 16
_PIECE_BYTES: Final = 1 << 20

DAMAGE: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    ValueError,
    # A way of packing that this Python lacks, or that a changed byte made up.
    NotImplementedError,
)
"""What the standard library raises for containers that are damaged or strange."""


class Unreadable(Exception):
    """A file or a container that cannot be read, with the finding that says so."""

    def __init__(self, found: Finding) -> None:
        super().__init__(found.code)
        self.finding = found


@dataclass
class Export:
    """The files of one export by lower-case name; ``label`` is where it lies, for people."""

    label: str
    files: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)

    @property
    def is_export(self) -> bool:
        """Whether there is something in it that only an export has."""
        return not _TELLING_NAMES.isdisjoint(self.files)


@dataclass
class Found:
    """What a source holds. ``losses`` are the findings after which some of it was not read."""

    exports: list[Export]
    findings: list[Finding]
    losses: tuple[Finding, ...] = ()


class _Collector:
    """Gathers files by their folder and counts what they ask for."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.findings: list[Finding] = []
        self.losses: list[Finding] = []
        self.groups: dict[str, Export] = {}
        self._files = 0
        self._bytes = 0

    def refuse(self, code: str, name: str, limit: int = 0) -> None:
        refusal = finding(code, Severity.ERROR, name, limit=limit)
        if is_wanted(name):
            self.lose(refusal)
        else:
            self.findings.append(refusal)

    def lose(self, found: Finding) -> None:
        self.findings.append(found)
        self.losses.append(found)

    def count(self) -> None:
        self._files += 1
        if self._files > self.limits.files:
            raise Unreadable(
                finding("export_too_many_files", Severity.ERROR, limit=self.limits.files)
            )

    def fits(self, name: str, size: int, packed: int) -> bool:
        """Whether a file may be read; says why where it may not."""
        if size > self.limits.file_bytes:
            self.refuse("export_file_too_large", name, limit=self.limits.file_bytes)
            return False
        if size > MIB and size > packed * self.limits.ratio:
            self.refuse("export_ratio_too_high", name, limit=self.limits.ratio)
            return False
        self.fill(size)
        return True

    def fill(self, size: int) -> None:
        """Count bytes that are unpacked."""
        self._bytes += size
        if self._bytes > self.limits.total_bytes:
            raise Unreadable(
                finding("export_too_large", Severity.ERROR, limit=self.limits.total_bytes)
            )

    def is_safe(self, name: str) -> bool:
        parts = name.replace("\\", "/").split("/")
        if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
            self.refuse("export_path_refused", name)
            return False
        return True

    def add(self, prefix: str, name: str, size: int, read: Callable[[], bytes]) -> None:
        path = PurePosixPath(name.replace("\\", "/"))
        folder = str(path.parent)
        label = "/".join(part for part in (prefix, folder if folder != "." else "") if part)
        export = self.groups.setdefault(label, Export(label))
        key = path.name.lower()
        if key in export.files:
            export.doubled.add(key)
        export.files[key] = read
        export.sizes[key] = size


def open_source(path: Path, limits: Limits) -> Found:
    """The exports at ``path``. Raises ``OSError`` where the disk fails."""
    collector = _Collector(limits)
    try:
        if path.is_dir():
            _folder(path, collector, "", 0)
        else:
            _container(path.name, path, path.stat().st_size, collector, "", 0)
    except Unreadable as error:
        collector.lose(error.finding)
    exports = [export for _, export in sorted(collector.groups.items()) if export.is_export]
    return Found(exports, collector.findings, tuple(collector.losses))


def is_wanted(name: str) -> bool:
    return PurePosixPath(name.replace("\\", "/")).name.lower() in FILE_NAMES


def has_export(path: Path) -> bool:
    """Whether ``path`` is a folder with an export's files in it, or a container with one."""
    if path.is_dir():
        return any(entry.name.lower() in _TELLING_NAMES for entry in path.iterdir())
    lower = path.name.lower()
    if not path.is_file() or not lower.endswith(_ARCHIVES):
        return False
    try:
        names = list(_names(path))
    except HeaderRefused:
        # Whoever reads it says so; passed over in silence it would be lost.
        return True
    except (OSError, *DAMAGE):
        # A torn copy: only an export would lie around as a ZIP without an end.
        return lower.endswith(".zip") and _start(path) == _ZIP
    bases = {PurePosixPath(name.replace("\\", "/")).name.lower() for name in names}
    return not _TELLING_NAMES.isdisjoint(bases) or any(name.endswith(_ARCHIVES) for name in bases)


def _names(path: Path) -> Iterator[str]:
    if zipfile.is_zipfile(path) or path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(_without_tail(path)) as archive:
            yield from archive.namelist()[:20_000]
        return
    with BoundedTarFile.open(path, _tar_mode(path)) as archive:
        for count, member in enumerate(archive):
            if count >= 200:
                return
            yield member.name


# --- folders ------------------------------------------------------------------------------------


def _folder(path: Path, into: _Collector, prefix: str, depth: int) -> None:
    for entry in sorted(path.iterdir(), key=lambda entry: entry.name):
        into.count()
        name = f"{prefix}/{entry.name}" if prefix else entry.name
        mode = entry.lstat().st_mode
        if stat.S_ISLNK(mode):
            if is_wanted(entry.name):
                into.refuse("export_link_refused", name)
        elif stat.S_ISDIR(mode):
            if depth < 1:
                _folder(entry, into, name, depth + 1)
        elif not stat.S_ISREG(mode):
            into.refuse("export_special_file_refused", name)
        elif entry.name.lower().endswith(_ARCHIVES):
            _container(entry.name, entry, entry.stat().st_size, into, prefix, depth + 1)
        else:
            size = entry.stat().st_size
            if not is_wanted(entry.name) or into.fits(name, size, size):
                into.add(prefix, entry.name, size, entry.read_bytes)


# --- containers ---------------------------------------------------------------------------------


def _container(
    name: str, source: Path | IO[bytes], size: int, into: _Collector, prefix: str, depth: int
) -> None:
    label = "/".join(part for part in (prefix, name if depth else "") if part)
    if depth > into.limits.depth:
        into.refuse("export_nested_too_deep", label, limit=into.limits.depth)
        return
    try:
        if name.lower().endswith(".zip") or _start(source) == _ZIP:
            _zip(source, into, label, depth)
        else:
            _tar(source, size, into, label, depth)
    except HeaderRefused:
        limit = MAX_EXTENDED_BYTES
        into.lose(finding("export_header_refused", Severity.ERROR, label or name, limit=limit))
    except DAMAGE as error:
        into.lose(finding("export_unreadable", Severity.INCOMPLETE, label or name, reason=error))


def _start(source: Path | IO[bytes]) -> bytes:
    """The first four bytes."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            return file.read(4)
    start = source.read(4)
    source.seek(0)
    return start


def _tar_mode(source: Path | IO[bytes]) -> Literal["r:gz", "r:"]:
    return "r:gz" if _start(source).startswith(_GZIP) else "r:"


def _without_tail(source: Path | IO[bytes]) -> Path | IO[bytes]:
    """The source without the NUL bytes that some sticks leave behind a ZIP.

    ``zipfile`` itself looks for the end in the last 64 KiB.
    """
    file = source.open("rb") if isinstance(source, Path) else source
    try:
        file.seek(0, io.SEEK_END)
        size = file.tell()
        end = size
        while end:
            start = max(0, end - _TAIL_BYTES)
            file.seek(start)
            piece = file.read(end - start).rstrip(b"\0")
            end = start + len(piece)
            if piece:
                break
        if size - end < _TAIL_BYTES // 2:
            return source
        file.seek(0)
        return io.BytesIO(file.read(end) + bytes(22))
    finally:
        if isinstance(source, Path):
            file.close()
        else:
            file.seek(0)


def _zip(source: Path | IO[bytes], into: _Collector, label: str, depth: int) -> None:
    archive_source = _without_tail(source)
    with zipfile.ZipFile(archive_source) as archive:
        for entry in archive.infolist():
            into.count()
            name = "/".join(part for part in (label, entry.filename) if part)
            if entry.is_dir() or not into.is_safe(entry.filename):
                continue
            if stat.S_ISLNK(entry.external_attr >> 16):
                into.refuse("export_link_refused", name)
            elif is_wanted(entry.filename) or entry.filename.lower().endswith(_ARCHIVES):
                if entry.flag_bits & 1:
                    into.refuse("export_has_password", name)
                elif into.fits(name, entry.file_size, entry.compress_size):
                    _zip_member(archive_source, archive, entry, into, label, depth)
            else:
                into.add(label, entry.filename, entry.file_size, bytes)


def _zip_member(
    source: Path | IO[bytes],
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    into: _Collector,
    label: str,
    depth: int,
) -> None:
    name = entry.filename

    def read() -> bytes:
        with zipfile.ZipFile(source) as again:
            return _zip_bytes(again, entry)

    if is_wanted(name):
        into.add(label, name, entry.file_size, read)
    else:
        inner = "/".join(part for part in (label, str(PurePosixPath(name).parent)) if part != ".")
        data = _zip_bytes(archive, entry)
        _container(
            PurePosixPath(name).name, io.BytesIO(data), len(data), into, inner.strip("/"), depth + 1
        )


def _zip_bytes(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A file of a ZIP; never more of it is unpacked than the size that was let in."""
    try:
        with archive.open(entry) as member:
            return b"".join(iter(lambda: member.read(_PIECE_BYTES), b""))
    except OSError as error:
        if error.errno is None:
            # bz2 says so that its data are damaged; it is not the disk.
            raise zipfile.BadZipFile(str(error)) from None
        raise


def _tar(source: Path | IO[bytes], size: int, into: _Collector, label: str, depth: int) -> None:
    file = None if isinstance(source, Path) else source
    path = source if isinstance(source, Path) else None
    with BoundedTarFile.open(path, _tar_mode(source), file) as archive:
        for member in _members(archive, into):
            into.count()
            name = "/".join(part for part in (label, member.name) if part)
            if member.isdir() or not into.is_safe(member.name):
                continue
            if member.issym() or member.islnk():
                into.refuse("export_link_refused", name)
            elif not member.isreg():
                into.refuse("export_special_file_refused", name)
            elif not into.fits(name, member.size, size):
                # To step over it would mean to unpack it, so the rest is not read either.
                into.losses.append(into.findings[-1])
                return
            elif is_wanted(member.name):
                data = _tar_member(archive, member)
                into.add(label, member.name, member.size, lambda data=data: data)  # type: ignore[misc]
            elif member.name.lower().endswith(_ARCHIVES):
                data = _tar_member(archive, member)
                base = PurePosixPath(member.name).name
                _container(base, io.BytesIO(data), len(data), into, label, depth + 1)
            else:
                into.add(label, member.name, member.size, bytes)


def _members(archive: tarfile.TarFile, into: _Collector) -> Iterator[tarfile.TarInfo]:
    """All members, as ``tarfile`` does it, but an end without the mark of the end is none."""
    yield from archive
    file = archive.fileobj
    assert file is not None
    file.seek(archive.offset)
    if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise EOFError("the TAR ends in the middle")
    # gzip's checksum stands at its end, and only a reader that gets there compares it.
    while piece := file.read(_PIECE_BYTES):
        into.fill(len(piece))


def _tar_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    data = file.read() if file is not None else b""
    if len(data) != member.size:
        raise EOFError(f"{member.name} ends in the middle")
    return data
