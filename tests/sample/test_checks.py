"""The checks that head office runs find nothing to say about the sample."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tillferry.closing.checks import check, outcome
from tillferry.closing.model import Finding, Severity, concat_batches
from tillferry.sample import sample_batch, sample_batches


def above_info(findings: tuple[tuple[Finding, ...], ...]) -> list[Finding]:
    return [found for of in findings for found in of if found.severity is not Severity.INFO]


@pytest.mark.parametrize("receipts", [1, 2, 3, 4, 14, 15, 20, 60, 300])
def test_a_week_of_three_tills_is_good(receipts: int) -> None:
    week = concat_batches([batch for _, batch in sample_batches(3, 7, receipts, 1)])
    findings = check(week)
    assert above_info(findings) == []
    assert [outcome(of) for of in findings] == ["good"] * 21


@settings(max_examples=25, deadline=None)
@given(
    till=st.integers(1, 2000),
    day=st.integers(1, 700),
    receipts=st.integers(1, 60),
    seed=st.integers(0, 2**63),
)
def test_any_closing_is_good(till: int, day: int, receipts: int, seed: int) -> None:
    assert above_info(check(sample_batch(till, day, receipts, seed))) == []
