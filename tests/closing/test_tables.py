from __future__ import annotations

import pyarrow as pa

from tillferry.closing.tables import (
    BON_TYPES,
    DSFINVK_TABLES,
    GV_TYPES,
    OWN_TABLES,
    PARTS,
    REF_TYPES,
    TABLES,
    TABLES_BY_NAME,
    ZAHLART_TYPES,
    Kind,
)


def test_the_standard_has_20_tables_and_219_columns() -> None:
    assert len(DSFINVK_TABLES) == 20
    assert sum(len(table.csv_columns) for table in DSFINVK_TABLES) == 219


def test_columns_per_table_are_those_of_the_standard() -> None:
    counts = {table.name: len(table.csv_columns) for table in DSFINVK_TABLES}
    assert counts == {
        "cashpointclosing": 16,
        "location": 9,
        "cashregister": 10,
        "slaves": 9,
        "pa": 11,
        "tse": 11,
        "vat": 6,
        "businesscases": 10,
        "payment": 6,
        "cash_per_currency": 5,
        "transactions": 23,
        "datapayment": 9,
        "lines": 21,
        "itemamounts": 10,
        "subitems": 17,
        "transactions_tse": 13,
        "transactions_vat": 8,
        "lines_vat": 9,
        "allocation_groups": 5,
        "references": 11,
    }


def test_names_are_unique_and_keys_are_columns() -> None:
    assert len(TABLES_BY_NAME) == len(TABLES) == 22
    for table in TABLES:
        names = [column.name for column in table.csv_columns]
        assert len(set(names)) == len(names)
        assert names[:3] == ["z_kasse_id", "z_erstellung", "z_nr"]
        assert set(table.key) <= {column.name for column in table.columns}
        assert table.part in PARTS
        assert all(name == name.lower() for name in names)
    assert {table.part for table in DSFINVK_TABLES} == {"bookings"}
    assert {table.part for table in OWN_TABLES} == {"time", "stock"}


def test_texts_have_a_length_and_numbers_an_accuracy() -> None:
    for table in TABLES:
        for column in table.csv_columns:
            assert (column.kind is Kind.NUMBER) == (column.length == 0), column
            assert column.decimals in ((0, 2, 3, 5) if column.kind is Kind.NUMBER else (0,))
            assert column.requirement in ("M", "C", "O", "I")


def test_some_lengths_and_accuracies_of_the_standard() -> None:
    def column(table: str, name: str) -> tuple[int, int]:
        found = TABLES_BY_NAME[table].column(name)
        return found.length, found.decimals

    assert column("cashpointclosing", "z_kasse_id") == (50, 0)
    assert column("cashpointclosing", "ort") == (62, 0)
    assert column("tse", "tse_zertifikat_ii") == (1000, 0)
    assert column("businesscases", "z_ust") == (0, 5)
    assert column("payment", "z_zahlart_betrag") == (0, 2)
    assert column("vat", "ust_satz") == (0, 2)
    assert column("lines", "menge") == (0, 3)
    assert column("lines", "stk_br") == (0, 5)
    assert column("transactions", "ums_brutto") == (0, 2)


def test_arrow_schemas_leave_the_closing_columns_out() -> None:
    for table in TABLES:
        assert table.arrow_schema.names == [column.name for column in table.columns]
        assert {*table.arrow_schema.types} <= {pa.int64(), pa.string()}


def test_the_closed_lists_have_the_standards_number_of_values() -> None:
    lists = (BON_TYPES, GV_TYPES, ZAHLART_TYPES, REF_TYPES)
    assert [len(values) for values in lists] == [9, 25, 7, 4]
    assert all(len(set(values)) == len(values) for values in lists)
