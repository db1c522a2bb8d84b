"""A sample chain in a journal, on both databases, and its CSVs beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.journal.conftest import (
    journal,
    own_url,
    postgres_shared_url,
    postgres_template,
    sqlite_template,
    till,
    url,
)
from tests.journal.postgres import PostgresServer
from tests.journal.synthetic import booking
from tests.office.figures.plain import Books
from tillferry.closing.model import concat_batches
from tillferry.closing.office_seams import OfficeChange, Outlet, TillDetails
from tillferry.closing.seams import Journal, Till, TillState
from tillferry.formats.dsfinvk.write import write_export
from tillferry.journal import open_journal
from tillferry.journal.office_records import office_records
from tillferry.sample import sample_batch, serial, write_sample

__all__ = [
    "journal",
    "own_url",
    "postgres_shared_url",
    "postgres_template",
    "sqlite_template",
    "till",
    "url",
]

TILLS, DAYS, RECEIPTS, SEED = 3, 15, 60, 11


@pytest.fixture(scope="session")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The chain's CSVs, read without the program."""
    zips = write_sample(
        tmp_path_factory.mktemp("sample") / "chain",
        tills=TILLS,
        days=DAYS,
        receipts=RECEIPTS,
        seed=SEED,
        whole=True,
        write_export=write_export,
    )
    return Books.read(zips)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def chain(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Journal]:
    """Tills 1 and 2 stand in one outlet; till 3 in none, and has no customer number."""
    if request.param == "sqlite":
        where = str(tmp_path_factory.mktemp("chain") / "journal.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        where = server.new_database()
    opened = open_journal(where, create=True)
    for number in range(1, TILLS + 1):
        known = Till(0, str(1000 + number), f"Bar {number}", "21/815/08150", serial(number))
        known = replace(known, state=TillState.ACTIVE)
        if number == TILLS:
            known = replace(known, customer_number="")
        held = opened.save_till(known)
        days = [sample_batch(number, day, RECEIPTS, SEED) for day in range(1, DAYS + 1)]
        opened.book(booking(concat_batches(days), held.till_id, delivery=f"{number:064x}"))
    office_records(opened).write(
        OfficeChange(
            outlets=[Outlet("S", "Strand")],
            till_details=[TillDetails(1, "S"), TillDetails(2, "S")],
        )
    )
    yield opened
    opened.close()
