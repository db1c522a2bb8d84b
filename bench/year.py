"""A year of a chain for the figures: 100 tills, 365 days, 300 receipts a day.

One till's year is imported as a bundle, with every row. The other tills' closings and sums are
copies of it in the database: pages of figures read nothing else, so the eleven million receipts
behind them need not be there.
"""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from bench.data import Shape, make_office, seal_bundles
from bench.measure import tillferry
from tillferry.closing.sums import SUM_TABLES
from tillferry.journal.database import Database
from tillferry.journal.months import MONTH_TABLES
from tillferry.journal.store import SqlJournal
from tillferry.wiring.office import opened_office

TILLS: Final = 100
YEAR: Final = Shape(365, 300)
_COPIED: Final = ("tills", "closings", *(table.name for table in SUM_TABLES), *MONTH_TABLES)


def make_year(folder: Path, database: str = "") -> Path:
    """The home of a head office that holds the year; ``database`` as of ``office init``."""
    make_office(folder, database)
    home = folder / "office"
    seal_bundles(folder, YEAR, YEAR.closings)
    tillferry("office", "import", str(folder / "stick"), "--home", str(home), "--json")
    shutil.rmtree(folder / "stick")
    with opened_office(home) as office:
        assert isinstance(office.journal, SqlJournal)
        _copy_till(office.journal.database)
    return home


def days(home: Path) -> tuple[date, date]:
    """The first and the last business day that is held."""
    with opened_office(home, read_only=True) as office:
        assert isinstance(office.journal, SqlJournal)
        (row,) = office.journal.database.rows(
            "SELECT CAST(min(business_day) AS TEXT), CAST(max(business_day) AS TEXT) FROM closings"
        )
    first, last = (date.fromisoformat(text) for text in row)
    assert last - first >= timedelta(days=YEAR.closings - 1)
    return first, last


def _copy_till(database: Database) -> None:
    with database.transaction():
        for name in _COPIED:
            rows = database.table(f"SELECT * FROM {name} WHERE till_id = 1")
            if "business_day" in rows.column_names:
                place = rows.column_names.index("business_day")
                days_of_rows = pc.cast(pc.cast(rows["business_day"], pa.string()), pa.date32())
                rows = rows.set_column(place, "business_day", days_of_rows)
            for copy in range(1, TILLS):
                database.append(name, _moved(name, rows, copy))


def _moved(name: str, rows: pa.Table, copy: int) -> pa.Table:
    """The rows of the first till as another till's."""
    for column, step in (("till_id", 1), ("closing_id", YEAR.closings)):
        if column in rows.column_names:
            place = rows.column_names.index(column)
            rows = rows.set_column(place, column, pc.add(rows[column], copy * step))
    if name == "tills":
        for column in ("customer_number", "serial", "name"):
            place = rows.column_names.index(column)
            text = f"{rows[column][0].as_py()} {copy + 1}"
            rows = rows.set_column(place, column, [[text]])
    return rows
