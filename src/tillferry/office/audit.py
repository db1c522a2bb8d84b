"""Check: derive every digest again, from the archive and from the rows, and compare. Read-only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tillferry.closing.digest import Digests, part_digests
from tillferry.closing.seams import HeldClosing, Journal, Till
from tillferry.errors import TillferryError
from tillferry.formats.keys import OfficeKeys
from tillferry.office.archive import Archive
from tillferry.office.inbox import Arrival, ArrivalKind
from tillferry.office.loading import Loader
from tillferry.office.senders import Senders

_AGE_START: Final = b"age-encryption.org/"

Fault = Literal[
    "archive_file_missing",
    "archive_file_altered",
    "rows_differ",
    "original_differs",
    "original_lacks",
]

_GROUP: Final = 200


@dataclass(frozen=True, slots=True)
class AuditFault:
    """One thing that is not as it was. ``z_nr`` is 0 where it is about a file."""

    code: Fault
    till: str
    z_nr: int
    delivery: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """How much was looked at, and what was found."""

    closings: int
    files: int
    faults: tuple[AuditFault, ...]


def audit(
    journal: Journal,
    archive: Archive,
    keys: OfficeKeys,
    office_number: str,
    *,
    scratch: Path,
    timezone: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> AuditReport:
    """Compare the journal with its own rows and with the originals that were delivered."""
    tills = journal.tills()
    held = {till.till_id: journal.held(till.till_id) for till in tills}
    faults: list[AuditFault] = []
    closings = sum(len(of) for of in held.values())
    total = 2 * closings
    done = 0
    for till in tills:
        for group in _groups(sorted(held[till.till_id])):
            faults.extend(_rows_faults(journal, till, group, held[till.till_id]))
            done += len(group)
            progress(done, total)
    wanted: dict[str, list[tuple[Till, HeldClosing]]] = {}
    for till in tills:
        for closing in held[till.till_id].values():
            wanted.setdefault(closing.delivery, []).append((till, closing))
    originals = _Originals(archive, keys, office_number, scratch, timezone, tills)
    files = sorted(set(wanted) | set(archive.hashes()))
    for sha256 in files:
        of_file = wanted.get(sha256, [])
        faults.extend(_file_faults(archive, originals, journal, sha256, of_file))
        done += len(of_file)
        progress(done, total)
    return AuditReport(closings, len(files), tuple(faults))


def _rows_faults(
    journal: Journal, till: Till, z_nrs: Sequence[int], held: Mapping[int, HeldClosing]
) -> Iterator[AuditFault]:
    """Closings whose rows do not give the digest that stands beside them."""
    found: set[int] = set()
    for batch in journal.read(till.till_id, z_nrs):
        for head, digests in zip(batch.heads, part_digests(batch), strict=True):
            found.add(head.z_nr)
            if dict(digests) != dict(held[head.z_nr].digests):
                yield _fault("rows_differ", till, held[head.z_nr])
    for z_nr in z_nrs:
        if z_nr not in found:
            yield _fault("rows_differ", till, held[z_nr])


def _file_faults(
    archive: Archive,
    originals: _Originals,
    journal: Journal,
    sha256: str,
    closings: Sequence[tuple[Till, HeldClosing]],
) -> Iterator[AuditFault]:
    if not archive.has(sha256):
        yield AuditFault("archive_file_missing", _label(closings), 0, sha256)
        return
    if not archive.is_intact(sha256):
        yield AuditFault("archive_file_altered", _label(closings), 0, sha256)
        return
    if not closings:
        return
    delivery = journal.delivery(sha256)
    # A delivery of which only a part is decided yet is not in the journal.
    found = originals.digests(sha256, delivery.kind if delivery else _kind(archive, sha256))
    for till, closing in closings:
        digests = found.get((till.serial, closing.z_nr))
        if digests is None:
            yield _fault("original_lacks", till, closing)
        elif any(closing.digests.get(part, value) != value for part, value in digests.items()):
            yield _fault("original_differs", till, closing)


class _Originals:
    """Reads delivered files again, as at their import."""

    def __init__(
        self,
        archive: Archive,
        keys: OfficeKeys,
        office_number: str,
        scratch: Path,
        timezone: str,
        tills: Sequence[Till],
    ) -> None:
        self._archive = archive
        self._loader = Loader(
            archive,
            keys,
            Senders(office_number, tills),
            scratch=scratch,
            timezone=timezone,
            without_stock=lambda till: False,
            judge_sender=False,
        )

    def digests(self, sha256: str, kind: ArrivalKind) -> dict[tuple[str, int], Digests]:
        """The digests of the closings in a file, by serial number and Z number."""
        size = self._archive.path(sha256).stat().st_size
        arrival = Arrival(sha256, "", kind, size, "", "", sha256)
        found: dict[tuple[str, int], Digests] = {}
        try:
            for group in self._loader.groups([arrival]):
                for head, digests in zip(group.batch.heads, group.digests, strict=True):
                    found[(head.serial, head.z_nr)] = digests
        except TillferryError:
            return {}
        return found


def _kind(archive: Archive, sha256: str) -> ArrivalKind:
    with archive.path(sha256).open("rb") as file:
        return "bundle" if file.read(len(_AGE_START)) == _AGE_START else "export"


def _groups(z_nrs: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(z_nrs), _GROUP):
        yield z_nrs[start : start + _GROUP]


def _fault(code: Fault, till: Till, closing: HeldClosing) -> AuditFault:
    return AuditFault(code, till.customer_number or till.serial, closing.z_nr, closing.delivery)


def _label(closings: Sequence[tuple[Till, HeldClosing]]) -> str:
    return ", ".join(sorted({till.customer_number or till.serial for till, _ in closings}))
