"""Sealing bundles: one pack at a time is in memory."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import IO, Final, cast

import pyrage  # type: ignore[import-untyped]
import zstandard

from tillferry.closing.digest import Digests
from tillferry.closing.model import ClosingHead
from tillferry.closing.seams import Progress, no_progress
from tillferry.errors import TillferryError
from tillferry.formats._files import sync_folder
from tillferry.formats._names import bundle_name
from tillferry.formats._stream import IN_MEMORY_BYTES, MAX_BUNDLE_BYTES, Chain, HashedSink
from tillferry.formats._tar import (
    END,
    MANIFEST_NAME,
    SIGNATURE_NAME,
    member,
    member_header,
    padding,
)
from tillferry.formats.keys import TillKeys, age_recipient
from tillferry.formats.manifest import (
    MAX_CLOSINGS,
    MAX_PACK_BYTES,
    Manifest,
    SealedClosing,
    manifest_bytes,
)

_ZSTD_LEVEL: Final = 6


@dataclass(frozen=True, slots=True)
class Pack:
    """One closing on its way into a bundle.

    ``data`` is the closing as an uncompressed TAR; ``digests`` and ``rows`` as in
    ``SealedClosing``.
    """

    head: ClosingHead
    digests: Digests
    rows: Mapping[str, int]
    data: bytes


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A bundle that was sealed."""

    path: Path
    name: str
    sha256: str
    size_bytes: int
    sequence: int
    manifest: Manifest


def seal(
    folder: Path,
    packs: Iterable[Pack],
    *,
    sender: TillKeys,
    customer_number: str,
    installation: str,
    sequence: int,
    previous_hash: str,
    recipient_number: str,
    recipient_age: str,
    proof: str,
    created_at: str,
    progress: Progress = no_progress,
) -> SealedFile:
    """Seal ``packs`` into one file in ``folder``, whole and durable under its name, or nothing.

    ``previous_hash`` is the SHA-256 of the till's bundle before (empty for the first), ``proof``
    the answer to an enrolment (empty later). ``progress`` is called while encrypting. Raises
    ``bundle_too_large``, ``bundle_manifest_invalid`` and ``age_recipient_invalid``, and
    ``OSError`` where the disk fails.
    """
    recipient = age_recipient(recipient_age)
    # Packs come first in time but last in the file; small ones never touch the disk.
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES, dir=str(folder)) as temporary:
        spool = cast(IO[bytes], temporary)
        closings = tuple(_spool_packs(packs, spool))
        manifest = Manifest(
            customer_number=customer_number,
            installation=installation,
            bundle_sequence=sequence,
            previous_sha256=previous_hash,
            recipient=recipient_number,
            created_at=created_at,
            public_key=sender.public_key,
            proof=proof,
            closings=closings,
        )
        data = manifest_bytes(manifest)
        signature = bytes.fromhex(sender.sign(data))
        start = member(MANIFEST_NAME, data) + member(SIGNATURE_NAME, signature)
        total = len(start) + spool.tell() + len(END)
        spool.seek(0)
        plain = Chain([BytesIO(start), spool, BytesIO(END)], total, progress)
        return _encrypt(folder, plain, recipient, manifest)


def _spool_packs(packs: Iterable[Pack], spool: IO[bytes]) -> Iterator[SealedClosing]:
    compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL)
    for count, pack in enumerate(packs):
        if count == MAX_CLOSINGS:
            raise TillferryError("bundle_too_large", limit=f"{MAX_CLOSINGS} closings")
        if len(pack.data) > MAX_PACK_BYTES:
            raise TillferryError("bundle_too_large", limit=f"{MAX_PACK_BYTES} bytes a closing")
        if spool.tell() > MAX_BUNDLE_BYTES:
            raise TillferryError("bundle_too_large", limit=f"{MAX_BUNDLE_BYTES} bytes")
        packed = compressor.compress(pack.data)
        closing = SealedClosing(
            head=replace(pack.head, source="", findings=()),
            digests=pack.digests,
            rows={name: rows for name, rows in pack.rows.items() if rows},
            sha256=hashlib.sha256(packed).hexdigest(),
            size_bytes=len(packed),
            unpacked_bytes=len(pack.data),
        )
        spool.write(member_header(closing.pack_name, len(packed)))
        spool.write(packed)
        spool.write(padding(len(packed)))
        yield closing


def _encrypt(
    folder: Path, plain: Chain, recipient: pyrage.x25519.Recipient, manifest: Manifest
) -> SealedFile:
    temporary = folder / f".tmp-{secrets.token_hex(8)}"
    try:
        with temporary.open("xb") as file:
            sink = HashedSink(file)
            try:
                pyrage.encrypt_io(plain, sink, [recipient])
            except pyrage.EncryptError as error:
                raise (sink.error or OSError(str(error))) from error
            # pyrage says nothing where its very last write fails: the sink remembers.
            if sink.error is not None:
                raise sink.error
            file.flush()
            os.fsync(file.fileno())
        sha256 = sink.hash.hexdigest()
        name = bundle_name(manifest.customer_number, manifest.bundle_sequence, sha256)
        path = folder / name
        temporary.replace(path)
        sync_folder(folder)
    finally:
        temporary.unlink(missing_ok=True)
    return SealedFile(path, name, sha256, sink.size, manifest.bundle_sequence, manifest)
