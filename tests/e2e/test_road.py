"""The road from tills to head office and back, with everything that happens on the way."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.carriers.exfat import Stick
from tests.e2e.world import (
    RECEIPTS,
    World,
    assert_held,
    assert_sound,
    day,
    days,
    digests_of,
    torn,
)
from tillferry.closing.digest import part_digests
from tillferry.errors import TillferryError
from tillferry.formats.bundle import SealedFile, seal
from tillferry.formats.documents import read_enrolment
from tillferry.formats.dsfinvk.read import read_export
from tillferry.formats.dsfinvk.write import write_export
from tillferry.formats.keys import OfficeKeys, TillKeys, enrolment_proof
from tillferry.office import receiving
from tillferry.sample import bookings_only, serial, write_sample
from tillferry.till.home import new_installation, open_home, save_settings
from tillferry.till.outbox import Outbox
from tillferry.wiring import office, till


def held_digests(world: World, number: int) -> dict[int, dict[str, str]]:
    return {z_nr: dict(closing.digests) for z_nr, closing in world.held(number).items()}


def waiting(world: World) -> list[tuple[int, str]]:
    """Z number and state of everything that waits aside."""
    status = world.status()
    items = [item for one in status.tills for item in one.waiting] + list(status.unknown)
    return sorted((item.z_nr, item.state.value) for item in items)


def bundle_names(stick: Path) -> list[str]:
    return sorted(path.name for path in stick.glob("Tillferry/bundles/*.tfb"))


# --- the good road ------------------------------------------------------------------------------


def test_one_stick_goes_round_the_tills_and_brings_the_letters_back(
    any_world: World, stick: Stick
) -> None:
    world = any_world
    for number in (1, 2):
        world.add_till(number)
        world.close(number, 1, 2)
        world.send(number, stick.plug())
        stick.unplug()

    told = world.bring(stick.plug())
    assert told.failed == []
    assert told.states == [
        ("1001", 1, "imported"),
        ("1001", 2, "imported"),
        ("1002", 1, "imported"),
        ("1002", 2, "imported"),
    ]
    assert all(one.receipts == RECEIPTS for one in told.outcomes)
    assert sorted(told.letters) == ["1001", "1002"]
    stick.unplug()

    for number in (1, 2):
        sent = world.send(number, stick.plug())
        assert sent.carrier == "KASSE1"
        assert sent.letter is not None and sent.letter.through == ((1, 2),)
        assert sent.bundle is None and sent.standing.waiting == ()
        stick.unplug()
    assert bundle_names(stick.plug()) == []
    stick.unplug()
    for number in (1, 2):
        assert_held(world, number, [1, 2])
    assert_sound(world)
    assert world.status().is_complete


def test_lost_stick_heals_with_the_next_and_is_harmless_when_it_turns_up(
    any_world: World,
) -> None:
    world = any_world
    world.add_till(1)
    world.close(1, 1)
    lost, following = world.stick("lost"), world.stick("following")
    world.send(1, lost)
    world.close(1, 2)
    world.send(1, following)
    assert [state for _, _, state in world.bring(following).states] == ["imported"] * 2
    assert world.bring(lost).states == [("1001", 1, "already_present")]
    assert_held(world, 1, [1, 2])
    assert_sound(world)
    assert world.send(1, following).standing.waiting == ()


def test_stick_that_goes_to_head_office_twice_is_already_present(any_world: World) -> None:
    world = any_world
    world.add_till(1)
    world.close(1, 1, 2)
    world.send(1, world.stick("a"))
    first = world.bring(world.stick("a"))
    again = world.bring(world.stick("a"), world.stick("a"))
    assert {state for _, _, state in again.states} == {"already_present"}
    assert [one.gross_cents for one in again.outcomes][:2] == [
        one.gross_cents for one in first.outcomes
    ]
    assert_held(world, 1, [1, 2])
    assert_sound(world)


def test_stick_that_is_locked_is_taken_in_and_acknowledged_with_the_next(
    world: World, stick: Stick
) -> None:
    world.add_till(1)
    world.close(1, 1)
    world.send(1, stick.plug())
    stick.unplug()
    told = world.bring(stick.plug(read_only=True))
    assert told.states == [("1001", 1, "imported")]
    assert [error.code for error in told.failed] == ["carrier_read_only"]
    stick.unplug()
    assert world.bring(stick.plug()).letters == ["1001"]
    assert world.send(1, stick.path).standing.waiting == ()


def test_stick_that_is_pulled_as_soon_as_it_was_copied_is_imported_all_the_same(
    world: World, stick: Stick
) -> None:
    world.add_till(1)
    world.close(1, 1)
    world.send(1, stick.plug())
    told = world.bring(stick.path, when_copied=stick.unplug)
    assert told.states == [("1001", 1, "imported")]
    assert [error.code for error in told.failed] == ["carrier_not_found"]
    assert told.letters == []
    assert world.bring(stick.plug()).letters == ["1001"]
    assert world.send(1, stick.path).standing.waiting == ()
    assert_sound(world)


def test_letter_that_was_damaged_does_not_keep_the_till_from_sending(world: World) -> None:
    world.add_till(1)
    world.close(1, 1)
    stick = world.stick("a")
    world.send(1, stick)
    world.bring(stick)
    (letter,) = stick.glob("Tillferry/letters/*")
    data = bytearray(letter.read_bytes())
    data[30] ^= 1
    letter.write_bytes(data)
    world.close(1, 2)
    sent = world.send(1, stick)
    assert sent.letter is None and len(sent.letter_problems) == 1
    assert sent.bundle is not None and sent.bundle.z_nrs == (2,)
    world.bring(stick)
    assert world.send(1, stick).standing.waiting == ()


def test_bundle_that_was_damaged_on_the_only_stick_is_sent_on_it_again(world: World) -> None:
    world.add_till(1)
    stick = world.stick("only")
    world.close(1, 1)
    first = world.send(1, stick).bundle
    assert first is not None
    path = stick / "Tillferry" / "bundles" / first.name
    path.write_bytes(path.read_bytes()[:-100])
    world.close(1, 2)
    second = world.send(1, stick).bundle
    assert second is not None and second.z_nrs == (1, 2)
    assert bundle_names(stick) == [second.name]
    assert [z_nr for _, z_nr, _ in world.bring(stick).states] == [1, 2]
    # The same without a new day.
    world.close(1, 3)
    third = world.send(1, stick).bundle
    assert third is not None
    path = stick / "Tillferry" / "bundles" / third.name
    path.write_bytes(b"")
    assert world.bring(stick).codes == {"bundle_damaged"}
    assert waiting(world) == [(0, "rejected")]
    assert world.send(1, stick).bundle == third
    world.bring(stick)
    assert waiting(world) == []
    assert_held(world, 1, [1, 2, 3])
    assert world.send(1, stick).standing.waiting == ()
    assert_sound(world)


# --- completeness -------------------------------------------------------------------------------


def test_hole_in_the_numbers_is_asked_for_and_filled(world: World) -> None:
    """Head office went back to its backup of the day before yesterday."""
    world.add_till(1)
    stick = world.stick("a")
    world.close(1, 1)
    world.send(1, stick)
    world.bring(stick)
    backup = world.folder / "backup"
    shutil.copytree(world.office, backup)
    world.close(1, 2)
    world.send(1, stick)
    world.bring(stick)
    assert world.send(1, stick).standing.waiting == ()

    shutil.rmtree(world.office)
    backup.rename(world.office)
    world.close(1, 3, 4)
    world.send(1, stick)
    told = world.bring(stick)
    assert [z_nr for _, z_nr, _ in told.states] == [3, 4]
    assert world.status().tills[0].missing == ((2, 2),)
    sent = world.send(1, stick)
    assert sent.letter is not None and sent.letter.missing == ((2, 2),)
    assert sent.bundle is not None and sent.bundle.z_nrs == (2,)
    world.bring(stick)
    assert_held(world, 1, [1, 2, 3, 4])
    assert world.status().is_complete
    assert_sound(world)


def test_incomplete_closing_is_replaced_by_a_good_delivery(any_world: World) -> None:
    world = any_world
    world.add_till(1)
    stick = world.stick("a")
    world.put(1, torn(day(1, 1)))
    world.close(1, 2)
    world.send(1, stick)
    assert world.bring(stick).states == [("1001", 1, "incomplete"), ("1001", 2, "imported")]
    assert waiting(world) == [(1, "incomplete")]
    assert_held(world, 1, [2])

    world.close(1, 1)
    sent = world.send(1, world.stick("b"))
    assert sent.bundle is not None and 1 in sent.bundle.z_nrs
    world.bring(world.stick("b"))
    assert waiting(world) == []
    assert_held(world, 1, [1, 2])
    assert world.status().is_complete
    assert_sound(world)


def test_unfinished_copy_of_a_closing_that_is_held_keeps_nobody_waiting(world: World) -> None:
    write_export([bookings_only(day(1, 1))], world.folder / "whole.zip")
    world.bring(world.folder / "whole.zip", accept_new_tills=True)
    write_export([torn(bookings_only(day(1, 1)))], world.folder / "torn.zip")
    told = world.bring(world.folder / "torn.zip")
    assert told.states == [(serial(1), 1, "incomplete")]
    assert waiting(world) == []


def test_conflict_is_kept_aside_and_the_first_stays_booked(any_world: World) -> None:
    world = any_world
    world.add_till(1)
    world.close(1, 1)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    world.send(1, world.stick("a"))
    world.close(1, 1, seed=2)
    world.close(1, 2)
    world.send(1, world.stick("b"))
    told = world.bring(world.stick("b"))
    assert told.states == [("1001", 1, "conflict"), ("1001", 2, "imported")]
    assert "conflict_with_held" in told.codes
    assert waiting(world) == [(1, "conflict")]
    assert_held(world, 1, [1, 2])
    assert_sound(world)
    sent = world.send(1, world.stick("b"))
    assert sent.letter is not None and sent.letter.rejected == ((1, "conflict_with_held"),)


def test_closing_without_stock_gets_it_with_the_next_import(any_world: World) -> None:
    world = any_world
    world.add_till(1)
    world.close(1, 1)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"), without_stock=True)
    assert set(held_digests(world, 1)[1]) == {"bookings", "time"}
    assert world.bring(world.stick("a"), without_stock=True).states == [
        ("1001", 1, "already_present")
    ]
    assert world.bring(world.stick("a")).states == [("1001", 1, "imported")]
    assert_held(world, 1, [1])
    assert world.bring(world.stick("a")).states == [("1001", 1, "already_present")]
    assert_sound(world)


# --- tills without Tillferry --------------------------------------------------------------------


def test_unknown_till_waits_until_it_is_accepted(any_world: World) -> None:
    world = any_world
    export = world.folder / "day.zip"
    write_export([bookings_only(day(7, 1))], export)
    told = world.bring(export)
    assert told.states == [(serial(7), 1, "unknown_till")]
    assert waiting(world) == [(1, "unknown_till")]
    export.unlink()
    assert world.bring(accept_new_tills=True).states == [(serial(7), 1, "imported")]
    assert waiting(world) == []
    assert world.held(7)[1].digests == {"bookings": digests_of(7, 1)["bookings"]}
    assert_sound(world)


def test_whole_period_after_single_days_is_already_present(any_world: World) -> None:
    world = any_world
    of_days, whole = world.folder / "days", world.folder / "whole"
    write_sample(
        of_days, tills=3, days=4, receipts=3, seed=1, whole=False, write_export=write_export
    )
    write_sample(whole, tills=3, days=4, receipts=3, seed=1, whole=True, write_export=write_export)
    shutil.rmtree(of_days / "till-01")
    first = world.bring(of_days, accept_new_tills=True)
    assert {state for _, _, state in first.states} == {"imported"}
    again = world.bring(whole / "till-02.zip", whole / "till-03.zip")
    assert again.states == [
        (serial(number), z_nr, "already_present") for number in (2, 3) for z_nr in (1, 2, 3, 4)
    ]
    assert sum(one.gross_cents for one in again.outcomes) == sum(
        one.gross_cents for one in first.outcomes
    )
    assert_sound(world)


def test_exports_of_a_foreign_till_travel_in_its_own_bundles(world: World) -> None:
    world.add_till(2)
    exports = world.folder / "exports"
    write_sample(
        exports, tills=2, days=2, receipts=3, seed=1, whole=False, write_export=write_export
    )
    first, second = sorted((exports / "till-02").glob("*.zip"))
    assert world.take(2, first).z_nrs == (1,)
    assert world.take(2, second).z_nrs == (2,)
    assert world.take(2, first).known == (1,)
    world.send(2, world.stick("a"))
    assert world.bring(world.stick("a")).states == [
        ("1002", 1, "imported"),
        ("1002", 2, "imported"),
    ]
    # The same days as plain exports, by another way.
    assert {state for _, _, state in world.bring(exports / "till-02").states} == {"already_present"}
    assert_sound(world)


def test_export_from_the_journal_reads_as_what_was_delivered(any_world: World) -> None:
    world = any_world
    world.add_till(1)
    world.close(1, 1, 2, 3)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    target = world.folder / "out.zip"
    with world.opened() as opened:
        assert office.export(opened, target, serial(1), 2, None) == (2, 3)
    found = part_digests(read_export(target).batch)
    assert [digests["bookings"] for digests in found] == [
        digests_of(1, z_nr)["bookings"] for z_nr in (2, 3)
    ]
    assert {state for _, _, state in world.bring(target).states} == {"already_present"}


# --- who may deliver ----------------------------------------------------------------------------


def sealed_by_hand(world: World, number: str, **changes: Any) -> SealedFile:
    """A bundle of till 1's day 1 that a stranger sealed, on the stick ``forged``."""
    keys = OfficeKeys.load(world.office / "keys")
    folder = world.folder / "forge"
    folder.mkdir(exist_ok=True)
    box = Outbox(folder / f"box-{len(list(folder.iterdir()))}")
    box.put(day(1, 1))
    arguments: Mapping[str, Any] = {
        "sender": TillKeys.create(),
        "installation": new_installation(),
        "sequence": 1,
        "previous_hash": "",
        "recipient_number": "1000",
        "recipient_age": keys.age,
        "proof": "",
        "created_at": "2026-11-01T22:00:00+01:00",
        **changes,
    }
    bundles = world.stick("forged") / "Tillferry" / "bundles"
    bundles.mkdir(parents=True, exist_ok=True)
    try:
        return seal(bundles, box.packs([1]), customer_number=number, **arguments)
    finally:
        box.close()


@pytest.mark.parametrize(
    ("number", "changes", "state", "code"),
    [
        ("1000", {}, "rejected", "customer_number_of_office"),
        ("1001", {}, "rejected", "bundle_unknown_key"),
        ("1001", {"recipient_number": "2000"}, "rejected", "bundle_wrong_recipient"),
        ("1099", {}, "unknown_till", "till_unknown"),
    ],
)
def test_bundle_of_who_may_not_deliver_stays_out(
    world: World, number: str, changes: Mapping[str, Any], state: str, code: str
) -> None:
    world.add_till(1)
    sealed_by_hand(world, number, **changes)
    told = world.bring(world.stick("forged"))
    assert [one.state.value for one in told.outcomes] == [state]
    assert code in told.codes
    assert world.tills()["1001"].public_key == ""
    # The real one is not held up.
    world.close(1, 1)
    world.send(1, world.stick("forged"))
    assert ("1001", 1, "imported") in world.bring(world.stick("forged")).states
    assert_held(world, 1, [1])
    assert_sound(world)


def test_bundle_for_another_office_cannot_be_opened(world: World) -> None:
    world.add_till(1)
    sealed_by_hand(world, "1001", recipient_age=OfficeKeys.create().age)
    told = world.bring(world.stick("forged"))
    assert [one.state.value for one in told.outcomes] == ["rejected"]
    assert told.codes == {"bundle_not_for_us"}


def test_till_that_delivers_the_days_of_another_is_refused(world: World) -> None:
    for number in (1, 2):
        world.add_till(number)
    world.close(1, 1)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    world.put(2, days(1, 1, 2))
    world.send(2, world.stick("b"))
    told = world.bring(world.stick("b"))
    assert {one.state.value for one in told.outcomes} == {"rejected"}
    assert "serial_of_other_till" in told.codes
    assert_held(world, 1, [1])


def test_second_till_from_one_enrolment_is_found_out(world: World) -> None:
    enrolment = world.enrolment(1)
    for number in (1, 2):
        till.init_till(world.till(number), enrolment, serial(1))
        world.put(number, day(1, number))
        world.send(number, world.stick(str(number)))
    assert world.bring(world.stick("1")).states == [("1001", 1, "imported")]
    told = world.bring(world.stick("2"))
    assert [one.state.value for one in told.outcomes] == ["rejected"]
    assert told.codes == {"bundle_unknown_key"}
    assert_held(world, 1, [1])


def test_proof_of_an_enrolment_lets_the_first_one_in_and_is_used_up(world: World) -> None:
    secret = read_enrolment(world.enrolment(1)).secret
    keys, installation = TillKeys.create(), new_installation()
    proof = enrolment_proof(secret, keys.public_key, installation)
    sealed_by_hand(world, "1001", sender=keys, installation=installation, proof=proof)
    assert world.bring(world.stick("forged")).states == [("1001", 1, "imported")]
    known = world.tills()["1001"]
    assert (known.public_key, known.installation) == (keys.public_key, installation)
    assert known.enrolment_secret == ""


def test_cloned_till_is_shown_as_a_fork_and_kept_out(world: World) -> None:
    world.add_till(1)
    world.close(1, 1)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    world.send(1, world.stick("a"))
    shutil.copytree(world.till(1), world.till(9))
    world.close(1, 2)
    world.send(1, world.stick("original"))
    world.put(9, day(1, 3))
    world.send(9, world.stick("clone"))
    assert world.bring(world.stick("original")).states == [("1001", 2, "imported")]
    told = world.bring(world.stick("clone"))
    assert {one.state.value for one in told.outcomes} == {"rejected"}
    assert told.codes == {"bundle_fork"}
    assert_held(world, 1, [1, 2])
    # The original goes on.
    world.close(1, 3)
    world.send(1, world.stick("original"))
    assert world.bring(world.stick("original")).states == [("1001", 3, "imported")]
    assert_sound(world)


def test_new_installation_waits_until_the_till_is_enrolled_again(world: World) -> None:
    world.add_till(1)
    world.close(1, 1)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    world.send(1, world.stick("a"))
    home = open_home(world.till(1))
    save_settings(replace(home, settings=replace(home.settings, installation=new_installation())))
    world.close(1, 2)
    world.send(1, world.stick("b"))
    told = world.bring(world.stick("b"))
    assert told.codes == {"bundle_new_installation"}
    assert_held(world, 1, [1])

    # The stick that brings the enrolment carries the bundle that was refused.
    till.init_till(world.till(1), world.enrolment(1, again=True), "")
    world.send(1, world.stick("b"))
    assert ("1001", 2, "imported") in world.bring(world.stick("b")).states
    assert_held(world, 1, [1, 2])
    assert_sound(world)


def test_till_on_a_new_machine_goes_on_after_it_was_enrolled_again(world: World) -> None:
    world.add_till(1)
    world.close(1, 1)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    shutil.rmtree(world.till(1))
    till.init_till(world.till(1), world.enrolment(1, again=True), "")
    world.close(1, 2)
    world.send(1, world.stick("b"))
    assert world.bring(world.stick("b")).states == [("1001", 2, "imported")]
    world.close(1, 3)
    world.send(1, world.stick("b"))
    assert ("1001", 3, "imported") in world.bring(world.stick("b")).states
    assert_held(world, 1, [1, 2, 3])
    assert world.send(1, world.stick("b")).standing.waiting == ()


# --- the audit ----------------------------------------------------------------------------------


def test_check_finds_a_flipped_bit_in_the_archive(world: World) -> None:
    world.add_till(1)
    world.close(1, 1)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    assert_sound(world)
    sha256 = world.held(1)[1].delivery
    kept = world.office / "archive" / sha256[:2] / sha256
    data = bytearray(kept.read_bytes())
    data[len(data) // 2] ^= 1
    kept.write_bytes(data)
    (fault,) = world.check().faults
    assert (fault.code, fault.till, fault.delivery) == ("archive_file_altered", "1001", sha256)
    kept.unlink()
    (fault,) = world.check().faults
    assert fault.code == "archive_file_missing"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lines SET menge = menge + 1 WHERE row_no = 0 AND closing_id = {closing}",
        "DELETE FROM transactions_vat WHERE row_no = 0 AND closing_id = {closing}",
        "UPDATE stock_movements SET quantity = 1 WHERE row_no = 0 AND closing_id = {closing}",
    ],
)
def test_check_finds_rows_that_somebody_altered(world: World, statement: str) -> None:
    world.add_till(1)
    world.close(1, 1, 2)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))
    altered = world.held(1)[2].closing_id
    with closing(sqlite3.connect(world.office / "journal.sqlite")) as database:
        assert database.execute(statement.format(closing=altered)).rowcount == 1
        database.commit()
    (fault,) = world.check().faults
    assert (fault.code, fault.till, fault.z_nr) == ("rows_differ", "1001", 2)


def test_looking_changes_nothing(world: World) -> None:
    world.add_till(1)
    world.close(1, 1)
    world.send(1, world.stick("a"))
    world.bring(world.stick("a"))

    def files() -> dict[str, bytes]:
        return {
            path.relative_to(world.office).as_posix(): path.read_bytes()
            for path in world.office.rglob("*")
            # SQLite's own notes for those who read at the same time.
            if path.is_file() and not path.name.endswith(("-shm", "-wal"))
        }

    before = files()
    world.check()
    world.status()
    with world.opened() as opened:
        office.export(opened, world.folder / "out.zip", "1001", None, None)
    assert files() == before


def test_two_imports_at_once_do_not_mix(world: World) -> None:
    world.add_till(1)
    world.close(1, 1)
    world.send(1, world.stick("a"))
    with world.opened() as opened, opened.home.exclusive():
        with pytest.raises(TillferryError) as error:
            world.bring(world.stick("a"))
        assert error.value.code == "office_busy"
    assert world.bring(world.stick("a")).states == [("1001", 1, "imported")]


def test_stick_that_is_pulled_while_it_is_copied_does_not_hold_up_the_next(
    world: World, stick: Stick
) -> None:
    for number in (1, 2):
        world.add_till(number)
        world.close(number, 1)
    world.send(1, stick.plug())
    world.send(2, world.stick("next"))
    copy = receiving.copy_hashed

    def pulled(*arguments: Any, **named: Any) -> Any:
        stick.unplug()
        return copy(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receiving, "copy_hashed", pulled)
        told = world.bring(stick.path, world.stick("next"))
    assert [error.code for error in told.failed] == ["carrier_gone"]
    assert told.states == [("1002", 1, "imported")]
    assert world.bring(stick.plug()).states == [("1001", 1, "imported")]
    assert_sound(world)
