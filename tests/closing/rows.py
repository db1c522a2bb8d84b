"""Random rows of any table, drawn from few values so that keys and whole rows repeat."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tillferry.closing.tables import Kind, Table

_TEXTS = st.sampled_from([None, "9", "10", "a", "b", "ä", "ba", 'z\n;"', "€"])
_TIMES = st.sampled_from(
    [
        None,
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-25T00:30:00Z",
        "2026-10-25T00:30:00.001Z",
    ]
)
_NUMBERS = st.none() | st.integers(-2, 2) | st.integers(-(2**63) + 1, 2**63 - 1)

Row = dict[str, Any]


def rows_of(table: Table, least: int = 0, most: int = 8) -> st.SearchStrategy[list[Row]]:
    values = {Kind.TEXT: _TEXTS, Kind.TIME: _TIMES, Kind.NUMBER: _NUMBERS}
    row = st.fixed_dictionaries({column.name: values[column.kind] for column in table.columns})
    return st.lists(row, min_size=least, max_size=most)
