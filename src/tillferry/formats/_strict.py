"""Canonical JSON, and reading it back strictly.

Canonical: UTF-8, keys sorted by code point, no blanks, nothing escaped that need not be, no
fractions. What is read must be canonical to the byte, so one value has one text, and a doubled
key, a stray blank or an unknown escape is a defect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final, NoReturn

from tillferry.closing.times import parse_instant

MAX_Z_NR: Final = 999_999_999
MAX_SEQUENCE: Final = 999_999_999
MAX_TEXT: Final = 1_000

CUSTOMER_NUMBER: Final = re.compile(r"[0-9A-Za-z_-]{1,20}")
INSTALLATION: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
KEY: Final = re.compile(r"[0-9a-f]{64}")
SHA256: Final = re.compile(r"[0-9a-f]{64}")
DIGEST_OR_NONE: Final = re.compile(r"(?:[0-9a-f]{64})?")


class Defect(ValueError):
    """What is wrong with a document, in few English words, for the error's ``reason``."""


def canonical(value: object) -> bytes:
    """The one text of a value. Raises ``Defect`` where it has none (a fraction, a lone surrogate,
    a type that JSON does not know)."""
    _refuse_fractions(value)
    return _written(value)


def check_canonical(value: object, data: bytes) -> None:
    """Raises ``Defect`` unless ``data``, of which ``parse`` gave ``value``, is its one text."""
    # What was parsed has no fraction.
    if _written(value) != data:
        raise Defect("it is not canonical JSON")


def _written(value: object) -> bytes:
    try:
        return _ENCODER.encode(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Defect(f"cannot be written as JSON ({error})") from error


def parse(data: bytes, limit: int) -> dict[str, object]:
    """The object that ``data`` is the text of, not yet checked to be canonical."""
    if len(data) > limit:
        raise Defect(f"larger than {limit} bytes")
    try:
        value = _DECODER.decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise Defect(f"no JSON ({error})") from error
    if not isinstance(value, dict):
        raise Defect("no JSON object")
    return value


def _no_fraction(text: str) -> NoReturn:
    raise Defect(f"the number {text} is not whole")


_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_DECODER: Final = json.JSONDecoder(parse_float=_no_fraction, parse_constant=_no_fraction)


def _refuse_fractions(value: object) -> None:
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, float):
            raise Defect(f"the number {item} is not whole")
        if isinstance(item, dict):
            todo.extend(item.values())
        elif isinstance(item, list | tuple):
            todo.extend(item)


def text(of: Mapping[str, object], name: str, pattern: re.Pattern[str] | None = None) -> str:
    """A text field: bounded, without NUL, as ``pattern`` says where there is one."""
    value = of.get(name)
    if not isinstance(value, str):
        raise Defect(f"{name} is no text")
    if len(value) > MAX_TEXT or "\0" in value:
        raise Defect(f"{name} is too long or has a NUL character")
    if pattern is not None and not pattern.fullmatch(value):
        raise Defect(f"{name} has not the right form")
    return value


def moment(of: Mapping[str, object], name: str) -> str:
    """A time with an offset (RFC 3339)."""
    value = text(of, name)
    try:
        parse_instant(value)
    except (ValueError, OverflowError) as error:
        raise Defect(f"{name} is no time with an offset") from error
    return value


def number(of: Mapping[str, object], name: str, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``."""
    return whole(of.get(name), name, low, high)


def whole(value: object, name: str, low: int, high: int) -> int:
    """``value`` as a whole number from ``low`` to ``high``."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Defect(f"{name} is no whole number from {low} to {high}")
    return value


def truth(of: Mapping[str, object], name: str) -> bool:
    """True or false."""
    value = of.get(name)
    if not isinstance(value, bool):
        raise Defect(f"{name} is neither true nor false")
    return value


def items(of: Mapping[str, object], name: str, limit: int) -> list[object]:
    """A list of at most ``limit`` items."""
    value = of.get(name)
    if not isinstance(value, list):
        raise Defect(f"{name} is no list")
    if len(value) > limit:
        raise Defect(f"{name} has more than {limit} items")
    return value


def mapping(value: object, name: str) -> dict[str, object]:
    """``value`` as an object."""
    if not isinstance(value, dict):
        raise Defect(f"{name} is no object")
    return value
