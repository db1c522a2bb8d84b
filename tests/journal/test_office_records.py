"""What head office decides is written whole, with the log, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.journal.synthetic import batch, booking
from tillferry.closing.office_seams import (
    Correction,
    ExplainedHole,
    ItemDecision,
    LogEntry,
    OfficeChange,
    Outlet,
    TillDetails,
    TillKind,
    User,
    Verdict,
)
from tillferry.closing.seams import Item, ItemState, Journal, Till
from tillferry.errors import TillferryError
from tillferry.journal.office_records import office_records, record_hash

AT = "2026-11-27T10:00:00+01:00"


def entry(action: str, subject: str = "1001") -> LogEntry:
    return LogEntry(AT, "clerk ü", action, subject, "because")


def test_log_is_a_chain_over_several_writes(journal: Journal) -> None:
    records = office_records(journal)
    records.write(OfficeChange([entry("one"), entry("two")]))
    records.write(OfficeChange([entry("three")]))

    found = records.log()

    assert [record.entry.action for record in found] == ["one", "two", "three"]
    previous = ""
    for number, record in enumerate(found, 1):
        assert (record.sequence, record.previous) == (number, previous)
        assert record.hash == record_hash(number, record.entry, previous)
        previous = record.hash
    assert records.log(after=1, limit=1) == found[1:2]


def test_values_come_back_and_are_replaced_by_key(journal: Journal, till: Till) -> None:
    records = office_records(journal)
    outlet, details = Outlet("12", "Strand", True), TillDetails(till.till_id, "12", TillKind.ONLINE)
    user = User("clerk", "$argon2", "admin", 2, AT, True, AT)
    hole = ExplainedHole(till.till_id, 3, 5, "clerk", AT, "burnt")
    records.write(
        OfficeChange(explained=[hole], outlets=[outlet], till_details=[details], users=[user])
    )

    assert records.outlets() == (outlet,)
    assert records.till_details() == {till.till_id: details}
    assert records.users() == (user,)
    assert records.explained() == (hole,)
    records.write(
        OfficeChange(
            outlets=[replace(outlet, name="Hafen", without_stock=False)],
            users=[replace(user, failed=0)],
        )
    )
    assert records.outlets() == (Outlet("12", "Hafen"),)
    assert records.users()[0].failed == 0
    records.write(OfficeChange(removed_outlets=["12"], removed_users=["clerk"]))
    assert records.outlets() == records.users() == ()
    assert records.size_bytes() > 0


def test_a_decision_settles_its_item(journal: Journal, till: Till) -> None:
    records = office_records(journal)
    made = batch([1])
    item = Item(
        0, "aa" * 32, "x", "t", "s", till.till_id, 1, None, ItemState.CONFLICT, 0, 0, (), AT
    )
    journal.book(booking(made, items=[item]))
    (waiting,) = journal.items(waiting=True)
    decision = ItemDecision(waiting.item_id, Verdict.KEPT_HELD, "clerk", AT, "sure")

    records.write(OfficeChange([entry("held_kept")], decisions=[decision]))

    assert journal.items(waiting=True) == ()
    assert records.decisions() == {waiting.item_id: decision}
    assert records.decided_before(["aa" * 32, "bb" * 32]) == {("aa" * 32, "s", 1)}
    assert records.decided_before(["bb" * 32]) == frozenset()
    taken = replace(decision, verdict=Verdict.TOOK_DELIVERED)
    records.write(OfficeChange(decisions=[taken]))
    assert records.decided_before(["aa" * 32]) == frozenset()


def test_a_correction_keeps_the_old_version_and_holds_the_new(journal: Journal, till: Till) -> None:
    records = office_records(journal)
    journal.book(booking(batch([1, 2, 3])))
    before = journal.held(till.till_id)
    better = batch([2], seed=9, rows=3)
    correction = Correction(before[2], "bb" * 32, "clerk", AT, "the till was repaired")

    records.write(
        OfficeChange([entry("corrected")], booking(better, delivery="bb" * 32), [correction])
    )

    after = journal.held(till.till_id)
    assert (after[1], after[3]) == (before[1], before[3])
    assert after[2].digests != before[2].digests and after[2].delivery == "bb" * 32
    (read,) = journal.read(till.till_id, [2])
    assert {name: rows.to_pylist() for name, rows in read.tables.items()} == {
        name: rows.to_pylist() for name, rows in better.tables.items()
    }
    (version,) = records.versions(till.till_id)
    assert dict(version.digests) == dict(before[2].digests)
    assert (version.z_nr, version.delivery, version.business_day) == (
        2,
        before[2].delivery,
        before[2].business_day,
    )
    assert (version.new_delivery, version.replaced_by) == ("bb" * 32, "clerk")
    assert records.versions(99) == ()


def test_a_correction_of_what_changed_meanwhile_writes_nothing(
    journal: Journal, till: Till
) -> None:
    records = office_records(journal)
    journal.book(booking(batch([1])))
    held = journal.held(till.till_id)[1]
    stale = replace(held, digests={"bookings": "00" * 32})

    with pytest.raises(TillferryError) as error:
        records.write(
            OfficeChange(
                [entry("corrected")],
                booking(batch([1], seed=2)),
                [Correction(stale, "bb" * 32, "clerk", AT, "x")],
            )
        )

    assert error.value.code == "journal_already_held"
    assert journal.held(till.till_id)[1] == held
    assert records.log() == records.versions() == ()
