"""Reconciliation and repair: with exports, bundles and till backups."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.e2e.world import World, assert_sound, day, days, digests_of, torn
from tests.office.admin import (
    CLERK,
    actions,
    assert_books,
    books,
    export_of,
    managing,
    opened,
    refused,
    waiting,
)
from tests.till.shops import make_shop
from tillferry.closing.office_seams import Outlet
from tillferry.errors import TillferryError
from tillferry.office.reconcile import Match, Reconciliation
from tillferry.office.reconcile_report import report_html
from tillferry.wiring import office_admin
from tillferry.wiring import till as till_wiring
from tillferry.wiring.office_admin import ReconcileEvents
from tillferry.wiring.safekeeping import back_up

EVER = date(2000, 1, 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    return World(tmp_path, url)


@pytest.fixture
def small(tmp_path: Path) -> World:
    """On SQLite alone: what it is about has nothing to do with SQL."""
    return World(tmp_path)


def reconcile(
    world: World,
    path: Path,
    *,
    since: date = EVER,
    repair: bool = False,
    outlet: str = "",
    events: ReconcileEvents | None = None,
) -> Reconciliation:
    with opened(world) as office:
        return office_admin.reconcile(
            office, path, since, CLERK, repair=repair, outlet=outlet, events=events
        )


def matches(found: Reconciliation) -> dict[int, Match]:
    return {each.z_nr: each.match for each in found.compared}


def archived(world: World) -> set[str]:
    return {file.name for file in (world.office / "archive").rglob("*") if file.is_file()}


def test_every_way_to_differ_is_found_and_nothing_is_written(world: World) -> None:
    exports = world.folder / "exports"
    world.bring(export_of(exports, days(1, 1, 2, 3)), accept_new_tills=True)
    source = export_of(
        world.folder / "source", days(1, 1), day(1, 2, seed=2), days(1, 4), torn(day(1, 5))
    )
    before, log = archived(world), actions(world)

    found = reconcile(world, source)

    assert matches(found) == {
        1: Match.IDENTICAL,
        2: Match.DIFFERENT,
        3: Match.MISSING_THERE,
        4: Match.MISSING_HERE,
        5: Match.UNUSABLE,
    }
    different = found.compared[1]
    assert different.difference is not None and different.difference.rows
    assert different.here is not None and different.there is not None
    assert not found.is_identical and found.repaired == 0
    assert archived(world) == before and actions(world) == log
    assert_books(world, 1, {1: 1, 2: 1, 3: 1})


def test_repair_completes_and_corrects_with_the_source_as_origin(world: World) -> None:
    world.bring(export_of(world.folder / "exports", days(1, 1, 2)), accept_new_tills=True)
    source = export_of(world.folder / "source", days(1, 1), day(1, 2, seed=2), days(1, 4))

    done = reconcile(world, source, repair=True)

    assert done.repaired == 2 and done.is_identical
    assert_books(world, 1, {1: 1, 2: 2, 4: 1})
    held = world.held(1)
    assert held[2].delivery == held[4].delivery != held[1].delivery
    with opened(world) as office:
        (version,) = office_admin.records(office).versions()
        assert version.digests["bookings"] == books(1, 2)
        assert version.new_delivery == held[2].delivery
        delivery = office.journal.delivery(held[2].delivery)
        assert delivery is not None and delivery.kind == "export"
    assert actions(world) == ["closing_corrected", "closing_completed"]
    assert waiting(world) == []
    assert_sound(world)
    assert reconcile(world, source).is_identical
    assert reconcile(world, source, repair=True).repaired == 0


def test_what_waits_as_incomplete_is_completed(world: World) -> None:
    exports = world.folder / "exports"
    world.bring(export_of(exports, day(1, 1)), accept_new_tills=True)
    world.bring(export_of(exports, torn(day(1, 2))))
    assert len(waiting(world)) == 1
    source = export_of(world.folder / "source", day(1, 2))
    assert [each.waits for each in reconcile(world, source).compared] == [False, True]

    reconcile(world, source, repair=True)

    assert waiting(world) == []
    assert_books(world, 1, {1: 1, 2: 1})


def test_a_conflict_that_waits_is_settled_by_a_repair(small: World) -> None:
    exports = small.folder / "exports"
    small.bring(export_of(exports, day(1, 1)), accept_new_tills=True)
    other = export_of(exports, day(1, 1, seed=2))
    small.bring(other)
    assert len(waiting(small)) == 1

    assert reconcile(small, other, repair=True).repaired == 1

    assert waiting(small) == []
    assert_books(small, 1, {1: 2})


def test_bundles_bring_the_parts_that_are_missing_here(small: World) -> None:
    small.add_till(1)
    small.close(1, 1, 2)
    small.send(1, small.stick("a"))
    small.bring(small.stick("a"), without_stock=True)
    assert "stock" not in small.held(1)[1].digests

    found = reconcile(small, small.stick("a"))
    assert {each.match for each in found.compared} == {Match.MISSING_HERE}
    assert {each.parts for each in found.compared} == {("stock",)}
    assert reconcile(small, small.stick("a"), repair=True).repaired == 2

    assert dict(small.held(1)[2].digests) == dict(digests_of(1, 2))
    assert_sound(small)


def test_a_till_backup_brings_what_never_arrived(small: World) -> None:
    """The till is lost before its days reached head office; its backup is not."""
    shop = make_shop(small.folder / "shop", small.enrolment(1))
    shop.day()
    with shop.opened() as register:
        register.fill_outbox()
    with till_wiring.opened_till(shop.home) as till:
        till.send(till_wiring.stick(small.stick("a")))
    small.bring(small.stick("a"))
    shop.work()
    shop.day()
    shop.day()
    backups = small.folder / "backups"
    backups.mkdir()
    with shop.opened() as register:
        register.fill_outbox()
        back_up(register.home, register.register, backups / "till.tfk")

    found = reconcile(small, backups / "till.tfk")
    assert matches(found) == {1: Match.IDENTICAL, 2: Match.MISSING_HERE, 3: Match.MISSING_HERE}
    assert "till.tfk" in found.compared[1].source
    done = reconcile(small, backups, repair=True)

    assert done.repaired == 2 and done.is_identical
    with opened(small) as office:
        (only,) = office.journal.tills()
        held = office.journal.held(only.till_id)
    assert sorted(held) == [1, 2, 3] and {"bookings", "time"} <= set(held[2].digests)
    assert_sound(small)


def test_an_outlet_without_stock_does_not_miss_it(small: World) -> None:
    small.add_till(1)
    small.close(1, 1)
    small.send(1, small.stick("a"))
    small.bring(small.stick("a"), without_stock=True)
    with managing(small) as (office, admin):
        admin.save_outlet(Outlet("7", "Hafen", without_stock=True))
        admin.place(office.journal.tills()[0], "7")

    assert reconcile(small, small.stick("a")).is_identical
    assert reconcile(small, small.stick("a"), outlet="7").is_identical


def test_only_the_tills_of_an_outlet_are_compared(small: World) -> None:
    exports = small.folder / "exports"
    small.bring(export_of(exports, day(1, 1), day(2, 1)), accept_new_tills=True)
    source = export_of(small.folder / "source", day(1, 1, seed=2), day(2, 1, seed=2), day(3, 1))
    with managing(small) as (office, admin):
        admin.save_outlet(Outlet("7", "Hafen"))
        with refused("reconcile_outlet_empty"):
            office_admin.reconcile(office, source, EVER, CLERK, outlet="7")
        with refused("outlet_not_found"):
            office_admin.reconcile(office, source, EVER, CLERK, outlet="8")
        second = office.journal.tills()[1]
        admin.place(second, "7")

    found = reconcile(small, source, outlet="7")

    assert [(each.till_id, each.match) for each in found.compared] == [
        (second.till_id, Match.DIFFERENT)
    ]
    everything = reconcile(small, source)
    assert sorted(each.match for each in everything.compared) == [
        Match.DIFFERENT,
        Match.DIFFERENT,
        Match.UNKNOWN_TILL,
    ]


def test_days_before_the_date_are_left_alone_and_the_file_may_still_be_imported(
    small: World,
) -> None:
    small.bring(export_of(small.folder / "exports", day(1, 3)), accept_new_tills=True)
    source = export_of(small.folder / "source", days(1, 1, 4))
    since = day(1, 2).heads[0].business_day

    done = reconcile(small, source, since=since, repair=True)

    assert matches(done) == {3: Match.MISSING_THERE, 4: Match.MISSING_HERE}
    assert_books(small, 1, {3: 1, 4: 1})
    told = small.bring(source)
    assert [state for _, _, state in told.states] == ["imported", "already_present"]
    assert_books(small, 1, {1: 1, 3: 1, 4: 1})


def test_a_source_that_contradicts_itself_repairs_nothing(small: World) -> None:
    small.bring(export_of(small.folder / "exports", days(1, 1, 2)), accept_new_tills=True)
    folder = small.folder / "source"
    export_of(folder, day(1, 1, seed=2), day(1, 2))
    export_of(folder, day(1, 1, seed=3), day(1, 2, seed=2))

    done = reconcile(small, folder, repair=True)

    # Z 2 is among the versions of the source, so it is as it should be.
    assert matches(done) == {1: Match.CONTRADICTORY, 2: Match.IDENTICAL}
    assert_books(small, 1, {1: 1, 2: 1})


def test_it_stops_between_closings_and_goes_on_the_next_time(small: World) -> None:
    small.bring(export_of(small.folder / "exports", day(1, 1)), accept_new_tills=True)
    source = export_of(small.folder / "source", days(1, 1, 2, 3, 4))
    repaired: list[int] = []

    stopped = reconcile(
        small,
        source,
        repair=True,
        events=ReconcileEvents(
            repairing=lambda done, total: repaired.append(done),
            stop=lambda: bool(repaired and repaired[-1] == 1),
        ),
    )
    assert stopped.stopped and not stopped.is_identical
    assert len(small.held(1)) == 2
    early = reconcile(small, source, events=ReconcileEvents(stop=lambda: True))
    assert early.stopped and early.compared == ()

    assert reconcile(small, source, repair=True).repaired == 2
    assert_books(small, 1, {1: 1, 2: 1, 3: 1, 4: 1})
    assert_sound(small)


def test_files_that_cannot_be_read_are_told(small: World) -> None:
    small.add_till(1)
    small.close(1, 1)
    small.send(1, small.stick("a"))
    small.bring(small.stick("a"))
    (bundle,) = small.stick("a").rglob("*.tfb")
    broken = small.folder / "broken"
    broken.mkdir()
    (broken / bundle.name).write_bytes(bundle.read_bytes()[:-1])
    (broken / "old.tfk").write_bytes(b"nothing")

    found = reconcile(small, broken)

    assert {entry.code for _, findings in found.problems for entry in findings} == {
        "bundle_damaged",
        "backup_damaged",
    }
    assert not found.is_identical
    empty = small.folder / "empty"
    empty.mkdir()
    with refused("reconcile_nothing"):
        reconcile(small, empty)
    with refused("path_not_found"):
        reconcile(small, small.folder / "nowhere")


def test_a_source_that_vanishes_while_it_is_read(small: World) -> None:
    folder = small.folder / "source"
    for z_nr in (1, 2):
        export_of(folder, day(1, z_nr))
    small.bring(folder, accept_new_tills=True)

    def pulled(done: int, total: int) -> None:
        shutil.rmtree(folder, ignore_errors=True)

    with refused("carrier_gone"):
        reconcile(small, folder, events=ReconcileEvents(comparing=pulled))


def test_no_repair_while_an_import_runs(small: World) -> None:
    source = export_of(small.folder / "source", day(1, 1))
    with opened(small) as office, office.home.exclusive():
        with refused("office_busy"):
            reconcile(small, source, repair=True)
        assert matches(reconcile(small, source)) == {1: Match.UNKNOWN_TILL}


def test_a_journal_that_fails_in_the_middle_keeps_what_was_done(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.bring(export_of(small.folder / "exports", day(1, 1)), accept_new_tills=True)
    source = export_of(small.folder / "source", days(1, 2, 3))

    def full(done: int, total: int) -> None:
        if done == 1:
            raise TillferryError("journal_full", where="here")

    with refused("journal_full"):
        reconcile(small, source, repair=True, events=ReconcileEvents(repairing=full))
    assert len(small.held(1)) == 2
    monkeypatch.undo()

    reconcile(small, source, repair=True)
    told = small.bring(source)
    assert {state for _, _, state in told.states} == {"already_present"}
    assert_books(small, 1, {1: 1, 2: 1, 3: 1})
    assert_sound(small)


def test_the_report_shows_everything_and_lets_no_markup_through(small: World) -> None:
    small.bring(export_of(small.folder / "exports", day(1, 1)), accept_new_tills=True)
    found = reconcile(small, export_of(small.folder / "source", day(1, 1, seed=2), day(1, 2)))
    evil = replace(found.compared[0], till="<script>alert(1)</script>")
    found = replace(found, compared=(evil, *found.compared[1:]))

    for lang, title in (("de", "Datenabgleich"), ("en", "Reconciliation")):
        page = report_html(found, source="S & Z", person="clerk", made_at="now", lang=lang)
        assert f"<title>{title}</title>" in page and f'lang="{lang}"' in page
        assert "<script>" not in page and "&lt;script&gt;" in page and "S &amp; Z" in page
        assert "transactions" in page
