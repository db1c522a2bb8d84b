"""Instants from the texts of tills.

A time in a closing is RFC 3339 text with an offset. Readers add the offset of the place where
the till stands to wall times that came without one; from here on there are instants.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.model import Int64Array

NULL = np.iinfo(np.int64).min
"""Stands for "no value" among numbers and instants."""


def parse_instant(value: str) -> datetime:
    """One RFC 3339 time with offset. Raises ``ValueError`` for anything else.

    What is finer than a microsecond is cut off.
    """
    try:
        return _with_offset(value).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"no time that UTC can name: {value!r}") from error


def _with_offset(value: str) -> datetime:
    moment = datetime.fromisoformat(value.upper())
    if moment.tzinfo is None:
        raise ValueError(f"no offset in {value!r}")
    return moment


def instant_micros(values: pa.ChunkedArray | pa.Array) -> Int64Array:
    """Microseconds since 1970 UTC of each text, ``NULL`` where there is none.

    An empty text is none. Raises ``ValueError`` where a text is no time with an offset.
    """
    try:
        stamps = pc.cast(values, pa.timestamp("us", "UTC"))
        micros = pc.fill_null(pc.cast(stamps, pa.int64()), int(NULL))
        return np.asarray(micros.to_numpy(), dtype=np.int64)
    except pa.ArrowInvalid:
        return np.array(
            [
                micros_since_1970(_with_offset(text)) if text else NULL
                for text in values.to_pylist()
            ],
            dtype=np.int64,
        )


def micros_since_1970(moment: datetime) -> int:
    """Microseconds since 1970 UTC, exact."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
