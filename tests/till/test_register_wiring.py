"""A till's register and its road: close, stick, head office, acknowledgement, backup, restore."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.e2e.world import World
from tests.till.register.helpers import ANNA, BEN, key, sale
from tests.till.shops import Shop, held, make_shop, stick, waiting
from tillferry.carriers.folder import FolderCarrier
from tillferry.closing.digest import Digests
from tillferry.errors import TillferryError, all_texts
from tillferry.formats.keys import TILL_SIGNING_FILE
from tillferry.formats.recovery import RECOVERY_FILE
from tillferry.till.home import open_home
from tillferry.wiring.register import (
    HandoverState,
    handover,
    till_status,
    wait_for_stick,
)
from tillferry.wiring.safekeeping import KEPT_ON_CARRIER, Restored, restore_till
from tillferry.wiring.setting_up import set_up


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "chain")


@pytest.fixture
def shop(world: World) -> Shop:
    return make_shop(world.till(1), world.enrolment(1))


@pytest.fixture
def alone(tmp_path: Path) -> Shop:
    return make_shop(tmp_path / "till")


def digests(shop: Shop, z_nr: int) -> Digests:
    with shop.opened() as opened:
        return opened.register.days.digests(z_nr)


def hand_over(shop: Shop, carrier: FolderCarrier, *, with_backup: bool = False) -> list[str]:
    """The steps of a handover that works."""
    steps: list[str] = []
    with shop.opened() as opened:
        done = handover(
            opened, carrier, with_backup=with_backup, step=lambda state: steps.append(state.value)
        )
    assert done.error is None
    return steps


# --- day close and outbox -----------------------------------------------------------------------


def test_a_closed_day_is_on_the_way(shop: Shop) -> None:
    assert waiting(shop) == []
    assert [shop.day(), shop.day()] == [1, 2]
    assert waiting(shop) == [1, 2]


def test_an_empty_day_uses_no_number(shop: Shop) -> None:
    with shop.opened() as opened:
        assert opened.close_day(BEN) is None
    assert waiting(shop) == []


def test_killed_between_finalising_and_the_outbox(shop: Shop) -> None:
    shop.sell()
    script = (
        "import os, sys; from pathlib import Path\n"
        "from tillferry.till.outbox import Outbox\n"
        "from tillferry.wiring.register import opened_register\n"
        "with opened_register(Path(sys.argv[1])) as opened:\n"
        "    Outbox.put = lambda *_: os._exit(9)\n"
        "    opened.close_day('2')\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(shop.home)], check=False)
    assert done.returncode == 9
    assert till_status(shop.home).standing.closings == 1
    assert waiting(shop) == [1]


def test_a_day_that_the_clock_closed_is_on_the_way_too(shop: Shop) -> None:
    shop.sell()
    shop.clock.turn(days=1)
    shop.sell()
    assert waiting(shop) == [1]


# --- the road -----------------------------------------------------------------------------------


def test_whole_road_of_two_tills(world: World, shop: Shop) -> None:
    other = make_shop(world.till(2), world.enrolment(2))
    carrier = stick(world.folder)
    for till in (shop, other):
        till.work()
        till.day()
        till.day()
        assert hand_over(till, carrier) == ["writing", "reading_back", "may_go"]
    brought = world.bring(carrier.root)
    assert brought.states == [
        (number, z_nr, "imported") for number in ("1001", "1002") for z_nr in (1, 2)
    ]
    for till, number in ((shop, "1001"), (other, "1002")):
        till.day()
        hand_over(till, carrier)
        assert waiting(till) == [3]
        found = held(world, number)
        assert {z_nr: dict(one.digests) for z_nr, one in found.items()} == {
            z_nr: dict(digests(till, z_nr)) for z_nr in (1, 2)
        }


def test_a_till_without_head_office_says_what_to_do_and_is_enrolled_later(
    world: World, alone: Shop
) -> None:
    alone.day()
    carrier = stick(world.folder)
    with alone.opened() as opened:
        assert not opened.has_office
        done = handover(opened, carrier)
        assert done.state is HandoverState.FAILED
        assert done.error is not None and done.error.code == "till_without_office"
    set_up(alone.home, world.enrolment(1))
    hand_over(alone, carrier)
    assert world.bring(carrier.root).states == [("1001", 1, "imported")]


def test_enrolling_again_reaches_head_office(world: World, shop: Shop) -> None:
    carrier = stick(world.folder)
    shop.day()
    hand_over(shop, carrier)
    world.bring(carrier.root)
    hand_over(shop, carrier)
    set_up(shop.home, world.enrolment(1, again=True))
    shop.day()
    hand_over(shop, carrier)
    assert world.bring(carrier.root).states == [("1001", 2, "imported")]


def test_only_the_same_till_is_enrolled_again(world: World, shop: Shop) -> None:
    with pytest.raises(TillferryError, match="till_home_not_empty"):
        set_up(shop.home, world.enrolment(2))
    with pytest.raises(TillferryError, match="till_home_not_empty"):
        set_up(shop.home)


def test_sending_alone_takes_what_the_register_finalised(world: World, shop: Shop) -> None:
    shop.sell()
    with shop.opened() as opened:
        opened.register.days.close(key(), BEN)
    sent = world.send(1, stick(world.folder).root)
    assert sent.bundle is not None and sent.bundle.z_nrs == (1,)


def test_a_set_up_that_was_cut_off_goes_on(world: World, shop: Shop) -> None:
    (shop.home / "keys" / TILL_SIGNING_FILE).unlink()
    set_up(shop.home, world.enrolment(1, again=True))
    carrier = stick(world.folder)
    shop.day()
    hand_over(shop, carrier)
    assert world.bring(carrier.root).states == [("1001", 1, "imported")]


# --- once more ----------------------------------------------------------------------------------


def test_a_day_is_sent_again_without_its_working_times(world: World, shop: Shop) -> None:
    carrier = stick(world.folder)
    shop.work()
    shop.day()
    with shop.opened() as opened:
        opened.resend(BEN, "20260601", with_time=False)
        assert [entry.asked_again for entry in opened.standing().waiting] == [True]
    hand_over(shop, carrier)
    world.bring(carrier.root)
    assert set(held(world, "1001")[1].digests) == {"bookings", "stock"}
    with shop.opened() as opened:
        opened.resend(BEN, "20260601", with_time=True)
    hand_over(shop, carrier)
    world.bring(carrier.root)
    assert dict(held(world, "1001")[1].digests) == dict(digests(shop, 1))


def test_what_was_asked_for_again_stays_on_the_stick_until_it_arrived(
    world: World, shop: Shop
) -> None:
    carrier = stick(world.folder)
    shop.day()
    hand_over(shop, carrier)
    world.bring(carrier.root)
    with shop.opened() as opened:
        opened.resend(BEN, "20260601", with_time=True)
    hand_over(shop, carrier)
    hand_over(shop, carrier)
    assert world.bring(carrier.root).states == [("1001", 1, "already_present")]
    hand_over(shop, carrier)
    assert carrier.files("bundles") == ()


def test_unknown_days_are_refused(shop: Shop) -> None:
    with shop.opened() as opened, pytest.raises(TillferryError, match="resend_day_unknown"):
        opened.resend(BEN, "20250101", with_time=True)


# --- the stick dialog ---------------------------------------------------------------------------


def test_the_backup_follows_the_bookings(shop: Shop, tmp_path: Path) -> None:
    shop.day()
    assert hand_over(shop, stick(tmp_path), with_backup=True) == [
        "writing",
        "reading_back",
        "backup_next",
        "backup_writing",
        "backup_reading_back",
        "backup_done",
    ]


def test_every_step_has_its_words() -> None:
    assert {f"handover_{state.value}" for state in HandoverState} <= set(all_texts())


def test_a_stick_that_was_pulled_loses_nothing(shop: Shop, tmp_path: Path) -> None:
    shop.day()
    carrier = stick(tmp_path)
    carrier.root.rename(tmp_path / "elsewhere")
    steps: list[HandoverState] = []
    with shop.opened() as opened:
        done = handover(opened, carrier, step=steps.append)
    assert done.error is not None and done.error.code == "carrier_gone"
    assert (done.state, steps[-1]) == (HandoverState.FAILED, HandoverState.FAILED)
    assert waiting(shop) == [1]


def test_a_stick_pulled_before_the_backup_has_the_bookings(shop: Shop, tmp_path: Path) -> None:
    shop.day()
    carrier = stick(tmp_path)

    def pull(state: HandoverState) -> None:
        if state is HandoverState.BACKUP_NEXT:
            carrier.root.rename(tmp_path / "elsewhere")

    with shop.opened() as opened:
        done = handover(opened, carrier, with_backup=True, step=pull)
    assert done.state is HandoverState.BACKUP_FAILED
    assert done.sent is not None and done.sent.bundle is not None
    assert (tmp_path / "elsewhere" / "Tillferry" / "bundles" / done.sent.bundle.name).is_file()


def test_only_a_backup_for_a_till_without_head_office(alone: Shop, tmp_path: Path) -> None:
    steps = hand_over(alone, stick(tmp_path), with_backup=True)
    assert steps == ["backup_writing", "backup_reading_back", "backup_done"]


def test_the_stick_that_is_plugged_in_next(tmp_path: Path) -> None:
    media = tmp_path / "media"
    (media / "bad" / "Tillferry").mkdir(parents=True)
    stop = threading.Event()
    plug = threading.Timer(0.2, lambda: (media / "good" / "Tillferry").mkdir(parents=True))
    plug.start()
    found = wait_for_stick([media], stop, refused=media / "bad", poll_seconds=0.05)
    plug.join()
    assert found is not None and found.root == media / "good"
    stop.set()
    assert wait_for_stick([media], stop) is None


# --- backup and restore -------------------------------------------------------------------------


def restored(shop: Shop, carrier: FolderCarrier, home: Path) -> tuple[Shop, Restored]:
    backup = carrier.files("backups")[-1]
    done = restore_till(
        carrier.root / "Tillferry" / "backups" / backup.name,
        shop.home / "keys" / RECOVERY_FILE,
        home,
        shop.clock,
    )
    return Shop(home, shop.clock), done


def test_a_restored_till_is_kept_out_until_it_is_enrolled_again(
    world: World, shop: Shop, tmp_path: Path
) -> None:
    carrier = stick(world.folder)
    shop.work()
    shop.day()
    hand_over(shop, carrier, with_backup=True)
    world.bring(carrier.root)
    again, done = restored(shop, carrier, tmp_path / "new")
    assert done.last_z == 1
    assert open_home(again.home).settings.installation != open_home(shop.home).settings.installation
    assert digests(again, 1) == digests(shop, 1)
    assert again.day() == 2
    hand_over(again, carrier)
    assert "bundle_new_installation" in world.bring(carrier.root).codes
    set_up(again.home, world.enrolment(1, again=True))
    hand_over(again, carrier)
    world.bring(carrier.root)
    assert sorted(held(world, "1001")) == [1, 2]


def test_a_restored_till_does_not_use_numbers_that_head_office_holds(
    world: World, shop: Shop, tmp_path: Path
) -> None:
    carrier = stick(world.folder)
    shop.day()
    hand_over(shop, carrier, with_backup=True)
    assert [shop.day(), shop.day()] == [2, 3]
    hand_over(shop, carrier)
    world.bring(carrier.root)
    again, _ = restored(shop, carrier, tmp_path / "new")
    set_up(again.home, world.enrolment(1, again=True))
    with again.opened() as opened:
        assert opened.read_letters(carrier).standing.beyond == 3
    assert again.day() == 4
    hand_over(again, carrier)
    world.bring(carrier.root)
    assert sorted(held(world, "1001")) == [1, 2, 3, 4]
    hand_over(again, carrier)
    assert waiting(again) == []


def test_a_number_that_was_used_twice_is_a_conflict_and_not_lost(
    world: World, shop: Shop, tmp_path: Path
) -> None:
    carrier = stick(world.folder)
    shop.sell()
    hand_over(shop, carrier, with_backup=True)
    shop.day()
    hand_over(shop, carrier)
    world.bring(carrier.root)
    again, _ = restored(shop, carrier, tmp_path / "new")
    set_up(again.home, world.enrolment(1, again=True))
    assert again.day() == 2  # The clock closed the first day once more.
    hand_over(again, carrier)
    states = world.bring(carrier.root).states
    assert {("1001", 1, "conflict"), ("1001", 2, "imported")} <= set(states)


def test_backup_does_not_wait_for_the_day_to_be_closed(alone: Shop, tmp_path: Path) -> None:
    alone.sell()
    carrier = stick(tmp_path)
    hand_over(alone, carrier, with_backup=True)
    again, _ = restored(alone, carrier, tmp_path / "new")
    with again.opened() as opened:
        report = opened.register.reports.x_report()
    assert report.receipts == 1
    assert again.close().z_nr == 1


def test_a_stick_keeps_the_newest_backups_and_those_of_others(alone: Shop, tmp_path: Path) -> None:
    carrier = stick(tmp_path)
    other = make_shop(tmp_path / "other")
    hand_over(other, carrier, with_backup=True)
    (kept,) = carrier.files("backups")
    for _ in range(KEPT_ON_CARRIER + 1):
        hand_over(alone, carrier, with_backup=True)
    names = [file.name for file in carrier.files("backups")]
    assert kept.name in names
    numbers = [name.split("-")[3] for name in names if name != kept.name]
    assert numbers == ["000000002", "000000003", "000000004"]


def test_older_backups_make_room_on_a_full_stick(alone: Shop, tmp_path: Path) -> None:
    class Small(FolderCarrier):
        def free_bytes(self) -> int:
            return 10_000_000 if len(self.files("backups")) < 2 else 0

    carrier = Small(stick(tmp_path).root)
    for _ in range(3):
        hand_over(alone, carrier, with_backup=True)
    numbers = [file.name.split("-")[3] for file in carrier.files("backups")]
    assert numbers == ["000000002", "000000003"]


def test_what_a_crash_left_of_a_backup_goes_with_the_next(alone: Shop, tmp_path: Path) -> None:
    left = open_home(alone.home).scratch / "backup-crashed"
    left.mkdir()
    (left / "till.sqlite").write_bytes(b"with keys")
    hand_over(alone, stick(tmp_path), with_backup=True)
    assert list(left.parent.iterdir()) == []


def test_restoring_over_a_till_changes_nothing(alone: Shop, tmp_path: Path) -> None:
    carrier = stick(tmp_path)
    alone.day()
    hand_over(alone, carrier, with_backup=True)
    alone.day()
    with pytest.raises(TillferryError, match="restore_target_in_use"):
        restored(alone, carrier, alone.home)
    assert till_status(alone.home).standing.closings == 2


def test_a_backup_as_a_file_of_its_own(alone: Shop, tmp_path: Path) -> None:
    target = tmp_path / "copy.tfk"
    with alone.opened() as opened:
        assert opened.backup(target) == "copy.tfk"
        with pytest.raises(TillferryError, match="target_exists"):
            opened.backup(target)
    restore_till(target, alone.home / "keys" / RECOVERY_FILE, tmp_path / "new", alone.clock)
    assert till_status(tmp_path / "new").home.settings.serial == (
        open_home(alone.home).settings.serial
    )


# --- several at once ----------------------------------------------------------------------------


def test_selling_goes_on_while_the_stick_is_written(shop: Shop, tmp_path: Path) -> None:
    shop.day()
    with shop.opened() as opened:

        def sell(state: HandoverState) -> None:
            opened.register.sales.sell(key(), ANNA, sale("3001"))

        worker = threading.Thread(
            target=handover, args=(opened, stick(tmp_path)), kwargs={"step": sell}
        )
        worker.start()
        worker.join()
        assert opened.register.reports.x_report().receipts == 3
        assert opened.standing().closings == 1


def test_the_serial_number_is_the_same_in_both_places(alone: Shop) -> None:
    with alone.opened() as opened:
        assert opened.home.settings.serial == opened.register.masters.settings().serial != ""
