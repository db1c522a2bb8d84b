"""The figures once more, reckoned row by row with Decimal from the CSVs of an export."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

TURNOVER = frozenset(
    [
        "Umsatz",
        "Pfand",
        "PfandRueckzahlung",
        "Rabatt",
        "Aufschlag",
        "ZuschussUnecht",
        "TrinkgeldAG",
        "EinzweckgutscheinKauf",
        "EinzweckgutscheinEinloesung",
        "Anzahlungseinstellung",
        "Anzahlungsaufloesung",
    ]
)
CASH_ONLY = frozenset(
    [
        "Anfangsbestand",
        "Privatentnahme",
        "Privateinlage",
        "Geldtransit",
        "Lohnzahlung",
        "Einzahlung",
        "Auszahlung",
        "DifferenzSollIst",
    ]
)
NAMES = {1: ("1001", "Bar 1", "Strand"), 2: ("1002", "Bar 2", "Strand")}
Row = dict[str, str]
Table = dict[Any, tuple[Any, ...]]


def decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", ".") or "0")


@dataclass(frozen=True)
class Position:
    """A position of a Beleg with one of its VAT keys; ``first`` of those of the position."""

    till: int
    day: date
    z_nr: int
    receipt: str
    head: Row
    line: Row
    key: int
    rate: Decimal
    first: bool
    amounts: tuple[Decimal, Decimal, Decimal]

    @property
    def case(self) -> str:
        return self.line["GV_TYP"]

    @property
    def is_turnover(self) -> bool:
        return self.case in TURNOVER and self.line["AGENTUR_ID"] in ("", "0")


@dataclass(frozen=True)
class Payment:
    till: int
    day: date
    z_nr: int
    row: Row

    @property
    def amount(self) -> Decimal:
        return decimal(self.row["BASISWAEH_BETRAG"])


@dataclass
class Books:
    """Everything of some days and tills."""

    closings: list[tuple[int, date, int, str]] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    events: list[tuple[int, date, Row, str, Decimal]] = field(default_factory=list)

    @classmethod
    def read(cls, zips: Iterable[Path]) -> Books:
        found = cls()
        for till, path in enumerate(zips, start=1):
            with zipfile.ZipFile(path) as archive:
                found._read(till, archive)
        return found

    def of(self, first: date, last: date, tills: Sequence[int]) -> Books:
        """The part of it that a question is about."""

        def wanted(till: int, day: date) -> bool:
            return till in tills and first <= day <= last

        return Books(
            [each for each in self.closings if wanted(each[0], each[1])],
            [each for each in self.positions if wanted(each.till, each.day)],
            [each for each in self.payments if wanted(each.till, each.day)],
            [each for each in self.events if wanted(each[0], each[1])],
        )

    def _read(self, till: int, archive: zipfile.ZipFile) -> None:
        def rows(name: str) -> list[Row]:
            if f"{name}.csv" not in archive.namelist():
                return []
            text = archive.read(f"{name}.csv").decode("utf-8")
            return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))

        days: dict[str, date] = {}
        for row in rows("cashpointclosing"):
            day = date.fromisoformat(row["Z_BUCHUNGSTAG"] or row["Z_ERSTELLUNG"][:10])
            days[row["Z_NR"]] = day
            self.closings.append((till, day, int(row["Z_NR"]), row["Z_ERSTELLUNG"]))
        heads = {(row["Z_NR"], row["BON_ID"]): row for row in rows("transactions")}
        rates = {(row["Z_NR"], row["UST_SCHLUESSEL"]): row["UST_SATZ"] for row in rows("vat")}
        lines = {(row["Z_NR"], row["BON_ID"], row["POS_ZEILE"]): row for row in rows("lines")}
        gross_of: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
        for row in rows("lines_vat"):
            z_nr, place = row["Z_NR"], (row["Z_NR"], row["BON_ID"], row["POS_ZEILE"])
            head = heads[z_nr, row["BON_ID"]]
            first = place not in gross_of
            gross_of[place] += decimal(row["POS_BRUTTO"])
            if head["BON_TYP"] != "Beleg":
                continue
            self.positions.append(
                Position(
                    till,
                    days[z_nr],
                    int(z_nr),
                    row["BON_ID"],
                    head,
                    lines[place],
                    int(row["UST_SCHLUESSEL"]),
                    decimal(rates[z_nr, row["UST_SCHLUESSEL"]]),
                    first,
                    (
                        decimal(row["POS_BRUTTO"]),
                        decimal(row["POS_NETTO"]),
                        decimal(row["POS_UST"]),
                    ),
                )
            )
        for row in rows("datapayment"):
            if heads[row["Z_NR"], row["BON_ID"]]["BON_TYP"] == "Beleg":
                self.payments.append(Payment(till, days[row["Z_NR"]], int(row["Z_NR"]), row))
        for (z_nr, _), head in heads.items():
            total = decimal(head["UMS_BRUTTO"])
            if head["BON_TYP"] != "Beleg":
                self.events.append((till, days[z_nr], head, head["BON_TYP"], total))
            elif head["BON_STORNO"] == "1":
                self.events.append((till, days[z_nr], head, "cancelled_receipts", total))
        for place, line in lines.items():
            head = heads[place[0], place[1]]
            if head["BON_TYP"] != "Beleg":
                continue
            of = (till, days[place[0]], head)
            if line["P_STORNO"] == "1":
                self.events.append((*of, "cancelled_lines", gross_of[place]))
            if line["GV_TYP"] in ("Rabatt", "Aufschlag"):
                kind = "discounts" if line["GV_TYP"] == "Rabatt" else "surcharges"
                self.events.append((*of, kind, gross_of[place]))
        for row in rows("itemamounts"):
            head = heads[row["Z_NR"], row["BON_ID"]]
            kind = {"discount": "discounts", "extra_amount": "surcharges"}.get(row["TYP"])
            if head["BON_TYP"] == "Beleg" and kind:
                amount = decimal(row["PF_BRUTTO"])
                self.events.append((till, days[row["Z_NR"]], head, kind, amount))

    @property
    def turnover(self) -> list[Position]:
        return [position for position in self.positions if position.is_turnover]


def names(till: int) -> tuple[str, str, str]:
    """Number, name and outlet of a till; the third has no customer number and no outlet."""
    return NAMES.get(till) or (f"{SERIAL[till]}", f"Bar {till}", "")


SERIAL: dict[int, str] = {}


def grouped(
    positions: Iterable[Position], key: Callable[[Position], Hashable], *, counted: str
) -> Table:
    """Receipts or positions, then gross, net and VAT, by a key."""
    counts: dict[Any, set[Any]] = defaultdict(set)
    sums: dict[Any, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for position in positions:
        receipt = (position.till, position.z_nr, position.receipt)
        unit = receipt if counted == "receipts" else (*receipt, position.line["POS_ZEILE"])
        counts[key(position)].add(unit)
        found = sums[key(position)]
        sums[key(position)] = [a + b for a, b in zip(found, position.amounts, strict=True)]
    return {of: (len(counts[of]), *sums[of]) for of in sums}


def week(day: date) -> str:
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02}"


def hour(position: Position) -> int:
    return datetime.fromisoformat(position.head["BON_ENDE"]).hour


def percent(part: Decimal, whole: Decimal) -> Decimal | None:
    if whole <= 0:
        return None
    return (part * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


A_WEEK = timedelta(days=7)
