"""Frozen values to JSON and back, for the events of the till."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

Value = TypeVar("Value")
_Reader = Callable[[Any], Any]


def plain(value: object) -> Any:
    """A value as JSON knows it: sets are sorted, tuples become lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(plain(entry) for entry in value)
    if isinstance(value, tuple | list):
        return [plain(entry) for entry in value]
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    return value


def compact(value: object) -> Any:
    """``plain`` without the empty fields whose default is the same: a receipt has many."""
    if is_dataclass(value) and not isinstance(value, type):
        defaults = _empty_defaults(type(value))
        found = {}
        for name in _names(type(value)):
            entry = getattr(value, name)
            if entry or name not in defaults or entry != defaults[name]:
                found[name] = compact(entry)
        return found
    if isinstance(value, tuple | list):
        return [compact(entry) for entry in value]
    return plain(value)


def canonical(value: object) -> str:
    """JSON in one fixed form, so that it can be hashed."""
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def restored(kind: type[Value], value: Any) -> Value:
    """The value that ``plain`` was made of; fields that are not there get their default."""
    readers: dict[str, _Reader] = _readers(kind)  # type: ignore[arg-type]
    given = {name: readers[name](entry) for name, entry in value.items() if name in readers}
    return kind(**given)


@cache
def _readers(kind: type) -> dict[str, _Reader]:
    hints = typing.get_type_hints(kind)
    return {name: _reader(hints[name]) for name in _names(kind)}


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(entry.name for entry in fields(kind))


@cache
def _empty_defaults(kind: type) -> dict[str, Any]:
    """Only empty ones: another default may change, and what was written must not."""
    return {
        entry.name: entry.default
        for entry in fields(kind)
        if entry.default is not MISSING and not entry.default
    }


def _reader(hint: Any) -> _Reader:
    """How a field of this type is read; worked out once, for a day has many receipts."""
    origin = typing.get_origin(hint)
    if origin is types.UnionType:
        (inner,) = [entry for entry in typing.get_args(hint) if entry is not type(None)]
        read = _reader(inner)
        return lambda value: None if value is None else read(value)
    if origin in (tuple, frozenset):
        read = _reader(typing.get_args(hint)[0])
        return lambda value: origin(map(read, value))
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda value: restored(hint, value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    return lambda value: value
