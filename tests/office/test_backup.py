"""Head office as one encrypted file, and back again on another machine."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.world import World, assert_held, assert_sound, days
from tests.journal.postgres import PostgresServer
from tests.office.admin import CLERK, actions, export_of, opened, refused
from tillferry.formats.keys import OfficeKeys
from tillferry.office.audit_log import Actor
from tillferry.office.backup import LastBackup, last_backup
from tillferry.wiring import office_admin
from tillferry.wiring.office import now


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    return filled(World(tmp_path / "one", url))


@pytest.fixture
def small(tmp_path: Path) -> World:
    return filled(World(tmp_path / "one"))


def filled(world: World) -> World:
    world.add_till(1)
    world.close(1, 1, 2)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    return world


def key(world: World) -> Path:
    out = world.folder / "recovery.txt"
    if not out.exists():
        with opened(world) as office:
            office_admin.write_recovery_key(office, out, CLERK)
    return out


def back_up(world: World, target: Path, *, incremental: bool = False, later: int = 0) -> LastBackup:
    who = Actor("clerk", lambda: now() + timedelta(seconds=later))
    with opened(world) as office:
        return office_admin.back_up(office, target, who, incremental=incremental)


def restored(world: World, *files: Path, database: str = "") -> World:
    other = World.__new__(World)
    other.folder, other.database = world.folder.parent / "two", database
    other.folder.mkdir()
    office_admin.restore(files, key(world), other.office, database, CLERK)
    return other


def test_everything_is_there_on_another_machine(
    world: World, request: pytest.FixtureRequest
) -> None:
    key(world)
    file = world.folder / "office.tfo"
    made = back_up(world, file)
    assert file.stat().st_size == made.size_bytes
    database = ""
    if world.database:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        database = server.new_database()
        with refused("journal_not_empty"):
            office_admin.restore([file], key(world), world.folder / "no", world.database, CLERK)
        assert not (world.folder / "no").exists()

    other = restored(world, file, database=database)

    assert_held(other, 1, [1, 2])
    assert_sound(other)
    assert actions(other) == ["recovery_key_written", "restored"]
    keys = [OfficeKeys.load(each.office / "keys").public_key for each in (world, other)]
    assert keys[0] == keys[1]
    # The till goes on with the office as it was.
    world.close(1, 3)
    world.send(1, world.stick("b"))
    other.bring(world.stick("b"))
    assert_held(other, 1, [1, 2, 3])


def test_an_incremental_one_needs_what_it_builds_on(small: World) -> None:
    key(small)
    with refused("backup_not_found"):
        back_up(small, small.folder / "early.tfo", incremental=True)
    whole = small.folder / "whole.tfo"
    back_up(small, whole)
    small.close(1, 3)
    small.send(1, small.stick("b"))
    small.bring(small.stick("b"))
    second, third = small.folder / "second.tfo", small.folder / "third.tfo"
    back_up(small, second, incremental=True, later=1)
    small.bring(export_of(small.folder / "exports", days(2, 1)), accept_new_tills=True)
    back_up(small, third, incremental=True, later=2)

    with refused("backup_base_missing"):
        restored(small, whole, third)
    shutil.rmtree(small.folder.parent / "two")
    other = restored(small, third, whole, second)

    assert_held(other, 1, [1, 2, 3])
    assert_sound(other)


def test_a_folder_as_target_gets_a_name_with_the_time(small: World) -> None:
    key(small)
    made = back_up(small, small.folder)
    name = Path(made.path).name
    assert name.startswith("office-1000-") and name.endswith("-full.tfo")
    with opened(small) as office:
        assert last_backup(office.home) == made
        found = office_admin.health_of(office)
    assert found.last_backup_at == made.at and found.backup_hours == 0.0
    assert "health_no_backup" not in found.warnings
    assert found.database_bytes > 0 and found.free_bytes > 0 and found.inbox_lists == 0


def test_what_else_lies_in_the_home_holds_nothing_up(small: World) -> None:
    key(small)
    for name in (".tmp-1.json", "Übersicht alt.json"):
        (small.office / name).write_text("{")
    (small.office / "mail.json").write_text("{}")
    file = small.folder / "office.tfo"
    back_up(small, file)
    other = restored(small, file)
    assert sorted(path.name for path in other.office.glob("*.json")) == ["mail.json", "office.json"]


def test_without_a_recovery_key_there_is_no_backup(small: World) -> None:
    with refused("recovery_key_missing"):
        back_up(small, small.folder / "office.tfo")
    public = key(small)
    with opened(small) as office, refused("target_exists"):
        office_admin.write_recovery_key(office, public, CLERK)
    back_up(small, small.folder / "office.tfo")
    with refused("target_exists"):
        back_up(small, small.folder / "office.tfo")
    with refused("target_not_writable"):
        back_up(small, small.folder / "nowhere" / "office.tfo")


def test_health_warns_without_a_backup_and_after_two_days(small: World) -> None:
    with opened(small) as office:
        assert "health_no_backup" in office_admin.health_of(office).warnings
    key(small)
    back_up(small, small.folder / "office.tfo", later=-3 * 24 * 3600)
    with opened(small) as office:
        found = office_admin.health_of(office)
    assert "health_old_backup" in found.warnings and found.backup_hours == 72.0
    assert datetime.fromisoformat(found.last_backup_at)


def test_an_existing_home_is_left_alone(small: World) -> None:
    key(small)
    file = small.folder / "office.tfo"
    back_up(small, file)
    with refused("home_not_empty"):
        office_admin.restore([file], key(small), small.office, "", CLERK)
    with refused("path_not_found"):
        office_admin.restore([small.folder / "no"], key(small), small.folder / "x", "", CLERK)
    assert_held(small, 1, [1, 2])


def test_another_key_and_damage_are_told_and_leave_nothing(small: World, tmp_path: Path) -> None:
    key(small)
    file = small.folder / "office.tfo"
    back_up(small, file)
    target = tmp_path / "new"
    wrong = World(tmp_path / "wrong")
    with refused("backup_key_wrong"):
        office_admin.restore([file], key(wrong), target, "", CLERK)
    data = file.read_bytes()
    for place in (len(data) // 2, len(data) - 1):
        damaged = bytearray(data)
        damaged[place] ^= 1
        file.write_bytes(damaged)
        with refused("backup_damaged"):
            office_admin.restore([file], key(small), target, "", CLERK)
    for size in (len(data) - 1, len(data) // 2, 100, 0):
        file.write_bytes(data[:size])
        with refused("backup_damaged"):
            office_admin.restore([file], key(small), target, "", CLERK)
    assert not target.exists() and list(tmp_path.glob(".restoring-*")) == []


def test_a_restored_office_gets_again_what_its_tills_had_ticked_off(small: World) -> None:
    file = small.folder / "office.tfo"
    key(small)
    back_up(small, file)
    small.close(1, 3)
    small.send(1, small.stick("b"))
    small.bring(small.stick("b"))
    assert small.send(1, small.stick("b")).standing.waiting == ()
    other = restored(small, file)
    small.close(1, 4)
    small.send(1, small.stick("c"))
    other.bring(small.stick("c"))
    assert sorted(other.held(1)) == [1, 2, 4]
    small.send(1, small.stick("c"))
    other.bring(small.stick("c"))
    assert sorted(other.held(1)) == [1, 2, 3, 4]


def test_a_disk_that_is_too_small_is_seen_before_a_byte_is_unpacked(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    key(small)
    file = small.folder / "office.tfo"
    back_up(small, file)
    usage = shutil.disk_usage(small.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1000))
    with refused("restore_no_room"):
        restored(small, file)
    assert list((small.folder.parent / "two").iterdir()) == []
