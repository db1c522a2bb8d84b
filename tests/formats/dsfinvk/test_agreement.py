"""Who decides on the decimal symbol when a file's own values do not."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest

from tests.formats.dsfinvk.handmade import small_export
from tillferry.closing.tables import TABLES_BY_NAME
from tillferry.formats.dsfinvk._index_read import IndexTable
from tillferry.formats.dsfinvk._numbers import decide_style, plain_symbol
from tillferry.formats.dsfinvk.read import read_export

SUBITEMS = TABLES_BY_NAME["subitems"]
LISTED = IndexTable("subitems.csv", (), ",", ".", False)


def quantities(*texts: str) -> pa.Table:
    """A file in which nothing but ZI_MENGE has values."""
    columns = {
        column.name: list(texts) if column.name == "zi_menge" else [""] * len(texts)
        for column in SUBITEMS.csv_columns
    }
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


@pytest.mark.parametrize(("others", "symbol"), [(".", "."), (",", ",")])
def test_the_other_files_decide_what_the_values_leave_open(others: str, symbol: str) -> None:
    style = decide_style(quantities("2.000", "1.000"), SUBITEMS, LISTED, 0, lambda: others)
    assert style is not None and style.decimal == symbol


def test_the_declaration_decides_where_the_others_do_not_agree() -> None:
    style = decide_style(quantities("2.000"), SUBITEMS, LISTED, 0, lambda: "")
    assert style is not None and style.decimal == ","


def test_nothing_is_guessed_without_any_of_them() -> None:
    assert decide_style(quantities("2.000"), SUBITEMS, None, 0, lambda: "") is None


@pytest.mark.parametrize(
    ("texts", "symbol"), [(("2.000",), ""), (("2.5", "2.000"), "."), (("1.000,5",), ","), ((), "")]
)
def test_what_a_file_says_by_itself(texts: tuple[str, ...], symbol: str) -> None:
    assert plain_symbol(quantities(*texts), SUBITEMS) == symbol


def test_very_many_findings_of_one_kind_are_counted(tmp_path: Path) -> None:
    folder = small_export(tmp_path / "export", receipts=40)
    path = folder / "transactions.csv"
    path.write_bytes(re.sub(rb";\d+,\d\d;", b";viel;", path.read_bytes()))
    (head,) = read_export(folder).batch.heads
    shown = [entry for entry in head.findings if entry.code == "number_invalid"]
    assert len(shown) == 20
    assert [dict(entry.params) for entry in head.findings if entry.code == "more_findings"] == [
        {"of": "number_invalid", "count": "20"}
    ]
