"""Figures in the browser: what the overview says, chart and table of each, files, who may look."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.world import World
from tests.office.test_mail import smtp_server
from tests.ui.office.house import PHONE, House, add_user, at, running, type_in
from tillferry.journal.listing import held_span
from tillferry.office.figures import FIGURES, Question, report
from tillferry.office.figures.saved import load_reports
from tillferry.office.figures.words import title
from tillferry.office.mail import save_mail
from tillferry.office.people import Role
from tillferry.ui.office.figure_periods import FREE, PERIODS, period
from tillferry.wiring.office import opened_office


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two tills with 27 days each, and one with a hole in its days."""
    world = World(tmp_path_factory.mktemp("reports"))
    for number, days in ((1, range(1, 28)), (2, range(1, 28)), (3, (1, 3))):
        world.add_till(number)
        world.close(number, *days)
        world.send(number, world.stick("A"))
    world.bring(world.stick("A"))
    for role in (Role.REPORT, Role.IMPORT, Role.AUDITOR):
        add_user(world.office, role.value, role)
    return world


@pytest.fixture(scope="module")
def house(world: World, browser: Browser) -> Iterator[House]:
    with running(world.office, world.folder / "media", browser) as found:
        yield found


@pytest.fixture(scope="module")
def clerk(house: House) -> Page:
    return house.page("report")


@pytest.fixture(scope="module")
def span(world: World) -> tuple[date, date]:
    with opened_office(world.office, read_only=True) as office:
        found = held_span(office.journal)
    assert found is not None
    return found


def asked(world: World, figure: str, first: date, last: date) -> list[tuple[object, ...]]:
    with opened_office(world.office, read_only=True) as office:
        return list(report(office.journal, FIGURES[figure], Question(first, last)).rows)


def german(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


def test_the_overview_says_how_the_last_day_was(
    world: World, house: House, clerk: Page, span: tuple[date, date]
) -> None:
    ((_, currency, tills, _, receipts, gross, *_),) = asked(
        world, "turnover_by_day", span[1], span[1]
    )
    clerk.goto(house.address + "/reports")
    expect(at(clerk, "tile-day")).to_contain_text(f"{german(Decimal(str(gross)))}\xa0{currency}")
    expect(at(clerk, "tile-receipts")).to_contain_text(str(receipts))
    expect(at(clerk, "tile-tills")).to_contain_text(str(tills))
    expect(at(clerk, "tile-week")).to_be_visible()
    expect(at(clerk, "chart").locator("canvas")).to_have_count(1)
    expect(at(clerk, "tile-silent")).to_contain_text("0")
    expect(at(clerk, "to-completeness")).to_have_text("Kassen mit Lücken: 1")
    at(clerk, "as-table").click()
    expect(at(clerk, "report")).to_contain_text(german(Decimal(str(gross))))
    clerk.goto(house.address + "/reports")
    at(clerk, "to-completeness").click()
    expect(at(clerk, "page_count_holes")).to_contain_text("1")


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_its_page(
    world: World, house: House, clerk: Page, span: tuple[date, date], name: str
) -> None:
    clerk.goto(house.address + "/reports")
    at(clerk, f"figure-{name}").click()
    expect(clerk.locator("h2").first).to_have_text(title(FIGURES[name], "de"))
    rows = asked(world, name, *span)
    if not rows:
        expect(at(clerk, "nothing")).to_be_visible()
        return
    expect(at(clerk, "report").locator("tbody tr")).to_have_count(min(len(rows), 50))
    heads = at(clerk, "report").locator("th")
    expect(heads).to_have_count(len(FIGURES[name].columns))
    expect(at(clerk, "chart").locator("canvas")).to_have_count(int(FIGURES[name].chart is not None))
    clerk.get_by_text("Was die Zahlen bedeuten").click()
    expect(at(clerk, "meaning")).to_be_visible()
    expect(at(clerk, "leaves-out")).to_be_visible()


def test_a_report_of_one_till_and_period_can_be_kept_and_sorted(
    world: World, house: House, clerk: Page, span: tuple[date, date]
) -> None:
    clerk.goto(house.address + "/reports?figure=turnover_by_day")
    at(clerk, "tills").click()
    clerk.get_by_role("option", name="1001").click()
    clerk.keyboard.press("Escape")
    clerk.wait_for_url("**tills=*")
    expect(at(clerk, "report").locator("tbody tr").first).to_be_visible()
    type_in(clerk, "from", span[0].isoformat())
    type_in(clerk, "to", span[0].isoformat())
    at(clerk, "show").click()
    clerk.wait_for_url(f"**from={span[0].isoformat()}**")
    with opened_office(world.office, read_only=True) as office:
        (till,) = (t for t in office.journal.tills() if t.customer_number == "1001")
        question = Question(span[0], span[0], (till.till_id,))
        (row,) = report(office.journal, FIGURES["turnover_by_day"], question).rows
    gross = row[FIGURES["turnover_by_day"].place("gross")]
    expect(at(clerk, "report").locator("tbody")).to_contain_text(german(gross))
    # The address alone is the same report, also in the other language.
    at(clerk, "language").click()
    expect(at(clerk, "report").locator("tbody")).to_contain_text(f"{gross:,.2f}")
    expect(at(clerk, "span")).to_have_text(span[0].isoformat())
    at(clerk, "language").click()

    clerk.goto(house.address + "/reports?figure=turnover_by_article")
    at(clerk, "sort-artikeltext").click()
    names = at(clerk, "report").locator("tbody tr td:nth-child(2)")
    expect(at(clerk, "report").locator("th[aria-sort=ascending]")).to_have_count(1)
    shown = names.all_inner_texts()
    assert shown == sorted(shown, key=str.casefold) and len(shown) > 5
    at(clerk, "sort-artikeltext").click()
    expect(at(clerk, "report").locator("th[aria-sort=descending]")).to_have_count(1)
    assert names.all_inner_texts() == shown[::-1]


def test_long_tables_come_page_by_page(house: House, clerk: Page, span: tuple[date, date]) -> None:
    clerk.goto(f"{house.address}/reports?figure=cash&period=free&from={span[0]}&to={span[1]}")
    rows = at(clerk, "report").locator("tbody tr")
    expect(rows).to_have_count(50)
    expect(at(clerk, "rows")).to_have_text("Zeilen 1 bis 50 von 56")
    expect(at(clerk, "back")).to_be_disabled()
    at(clerk, "next").click()
    expect(rows).to_have_count(6)
    expect(at(clerk, "next")).to_be_disabled()
    at(clerk, "back").click()
    expect(rows).to_have_count(50)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_a_report_comes_as_a_file(
    world: World, house: House, clerk: Page, span: tuple[date, date], tmp_path: Path, kind: str
) -> None:
    clerk.goto(f"{house.address}/reports?figure=vat&period=free&from={span[0]}&to={span[1]}")
    with clerk.expect_download() as coming:
        at(clerk, f"file-{kind}").click()
    path = tmp_path / coming.value.suggested_filename
    coming.value.save_as(path)
    assert path.name == f"vat_{span[0]}_{span[1]}.{kind}"
    if kind == "csv":
        lines = list(csv.reader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";"))
        assert len(lines) == 1 + len(asked(world, "vat", *span))
    assert path.stat().st_size > 50


def test_whoever_only_imports_sees_no_figures(house: House) -> None:
    page = house.page("import")
    answer = page.goto(house.address + "/reports")
    assert answer is not None and answer.status == 403
    page.goto(house.address)
    expect(at(page, "go-reports")).to_have_count(0)
    page.context.close()


def test_what_an_address_says_wrong_is_left_out(
    house: House, clerk: Page, span: tuple[date, date]
) -> None:
    clerk.goto(house.address + "/reports?figure=none&period=never")
    expect(at(clerk, "tile-day").first).to_be_visible()
    clerk.goto(
        house.address + "/reports?figure=vat&period=free&from=yesterday&to=9999-99-99&tills=x"
    )
    expect(at(clerk, "span")).to_have_text(f"{span[1]:%d.%m.%Y}")
    expect(at(clerk, "report")).to_be_visible()


def test_on_a_phone_nothing_is_wider_than_the_screen(house: House) -> None:
    page = house.page("report", lang="en", size=PHONE)
    for figure in ("", *FIGURES):
        page.goto(f"{house.address}/reports?figure={figure}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], figure
    page.context.close()


def test_a_phone_sorts_too(house: House) -> None:
    page = house.page("report", size=PHONE)
    page.goto(house.address + "/reports?figure=turnover_by_article")
    expect(at(page, "sort-artikeltext")).to_be_hidden()
    names = at(page, "report").locator("tbody tr td:nth-child(2)")
    at(page, "order").click()
    page.get_by_role("option", name="Artikel", exact=True).click()
    expect(at(page, "report").locator("th[aria-sort=ascending]")).to_have_count(1)
    shown = names.all_inner_texts()
    assert shown == sorted(shown, key=str.casefold) and len(shown) > 5
    at(page, "turn").click()
    expect(at(page, "report").locator("th[aria-sort=descending]")).to_have_count(1)
    assert names.all_inner_texts() == shown[::-1]
    page.context.close()


def test_a_report_is_saved_sent_and_removed(world: World, house: House, clerk: Page) -> None:
    with smtp_server() as box:
        with opened_office(world.office) as office:
            save_mail(office.home, box.settings)
        clerk.goto(house.address + "/reports?figure=turnover_by_till&tills=1")
        at(clerk, "save").click()
        type_in(clerk, "saved-name", "Umsatz für Lea")
        type_in(clerk, "saved-to", "nobody")
        at(clerk, "saved-yes").click()
        expect(at(clerk, "error")).to_contain_text("nobody")
        at(clerk, "error-ok").click()
        type_in(clerk, "saved-to", "lea@example.org; kai@example.org")
        at(clerk, "saved-yes").click()
        expect(clerk.get_by_text("Umsatz für Lea ist gespeichert.")).to_be_visible()
        clerk.goto(house.address + "/reports")
        line = at(clerk, "saved-Umsatz für Lea")
        expect(line).to_contain_text("lea@example.org, kai@example.org")
        expect(line).to_contain_text("06:00")
        at(clerk, "send-Umsatz für Lea").click()
        expect(clerk.get_by_text("Gesendet an lea@example.org")).to_be_visible()
        (mail,) = box.mails
        (attached,) = mail.iter_attachments()
        assert str(attached.get_filename()).startswith("turnover_by_till")
    with opened_office(world.office, read_only=True) as office:
        (kept,) = load_reports(office.home)
        (number,) = kept.tills
        assert number == next(t.customer_number for t in office.journal.tills() if t.till_id == 1)
    at(clerk, "drop-Umsatz für Lea").click()
    at(clerk, "yes").click()
    expect(line).to_have_count(0)


def test_an_auditor_sees_reports_and_arranges_none(house: House) -> None:
    page = house.page("auditor")
    page.goto(house.address + "/reports?figure=vat")
    expect(at(page, "report")).to_be_visible()
    expect(at(page, "save")).to_have_count(0)
    page.context.close()


@pytest.mark.parametrize("name", PERIODS)
def test_periods_have_their_days(name: str) -> None:
    days = period(name, date(2026, 11, 27), date(2026, 10, 31))
    assert (
        days
        == {
            "newest": (date(2026, 10, 2), date(2026, 10, 31)),
            "today": (date(2026, 11, 27), date(2026, 11, 27)),
            "yesterday": (date(2026, 11, 26), date(2026, 11, 26)),
            "this_week": (date(2026, 11, 23), date(2026, 11, 29)),
            "last_week": (date(2026, 11, 16), date(2026, 11, 22)),
            "this_month": (date(2026, 11, 1), date(2026, 11, 30)),
            "last_month": (date(2026, 10, 1), date(2026, 10, 31)),
            "this_year": (date(2026, 1, 1), date(2026, 12, 31)),
            "last_year": (date(2025, 1, 1), date(2025, 12, 31)),
            FREE: None,
        }[name]
    )


def test_leap_days_and_new_year() -> None:
    assert period("last_month", date(2028, 3, 31), date(2028, 3, 1)) == (
        date(2028, 2, 1),
        date(2028, 2, 29),
    )
    assert period("this_month", date(2026, 12, 31), date(2026, 12, 1)) == (
        date(2026, 12, 1),
        date(2026, 12, 31),
    )
