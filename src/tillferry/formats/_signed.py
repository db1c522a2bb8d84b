"""One line of canonical JSON, and a second with its signature."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Final

from tillferry.errors import TillferryError
from tillferry.formats import _strict
from tillferry.formats._strict import Defect
from tillferry.formats.keys import OfficeKeys

VERSION: Final = 1

_SIGNATURE_LINE: Final = re.compile(rb"[0-9a-f]{128}\n")


def signed(value: Mapping[str, object], keys: OfficeKeys, limit: int) -> bytes:
    """The document of a value. Raises ``Defect``."""
    body = _strict.canonical(value)
    data = body + b"\n" + keys.sign(body).encode() + b"\n"
    if len(data) > limit:
        raise Defect(f"larger than {limit} bytes")
    return data


def read_bounded(path: Path, limit: int) -> bytes:
    """The file's bytes, at most one more than ``limit``."""
    with path.open("rb") as file:
        return file.read(limit + 1)


def split(data: bytes, name: str, limit: int, wanted: str) -> tuple[bytes, str]:
    """The bytes that are signed, and the signature (hexadecimal) that nobody has checked yet."""
    if len(data) > limit:
        raise damaged(name, f"larger than {limit} bytes")
    if data.startswith(b"age-encryption.org/"):
        raise TillferryError("document_wrong_kind", name=name, kind="age", wanted=wanted)
    body, _, rest = data.partition(b"\n")
    if not _SIGNATURE_LINE.fullmatch(rest):
        raise damaged(name, "its signature is not whole")
    return body, rest[:-1].decode("ascii")


def opened(body: bytes, name: str, limit: int, wanted: str) -> dict[str, object]:
    """The JSON value of a document of the ``wanted`` format and of this version."""
    try:
        value = _strict.parse(body, limit)
        kind = _strict.text(value, "format")
        if kind != wanted:
            raise TillferryError("document_wrong_kind", name=name, kind=kind[:40], wanted=wanted)
        version = _strict.number(value, "version", 0, 1_000_000)
    except Defect as defect:
        raise damaged(name, defect) from defect
    if version != VERSION:
        code = "document_version_newer" if version > VERSION else "document_version_older"
        raise TillferryError(code, name=name, version=version, known=VERSION)
    return value


def check_names(value: Mapping[str, object], names: Set[str]) -> None:
    """Raises ``Defect`` unless ``value`` has exactly these fields."""
    if value.keys() != names:
        raise Defect("it has other fields than this version")


def damaged(name: str, reason: object) -> TillferryError:
    """The error for a file that cannot be used as it is."""
    return TillferryError("document_damaged", name=name, reason=reason)
