"""Reports over receipts and working times. Only BON_TYP Beleg counts; amounts in cents."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from tillferry.closing.money import decimal_text
from tillferry.closing.tables import CASH_ONLY_GV_TYPES
from tillferry.errors import TillferryError
from tillferry.till.register.booking import Booker
from tillferry.till.register.receipt import BookedLine, Receipt
from tillferry.till.register.store import Store
from tillferry.till.register.timeclock import TimeClock, TimeEntry, minutes

NO_TURNOVER: Final = frozenset(
    {
        *CASH_ONLY_GV_TYPES,
        "TrinkgeldAN",
        "MehrzweckgutscheinKauf",
        "MehrzweckgutscheinEinloesung",
    }
)
"""Business cases that move money and are no turnover."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount under a name: a group, an hour, a payment."""

    name: str
    gross: int
    count: int


@dataclass(frozen=True, slots=True)
class VatAmount:
    """Turnover of one UST_SCHLUESSEL; ``rate`` has two decimals."""

    key: int
    rate: int
    gross: int
    vat: int

    @property
    def net(self) -> int:
        """Gross less VAT."""
        return self.gross - self.vat


@dataclass(frozen=True, slots=True)
class TurnoverReport:
    """An X report (``z_nrs`` empty), a Z report (one Z number) or one over several days.

    ``turnover`` is goods, deposits and discounts; ``cash`` what came into the drawer, the opening
    float included. ``business_cases`` are by GV_TYP, ``hours`` by the hour the receipt ended
    (``14``), ``groups`` by article group. ``training`` receipts are in no other figure.
    """

    title: str
    first_day: str
    last_day: str
    z_nrs: tuple[int, ...]
    created_at: str
    receipts: int
    turnover: int
    cancellations: int
    cancelled: int
    tips: int
    cash: int
    difference: int
    training: int
    vat: tuple[VatAmount, ...]
    payments: tuple[Amount, ...]
    business_cases: tuple[Amount, ...]
    groups: tuple[Amount, ...]
    hours: tuple[Amount, ...]

    def csv(self) -> str:
        """The report as CSV: section, name, number, gross, VAT; semicolons and comma decimals."""
        rows: list[tuple[str, ...]] = [
            ("section", "name", "count", "gross", "vat"),
            _csv_row("total", "turnover", self.receipts, self.turnover),
            _csv_row("total", "cancelled", self.cancellations, self.cancelled),
            _csv_row("total", "tips", 0, self.tips),
            _csv_row("total", "cash", 0, self.cash),
            _csv_row("total", "cash difference", 0, self.difference),
        ]
        rows += [
            ("vat", _comma(part.rate), "", _comma(part.gross), _comma(part.vat))
            for part in self.vat
        ]
        for section, amounts in (
            ("payment", self.payments),
            ("business case", self.business_cases),
            ("group", self.groups),
            ("hour", self.hours),
        ):
            rows += [_csv_row(section, part.name, part.count, part.gross) for part in amounts]
        return to_csv(rows)


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """What a person worked. ``open_entries`` have no end and are not in ``minutes``."""

    person_id: str
    person_name: str
    minutes: int
    entries: tuple[TimeEntry, ...]
    open_entries: int


class Reports:
    """Reports of the open day, of closed days and over periods."""

    def __init__(self, store: Store, booker: Booker, clock: TimeClock) -> None:
        self._store = store
        self._booker = booker
        self._time = clock

    def x_report(self) -> TurnoverReport:
        """The open day so far; all zero where none is open."""
        day = self._booker.open_day()
        today = self._store.now().date().isoformat()
        if day is None:
            return self._report("X", today, today, (), ())
        return self._report("X", day.business_day, day.business_day, (), (day.day_id,))

    def z_report(self, z_nr: int) -> TurnoverReport:
        """A closed day. ``closing_unknown``."""
        row = self._store.row("SELECT day_id, business_day FROM days WHERE z_nr = ?", z_nr)
        if row is None:
            raise TillferryError("closing_unknown", z_nr=z_nr)
        return self._report(f"Z {z_nr}", row[1], row[1], (z_nr,), (row[0],))

    def period(self, first: date, last: date) -> TurnoverReport:
        """All closed days from ``first`` to ``last``, both included."""
        rows = self._days(first, last, closed=True)
        z_nrs = tuple(z_nr for _, z_nr in rows)
        return self._report(
            "Z", first.isoformat(), last.isoformat(), z_nrs, tuple(day_id for day_id, _ in rows)
        )

    def working_times(self, first: date, last: date) -> tuple[WorkingTime, ...]:
        """Work written on the business days from ``first`` to ``last``, by person.

        An entry that was corrected is left out, the one in its place counts.
        """
        corrected = self._time.corrected()
        days = [day_id for day_id, _ in self._days(first, last, closed=False)]
        by_person: dict[str, list[TimeEntry]] = {}
        for entry in self._time.entries_of_days(days):
            if entry.entry_id not in corrected:
                by_person.setdefault(entry.person_id, []).append(entry)
        return tuple(
            WorkingTime(
                person_id,
                entries[-1].person_name,
                sum(minutes(entry) for entry in entries),
                tuple(entries),
                sum(not entry.end for entry in entries),
            )
            for person_id, entries in sorted(by_person.items())
        )

    def _days(self, first: date, last: date, *, closed: bool) -> list[tuple[int, int]]:
        return self._store.rows(
            "SELECT day_id, z_nr FROM days WHERE business_day BETWEEN ? AND ?"
            + (" AND z_nr IS NOT NULL" if closed else "")
            + " ORDER BY day_id",
            first.isoformat(),
            last.isoformat(),
        )

    def _report(
        self, title: str, first: str, last: str, z_nrs: tuple[int, ...], day_ids: Sequence[int]
    ) -> TurnoverReport:
        sums = _Sums()
        for receipt in self._booker.of_days(day_ids):
            sums.add(receipt)
        rates = {rate.key: rate.rate for rate in self._store.settings().vat}
        return TurnoverReport(
            title=title,
            first_day=first,
            last_day=last,
            z_nrs=z_nrs,
            created_at=self._store.now().isoformat(),
            receipts=sums.receipts,
            turnover=sum(gross for gross, _ in sums.vat.values()),
            cancellations=sums.cancellations,
            cancelled=sums.cancelled,
            tips=sums.of_case("TrinkgeldAN"),
            cash=sums.cash,
            difference=sums.of_case("DifferenzSollIst"),
            training=sums.training,
            vat=tuple(
                VatAmount(key, rates.get(key, 0), *sums.vat[key]) for key in sorted(sums.vat)
            ),
            payments=_amounts(sums.payments),
            business_cases=_amounts(sums.cases),
            groups=_amounts(sums.groups),
            hours=_amounts(sums.hours),
        )


class _Sums:
    def __init__(self) -> None:
        self.receipts = self.cancellations = self.cancelled = self.cash = self.training = 0
        self.vat: dict[int, tuple[int, int]] = {}
        self.payments: dict[str, list[int]] = {}
        self.cases: dict[str, list[int]] = {}
        self.groups: dict[str, list[int]] = {}
        self.hours: dict[str, list[int]] = {}

    def add(self, receipt: Receipt) -> None:
        if receipt.bon_typ == "AVTraining":
            self.training += 1
        if not receipt.counts:
            return
        self.cash += receipt.cash
        turnover = [line for line in receipt.lines if line.gv_typ not in NO_TURNOVER]
        gross = sum(line.gross for line in turnover)
        self.receipts += 1
        if receipt.cancels:
            self.cancellations += 1
            self.cancelled -= gross
        for payment in receipt.payments:
            if payment.kind != "Keine":
                _count(self.payments, payment.name or payment.kind, payment.amount)
        for line in receipt.lines:
            _count(self.cases, line.gv_typ, line.gross)
        for line in turnover:
            self._add_turnover(line)
        if turnover:
            _count(self.hours, receipt.end[11:13], gross)

    def _add_turnover(self, line: BookedLine) -> None:
        gross, vat = self.vat.get(line.vat_key, (0, 0))
        self.vat[line.vat_key] = (gross + line.gross, vat + line.vat)
        _count(self.groups, line.group or line.gv_name or line.gv_typ, line.gross)

    def of_case(self, gv_typ: str) -> int:
        return self.cases.get(gv_typ, [0])[0]


def working_times_csv(times: Iterable[WorkingTime]) -> str:
    """Working times as CSV: one row for each entry."""
    rows: list[tuple[str, ...]] = [
        ("person", "name", "activity", "start", "end", "break_minutes", "minutes", "note")
    ]
    for person in times:
        rows += [
            (
                entry.person_id,
                entry.person_name,
                entry.activity,
                entry.start,
                entry.end,
                str(entry.break_minutes),
                str(minutes(entry)),
                entry.note,
            )
            for entry in person.entries
        ]
    return to_csv(rows)


def to_csv(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV for spreadsheets here: semicolons, CR LF."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return target.getvalue()


def _harmless(cell: str) -> str:
    """A text that a spreadsheet does not take for a formula; amounts stay as they are."""
    is_formula = cell[:1] in ("=", "+", "@", "\t") or (cell[:1] == "-" and not cell[1:2].isdigit())
    return f"'{cell}" if is_formula else cell


def _csv_row(section: str, name: str, count: int, gross: int) -> tuple[str, ...]:
    return (section, name, str(count), _comma(gross), "")


def _comma(amount: int) -> str:
    return decimal_text(amount, 2, ",")


def _count(sums: dict[str, list[int]], name: str, gross: int) -> None:
    entry = sums.setdefault(name, [0, 0])
    entry[0] += gross
    entry[1] += 1


def _amounts(sums: dict[str, list[int]]) -> tuple[Amount, ...]:
    return tuple(Amount(name, *entry) for name, entry in sorted(sums.items()))
