"""The traps of the legal format, each by its name, with closings small enough to reckon by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.journal.synthetic import batch, booking
from tests.office.figures.small import (
    DAY,
    NO_RATE_KEY,
    Receipt,
    closing,
    column,
    euro,
    floating,
    rows_of,
    sale,
)
from tillferry.closing.office_seams import OfficeChange, Outlet, TillDetails
from tillferry.closing.seams import Journal, Till, TillState
from tillferry.errors import TillferryError
from tillferry.journal.office_records import office_records
from tillferry.office.figures import FIGURES, Question, find_figure, report

pytestmark = pytest.mark.usefixtures("till")
OF_TURNOVER = [
    name for name in FIGURES if name.startswith("turnover") or name in ("vat", "closings")
]
NEXT = DAY + timedelta(days=1)


def turnover(journal: Journal, first: date = DAY, last: date | None = None) -> Decimal:
    """Gross turnover, in which all figures of turnover agree."""
    sums = {
        name: sum(column(rows_of(journal, name, first, last), "gross"), Decimal(0))
        for name in OF_TURNOVER
    }
    (found,) = set(sums.values())
    return found


@pytest.mark.parametrize("bon_typ", ["AVBestellung", "AVTraining", "AVBelegabbruch", "AVRechnung"])
def test_only_beleg_is_turnover(journal: Journal, bon_typ: str) -> None:
    closing(journal, sale(1190), sale(5000, bon_typ=bon_typ))
    assert turnover(journal) == euro(1190)
    for name in ("payments", "business_cases", "cash", "week_comparison"):
        assert euro(5000) not in [value for row in rows_of(journal, name) for value in row.values()]
    (row,) = rows_of(journal, "turnover_by_day")
    assert row["receipts"] == 1


def test_training_is_seen_beside_the_cancellations(journal: Journal) -> None:
    closing(journal, sale(5000, bon_typ="AVTraining"), sale(700, bon_typ="AVBestellung"))
    found = column(rows_of(journal, "cancellations"), "kind", "count", "gross")
    assert found == [("AVTraining", 1, euro(5000))]


def test_a_cancellation_takes_back_what_was_sold(journal: Journal) -> None:
    closing(journal, sale(1190), sale(-1190, cancels=True), sale(300))
    assert turnover(journal) == euro(300)
    (row,) = rows_of(journal, "cancellations")
    assert (row["kind"], row["count"], row["gross"]) == ("cancelled_receipts", 1, euro(-1190))
    # A cancellation on the next day lowers the turnover of that day.
    closing(journal, sale(-300, cancels=True), z_nr=2, day=NEXT)
    assert turnover(journal, NEXT) == euro(-300)
    assert turnover(journal, DAY, NEXT) == 0


def test_the_opening_float_is_never_added_up(journal: Journal) -> None:
    for number in range(3):
        day = DAY + timedelta(days=number)
        bank = Receipt([("Geldtransit", 5, -1000)])
        closing(journal, floating(), sale(1000), bank, z_nr=number + 1, day=day)
    last = DAY + timedelta(days=2)
    found = rows_of(journal, "cash", DAY, last)
    assert column(found, "z_nr", "opening_float", "cash_takings", "cash_out", "expected_cash") == [
        (z_nr, euro(15_000), euro(1000), euro(-1000), euro(15_000)) for z_nr in (1, 2, 3)
    ]
    (paid,) = rows_of(journal, "payments", DAY, last)
    assert (paid["payments"], paid["amount"], paid["cash_moved"], paid["paid"]) == (
        3,
        euro(0),
        euro(-3000),
        euro(3000),
    )
    assert "Anfangsbestand" not in column(rows_of(journal, "business_cases", DAY, last), "gv_typ")
    assert turnover(journal, DAY, last) == euro(3000)
    for figure in FIGURES.values():
        answered = report(journal, figure, Question(DAY, last))
        values = [value for row in (*answered.rows, *answered.totals) for value in row]
        assert not {euro(30_000), euro(45_000), euro(48_000)} & set(values), figure.name


def test_counted_cash_that_differs(journal: Journal) -> None:
    short = Receipt([("DifferenzSollIst", 5, -250)])
    put_in = Receipt([("Privateinlage", 5, 2000)])
    closing(journal, floating(), sale(1000), sale(700, paid="ECKarte"), put_in, short)
    (row,) = rows_of(journal, "cash")
    assert (row["cash_takings"], row["cash_in"], row["cash_out"]) == (euro(1000), euro(2000), 0)
    assert (row["expected_cash"], row["difference"]) == (euro(18_000), euro(-250))
    assert row["cash_at_close"] == euro(17_750)


def test_tips_of_staff_are_no_turnover_those_of_the_house_are(journal: Journal) -> None:
    closing(
        journal,
        Receipt([("Umsatz", 1, 1000), ("TrinkgeldAN", 5, 200)]),
        Receipt([("Umsatz", 1, 1000), ("TrinkgeldAG", 1, 100)]),
    )
    assert turnover(journal) == euro(2100)
    tips = {row["gv_typ"]: row for row in rows_of(journal, "business_cases")}
    assert (tips["TrinkgeldAN"]["gross"], tips["TrinkgeldAN"]["turnover"]) == (euro(200), 0)
    assert (tips["TrinkgeldAG"]["gross"], tips["TrinkgeldAG"]["turnover"]) == (euro(100), 1)
    (paid,) = rows_of(journal, "payments")
    assert paid["paid"] == euro(2300)


def test_a_single_purpose_voucher_is_turnover_when_it_is_sold(journal: Journal) -> None:
    closing(journal, Receipt([("EinzweckgutscheinKauf", 1, 2500)]))
    used = Receipt([("Umsatz", 1, 2500), ("EinzweckgutscheinEinloesung", 1, -2500)])
    closing(journal, used, z_nr=2, day=NEXT)
    assert turnover(journal) == euro(2500)
    assert turnover(journal, NEXT) == 0


def test_a_multi_purpose_voucher_is_turnover_when_it_is_used(journal: Journal) -> None:
    closing(journal, Receipt([("MehrzweckgutscheinKauf", 5, 2500)]))
    used = Receipt([("Umsatz", 1, 2500), ("MehrzweckgutscheinEinloesung", 5, -2500)], paid="Keine")
    closing(journal, used, z_nr=2, day=NEXT)
    assert turnover(journal) == 0
    assert turnover(journal, NEXT) == euro(2500)
    cases = {row["gv_typ"]: row["gross"] for row in rows_of(journal, "business_cases", DAY, NEXT)}
    assert cases["MehrzweckgutscheinKauf"] == euro(2500)
    assert cases["MehrzweckgutscheinEinloesung"] == euro(-2500)


def test_deposits_on_bottles_and_on_orders(journal: Journal) -> None:
    closing(
        journal,
        Receipt([("Umsatz", 1, 300), ("Pfand", 1, 25)]),
        Receipt([("PfandRueckzahlung", 1, -25)]),
        Receipt([("Anzahlungseinstellung", 1, 10_000)]),
    )
    settled = Receipt([("Umsatz", 1, 30_000), ("Anzahlungsaufloesung", 1, -10_000)])
    closing(journal, settled, z_nr=2, day=NEXT)
    assert turnover(journal) == euro(10_300)
    assert turnover(journal, NEXT) == euro(20_000)


def test_sales_for_somebody_else_are_no_turnover(journal: Journal) -> None:
    closing(journal, sale(1000), sale(700, agency=3))
    assert turnover(journal) == euro(1000)
    found = column(rows_of(journal, "business_cases"), "agentur_id", "turnover", "gross")
    assert found == [(0, 1, euro(1000)), (3, 0, euro(700))]


def test_a_business_day_past_midnight(journal: Journal) -> None:
    closing(
        journal,
        sale(1000, ended="2026-07-01T23:59:59+02:00"),
        sale(700, ended="2026-07-02T00:00:00+02:00"),
    )
    closing(journal, sale(300, ended="2026-07-02T12:00:00+02:00"), z_nr=2, day=NEXT)
    assert column(rows_of(journal, "turnover_by_day", DAY, NEXT), "day", "gross") == [
        (DAY, euro(1700)),
        (NEXT, euro(300)),
    ]
    hours = rows_of(journal, "turnover_by_hour")
    assert column(hours, "hour", "gross") == [(0, euro(700)), (23, euro(1000))]


def test_the_night_in_which_summer_time_ends(journal: Journal) -> None:
    day = date(2026, 10, 24)
    closing(
        journal,
        sale(1000, ended="2026-10-25T02:30:00+02:00"),
        sale(700, ended="2026-10-25T02:30:00+01:00"),
        # Written in UTC: half past two, for the second time.
        sale(50, ended="2026-10-25T01:30:00Z"),
        day=day,
        work=[
            {
                "entry_id": "1",
                "employee_id": "7",
                "employee_name": "Uwe",
                "start": "2026-10-24T22:00:00+02:00",
                "end": "2026-10-25T04:00:00+01:00",
                "break_minutes": 30,
            }
        ],
    )
    found = column(rows_of(journal, "turnover_by_hour", day), "hour", "receipts", "gross")
    assert found == [(2, 3, euro(1750))]
    (row,) = rows_of(journal, "working_times", day)
    assert row["worked"] == 7 * 60 - 30


def test_the_night_in_which_summer_time_begins(journal: Journal) -> None:
    entry = {
        "entry_id": "1",
        "employee_id": "7",
        "start": "2026-03-28T22:00:00+01:00",
        "end": "2026-03-29T04:00:00+02:00",
    }
    day = date(2026, 3, 28)
    closing(journal, day=day, work=[entry])
    (row,) = rows_of(journal, "working_times", day)
    assert (row["worked"], row["breaks"], row["employee_name"]) == (5 * 60, 0, "")


def test_several_rates_in_one_receipt(journal: Journal) -> None:
    closing(
        journal,
        Receipt([("Umsatz", 1, 1190), ("Umsatz", 2, 1070)]),
        # One position with two rates: a menu.
        Receipt([("Umsatz", 1, 238), ("Umsatz", 2, 214)], one_position=True),
    )
    assert column(rows_of(journal, "vat"), "ust_satz", "gross", "net", "vat") == [
        (Decimal("19.00"), euro(1428), euro(1200), euro(228)),
        (Decimal("7.00"), euro(1284), euro(1200), euro(84)),
    ]
    (day,) = rows_of(journal, "turnover_by_day")
    assert (day["receipts"], day["gross"], day["net"]) == (2, euro(2712), euro(2400))
    (article,) = rows_of(journal, "turnover_by_article")
    assert (article["positions"], article["quantity"]) == (3, 3)


def test_a_vat_key_without_a_rate(journal: Journal) -> None:
    closing(journal, sale(1190), Receipt([("Umsatz", NO_RATE_KEY, 500)]))
    for first, last in ((DAY, DAY), (date(2026, 7, 1), date(2026, 7, 31))):
        found = column(rows_of(journal, "vat", first, last), "ust_schluessel", "ust_satz", "gross")
        assert found == [(1, Decimal("19.00"), euro(1190)), (NO_RATE_KEY, None, euro(500))]


def test_currencies_are_never_added(journal: Journal) -> None:
    journal.save_till(Till(0, "1002", "Bergbar", "12/345/67890", "K-2", TillState.ACTIVE))
    stock: list[dict[str, Any]] = [
        {
            "movement_id": "1",
            "kind": "goods_in",
            "article_no": "1",
            "quantity": 1000,
            "cost": 100_000,
            "time": "2026-07-01T12:00:00+02:00",
        }
    ]
    for till_id, currency in ((1, "EUR"), (2, "CHF")):
        closing(journal, floating(), sale(1190), till_id=till_id, currency=currency, stock=stock)
        closing(
            journal,
            Receipt([("Umsatz", 1, 100), ("Rabatt", 1, -10)]),
            sale(-50, cancels=True),
            z_nr=2,
            day=NEXT,
            till_id=till_id,
            currency=currency,
        )
    for figure in FIGURES.values():
        if not any(each.kind == "money" for each in figure.columns):
            continue
        place = figure.place("currency")
        answered = report(journal, figure, Question(DAY, NEXT))
        assert {row[place] for row in answered.rows} == {"EUR", "CHF"}, figure.name
        if answered.totals:
            assert [row[place] for row in answered.totals] == ["CHF", "EUR"]
            euros, francs = (
                [value for value in row if value != row[place]] for row in answered.totals
            )
            assert euros == francs, "both tills sold the same"
    found = column(rows_of(journal, "turnover_by_week", DAY, NEXT), "currency", "gross")
    assert found == [("CHF", euro(1230)), ("EUR", euro(1230))]


def worked(entry: str, end: str | None, corrects: str | None = None) -> dict[str, Any]:
    return {
        "entry_id": entry,
        "employee_id": "7",
        "employee_name": "Uwe",
        "start": "2026-07-01T10:00:00+02:00",
        "end": end,
        "break_minutes": 0,
        "corrected_entry_id": corrects,
    }


def test_corrected_working_times(journal: Journal) -> None:
    closing(journal, work=[worked("a", None), worked("b", "2026-07-01T11:00:59+02:00")])
    (row,) = rows_of(journal, "working_times")
    assert (row["week"], row["entries"], row["worked"], row["open_entries"]) == (
        "2026-W27",
        1,
        60,
        1,
    )
    # Corrected weeks later, and the correction corrected again: the last one counts.
    late = date(2026, 8, 1)
    closing(journal, work=[worked("c", "2026-07-01T12:00:00+02:00", "a")], z_nr=2, day=late)
    end = "2026-07-01T13:00:00+02:00"
    closing(journal, work=[worked("d", end, "c")], z_nr=3, day=late)
    (row,) = rows_of(journal, "working_times")
    assert (row["entries"], row["worked"], row["open_entries"]) == (2, 60 + 180, 0)
    assert rows_of(journal, "working_times", late) == []


def test_an_entry_of_another_till_is_not_corrected(journal: Journal) -> None:
    journal.save_till(Till(0, "1002", "Bergbar", "12/345/67890", "K-2", TillState.ACTIVE))
    closing(journal, work=[worked("a", "2026-07-01T11:00:00+02:00")])
    correction = worked("b", "2026-07-01T12:00:00+02:00", "a")
    closing(journal, work=[correction], till_id=2)
    (row,) = rows_of(journal, "working_times")
    assert (row["entries"], row["worked"]) == (2, 180)


def test_weeks_at_the_turn_of_the_year(journal: Journal) -> None:
    for number, day in enumerate((date(2026, 12, 31), date(2027, 1, 3), date(2027, 1, 4)), 1):
        closing(journal, sale(100 * number), z_nr=number, day=day)
    found = rows_of(journal, "turnover_by_week", date(2026, 12, 31), date(2027, 1, 4))
    assert column(found, "week", "gross") == [("2026-W53", euro(300)), ("2027-W01", euro(300))]
    found = rows_of(journal, "turnover_by_month", date(2026, 12, 31), date(2027, 1, 4))
    assert column(found, "month", "gross") == [("2026-12", euro(100)), ("2027-01", euro(500))]


def test_each_day_is_compared_with_its_weekday_a_week_before(journal: Journal) -> None:
    closing(journal, sale(1000))
    closing(journal, sale(400), z_nr=2, day=DAY + timedelta(days=7))
    closing(journal, sale(300), z_nr=3, day=DAY + timedelta(days=8))
    first, last = DAY + timedelta(days=7), DAY + timedelta(days=13)
    found = column(
        rows_of(journal, "week_comparison", first, last),
        *("day", "gross", "gross_before", "gross_change", "percent"),
    )
    assert found == [
        (first, euro(400), euro(1000), euro(-600), Decimal("-60.0")),
        (first + timedelta(days=1), euro(300), 0, euro(300), None),
    ]


def test_a_count_is_no_movement(journal: Journal) -> None:
    def moved(number: int, kind: str, quantity: int) -> dict[str, Any]:
        return {
            "movement_id": str(number),
            "kind": kind,
            "article_no": "1001",
            "quantity": quantity,
            "time": "2026-07-01T12:00:00+02:00",
        }

    kinds = [("goods_in", 24_000), ("waste", -1500), ("count", 22_000), ("own_use", -500)]
    closing(journal, stock=[moved(number, *kind) for number, kind in enumerate(kinds)])
    (row,) = rows_of(journal, "stock_movements")
    assert (row["goods_in"], row["waste"], row["own_use"]) == (24, Decimal("-1.5"), Decimal("-0.5"))
    assert (row["balance"], row["transfer"]) == (22, 0)


def test_stock_that_came_without_bookings(journal: Journal) -> None:
    journal.book(booking(batch((1,), parts=("stock",)), parts=("stock",)))
    day = date(2026, 1, 2)
    assert rows_of(journal, "turnover_by_day", day) == []
    assert {row["currency"] for row in rows_of(journal, "stock_movements", day)} == {""}


def test_an_outlet_takes_its_tills_with_all_their_days(journal: Journal) -> None:
    closing(journal, sale(1000))
    assert column(rows_of(journal, "turnover_by_outlet"), "outlet", "gross") == [("", euro(1000))]
    office_records(journal).write(
        OfficeChange(outlets=[Outlet("S", "Strand")], till_details=[TillDetails(1, "S")])
    )
    (row,) = rows_of(journal, "turnover_by_outlet")
    assert (row["outlet"], row["gross"]) == ("Strand", euro(1000))
    (row,) = rows_of(journal, "turnover_by_till")
    assert (row["till"], row["till_name"], row["outlet"]) == ("1001", "Strandbar Nord", "Strand")


def test_questions_that_cannot_be_asked() -> None:
    with pytest.raises(TillferryError) as raised:
        Question(NEXT, DAY)
    assert raised.value.code == "period_reversed"
    with pytest.raises(TillferryError) as raised:
        Question(date(1900, 1, 1), DAY)
    assert raised.value.code == "figure_period_too_long"
    with pytest.raises(TillferryError) as raised:
        find_figure("profit")
    assert raised.value.code == "figure_unknown"
    assert "turnover_by_day" in raised.value.params["names"]


def test_the_first_and_the_last_days_there_are(journal: Journal) -> None:
    closing(journal, sale(1000))
    for name in FIGURES:
        for first, last in (
            (date.min, date.min + timedelta(days=40)),
            (date.max - timedelta(days=40), date.max),
            (date.max, date.max),
        ):
            assert report(journal, find_figure(name), Question(first, last)).rows == ()


def test_the_longest_question_can_be_asked(journal: Journal) -> None:
    closing(journal, sale(1000))
    for name in ("turnover_by_week", "week_comparison", "working_times"):
        report(journal, find_figure(name), Question(date(1990, 1, 1), date(2029, 12, 31)))
    found = rows_of(journal, "turnover_by_week", date(1990, 1, 1), date(2029, 12, 31))
    assert column(found, "gross") == [euro(1000)]
