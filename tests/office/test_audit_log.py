"""The log is a chain: whatever is altered, taken out or moved is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.office.admin import refused
from tillferry.closing.office_seams import LogEntry, LogRecord
from tillferry.journal.office_records import record_hash
from tillferry.office.audit_log import Actor, check_person, check_reason, first_broken


def chain(count: int) -> tuple[LogRecord, ...]:
    made: list[LogRecord] = []
    previous = ""
    for sequence in range(1, count + 1):
        entry = LogEntry("2026-11-27T10:00:00+01:00", "clerk", "till_renamed", str(sequence))
        made.append(LogRecord(sequence, entry, previous, record_hash(sequence, entry, previous)))
        previous = made[-1].hash
    return tuple(made)


def test_a_whole_log_is_whole() -> None:
    assert first_broken(chain(5)) == first_broken(()) == 0


@settings(max_examples=30, deadline=None)
@given(
    place=st.integers(0, 4),
    name=st.sampled_from(["at", "person", "action", "subject", "reason", "previous", "hash"]),
)
def test_any_altered_value_is_found(place: int, name: str) -> None:
    log = list(chain(5))
    record = log[place]
    if name in ("previous", "hash"):
        log[place] = replace(record, **{name: "f" * 64})  # type: ignore[arg-type]
    else:
        log[place] = replace(record, entry=replace(record.entry, **{name: "other"}))
    assert first_broken(tuple(log)) == place + 1


def test_a_record_taken_out_or_moved_is_found() -> None:
    log = chain(4)
    assert first_broken((log[0], *log[2:])) == 2
    assert first_broken((log[0], log[2], log[1], log[3])) == 2
    assert first_broken(log[1:]) == 1


def test_values_cannot_be_moved_between_columns() -> None:
    first = LogEntry("t", "a", "b", "c", "d")
    assert record_hash(1, first, "") != record_hash(1, replace(first, person="ab", action=""), "")


def test_an_actor_needs_a_name_and_a_deed_its_reason() -> None:
    entry = Actor(" Kerstin ", lambda: datetime(2026, 11, 27, tzinfo=UTC)).entry("x", "y", "z")
    assert entry == LogEntry("2026-11-27T00:00:00+00:00", "Kerstin", "x", "y", "z")
    assert check_reason(" so \n it  is ") == "so it is" and len(check_reason("x" * 2000)) == 1000
    for reason in ("", " \n"):
        with refused("reason_needed"):
            check_reason(reason)


@pytest.mark.parametrize("person", ["", "  ", "x" * 101, "a\x00b"])
def test_names_that_are_none(person: str) -> None:
    with refused("person_invalid"):
        check_person(person)
