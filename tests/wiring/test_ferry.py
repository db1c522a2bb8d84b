"""Head office at work, without its pages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.world import World, assert_held, assert_sound
from tests.office.test_backup_folder import backups_of_a_lost_till
from tillferry.closing.office_seams import Outlet
from tillferry.errors import TillferryError
from tillferry.office.event_log import last_events
from tillferry.office.home import open_home
from tillferry.wiring import office_admin
from tillferry.wiring.ferry import Ferry, FerryState, StickState
from tillferry.wiring.office import opened_office

_PATIENCE_SECONDS = 20.0


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    for number in (1, 2):
        world.add_till(number)
        world.close(number, 1, 2)
        world.send(number, world.stick(f"stick-{number}"))
    return world


@contextmanager
def at_work(world: World, media: str) -> Iterator[Ferry]:
    (world.folder / media).mkdir(exist_ok=True)
    ferry = Ferry(world.office, [world.folder / media])
    ferry.start()
    try:
        yield ferry
    finally:
        ferry.stop()


def wait_for(ferry: Ferry, true: Callable[[FerryState], object]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not true(ferry.state):
        assert time.monotonic() < end, ferry.state
        time.sleep(0.01)


def held(world: World) -> int:
    """How many closings head office holds."""
    with world.opened() as office:
        return sum(len(office.journal.held(till.till_id)) for till in office.journal.tills())


def test_sticks_that_are_in_come_side_by_side_and_get_their_letters(world: World) -> None:
    with at_work(world, "sticks") as ferry:
        wait_for(ferry, lambda state: sum(bool(stick.letters) for stick in state.sticks) == 2)
        assert {stick.state for stick in ferry.state.sticks} == {StickState.MAY_GO}
        assert ferry.state.counts == {"imported": 4}
        wait_for(ferry, lambda state: state.importing is None)
    for number in (1, 2):
        assert_held(world, number, [1, 2])
        world.send(number, world.stick(f"stick-{number}"))
    with opened_office(world.office) as office:
        contacts = office_admin.records(office).contacts()
        assert {contact.letter_through for contact in contacts.values()} == {2}
        assert len(contacts) == 2 and all(contact.letter_at for contact in contacts.values())
    told = [event.name for event in last_events(world.office, 100)]
    assert told[0] == "ended" and told[-1] == "started"
    assert told.count("copied") == 2 and told.count("letters") == 2 and "imported" in told
    assert_sound(world)


def test_what_is_stopped_waits_in_the_inbox_until_it_goes_on(world: World) -> None:
    with at_work(world, "none") as ferry:
        with open_home(world.office).exclusive():
            ferry.take_folder(world.folder / "sticks")
            wait_for(ferry, lambda state: state.sticks[0].state is StickState.MAY_GO)
            # Somebody else imports: that is told, and nothing is lost.
            wait_for(ferry, lambda state: state.trouble and state.trouble.code == "office_busy")
            ferry.stop_run()
        assert ferry.state.stopped
        ferry.go_on()
        wait_for(ferry, lambda state: state.counts.get("imported") == 4)
        wait_for(ferry, lambda state: state.trouble is None)
    assert held(world) == 4
    assert_sound(world)


def test_an_end_in_between_is_made_good_at_the_next_start(world: World) -> None:
    with at_work(world, "none") as ferry, open_home(world.office).exclusive():
        ferry.take_folder(world.folder / "sticks")
        wait_for(ferry, lambda state: state.sticks[0].state is StickState.MAY_GO)
        ferry.stop()
    assert len(list((world.office / "inbox").glob("*.json"))) == 1
    with at_work(world, "none") as ferry:
        wait_for(ferry, lambda state: state.counts.get("imported") == 4)
    assert_sound(world)


def test_an_outlet_leaves_stock_movements_out(world: World) -> None:
    with opened_office(world.office) as office:
        admin = office_admin.till_admin(office, office_admin.actor("test"))
        admin.save_outlet(Outlet("S", "Süd", without_stock=True))
        admin.place(world.tills()["1001"], "S")
    with at_work(world, "sticks") as ferry:
        wait_for(ferry, lambda state: state.counts.get("imported") == 4)
    assert "stock" not in world.held(1)[1].digests
    assert "stock" in world.held(2)[1].digests


def test_only_one_at_a_time_and_no_folder_that_is_not_there(world: World) -> None:
    with at_work(world, "none") as ferry:
        with pytest.raises(TillferryError, match="office_runs_already"):
            Ferry(world.office, []).start()
        with pytest.raises(TillferryError, match="path_not_found"):
            ferry.take_folder(world.folder / "nowhere")


def test_a_folder_with_nothing_for_us(world: World) -> None:
    (world.folder / "photos").mkdir()
    with at_work(world, "none") as ferry:
        ferry.take_folder(world.folder / "photos")
        wait_for(ferry, lambda state: state.sticks[0].state is StickState.NOTHING)


def test_a_folder_brings_its_till_backups_and_tells_which_cannot_be_opened(tmp_path: Path) -> None:
    world = World(tmp_path)
    folder = backups_of_a_lost_till(world)
    (folder / "old.tfk").write_bytes(b"nothing")
    with at_work(world, "none") as ferry:
        ferry.take_folder(folder)
        wait_for(ferry, lambda state: state.counts.get("imported") == 2)
        (shown,) = ferry.state.sticks
        assert (shown.state, shown.files) == (StickState.MAY_GO, 3)
        assert [problem.error.code for problem in shown.problems] == ["backup_damaged"]
        assert shown.problems[0].source == str(folder / "old.tfk")
        ferry.take_folder(folder / "one.tfk")
        wait_for(ferry, lambda state: state.counts.get("already_present", 0) >= 3)
        wait_for(ferry, lambda state: state.importing is None)
    assert_sound(world)


def test_a_stop_also_holds_what_is_copied_from_a_folder(world: World) -> None:
    with at_work(world, "none") as ferry:
        copying = threading.Event()
        before = ferry._update

        def update(number: int, *, quiet: bool = False, **values: object) -> None:
            before(number, quiet=quiet, **values)
            if quiet and not copying.is_set():
                copying.set()
                ferry.stop_run()

        ferry._update = update  # type: ignore[method-assign]
        ferry.take_folder(world.folder / "sticks")
        wait_for(ferry, lambda state: state.sticks[0].state is StickState.STOPPED)
        assert list((world.office / "inbox").glob("*.json")) == []
        ferry._update = before  # type: ignore[method-assign]
        ferry.take_folder(world.folder / "sticks")
        wait_for(ferry, lambda state: state.counts.get("imported") == 4)
    assert_sound(world)
