"""Reconciliation: compare what is held with a source, closing by closing, then row by row.

First the digests of all closings, which is quick; then the rows of those that differ. Nothing is
written here: ``office.repair`` does that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from tillferry.closing.checks import outcome
from tillferry.closing.digest import Digests
from tillferry.closing.figures import Figures
from tillferry.closing.model import ClosingHead, Finding, Severity, finding
from tillferry.closing.seams import HeldClosing, ItemState, Journal, Till
from tillferry.closing.tables import PARTS, Part
from tillferry.errors import TillferryError
from tillferry.office.archive import Archive
from tillferry.office.inbox import Arrival
from tillferry.office.loading import Group, Loader
from tillferry.office.reconcile_sources import InPlace, Sources
from tillferry.office.row_differences import ClosingDifference, differences
from tillferry.office.senders import Senders


class Match(StrEnum):
    """How a closing of the source stands to what is held."""

    IDENTICAL = "identical"
    MISSING_HERE = "missing_here"
    """Only the source has it, or a part of it."""
    MISSING_THERE = "missing_there"
    DIFFERENT = "different"
    CONTRADICTORY = "contradictory"
    """The source has several versions, and none is the one that is held."""
    UNUSABLE = "unusable"
    """The source's copy is unfinished or cannot be read."""
    UNKNOWN_TILL = "unknown_till"


@dataclass(frozen=True, slots=True)
class Compared:
    """One closing. ``till_id`` is 0 for an unknown till.

    ``source`` says for people where the copy lies, ``key`` is its arrival's, ``digests`` are its
    own; all three are empty where only the office has the closing. ``parts`` are those that are
    missing here or differ. ``waits`` tells that an unfinished copy waits here. ``repaired`` is set
    once it is put right.
    """

    till_id: int
    till: str
    serial: str
    z_nr: int
    business_day: date | None
    match: Match
    source: str = ""
    key: str = ""
    digests: Digests | None = None
    parts: tuple[Part, ...] = ()
    here: Figures | None = None
    there: Figures | None = None
    waits: bool = False
    findings: tuple[Finding, ...] = ()
    difference: ClosingDifference | None = None
    repaired: bool = False


@dataclass(frozen=True)
class Reconciliation:
    """What was found. ``problems`` are files or pieces of the source that gave no closing.

    ``stopped``: somebody stopped it, so what was not reached yet is not in it.
    """

    since: date
    compared: tuple[Compared, ...]
    problems: tuple[tuple[str, tuple[Finding, ...]], ...]
    stopped: bool

    @property
    def counts(self) -> Mapping[Match, int]:
        """How many closings stand how; repaired ones count as identical."""
        found = Counter(Match.IDENTICAL if each.repaired else each.match for each in self.compared)
        return {match: found.get(match, 0) for match in Match}

    @property
    def repaired(self) -> int:
        """How many closings were put right."""
        return sum(each.repaired for each in self.compared)

    @property
    def is_identical(self) -> bool:
        """Whether nothing is left that differs, and everything was looked at."""
        rest = sum(self.counts.values()) - self.counts[Match.IDENTICAL]
        return not rest and not self.problems and not self.stopped


@dataclass(frozen=True, slots=True)
class Scope:
    """What is compared: from a business day on, of some tills or (``None``) all in the source."""

    since: date
    till_ids: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """One copy of a closing in the source."""

    arrival: Arrival
    head: ClosingHead
    digests: Digests
    figures: Figures
    findings: tuple[Finding, ...]
    first_receipt: str

    @property
    def good(self) -> bool:
        return outcome(self.findings) == "good"


Progress = Callable[[int, int], None]
Stop = Callable[[], bool]


class Reconciler:
    """Compares a journal with a source. ``loading`` gives a loader over an archive."""

    def __init__(
        self,
        journal: Journal,
        office_number: str,
        loading: Callable[[Archive], Loader],
        archive: Archive,
        without_stock: Collection[int] = (),
    ) -> None:
        self._journal = journal
        self._office_number = office_number
        self._loading = loading
        self._archive = archive
        self._without_stock = frozenset(without_stock)
        self._tills = {till.till_id: till for till in journal.tills()}
        self._senders = Senders(office_number, self._tills.values())
        self._problems: list[tuple[str, tuple[Finding, ...]]] = []

    def compare(
        self,
        sources: Sources,
        scope: Scope,
        progress: Progress = lambda done, total: None,
        stop: Stop = lambda: False,
    ) -> Reconciliation:
        """Compare everything; ``progress`` counts files, ``stop`` is asked between closings."""
        self._problems = [
            (problem.source, (_as_finding(problem.error),)) for problem in sources.problems
        ]
        in_place = InPlace(self._archive.root, sources.files)
        seen, unknown, whole = self._look(sources, in_place, scope, progress, stop)
        compared = [*self._classify(seen), *unknown]
        if whole:
            compared += self._missing_there(seen, scope)
            compared, whole = self._rows(compared, sources, in_place, stop)
        compared.sort(key=lambda each: (each.till, each.serial, each.z_nr))
        return Reconciliation(scope.since, tuple(compared), tuple(self._problems), not whole)

    def _look(
        self,
        sources: Sources,
        in_place: InPlace,
        scope: Scope,
        progress: Progress,
        stop: Stop,
    ) -> tuple[dict[tuple[int, int], list[_Seen]], list[Compared], bool]:
        """Every closing of the source by till and Z number, and those of unknown tills."""
        seen: dict[tuple[int, int], list[_Seen]] = defaultdict(list)
        unknown: dict[tuple[str, str, int], Compared] = {}
        done = 0
        progress(0, len(sources.arrivals))
        for group in self._loading(in_place).groups(sources.arrivals):
            for problem in group.problems:
                self._problems.append((problem.arrival.source, problem.findings))
            for copy in _copies(group):
                if stop():
                    return seen, list(unknown.values()), False
                head = copy.head
                if head.business_day < scope.since:
                    continue
                till = self._senders.of_export(head.taxpayer, head.serial)
                if till is None:
                    if scope.till_ids is None:
                        unknown.setdefault(
                            (head.taxpayer, head.serial, head.z_nr), _of_unknown(copy)
                        )
                elif scope.till_ids is None or till.till_id in scope.till_ids:
                    seen[till.till_id, head.z_nr].append(copy)
            done += len(group.finished)
            progress(done, len(sources.arrivals))
        return seen, list(unknown.values()), True

    def _classify(self, seen: Mapping[tuple[int, int], Sequence[_Seen]]) -> Iterator[Compared]:
        held = self._journal.held_of_many(list(seen)) if seen else {}
        waiting = {
            (item.till_id, item.z_nr)
            for item in self._journal.items(waiting=True)
            if item.state is ItemState.INCOMPLETE
        }
        firsts: dict[int, dict[str, int]] = {}
        for place, copies in seen.items():
            till = self._tills[place[0]]
            before = held.get(place)
            found = _judge(copies, before, till.till_id in self._without_stock)
            if before is None and found.match is Match.MISSING_HERE:
                if till.till_id not in firsts:
                    firsts[till.till_id] = {
                        closing.z_start_id: closing.z_nr
                        for closing in self._journal.held(till.till_id).values()
                        if closing.z_start_id
                    }
                found = _not_renumbered(found, copies, firsts[till.till_id])
            yield replace(
                found,
                till_id=till.till_id,
                till=till.customer_number or till.serial,
                waits=place in waiting,
            )

    def _missing_there(self, seen: Collection[tuple[int, int]], scope: Scope) -> Iterator[Compared]:
        till_ids = {till_id for till_id, _ in seen} if scope.till_ids is None else scope.till_ids
        for till_id in sorted(till_ids):
            till = self._tills[till_id]
            for held in self._journal.held(till_id).values():
                if held.business_day >= scope.since and (till_id, held.z_nr) not in seen:
                    yield Compared(
                        till_id,
                        till.customer_number or till.serial,
                        till.serial,
                        held.z_nr,
                        held.business_day,
                        Match.MISSING_THERE,
                        here=Figures(held.receipts, held.gross_cents),
                    )

    def _rows(
        self, compared: Sequence[Compared], sources: Sources, in_place: InPlace, stop: Stop
    ) -> tuple[list[Compared], bool]:
        """Read the rows of closings that differ; only the files that have them are opened again."""
        wanted = {
            (each.key, each.serial, each.z_nr): place
            for place, each in enumerate(compared)
            if each.match is Match.DIFFERENT
        }
        result = list(compared)
        keys = {key for key, _, _ in wanted}
        arrivals = [arrival for arrival in sources.arrivals if arrival.sha256 in keys]
        if not arrivals:
            return result, True
        for group in self._loading(in_place).groups(arrivals):
            for index, head in enumerate(group.batch.heads):
                place = wanted.get((group.arrivals[index].sha256, head.serial, head.z_nr))
                if place is None:
                    continue
                if stop():
                    return result, False
                each = result[place]
                (before,) = self._journal.read(each.till_id, [each.z_nr])
                rows = differences(before, group.batch.take([index]), each.parts)
                result[place] = replace(each, difference=rows)
        return result, True


def tills_without_stock(
    tills: Sequence[Till], details: Mapping[int, str], outlets: Collection[str]
) -> frozenset[int]:
    """The tills at one of ``outlets``, which leave stock movements out."""
    return frozenset(till.till_id for till in tills if details.get(till.till_id) in outlets)


def _copies(group: Group) -> Iterator[_Seen]:
    firsts = group.batch.table("cashpointclosing").column("z_start_id").to_pylist()
    bounds = group.batch.bounds("cashpointclosing")
    for index, head in enumerate(group.batch.heads):
        start, end = int(bounds[index]), int(bounds[index + 1])
        yield _Seen(
            group.arrivals[index],
            head,
            group.digests[index],
            group.figures[index],
            group.findings[index],
            (firsts[start] or "") if end > start else "",
        )


def _judge(copies: Sequence[_Seen], held: HeldClosing | None, without_stock: bool) -> Compared:
    """How the copies of one closing stand to the held one; the copy that is to be taken."""
    here = None if held is None else Figures(held.receipts, held.gross_cents)
    known: Digests = {} if held is None else held.digests
    good = [copy for copy in copies if copy.good]
    if not good:
        same = [
            copy
            for copy in copies
            if copy.digests and all(known.get(p) == d for p, d in copy.digests.items())
        ]
        return _compared((same or copies)[0], Match.IDENTICAL if same else Match.UNUSABLE, (), here)
    lacking: list[Part] = []
    differing: list[Part] = []
    for part in PARTS:
        found = {copy.digests[part] for copy in good if part in copy.digests}
        if not found or known.get(part) in found or (part == "stock" and without_stock):
            continue
        if len(found) > 1:
            return _compared(good[0], Match.CONTRADICTORY, (part,), here)
        (differing if part in known else lacking).append(part)
    if not lacking and not differing:
        return _compared(good[0], Match.IDENTICAL, (), here)
    match = Match.DIFFERENT if differing else Match.MISSING_HERE
    parts = tuple(differing or lacking)
    best = max(good, key=lambda copy: sum(part in copy.digests for part in parts))
    return _compared(best, match, parts, here)


def _compared(copy: _Seen, match: Match, parts: tuple[Part, ...], here: Figures | None) -> Compared:
    head = copy.head
    told = copy.findings if match is Match.UNUSABLE else ()
    return Compared(
        0,
        head.serial,
        head.serial,
        head.z_nr,
        head.business_day,
        match,
        copy.arrival.source,
        copy.arrival.sha256,
        copy.digests,
        parts,
        here,
        copy.figures,
        findings=told,
    )


def _of_unknown(copy: _Seen) -> Compared:
    return _compared(copy, Match.UNKNOWN_TILL, (), None)


def _not_renumbered(
    found: Compared, copies: Sequence[_Seen], firsts: Mapping[str, int]
) -> Compared:
    """A closing whose first receipt is held under another Z number is not missing."""
    for copy in copies:
        other = firsts.get(copy.first_receipt) if copy.first_receipt else None
        if other is not None and other != found.z_nr:
            told = finding(
                "conflict_renumbered", Severity.WARNING, z_nr=found.z_nr, held_z_nr=other
            )
            return replace(found, match=Match.UNUSABLE, findings=(told,))
    return found


def _as_finding(error: TillferryError) -> Finding:
    return Finding(error.code, Severity.ERROR, tuple(error.params.items()))
