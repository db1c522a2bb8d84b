"""Tills and outlets: every change has its entry in the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.world import World, days
from tests.office.admin import CLERK, actions, export_of, managing, refused
from tillferry import cli
from tillferry.closing.office_seams import Outlet, TillKind
from tillferry.closing.seams import TillState
from tillferry.wiring import office_admin


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.enrolment(1)
    made.enrolment(2)
    return made


def test_enrolling_stands_in_the_log(world: World) -> None:
    folder = world.folder
    with managing(world) as (office, _):
        made = office_admin.enrol(office, "1005", "Bar 5", folder / "5.enrolment", CLERK)
        assert made in office.journal.tills() and made.enrolment_secret
        with refused("customer_number_taken"):
            office_admin.enrol(office, "1005", "Bar 6", folder / "6.enrolment", CLERK)
        assert not (folder / "6.enrolment").exists()
        out = folder / "again.enrolment"
        again = office_admin.enrol(office, "1005", "Bar 5", out, CLERK, again=True)
        assert again.till_id == made.till_id and again.enrolment_secret != made.enrolment_secret
        assert cli.run(_command(world, "1006", folder / "x.enrolment")) == 0
        assert cli.run(_command(world, "1006", folder / "y.enrolment")) != 0
        entries = [record.entry for record in office_admin.records(office).log()]
    assert [(each.action, each.subject) for each in entries] == [
        ("till_enrolled", "1005 Bar 5"),
        ("till_enrolled_again", "1005 Bar 5"),
        ("till_enrolled", "1006 Bar 6"),
    ]
    assert entries[0].person == "clerk" and entries[2].person.startswith("Kerstin (")


def _command(world: World, number: str, out: Path) -> list[str]:
    return [
        *("office", "enrol", "--home", str(world.office), "--customer-number", number),
        *("--name", "Bar 6", "--out", str(out), "--person", "Kerstin"),
    ]


def test_a_till_is_renamed_placed_and_counted_by_kind(world: World) -> None:
    with managing(world) as (office, admin):
        first, second = office.journal.tills()
        admin.rename(first, "  Strandbar ")
        admin.save_outlet(Outlet("7", "Hafen"))
        admin.place(first, "7")
        admin.connect(second, TillKind.ONLINE)
        # ``first`` is still as it was before: what nobody changed stays as it is now.
        admin.silence_rule(first, 3)
        assert admin.counts() == {TillKind.STICK: 1, TillKind.ONLINE: 1}
        renamed = office.journal.tills()[0]
        assert renamed.name == "Strandbar"
        details = admin.details(renamed)
        assert (details.outlet_id, details.silent_days) == ("7", 3)
        assert [till.till_id for till in admin.tills_of("7")] == [first.till_id]
        for days_ in (-1, 3_651):
            with refused("days_invalid"):
                admin.silence_rule(first, days_)
        with refused("outlet_not_found"):
            admin.place(first, "8")
        with refused("name_invalid"):
            admin.rename(first, " ")
    assert actions(world) == [
        "till_renamed",
        "outlet_saved",
        "till_placed",
        "till_connected",
        "till_silence_rule",
    ]


def test_a_retired_till_is_replaced_kept_out_and_put_back(world: World) -> None:
    with managing(world) as (office, admin):
        old, new = office.journal.tills()
        admin.save_outlet(Outlet("7", "Hafen"))
        admin.place(old, "7")
        with refused("till_cannot_follow"):
            admin.replace_by(old, old, "broken")
        with refused("reason_needed"):
            admin.retire(old, "")
        admin.replace_by(old, new, "broken")
        old = office.journal.tills()[0]
        assert old.state is TillState.RETIRED
        assert admin.details(old).replaced_by == new.till_id and admin.details(old).retired_at
        assert admin.details(new).outlet_id == "7"
        assert sum(admin.counts().values()) == 1
        with refused("till_retired_already"):
            admin.retire(old, "again")
        with refused("till_cannot_follow"):
            admin.replace_by(new, old, "no")
        admin.reinstate(old, "repaired")
        old = office.journal.tills()[0]
        assert old.state is TillState.ENROLLED and not admin.details(old).retired_at
        with refused("till_not_retired"):
            admin.reinstate(old, "again")


def test_bundles_of_a_retired_till_stay_out(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add_till(1)
    world.close(1, 1)
    world.send(1, world.stick("a"))
    with managing(world) as (office, admin):
        admin.retire(office.journal.tills()[0], "sold")
    assert world.bring(world.stick("a")).codes == {"till_retired"}
    with managing(world) as (office, admin):
        admin.reinstate(office.journal.tills()[0], "bought back")


def test_outlets_are_removed_once_no_till_stands_there(world: World) -> None:
    with managing(world) as (office, admin):
        till, _ = office.journal.tills()
        admin.save_outlet(Outlet(" 7 ", "Hafen", without_stock=True))
        assert admin.outlet("7").without_stock
        admin.place(till, "7")
        with refused("outlet_in_use"):
            admin.remove_outlet("7", "closed")
        admin.place(till, "")
        admin.remove_outlet("7", "closed")
        with refused("outlet_not_found"):
            admin.remove_outlet("7", "closed")
        for outlet_id in ("", "x" * 21, "a\nb"):
            with refused("outlet_id_invalid"):
                admin.save_outlet(Outlet(outlet_id, "Hafen"))


def test_a_till_without_tillferry_is_put_back_as_active(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.bring(export_of(tmp_path / "exports", days(1, 1)), accept_new_tills=True)
    with managing(world) as (office, admin):
        (till,) = office.journal.tills()
        retired = admin.retire(till, "sold")
        assert admin.reinstate(retired, "bought back").state is TillState.ACTIVE
