"""Numbers of other tills: how a file writes them is decided for the whole file, and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.closing.build import batch_of, head_of
from tests.formats.dsfinvk.containers import spoiling, spoilt, text_of
from tests.formats.dsfinvk.handmade import codes, edit, small_batch, small_export, small_rows
from tillferry.closing.digest import part_digests
from tillferry.closing.model import Severity
from tillferry.formats.dsfinvk.read import ExportReading, read_export
from tillferry.formats.dsfinvk.write import write_folder

GOOD = part_digests(small_batch(2))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Two closings as a folder."""
    return small_export(tmp_path / "export", closings=2)


def understood(path: Path) -> ExportReading:
    """A reading whose closings are the two of the fixture, with nothing held against them."""
    reading = read_export(path)
    assert spoilt(reading) == {}
    assert part_digests(reading.batch) == GOOD
    return reading


def styles(reading: ExportReading) -> dict[str, tuple[str, str]]:
    """Decimal symbol and grouping by file, where the reading tells of them."""
    return {
        found.file: (dict(found.params)["decimal"], dict(found.params)["grouping"])
        for found in reading.findings
        if found.code == "number_style"
    }


def with_dots(path: Path) -> None:
    """A decimal dot for each decimal comma of a file."""
    path.write_bytes(path.read_bytes().replace(b",", b"."))


# --- what decides -------------------------------------------------------------------------------


def test_a_decimal_dot_in_every_file(export: Path) -> None:
    for path in export.glob("*.csv"):
        with_dots(path)
    told = styles(understood(export))
    assert told["lines.csv"] == told["payment.csv"] == (".", "–")
    assert "references.csv" not in told


def test_a_decimal_dot_in_one_file_only(export: Path) -> None:
    with_dots(export / "transactions_vat.csv")
    assert styles(understood(export)) == {"transactions_vat.csv": (".", "–")}


def big_export(folder: Path) -> ExportReading:
    """A closing with number 1234, its sums beyond a thousand; what it is without groups."""
    rows = small_rows(z_nr=1234)
    for row in rows["payment"]:
        row["z_zahlart_betrag"] = 123_456_750
    for row in rows["transactions"]:
        row["bon_nr"] = 12_345
    write_folder([batch_of(rows, heads=(head_of(1234),))], folder)
    return read_export(folder)


@pytest.mark.parametrize(
    ("decimal", "group"), [(",", "."), (".", ",")], ids=["comma and dots", "dot and commas"]
)
def test_thousands_in_money_and_in_integers(tmp_path: Path, decimal: str, group: str) -> None:
    plain = big_export(tmp_path / "x")
    for path in (tmp_path / "x").glob("*.csv"):
        text = text_of(path)
        if decimal == ".":
            text = text.replace(",", ".")
        text = text.replace(";1234;", f";1{group}234;").replace(";12345;", f";12{group}345;")
        text = text.replace("1234567", f"1{group}234{group}567")
        path.write_bytes(text.encode())
    declare(tmp_path / "x", decimal, group)
    reading = read_export(tmp_path / "x")
    assert spoilt(reading) == {}
    assert [head.z_nr for head in reading.batch.heads] == [1234]
    assert part_digests(reading.batch) == part_digests(plain.batch)
    told = styles(reading)
    assert told["payment.csv"] == told["transactions.csv"] == (decimal, group)


def test_a_dot_in_integers_alone_is_a_group(export: Path) -> None:
    rows = [small_rows(), small_rows(first_id=4, z_nr=2)]
    rows[1]["references"][0]["ref_z_nr"] = 1234
    write_folder([batch_of(*rows, heads=(head_of(1), head_of(2)))], export)
    plain = read_export(export)
    edit(export, "references.csv", (";1234;", ";1.234;"))
    reading = read_export(export)
    assert part_digests(reading.batch) == part_digests(plain.batch)
    assert styles(reading) == {"references.csv": (",", ".")}


def trap(folder: Path, quantity: str, factor: str, price: str, gross: int) -> None:
    """One closing; the positions of receipt 2 read like this and cost ``gross`` cents.

    No other number of the file says what its dots mean.
    """
    rows = small_rows()
    for row in rows["lines_vat"]:
        if row["bon_id"] == "2":
            row["pos_brutto"] = gross * 1000
    write_folder([batch_of(*[rows])], folder)
    lines = text_of(folder / "lines.csv").split("\r\n")
    for place, line in enumerate(lines[1:-1], start=1):
        fields = line.split(";")
        is_trap = fields[3] == "2"
        fields[17:19] = (quantity, factor) if is_trap else ("1", "1")
        fields[20] = price if is_trap else ""
        lines[place] = ";".join(fields)
    (folder / "lines.csv").write_bytes("\r\n".join(lines).encode())


def declare(folder: Path, decimal: str, grouping: str) -> None:
    edit(
        folder,
        "index.xml",
        (
            "<DecimalSymbol>,</DecimalSymbol>",
            f"<DecimalSymbol>{decimal}</DecimalSymbol>",
        ),
        (
            "<DigitGroupingSymbol>.</DigitGroupingSymbol>",
            f"<DigitGroupingSymbol>{grouping}</DigitGroupingSymbol>",
        ),
    )


def quantities(reading: ExportReading) -> list[int]:
    """MENGE of the two positions of receipt 2, in thousandths."""
    return reading.batch.table("lines").column("menge").to_pylist()[1:3]  # type: ignore[no-any-return]


@pytest.mark.parametrize("declared", [(",", "."), (".", ",")])
def test_the_sums_say_that_2_000_is_two(tmp_path: Path, declared: tuple[str, str]) -> None:
    trap(tmp_path / "x", "2.000", "", "1.755", 351)
    declare(tmp_path / "x", *declared)
    reading = read_export(tmp_path / "x")
    assert quantities(reading) == [2000, 2000]
    assert styles(reading)["lines.csv"] == (".", "–")


@pytest.mark.parametrize("declared", [(",", "."), (".", ",")])
def test_the_sums_say_that_2_000_is_two_thousand(tmp_path: Path, declared: tuple[str, str]) -> None:
    trap(tmp_path / "x", "2.000", "", "3", 600_000)
    declare(tmp_path / "x", *declared)
    reading = read_export(tmp_path / "x")
    assert quantities(reading) == [2_000_000, 2_000_000]
    assert styles(reading)["lines.csv"] == (",", ".")


def test_the_factor_counts_in_the_sums(tmp_path: Path) -> None:
    # 2.000 / 4 * 3: 1.50 with a decimal dot, 1,500.00 with groups.
    trap(tmp_path / "x", "2.000", "4", "3", 150)
    assert quantities(read_export(tmp_path / "x")) == [2000, 2000]
    trap(tmp_path / "y", "2.000", "4", "3", 150_000)
    assert quantities(read_export(tmp_path / "y")) == [2_000_000, 2_000_000]


@pytest.mark.parametrize("declared", [(",", "."), (".", ",")])
def test_where_the_sums_are_silent_the_other_files_decide(
    tmp_path: Path, declared: tuple[str, str]
) -> None:
    trap(tmp_path / "x", "2.000", "", "", 351)
    declare(tmp_path / "x", *declared)
    assert quantities(read_export(tmp_path / "x")) == [2_000_000, 2_000_000]
    for path in (tmp_path / "x").glob("*.csv"):
        with_dots(path)
    assert quantities(read_export(tmp_path / "x")) == [2000, 2000]


def disagreeing(folder: Path) -> None:
    """Nothing but the declaration can decide: no sums, and one file with dots, others with not."""
    trap(folder, "2.000", "", "", 351)
    with_dots(folder / "payment.csv")


@pytest.mark.parametrize(
    ("declared", "quantity", "told"),
    [((",", "."), 2_000_000, (",", ".")), ((".", ","), 2000, (".", "–"))],
)
def test_where_the_other_files_disagree_index_xml_decides(
    tmp_path: Path, declared: tuple[str, str], quantity: int, told: tuple[str, str]
) -> None:
    disagreeing(tmp_path / "x")
    declare(tmp_path / "x", *declared)
    reading = read_export(tmp_path / "x")
    assert quantities(reading) == [quantity, quantity]
    assert styles(reading)["lines.csv"] == told


def test_a_file_that_nothing_decides_is_refused(tmp_path: Path) -> None:
    disagreeing(tmp_path / "x")
    (tmp_path / "x" / "index.xml").unlink()
    reading = read_export(tmp_path / "x")
    found = spoiling(reading.batch.heads[0].findings)["number_style_undecided"]
    assert (found.file, found.severity) == ("lines.csv", Severity.ERROR)
    assert "lines.csv" not in styles(reading)


def test_an_undecided_file_spoils_only_the_closings_in_it(tmp_path: Path) -> None:
    rows = [small_rows(), small_rows(first_id=4, z_nr=2)]
    rows[1]["subitems"] = [{"bon_id": "5", "pos_zeile": "1", "zi_menge": 2_000_000}]
    write_folder([batch_of(*rows, heads=(head_of(1), head_of(2)))], tmp_path / "x")
    (tmp_path / "x" / "index.xml").unlink()
    with_dots(tmp_path / "x" / "payment.csv")
    edit(tmp_path / "x", "subitems.csv", ("2000,000", "2.000"))
    assert spoilt(read_export(tmp_path / "x")) == {2: {"number_style_undecided"}}


# --- what is no number --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["abc", "105,6x", "1,2,3", "--5", "1e3", "105,65 EUR", "10.5,65", "105.65", "-", ",", "0x1F"],
)
def test_a_text_that_is_no_number(export: Path, text: str) -> None:
    edit(export, "payment.csv", ("2;Bar;;105,65", f"2;Bar;;{text}"))
    reading = read_export(export)
    assert spoilt(reading) == {2: {"number_invalid"}}
    found = spoiling(reading.batch.heads[1].findings)["number_invalid"]
    assert (found.file, found.line, found.column) == ("payment.csv", 3, "Z_ZAHLART_BETRAG")
    assert codes(reading.batch.heads[1].findings)["number_invalid"]["value"] == text
    assert part_digests(reading.batch)[:1] == GOOD[:1]


@pytest.mark.parametrize("text", ["x", "0x1", "1O"])
def test_an_integer_that_is_none(export: Path, text: str) -> None:
    edit(export, "transactions.csv", (";2;5;2;Beleg;", f";2;5;{text};Beleg;"))
    reading = read_export(export)
    assert spoilt(reading) == {2: {"number_invalid"}}
    found = spoiling(reading.batch.heads[1].findings)["number_invalid"]
    assert (found.file, found.line, found.column) == ("transactions.csv", 6, "BON_NR")


def test_more_decimals_than_the_column_has(export: Path) -> None:
    edit(export, "payment.csv", ("1;Bar;;105,65", "1;Bar;;105,651"))
    reading = read_export(export)
    assert spoilt(reading) == {1: {"number_too_precise"}}
    found = spoiling(reading.batch.heads[0].findings)["number_too_precise"]
    assert (found.file, found.line, found.column) == ("payment.csv", 2, "Z_ZAHLART_BETRAG")


def test_decimals_of_an_integer(export: Path) -> None:
    edit(export, "transactions.csv", (";2;5;2;Beleg;", ";2;5;2,5;Beleg;"))
    assert spoilt(read_export(export)) == {2: {"number_too_precise"}}


@pytest.mark.parametrize("text", ["105,650", "105,6500000", "+105,65", "0105,65", " 105,65 "])
def test_other_ways_to_write_the_same(export: Path, text: str) -> None:
    edit(export, "payment.csv", ("1;Bar;;105,65", f"1;Bar;;{text}"))
    understood(export)


def test_numbers_without_the_decimals_they_may_have(export: Path) -> None:
    edit(export, "transactions_vat.csv", ("100,00000", "100"), ("0,14000", ",14"))
    edit(export, "vat.csv", ("19,00", "19"), ("7,00", "7,"))
    understood(export)


@pytest.mark.parametrize("digits", ["1" * 17, "9" * 17, "1" * 40])
@pytest.mark.parametrize("other", ["105,65", "105,6"], ids=["fixed form", "free form"])
def test_a_sum_beyond_all_bounds(export: Path, digits: str, other: str) -> None:
    edit(
        export,
        "payment.csv",
        ("1;Bar;;105,65", f"1;Bar;;{other}"),
        ("2;Bar;;105,65", f"2;Bar;;{digits},65"),
    )
    reading = read_export(export)
    assert spoilt(reading) == {2: {"number_beyond_bounds"}}
    found = spoiling(reading.batch.heads[1].findings)["number_beyond_bounds"]
    assert (found.file, found.line, found.column) == ("payment.csv", 3, "Z_ZAHLART_BETRAG")


@pytest.mark.parametrize("text", ["9223372036854775807", "1" + "0" * 18, "9" * 30])
def test_an_integer_beyond_all_bounds(export: Path, text: str) -> None:
    edit(export, "transactions.csv", (";2;5;2;Beleg;", f";2;5;{text};Beleg;"))
    assert spoilt(read_export(export)) == {2: {"number_beyond_bounds"}}


@pytest.mark.parametrize("text", ["9999999999999999,65", "-9999999999999999,65"])
def test_the_largest_sums_that_are_taken(export: Path, text: str) -> None:
    edit(export, "payment.csv", ("2;Bar;;105,65", f"2;Bar;;{text}"))
    reading = read_export(export)
    assert spoilt(reading) == {}
    value = reading.batch.table("payment").column("z_zahlart_betrag")[1].as_py()
    assert value == int(text.replace(",", ""))


def test_a_wrong_value_does_not_turn_the_symbol_of_its_file(export: Path) -> None:
    edit(export, "lines_vat.csv", ("2;5;2;2;2,14000", "2;5;2;2;2.14000"))
    reading = read_export(export)
    assert spoilt(reading) == {2: {"number_invalid"}}
    assert styles(reading) == {"lines_vat.csv": (",", ".")}
    assert part_digests(reading.batch)[:1] == GOOD[:1]
