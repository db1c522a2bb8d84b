"""What a file is, for people: bundle, letter, enrolment, or whatever a callback knows."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tillferry.errors import TillferryError
from tillferry.formats._signed import VERSION as DOCUMENT_VERSION
from tillferry.formats.backup import BackupName, parse_backup_name
from tillferry.formats.bundle import OpenBundle, is_bundle_name, open_bundle, parse_name
from tillferry.formats.documents import (
    ENROLMENT_FORMAT,
    LETTER_FORMAT,
    MAX_LETTER_BYTES,
    document_kind,
    parse_enrolment,
    parse_letter_unchecked,
)
from tillferry.formats.keys import OfficeKeys, verify
from tillferry.formats.manifest import VERSION as BUNDLE_VERSION
from tillferry.formats.manifest import Manifest, SealedClosing

Described = dict[str, object]
"""JSON's own types; ``kind`` is always there."""

_AGE: Final = b"age-encryption.org/"


def inspect_file(
    path: Path,
    recipient: OfficeKeys | None = None,
    *,
    export: Callable[[Path], Described] | None = None,
) -> Described:
    """What ``path`` is. Nothing is changed, and an enrolment's secret is not told.

    Without ``recipient`` a bundle tells only what its outside does. A bundle that cannot be
    opened has an ``error`` with code and parameters. ``export`` describes what is no file of
    ours. Raises ``file_of_unknown_kind`` without one, and the codes of ``formats.documents``.
    """
    if path.is_file():
        if (told := parse_backup_name(path.name)) is not None:
            return _backup(path, told)
        with path.open("rb") as file:
            start = file.read(len(_AGE))
        if start == _AGE or is_bundle_name(path.name):
            return _bundle(path, recipient)
        if start[:1] == b"{" and path.stat().st_size <= MAX_LETTER_BYTES:
            data = path.read_bytes()
            kind = document_kind(data)
            if kind == LETTER_FORMAT:
                return _letter(data, path.name, recipient)
            if kind == ENROLMENT_FORMAT:
                return _enrolment(data, path.name)
    if export is not None:
        return export(path)
    raise TillferryError("file_of_unknown_kind", name=path.name)


def _backup(path: Path, told: BackupName) -> Described:
    """A till's backup is opened by restoring it; here only its outside is told."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "kind": "backup",
        "version": told.version,
        "name": path.name,
        "size_bytes": path.stat().st_size,
        "sha256": sha256,
        "name_matches": sha256.startswith(told.hash_start),
        "customer_number": told.customer_number,
        "number": told.number,
    }


# --- bundles ------------------------------------------------------------------------------------


def _bundle(path: Path, recipient: OfficeKeys | None) -> Described:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    described: Described = {
        "kind": "bundle",
        "name": path.name,
        "size_bytes": path.stat().st_size,
        "sha256": sha256,
        "name_matches": None,
        "opened": False,
    }
    if is_bundle_name(path.name):
        told = parse_name(path.name)
        described |= {
            "version": told.version,
            "customer_number": told.customer_number,
            "sequence": told.sequence,
            "name_matches": sha256.startswith(told.hash_start),
        }
    if recipient is None:
        return described
    try:
        with tempfile.TemporaryDirectory(prefix="tillferry-") as scratch:
            with open_bundle(
                path, recipient=recipient, scratch=Path(scratch), sha256=sha256
            ) as bundle:
                return described | _inside(bundle)
    except TillferryError as error:
        return described | {"error": {"code": error.code, "params": error.params}}


def _inside(bundle: OpenBundle) -> Described:
    manifest: Manifest = bundle.manifest
    return {
        "opened": True,
        "version": BUNDLE_VERSION,
        "customer_number": manifest.customer_number,
        "installation": manifest.installation,
        "sequence": manifest.bundle_sequence,
        "previous_sha256": manifest.previous_sha256,
        "recipient": manifest.recipient,
        "created_at": manifest.created_at,
        "public_key": manifest.public_key,
        "answers_enrolment": bool(manifest.proof),
        "closings": [
            _closing(closing, _pack_state(bundle, index))
            for index, closing in enumerate(manifest.closings)
        ],
    }


def _pack_state(bundle: OpenBundle, index: int) -> str:
    try:
        bundle.pack(index)
    except TillferryError as error:
        return error.code
    return "good"


def _closing(closing: SealedClosing, state: str) -> Described:
    head = closing.head
    return {
        "taxpayer": head.taxpayer,
        "serial": head.serial,
        "z_kasse_id": head.z_kasse_id,
        "z_nr": head.z_nr,
        "z_erstellung": head.z_erstellung,
        "business_day": head.business_day.isoformat(),
        "digests": dict(closing.digests),
        "rows": dict(closing.rows),
        "size_bytes": closing.size_bytes,
        "unpacked_bytes": closing.unpacked_bytes,
        "pack": state,
    }


# --- documents ----------------------------------------------------------------------------------


def _letter(data: bytes, name: str, recipient: OfficeKeys | None) -> Described:
    letter, body, signature = parse_letter_unchecked(data, name)
    state = "unchecked"
    if recipient is not None:
        state = "right" if verify(recipient.public_key, body, signature) else "wrong"
    described = asdict(letter)
    described["rejected"] = [{"z_nr": z_nr, "code": code} for z_nr, code in letter.rejected]
    return {
        "kind": "letter",
        "version": DOCUMENT_VERSION,
        "name": name,
        "signature": state,
    } | described


def _enrolment(data: bytes, name: str) -> Described:
    enrolment = parse_enrolment(data, name)
    described = asdict(enrolment)
    del described["secret"]
    # The till's own name must not be hidden by the file's.
    described["till_name"] = described.pop("name")
    return {
        "kind": "enrolment",
        "version": DOCUMENT_VERSION,
        "name": name,
        "signature": "right",
    } | described
