from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.closing.build import batch_of, day, head_of
from tillferry.closing.figures import Figures, figures
from tillferry.closing.model import ClosingBatch

RECEIPTS = st.lists(
    st.fixed_dictionaries(
        {
            "bon_typ": st.sampled_from(["Beleg", "AVBestellung", None]),
            "ums_brutto": st.none() | st.integers(-(10**6), 10**6) | st.just(2**63 - 1),
        }
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(RECEIPTS, min_size=1, max_size=4))
def test_figures_are_exact_and_over_beleg_alone(closings: list[list[dict[str, Any]]]) -> None:
    found = figures(batch_of(*({"transactions": rows} for rows in closings)))
    counted = [[row for row in rows if row["bon_typ"] == "Beleg"] for rows in closings]
    assert found == tuple(
        Figures(len(rows), sum(row["ums_brutto"] or 0 for row in rows)) for rows in counted
    )


def test_figures_of_a_day() -> None:
    # An opening float of 100,00, sales of 3,51 and 2,14, of 3,52, and an order.
    assert figures(batch_of(day(4), {}, heads=(head_of(), head_of(2)))) == (
        Figures(3, 10000 + 351 + 214 + 352),
        Figures(0, 0),
    )


def test_no_closings_have_no_figures() -> None:
    assert figures(ClosingBatch((), {}, {})) == ()
