"""Working times for payroll: who worked on which day from when to when."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from tillferry.closing.seams import Journal, Till
from tillferry.closing.times import parse_instant
from tillferry.errors import TillferryError, message
from tillferry.journal.time_entries import TimeEntry, read_time_entries
from tillferry.office.period import Period
from tillferry.office.targets import cell
from tillferry.office.till_admin import label

ENCODINGS: Final = {"utf-8": "utf-8-sig", "cp1252": "cp1252"}
"""How the file can be written: UTF-8 with a mark, or Windows-1252 (what it lacks becomes ``?``)."""

COLUMNS: Final = (
    "employee_id",
    "employee_name",
    "day",
    "start",
    "end",
    "break",
    "minutes",
    "entries",
    "open",
    "overlap",
    "corrected",
    "activities",
    "tills",
    "notes",
)


@dataclass(frozen=True, slots=True)
class WorkDay:
    """What a person worked on a day, the day of the place on which the work began.

    ``end`` is ``None`` while no entry of the day has one. ``minutes`` are worked,
    ``break_minutes`` lie between ``start`` and ``end`` and are not: breaks, and the time between
    two entries. ``open_entries`` have no end and count nothing; where entries overlap, what is
    worked twice counts twice. ``corrected`` is how many entries took the place of others.
    """

    employee_id: str
    employee_name: str
    day: date
    start: datetime
    end: datetime | None
    break_minutes: int
    minutes: int
    entries: int
    open_entries: int
    overlap: bool
    corrected: int
    activities: tuple[str, ...]
    tills: tuple[str, ...]
    notes: tuple[str, ...]


def work_days(
    journal: Journal, tills: Sequence[Till], period: Period, timezone: str
) -> tuple[WorkDay, ...]:
    """The working times of a period, by person and day.

    An entry that names another takes its place, also where it came with a later closing.
    """
    names = {till.till_id: label(till) for till in tills}
    zone = ZoneInfo(timezone)
    days: dict[tuple[str, str, date], list[_Work]] = defaultdict(list)
    for entry in standing(read_time_entries(journal, sorted(names))):
        work = _work(entry, zone)
        if work is not None and work.start.date() in period:
            days[entry.employee_id, entry.employee_name, work.start.date()].append(work)
    return tuple(_day(key, days[key], names) for key in sorted(days))


def standing(entries: Iterable[TimeEntry]) -> tuple[TimeEntry, ...]:
    """The entries that hold: of each with all that correct it the last correction.

    Where two correct the same one, the later closing's counts, then the later row's.
    """
    by_id = {(entry.till_id, entry.entry_id): entry for entry in entries}
    order = {key: place for place, key in enumerate(by_id)}
    chain = {key: key for key in by_id}

    def first(key: tuple[int, str]) -> tuple[int, str]:
        while chain[key] != key:
            chain[key] = chain[chain[key]]
            key = chain[key]
        return key

    named: set[tuple[int, str]] = set()
    for key, entry in by_id.items():
        target = (entry.till_id, entry.corrects)
        if entry.corrects and target in by_id and target != key:
            named.add(target)
            chain[first(key)] = first(target)
    last: dict[tuple[int, str], tuple[int, str]] = {}
    for key in by_id:
        head = first(key)
        best = last.get(head)
        # What nobody names is a correction's end; in a ring of corrections the last one counts.
        if best is None or (key not in named, order[key]) > (best not in named, order[best]):
            last[head] = key
    return tuple(by_id[key] for key in sorted(last.values(), key=order.__getitem__))


def payroll_csv(days: Iterable[WorkDay], lang: str, encoding: str) -> bytes:
    """The file: semicolons, one row for a person and a day, headings in ``lang``.

    Raises ``encoding_unknown``.
    """
    if encoding not in ENCODINGS:
        raise TillferryError("encoding_unknown", encoding=encoding, known=", ".join(ENCODINGS))
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=";", lineterminator="\r\n")
    rows.writerow([message(f"payroll_column_{name}", lang) for name in COLUMNS])
    for each in days:
        rows.writerow(_row(each, lang))
    return text.getvalue().encode(ENCODINGS[encoding], errors="replace")


def _row(each: WorkDay, lang: str) -> tuple[object, ...]:
    return (
        cell(each.employee_id),
        cell(each.employee_name),
        f"{each.day:%d.%m.%Y}" if lang == "de" else each.day.isoformat(),
        f"{each.start:%H:%M}",
        "" if each.end is None else f"{each.end:%H:%M}",
        each.break_minutes,
        each.minutes,
        each.entries,
        each.open_entries,
        int(each.overlap),
        each.corrected,
        cell(", ".join(each.activities)),
        cell(", ".join(each.tills)),
        cell(" / ".join(each.notes)),
    )


@dataclass(frozen=True, slots=True)
class _Work:
    entry: TimeEntry
    start: datetime
    end: datetime | None
    seconds: int


def _work(entry: TimeEntry, zone: ZoneInfo) -> _Work | None:
    """An entry in time; ``None`` where its start is no time."""
    try:
        start = parse_instant(entry.start)
        end = parse_instant(entry.end) if entry.end else None
    except ValueError:
        return None
    # Whole seconds between instants: a night with a change of the clock has its true length.
    seconds = 0 if end is None else int((end - start).total_seconds()) - 60 * entry.break_minutes
    local_end = None if end is None else end.astimezone(zone)
    return _Work(entry, start.astimezone(zone), local_end, max(0, seconds))


def _day(key: tuple[str, str, date], works: list[_Work], names: dict[int, str]) -> WorkDay:
    works = sorted(works, key=lambda work: work.start)
    ended = [(work.start, work.end) for work in works if work.end is not None]
    end = max((last for _, last in ended), default=None)
    minutes = sum(work.seconds for work in works) // 60
    span = 0 if end is None else int((end - ended[0][0]).total_seconds()) // 60
    latest = [max(last for _, last in ended[: place + 1]) for place in range(len(ended))]
    overlap = any(start < before for (start, _), before in zip(ended[1:], latest, strict=False))
    return WorkDay(
        *key,
        start=works[0].start,
        end=end,
        break_minutes=max(0, span - minutes),
        minutes=minutes,
        entries=len(works),
        open_entries=sum(work.end is None for work in works),
        overlap=overlap,
        corrected=sum(bool(work.entry.corrects) for work in works),
        activities=_each(work.entry.activity for work in works),
        tills=_each(names[work.entry.till_id] for work in works),
        notes=_each(work.entry.note for work in works),
    )


def _each(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
