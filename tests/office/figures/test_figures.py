"""Every figure against a plain computation over the sample's CSVs, on both databases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.office.figures import plain
from tests.office.figures.conftest import DAYS, RECEIPTS, SEED, TILLS
from tests.office.figures.plain import Books, Payment, Position, grouped
from tillferry.closing.seams import Journal
from tillferry.office.figures import FIGURES, Question, Report, find_figure, report
from tillferry.sample import sample_batch, serial

FIRST, LAST = date(2026, 10, 19), date(2026, 11, 2)
plain.SERIAL.update({number: serial(number) for number in range(1, TILLS + 1)})
WHOLE = Question(FIRST, LAST)
PART = Question(date(2026, 10, 23), date(2026, 11, 1), (1, 3))
EUR = "EUR"
MONTHS = Question(date(2026, 10, 1), date(2026, 11, 1), (1, 2))
"""A whole month, of which nothing is held before the 19th, and a day of the next."""
EACH = pytest.mark.parametrize("question", [WHOLE, PART, MONTHS], ids=["whole", "part", "month"])


def asked(books: Books, question: Question) -> Books:
    return books.of(question.first, question.last, question.till_ids or (1, 2, 3))


def table(found: Report, *key: str) -> dict[Any, tuple[Any, ...]]:
    """The rows by some of their columns, without the currency, which is EUR throughout."""
    names = [column.name for column in found.figure.columns]
    made: dict[Any, tuple[Any, ...]] = {}
    for row in found.rows:
        values = dict(zip(names, row, strict=True))
        assert values.pop("currency", EUR) == EUR
        of = tuple(values.pop(name) for name in key)
        of = of[0] if len(key) == 1 else of
        assert of not in made
        made[of] = tuple(values.values())
    return made


def answer(journal: Journal, name: str, question: Question) -> Report:
    return report(journal, find_figure(name), question)


def with_closings(
    found: dict[Any, tuple[Any, ...]], closings: dict[Any, int]
) -> dict[Any, tuple[Any, ...]]:
    return {key: (closings[key], *values) for key, values in found.items()}


def counted(keys: Sequence[Any]) -> dict[Any, int]:
    found: dict[Any, int] = defaultdict(int)
    for key in keys:
        found[key] += 1
    return found


@EACH
def test_turnover_by_day(chain: Journal, books: Books, question: Question) -> None:
    part = asked(books, question)
    days = counted([day for _, day, _, _ in part.closings])
    expected = grouped(part.turnover, lambda p: p.day, counted="receipts")
    found = answer(chain, "turnover_by_day", question)
    assert table(found, "day") == {
        day: (days[day], days[day], *values) for day, values in expected.items()
    }
    assert [row[0] for row in found.rows] == sorted(days)
    (total,) = found.totals
    assert total[:3] == (None, EUR, None)
    assert total[3:] == (
        len(part.closings),
        *(sum(values[place] for values in expected.values()) for place in range(4)),
    )


@EACH
@pytest.mark.parametrize(
    ("unit", "of"), [("week", plain.week), ("month", lambda day: day.isoformat()[:7])]
)
def test_turnover_by_longer_times(
    chain: Journal, books: Books, question: Question, unit: str, of: Any
) -> None:
    part = asked(books, question)
    expected = grouped(part.turnover, lambda p: of(p.day), counted="receipts")
    closings = counted([of(day) for _, day, _, _ in part.closings])
    found = answer(chain, f"turnover_by_{unit}", question)
    assert table(found, unit) == with_closings(expected, closings)
    assert len(found.rows) > 1


@EACH
def test_turnover_by_place(chain: Journal, books: Books, question: Question) -> None:
    part = asked(books, question)
    by_till = grouped(part.turnover, lambda p: plain.names(p.till), counted="receipts")
    closings = counted([plain.names(till) for till, _, _, _ in part.closings])
    found = answer(chain, "turnover_by_till", question)
    assert table(found, "till", "till_name", "outlet") == with_closings(by_till, closings)
    assert [row[-3] for row in found.rows] == sorted((r[-3] for r in found.rows), reverse=True)

    by_outlet = grouped(part.turnover, lambda p: plain.names(p.till)[2], counted="receipts")
    closings = counted([plain.names(till)[2] for till, _, _, _ in part.closings])
    tills = counted([plain.names(till)[2] for till in question.till_ids or (1, 2, 3)])
    assert table(answer(chain, "turnover_by_outlet", question), "outlet") == {
        key: (tills[key], *values) for key, values in with_closings(by_outlet, closings).items()
    }


@EACH
def test_turnover_by_hour_and_cashier(chain: Journal, books: Books, question: Question) -> None:
    part = asked(books, question)
    by_hour = grouped(part.turnover, plain.hour, counted="receipts")
    assert {0, 1, 2} & by_hour.keys(), "the sample goes on past midnight"
    assert table(answer(chain, "turnover_by_hour", question), "hour") == by_hour
    by_cashier = grouped(
        part.turnover,
        lambda p: (p.head["BEDIENER_ID"], p.head["BEDIENER_NAME"]),
        counted="receipts",
    )
    found = answer(chain, "turnover_by_cashier", question)
    assert table(found, "cashier_id", "cashier_name") == by_cashier


@EACH
def test_turnover_by_article(chain: Journal, books: Books, question: Question) -> None:
    part = asked(books, question)

    def article(position: Position) -> tuple[str, str]:
        return position.line["ART_NR"], position.line["ARTIKELTEXT"]

    quantities: dict[Any, Decimal] = defaultdict(Decimal)
    for position in part.turnover:
        if position.first:
            quantities[article(position)] += plain.decimal(position.line["MENGE"])
    expected = {
        key: (values[0], quantities[key], *values[1:])
        for key, values in grouped(part.turnover, article, counted="positions").items()
    }
    found = answer(chain, "turnover_by_article", question)
    assert table(found, "art_nr", "artikeltext") == expected

    by_group = grouped(
        part.turnover, lambda p: (p.line["WARENGR_ID"], p.line["WARENGR"]), counted="positions"
    )
    found = answer(chain, "turnover_by_article_group", question)
    assert table(found, "warengr_id", "warengr") == by_group


@EACH
def test_vat_and_business_cases(chain: Journal, books: Books, question: Question) -> None:
    part = asked(books, question)
    by_rate = grouped(part.turnover, lambda p: (p.key, p.rate), counted="receipts")
    assert len(by_rate) > 2
    found = table(answer(chain, "vat", question), "ust_schluessel", "ust_satz")
    assert found == {key: values[1:] for key, values in by_rate.items()}

    cases = grouped(
        [p for p in part.positions if p.case != "Anfangsbestand"],
        lambda p: (
            p.case,
            p.line["GV_NAME"],
            int(p.line["AGENTUR_ID"] or 0),
            p.key,
            p.rate,
            int(p.is_turnover),
        ),
        counted="receipts",
    )
    found = table(
        answer(chain, "business_cases", question),
        *("gv_typ", "gv_name", "agentur_id", "ust_schluessel", "ust_satz", "turnover"),
    )
    assert found == {key: values[1:] for key, values in cases.items()}
    assert {"TrinkgeldAN", "Pfand", "Geldtransit"} <= {key[0] for key in found}


def _expected_payments(part: Books) -> dict[tuple[str, str, str], list[Any]]:
    found: dict[tuple[str, str, str], list[Any]] = defaultdict(lambda: [0] + [Decimal(0)] * 4)
    for payment in part.payments:
        row = payment.row
        cash = row["ZAHLART_TYP"] == "Bar" and row["ZAHLWAEH_CODE"] == EUR
        name = "" if cash else row["ZAHLART_NAME"]
        sums = found[row["ZAHLART_TYP"], name, row["ZAHLWAEH_CODE"]]
        sums[0] += 1
        sums[1] += payment.amount
        sums[3] += payment.amount
        sums[4] += plain.decimal(row["ZAHLWAEH_BETRAG"])
    cash_sums = found["Bar", "", EUR]
    for position in part.positions:
        if position.case in plain.CASH_ONLY:
            cash_sums[0] -= 1
            cash_sums[3] -= position.amounts[0]
            place, sign = (1, -1) if position.case == "Anfangsbestand" else (2, 1)
            cash_sums[place] += sign * position.amounts[0]
    return found


@EACH
def test_payments(chain: Journal, books: Books, question: Question) -> None:
    expected = _expected_payments(asked(books, question))
    found = answer(chain, "payments", question)
    made = table(found, "zahlart_typ", "zahlart_name", "zahlwaeh_code")
    assert made == {key: tuple(values) for key, values in expected.items()}
    assert any(key[2] != EUR for key in made), "the sample has foreign money"
    # What is left of payments is what all business cases without the float come to.
    cases = answer(chain, "business_cases", question)
    gross = sum(row[cases.figure.place("gross")] for row in cases.rows)
    assert found.totals[0][found.figure.place("amount")] == gross


@EACH
def test_cancellations_and_discounts(chain: Journal, books: Books, question: Question) -> None:
    part = asked(books, question)
    kinds = {
        "cancellations": "cancelled_receipts cancelled_lines AVTraining AVBelegabbruch "
        "AVBelegstorno",
        "discounts": "discounts surcharges",
    }
    for name, wanted in kinds.items():
        sums: dict[Any, list[Any]] = defaultdict(lambda: [0, Decimal(0)])
        for _, _, head, kind, amount in part.events:
            if kind in wanted.split():
                found = sums[head["BEDIENER_ID"], head["BEDIENER_NAME"], kind]
                found[0] += 1
                found[1] += amount
        assert sums
        made = table(answer(chain, name, question), "cashier_id", "cashier_name", "kind")
        assert made == {key: tuple(values) for key, values in sums.items()}


@EACH
def test_cash(chain: Journal, books: Books, question: Question) -> None:
    part = asked(books, question)
    expected = {}
    for till, day, z_nr, _ in part.closings:

        def moved(*cases: str, of: tuple[int, int] = (till, z_nr)) -> Decimal:
            found = [p for p in part.positions if (p.till, p.z_nr) == of and p.case in cases]
            return sum((p.amounts[0] for p in found), Decimal(0))

        def is_cash(payment: Payment, of: tuple[int, int] = (till, z_nr)) -> bool:
            return (payment.till, payment.z_nr) == of and payment.row["ZAHLART_TYP"] == "Bar"

        cash = sum((p.amount for p in part.payments if is_cash(p)), Decimal(0))
        opening, difference = moved("Anfangsbestand"), moved("DifferenzSollIst")
        others = [moved(case) for case in plain.CASH_ONLY - {"Anfangsbestand", "DifferenzSollIst"}]
        cash_in = sum((amount for amount in others if amount > 0), Decimal(0))
        cash_out = sum((amount for amount in others if amount < 0), Decimal(0))
        takings = cash - opening - difference - cash_in - cash_out
        expected[day, *plain.names(till), z_nr] = (
            opening,
            takings,
            cash_in,
            cash_out,
            cash - difference,
            difference,
            cash,
        )
    found = answer(chain, "cash", question)
    assert table(found, "day", "till", "till_name", "outlet", "z_nr") == expected
    assert found.totals == ()


def test_week_comparison(chain: Journal, books: Books) -> None:
    question = Question(date(2026, 10, 22), date(2026, 11, 4), (1, 2))
    part = books.of(FIRST, LAST, (1, 2))
    gross = {
        day: values[1]
        for day, values in grouped(part.turnover, lambda p: p.day, counted="receipts").items()
    }
    closings = counted([day for _, day, _, _ in part.closings])
    expected = {}
    for day in question.days():
        before = day - plain.A_WEEK
        now, then = gross.get(day, Decimal(0)), gross.get(before, Decimal(0))
        if day in gross or before in gross:
            counts = closings.get(day, 0), closings.get(before, 0)
            change = now - then
            expected[day] = (counts[0], now, counts[1], then, change, plain.percent(change, then))
    found = answer(chain, "week_comparison", question)
    assert table(found, "day") == expected
    assert expected[date(2026, 11, 4)][-1] == Decimal("-100.0"), "nothing came of that day yet"
    assert expected[date(2026, 10, 22)][-1] is None
    now, then, change = (
        sum((row[place] for row in expected.values()), Decimal(0)) for place in (1, 3, 4)
    )
    assert found.totals[0][found.figure.place("percent")] == plain.percent(change, then)


@EACH
def test_closings(chain: Journal, books: Books, question: Question) -> None:
    part = asked(books, question)
    sums = grouped(part.turnover, lambda p: (p.till, p.z_nr), counted="receipts")
    found = answer(chain, "closings", question)
    key = ("day", "till", "till_name", "outlet", "z_nr", "z_erstellung")
    assert table(found, *key) == {
        (day, *plain.names(till), z_nr, made_at): sums[till, z_nr]
        for till, day, z_nr, made_at in part.closings
    }


def _own_rows(name: str) -> list[tuple[int, date, dict[str, Any]]]:
    found = []
    for till in range(1, TILLS + 1):
        for day in range(1, DAYS + 1):
            batch = sample_batch(till, day, RECEIPTS, SEED)
            of = batch.heads[0].business_day
            found += [(till, of, row) for row in batch.table(name).to_pylist()]
    return found


@EACH
def test_working_times(chain: Journal, question: Question) -> None:
    rows = [
        (till, row)
        for till, _, row in _own_rows("time_entries")
        if till in (question.till_ids or (1, 2, 3))
    ]
    corrected = {(till, row["corrected_entry_id"]) for till, row in rows}
    assert any(entry for _, entry in corrected), "the sample has corrections"
    sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for till, row in rows:
        begun = datetime.fromisoformat(row["start"])
        if (till, row["entry_id"]) in corrected:
            continue
        if not question.first <= begun.date() <= question.last:
            continue
        found = sums[plain.week(begun.date()), row["employee_id"], row["employee_name"]]
        worked = (datetime.fromisoformat(row["end"]) - begun).total_seconds() // 60
        found[0] += 1
        found[1] += int(worked) - row["break_minutes"]
        found[2] += row["break_minutes"]
    made = table(answer(chain, "working_times", question), "week", "employee_id", "employee_name")
    assert made == {key: tuple(values) for key, values in sums.items()}


@EACH
def test_stock_movements(chain: Journal, question: Question) -> None:
    kinds = ("goods_in", "waste", "own_use", "transfer")
    sums: dict[Any, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 7)
    for till, day, row in _own_rows("stock_movements"):
        inside = question.first <= day <= question.last
        if till not in (question.till_ids or (1, 2, 3)) or not inside or row["kind"] == "count":
            continue
        found = sums[row["article_no"], row["article_text"], row["unit"]]
        quantity = Decimal(row["quantity"]) / 1000
        found[kinds.index(row["kind"])] += quantity
        found[4] += quantity
        cost = Decimal(row["cost"] or 0) / 100_000
        if row["kind"] == "goods_in":
            found[5] += cost
        elif row["kind"] in ("waste", "own_use"):
            found[6] += cost
    made = table(answer(chain, "stock_movements", question), "article_no", "article_text", "unit")
    assert made == {key: tuple(values) for key, values in sums.items()}


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_no_error(chain: Journal, name: str) -> None:
    for question in (Question(date(2020, 1, 1), date(2020, 1, 31)), Question(FIRST, LAST, ())):
        found = answer(chain, name, question)
        assert (found.rows, found.totals) == ((), ())


@pytest.mark.parametrize("name", FIGURES)
def test_every_total_is_the_sum_of_its_column(chain: Journal, name: str) -> None:
    found = answer(chain, name, WHOLE)
    assert found.rows
    for place, column in enumerate(found.figure.columns):
        if column.total:
            (total,) = found.totals
            assert total[place] == sum(row[place] for row in found.rows)
