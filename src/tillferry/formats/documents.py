"""What head office gives to tills: enrolments and letters (acknowledgements), signed.

A document is one line of canonical JSON, a line feed, the Ed25519 signature of the first line's
bytes in hexadecimal, and a line feed. ``docs/BUNDLE_FORMAT.md`` names every field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tillferry.closing.ranges import Ranges
from tillferry.closing.tables import PARTS, Part
from tillferry.errors import TillferryError
from tillferry.formats import _strict
from tillferry.formats._files import write_whole
from tillferry.formats._signed import (
    VERSION,
    check_names,
    damaged,
    opened,
    read_bounded,
    signed,
    split,
)
from tillferry.formats._strict import Defect
from tillferry.formats.keys import OfficeKeys, age_recipient, verify

ENROLMENT_FORMAT: Final = "tillferry enrolment"
LETTER_FORMAT: Final = "tillferry letter"
MAX_ENROLMENT_BYTES: Final = 64 * 1024
MAX_LETTER_BYTES: Final = 16 * 1024 * 1024
MAX_ENTRIES: Final = 100_000
LETTER_SUFFIX: Final = ".tfl"

_LETTER_NAME: Final = re.compile(
    r"tl(?P<version>\d{1,4})-(?P<customer>[0-9A-Za-z_-]{1,20})-(?P<sequence>\d{9})\.tfl"
)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a till needs to belong to a head office.

    ``secret`` (64 hexadecimal digits) is used once and is as good as a password until then;
    ``serial`` is the till's, where it is known beforehand, else empty.
    """

    office_number: str
    office_name: str
    office_age: str
    office_key: str
    customer_number: str
    name: str
    secret: str = field(repr=False)
    created_at: str
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Resend:
    """A closing whose ``parts`` head office asks for again."""

    z_nr: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class LastBundle:
    """The last bundle of the till that head office took in."""

    sequence: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What head office says to one till; the newest letter (by ``sequence``) counts alone.

    ``through`` are the Z numbers that are held, all of them and not only new ones; ``missing``
    those between them that are asked for; ``rejected`` pairs of Z number and code. All are of the
    till with ``serial`` (empty where head office does not know it yet). ``settings`` and
    ``master_data`` are JSON objects without fractions, handed on as they are.
    """

    office_number: str
    customer_number: str
    sequence: int
    created_at: str
    serial: str = ""
    through: Ranges = ()
    missing: Ranges = ()
    resend: tuple[Resend, ...] = ()
    last_bundle: LastBundle | None = None
    rejected: tuple[tuple[int, str], ...] = ()
    needs_approval: bool = False
    settings: Mapping[str, object] = field(default_factory=dict)
    master_data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LetterName:
    """What a letter's name tells."""

    version: int
    customer_number: str
    sequence: int


def letter_name(letter: Letter) -> str:
    """The name of a letter; any FAT file system can hold it."""
    return f"tl{VERSION}-{letter.customer_number}-{letter.sequence:09d}{LETTER_SUFFIX}"


def parse_letter_name(name: str) -> LetterName:
    """What a name tells. Raises ``document_wrong_kind``."""
    found = _LETTER_NAME.fullmatch(name)
    if found is None:
        raise TillferryError(
            "document_wrong_kind", name=name, kind="?", wanted=LETTER_FORMAT + " (.tfl)"
        )
    return LetterName(int(found[1]), found[2], int(found[3]))


def document_kind(data: bytes) -> str:
    """The format that a document's first line names, or an empty text; for showing only."""
    body, _, _ = data.partition(b"\n")
    try:
        kind = _strict.parse(body, MAX_LETTER_BYTES).get("format")
    except Defect:
        return ""
    return kind if kind in (ENROLMENT_FORMAT, LETTER_FORMAT) and isinstance(kind, str) else ""


# --- enrolments ---------------------------------------------------------------------------------


def enrolment_bytes(enrolment: Enrolment, keys: OfficeKeys) -> bytes:
    """The signed document. Raises ``document_content_invalid``."""
    value = {
        "format": ENROLMENT_FORMAT,
        "version": VERSION,
        "office_number": enrolment.office_number,
        "office_name": enrolment.office_name,
        "office_age": enrolment.office_age,
        "office_key": enrolment.office_key,
        "customer_number": enrolment.customer_number,
        "name": enrolment.name,
        "secret": enrolment.secret,
        "created_at": enrolment.created_at,
        "serial": enrolment.serial,
    }
    try:
        if enrolment.office_key != keys.public_key:
            raise Defect("office_key is not the key that signs")
        _enrolment(value)
        return signed(value, keys, MAX_ENROLMENT_BYTES)
    except Defect as defect:
        raise TillferryError("document_content_invalid", reason=defect) from defect


def write_enrolment(path: Path, enrolment: Enrolment, keys: OfficeKeys) -> None:
    """Write an enrolment file, for its owner alone. Raises as ``enrolment_bytes`` does."""
    write_whole(path, enrolment_bytes(enrolment, keys), private=True)


def read_enrolment(path: Path) -> Enrolment:
    """Read an enrolment file.

    It names the key that signed it: the signature shows that it is whole, and a till trusts it
    because a person brought it. Raises ``document_damaged``, ``document_signature_wrong``,
    ``document_wrong_kind``, ``document_version_newer`` and ``document_version_older``.
    """
    return parse_enrolment(read_bounded(path, MAX_ENROLMENT_BYTES), path.name)


def parse_enrolment(data: bytes, name: str = "") -> Enrolment:
    """As ``read_enrolment``, from the file's bytes."""
    body, signature = split(data, name, MAX_ENROLMENT_BYTES, ENROLMENT_FORMAT)
    value = opened(body, name, MAX_ENROLMENT_BYTES, ENROLMENT_FORMAT)
    try:
        key = _strict.text(value, "office_key", _strict.KEY)
    except Defect as defect:
        raise damaged(name, defect) from defect
    if not verify(key, body, signature):
        raise TillferryError("document_signature_wrong", name=name)
    try:
        _strict.check_canonical(value, body)
        return _enrolment(value)
    except Defect as defect:
        raise damaged(name, defect) from defect


_ENROLMENT_NAMES: Final = frozenset(
    {
        "format",
        "version",
        "office_number",
        "office_name",
        "office_age",
        "office_key",
        "customer_number",
        "name",
        "secret",
        "created_at",
        "serial",
    }
)


def _enrolment(value: Mapping[str, object]) -> Enrolment:
    check_names(value, _ENROLMENT_NAMES)
    age = _strict.text(value, "office_age")
    try:
        age_recipient(age)
    except TillferryError as error:
        raise Defect("office_age is no age recipient") from error
    return Enrolment(
        office_number=_strict.text(value, "office_number", _strict.CUSTOMER_NUMBER),
        office_name=_strict.text(value, "office_name"),
        office_age=age,
        office_key=_strict.text(value, "office_key", _strict.KEY),
        customer_number=_strict.text(value, "customer_number", _strict.CUSTOMER_NUMBER),
        name=_strict.text(value, "name"),
        secret=_strict.text(value, "secret", _strict.KEY),
        created_at=_strict.moment(value, "created_at"),
        serial=_strict.text(value, "serial"),
    )


# --- letters ------------------------------------------------------------------------------------


def letter_bytes(letter: Letter, keys: OfficeKeys) -> bytes:
    """The signed document. Raises ``document_content_invalid``."""
    last = letter.last_bundle
    value: dict[str, object] = {
        "format": LETTER_FORMAT,
        "version": VERSION,
        "office_number": letter.office_number,
        "customer_number": letter.customer_number,
        "sequence": letter.sequence,
        "created_at": letter.created_at,
        "serial": letter.serial,
        "through": [list(pair) for pair in letter.through],
        "missing": [list(pair) for pair in letter.missing],
        "resend": [{"z_nr": one.z_nr, "parts": list(one.parts)} for one in letter.resend],
        "last_bundle": last and {"sequence": last.sequence, "sha256": last.sha256},
        "rejected": [{"z_nr": z_nr, "code": code} for z_nr, code in letter.rejected],
        "needs_approval": letter.needs_approval,
        "settings": dict(letter.settings),
        "master_data": dict(letter.master_data),
    }
    try:
        _letter(value)
        return signed(value, keys, MAX_LETTER_BYTES)
    except Defect as defect:
        raise TillferryError("document_content_invalid", reason=defect) from defect


def write_letter(folder: Path, letter: Letter, keys: OfficeKeys) -> Path:
    """Write a letter under its name into ``folder``. Raises as ``letter_bytes`` does."""
    path = folder / letter_name(letter)
    write_whole(path, letter_bytes(letter, keys))
    return path


def read_letter(path: Path, *, office_key: str, customer_number: str) -> Letter:
    """Read a letter that ``office_key`` must have signed, for the till ``customer_number``.

    Raises ``letter_not_for_us`` for another till's, and as ``read_enrolment`` does.
    """
    data = read_bounded(path, MAX_LETTER_BYTES)
    return parse_letter(data, path.name, office_key=office_key, customer_number=customer_number)


def parse_letter(data: bytes, name: str = "", *, office_key: str, customer_number: str) -> Letter:
    """As ``read_letter``, from the file's bytes."""
    body, signature = split(data, name, MAX_LETTER_BYTES, LETTER_FORMAT)
    value = opened(body, name, MAX_LETTER_BYTES, LETTER_FORMAT)
    # Another chain's till may read the same stick: that is no broken signature.
    if value.get("customer_number") != customer_number:
        other = str(value.get("customer_number"))[:20]
        raise TillferryError("letter_not_for_us", name=name, customer_number=other)
    if not verify(office_key, body, signature):
        raise TillferryError("document_signature_wrong", name=name)
    return _letter_of(value, body, name)


def parse_letter_unchecked(data: bytes, name: str = "") -> tuple[Letter, bytes, str]:
    """A letter, the bytes that are signed, and the signature, which nobody has checked.

    For showing only. Raises as ``read_enrolment`` does.
    """
    body, signature = split(data, name, MAX_LETTER_BYTES, LETTER_FORMAT)
    value = opened(body, name, MAX_LETTER_BYTES, LETTER_FORMAT)
    return _letter_of(value, body, name), body, signature


def _letter_of(value: dict[str, object], body: bytes, name: str) -> Letter:
    try:
        _strict.check_canonical(value, body)
        return _letter(value)
    except Defect as defect:
        raise damaged(name, defect) from defect


_LETTER_NAMES: Final = frozenset(
    {
        "format",
        "version",
        "office_number",
        "customer_number",
        "sequence",
        "created_at",
        "serial",
        "through",
        "missing",
        "resend",
        "last_bundle",
        "rejected",
        "needs_approval",
        "settings",
        "master_data",
    }
)


def _letter(value: Mapping[str, object]) -> Letter:
    check_names(value, _LETTER_NAMES)
    return Letter(
        office_number=_strict.text(value, "office_number", _strict.CUSTOMER_NUMBER),
        customer_number=_strict.text(value, "customer_number", _strict.CUSTOMER_NUMBER),
        sequence=_strict.number(value, "sequence", 1, _strict.MAX_SEQUENCE),
        created_at=_strict.moment(value, "created_at"),
        serial=_strict.text(value, "serial"),
        through=_ranges(value, "through"),
        missing=_ranges(value, "missing"),
        resend=tuple(_resend(one) for one in _strict.items(value, "resend", MAX_ENTRIES)),
        last_bundle=_last_bundle(value["last_bundle"]),
        rejected=tuple(_rejected(one) for one in _strict.items(value, "rejected", MAX_ENTRIES)),
        needs_approval=_strict.truth(value, "needs_approval"),
        settings=_strict.mapping(value["settings"], "settings"),
        master_data=_strict.mapping(value["master_data"], "master_data"),
    )


def _ranges(value: Mapping[str, object], name: str) -> Ranges:
    ranges: list[tuple[int, int]] = []
    lowest = 1
    for item in _strict.items(value, name, MAX_ENTRIES):
        if not isinstance(item, list) or len(item) != 2:
            raise Defect(f"{name} has something that is no range")
        first = _strict.whole(item[0], name, lowest, _strict.MAX_Z_NR)
        last = _strict.whole(item[1], name, first, _strict.MAX_Z_NR)
        ranges.append((first, last))
        # Ranges that touch would be one.
        lowest = last + 2
    return tuple(ranges)


def _resend(item: object) -> Resend:
    value = _strict.mapping(item, "resend")
    check_names(value, {"z_nr", "parts"})
    wanted = _strict.items(value, "parts", len(PARTS))
    parts = tuple(part for part in PARTS if part in wanted)
    if not parts or list(parts) != wanted:
        raise Defect("resend has parts that this version does not have, or in another order")
    return Resend(_strict.number(value, "z_nr", 1, _strict.MAX_Z_NR), parts)


def _last_bundle(item: object) -> LastBundle | None:
    if item is None:
        return None
    value = _strict.mapping(item, "last_bundle")
    check_names(value, {"sequence", "sha256"})
    return LastBundle(
        _strict.number(value, "sequence", 1, _strict.MAX_SEQUENCE),
        _strict.text(value, "sha256", _strict.SHA256),
    )


def _rejected(item: object) -> tuple[int, str]:
    value = _strict.mapping(item, "rejected")
    check_names(value, {"z_nr", "code"})
    return _strict.number(value, "z_nr", 1, _strict.MAX_Z_NR), _strict.text(value, "code")
