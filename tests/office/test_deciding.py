"""What becomes of a closing."""

from __future__ import annotations

from datetime import date

from tillferry.closing.model import Severity, finding
from tillferry.closing.seams import HeldClosing, ItemState
from tillferry.office.deciding import decide, unknown_till

DIGESTS = {"bookings": "b1", "time": "t1", "stock": "s1"}


def held(**digests: str) -> HeldClosing:
    return HeldClosing(
        1, 7, 3, "1", "2026-07-01T23:00:00+02:00", date(2026, 7, 1), "1", "9", 9, 900, digests, "d"
    )


def test_new_closing_is_imported_with_all_parts() -> None:
    decision = decide(3, DIGESTS, (), None)
    assert decision.state is ItemState.IMPORTED
    assert decision.to_write == DIGESTS


def test_same_digests_are_already_present() -> None:
    decision = decide(3, DIGESTS, (), held(**DIGESTS))
    assert decision.state is ItemState.ALREADY_PRESENT
    assert decision.to_write == {}


def test_fewer_parts_than_held_are_already_present() -> None:
    decision = decide(3, {"bookings": "b1"}, (), held(**DIGESTS))
    assert decision.state is ItemState.ALREADY_PRESENT


def test_part_that_is_not_held_yet_joins() -> None:
    decision = decide(3, DIGESTS, (), held(bookings="b1"))
    assert decision.state is ItemState.IMPORTED
    assert decision.to_write == {"time": "t1", "stock": "s1"}


def test_other_digest_is_a_conflict_and_nothing_is_written() -> None:
    decision = decide(3, {**DIGESTS, "bookings": "b2"}, (), held(bookings="b1"))
    assert decision.state is ItemState.CONFLICT
    assert decision.to_write == {}
    assert decision.findings[0].code == "conflict_with_held"


def test_incomplete_and_unreadable_closings_are_not_written() -> None:
    torn = finding("x", Severity.INCOMPLETE)
    broken = finding("y", Severity.ERROR)
    assert decide(3, DIGESTS, (torn,), None).state is ItemState.INCOMPLETE
    assert decide(3, DIGESTS, (torn, broken), None).state is ItemState.REJECTED
    assert decide(3, DIGESTS, (torn,), None).to_write == {}


def test_closing_that_is_held_is_present_whatever_a_check_says_today() -> None:
    torn = finding("x", Severity.INCOMPLETE)
    assert decide(3, DIGESTS, (torn,), held(**DIGESTS)).state is ItemState.ALREADY_PRESENT


def test_same_receipts_under_another_number_are_a_conflict() -> None:
    decision = decide(4, DIGESTS, (), None, renumbered_from=3)
    assert decision.state is ItemState.CONFLICT
    assert decision.findings[0].code == "conflict_renumbered"


def test_unknown_till_waits_with_its_findings() -> None:
    torn = finding("x", Severity.INCOMPLETE)
    decision = unknown_till((torn,), "K-1", "")
    assert decision.state is ItemState.UNKNOWN_TILL
    assert [entry.code for entry in decision.findings] == ["till_unknown", "x"]
