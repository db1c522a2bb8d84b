"""The manifest: what a bundle says of itself.

It is canonical JSON in UTF-8, signed by the till. Reading is strict: what a manifest of this
version does not know is a defect, and a manifest of another version is told apart first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from tillferry.closing.digest import Digests
from tillferry.closing.model import ClosingHead
from tillferry.closing.tables import PARTS, TABLES_BY_NAME, Part
from tillferry.errors import TillferryError
from tillferry.formats import _strict
from tillferry.formats._strict import Defect

FORMAT: Final = "tillferry bundle"
VERSION: Final = 1
MAX_MANIFEST_BYTES: Final = 16 * 1024 * 1024
MAX_CLOSINGS: Final = 10_000
MAX_PACK_BYTES: Final = 512 * 1024 * 1024
"""The most that one closing may have, unpacked: about 400,000 receipts."""

_MANIFEST_NAMES: Final = frozenset(
    {
        "bundle_sequence",
        "closings",
        "created_at",
        "customer_number",
        "format",
        "installation",
        "previous_sha256",
        "proof",
        "public_key",
        "recipient",
        "version",
    }
)


@dataclass(frozen=True, slots=True)
class SealedClosing:
    """One closing of a bundle, and the pack that holds it.

    ``digests`` has an entry for each of ``head.parts``; ``rows`` the number of rows of each table
    that has some. ``sha256`` and ``size_bytes`` are of the compressed pack as it lies in the
    bundle, ``unpacked_bytes`` is its size when decompressed.
    """

    head: ClosingHead
    digests: Digests
    rows: Mapping[str, int]
    sha256: str
    size_bytes: int
    unpacked_bytes: int

    @property
    def pack_name(self) -> str:
        """The name of the pack inside the bundle."""
        return pack_name(self.head.z_nr)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself.

    ``customer_number`` and ``recipient`` are those of the till and of head office.
    ``bundle_sequence`` counts from 1; ``previous_sha256`` is that of the till's bundle before,
    empty for the first. ``created_at`` is RFC 3339 with offset and for showing only.
    ``public_key`` is the till's, ``proof`` the answer to an enrolment or empty.
    """

    customer_number: str
    installation: str
    bundle_sequence: int
    previous_sha256: str
    recipient: str
    created_at: str
    public_key: str
    proof: str
    closings: tuple[SealedClosing, ...]


def pack_name(z_nr: int) -> str:
    """The name that the pack of a closing has inside a bundle."""
    return f"closings/{z_nr:09d}.tar.zst"


def check_recipient(manifest: Manifest, customer_number: str) -> None:
    """Raises ``bundle_wrong_recipient`` unless the bundle is for this head office."""
    if manifest.recipient != customer_number:
        raise TillferryError(
            "bundle_wrong_recipient", recipient=manifest.recipient, office=customer_number
        )


def find_fork(manifest: Manifest, sha256: str, known: Mapping[int, str]) -> int:
    """The number of a known bundle that cannot be of the same chain, 0 where there is none.

    ``known`` maps the numbers of bundles of this very installation to their SHA-256. Two bundles
    with one number or one predecessor are a fork (a clone or a restore), and so is one that does
    not name the bundle before it. A gap is none: a lost stick is healed by the next; nor is a
    bundle that was seen before.
    """
    sequence = manifest.bundle_sequence
    if known.get(sequence, sha256) != sha256:
        return sequence
    if known.get(sequence - 1, manifest.previous_sha256) != manifest.previous_sha256:
        return sequence - 1
    if sequence - 1 in known:
        return 0
    for number, other in known.items():
        if other == manifest.previous_sha256 and number != sequence - 1:
            return number
    return 0


# --- writing ------------------------------------------------------------------------------------


def manifest_bytes(manifest: Manifest) -> bytes:
    """The manifest's canonical text.

    Raises ``bundle_manifest_invalid`` for what ``parse_manifest`` would refuse, and
    ``bundle_too_large`` for more closings than a bundle takes.
    """
    if len(manifest.closings) > MAX_CLOSINGS:
        raise TillferryError("bundle_too_large", limit=f"{MAX_CLOSINGS} closings")
    try:
        value = _value(manifest)
        data = _strict.canonical(value)
        if len(data) > MAX_MANIFEST_BYTES:
            raise TillferryError("bundle_too_large", limit=f"{MAX_MANIFEST_BYTES} bytes")
        _manifest(value)
    except Defect as defect:
        raise TillferryError("bundle_manifest_invalid", reason=defect) from defect
    return data


def _value(manifest: Manifest) -> dict[str, object]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "customer_number": manifest.customer_number,
        "installation": manifest.installation,
        "bundle_sequence": manifest.bundle_sequence,
        "previous_sha256": manifest.previous_sha256,
        "recipient": manifest.recipient,
        "created_at": manifest.created_at,
        "public_key": manifest.public_key,
        "proof": manifest.proof,
        "closings": [_closing_value(closing) for closing in manifest.closings],
    }


def _closing_value(closing: SealedClosing) -> dict[str, object]:
    head = closing.head
    if set(head.parts) != set(closing.digests):
        raise Defect(f"closing {head.z_nr} has not one digest for each of its parts")
    return {
        "taxpayer": head.taxpayer,
        "serial": head.serial,
        "z_kasse_id": head.z_kasse_id,
        "z_erstellung": head.z_erstellung,
        "z_nr": head.z_nr,
        "business_day": head.business_day.isoformat(),
        "digests": dict(closing.digests),
        "rows": {name: count for name, count in closing.rows.items() if count},
        "pack": closing.pack_name,
        "sha256": closing.sha256,
        "size_bytes": closing.size_bytes,
        "unpacked_bytes": closing.unpacked_bytes,
    }


# --- reading ------------------------------------------------------------------------------------


def parse_envelope(data: bytes) -> tuple[dict[str, object], str]:
    """What must be known before the signature is checked: the JSON value and the key in it.

    Raises ``bundle_version_newer``, ``bundle_version_older`` and ``bundle_manifest_invalid``.
    """
    try:
        value = _strict.parse(data, MAX_MANIFEST_BYTES)
        if value.get("format") != FORMAT:
            raise Defect("it is not a bundle's")
        version = _strict.number(value, "version", 0, 1_000_000)
        if version == VERSION:
            return value, _strict.text(value, "public_key", _strict.KEY)
    except Defect as defect:
        raise TillferryError("bundle_manifest_invalid", reason=defect) from defect
    code = "bundle_version_newer" if version > VERSION else "bundle_version_older"
    raise TillferryError(code, version=version, known=VERSION)


def parse_manifest(data: bytes) -> Manifest:
    """The manifest of its canonical text; whether it is signed is not looked at.

    Raises as ``parse_envelope`` does.
    """
    value, _ = parse_envelope(data)
    return manifest_of(value, data)


def manifest_of(value: dict[str, object], data: bytes) -> Manifest:
    """The manifest of what ``parse_envelope`` gave for ``data``.

    Raises ``bundle_manifest_invalid``.
    """
    try:
        manifest = _manifest(value)
        _strict.check_canonical(value, data)
    except Defect as defect:
        raise TillferryError("bundle_manifest_invalid", reason=defect) from defect
    return manifest


def _manifest(value: dict[str, object]) -> Manifest:
    if value.keys() != _MANIFEST_NAMES:
        raise Defect("it has other fields than this version")
    closings = tuple(
        _closing(_strict.mapping(item, "a closing"))
        for item in _strict.items(value, "closings", MAX_CLOSINGS)
    )
    if len({closing.head.z_nr for closing in closings}) != len(closings):
        raise Defect("it has one Z number twice")
    return Manifest(
        customer_number=_strict.text(value, "customer_number", _strict.CUSTOMER_NUMBER),
        installation=_strict.text(value, "installation", _strict.INSTALLATION),
        bundle_sequence=_strict.number(value, "bundle_sequence", 1, _strict.MAX_SEQUENCE),
        previous_sha256=_strict.text(value, "previous_sha256", _strict.DIGEST_OR_NONE),
        recipient=_strict.text(value, "recipient", _strict.CUSTOMER_NUMBER),
        created_at=_strict.moment(value, "created_at"),
        public_key=_strict.text(value, "public_key", _strict.KEY),
        proof=_strict.text(value, "proof", _strict.DIGEST_OR_NONE),
        closings=closings,
    )


_CLOSING_NAMES: Final = frozenset(
    {
        "taxpayer",
        "serial",
        "z_kasse_id",
        "z_erstellung",
        "z_nr",
        "business_day",
        "digests",
        "rows",
        "pack",
        "sha256",
        "size_bytes",
        "unpacked_bytes",
    }
)


def _closing(value: dict[str, object]) -> SealedClosing:
    if value.keys() != _CLOSING_NAMES:
        raise Defect("a closing has other fields than this version")
    digests = _digests(_strict.mapping(value["digests"], "digests"))
    head = ClosingHead(
        taxpayer=_strict.text(value, "taxpayer"),
        serial=_strict.text(value, "serial"),
        z_kasse_id=_strict.text(value, "z_kasse_id"),
        z_erstellung=_strict.moment(value, "z_erstellung"),
        z_nr=_strict.number(value, "z_nr", 1, _strict.MAX_Z_NR),
        business_day=_day(_strict.text(value, "business_day")),
        parts=tuple(digests),
    )
    closing = SealedClosing(
        head=head,
        digests=digests,
        rows=_rows(_strict.mapping(value["rows"], "rows"), digests),
        sha256=_strict.text(value, "sha256", _strict.SHA256),
        size_bytes=_strict.number(value, "size_bytes", 1, MAX_PACK_BYTES),
        unpacked_bytes=_strict.number(value, "unpacked_bytes", 0, MAX_PACK_BYTES),
    )
    if value["pack"] != closing.pack_name:
        raise Defect("a pack has not the name of its Z number")
    return closing


def _digests(value: dict[str, object]) -> dict[Part, str]:
    digests: dict[Part, str] = {
        part: _strict.text(value, part, _strict.SHA256) for part in PARTS if part in value
    }
    if not digests or len(digests) != len(value):
        raise Defect("digests are of other parts than this version has")
    return digests


def _rows(value: dict[str, object], digests: Digests) -> dict[str, int]:
    for name in value:
        table = TABLES_BY_NAME.get(name)
        if table is None or table.part not in digests:
            raise Defect("rows are of a table that the closing cannot have")
    return {name: _strict.whole(count, name, 1, 2**40) for name, count in value.items()}


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Defect("business_day is no day") from error
    if day.isoformat() != text:
        raise Defect("business_day is not written as YYYY-MM-DD")
    return day
