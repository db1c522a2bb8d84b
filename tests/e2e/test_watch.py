"""``office watch`` and ``till agent`` as processes, with a real stick that comes and goes."""

from __future__ import annotations

import shutil
import signal

from tests.carriers.exfat import Stick
from tests.e2e.command import Running
from tests.e2e.world import World, assert_held, assert_sound, day
from tillferry.formats.dsfinvk.write import write_export
from tillferry.sample import bookings_only, serial
from tillferry.wiring import till


def test_watching_head_office_takes_in_each_stick_and_answers_on_it(
    world: World, stick: Stick
) -> None:
    world.add_till(1)
    world.close(1, 1)
    world.send(1, stick.plug())
    stick.unplug()
    stick.path.parent.mkdir(exist_ok=True)
    with Running("office", "watch", "--home", world.office, "--media", stick.path.parent) as office:
        office.wait_for("Waiting for sticks")
        stick.plug()
        office.wait_for("acknowledgement written for 1001")
        stick.unplug()
        office.wait_for("Stick KASSE1 removed")
        assert "1 files copied. The stick may be removed." in office.said
        assert "Till 1001  Z 1  2026-10-19  3 receipts" in office.said

        # The till, which is another machine, reads the letter and adds the next day.
        at_office, stick.path = stick.path, world.folder / "at-till" / "KASSE1"
        world.close(1, 2)
        sent = world.send(1, stick.plug())
        assert sent.letter is not None and sent.letter.through == ((1, 1),)
        stick.unplug()
        stick.path = at_office
        stick.plug()
        office.wait_for("acknowledgement written for 1001", times=2)
        stick.unplug()
        office.signal(signal.SIGTERM)
        assert office.end() == 0, office.said
        assert "Done." in office.said
        assert "Traceback" not in office.said
    assert_held(world, 1, [1, 2])
    assert_sound(world)


def test_watch_ends_cleanly_with_ctrl_c_and_speaks_german(world: World) -> None:
    media = world.folder / "media"
    media.mkdir()
    with Running(
        *("office", "watch", "--home", world.office, "--media", media), TILLFERRY_LANG="de"
    ) as office:
        office.wait_for("Warte auf Sticks")
        office.signal(signal.SIGINT)
        assert office.end() == 0, office.said
    assert "Ende." in office.said
    assert "Traceback" not in office.said


def test_agent_takes_finished_exports_and_sends_when_a_stick_appears(
    world: World, stick: Stick
) -> None:
    home = world.folder / "foreign"
    till.init_till(home, world.enrolment(2), "")
    exports, made = world.folder / "exports", world.folder / "made"
    exports.mkdir()
    made.mkdir()
    for z_nr in (1, 2):
        write_export([bookings_only(day(2, z_nr))], made / f"{z_nr}.zip")
    whole = (made / "2.zip").read_bytes()
    stick.path.parent.mkdir(parents=True, exist_ok=True)
    with Running(
        *("till", "agent", "--home", home, "--exports", exports, "--settle", "1.5"),
        *("--media", stick.path.parent),
    ) as agent:
        agent.wait_for("Watching")
        # One export is finished; the other one grows until the first was taken.
        (exports / "2.zip").write_bytes(whole[:1000])
        shutil.copyfile(made / "1.zip", exports / "1.zip")
        grown = 1000
        while not agent.hears_within(0.2, "closings 1 taken over"):
            grown += 1
            (exports / "2.zip").write_bytes(whole[:grown])
        assert "2.zip" not in agent.said

        stick.plug()
        agent.wait_for("The stick may be removed now")
        # The stick stays in: what is exported now goes onto it at once.
        part = exports / ".part"
        part.write_bytes(whole)
        part.replace(exports / "2.zip")
        agent.wait_for("closings 2 taken over")
        agent.wait_for("The stick may be removed now", times=2)
        agent.signal(signal.SIGTERM)
        assert agent.end() == 0, agent.said
        assert "Traceback" not in agent.said
    told = world.bring(stick.path)
    assert told.states == [("1002", 1, "imported"), ("1002", 2, "imported")]
    assert world.tills()["1002"].serial == serial(2)
    assert_sound(world)
