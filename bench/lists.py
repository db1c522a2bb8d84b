"""Head office's pages in a browser: the list with 100,000 rows, 1,000 tills, a till's calendar.

Each page is opened anew, from asking for it until its lines stand there, and compared with the
same page of a head office in which nothing ever arrived.
"""

from __future__ import annotations

import sqlite3
import tempfile
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page

from bench.browser import add_user, chromium, opening, seconds, signed_in
from tillferry.wiring.office import init_office

TILLS = 1_000
CLOSINGS = 100
_FIRST_DAY = date(2026, 1, 1)
_LIST = '[data-test="rows"]'
_TILL = "a.line.tillline"
_MONTHS = '[data-test="months"] table'


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="tillferry-lists-") as folder:
        full, empty = Path(folder) / "full", Path(folder) / "empty"
        for home in (full, empty):
            init_office(home, "1000", "Zentrale", "")
            add_user(home)
        _fill(full / "journal.sqlite")
        with chromium() as browser:
            before = _pages(browser, empty, filled=False)
            _report(_pages(browser, full, filled=True), before)


def _report(full: dict[str, float], empty: dict[str, float]) -> None:
    for name, taken in full.items():
        print(f"{name:<58} {taken:8.2f} s", flush=True)
        peer = empty.get(name)
        if peer is not None:
            said = f"= {name} / the same page, empty"
            print(f"{said:<58} {taken / peer:8.2f}   (page under 1 s)", flush=True)


def _pages(browser: Browser, home: Path, *, filled: bool) -> dict[str, float]:
    """Seconds until each page stands there, median."""
    with signed_in(browser, home) as (page, address):
        found = {
            "import list": opening(page, address, "/", _LIST),
            "completeness": opening(
                page, address, "/completeness", _TILL if filled else '[data-test="tills"]'
            ),
        }
        if filled:
            found["calendar of one till"] = opening(page, address, "/calendar?till=500", _MONTHS)
            found["import list: turned to the next page"] = _turning(page, address)
            found["import list: searched for a till"] = _searching(page, address)
        return found


def _turning(page: Page, address: str) -> float:
    rows = page.locator(_LIST)

    def ready() -> None:
        page.goto(address)
        rows.wait_for()

    def once() -> None:
        before = rows.inner_text()
        page.locator('[data-test="older"]').click()
        page.wait_for_function(
            f"before => document.querySelector('{_LIST}')?.innerText !== before", arg=before
        )

    return seconds(once, ready)


def _searching(page: Page, address: str) -> float:
    rows = page.locator(_LIST)

    def ready() -> None:
        page.goto(address)
        rows.wait_for()

    def once() -> None:
        page.locator('input[data-test="search-till"]').fill("1777")
        page.wait_for_function(
            f"count => document.querySelector('{_LIST}')?.innerText.endsWith(count)",
            arg=f" {CLOSINGS}",
        )

    return seconds(once, ready)


# --- preparation --------------------------------------------------------------------------------


def _fill(database: Path) -> None:
    """Every till delivered each of its days once; every tenth lacks one."""
    connection = sqlite3.connect(database)
    closings, deliveries, items, tills = [], [], [], []
    for till_id in range(1, TILLS + 1):
        number, serial = str(1000 + till_id), f"S-{till_id}"
        tills.append((till_id, number, f"Strandbar {till_id}", "11", serial, "active"))
        for z_nr in range(1, CLOSINGS + 1):
            entry = (till_id - 1) * CLOSINGS + z_nr
            day = (_FIRST_DAY + timedelta(days=z_nr)).isoformat()
            moment, sha256 = f"{day}T23:00:00.000+01:00", f"{entry:064x}"
            deliveries.append((entry, sha256, moment, f"KASSE{till_id}", till_id, z_nr))
            items.append((entry, sha256, "11", serial, till_id, z_nr, day, moment))
            if till_id % 10 or z_nr != 50:
                closings.append((entry, till_id, z_nr, moment, day, sha256, moment))
    texts = "'', '', 0, '', ''"
    connection.executemany(
        "INSERT INTO tills (till_id, customer_number, name, taxpayer, serial, state, public_key, "
        f"installation, bundle_sequence, bundle_hash, enrolment_secret) VALUES (?, ?, ?, ?, ?, ?, "
        f"{texts})",
        tills,
    )
    connection.executemany(
        "INSERT INTO deliveries (delivery_no, sha256, received_at, carrier, till_id, "
        "bundle_sequence, name, kind, size_bytes, installation) "
        "VALUES (?, ?, ?, ?, ?, ?, 'x.tfb', 'bundle', 1000, 'i')",
        deliveries,
    )
    connection.executemany(
        "INSERT INTO items (item_id, delivery, taxpayer, serial, till_id, z_nr, business_day, "
        "received_at, source, state, receipts, gross_cents, findings, settled) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'stick', 'imported', 100, 123456, '[]', 0)",
        items,
    )
    connection.executemany(
        "INSERT INTO closings (closing_id, till_id, z_nr, z_erstellung, business_day, delivery, "
        "booked_at, z_kasse_id, z_start_id, z_ende_id, receipts, gross_cents, row_count) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, 'K', '1', '2', 100, 123456, 900)",
        closings,
    )
    connection.commit()
    connection.close()


if __name__ == "__main__":
    main()
