"""Money and VAT in whole numbers, against Decimal."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tillferry.closing.money import (
    decimal_text,
    divide_half_up,
    line_gross,
    parse_decimal,
    rescale,
    share_vat,
    split_gross,
    vat_of_gross,
)

AMOUNTS = st.integers(-(10**12), 10**12)
RATES = st.sampled_from([0, 500, 700, 1070, 1600, 1900])


def rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(5, 10, 1), (-5, 10, -1), (4, 10, 0), (-4, 10, 0), (15, 10, 2), (25, 10, 3), (7, 3, 2)],
)
def test_a_half_goes_away_from_zero(numerator: int, denominator: int, expected: int) -> None:
    assert divide_half_up(numerator, denominator) == expected


@settings(max_examples=100)
@given(AMOUNTS, RATES)
def test_vat_is_the_gross_less_the_net(gross: int, rate: int) -> None:
    expected = rounded(Decimal(gross) * rate / (10_000 + rate))
    assert vat_of_gross(gross, rate) == expected
    assert split_gross(gross, rate) == (gross - expected, expected)
    assert vat_of_gross(-gross, rate) == -expected


def test_vat_of_known_receipts() -> None:
    assert split_gross(1190, 1900) == (1000, 190)
    assert split_gross(214, 700) == (200, 14)
    assert split_gross(200, 0) == (200, 0)


@settings(max_examples=100)
@given(st.lists(st.integers(-100_000, 100_000), max_size=30), RATES)
def test_shares_add_up_and_stay_within_a_cent(grosses: list[int], rate: int) -> None:
    shares = share_vat(grosses, rate)
    assert sum(shares) == vat_of_gross(sum(grosses), rate)
    for gross, share in zip(grosses, shares, strict=True):
        assert abs(Decimal(gross) * rate / (10_000 + rate) - share) <= 1


def test_rounding_line_by_line_would_drift() -> None:
    grosses = [3] * 10
    assert sum(vat_of_gross(gross, 1900) for gross in grosses) == 0
    assert sum(share_vat(grosses, 1900)) == 5


def test_line_gross_weighs_and_rounds() -> None:
    assert line_gross(125, 1_990_000) == 249  # 0,125 kg at 19,90: 2,4875
    assert line_gross(-2000, 450_000) == -900
    assert line_gross(6000, 1_200_000, factor=12_000) == 600  # half a crate


@settings(max_examples=100)
@given(AMOUNTS, st.integers(0, 5))
def test_text_and_amount_are_each_others_inverse(value: int, decimals: int) -> None:
    text = decimal_text(value, decimals)
    assert Decimal(text).scaleb(decimals) == value
    assert parse_decimal(text, decimals) == value
    assert parse_decimal(decimal_text(value, decimals, ","), decimals) == value


def test_text_keeps_sign_and_zeros() -> None:
    assert decimal_text(-5, 2) == "-0.05"
    assert decimal_text(1250, 2, ",") == "12,50"
    assert decimal_text(7, 0) == "7"


@pytest.mark.parametrize("text", ["", "1.2.3", "1.234,50", "1,234", "abc", "--1", "1.", "١", "1e2"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_decimal(text, 2)


def test_fewer_decimals_round_more_decimals_do_not() -> None:
    assert rescale(1250, 2, 5) == 1_250_000
    assert rescale(1_250_499, 5, 2) == 1250
    assert rescale(-1_250_500, 5, 2) == -1251
    assert rescale(1250, 2, 2) == 1250
