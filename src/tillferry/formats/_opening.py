"""Opening bundles: decrypt, verify, read pack by pack."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import pyrage  # type: ignore[import-untyped]
import zstandard

from tillferry.errors import TillferryError
from tillferry.formats._names import is_bundle_name, parse_name
from tillferry.formats._stream import IN_MEMORY_BYTES, MAX_BUNDLE_BYTES, Sink
from tillferry.formats._tar import (
    BLOCK,
    END,
    MANIFEST_NAME,
    SIGNATURE_NAME,
    member_size,
    read_header,
)
from tillferry.formats.keys import OfficeKeys, verify
from tillferry.formats.manifest import (
    MAX_MANIFEST_BYTES,
    VERSION,
    Manifest,
    SealedClosing,
    manifest_of,
    parse_envelope,
)

_MAGIC: Final = b"age-encryption.org/v1\n"
_MAX_AGE_HEADER: Final = 16 * 1024


class OpenBundle:
    """A bundle whose manifest is read and whose signature is right.

    Whose key that is, and whether the bundle is for this office and fits its chain, are the
    office's to decide before it reads a pack.
    """

    def __init__(self, manifest: Manifest, sha256: str, plain: _Plain, first: int) -> None:
        self.manifest = manifest
        self.sha256 = sha256
        self._plain = plain
        self._offsets = [first]
        for closing in manifest.closings:
            self._offsets.append(self._offsets[-1] + member_size(closing.size_bytes))
        self._decompressor = zstandard.ZstdDecompressor()
        if plain.size > self._offsets[-1] + len(END):
            raise TillferryError("bundle_manifest_invalid", reason="more lies behind the packs")

    def __len__(self) -> int:
        return len(self.manifest.closings)

    def pack(self, index: int) -> bytes:
        """The unpacked TAR of ``manifest.closings[index]``, checked against the manifest.

        Raises ``bundle_pack_missing`` and ``bundle_pack_damaged``; the other packs can still be
        read then.
        """
        closing = self.manifest.closings[index]
        offset = self._offsets[index]
        header = read_header(self._plain.read(offset, BLOCK))
        if header is None or header.name != closing.pack_name:
            raise TillferryError("bundle_pack_missing", z_nr=closing.head.z_nr)
        packed = self._plain.read(offset + BLOCK, closing.size_bytes)
        if (
            header.size != closing.size_bytes
            or len(packed) != closing.size_bytes
            or hashlib.sha256(packed).hexdigest() != closing.sha256
        ):
            raise _pack_damaged(closing, "its hash differs")
        return self._unpack(closing, packed)

    def packs(self, start: int = 0) -> Iterator[tuple[SealedClosing, bytes]]:
        """Closings and their unpacked TARs from ``start`` on, one at a time in memory.

        Raises as ``pack`` does; ``packs(index + 1)`` goes on behind a bad one.
        """
        for index in range(start, len(self)):
            yield self.manifest.closings[index], self.pack(index)

    def _unpack(self, closing: SealedClosing, packed: bytes | memoryview) -> bytes:
        try:
            # The frame says how large it gets: nothing larger than promised is begun.
            if zstandard.frame_content_size(packed) != closing.unpacked_bytes:
                raise _pack_damaged(closing, "its size differs")
            return self._decompressor.decompress(packed, allow_extra_data=False)
        except zstandard.ZstdError as error:
            raise _pack_damaged(closing, str(error)) from error


def _pack_damaged(closing: SealedClosing, reason: str) -> TillferryError:
    return TillferryError("bundle_pack_damaged", z_nr=closing.head.z_nr, reason=reason)


class _Plain:
    """The decrypted TAR, in memory or in a file that nobody else sees."""

    def __init__(self, source: bytes | IO[bytes]) -> None:
        if isinstance(source, bytes):
            self._view: memoryview | None = memoryview(source)
            self._file: IO[bytes] | None = None
            self.size = len(source)
        else:
            self._view, self._file = None, source
            self.size = source.seek(0, os.SEEK_END)

    def read(self, offset: int, size: int) -> bytes | memoryview:
        """Up to ``size`` bytes at ``offset``."""
        if self._view is not None:
            return self._view[offset : offset + size]
        assert self._file is not None
        self._file.seek(offset)
        return self._file.read(size)


@contextmanager
def open_bundle(
    path: Path, *, recipient: OfficeKeys, scratch: Path, name: str = "", sha256: str = ""
) -> Iterator[OpenBundle]:
    """Decrypt and verify a bundle; ``sha256`` saves a pass where the caller hashed it already.

    ``name`` is what the file was called when it came, where ``path`` has another name now. The
    content is held against the hash in the name first, where the name is one of ours. What
    is larger than 8 MB is decrypted to a file in ``scratch`` that vanishes with the bundle's
    closing. Raises ``bundle_damaged``, ``bundle_not_for_us``, ``bundle_signature_wrong``,
    ``bundle_version_newer``, ``bundle_version_older``, ``bundle_manifest_invalid`` and
    ``bundle_too_large``.
    """
    name = name or path.name
    size = path.stat().st_size
    if size > MAX_BUNDLE_BYTES:
        raise TillferryError("bundle_too_large", limit=f"{MAX_BUNDLE_BYTES} bytes")
    if size <= IN_MEMORY_BYTES:
        data = path.read_bytes()
        sha256 = sha256 or hashlib.sha256(data).hexdigest()
        _check_outside(name, sha256, data[:_MAX_AGE_HEADER])
        yield _read_start(name, sha256, _Plain(_decrypt(name, data, recipient)))
        return
    with path.open("rb") as sealed, tempfile.TemporaryFile(dir=scratch) as plain:
        sha256 = sha256 or hashlib.file_digest(sealed, "sha256").hexdigest()
        sealed.seek(0)
        _check_outside(name, sha256, sealed.read(_MAX_AGE_HEADER))
        sealed.seek(0)
        _decrypt_stream(name, sealed, plain, recipient)
        yield _read_start(name, sha256, _Plain(plain))


def _check_outside(name: str, sha256: str, start: bytes) -> None:
    if is_bundle_name(name):
        parsed = parse_name(name)
        if not sha256.startswith(parsed.hash_start):
            raise _damaged(name, "the content does not have the hash that its name tells")
        if parsed.version > VERSION:
            raise TillferryError("bundle_version_newer", version=parsed.version, known=VERSION)
        if parsed.version < VERSION:
            raise TillferryError("bundle_version_older", version=parsed.version, known=VERSION)
    # A header without end would be read into memory whole.
    if not start.startswith(_MAGIC) or b"\n--- " not in start:
        raise _damaged(name, "it does not begin like an age file")


def _decrypt(name: str, data: bytes, recipient: OfficeKeys) -> bytes:
    try:
        plain: bytes = pyrage.decrypt(data, [recipient.identity])
    except pyrage.DecryptError as error:
        raise _decrypt_failure(name, error) from error
    return plain


def _decrypt_stream(name: str, sealed: IO[bytes], plain: IO[bytes], recipient: OfficeKeys) -> None:
    sink = Sink(plain)
    try:
        pyrage.decrypt_io(sealed, sink, [recipient.identity])
    except (pyrage.DecryptError, OSError) as error:
        if sink.error is not None:
            raise sink.error from error
        # A disk that fails has a number; what age refuses comes as an OSError without one.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _decrypt_failure(name, error) from error
    if sink.error is not None:
        raise sink.error
    plain.flush()


def _decrypt_failure(name: str, error: Exception) -> TillferryError:
    if "No matching keys" in str(error):
        return TillferryError("bundle_not_for_us", name=name)
    return _damaged(name, str(error).splitlines()[0] if str(error) else "it cannot be decrypted")


def _damaged(name: str, reason: str) -> TillferryError:
    return TillferryError("bundle_damaged", name=name, reason=reason)


def _read_start(name: str, sha256: str, plain: _Plain) -> OpenBundle:
    data, offset = _read_member(plain, 0, MANIFEST_NAME, MAX_MANIFEST_BYTES)
    value, public_key = parse_envelope(data)
    signature, offset = _read_member(plain, offset, SIGNATURE_NAME, 64)
    if not verify(public_key, data, signature.hex()):
        raise TillferryError("bundle_signature_wrong", name=name)
    return OpenBundle(manifest_of(value, data), sha256, plain, offset)


def _read_member(plain: _Plain, offset: int, name: str, limit: int) -> tuple[bytes, int]:
    header = read_header(plain.read(offset, BLOCK))
    if header is None or header.name != name or header.size > limit:
        raise TillferryError("bundle_manifest_invalid", reason=f"{name} is not where it must be")
    data = bytes(plain.read(offset + BLOCK, header.size))
    if len(data) != header.size:
        raise TillferryError("bundle_manifest_invalid", reason=f"{name} is cut off")
    return data, offset + member_size(header.size)
