"""Importing from a folder of backups: where it lies, what is opened, stopping in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.command import Done
from tests.e2e.world import World, assert_sound, days
from tests.office.admin import CLERK, actions, assert_books, export_of, opened, refused
from tests.till.shops import make_shop
from tillferry import cli
from tillferry.office.backup_settings import BackupSettings
from tillferry.office.event_log import last_events
from tillferry.office.importing import ImportEvents, ImportOptions, Outcome
from tillferry.wiring import office_admin
from tillferry.wiring import till as till_wiring
from tillferry.wiring.office import ReceiveEvents, import_paths
from tillferry.wiring.safekeeping import back_up


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    def run_here(*arguments: str | Path) -> Done:
        status = cli.run(["--lang", "en", "office", *map(str, arguments)])
        shown = capsys.readouterr()
        return Done(status, shown.out, shown.err)

    return run_here


def backups_of_a_lost_till(world: World) -> Path:
    """A folder with two backups of a till with a register; its third day never came otherwise."""
    shop = make_shop(world.folder / "shop", world.enrolment(1))
    shop.day()
    with shop.opened() as register:
        register.fill_outbox()
    with till_wiring.opened_till(shop.home) as till:
        till.send(till_wiring.stick(world.stick("a")))
    world.bring(world.stick("a"))
    folder = world.folder / "backups"
    (folder / "deep").mkdir(parents=True)
    for name in ("one.tfk", "deep/two.tfk"):
        shop.work()
        shop.day()
        with shop.opened() as register:
            register.fill_outbox()
            back_up(register.home, register.register, folder / name)
    return folder


def held(world: World) -> dict[int, set[str]]:
    with opened(world) as office:
        (only,) = office.journal.tills()
        return {z: set(of.digests) for z, of in office.journal.held(only.till_id).items()}


def test_the_till_backups_in_the_folder_are_sources(world: World, run: Callable[..., Done]) -> None:
    folder = backups_of_a_lost_till(world)
    (folder / "old.tfk").write_bytes(b"nothing")
    home = ("--home", world.office)
    assert run("import", folder, *home).status == 0
    assert sorted(held(world)) == [1]

    unset = run("import", "--backup-folder", *home)
    assert unset.status == 1 and "backup_folder_not_set" in unset.err
    assert run("backup-settings", "--folder", folder, *home).status == 0
    done = run("import", "--backup-folder", *home)

    # The damaged one is told and holds up nothing.
    assert done.status == 1 and "backup_damaged" in done.err
    assert sorted(held(world)) == [1, 2, 3] and "time" in held(world)[3]
    (folder / "old.tfk").unlink()
    again = run("import", "--backup-folder", *home, "--json")
    assert again.status == 0 and again.json["totals"]["already_present"] == 3
    assert {item["z_nr"] for item in again.json["items"]} == {1, 2, 3}
    assert "not_copied" in [event.name for event in last_events(world.office, 50, "error")]
    assert_sound(world)


def test_one_backup_can_be_named_itself(world: World, run: Callable[..., Done]) -> None:
    folder = backups_of_a_lost_till(world)
    home = ("--home", world.office)
    assert run("import", folder / "one.tfk", *home).status == 1
    done = run("import", folder / "one.tfk", *home, "--backup-folder")
    assert done.status == 0, done.err
    assert sorted(held(world)) == [1, 2]


def test_without_a_path_an_import_is_refused(world: World, run: Callable[..., Done]) -> None:
    done = run("import", "--home", world.office)
    assert done.status == 2 and "PATH" in done.err


def test_the_setting_is_kept_checked_and_logged(world: World, run: Callable[..., Done]) -> None:
    home = ("--home", world.office)
    usual = run("backup-settings", *home, "--json")
    assert usual.json == {"folder": "", "warn_hours": 48}
    assert run("backup-settings", "--folder", world.folder, "--warn-hours", "5", *home).status == 0
    with opened(world) as office:
        assert office_admin.backup_settings(office) == BackupSettings(str(world.folder), 5)
        with refused("path_not_found"):
            office_admin.set_backup_settings(
                office, BackupSettings(str(world.folder / "gone")), CLERK
            )
        with refused("backup_hours_invalid"):
            office_admin.set_backup_settings(office, BackupSettings("", 0), CLERK)
    assert actions(world)[-1] == "backup_settings"
    (world.office / "backup-settings.json").write_text('{"folder": 3}')
    with opened(world) as office, refused("settings_damaged"):
        office_admin.backup_settings(office)


def test_a_backup_goes_to_the_folder_that_is_set(world: World, run: Callable[..., Done]) -> None:
    home = ("--home", world.office)
    run("recovery-key", "--out", world.folder / "key", *home)
    assert run("backup", *home).status == 1
    target = world.folder / "kept"
    target.mkdir()
    run("backup-settings", "--folder", target, *home)
    assert run("backup", *home).status == 0
    assert len(list(target.glob("*.tfo"))) == 1


def test_a_backup_is_old_by_the_rule_that_is_set(world: World) -> None:
    with opened(world) as office:
        office_admin.write_recovery_key(office, world.folder / "key", CLERK)
        office_admin.back_up(office, world.folder / "office.tfo", CLERK)
        record = world.office / "last-backup.json"
        made = office_admin.health_of(office).last_backup_at
        year = made[:4]
        record.write_text(record.read_text().replace(made, made.replace(year, str(int(year) - 1))))
        assert "health_old_backup" in office_admin.health_of(office).warnings
        office_admin.set_backup_settings(office, BackupSettings("", 24 * 366), CLERK)
        found = office_admin.health_of(office)
    assert "health_old_backup" not in found.warnings and found.warn_hours == 24 * 366


@pytest.fixture
def many(world: World) -> Iterator[Path]:
    """An export of more closings than one group takes, of a till that is known."""
    exports = world.folder / "exports"
    world.bring(export_of(exports, days(1, 1)), accept_new_tills=True)
    yield export_of(exports, days(1, *range(2, 302)))


def test_a_stop_comes_between_closings_and_the_rest_waits(world: World, many: Path) -> None:
    told: list[Outcome] = []
    events = ImportEvents(outcome=told.append)
    with opened(world) as office:
        import_paths(
            office,
            [many],
            ImportOptions(),
            ReceiveEvents(),
            replace(events, stop=lambda: len(told) > 0),
        )
    # One group is booked whole: each closing in it with its rows, none of the others.
    assert 0 < len(told) < 300
    assert_books(world, 1, dict.fromkeys([1, *(outcome.z_nr for outcome in told)], 1))
    assert world.check().faults == ()
    assert len(list((world.office / "inbox").glob("*.json"))) == 1
    assert last_events(world.office, 1)[0].name == "import_stopped"

    world.bring()

    assert_books(world, 1, dict.fromkeys(range(1, 302), 1))
    assert_sound(world)


def test_a_stop_before_the_first_group_books_nothing(world: World, many: Path) -> None:
    with opened(world) as office:
        import_paths(
            office, [many], ImportOptions(), ReceiveEvents(), ImportEvents(stop=lambda: True)
        )
    assert_books(world, 1, {1: 1})
    assert len(list((world.office / "inbox").glob("*.json"))) == 1
