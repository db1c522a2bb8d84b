"""Pages of figures over a year of a hundred tills, on SQLite and on PostgreSQL.

Beside them the same figures of one till on one day, which cost what a page costs anyhow.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.browser import add_user, chromium, opening, signed_in
from bench.year import days, make_year

_PAGES = (
    "turnover_by_day",
    "turnover_by_till",
    "turnover_by_hour",
    "turnover_by_article",
    "vat",
    "payments",
    "week_comparison",
    "cash",
)
_TABLE = '[data-test="report"] tbody tr'
_OVERVIEW = '[data-test="tile-week"]'


def main(work: Path) -> None:
    """Measure and print; ``work`` keeps the prepared year."""
    from tests.journal.postgres import running_server

    _measure("SQLite", _home(work / "year-sqlite", ""))
    with running_server() as server:
        _measure("PostgreSQL", _home(work / "year-postgresql", server.new_database(), anew=True))


def _home(folder: Path, database: str, *, anew: bool = False) -> Path:
    if anew or not (folder / "done").exists():
        home = make_year(folder, database)
        add_user(home)
        (folder / "done").touch()
    return folder / "office"


def _measure(name: str, home: Path) -> None:
    first, last = days(home)
    year = f"period=free&from={first}&to={last}"
    day = f"period=free&from={last}&to={last}&tills=1"
    with chromium() as browser, signed_in(browser, home) as (page, address):
        overview = opening(page, address, "/reports", _OVERVIEW)
        print(f"{f'{name}: overview of reports':<58} {overview:8.2f} s", flush=True)
        for figure in _PAGES:
            whole = opening(page, address, f"/reports?figure={figure}&{year}", _TABLE)
            small = opening(page, address, f"/reports?figure={figure}&{day}", _TABLE)
            print(f"{f'{name}: {figure}, 100 tills, one year':<58} {whole:8.2f} s", flush=True)
            said = "= the same page, one till, one day"
            print(f"{said:<58} {whole / small:8.2f}   (page under 2 s)", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
