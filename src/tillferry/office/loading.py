"""From arrivals to groups of closings that are read, checked and hashed.

A group holds the closings of many small deliveries or some closings of one large delivery, so
that work is done in large steps and memory stays bounded. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import pyarrow as pa

from tillferry.closing.checks import check
from tillferry.closing.digest import Digests, part_digests
from tillferry.closing.figures import Figures, figures
from tillferry.closing.links import Links
from tillferry.closing.model import (
    ClosingBatch,
    ClosingHead,
    Finding,
    Severity,
    concat_batches,
    finding,
)
from tillferry.closing.seams import Till
from tillferry.closing.sums import sums
from tillferry.errors import TillferryError
from tillferry.formats.bundle import open_bundle
from tillferry.formats.dsfinvk.pack import PackContent, PackDefect, read_packs
from tillferry.formats.dsfinvk.read import read_export
from tillferry.formats.keys import OfficeKeys
from tillferry.formats.manifest import Manifest, SealedClosing
from tillferry.office.archive import Archive
from tillferry.office.inbox import Arrival
from tillferry.office.senders import Senders, check_identity

GROUP_BYTES: Final = 24 << 20
"""Uncompressed bytes of packs after which a group is full."""
GROUP_CLOSINGS: Final = 250
GROUP_ROWS: Final = 200_000


@dataclass(frozen=True, slots=True)
class Opened:
    """A delivery that begins in a group. ``manifest`` is ``None`` for an export."""

    arrival: Arrival
    till: Till | None
    manifest: Manifest | None


@dataclass(frozen=True, slots=True)
class Problem:
    """A delivery, or a piece of one, that gave no closing."""

    arrival: Arrival
    till: Till | None
    head: ClosingHead | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Group:
    """Closings with everything that a decision needs; the tuples run alongside ``batch.heads``.

    ``sums`` are those of all its closings.

    ``opened`` begin and ``finished`` end in this group.
    """

    batch: ClosingBatch
    sums: Mapping[str, pa.Table]
    arrivals: tuple[Arrival, ...]
    tills: tuple[Till | None, ...]
    digests: tuple[Digests, ...]
    findings: tuple[tuple[Finding, ...], ...]
    figures: tuple[Figures, ...]
    opened: tuple[Opened, ...]
    problems: tuple[Problem, ...]
    finished: tuple[Arrival, ...]


@dataclass(slots=True)
class _Sealed:
    """One closing of a bundle, not read yet."""

    arrival: Arrival
    till: Till | None
    sealed: SealedClosing
    content: PackContent


class Loader:
    """Turns arrivals into groups, in their order.

    With ``judge_sender`` off bundles are read whoever sealed them, as an audit does.
    """

    def __init__(
        self,
        archive: Archive,
        keys: OfficeKeys,
        senders: Senders,
        *,
        scratch: Path,
        timezone: str,
        without_stock: Callable[[Till | None], bool],
        judge_sender: bool = True,
    ) -> None:
        self._archive = archive
        self._keys = keys
        self._senders = senders
        self._scratch = scratch
        self._timezone = timezone
        self._without_stock = without_stock
        self._judge_sender = judge_sender
        self._waiting: list[_Sealed] = []
        self._waiting_bytes = 0
        self._opened: list[Opened] = []
        self._problems: list[Problem] = []
        self._finished: list[Arrival] = []

    def groups(self, arrivals: Iterable[Arrival]) -> Iterator[Group]:
        """Groups of closings; each arrival ends in exactly one of them."""
        for arrival in arrivals:
            if arrival.kind == "bundle":
                yield from self._bundle(arrival)
            else:
                yield from self._export(arrival)
        if self._waiting or self._finished:
            yield self._flush()

    # --- bundles ---

    def _bundle(self, arrival: Arrival) -> Iterator[Group]:
        till: Till | None = None
        try:
            with open_bundle(
                self._archive.path(arrival.sha256),
                recipient=self._keys,
                scratch=self._scratch,
                name=arrival.name,
                sha256=arrival.sha256,
            ) as bundle:
                manifest = bundle.manifest
                till = self._sender(manifest)
                self._opened.append(Opened(arrival, till, manifest))
                for number, sealed in enumerate(manifest.closings):
                    self._take(arrival, till, sealed, partial(bundle.pack, number))
                    if self._is_full():
                        yield self._flush()
        except TillferryError as error:
            self._problems.append(Problem(arrival, till, None, (finding_of(error),)))
        self._finished.append(arrival)
        if len(self._finished) >= GROUP_CLOSINGS:
            yield self._flush()

    def _take(
        self, arrival: Arrival, till: Till | None, sealed: SealedClosing, read: Callable[[], bytes]
    ) -> None:
        """Keep one closing to be read; one that is damaged holds up no other."""
        head = replace(sealed.head, source=arrival.source)
        try:
            data = read()
        except TillferryError as error:
            self._problems.append(Problem(arrival, till, head, (finding_of(error),)))
            return
        self._waiting.append(_Sealed(arrival, till, sealed, PackContent(head, sealed.rows, data)))
        self._waiting_bytes += len(data)

    def _sender(self, manifest: Manifest) -> Till | None:
        if not self._judge_sender:
            return None
        till = self._senders.of_bundle(manifest)
        if till is not None and manifest.closings:
            first = manifest.closings[0].head
            till = check_identity(till, first.taxpayer, first.serial, self._senders)
            self._senders.learn(till)
        return till

    def _is_full(self) -> bool:
        return self._waiting_bytes >= GROUP_BYTES or len(self._waiting) >= GROUP_CLOSINGS

    def _flush(self) -> Group:
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        batch, good, broken = _read(waiting)
        links = Links(batch)
        digests: tuple[Digests, ...] = part_digests(batch)
        findings = [
            (*head.findings, *found)
            for head, found in zip(batch.heads, check(batch, links), strict=True)
        ]
        for index, (of, kept) in enumerate(zip(digests, good, strict=True)):
            findings[index] += _differences(batch, index, of, kept)
        self._problems.extend(broken)
        return self._group(
            links,
            tuple(kept.arrival for kept in good),
            tuple(kept.till for kept in good),
            digests,
            tuple(findings),
        )

    def _group(
        self,
        links: Links,
        arrivals: tuple[Arrival, ...],
        tills: tuple[Till | None, ...],
        digests: tuple[Digests, ...],
        findings: tuple[tuple[Finding, ...], ...],
    ) -> Group:
        kept = tuple(
            _without_stock(of) if self._without_stock(till) else of
            for of, till in zip(digests, tills, strict=True)
        )
        group = Group(
            links.batch,
            sums(links.batch, self._timezone, links),
            arrivals,
            tills,
            kept,
            findings,
            figures(links.batch),
            tuple(self._opened),
            tuple(self._problems),
            tuple(self._finished),
        )
        self._opened, self._problems, self._finished = [], [], []
        return group

    # --- exports ---

    def _export(self, arrival: Arrival) -> Iterator[Group]:
        if self._waiting:
            yield self._flush()
        self._opened.append(Opened(arrival, None, None))
        try:
            reading = read_export(self._archive.path(arrival.sha256), timezone=self._timezone)
        except TillferryError as error:
            self._problems.append(Problem(arrival, None, None, (finding_of(error),)))
            self._finished.append(arrival)
            return
        for problem in reading.findings:
            if problem.severity in (Severity.ERROR, Severity.INCOMPLETE):
                self._problems.append(Problem(arrival, None, None, (problem,)))
        remarks = tuple(
            remark
            for remark in reading.findings
            if remark.severity not in (Severity.ERROR, Severity.INCOMPLETE)
        )
        pieces = list(_pieces(reading.batch))
        for number, piece in enumerate(pieces):
            heads = tuple(replace(head, source=arrival.source) for head in piece.heads)
            piece = ClosingBatch(heads, piece.tables, piece.offsets, piece.lines)
            links = Links(piece)
            findings = [
                (*head.findings, *found)
                for head, found in zip(heads, check(piece, links), strict=True)
            ]
            if number == 0 and findings:
                findings[0] += remarks
            if number == len(pieces) - 1:
                self._finished.append(arrival)
            yield self._group(
                links,
                (arrival,) * len(piece),
                tuple(self._senders.of_export(head.taxpayer, head.serial) for head in heads),
                part_digests(piece),
                tuple(findings),
            )
        if not pieces:
            if not self._problems:
                empty = finding("export_without_closing", Severity.ERROR)
                self._problems.append(Problem(arrival, None, None, (empty, *remarks)))
            self._finished.append(arrival)


def finding_of(error: TillferryError) -> Finding:
    """An error about one delivery as a value, so that it does not stop the others."""
    return Finding(error.code, Severity.ERROR, tuple(error.params.items()))


def _read(
    waiting: list[_Sealed],
) -> tuple[ClosingBatch, list[_Sealed], list[Problem]]:
    """All packs at once; where that fails, one by one, so that one bad pack spoils no other."""
    try:
        return read_packs([entry.content for entry in waiting]), waiting, []
    except PackDefect:
        batches: list[ClosingBatch] = []
        good: list[_Sealed] = []
        broken: list[Problem] = []
        for entry in waiting:
            try:
                batches.append(read_packs([entry.content]))
                good.append(entry)
            except PackDefect as defect:
                unread = finding(
                    "bundle_pack_unreadable",
                    Severity.ERROR,
                    file=defect.file,
                    reason=defect.reason,
                )
                broken.append(Problem(entry.arrival, entry.till, entry.content.head, (unread,)))
        return (concat_batches(batches) if batches else read_packs([])), good, broken


def _without_stock(digests: Digests) -> Digests:
    return {part: value for part, value in digests.items() if part != "stock"}


def _differences(
    batch: ClosingBatch, index: int, digests: Digests, kept: _Sealed
) -> tuple[Finding, ...]:
    """What the rows say against what the manifest says."""
    found: list[Finding] = []
    if dict(digests) != dict(kept.sealed.digests):
        found.append(finding("digest_differs", Severity.ERROR, z_nr=kept.sealed.head.z_nr))
    till = kept.till
    head = kept.sealed.head
    if till is not None and (head.taxpayer, head.serial) != (till.taxpayer, till.serial):
        found.append(
            finding(
                "serial_of_other_till",
                Severity.ERROR,
                serial=head.serial,
                number=till.customer_number,
                name=till.name,
            )
        )
    registers = batch.closing_rows("cashregister", index).column("kasse_seriennr").to_pylist()
    if any(serial != head.serial for serial in registers):
        found.append(finding("head_differs", Severity.ERROR, column="KASSE_SERIENNR"))
    return tuple(found)


def _pieces(batch: ClosingBatch) -> Iterator[ClosingBatch]:
    """The closings of a batch in groups of bounded size."""
    rows = [0] * len(batch)
    for name in batch.tables:
        bounds = batch.bounds(name)
        for index in range(len(batch)):
            rows[index] += int(bounds[index + 1] - bounds[index])
    picked: list[int] = []
    size = 0
    for index, count in enumerate(rows):
        if picked and (size + count > GROUP_ROWS or len(picked) >= GROUP_CLOSINGS):
            yield batch.take(picked)
            picked, size = [], 0
        picked.append(index)
        size += count
    if picked:
        yield batch.take(picked)
