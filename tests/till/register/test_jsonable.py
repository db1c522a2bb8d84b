"""Receipts come back from the book as they were written."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tillferry.till.register.jsonable import canonical, compact, plain, restored
from tillferry.till.register.receipt import BookedLine, BookedPayment, Receipt
from tillferry.till.register.values import (
    Address,
    Article,
    PaymentMethod,
    Person,
    RegisterSettings,
    Role,
    VatRate,
)
from tillferry.till.tse import TseRecord

TEXTS = st.text(max_size=8)
NUMBERS = st.integers(-(10**9), 10**9)
RECEIPTS = st.builds(
    Receipt,
    TEXTS,
    NUMBERS,
    st.sampled_from(["Beleg", "AVTraining"]),
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    st.lists(
        st.builds(
            BookedLine,
            TEXTS,
            TEXTS,
            NUMBERS,
            NUMBERS,
            quantity=NUMBERS,
            in_house=st.none() | st.booleans(),
            base_gross=st.none() | NUMBERS,
        ),
        max_size=3,
    ).map(tuple),
    st.lists(st.builds(BookedPayment, TEXTS, TEXTS, NUMBERS), max_size=2).map(tuple),
    st.builds(TseRecord, NUMBERS, fault=TEXTS),
    orders=st.lists(TEXTS, max_size=2).map(tuple),
)


@given(RECEIPTS)
def test_receipts(receipt: Receipt) -> None:
    for write in (plain, compact):
        assert restored(Receipt, json.loads(canonical(write(receipt)))) == receipt


def test_settings_articles_and_people() -> None:
    settings = RegisterSettings(
        company=Address("A", town="B"),
        vat=(VatRate(5, 0, "x"),),
        payment_methods=(PaymentMethod("Visa", "Kreditkarte"),),
        tse="training",
        activities=(),
    )
    assert restored(RegisterSettings, json.loads(canonical(settings))) == settings
    for value in (
        Article("1", "Tee", "2", 300, deposit="8", open_price=True),
        Person("1", "Anna", frozenset({Role.SELL, Role.CLOSE}), active=False),
    ):
        assert restored(type(value), json.loads(canonical(value))) == value


def test_what_a_newer_program_wrote_is_left_out() -> None:
    assert restored(Address, {"name": "A", "planet": "Mars"}) == Address("A")
