"""Closings with their checks, receipts and exports in the browser."""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.closing.build import batch_of, day, head_of
from tests.e2e.world import World
from tests.office.admin import export_of
from tests.office.books.conftest import chain_of
from tests.ui.office.house import PHONE, House, add_user, at, running, type_in
from tillferry.closing.seams import no_progress
from tillferry.office.figures import FIGURES, Question, report
from tillferry.office.people import Role
from tillferry.office.period import Period
from tillferry.office.receipts import ReceiptKey, Sought
from tillferry.ui.office.books_words import amount
from tillferry.ui.office.checked import CheckedBooks, check
from tillferry.ui.office.downloads import made_in_scratch
from tillferry.ui.office.long_work import StoppedWork
from tillferry.ui.office.words import Words
from tillferry.wiring import bookkeeping, office_admin

BROKEN_DAY = "from=2026-07-01&to=2026-07-01&period=free"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two bars with three days of October each, and a till whose cash is one cent off in July."""
    world = chain_of(World(tmp_path_factory.mktemp("books-pages")))
    rows = day(6)
    rows["cash_per_currency"][0]["zahlart_betrag_waeh"] += 1
    broken = batch_of(day(6), rows, heads=(head_of(3), head_of(4)))
    world.bring(export_of(world.folder / "exports", broken), accept_new_tills=True)
    for role in (Role.REPORT, Role.AUDITOR):
        add_user(world.office, role.value, role)
    return world


@pytest.fixture(scope="module")
def house(world: World, browser: Browser) -> Iterator[House]:
    with running(world.office, world.folder / "media", browser) as found:
        yield found


@pytest.fixture(scope="module")
def clerk(house: House) -> Page:
    return house.page("report")


def till_id_of(world: World, number: str) -> int:
    with world.opened() as office:
        return next(
            till.till_id
            for till in office.journal.tills()
            if number in (till.customer_number, till.serial)
        )


def test_closings_are_listed_with_day_till_and_turnover(
    world: World, house: House, clerk: Page
) -> None:
    clerk.goto(house.address + "/closings")
    rows = at(clerk, "closings").locator("tbody tr:not(.more)")
    expect(rows).to_have_count(6)
    expect(at(clerk, "closings").locator("th[scope=col]")).to_have_count(7)
    expect(rows.first).to_contain_text("1001 Bar 1")
    expect(rows.first).to_contain_text("nicht geprüft")
    with world.opened() as office:
        sought = Sought((till_id_of(world, "1001"),), z_nr=3)
        receipts = bookkeeping.search_receipts(office, sought)
        figure = FIGURES["closings"]
        question = Question(receipts[0].business_day, receipts[0].business_day, sought.till_ids)
        (row,) = report(office.journal, figure, question).rows
    cells = rows.first.locator("td").all_inner_texts()
    assert cells[0] == f"{receipts[0].business_day:%d.%m.%Y}"
    assert cells[3:5] == ["3", str(row[figure.place("receipts")])]
    assert cells[5] == f"{row[figure.place('gross')]:.2f}\xa0EUR".replace(".", ",")


def test_a_check_leads_to_the_receipts_behind_a_finding(
    world: World, house: House, clerk: Page
) -> None:
    clerk.goto(f"{house.address}/closings?{BROKEN_DAY}")
    till_id = till_id_of(world, "SER-1")
    good, bad = at(clerk, f"closing-{till_id}-3"), at(clerk, f"closing-{till_id}-4")
    expect(bad).to_contain_text("nicht geprüft")
    at(clerk, "check").click()
    expect(bad).to_contain_text("1 Befund")
    expect(good).to_contain_text("geht auf")
    expect(at(clerk, "checked")).to_contain_text("2 Abschlüsse geprüft, 1 davon mit Befunden")
    expect(bad).to_have_attribute("aria-expanded", "false")
    bad.focus()
    clerk.keyboard.press("Enter")
    expect(bad).to_have_attribute("aria-expanded", "true")
    finding = at(clerk, "finding-cash_differs")
    expect(finding).to_contain_text("EUR")
    links = finding.locator("a")
    assert links.all_inner_texts() == ["1", "2", "3", "5"]
    links.nth(1).click()
    expect(clerk.locator("h1")).to_contain_text("Beleg")
    expect(at(clerk, "head")).to_contain_text("SER-1")
    # Whoever comes back finds the closing as it was checked.
    clerk.go_back()
    expect(bad).to_contain_text("1 Befund")
    at(clerk, "only-bad").click()
    expect(at(clerk, "closings").locator("tbody tr:not(.more)")).to_have_count(1)
    expect(good).to_have_count(0)


def test_receipts_are_found_by_number_amount_and_text(
    world: World, house: House, clerk: Page
) -> None:
    with world.opened() as office:
        found = bookkeeping.search_receipts(office, Sought(z_nr=2), 5)[3]
    clerk.goto(house.address + "/closings")
    type_in(clerk, "number", str(found.bon_nr))
    type_in(clerk, "z", "2")
    at(clerk, "find").click()
    expect(at(clerk, "receipts").locator("tbody tr")).to_have_count(2)
    at(clerk, "receipts").locator("a").first.click()
    expect(clerk.locator("h1")).to_have_text(f"Beleg {found.bon_nr}")
    clerk.goto(house.address + "/closings?text=Bedienung")
    expect(at(clerk, "receipts").locator("tbody tr")).to_have_count(200)
    expect(at(clerk, "most")).to_contain_text("200")
    # The other language shows the same search.
    clerk.goto(house.address + "/closings?text=Bedienung 1&amount=123456,78")
    expect(at(clerk, "no-receipts")).to_be_visible()
    at(clerk, "language").click()
    expect(at(clerk, "no-receipts")).to_have_text("No receipt found.")
    expect(clerk.locator('input[data-test="text"]')).to_have_value("Bedienung 1")
    at(clerk, "language").click()
    type_in(clerk, "amount", "viel")
    clerk.locator('input[data-test="amount"]').press("Enter")
    expect(at(clerk, "error")).to_contain_text("viel")
    at(clerk, "error-ok").click()
    clerk.goto(house.address + "/closings?number=x")
    expect(at(clerk, "search-error")).to_contain_text("x")


def cancellation_of(world: World) -> ReceiptKey:
    """A receipt that names another one."""
    with world.opened() as office:
        for z_nr in (1, 2, 3):
            for each in bookkeeping.search_receipts(office, Sought(z_nr=z_nr), 500):
                if bookkeeping.receipt_of(office, each).references:
                    return ReceiptKey(each.till_id, each.z_nr, each.bon_id)
    raise AssertionError("no receipt names another one")


def test_a_receipt_shows_all_and_leads_both_ways(world: World, house: House, clerk: Page) -> None:
    key = cancellation_of(world)
    with world.opened() as office:
        view = bookkeeping.receipt_of(office, key)
    (named,) = (each.held for each in view.references)
    assert named is not None and view.delivery is not None
    clerk.goto(f"{house.address}/receipt?till={key.till_id}&z={key.z_nr}&bon={key.bon_id}")
    expect(at(clerk, "lines").locator("tbody tr")).to_have_count(len(view.lines))
    expect(at(clerk, "lines").locator("tbody")).to_contain_text(view.lines[0].text)
    expect(at(clerk, "payments").locator("tbody tr")).to_have_count(len(view.payments))
    expect(at(clerk, "vat").locator("tbody tr")).to_have_count(len(view.vat))
    expect(at(clerk, "tse")).to_contain_text(view.signatures[0].signature)
    expect(at(clerk, "delivery")).to_contain_text(view.delivery.sha256)
    at(clerk, "references").locator("a").first.click()
    expect(at(clerk, "head")).to_contain_text(named.bon_id)
    expect(at(clerk, "references")).to_contain_text("Wird genannt von")
    at(clerk, "references").locator("a").first.click()
    expect(at(clerk, "head")).to_contain_text(key.bon_id)


@pytest.mark.parametrize(
    "query", ["", "?till=1&z=1&bon=none", "?till=x&z=1&bon=1", "?till=99&z=1&bon=1", "?till=1&z=99"]
)
def test_a_receipt_that_is_not_there_says_so(house: House, clerk: Page, query: str) -> None:
    clerk.goto(house.address + "/receipt" + query)
    expect(at(clerk, "error")).not_to_be_empty()


def test_on_a_phone_nothing_is_wider_than_the_screen(world: World, house: House) -> None:
    key = cancellation_of(world)
    page = house.page("auditor", lang="en", size=PHONE)
    for path in (
        "/closings",
        "/exports",
        "/closings?text=Bedienung",
        f"/receipt?till={key.till_id}&z={key.z_nr}&bon={key.bon_id}",
    ):
        page.goto(house.address + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    page.context.close()


OCTOBER = "from=2026-10-01&to=2026-10-31&period=free"


def fetched(page: Page, name: str, folder: Path) -> Path:
    """Press a key and wait for its file."""
    with page.expect_download() as coming:
        at(page, name).click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def test_an_export_has_the_closings_of_the_period(
    world: World, house: House, clerk: Page, tmp_path: Path
) -> None:
    clerk.goto(f"{house.address}/exports?{OCTOBER}")
    made = fetched(clerk, "dsfinvk", tmp_path)
    assert made.name == "dsfinvk_2026-10-01_2026-10-31.zip"
    assert sorted(zipfile.ZipFile(made).namelist()) == ["1001.zip", "1002.zip"]
    expect(at(clerk, "made")).to_contain_text("6 Abschlüsse von 2 Kassen")
    clerk.goto(f"{house.address}/exports?{OCTOBER}&tills={till_id_of(world, '1002')}")
    made = fetched(clerk, "dsfinvk", tmp_path)
    assert "index.xml" in zipfile.ZipFile(made).namelist()
    expect(at(clerk, "made")).to_contain_text("3 Abschlüsse von 1 Kassen")
    assert list((world.office / "scratch").glob("download-*"))


def test_originals_come_with_their_list(house: House, clerk: Page, tmp_path: Path) -> None:
    clerk.goto(f"{house.address}/exports?{OCTOBER}")
    made = fetched(clerk, "originals", tmp_path)
    names = zipfile.ZipFile(made).namelist()
    assert "originals.csv" in names and sum(name.endswith(".tfb") for name in names) == 2
    expect(at(clerk, "made")).to_contain_text("2 Lieferungen zu 6 Abschlüssen")


def test_working_times_come_as_csv(house: House, clerk: Page, tmp_path: Path) -> None:
    clerk.goto(f"{house.address}/exports?{OCTOBER}")
    at(clerk, "encoding").click()
    clerk.get_by_role("option", name="Windows-1252").click()
    made = fetched(clerk, "payroll", tmp_path)
    lines = made.read_text("cp1252").splitlines()
    assert lines[0].startswith("Personalnummer;") and "Tätigkeiten" in lines[0]
    assert len(lines) > 3


def test_a_period_without_closings_is_refused(house: House, clerk: Page) -> None:
    clerk.goto(f"{house.address}/exports?from=2020-01-01&to=2020-01-31&period=free")
    for name in ("dsfinvk", "originals"):
        at(clerk, name).click()
        expect(at(clerk, "error")).to_be_visible()
        expect(clerk.locator(".sheet")).to_contain_text("anderen Zeitraum")
        at(clerk, "error-ok").click()
        expect(at(clerk, "error")).to_have_count(0)
    type_in(clerk, "from", "2026-10-20")
    at(clerk, "dsfinvk").click()
    expect(at(clerk, "error")).to_contain_text("20")
    at(clerk, "error-ok").click()


def test_datev_from_no_accounts_to_a_batch(
    world: World, house: House, clerk: Page, tmp_path: Path
) -> None:
    auditor = house.page("auditor")
    auditor.goto(f"{house.address}/exports?{OCTOBER}")
    expect(at(auditor, "datev-standing")).to_contain_text("noch keine Konten")
    expect(at(auditor, "save-datev")).to_have_count(0)

    clerk.goto(f"{house.address}/exports?{OCTOBER}")
    at(clerk, "datev").click()
    expect(clerk.locator(".sheet")).to_contain_text("Kontenrahmen")
    at(clerk, "error-ok").click()
    type_in(clerk, "consultant", "abc")
    at(clerk, "save-datev").click()
    expect(at(clerk, "error")).to_contain_text("Beraternummer")
    at(clerk, "error-ok").click()
    type_in(clerk, "consultant", "29098")
    type_in(clerk, "client", "55003")
    at(clerk, "save-datev").click()
    expect(at(clerk, "datev-standing")).to_contain_text("SKR03")

    # Without the account of cash nothing is made, and it is said.
    rows = at(clerk, "accounts-payment").locator("tbody tr")
    expect(rows.filter(has_text="Bar").first).to_contain_text("1000")
    count = rows.count()
    at(clerk, "change-payment").first.click()
    type_in(clerk, "rule-account", "")
    at(clerk, "yes").click()
    expect(rows).to_have_count(count - 1)
    at(clerk, "datev").click()
    expect(at(clerk, "datev-refused")).to_be_visible()
    missing = at(clerk, "obstacle-datev_payment_without_account")
    expect(missing.first).to_contain_text("Bar")
    expect(at(clerk, "datev-file")).to_have_count(0)
    auditor.goto(f"{house.address}/exports?{OCTOBER}")
    at(auditor, "datev").click()
    expect(at(auditor, "datev-refused")).to_be_visible()
    expect(at(auditor, "set-account")).to_have_count(0)
    auditor.locator('[data-test="accounts"] .q-item').first.click()
    expect(at(auditor, "accounts-case")).to_be_visible()
    expect(at(auditor, "change-case")).to_have_count(0)
    auditor.context.close()

    missing.first.locator('[data-test="set-account"]').click()
    type_in(clerk, "rule-account", "1000")
    at(clerk, "yes").click()
    expect(rows).to_have_count(count)
    at(clerk, "datev").click()
    expect(at(clerk, "datev-file")).to_have_count(1)
    made = fetched(clerk, "datev-download", tmp_path)
    with world.opened() as office:
        result = bookkeeping.book_datev(office, Period(date(2026, 10, 1), date(2026, 10, 31)))
        log = [record.entry.action for record in office_admin.records(office).log()]
    (file,) = result.files
    assert made.name == file.name
    # The first line says when the batch was made.
    assert made.read_bytes().splitlines()[1:] == file.data.splitlines()[1:]
    assert log.count("datev_set_up") == 3


def test_files_go_with_their_page(world: World, clerk: Page) -> None:
    clerk.goto("about:blank")
    # A page may come back for half a minute.
    end = time.monotonic() + 90
    while list((world.office / "scratch").glob("download-*")):
        assert time.monotonic() < end
        time.sleep(0.2)


# --- below the pages ---


def test_only_what_was_reached_is_checked_and_only_as_it_was(world: World) -> None:
    period = Period(date(2026, 10, 1), date(2026, 10, 31))
    asked = iter([False, True])
    kept = CheckedBooks()
    with world.opened() as office:
        held, found = check(office, period, (), no_progress, lambda: next(asked))
    assert found.stopped
    kept.keep(held, found)
    by_key = {(each.till_id, each.z_nr): each for each in held}
    first = held[0].till_id
    assert set(kept.states(by_key)) == {(first, 1), (first, 2), (first, 3)}
    digests = dict.fromkeys(held[0].digests, "00")
    other = by_key | {(first, 1): replace(held[0], digests=digests)}
    assert set(kept.states(other)) == {(first, 2), (first, 3)}
    assert not kept.bad()


def test_a_file_that_is_not_finished_leaves_nothing(world: World) -> None:
    def stopped(target: Path) -> None:
        target.write_bytes(b"half")
        raise StoppedWork

    with world.opened() as office:
        scratch = office.home.scratch
        before = set(scratch.iterdir())
        old = scratch / "download-old"
        old.mkdir()
        os.utime(old, (0, 0))
        with pytest.raises(StoppedWork):
            made_in_scratch(office, "x.zip", stopped)
    assert set(scratch.iterdir()) == before


@pytest.mark.parametrize(
    ("value", "german", "english"),
    [
        ("0", "0,00", "0.00"),
        ("-1234.5", "−1.234,50", "−1,234.50"),
        ("0.12345", "0,12345", "0.12345"),
        ("19.00000", "19,00", "19.00"),
    ],
)
def test_amounts_have_two_decimals_or_as_many_as_they_need(
    value: str, german: str, english: str
) -> None:
    assert amount(Words("de"), Decimal(value)) == german
    assert amount(Words("en"), Decimal(value), "EUR") == f"{english}\xa0EUR"
