"""The closings of a period as booking batches, one for each fiscal year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tillferry.closing.model import Finding
from tillferry.closing.seams import Journal, Till
from tillferry.errors import TillferryError
from tillferry.journal.closing_sums import BookedClosing, payments_with, read_booked
from tillferry.office.datev.extf import (
    MOST_POSTINGS,
    BatchHeader,
    Posting,
    batch_bytes,
    file_name,
)
from tillferry.office.datev.postings import FLOAT, Bookkeeper
from tillferry.office.datev.settings import DatevSettings
from tillferry.office.period import Period


@dataclass(frozen=True, slots=True)
class DatevFinding:
    """Why closings cannot be booked: the first of them, and how many there are."""

    finding: Finding
    first_z: int
    first_day: date
    closings: int


@dataclass(frozen=True, slots=True)
class DatevFile:
    """One batch. ``cents`` is the sum of what was debited and credited."""

    name: str
    data: bytes
    fiscal_year: date
    first: date
    last: date
    postings: int
    cents: int


@dataclass(frozen=True, slots=True)
class DatevResult:
    """The batches, or what keeps them from being made: with a finding there is no file.

    Nor is there one where nothing moved: DATEV takes no batch without a booking.
    """

    closings: int
    files: tuple[DatevFile, ...]
    findings: tuple[DatevFinding, ...]


def make_batches(
    journal: Journal,
    settings: DatevSettings,
    tills: Sequence[Till],
    period: Period,
    *,
    name: str,
    created_at: datetime,
) -> DatevResult:
    """Book the closings of a period. ``name`` is what the batches are called.

    Raises ``nothing_in_period`` and ``sums_missing``.
    """
    by_id = {till.till_id: till for till in tills}
    closings = read_booked(journal, sorted(by_id), period.first, period.last)
    if not closings:
        raise TillferryError("nothing_in_period", first=period.first, last=period.last)
    bookkeeper = Bookkeeper(settings, lambda closing: payments_with(journal, closing, FLOAT))
    years: dict[date, list[list[Posting]]] = {}
    findings: dict[Finding, list[BookedClosing]] = {}
    for closing in sorted(closings, key=_order):
        booked = bookkeeper.book(by_id[closing.till_id], closing)
        for found in booked.findings:
            findings.setdefault(found, []).append(closing)
        year = settings.fiscal_year(closing.business_day)
        years.setdefault(year, []).append(list(booked.postings))
    if findings:
        told = tuple(
            DatevFinding(found, of[0].z_nr, of[0].business_day, len(of))
            for found, of in findings.items()
        )
        return DatevResult(len(closings), (), told)
    files = [
        _file(settings, year, period, part, number, name, created_at)
        for year in sorted(years)
        for number, part in enumerate(_parts(years[year]), 1)
        if part
    ]
    return DatevResult(len(closings), tuple(files), ())


def _order(closing: BookedClosing) -> tuple[date, int, int]:
    return closing.business_day, closing.till_id, closing.z_nr


def _parts(closings: Sequence[list[Posting]]) -> list[list[Posting]]:
    """The postings in as many parts as a batch can hold; a closing is never cut."""
    parts: list[list[Posting]] = [[]]
    for postings in closings:
        if len(parts[-1]) + len(postings) > MOST_POSTINGS:
            parts.append([])
        parts[-1].extend(postings)
    return parts


def _file(
    settings: DatevSettings,
    year: date,
    period: Period,
    postings: Sequence[Posting],
    number: int,
    name: str,
    created_at: datetime,
) -> DatevFile:
    first = max(period.first, year)
    last = min(period.last, _year_end(year))
    header = BatchHeader(
        consultant=settings.consultant,
        client=settings.client,
        fiscal_year=year,
        account_length=settings.account_length,
        first=first,
        last=last,
        name=name,
        created_at=created_at,
        finalise=settings.finalise,
        initials=settings.initials,
        chart=settings.chart,
    )
    return DatevFile(
        file_name(first, last, number),
        batch_bytes(header, postings),
        year,
        first,
        last,
        len(postings),
        sum(abs(posting.cents) for posting in postings),
    )


def _year_end(year: date) -> date:
    return date.fromordinal(date(year.year + 1, year.month, year.day).toordinal() - 1)
