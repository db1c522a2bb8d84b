"""The tables that the revisions make are the tables that the code means."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from tests.journal.postgres import PostgresServer
from tests.journal.synthetic import batch, booking
from tillferry.closing.model import ClosingBatch
from tillferry.closing.office_seams import LogEntry, OfficeChange
from tillferry.closing.seams import Journal, Till
from tillferry.errors import TillferryError
from tillferry.journal import open_journal, opening, upgrade
from tillferry.journal.basics import SCHEMA_VERSION
from tillferry.journal.office_records import office_records
from tillferry.journal.schema import metadata

NEXT_REVISION = f"""
import sqlalchemy as sa
from alembic import op
revision = "{int(SCHEMA_VERSION) + 1:04}"
down_revision = "{SCHEMA_VERSION}"

def upgrade():
    op.add_column("tills", sa.Column("colour", sa.Text, nullable=False, server_default="red"))
"""


def test_the_code_knows_the_newest_revision() -> None:
    scripts = ScriptDirectory.from_config(upgrade.alembic_config())

    assert scripts.get_heads() == [SCHEMA_VERSION]


def test_on_sqlite_revisions_and_code_make_the_same(tmp_path: Path, sqlite_template: Path) -> None:
    fresh = tmp_path / "fresh.db"
    engine = sa.create_engine(f"sqlite:///{fresh}")
    with engine.begin() as connection:
        metadata("sqlite").create_all(connection)
        upgrade.create_views(connection, "sqlite")
    engine.dispose()

    assert sqlite_objects(fresh) == sqlite_objects(sqlite_template)


def test_on_postgresql_revisions_and_code_make_the_same(
    postgres_server: PostgresServer, postgres_template: str, postgres_url: str
) -> None:
    engine = sa.create_engine(postgres_url.replace("postgresql", "postgresql+psycopg", 1))
    with engine.begin() as connection:
        metadata("postgresql").create_all(connection)
        upgrade.create_views(connection, "postgresql")
    engine.dispose()

    assert postgres_objects(postgres_url) == postgres_objects(
        postgres_server.url(postgres_template)
    )


def test_an_older_journal_is_upgraded_with_all_it_holds(
    own_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal(own_url)
    till = journal.save_till(Till(0, "1001", "Nord"))
    journal.book(booking(batch([1])))
    before = journal.held(till.till_id)
    journal.close()
    scripts = tmp_path / "100% scripts"
    shutil.copytree(upgrade.SCRIPTS, scripts)
    (scripts / "versions" / "next.py").write_text(NEXT_REVISION)
    monkeypatch.setattr(upgrade, "SCRIPTS", scripts)
    monkeypatch.setattr(opening, "SCHEMA_VERSION", f"{int(SCHEMA_VERSION) + 1:04}")

    upgraded = open_journal(own_url)

    assert upgraded.held(till.till_id) == before
    assert upgraded.save_till(till) == till
    upgraded.close()
    open_journal(own_url, read_only=True).close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_journal_of_the_first_revision_gets_head_offices_records(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres_url")
    engine = sa.create_engine(url.replace("postgresql", "postgresql+psycopg", 1))
    config = upgrade.alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            sa.text(
                "INSERT INTO tills VALUES "
                "(1, '1001', 'Nord', '', '', 'enrolled', '', '', 0, '', '')"
            )
        )
    engine.dispose()
    with pytest.raises(TillferryError) as error:
        open_journal(url, read_only=True)
    assert error.value.code == "journal_schema_old"

    journal = open_journal(url)

    assert [till.name for till in journal.tills()] == ["Nord"]
    records = office_records(journal)
    records.write(OfficeChange([LogEntry("2026-11-27T10:00:00+01:00", "clerk", "x", "y")]))
    assert len(records.log()) == 1 and records.users() == ()
    journal.close()


def test_views_show_decimals_beside_till_and_closing(
    journal: Journal, till: Till, url: str
) -> None:
    made = batch([7], rows=1, parts=("bookings",))
    scaled = [-5, 0, 5, 12_345_678, 2**63 - 1, -(2**63), None]
    lines = pa.concat_tables([made.table("lines")] * len(scaled))
    for name in ("stk_br", "menge"):
        place = lines.schema.get_field_index(name)
        lines = lines.set_column(place, lines.schema.field(name), pa.array(scaled, pa.int64()))
    offsets = {**made.offsets, "lines": made.offsets["lines"] * len(scaled)}
    journal.book(booking(ClosingBatch(made.heads, {**made.tables, "lines": lines}, offsets)))

    rows = select(
        url, "SELECT till_name, till_serial, z_nr, stk_br, menge FROM v_lines ORDER BY row_no"
    )

    assert {row[:3] for row in rows} == {("Strandbar Nord", "K-1", 7)}
    for index, decimals in ((3, 5), (4, 3)):
        shown = [None if row[index] is None else Decimal(row[index]) for row in rows]
        assert shown == [None if v is None else Decimal(v).scaleb(-decimals) for v in scaled]
    assert str(rows[0][3]) == "-0.00005"
    ((gross, day),) = select(url, "SELECT gross, CAST(business_day AS TEXT) FROM v_closings")
    assert (Decimal(gross), day) == (Decimal("-12.50"), "2026-01-08")


def select(url: str, query: str) -> list[tuple[object, ...]]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            return list(file.execute(query))
    with closing(psycopg.connect(url)) as server:
        return list(server.execute(query.encode()).fetchall())


def sqlite_objects(path: Path) -> dict[tuple[object, ...], str]:
    rows = select(f"sqlite:///{path}", "SELECT type, name, sql FROM sqlite_master")
    found = {row[:2]: " ".join(str(row[2]).replace('"', "").split()) for row in rows}
    return {key: sql for key, sql in found.items() if "alembic_version" not in str(key)}


def postgres_objects(url: str) -> list[list[tuple[object, ...]]]:
    queries = (
        "SELECT table_name, column_name, ordinal_position, data_type, is_nullable, "
        "numeric_precision, numeric_scale, column_default FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name <> 'alembic_version'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace "
        "AND conrelid::regclass::text <> 'alembic_version'",
        "SELECT tablename, indexname, indexdef FROM pg_indexes "
        "WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
        "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
    )
    found = [sorted(select(url, query), key=str) for query in queries]
    assert all(found)
    return found
