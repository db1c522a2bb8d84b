"""Numbers of strangers: which decimal symbol a file uses, and scaled integers from its texts.

The symbol is decided for a whole file, from what its values can mean, from the arithmetic, and
from index.xml; never value by value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tillferry.closing.model import Int64Array
from tillferry.closing.tables import Column, Kind, Table
from tillferry.formats.dsfinvk._index_read import IndexTable
from tillferry.formats.dsfinvk._parse import FormDefect, fixed_numbers

BoolArray = npt.NDArray[np.bool_]

_MAX_DIGITS: Final = 18
_BEYOND: Final = 10**_MAX_DIGITS


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How a file writes numbers. ``grouping`` is empty where no group is marked."""

    decimal: str
    grouping: str

    @property
    def is_standard(self) -> bool:
        return self.decimal == "," and not self.grouping

    def pattern(self) -> str:
        """What a number looks like, groups allowed whether there are some or not."""
        group = "." if self.decimal == "," else ","
        return rf"^[+-]?(\d{{1,3}}(\{group}\d{{3}})+|\d+)?(\{self.decimal}\d*)?$"


COMMA: Final = NumberStyle(",", "")
DOT: Final = NumberStyle(".", "")


def number_columns(table: Table) -> tuple[Column, ...]:
    """All number columns of a file, Z_NR with them."""
    return tuple(column for column in table.csv_columns if column.kind is Kind.NUMBER)


@dataclass(frozen=True, slots=True)
class StyleEvidence:
    """What a file's values say of one style: how many contradict it, how many strain it.

    A value strains a style that gives it more decimals than its column has.
    """

    wrong: int
    strained: int


def evidence(rows: pa.Table, columns: Sequence[Column], style: NumberStyle) -> StyleEvidence:
    """Look at every value of the file."""
    wrong = strained = 0
    for column in columns:
        values = rows.column(column.name)
        wrong += _count(pc.invert(pc.match_substring_regex(values, style.pattern())))
        beyond = rf"\{style.decimal}\d{{{column.decimals}}}\d"
        strained += _count(pc.match_substring_regex(values, beyond))
    return StyleEvidence(wrong, strained)


def plain_symbol(rows: pa.Table, table: Table) -> str:
    """The decimal symbol that a file's own values leave no doubt about, else an empty text."""
    columns = number_columns(table)
    if not any(_has(rows.column(column.name), mark) for column in columns for mark in ",."):
        return ""
    comma, dot = evidence(rows, columns, COMMA), evidence(rows, columns, DOT)
    if comma == dot:
        return ""
    return "," if (comma.wrong, comma.strained) < (dot.wrong, dot.strained) else "."


def decide_style(
    rows: pa.Table,
    table: Table,
    listed: IndexTable | None,
    arithmetic: int,
    others: Callable[[], str],
) -> NumberStyle | None:
    """The style of a file; ``None`` where it cannot be decided.

    ``arithmetic`` is positive where the sums speak for a comma, negative for a dot, else 0.
    ``others`` gives the symbol that all other files of the export use plainly, empty without one.
    """
    columns = number_columns(table)
    has_comma = any(_has(rows.column(column.name), ",") for column in columns)
    has_dot = any(_has(rows.column(column.name), ".") for column in columns)
    if not has_dot:
        comma_may_group = has_comma and listed is not None and listed.decimal == "."
        if not comma_may_group:
            return COMMA
    comma, dot = evidence(rows, columns, COMMA), evidence(rows, columns, DOT)
    with_groups = (
        NumberStyle(",", "." if has_dot else ""),
        NumberStyle(".", "," if has_comma else ""),
    )
    for better, worse, style in (
        (comma, dot, with_groups[0]),
        (dot, comma, with_groups[1]),
    ):
        if better.wrong < worse.wrong:
            return style
    if comma.strained != dot.strained:
        return with_groups[0] if comma.strained < dot.strained else with_groups[1]
    if arithmetic:
        return with_groups[0] if arithmetic > 0 else with_groups[1]
    if agreed := others():
        return with_groups[0] if agreed == "," else with_groups[1]
    if listed is None:
        return None
    return with_groups[1] if listed.decimal == "." else with_groups[0]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A converted column and the rows whose text is no number, too precise or too large."""

    values: pa.Array
    wrong: Int64Array
    too_precise: Int64Array
    too_large: Int64Array


_NONE: Final = np.zeros(0, np.int64)


def convert(values: pa.ChunkedArray, column: Column, style: NumberStyle) -> Numbers:
    """Texts as scaled integers; an empty text and a defect have no value."""
    quick = _quickly(values, column, style)
    if quick is not None:
        return Numbers(quick, _NONE, _NONE, _NONE)
    texts = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], pa.string())
    filled = pc.utf8_trim_whitespace(texts)
    there = _bools(pc.not_equal(filled, ""))
    plausible = _bools(pc.match_substring_regex(filled, style.pattern())) & _bools(
        pc.match_substring_regex(filled, r"\d")
    )
    wrong = there & ~plausible
    group = "." if style.decimal == "," else ","
    plain = pc.replace_substring(filled, group, "")
    plain = pc.replace_substring(plain, style.decimal, ".")
    plain = pc.replace_substring_regex(plain, r"^\+", "")
    # Trailing zeros say nothing; what is left beyond the accuracy does.
    plain = pc.replace_substring_regex(plain, r"(\.\d*?)0+$", r"\1")
    plain = pc.replace_substring_regex(plain, r"\.$", "")
    digits = np.asarray(
        pc.binary_length(pc.replace_substring_regex(plain, r"^-?0*|\..*$", "")).to_numpy(
            zero_copy_only=False
        )
    )
    decimals = np.asarray(
        pc.binary_length(pc.replace_substring_regex(plain, r"^[^.]*\.?", "")).to_numpy(
            zero_copy_only=False
        )
    )
    too_precise = there & ~wrong & (decimals > column.decimals)
    too_large = there & ~wrong & (digits + column.decimals > _MAX_DIGITS)
    usable = there & ~(wrong | too_precise | too_large)
    sound = pc.if_else(pa.array(usable), plain, None)
    exact = pc.cast(sound, pa.decimal128(_MAX_DIGITS + 1, column.decimals))
    whole = pa.Array.from_buffers(
        pa.decimal128(_MAX_DIGITS + 1, 0), len(exact), exact.buffers(), offset=exact.offset
    )
    return Numbers(
        pc.cast(whole, pa.int64()),
        np.flatnonzero(wrong),
        np.flatnonzero(too_precise),
        np.flatnonzero(too_large),
    )


def _quickly(values: pa.ChunkedArray, column: Column, style: NumberStyle) -> pa.Array | None:
    """A column in which every number has the standard's own form, ``None`` for any other."""
    try:
        if column.decimals:
            found = fixed_numbers(values, column) if style == COMMA else None
        else:
            found = _whole_numbers(values)
    except (FormDefect, pa.ArrowInvalid):
        return None
    return found if found is not None and _is_within_bounds(found) else None


def _whole_numbers(values: pa.ChunkedArray) -> pa.Array | None:
    whole = values.combine_chunks()
    # Arrow would take 0x1F for 31.
    if isinstance(whole, pa.ChunkedArray) or any(
        pc.any(pc.match_substring(whole, mark)).as_py() for mark in "xX"
    ):
        return None
    present = pc.if_else(pc.equal(whole, ""), pa.scalar(None, pa.string()), whole)
    return pc.cast(present, pa.int64())


def _is_within_bounds(numbers: pa.Array) -> bool:
    """Whether no number has more digits than are allowed anywhere."""
    ends = pc.min_max(numbers).as_py()
    return ends["min"] is None or (ends["min"] > -_BEYOND and ends["max"] < _BEYOND)


def arithmetic_of_lines(
    lines: pa.Table, amounts: pa.Table | None, amounts_style: NumberStyle | None
) -> int:
    """Whether MENGE / FAKTOR * STK_BR meets POS_BRUTTO with a comma (positive) or a dot."""
    if amounts is None or amounts_style is None:
        return 0
    gross: dict[tuple[str, str], str] = {}
    for row in amounts.select(["bon_id", "pos_zeile", "pos_brutto"]).slice(0, 5000).to_pylist():
        gross.setdefault((row["bon_id"], row["pos_zeile"]), row["pos_brutto"] or "")
    votes = 0
    wanted = ["bon_id", "pos_zeile", "menge", "faktor", "stk_br"]
    for row in lines.select(wanted).slice(0, 2000).to_pylist():
        amount = gross.get((row["bon_id"], row["pos_zeile"]))
        if not amount or not row["menge"] or not row["stk_br"]:
            continue
        meets = []
        for style in (COMMA, DOT):
            try:
                quantity = _decimal(row["menge"], style)
                factor = _decimal(row["faktor"] or "1", style) or Decimal(1)
                price = _decimal(row["stk_br"], style)
                total = _decimal(amount, amounts_style)
                meets.append(abs(quantity / factor * price - total) <= Decimal("0.02"))
            except InvalidOperation:
                meets.append(False)
        votes += int(meets[0]) - int(meets[1])
    return votes


def _decimal(text: str, style: NumberStyle) -> Decimal:
    group = "." if style.decimal == "," else ","
    return Decimal(text.replace(group, "").replace(style.decimal, "."))


def _has(values: pa.ChunkedArray, mark: str) -> bool:
    return bool(pc.any(pc.match_substring(values, mark)).as_py())


def _count(found: pa.ChunkedArray) -> int:
    return int(pc.sum(found).as_py() or 0)


def _bools(values: pa.Array) -> BoolArray:
    return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), dtype=np.bool_)
