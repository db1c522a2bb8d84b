"""From a stick, a folder or a file into the archive: find, copy while hashing, list in the inbox.

After this the carrier may be removed; nothing has been opened or judged yet.
"""

from __future__ import annotations

import os
import stat
import tarfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from tillferry.carriers.durable import copy_hashed
from tillferry.carriers.folder import is_carrier_root
from tillferry.closing.seams import CopiedFile, Progress, no_progress
from tillferry.errors import TillferryError
from tillferry.formats.bundle import BUNDLE_SUFFIX
from tillferry.formats.dsfinvk.read import is_export
from tillferry.office.archive import Archive
from tillferry.office.inbox import Arrival, ArrivalKind, Inbox

_EXPORT_SUFFIXES: Final = (".zip", ".tar", ".tgz", ".tar.gz")
_COPIES_AT_ONCE: Final = 4
_MAX_DEPTH: Final = 8
_MAX_FILES: Final = 200_000
_SKIPPED_FOLDERS: Final = frozenset(
    {"letters", "System Volume Information", "$RECYCLE.BIN", "lost+found"}
)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Source:
    """Something to take in: a bundle's file, an export's file or an export's folder."""

    path: Path
    kind: ArrivalKind


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was copied from one path: the inbox list, and whether it is a carrier of ours."""

    path: Path
    arrivals: tuple[Arrival, ...]
    inbox_list: Path | None
    carrier_root: Path | None


def find_sources(path: Path) -> tuple[Source, ...]:
    """What there is to take in at ``path``, sorted by name.

    Raises ``path_not_found``, ``nothing_readable`` for a file that is neither bundle nor export,
    and ``carrier_gone`` where the path vanishes while it is searched.
    """
    if not path.exists():
        raise TillferryError("path_not_found", path=path)
    if path.is_file():
        kind = _kind_of_file(path.name, path)
        if kind is None:
            raise TillferryError("nothing_readable", path=path)
        return (Source(path, kind),)
    try:
        return tuple(_search(path, 0))
    except OSError as error:
        raise TillferryError("carrier_gone", carrier=path) from error


def _search(folder: Path, depth: int) -> Iterator[Source]:
    if is_export(folder):
        yield Source(folder, "export")
        return
    with os.scandir(folder) as scan:
        entries = sorted(scan, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_dir():
            if depth < _MAX_DEPTH and entry.name not in _SKIPPED_FOLDERS:
                yield from _search(Path(entry.path), depth + 1)
        elif entry.is_file():
            kind = _kind_of_file(entry.name, entry)
            if kind is not None:
                yield Source(Path(entry.path), kind)


def _kind_of_file(name: str, path: os.PathLike[str]) -> ArrivalKind | None:
    name = name.lower()
    if name.endswith(BUNDLE_SUFFIX):
        return "bundle"
    if name.endswith(_EXPORT_SUFFIXES) and is_export(Path(path)):
        return "export"
    return None


def receive(
    path: Path,
    archive: Archive,
    inbox: Inbox,
    *,
    clock: Clock,
    carrier: str = "",
    beside: Sequence[Arrival] = (),
    progress: Progress = no_progress,
) -> Receipt:
    """Copy everything at ``path`` into the archive and list it in the inbox, durably.

    ``beside`` lie in the archive already and stand on the same list: all of it or nothing. A file
    that they come out of is no source itself. Raises what ``find_sources`` raises, and
    ``carrier_gone`` where the carrier vanishes: then nothing of it is listed, and what was copied
    whole is found again by its hash next time.
    """
    path = path.resolve()
    sources = () if beside and path.is_file() else find_sources(path)
    root = _carrier_root(path)
    label = carrier or (root or path).name or str(path)
    sizes = [_size(source.path) for source in sources]
    meter = _Meter(progress, sum(sizes))
    arrivals = {arrival.sha256: arrival for arrival in beside}
    archive.prepare()
    # Waiting for the disk to confirm each small file takes longer than copying it.
    with ThreadPoolExecutor(_COPIES_AT_ONCE, thread_name_prefix="copy") as pool:
        copies = [pool.submit(_keep, archive, source, meter) for source in sources]
        try:
            for source, copy in zip(sources, copies, strict=True):
                copied = copy.result()
                arrival = Arrival(
                    copied.sha256,
                    source.path.name,
                    source.kind,
                    copied.size_bytes,
                    clock().isoformat(timespec="milliseconds"),
                    label,
                    str(source.path),
                )
                arrivals.setdefault(copied.sha256, arrival)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    archive.settle(arrivals)
    listed = inbox.record(tuple(arrivals.values())) if arrivals else None
    return Receipt(path, tuple(arrivals.values()), listed, root)


class _Meter:
    """Adds up the progress of several copies."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        self._lock = threading.Lock()

    def of_one(self) -> Progress:
        """The progress of one copy, which begins at nothing."""
        before = 0

        def moved(done: int, _total: int) -> None:
            nonlocal before
            with self._lock:
                self._done += done - before
                before = done
                self._progress(self._done, self._total)

        return moved


def _keep(archive: Archive, source: Source, meter: _Meter) -> CopiedFile:
    arrived = archive.arriving()
    copied = _copy(source, arrived, meter.of_one())
    archive.keep(arrived, copied.sha256)
    return copied


def _carrier_root(path: Path) -> Path | None:
    """The carrier of ours that ``path`` is or lies on, to which letters can go back."""
    for candidate in (path, *path.absolute().parents[:3]):
        if is_carrier_root(candidate):
            return candidate
    return None


def _size(path: Path) -> int:
    try:
        found = path.stat()
        if stat.S_ISREG(found.st_mode):
            return found.st_size
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    except OSError as error:
        raise TillferryError("carrier_gone", carrier=path) from error


def _copy(source: Source, target: Path, progress: Progress) -> CopiedFile:
    if source.kind == "bundle" or source.path.is_file():
        return copy_hashed(source.path, target, progress, unseen=True)
    packed = target.with_suffix(".tar")
    try:
        _pack_folder(source.path, packed)
        return copy_hashed(packed, target, progress, unseen=True)
    except OSError as error:
        raise TillferryError("carrier_gone", carrier=source.path) from error
    finally:
        packed.unlink(missing_ok=True)


def _pack_folder(folder: Path, target: Path) -> None:
    """The files of an export's folder, byte for byte, in a TAR that is the same every time."""
    files = sorted(file for file in folder.rglob("*") if _is_plain_file(file))
    if len(files) > _MAX_FILES:
        raise TillferryError("nothing_readable", path=folder)
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
        for file in files:
            member = tarfile.TarInfo(file.relative_to(folder).as_posix())
            member.size = file.stat().st_size
            member.mode = 0o644
            with file.open("rb") as content:
                tar.addfile(member, content)


def _is_plain_file(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)
