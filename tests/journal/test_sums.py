"""Sums stand beside each closing: written with it, taken out with it, made where they lack."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command

from tests.closing.build import batch_of, day, head_of
from tests.journal.postgres import PostgresServer
from tests.journal.synthetic import batch, booking
from tillferry.closing.model import ClosingBatch
from tillferry.closing.office_seams import Correction, OfficeChange
from tillferry.closing.seams import Journal, Till
from tillferry.closing.sums import SUM_TABLES, sums
from tillferry.closing.tables import PARTS
from tillferry.journal import open_journal, upgrade
from tillferry.journal.database import Database
from tillferry.journal.figure_views import FIGURE_VIEWS
from tillferry.journal.office_records import office_records
from tillferry.journal.store import SqlJournal
from tillferry.journal.sums import pending_sums

AT = "2026-11-27T10:00:00+01:00"
Kept = dict[str, list[tuple[object, ...]]]


def database(journal: Journal) -> Database:
    assert isinstance(journal, SqlJournal)
    return journal.database


def kept(journal: Journal) -> Kept:
    """All sums that a journal has, closings by their Z number."""
    found: Kept = {}
    for table in SUM_TABLES:
        columns = ", ".join(f"s.{column.name}" for column in table.columns)
        rows = database(journal).rows(
            f"SELECT c.z_nr, {columns} FROM {table.name} s "
            "JOIN closings c ON c.till_id = s.till_id AND c.closing_id = s.closing_id"
        )
        found[table.name] = sorted(rows, key=repr)
    return found


def meant(made: ClosingBatch) -> Kept:
    found: Kept = {}
    for name, rows in sums(made, "Europe/Berlin").items():
        z_nrs = [made.heads[index].z_nr for index in rows.column("closing").to_pylist()]
        columns = rows.drop_columns(["closing"]).to_pylist()
        pairs = zip(z_nrs, columns, strict=True)
        found[name] = sorted([(z_nr, *row.values()) for z_nr, row in pairs], key=repr)
    return found


def two_days() -> ClosingBatch:
    return batch_of(day(6), day(9), heads=(head_of(1, "K-1"), head_of(2, "K-1")))


def test_sums_are_written_with_their_closing(journal: Journal, till: Till) -> None:
    made = two_days()
    journal.book(booking(made))

    assert kept(journal) == meant(made)
    assert all(kept(journal).values())
    assert database(journal).rows(
        "SELECT z_nr, CAST(business_day AS TEXT) FROM closing_sums ORDER BY z_nr"
    ) == [(1, "2026-07-01"), (2, "2026-07-01")]


def test_only_what_is_appended_has_sums(journal: Journal, till: Till) -> None:
    made = two_days()
    journal.book(booking(made, indices=[1]))

    assert kept(journal) == meant(made.take([1]))


def test_bookings_that_join_later_bring_their_sums(journal: Journal, till: Till) -> None:
    made = batch([4])
    journal.book(booking(made, parts=("time",)))
    assert not any(kept(journal).values())

    held = journal.held(till.till_id)[4]
    journal.book(booking(made, parts=("bookings", "stock"), joining=[held.closing_id]))

    assert kept(journal) == meant(made)


def test_a_correction_takes_the_old_sums_out(journal: Journal, till: Till) -> None:
    journal.book(booking(batch_of(day(6), heads=(head_of(1, "K-1"),))))
    better = batch_of(day(9), heads=(head_of(1, "K-1"),))
    held = journal.held(till.till_id)[1]

    office_records(journal).write(
        OfficeChange(
            corrections=[Correction(held, "bb" * 32, "clerk", AT, "torn")],
            booking=booking(better, delivery="bb" * 32),
        )
    )

    assert kept(journal) == meant(better)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_journal_from_before_there_were_sums_gets_them(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres_url")
    made = two_days()
    journal = open_journal(url, create=True)
    till = journal.save_till(Till(0, "1001", "Nord", "12/345/67890", "K-1"))
    journal.book(booking(made))
    journal.book(booking(batch([9], parts=("time",)), parts=("time",)))
    before = journal.held(till.till_id)
    journal.close()
    _back_to_the_second_revision(url)

    upgraded = open_journal(url)

    assert kept(upgraded) == meant(made)
    assert pending_sums(database(upgraded)) == 0
    assert upgraded.held(till.till_id) == before
    upgraded.close()


def _back_to_the_second_revision(url: str) -> None:
    """As an older Tillferry left it."""
    older = sa.create_engine("sqlite://")
    with older.begin() as connection:
        config = upgrade.alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        had = set(sa.inspect(connection).get_table_names())
    older.dispose()
    engine = sa.create_engine(url.replace("postgresql", "postgresql+psycopg", 1))
    with engine.begin() as connection:
        for view in sa.inspect(connection).get_view_names():
            connection.execute(sa.text(f'DROP VIEW "{view}"'))
        for name in set(sa.inspect(connection).get_table_names()) - had:
            connection.execute(sa.text(f'DROP TABLE "{name}"'))
        config.attributes["connection"] = connection
        command.stamp(config, "0002", purge=True)
    engine.dispose()


def test_making_sums_goes_on_where_it_was_stopped(own_url: str) -> None:
    made = two_days()
    journal = open_journal(own_url)
    journal.save_till(Till(0, "1001", "Nord", "12/345/67890", "K-1"))
    journal.book(booking(made))
    # One closing has a part of its sums only, and is still named as pending.
    with database(journal).transaction():
        database(journal).run("DELETE FROM sums_payments WHERE closing_id = 1")
        database(journal).run("INSERT INTO sums_pending (till_id, closing_id) VALUES (1, 1)")
    journal.close()
    open_journal(own_url, read_only=True).close()

    again = open_journal(own_url)

    assert kept(again) == meant(made)
    assert pending_sums(database(again)) == 0
    again.close()


def test_views_for_other_tools_show_numbers(journal: Journal, till: Till, url: str) -> None:
    journal.book(booking(batch_of(day(4), heads=(head_of(7, "K-1"),))))

    ((turnover, receipts, outlet, name),) = select(
        url, "SELECT gross, receipts, outlet, till FROM report_turnover"
    )

    assert (float(str(turnover)), receipts, outlet, name) == (9.17, 2, "", "Strandbar Nord")
    cases = select(url, "SELECT business_case, vat_percent, gross FROM report_business_cases")
    assert {(row[0], float(str(row[1])), float(str(row[2]))) for row in cases} == {
        ("Anfangsbestand", 0.0, 100.0),
        ("Umsatz", 19.0, 7.03),
        ("Umsatz", 7.0, 2.14),
    }
    for view in FIGURE_VIEWS:
        columns = ", ".join(column.name for column in view.columns)
        select(url, f"SELECT {columns} FROM {view.name}")


def test_a_reader_of_the_views_sees_nothing_else(
    postgres_server: PostgresServer, postgres_template: str
) -> None:
    url = postgres_server.new_database(postgres_template)
    journal = open_journal(url)
    journal.save_till(Till(0, "1001", "Strandbar Nord", "12/345/67890", "K-1"))
    journal.book(booking(batch_of(day(4), heads=(head_of(7, "K-1"),))))
    journal.close()
    page = (Path(__file__).parents[2] / "docs" / "VIEWS.md").read_text(encoding="utf-8")
    statements = page.partition("```sql")[2].partition("```")[0]
    with closing(psycopg.connect(url, autocommit=True)) as owner:
        owner.execute(statements.replace("reader", "reader_of_views").encode())

    with closing(psycopg.connect(url, user="reader_of_views", autocommit=True)) as reader:
        for view in FIGURE_VIEWS:
            reader.execute(f"SELECT * FROM {view.name}".encode())
        ((gross,),) = reader.execute("SELECT gross FROM report_turnover").fetchall()
        assert str(gross) == "9.17"
        for other in ("tills", "users", "closings", "audit_log"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"SELECT * FROM {other}".encode())
        with pytest.raises(psycopg.Error):
            reader.execute("DELETE FROM report_turnover")


def test_the_view_of_working_times_leaves_out_what_was_corrected(
    journal: Journal, till: Till, url: str
) -> None:
    times = {"start": "2026-07-01T10:00:00+02:00", "end": "2026-07-01T18:00:00+02:00"}
    entries = [
        {"entry_id": "1", "employee_id": "7", **times},
        {"entry_id": "2", "employee_id": "7", "corrected_entry_id": "1", **times},
    ]
    made = batch_of(day(2) | {"time_entries": entries}, heads=(head_of(1, "K-1", parts=PARTS),))
    journal.book(booking(made))

    rows = select(url, "SELECT employee_id, started, ended FROM report_working_times")

    assert rows == [("7", *times.values())]


def select(url: str, query: str) -> list[tuple[object, ...]]:
    if url.startswith("sqlite"):
        # Beside the journal, which may not be opened by another library in this process.
        journal = open_journal(url, read_only=True)
        try:
            return database(journal).rows(query)
        finally:
            journal.close()
    with closing(psycopg.connect(url)) as server:
        return list(server.execute(query.encode()).fetchall())
