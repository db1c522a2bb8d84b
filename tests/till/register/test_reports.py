"""Reports, and receipts on paper."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.till.register.helpers import ANNA, BEN, CHRIS, Clock, key, sale
from tests.till.register.test_dayclose import full_day
from tillferry.errors import TillferryError
from tillferry.till.register.printing import WIDTH, print_receipt, receipt_text
from tillferry.till.register.receipt import ArticleLine, Card, Cash, Discount, Sale
from tillferry.till.register.register import Register
from tillferry.till.register.reports import to_csv, working_times_csv
from tillferry.till.register.timeclock import TimeEntry


def amounts(entries: tuple[object, ...]) -> dict[str, int]:
    return {entry.name: entry.gross for entry in entries}  # type: ignore[attr-defined]


def test_the_figures_of_a_day(register: Register, clock: Clock) -> None:
    register.sales.opening_float(key(), ANNA, 10_000)
    register.sales.sell(key(), ANNA, sale("3001", "1006"))
    clock.turn(hours=3)
    register.sales.sell(key(), ANNA, Sale((ArticleLine("2001"),), (Card("girocard", 300),), tip=60))
    wrong = register.sales.sell(key(), ANNA, sale("3004"))
    register.sales.cancel(key(), BEN, wrong.bon_id, "vertippt")
    report = register.reports.x_report()
    assert (report.turnover, report.receipts) == (450 + 950 + 240, 5)
    assert (report.cancellations, report.cancelled, report.tips) == (1, 850, 60)
    assert report.cash == 10_000 + 1400
    assert [(part.key, part.gross, part.vat) for part in report.vat] == [
        (1, 1190, 190),
        (2, 450, 29),
    ]
    assert amounts(report.hours) == {"10": 1400, "13": 240}
    assert amounts(report.groups) == {"Getränke": 950, "Kaffee & Milch": 240, "Speisen": 450}
    assert amounts(report.payments) == {"Bar": 11_400, "girocard": 300}
    register.days.close(key(), BEN, 11_390)
    closed = register.reports.z_report(1)
    assert closed.turnover == report.turnover
    assert (closed.difference, closed.cash) == (-10, 11_390)
    assert register.reports.x_report().receipts == 0


def test_a_period_adds_its_days_up(register: Register, clock: Clock) -> None:
    for _ in range(3):
        register.sales.sell(key(), ANNA, sale("3001"))
        register.days.close(key(), BEN)
        clock.turn(days=1)
    register.sales.sell(key(), ANNA, sale("3001"))
    report = register.reports.period(date(2026, 6, 2), date(2026, 6, 30))
    assert (report.z_nrs, report.turnover) == ((2, 3), 900)


def test_an_unknown_day_has_no_report(register: Register) -> None:
    with pytest.raises(TillferryError, match="closing_unknown"):
        register.reports.z_report(1)


def test_the_report_as_csv(register: Register) -> None:
    full_day(register)
    rows = list(csv.reader(io.StringIO(register.reports.x_report().csv()), delimiter=";"))
    assert len({len(row) for row in rows}) == 1
    by_name = {(row[0], row[1]): row for row in rows}
    turnover = register.reports.x_report().turnover
    assert by_name["total", "turnover"][3] == f"{turnover // 100},{turnover % 100:02d}"


def test_csv_cells_are_no_formulas() -> None:
    assert to_csv([("=1+1", "+x", "-x", "-1,00", "@a", "ok")]) == "'=1+1;'+x;'-x;-1,00;'@a;ok\r\n"


def test_working_times_as_csv(register: Register) -> None:
    start, end = "2026-06-01T10:00:00+02:00", "2026-06-01T12:00:00+02:00"
    register.time.record(key(), CHRIS, TimeEntry("", ANNA, "", "Theke", start, end, 15))
    times = register.reports.working_times(date(2026, 6, 1), date(2026, 6, 1))
    assert working_times_csv(times).splitlines()[1] == f"1;Anna;Theke;{start};{end};15;105;"


def test_a_receipt_on_paper(register: Register) -> None:
    receipt = register.sales.sell(
        key(),
        ANNA,
        Sale(
            (
                ArticleLine("1001", 2000),
                ArticleLine("3001", discount=Discount(percent=1000, name="Stammgast")),
            ),
            (Card("girocard", 500), Cash(2000)),
            table="7",
        ),
    )
    printed = receipt_text(receipt, register.masters.settings())
    assert all(len(line) <= WIDTH for line in printed.lines)
    for text in (
        "Strandbar Nord",
        "2 x 4,90",
        "Stammgast -0,45 (statt 4,50)",
        "Keine TSE angeschlossen",
        "Tisch 7",
    ):
        assert text in printed.text
    assert "Summe EUR                            14,45" in printed.lines
    assert "Rückgeld                             10,55" in printed.lines


def test_what_is_no_receipt_says_so(register: Register) -> None:
    settings = register.masters.settings()
    training = register.sales.sell(key(), ANNA, sale("3001", training=True))
    assert "TRAINING - KEIN BELEG" in receipt_text(training, settings).text
    original = register.sales.sell(key(), ANNA, sale("3001"))
    counter = register.sales.cancel(key(), BEN, original.bon_id, "weg")
    assert "*** STORNO ***" in receipt_text(counter, settings).text


def test_long_texts_stay_on_the_paper(register: Register) -> None:
    settings = replace(register.masters.settings(), receipt_footer="Danke " * 30)
    receipt = register.sales.sell(key(), ANNA, replace(sale("3001"), note="x" * 200))
    assert all(len(line) <= WIDTH for line in receipt_text(receipt, settings).lines)


def test_a_printer_gets_text_cut_and_drawer(register: Register, tmp_path: Path) -> None:
    receipt = register.sales.sell(key(), ANNA, sale("3001"))
    device = tmp_path / "lp0"
    device.touch()
    printed = receipt_text(receipt, register.masters.settings())
    print_receipt(printed, f"file:{device}", open_drawer=True)
    sent = device.read_bytes()
    assert b"Pommes frites" in sent
    assert b"\x1dV" in sent
    assert b"\x1bp" in sent


@pytest.mark.parametrize("printer", ["file:/nowhere/at/all", "usb", "network:"])
def test_a_printer_that_is_not_there(register: Register, printer: str) -> None:
    receipt = register.sales.sell(key(), ANNA, sale("3001"))
    with pytest.raises(TillferryError, match="printer_failed"):
        print_receipt(receipt_text(receipt, register.masters.settings()), printer)
