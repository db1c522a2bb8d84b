"""Two versions of a closing, row by row: what came, what went, what changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from tillferry.closing.model import ClosingBatch
from tillferry.closing.tables import TABLES, Column, Kind, Part, Table
from tillferry.closing.times import micros_since_1970, parse_instant

SHOWN_ROWS: Final = 200
"""So many differing rows of a closing are shown; all are counted."""

RowChange = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One column of a row that changed, as people read it; an empty text where nothing stood."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row that only one version has, or that both have with other values under one key.

    ``key`` are its key columns as people read them; ``values`` the columns that changed, or all
    that a row of one version has.
    """

    table: str
    change: RowChange
    key: str
    values: tuple[ChangedValue, ...]


@dataclass(frozen=True, slots=True)
class ClosingDifference:
    """How two versions of a closing differ. ``rows`` are the first ``SHOWN_ROWS`` of all.

    ``counts`` has (added, removed, changed) for each table that differs; ``head`` the differing
    values of what stands over the closing.
    """

    head: tuple[ChangedValue, ...]
    rows: tuple[RowDifference, ...]
    counts: tuple[tuple[str, tuple[int, int, int]], ...]


def differences(
    before: ClosingBatch, after: ClosingBatch, parts: Sequence[Part]
) -> ClosingDifference:
    """Compare two batches of one closing each, in the tables of ``parts``.

    Rows with the same values cancel out; what is left is paired by the table's key.
    """
    rows: list[RowDifference] = []
    counts: list[tuple[str, tuple[int, int, int]]] = []
    for table in TABLES:
        if table.part not in parts:
            continue
        found = list(_of_table(table, before, after))
        if not found:
            continue
        tally = Counter(row.change for row in found)
        counts.append((table.name, (tally["added"], tally["removed"], tally["changed"])))
        rows.extend(found[: max(0, SHOWN_ROWS - len(rows))])
    return ClosingDifference(tuple(_of_heads(before, after)), tuple(rows), tuple(counts))


def _of_heads(before: ClosingBatch, after: ClosingBatch) -> Iterator[ChangedValue]:
    old, new = before.heads[0], after.heads[0]
    if old.z_nr != new.z_nr:
        yield ChangedValue("z_nr", str(old.z_nr), str(new.z_nr))
    if old.z_kasse_id != new.z_kasse_id:
        yield ChangedValue("z_kasse_id", old.z_kasse_id, new.z_kasse_id)
    if parse_instant(old.z_erstellung) != parse_instant(new.z_erstellung):
        yield ChangedValue("z_erstellung", old.z_erstellung, new.z_erstellung)


def _of_table(table: Table, before: ClosingBatch, after: ClosingBatch) -> Iterator[RowDifference]:
    if before.closing_rows(table.name, 0).equals(after.closing_rows(table.name, 0)):
        return
    old, new = (
        _only(table, mine, others)
        for mine, others in (
            (before.closing_rows(table.name, 0), after.closing_rows(table.name, 0)),
            (after.closing_rows(table.name, 0), before.closing_rows(table.name, 0)),
        )
    )
    by_key: dict[tuple[Any, ...], tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((old, new)):
        for row in rows:
            by_key[tuple(_same(table.column(name), row[name]) for name in table.key)][side].append(
                row
            )
    for removed, added in by_key.values():
        pairs = min(len(removed), len(added))
        for was, now in zip(removed[:pairs], added[:pairs], strict=True):
            yield _difference(table, "changed", was, now)
        for was in removed[pairs:]:
            yield _difference(table, "removed", was, {})
        for now in added[pairs:]:
            yield _difference(table, "added", {}, now)


def _only(table: Table, mine: Any, others: Any) -> list[dict[str, Any]]:
    """The rows that the other version does not have, each as often as it lacks it."""
    left = Counter(_values(table, row) for row in others.to_pylist())
    found: list[dict[str, Any]] = []
    for row in mine.to_pylist():
        values = _values(table, row)
        if left[values] > 0:
            left[values] -= 1
        else:
            found.append(row)
    return found


def _values(table: Table, row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(_same(column, row[column.name]) for column in table.columns)


def _same(column: Column, value: Any) -> Any:
    """What is the same for two ways to write one value."""
    if column.kind is Kind.TIME and value is not None:
        return micros_since_1970(parse_instant(value))
    return None if value == "" else value


def _difference(
    table: Table, change: RowChange, was: dict[str, Any], now: dict[str, Any]
) -> RowDifference:
    either = was or now
    key = ", ".join(
        f"{table.column(name).csv_name} {shown(table.column(name), either[name])}"
        for name in table.key
    )
    values = tuple(
        ChangedValue(
            column.name, shown(column, was.get(column.name)), shown(column, now.get(column.name))
        )
        for column in table.columns
        if _same(column, was.get(column.name)) != _same(column, now.get(column.name))
    )
    return RowDifference(table.name, change, key, values)


def shown(column: Column, value: Any) -> str:
    """A value as people read it: a number with its decimals, nothing as an empty text."""
    if value is None:
        return ""
    if column.kind is not Kind.NUMBER or not column.decimals:
        return str(value)
    whole, rest = divmod(abs(value), 10**column.decimals)
    return f"{'-' if value < 0 else ''}{whole}.{rest:0{column.decimals}d}"
