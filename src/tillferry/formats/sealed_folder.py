"""A folder as one encrypted file of any size: an age file around a zstd-compressed TAR.

The members come first and ``manifest.json`` last: it names every member with size and SHA-256,
hashed while it was packed. Reading streams, too: nothing is unpacked beyond what is asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import tarfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

import pyrage  # type: ignore[import-untyped]
import zstandard

from tillferry.closing.seams import Progress, no_progress
from tillferry.errors import TillferryError
from tillferry.formats._bounded_tar import BoundedTarFile, HeaderRefused
from tillferry.formats._files import sync_folder
from tillferry.formats.keys import age_recipient

FORMAT: Final = "tillferry-sealed-folder"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"

_BLOCK: Final = 1 << 20
_ZSTD_LEVEL: Final = 3
_MAX_MANIFEST_BYTES: Final = 1 << 30
_ROOM_BYTES: Final = 256 << 20
_RATIO: Final = 200
"""A file may unpack to ``_ROOM_BYTES``, or to so many times its own size. Databases pack to a
tenth; what packs tighter than this was made to fill a disk."""
_MAGIC: Final = b"age-encryption.org/v1\n"
_MAX_AGE_HEADER: Final = 16 * 1024
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")


@dataclass(frozen=True, slots=True)
class SealedManifest:
    """What the file says of itself.

    ``about`` is the writer's own; ``members`` maps names to (size, SHA-256 in hexadecimal).
    """

    about: Mapping[str, Any]
    members: Mapping[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class SealedFolder:
    """A file that was written."""

    path: Path
    sha256: str
    size_bytes: int
    manifest: SealedManifest


def is_member_name(name: str) -> bool:
    """Whether a member may be called that: it stays below its folder on any system."""
    return _NAME.fullmatch(name) is not None


def seal_folder(
    target: Path,
    members: Iterable[tuple[str, Path]],
    about: Mapping[str, Any],
    recipient: str,
    *,
    others: Sequence[str] = (),
    total_bytes: int = 0,
    progress: Progress = no_progress,
) -> SealedFolder:
    """Write ``members`` (names and files) to ``target``, whole and durable, or nothing.

    ``recipient`` and ``others`` are ``age1...`` texts; ``progress`` gets bytes packed and
    ``total_bytes``. Raises ``target_exists``, ``age_recipient_invalid``, and ``OSError`` where a
    disk fails.
    """
    if target.exists():
        raise TillferryError("target_exists", path=target)
    keys = [age_recipient(text) for text in (recipient, *others)]
    packed: dict[str, tuple[int, str]] = {}
    source = _Pulled(_compressed(_tar(members, about, packed, total_bytes, progress)))
    temporary = target.with_name(f".tmp-{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            sink = _Sink(file)
            try:
                pyrage.encrypt_io(source, sink, keys)
            except pyrage.EncryptError as error:
                raise (sink.error or source.error or OSError(str(error))) from error
            # pyrage says nothing where its very last write fails, nor always where a read does.
            if failure := sink.error or source.error:
                raise failure
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            raise TillferryError("target_exists", path=target)
        temporary.replace(target)
        sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)
    return SealedFolder(target, sink.hash.hexdigest(), sink.size, SealedManifest(about, packed))


def check_sealed(path: Path, identity: pyrage.x25519.Identity) -> SealedManifest:
    """Decrypt and hash everything, and keep nothing. Raises as ``unseal_folder`` does."""
    return _read(path, identity, None, ())


def unseal_folder(
    path: Path, identity: pyrage.x25519.Identity, folder: Path, leave_out: tuple[str, ...] = ()
) -> SealedManifest:
    """Unpack into ``folder``, each member held to its hash; files that are there are replaced.

    Members that begin with one of ``leave_out`` are checked only. Raises ``backup_damaged`` (also
    for a file that is none), ``backup_key_wrong``, ``backup_version_newer``,
    ``backup_unpacks_too_large`` for more than any backup of its size holds, and ``OSError`` where
    ``folder`` cannot be written; what was unpacked until then is left for the caller.
    """
    return _read(path, identity, folder, leave_out)


# --- writing ------------------------------------------------------------------------------------


def _tar(
    members: Iterable[tuple[str, Path]],
    about: Mapping[str, Any],
    packed: dict[str, tuple[int, str]],
    total: int,
    progress: Progress,
) -> Iterator[bytes]:
    done = 0
    for name, path in members:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            yield _header(name, size)
            digest, left = hashlib.sha256(), size
            while left:
                block = file.read(min(_BLOCK, left))
                if not block:
                    raise OSError(f"{path} became shorter while it was read")
                digest.update(block)
                left -= len(block)
                done += len(block)
                progress(done, max(total, done))
                yield block
        yield bytes(-size % tarfile.BLOCKSIZE)
        packed[name] = (size, digest.hexdigest())
    value = {
        "format": FORMAT,
        "version": VERSION,
        "about": about,
        "members": [
            {"name": name, "size_bytes": size, "sha256": sha256}
            for name, (size, sha256) in packed.items()
        ],
    }
    data = (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
    yield _header(MANIFEST, len(data)) + data + bytes(-len(data) % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    # GNU's way has no limit of 8 GiB a member.
    return entry.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")


def _compressed(blocks: Iterator[bytes]) -> Iterator[bytes]:
    compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()
    for block in blocks:
        if out := compressor.compress(block):
            yield out
    yield compressor.flush()


class _Pulled:
    """An iterator of blocks as something that is read, and what went wrong in it."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")
        self.error: Exception | None = None

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes, none at the end of all."""
        try:
            while not self._rest:
                self._rest = memoryview(next(self._blocks))
        except StopIteration:
            return b""
        except Exception as error:
            self.error = error
            raise
        data, self._rest = self._rest[:size], self._rest[size:]
        return bytes(data)


class _Sink:
    """Writes, hashes, and remembers what went wrong."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = hashlib.sha256()
        self.size = 0
        self.error: Exception | None = None

    def write(self, data: bytes) -> int:
        """Write and hash all of ``data``."""
        try:
            self._file.write(data)
        except Exception as error:
            self.error = error
            raise
        self.hash.update(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing: the file is flushed at the end."""


# --- reading ------------------------------------------------------------------------------------


def _read(
    path: Path,
    identity: pyrage.x25519.Identity,
    folder: Path | None,
    leave_out: tuple[str, ...],
) -> SealedManifest:
    with path.open("rb") as file:
        start = file.read(_MAX_AGE_HEADER)
    # A header without end would be read into memory whole.
    if not start.startswith(_MAGIC) or b"\n--- " not in start:
        raise _damaged(path, "it does not begin like an age file")
    try:
        with _decrypted(path, identity) as plain:
            stream = zstandard.ZstdDecompressor().stream_reader(plain, closefd=False)
            room = _Room(path)
            with BoundedTarFile.open(fileobj=cast(IO[bytes], stream), mode="r|") as archive:
                manifest = _unpack(path, archive, folder, leave_out, room)
            # The end is authenticated only once it was read.
            while rest := stream.read(_BLOCK) or plain.read(_BLOCK):
                room.take(len(rest))
            return manifest
    except (tarfile.TarError, zstandard.ZstdError, EOFError, HeaderRefused) as error:
        raise _damaged(path, str(error)) from error


@contextmanager
def _decrypted(path: Path, identity: pyrage.x25519.Identity) -> Iterator[IO[bytes]]:
    """The plain content as a stream; a thread decrypts into a pipe.

    An error of the decryption goes before whatever its broken stream led to.
    """
    reading, writing = os.pipe()
    failures: list[Exception] = []

    def decrypt() -> None:
        with os.fdopen(writing, "wb") as pipe:
            sink = _Sink(pipe)
            try:
                with path.open("rb") as sealed:
                    pyrage.decrypt_io(sealed, sink, [identity])
                pipe.flush()
            except Exception as error:
                if sink.error is None:
                    failures.append(error)
                with suppress(OSError):
                    pipe.close()

    thread = threading.Thread(target=decrypt, name="unseal", daemon=True)
    thread.start()
    plain = os.fdopen(reading, "rb")
    try:
        yield plain
    except Exception as error:
        plain.close()
        thread.join()
        _raise_first(path, failures)
        raise error
    finally:
        plain.close()
        thread.join()
    _raise_first(path, failures)


def _raise_first(path: Path, failures: list[Exception]) -> None:
    for error in failures:
        if isinstance(error, OSError) and error.errno is not None:
            raise error
        if "No matching keys" in str(error):
            raise TillferryError("backup_key_wrong", name=path.name) from error
        raise _damaged(path, str(error)) from error


class _Room:
    """How much a file may still unpack to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._limit = max(_ROOM_BYTES, path.stat().st_size * _RATIO)
        self._taken = 0

    def take(self, size: int) -> None:
        """Count unpacked bytes; raises ``backup_unpacks_too_large``."""
        self._taken += size
        if self._taken > self._limit:
            raise TillferryError(
                "backup_unpacks_too_large", name=self._path.name, limit=self._limit >> 20
            )


def _unpack(
    path: Path,
    archive: tarfile.TarFile,
    folder: Path | None,
    leave_out: tuple[str, ...],
    room: _Room,
) -> SealedManifest:
    found: dict[str, tuple[int, str]] = {}
    for entry in archive:
        # Before a byte of it is unpacked: its header says how large it gets.
        room.take(tarfile.BLOCKSIZE + entry.size)
        if not entry.isreg() or entry.name in found or not is_member_name(entry.name):
            raise _damaged(path, f"a member is called {entry.name[:80]}")
        source = archive.extractfile(entry)
        if source is None:
            raise _damaged(path, f"{entry.name} cannot be read")
        if entry.name == MANIFEST:
            if entry.size > _MAX_MANIFEST_BYTES:
                raise _damaged(path, f"{MANIFEST} is too large")
            return _manifest(path, source.read(), found)
        wanted = folder is not None and not entry.name.startswith(leave_out)
        if wanted and folder is not None:
            target = folder / entry.name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with target.open("wb") as file:
                target.chmod(0o600)
                found[entry.name] = _copied(source, file)
                file.flush()
                os.fsync(file.fileno())
        else:
            found[entry.name] = _copied(source, None)
    raise _damaged(path, f"{MANIFEST} is missing")


def _copied(source: IO[bytes], target: IO[bytes] | None) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        digest.update(block)
        size += len(block)
        if target is not None:
            target.write(block)
    return size, digest.hexdigest()


def _manifest(path: Path, data: bytes, found: Mapping[str, tuple[int, str]]) -> SealedManifest:
    try:
        value = json.loads(data)
        if value["format"] != FORMAT:
            raise _damaged(path, f"it is no {FORMAT}")
        if value["version"] > VERSION:
            raise TillferryError("backup_version_newer", version=value["version"], known=VERSION)
        members = {
            str(entry["name"]): (int(entry["size_bytes"]), str(entry["sha256"]))
            for entry in value["members"]
        }
        about = dict(value["about"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(path, f"{MANIFEST}: {error!r}") from error
    for name in sorted(members.keys() | found.keys()):
        if members.get(name) != found.get(name):
            raise _damaged(path, f"{name} is not what it was")
    return SealedManifest(about, members)


def _damaged(path: Path, reason: str) -> TillferryError:
    return TillferryError("backup_damaged", name=path.name, reason=reason)
