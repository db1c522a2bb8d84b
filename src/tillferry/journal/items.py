"""Items: what each delivery said of each closing, what became of it, and what still waits."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any, Final

import pyarrow as pa

from tillferry.closing.model import Finding, Severity
from tillferry.closing.seams import GOOD_STATES, Item, ItemState
from tillferry.journal.basics import WAITING
from tillferry.journal.database import Database

_COLUMNS: Final = tuple(field.name for field in fields(Item))
_SELECTED: Final = ", ".join(
    "CAST(business_day AS TEXT) AS business_day" if name == "business_day" else name
    for name in _COLUMNS
)
_FEW: Final = 500
"""So many tills or serial numbers are named in a query; beyond, all waiting items are read."""

TEXTS: Final = {
    "sqlite": "SELECT value FROM json_each(?)",
    "postgresql": "SELECT json_array_elements_text(CAST(? AS JSON))",
}


def item_columns(prefix: str) -> str:
    """The columns of an item for a SELECT over several tables; read them with ``item_of``."""
    return ", ".join(
        f"CAST({prefix}business_day AS TEXT)" if name == "business_day" else f"{prefix}{name}"
        for name in _COLUMNS
    )


def append_items(database: Database, items: Sequence[Item]) -> int:
    """Write items; returns the ``item_id`` of the first, the others follow it."""
    first = int(database.value("SELECT coalesce(max(item_id), 0) + 1 FROM items"))
    values: dict[str, list[Any]] = {name: [getattr(i, name) for i in items] for name in _COLUMNS}
    values["item_id"] = list(range(first, first + len(items)))
    values["state"] = [str(item.state) for item in items]
    values["findings"] = [_findings_json(item.findings) for item in items]
    values["settled"] = [int(item.settled) for item in items]
    database.append(
        "items", pa.table({name: pa.array(values[name], _arrow_type(name)) for name in _COLUMNS})
    )
    return first


def read_items(
    database: Database, deliveries: Sequence[str] | None, waiting: bool, till_id: int | None
) -> tuple[Item, ...]:
    """Items by ``item_id``; ``waiting`` leaves out settled ones and good ones."""
    conditions = [WAITING] if waiting else []
    parameters: list[object] = []
    if deliveries is not None:
        conditions.append(f"delivery IN ({TEXTS[database.dialect.name]})")
        parameters.append(json.dumps(list(deliveries)))
    if till_id is not None:
        conditions.append("till_id = ?")
        parameters.append(till_id)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = database.rows(f"SELECT {_SELECTED} FROM items {where} ORDER BY item_id", *parameters)
    return tuple(item_of(row) for row in rows)


def settle_items(database: Database, item_ids: Sequence[int]) -> None:
    """Mark items as settled."""
    database.run_each(
        "UPDATE items SET settled = 1 WHERE item_id = ?",
        pa.table({"item_id": pa.array([int(i) for i in item_ids], pa.int64())}),
    )


def settle_waiting(
    database: Database, items: Sequence[Item], first: int, new: set[tuple[int, int]]
) -> None:
    """Settle what waited for the good among ``items``, or for a closing that is new.

    ``first`` is the ``item_id`` of ``items[0]``. An item waits for its closing: the same till, or
    the same taxpayer and serial number where the till was not known, and the same Z number. Only
    a good item that comes after it settles it.
    """
    of_till: dict[tuple[int, int], int] = defaultdict(int)
    of_serial: dict[tuple[str, str, int], int] = defaultdict(int)
    for key in new:
        of_till[key] = first
    for item_id, item in enumerate(items, first):
        if item.state in GOOD_STATES:
            if item.till_id:
                of_till[item.till_id, item.z_nr] = item_id
            if item.serial:
                of_serial[item.taxpayer, item.serial, item.z_nr] = item_id
    if not of_till and not of_serial:
        return
    tills = {till_id for till_id, _ in of_till}
    serials = {serial for _, serial, _ in of_serial}
    settled = [
        item_id
        for item_id, till_id, taxpayer, serial, z_nr in _waiting(database, tills, serials)
        if item_id < of_till.get((till_id, z_nr), 0)
        or item_id < of_serial.get((taxpayer, serial, z_nr), 0)
    ]
    settle_items(database, settled)


def _waiting(database: Database, tills: set[int], serials: set[str]) -> list[tuple[Any, ...]]:
    query = f"SELECT item_id, till_id, taxpayer, serial, z_nr FROM items WHERE {WAITING}"
    if len(tills) > _FEW or len(serials) > _FEW:
        return database.rows(query)
    found: set[tuple[Any, ...]] = set()
    if tills:
        listed = ", ".join(str(int(till_id)) for till_id in sorted(tills))
        found.update(database.rows(f"{query} AND till_id IN ({listed})"))
    if serials:
        texts = TEXTS[database.dialect.name]
        found.update(database.rows(f"{query} AND serial IN ({texts})", json.dumps(sorted(serials))))
    return sorted(found)


def _arrow_type(name: str) -> pa.DataType:
    if name == "business_day":
        return pa.date32()
    numbers = ("item_id", "till_id", "z_nr", "receipts", "gross_cents", "settled")
    return pa.int64() if name in numbers else pa.string()


def item_of(row: tuple[Any, ...]) -> Item:
    """An item out of its columns."""
    values = dict(zip(_COLUMNS, row, strict=True))
    day = values["business_day"]
    values["business_day"] = None if day is None else date.fromisoformat(day)
    values["state"] = ItemState(values["state"])
    values["findings"] = _findings(values["findings"])
    values["settled"] = bool(values["settled"])
    return Item(**values)


def _findings_json(findings: Sequence[Finding]) -> str:
    return json.dumps(
        [
            {
                "code": found.code,
                "severity": str(found.severity),
                "params": [list(pair) for pair in found.params],
                "file": found.file,
                "line": found.line,
                "column": found.column,
            }
            for found in findings
        ],
        ensure_ascii=False,
    )


def _findings(written: str) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            code=found["code"],
            severity=Severity(found["severity"]),
            params=tuple((name, value) for name, value in found["params"]),
            file=found["file"],
            line=found["line"],
            column=found["column"],
        )
        for found in json.loads(written)
    )
