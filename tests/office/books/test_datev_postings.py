"""From the sums of a closing to bookings: accounts, the opening float, cents, refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.office.books.datev import SETTINGS, TILL, balances, book, case, closed, paid
from tillferry.closing.tables import GV_TYPES, ZAHLART_TYPES
from tillferry.errors import hint, message
from tillferry.journal.closing_sums import BookedClosing, CaseSum, PaymentSum
from tillferry.office.datev import (
    CaseAccount,
    CostCentre,
    PaymentAccount,
    preset,
    with_case,
    with_payment,
)
from tillferry.office.datev.postings import FLOAT, Bookkeeper, in_cents


def test_each_case_goes_to_its_account() -> None:
    found = book(
        closed(
            [
                case("Umsatz", "119", 1, 1900),
                case("Umsatz", "107", 2, 700),
                case("Umsatz", "5", 5, 0),
                case("Umsatz", "6", 6, 0),
                case("Pfand", "0.25", 1, 1900),
                case("Rabatt", "-1.19", 1, 1900),
                case("MehrzweckgutscheinKauf", "25"),
                case("MehrzweckgutscheinEinloesung", "-10"),
                case("EinzweckgutscheinKauf", "6.50", 2, 700),
                case("Forderungsentstehung", "-20"),
                case("Privatentnahme", "-30"),
                case("Lohnzahlung", "-40"),
                case("DifferenzSollIst", "-0.05"),
                case("Umsatz", "3", 5, 0, agency=1, name="Kurbeitrag"),
            ],
            [paid("Bar", 17_051)],
        )
    )
    assert found.findings == ()
    assert balances(found) == {
        "1792": 0,
        "8400": -11_806,
        "8300": -11_350,
        "8200": -500,
        "8100": -600,
        "1700": -1_500,
        "1410": 2_000,
        "1800": 3_000,
        "1740": 4_000,
        "2300": 5,
        "1590": -300,
        "1000": 17_051,
    }


def test_the_rule_that_says_most_wins() -> None:
    settings = replace(
        SETTINGS,
        cases=(
            CaseAccount("Umsatz", "8001"),
            CaseAccount("Umsatz", "8002", "19"),
            CaseAccount("Umsatz", "8003", "#1"),
            CaseAccount("Umsatz", "8004", gv_name="Eis"),
            CaseAccount("Umsatz", "8005", till="SER-1", tax_key="3"),
            CaseAccount("Umsatz", "8006", till="1002"),
        ),
    )

    def account(key: int, rate: int | None, name: str = "", rules: int = 6) -> str:
        of = replace(settings, cases=settings.cases[:rules])
        found = book(closed([case("Umsatz", "1", key, rate, name=name)], [paid("Bar", 100)]), of)
        return found.postings[0].counter_account + found.postings[0].tax_key

    assert account(2, 700, rules=4) == "8001"
    assert account(11, 1900, rules=4) == "8002"
    assert account(1, 1900, rules=4) == "8003"
    assert account(1, 1900, "Eis", rules=4) == "8004"
    assert account(1, 1900, "Eis") == "80053"
    assert account(9, None) == "80053"


def test_payments_have_accounts_by_name_currency_and_till() -> None:
    settings = replace(
        SETTINGS,
        payments=(
            PaymentAccount("Bar", "1000"),
            PaymentAccount("Bar", "1010", currency="CHF"),
            PaymentAccount("Unbar", "1361"),
            PaymentAccount("Unbar", "1362", zahlart_name="Essensmarke"),
            PaymentAccount("Unbar", "1363", till="1001", zahlart_name="Zimmer"),
        ),
    )
    found = book(
        closed(
            [case("Umsatz", "15", 1, 1900)],
            [
                paid("Bar", 100),
                paid("Bar", 200, "Bar", "CHF"),
                paid("Unbar", 300, "PayPal"),
                paid("Unbar", 400, "Essensmarke"),
                paid("Unbar", 500, "Zimmer"),
            ],
        ),
        settings,
    )
    assert balances(found) == {
        "1792": 0,
        "8400": -1500,
        "1000": 100,
        "1010": 200,
        "1361": 300,
        "1362": 400,
        "1363": 500,
    }
    texts = [each.text for each in found.postings]
    assert "Bar CHF Z 17 Strandbar Nord" in texts


def test_the_opening_float_is_never_booked() -> None:
    found = book(
        closed(
            [case(FLOAT, "150"), case("Umsatz", "10", 1, 1900)],
            [paid("Bar", 15_600, "Bar"), paid("Bar", 400, "Bar", "CHF")],
        )
    )
    assert balances(found) == {"1792": 0, "8400": -1000, "1000": 1000}
    assert all(FLOAT not in each.text for each in found.postings)
    assert book(closed([case(FLOAT, "150")], [paid("Bar", 15_000)])).postings == ()


def test_where_cash_has_several_accounts_the_float_is_read_from_its_receipts() -> None:
    settings = with_payment(SETTINGS, PaymentAccount("Bar", "1010", currency="CHF"))
    closing = closed(
        [case(FLOAT, "150"), case("Umsatz", "10", 1, 1900)],
        [paid("Bar", 10_600, "Bar"), paid("Bar", 5_400, "Bar", "CHF")],
    )

    def asked(of: BookedClosing) -> Sequence[PaymentSum]:
        assert of is closing
        return [paid("Bar", 10_000, "Bar"), paid("Bar", 5_000, "Bar", "CHF")]

    found = Bookkeeper(settings, asked).book(TILL, closing)
    assert balances(found) == {"1792": 0, "8400": -1000, "1000": 600, "1010": 400}


def test_cost_centres_are_of_the_till() -> None:
    settings = replace(SETTINGS, cost_centres=(CostCentre("SER-1", "NORD"), CostCentre("9", "X")))
    found = book(closed([case("Umsatz", "1", 1, 1900)], [paid("Bar", 100)]), settings)
    assert {each.cost_centre for each in found.postings} == {"NORD"}


# --- refusals -----------------------------------------------------------------------------------


SOLD = case("Umsatz", "1", 1, 1900)
REFUSED = {
    "datev_case_without_account": closed([case("Umsatz", "1", 3, 1070)], [paid("Bar", 100)]),
    "datev_payment_without_account": closed([SOLD], [paid("Keine", 100)]),
    "datev_unbalanced": closed([SOLD], [paid("Bar", 101)]),
    "datev_currency_foreign": closed([SOLD], [paid("Bar", 100)], currency="CHF"),
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_cannot_be_booked_is_a_finding_and_nothing_else(code: str) -> None:
    found = book(REFUSED[code])
    assert found.postings == ()
    (told,) = found.findings
    assert told.code == code
    for lang in ("de", "en"):
        words = message(code, lang, dict(told.params))
        assert "1001" in words and "{" not in words
        assert hint(code, lang, dict(told.params))


def test_an_amount_beyond_ten_digits_is_refused() -> None:
    found = book(closed([case("Umsatz", "12345678901", 1, 1900)], [paid("Bar", 1234567890100)]))
    assert [told.code for told in found.findings] == ["datev_unbalanced"]


def test_a_missing_account_names_case_vat_and_till() -> None:
    (told,) = book(closed([case("Umsatz", "1", 3, 1070)], [paid("Bar", 100)])).findings
    assert dict(told.params) == {
        "till": "1001",
        "gv_typ": "Umsatz",
        "name": "–",
        "key": "3",
        "rate": "10.70",
    }


def test_sales_for_others_need_an_account() -> None:
    closing = closed([case("Umsatz", "3", agency=2)], [paid("Bar", 300)])
    (told,) = book(closing, replace(SETTINGS, agency_account="")).findings
    assert told.code == "datev_agency_without_account"


def test_single_cents_go_to_the_rounding_account_where_there_is_one() -> None:
    settings = replace(SETTINGS, rounding_account="2309")
    for cents, allowed in ((10_005, True), (9_995, True), (10_006, False), (9_980, False)):
        closing = closed([case("Umsatz", "100", 1, 1900)], [paid("Bar", cents)], receipts=3)
        found = book(closing, settings)
        assert bool(found.postings) is allowed
        if allowed:
            assert balances(found)["2309"] == 10_000 - cents
            assert balances(found)["1792"] == 0


# --- whatever comes -----------------------------------------------------------------------------

amounts = st.integers(-(10**12), 10**12)


@given(st.lists(amounts, max_size=30))
def test_cents_add_up_to_the_cents_of_the_sum(values: list[int]) -> None:
    cents = in_cents(values)
    total = sum(values)
    assert abs(1000 * sum(cents) - total) <= 500
    assert all(abs(1000 * each - value) < 1000 for each, value in zip(cents, values, strict=True))


cases_of_a_day = st.lists(
    st.builds(
        CaseSum,
        st.sampled_from([each for each in GV_TYPES if each != FLOAT]),
        st.sampled_from(["", "Eis", "Bank"]),
        st.sampled_from([0, 0, 1]),
        st.sampled_from([1, 2, 5]),
        st.just(0),
        amounts,
    ).map(lambda each: replace(each, rate={1: 1900, 2: 700, 5: 0}[each.vat_key])),
    max_size=20,
)


@given(
    cases_of_a_day,
    st.lists(st.sampled_from([each for each in ZAHLART_TYPES if each != "Keine"]), max_size=4),
    st.integers(0, 50_000),
    st.sampled_from(["skr03", "skr04"]),
)
def test_what_is_booked_balances_and_says_what_was_sold(
    cases: list[CaseSum], kinds: list[str], float_cents: int, chart: str
) -> None:
    """Payments are made so that they meet; one is in cash, which also holds the float."""
    settings = preset(chart, 1001, 1)
    for gv_typ in ("Anzahlungseinstellung", "Anzahlungsaufloesung"):
        settings = with_case(settings, CaseAccount(gv_typ, "1719"))
    total = sum(in_cents([each.gross for each in cases]))
    payments = [paid(kind, 100, f"n{place}") for place, kind in enumerate(kinds)]
    payments.append(paid("Bar", total - 100 * len(kinds) + float_cents, "rest"))
    closing = closed([*cases, CaseSum(FLOAT, "", 0, 5, 0, float_cents * 1000)], payments)
    found = book(closing, settings)
    assert found.findings == ()
    accounts = balances(found)
    assert accounts.get(settings.clearing_account, 0) == 0
    assert sum(accounts.values()) == 0
    assert all(each.cents and len(each.text) for each in found.postings)
    cash = sum(
        each.cents for each in found.postings if each.account == settings.payments[0].account
    )
    in_cash = sum(each.cents for each in payments if each.zahlart_typ == "Bar")
    assert cash == in_cash - float_cents


def test_a_year_may_begin_in_any_month() -> None:
    summer = replace(SETTINGS, fiscal_year_start="07-01")
    assert summer.fiscal_year(date(2026, 6, 30)) == date(2025, 7, 1)
    assert summer.fiscal_year(date(2026, 7, 1)) == date(2026, 7, 1)
    assert SETTINGS.fiscal_year(date(2026, 12, 31)) == date(2026, 1, 1)
