"""The same seed gives the same closing, on any machine and for any day alone."""

from __future__ import annotations

import numpy as np
import pytest

from tillferry.closing.digest import part_digests
from tillferry.closing.model import concat_batches
from tillferry.closing.order import canonical_order
from tillferry.closing.tables import DSFINVK_TABLES, TABLES, Kind
from tillferry.sample import sample_batch, sample_batches, sample_closing_count
from tillferry.sample.day import transactions_per_day

GOLDEN = {
    "bookings": "60f4da41523abf398edfc43d456689d5344f457d3f51952ec4cad2fb6231339b",
    "time": "09ea4f138f1d30f43fcfb16da7c725eb6135ad0ecbf8eee9041ac7894166cd53",
    "stock": "fded77a592116176ccef9594f8002e5688f08ba420ce8b272f8d085c56e4fbdc",
}
"""Of till 2, day 6, 30 receipts, seed 1. Changed on purpose only: samples lie in people's hands."""


def test_one_small_closing_has_its_golden_digest() -> None:
    assert part_digests(sample_batch(2, 6, 30, 1)) == (GOLDEN,)


def test_same_seed_same_values_other_seed_others() -> None:
    one, again, other = (part_digests(sample_batch(1, 2, 40, seed))[0] for seed in (7, 7, 8))
    assert one == again
    assert all(one[part] != other[part] for part in ("bookings", "time", "stock"))


def test_tills_and_days_come_in_order_each_with_its_own_values() -> None:
    found = list(sample_batches(2, 3, 5, 1))
    assert [(till, batch.heads[0].z_nr) for till, batch in found] == [
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 1),
        (2, 2),
        (2, 3),
    ]
    assert len(found) == sample_closing_count(2, 3)
    assert len({part_digests(batch)[0]["bookings"] for _, batch in found}) == len(found)
    assert len({batch.heads[0].serial for _, batch in found}) == 2


@pytest.mark.parametrize("receipts", [1, 2, 3, 4, 14, 15, 20, 60])
def test_numbers_go_on_from_day_to_day(receipts: int) -> None:
    days = [sample_batch(3, day, receipts, 5) for day in range(1, 12)]
    whole = concat_batches(days)
    bon_ids = [int(text) for text in whole.table("transactions")["bon_id"].to_pylist()]
    assert bon_ids == list(range(1, 11 * transactions_per_day(receipts) + 1))
    types = whole.table("transactions")["bon_typ"].to_pylist()
    assert types.count("Beleg") == 11 * receipts
    numbers = [n for n in whole.table("transactions_tse")["tse_tanr"].to_pylist() if n is not None]
    assert numbers == list(range(1, len(numbers) + 1))
    signatures = whole.table("transactions_tse")["tse_ta_sigz"].to_pylist()
    counted = [n for n in signatures if n is not None]
    assert counted == sorted(set(counted))
    for name in ("tse_ta_start", "tse_ta_ende"):
        times = [text for text in whole.table("transactions_tse")[name].to_pylist() if text]
        assert times == sorted(times)


def test_rows_are_in_canonical_order_and_fit_their_columns() -> None:
    batch = concat_batches([batch for _, batch in sample_batches(2, 4, 150, 3)])
    assert set(batch.tables) == {table.name for table in TABLES}
    for table in TABLES:
        rows = batch.table(table.name)
        assert rows.schema == table.arrow_schema
        assert canonical_order(table, rows, batch.closing_of(table.name)) is None
        for column in table.columns:
            values = rows[column.name].to_pylist()
            if column.kind is not Kind.NUMBER:
                assert all(text is None or 0 < len(text) <= column.length for text in values)


def test_each_closing_has_every_kind_of_row_that_a_day_has() -> None:
    batch = sample_batch(1, 1, 300, 1)
    assert {table.name for table in DSFINVK_TABLES} <= set(batch.tables)
    assert all(np.array_equal(batch.bounds(n), [0, batch.rows(n)]) for n in batch.tables)


@pytest.mark.parametrize(("till", "day", "receipts"), [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_nothing_is_made_of_nothing(till: int, day: int, receipts: int) -> None:
    with pytest.raises(ValueError):
        sample_batch(till, day, receipts, 1)
