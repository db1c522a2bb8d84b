"""Completeness, tills, decisions, reconciliation, people, log and health in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.world import World, assert_held, day, days, digests_of, torn
from tests.ui.office.house import House, add_user, at, running, sign_in, type_in, wait_until
from tillferry.closing.seams import ItemState, TillState
from tillferry.formats.dsfinvk.write import write_export
from tillferry.office.people import Role
from tillferry.wiring import office_admin
from tillferry.wiring.office import opened_office

UNKNOWN = 7


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Till 1 has holes, of 2 two days are in conflict, 3 is incomplete, 7 is unknown."""
    world = World(tmp_path_factory.mktemp("pages"))
    for number in (1, 2, 3):
        world.add_till(number)
    world.close(1, 1, 2, 4, 5, 9)
    world.close(2, 1, 2, 3)
    world.put(3, torn(day(3, 1)))
    for number in (1, 2, 3):
        world.send(number, world.stick("A"))
    folder = world.folder / "others"
    folder.mkdir()
    write_export(iter([days(UNKNOWN, 1, 2)]), folder / "unknown.zip")
    world.bring(world.stick("A"), folder)
    write_export(iter([days(2, 2, 3, seed=5)]), folder / "conflict.zip")
    world.bring(folder)
    for role in (Role.ADMIN, Role.IMPORT, Role.AUDITOR, Role.DECIDE):
        add_user(world.office, role.value, role)
    return world


@pytest.fixture(scope="module")
def house(world: World, browser: Browser) -> Iterator[House]:
    with running(world.office, world.folder / "media", browser) as found:
        yield found


@pytest.fixture(scope="module")
def admin(house: House) -> Page:
    return house.page("admin")


def item_of(world: World, z_nr: int, state: ItemState) -> int:
    """The number of what waits."""
    with world.opened() as office:
        items = office.journal.items(waiting=True)
    return next(i.item_id for i in items if (i.z_nr, i.state) == (z_nr, state))


def actions(world: World) -> list[str]:
    """What the log says."""
    with world.opened() as office:
        return [record.entry.action for record in office_admin.records(office).log()]


def test_completeness_and_a_hole_that_somebody_explains(
    world: World, house: House, admin: Page
) -> None:
    admin.goto(house.address + "/completeness")
    expect(at(admin, "page_count_holes")).to_contain_text("1")
    row = admin.locator("a.line", has_text="1001")
    expect(row).to_contain_text("Z 3, 6-8")
    expect(row).to_contain_text("Z 9")
    expect(row).to_contain_text("noch nicht bestätigt")
    type_in(admin, "search", "bar 2")
    expect(admin.locator("a.line")).to_have_count(1)
    type_in(admin, "search", "1001")
    expect(row).to_have_count(1)
    row.click()
    expect(admin.locator("td.held")).to_have_count(5)
    expect(admin.locator("td.missing")).to_have_count(4)
    at(admin, "explain-3").click()
    at(admin, "yes").click()
    expect(at(admin, "error")).to_be_visible()
    at(admin, "error-ok").click()
    at(admin, "explain-3").click()
    type_in(admin, "reason", "Kasse war in Reparatur")
    at(admin, "yes").click()
    expect(at(admin, "explained")).to_contain_text("Kasse war in Reparatur")
    expect(at(admin, "hole-3")).to_have_count(0)
    assert "hole_explained" in actions(world)


def test_an_auditor_explains_nothing(house: House) -> None:
    page = house.page("auditor")
    page.goto(house.address + "/calendar?till=1")
    expect(at(page, "hole-6")).to_be_visible()
    expect(at(page, "explain-6")).to_have_count(0)
    page.goto(house.address + "/decisions")
    page.locator("h2").first.wait_for()
    expect(page.get_by_role("button", name="Ablehnen")).to_have_count(0)
    page.context.close()


def test_enrolling_by_download_and_onto_a_stick(world: World, house: House, admin: Page) -> None:
    admin.goto(house.address + "/tills")
    at(admin, "enrol").click()
    type_in(admin, "number", "1004")
    type_in(admin, "till-name", "Bar 4")
    with admin.expect_download() as download:
        at(admin, "yes").click()
    assert download.value.suggested_filename == "1004.enrolment"
    assert "age" in Path(download.value.path()).read_text(encoding="utf-8")
    expect(at(admin, "till-1004")).to_contain_text("Bar 4")
    at(admin, "enrol").click()
    type_in(admin, "number", "1004")
    type_in(admin, "till-name", "Noch eine")
    at(admin, "yes").click()
    expect(at(admin, "error")).to_contain_text("Kundennummer")
    at(admin, "error-ok").click()
    stick = house.media / "NEU"
    stick.mkdir()
    (stick / "x.txt").write_text("x")
    admin.goto(house.address)
    expect(at(admin, "stick-NEU")).to_be_visible()
    admin.goto(house.address + "/tills")
    at(admin, "enrol").click()
    type_in(admin, "number", "1005")
    type_in(admin, "till-name", "Bar 5")
    at(admin, "where").click()
    admin.get_by_role("option", name="NEU").click()
    at(admin, "yes").click()
    expect(at(admin, "till-1005")).to_be_visible()
    assert (stick / "1005.enrolment").is_file()
    assert actions(world).count("till_enrolled") == 2


def test_outlets_and_changing_a_till(world: World, house: House, admin: Page) -> None:
    admin.goto(house.address + "/tills")
    at(admin, "outlet-new").click()
    type_in(admin, "outlet-id", "S")
    type_in(admin, "outlet-name", "Strandbar Süd")
    at(admin, "save").click()
    expect(at(admin, "outlet-S")).to_contain_text("Strandbar Süd")
    at(admin, "change-1004").click()
    type_in(admin, "till-name", "Neue Bar")
    at(admin, "outlet").click()
    admin.get_by_role("option", name="Strandbar Süd").click()
    at(admin, "kind").click()
    admin.get_by_role("option", name="online").click()
    at(admin, "save").click()
    expect(at(admin, "till-1004")).to_contain_text("Strandbar Süd")
    expect(at(admin, "till-1004")).to_contain_text("Neue Bar")
    expect(at(admin, "kind-online")).to_contain_text("1")
    at(admin, "change-1005").click()
    at(admin, "retire").click()
    expect(at(admin, "error")).to_be_visible()
    at(admin, "error-ok").click()
    type_in(admin, "reason", "verkauft")
    at(admin, "retire").click()
    expect(at(admin, "till-1005")).to_contain_text("stillgelegt")
    assert world.tills()["1005"].state is TillState.RETIRED
    assert {"till_renamed", "till_placed", "till_connected"} <= set(actions(world))


def decide(page: Page, key: str, reason: str = "geklärt", **fields: str) -> None:
    """Press a decision, say why, and wait until it is gone."""
    at(page, key).click()
    for field, value in fields.items():
        type_in(page, field, value)
    type_in(page, "reason", reason)
    at(page, "yes").click()
    expect(at(page, key)).to_have_count(0)


def test_an_unknown_till_is_approved_and_its_days_come(world: World, house: House) -> None:
    page = house.page("decide")
    page.goto(house.address + "/decisions")
    card = page.locator(".card", has_text="SAMPLE-00007")
    expect(card).to_contain_text("2 Abschlüsse")
    decide(page, f"approved-{item_of(world, 1, ItemState.UNKNOWN_TILL)}", name="Gastbar")
    wait_until(lambda: len(world.held(UNKNOWN)) == 2)
    page.context.close()


def test_conflicts_side_by_side(world: World, house: House, admin: Page) -> None:
    keep = item_of(world, 2, ItemState.CONFLICT)
    take = item_of(world, 3, ItemState.CONFLICT)
    admin.goto(f"{house.address}/compare?item={take}")
    expect(at(admin, "differences")).to_contain_text("transactions")
    decide(admin, f"took_delivered-{take}")
    decide(admin, f"kept_held-{keep}")
    held = world.held(2)
    wanted = digests_of(2, 2)["bookings"], digests_of(2, 3, 5)["bookings"]
    assert (held[2].digests["bookings"], held[3].digests["bookings"]) == wanted
    admin.goto(f"{house.address}/compare?item={take}")
    expect(at(admin, "error")).to_be_visible()


def test_what_cannot_be_used_is_discarded(world: World, house: House, admin: Page) -> None:
    admin.goto(house.address + "/decisions")
    decide(admin, f"discarded-{item_of(world, 1, ItemState.INCOMPLETE)}")
    expect(at(admin, "empty")).to_be_visible()


def test_reconciliation_compares_then_repairs(world: World, house: House, admin: Page) -> None:
    folder = world.folder / "full"
    folder.mkdir()
    write_export(iter([days(1, 1, 2, 3, 4, 5, 6)]), folder / "full.zip")
    admin.goto(house.address + "/reconcile")
    at(admin, "compare").click()
    expect(at(admin, "error")).to_be_visible()
    at(admin, "error-ok").click()
    type_in(admin, "path", str(folder))
    at(admin, "compare").click()
    expect(at(admin, "match-missing_here")).to_contain_text("2")
    expect(at(admin, "match-identical")).to_contain_text("4")
    assert sorted(world.held(1)) == [1, 2, 4, 5, 9]
    at(admin, "repair").click()
    at(admin, "yes").click()
    expect(at(admin, "match-identical")).to_contain_text("6")
    assert sorted(world.held(1)) == [1, 2, 3, 4, 5, 6, 9]
    with admin.expect_download() as download:
        at(admin, "report").click()
    assert "<table>" in Path(download.value.path()).read_text(encoding="utf-8")


def test_a_new_person_signs_in_with_the_password_that_is_shown_once(
    house: House, admin: Page
) -> None:
    admin.goto(house.address + "/people")
    at(admin, "add").click()
    type_in(admin, "user-name", "Neu")
    at(admin, "yes").click()
    once = at(admin, "once").inner_text()
    at(admin, "ok").click()
    expect(at(admin, "user-neu")).to_contain_text("Einmal-Kennwort")
    page = house.page()
    sign_in(page, "neu", once)
    page.wait_for_url("**/password")
    at(admin, "change-neu").click()
    at(admin, "remove").click()
    expect(at(admin, "user-neu")).to_have_count(0)
    page.goto(house.address)
    page.wait_for_url("**/sign-in")
    page.context.close()
    at(admin, "change-admin").click()
    at(admin, "remove").click()
    expect(at(admin, "error")).to_be_visible()
    at(admin, "error-ok").click()


def test_the_log_is_whole_and_names_who_did_it(house: House) -> None:
    page = house.page("auditor")
    page.goto(house.address + "/log")
    expect(at(page, "chain")).to_contain_text("unversehrt")
    expect(at(page, "log")).to_contain_text("admin")
    told = at(page, "events")
    expect(told).to_contain_text("admin hat sich angemeldet.")
    expect(told).to_contain_text("Die Zentrale ist gestartet")
    page.locator('[data-test="level"]').click()
    page.get_by_role("option", name="Hinweise und Fehler").click()
    expect(told).to_contain_text("Kasse 1003, Z 1: unvollständig")
    expect(told).not_to_contain_text("admin hat sich angemeldet.")
    page.context.close()


def test_health_and_a_backup(world: World, house: House, admin: Page) -> None:
    admin.goto(house.address + "/health")
    expect(at(admin, "health_no_backup")).to_be_visible()
    type_in(admin, "key-file", str(world.folder / "recovery.key"))
    at(admin, "recovery").click()
    wait_until((world.folder / "recovery.key").is_file)
    target = world.folder / "backups"
    target.mkdir()
    type_in(admin, "target", str(target))
    at(admin, "backup").click()
    expect(at(admin, "backup-done")).to_contain_text("Gesichert")
    assert len(list(target.iterdir())) == 1
    type_in(admin, "backup-folder", str(world.folder / "nowhere"))
    at(admin, "save-backup-settings").click()
    expect(at(admin, "error")).to_contain_text("nowhere")
    at(admin, "error-ok").click()
    type_in(admin, "backup-folder", str(target))
    type_in(admin, "warn-hours", "72")
    at(admin, "save-backup-settings").click()
    expect(admin.locator('input[data-test="target"]')).to_have_value(str(target))
    expect(at(admin, "health_no_backup")).to_have_count(0)
    # Where the backups lie is where "from a folder" begins.
    admin.goto(house.address)
    at(admin, "folder").click()
    expect(admin.locator('input[data-test="path"]')).to_have_value(str(target))
    at(admin, "no").click()
    with opened_office(world.office, read_only=True) as office:
        assert office_admin.health_of(office).last_backup_at
    assert_held(world, 3, [])
