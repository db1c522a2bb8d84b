"""Times of strangers: offsets for wall times, the hour that comes twice, and what is no time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.model import Int64Array
from tillferry.closing.times import NULL, instant_micros, micros_since_1970, parse_instant

_FULL: Final = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?"
_WITH_OFFSET: Final = _FULL + r"([Zz]|[+-]\d{2}:?\d{2})$"
_UTC_COLUMNS: Final = frozenset({"tse_ta_start", "tse_ta_ende"})
"""Log times of a TSE are UTC by the standard, also where a till leaves out the Z."""
_EARLIEST: Final = micros_since_1970(datetime(1, 1, 2, tzinfo=UTC))
_LATEST: Final = micros_since_1970(datetime(9999, 12, 30, tzinfo=UTC))
"""Between these a time can be told in every zone."""


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times with offsets.

    ``added`` counts texts that got an offset, ``ambiguous`` are rows in the hour that comes twice,
    ``wrong`` rows whose text is no time (they have no value).
    """

    values: pa.Array
    added: int
    ambiguous: Int64Array
    wrong: Int64Array


def with_offsets(texts: pa.Array, column: str, timezone: str) -> Times:
    """Every time of a column with its offset; texts without a value stay without."""
    none = np.zeros(0, np.int64)
    if texts.null_count == len(texts):
        return Times(texts, 0, none, none)
    if pc.all(pc.match_substring_regex(texts, _WITH_OFFSET)).as_py():
        texts = _with_t(texts)
        try:
            micros = instant_micros(texts)
            micros = micros[micros != NULL]
            if micros.min() >= _EARLIEST and micros.max() <= _LATEST:
                return Times(texts, 0, none, none)
        except ValueError:
            pass
    zone: tzinfo = UTC if column in _UTC_COLUMNS else ZoneInfo(timezone)
    return _one_by_one(texts, zone)


def _with_t(texts: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring(texts, " ")).as_py():
        return pc.replace_substring(texts, " ", "T", max_replacements=1)
    return texts


def _one_by_one(texts: pa.Array, zone: tzinfo) -> Times:
    """Each distinct text once: a day has few of them compared with its rows' columns."""
    known: dict[str, tuple[str | None, bool, bool]] = {}
    values: list[str | None] = []
    ambiguous: list[int] = []
    wrong: list[int] = []
    added = 0
    before: datetime | None = None
    for row, text in enumerate(texts.to_pylist()):
        if text is None:
            values.append(None)
            continue
        found = known.get(text)
        if found is None:
            found = known[text] = _resolved(text, zone)
        value, was_added, is_double = found
        if value is None:
            wrong.append(row)
            values.append(None)
            continue
        if is_double:
            ambiguous.append(row)
            value = _after(value, before)
        added += was_added
        values.append(value)
        before = parse_instant(value)
    return Times(
        pa.array(values, pa.string()),
        added,
        np.array(ambiguous, dtype=np.int64),
        np.array(wrong, dtype=np.int64),
    )


def _resolved(text: str, zone: tzinfo) -> tuple[str | None, bool, bool]:
    """The text with an offset, whether one was added, and whether there are two answers."""
    plain = text.strip().replace(" ", "T", 1).replace(",", ".", 1)
    try:
        moment = datetime.fromisoformat(plain)
        if len(plain) < len("2026-01-01T00:00"):
            return None, False, False
        if moment.tzinfo is not None:
            _check(plain)
            return plain, False, False
        first = moment.replace(tzinfo=zone)
        second = first.replace(fold=1)
        offset = first.utcoffset() or timedelta()
        text = plain + _offset_text(offset)
        _check(text)
    except (ValueError, OverflowError):
        return None, False, False
    later = second.utcoffset() or timedelta()
    return text, True, later < offset


def _check(text: str) -> None:
    """Raises ``ValueError`` for what is no time or one that some zone has no date for."""
    if not _EARLIEST <= micros_since_1970(parse_instant(text)) <= _LATEST:
        raise ValueError(text)


def _after(value: str, before: datetime | None) -> str:
    """The earlier of two answers, unless the row before is later than that."""
    moment = datetime.fromisoformat(value)
    if before is None or moment >= before:
        return value
    later = (moment.utcoffset() or timedelta()) - timedelta(hours=1)
    return value[: -len("+00:00")] + _offset_text(later)


def _offset_text(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
