"""Read a delivered closing again from the archive, and put it in the place of the held one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tillferry.closing.checks import outcome
from tillferry.closing.digest import Digests, part_digests
from tillferry.closing.figures import Figures, figures
from tillferry.closing.model import ClosingBatch, Finding, Int64Array
from tillferry.closing.office_seams import Correction
from tillferry.closing.seams import Appending, HeldClosing, Journal, Till
from tillferry.closing.tables import TABLES, Part
from tillferry.errors import TillferryError
from tillferry.formats.keys import OfficeKeys
from tillferry.office.archive import Archive
from tillferry.office.audit_log import Actor
from tillferry.office.home import OfficeHome
from tillferry.office.inbox import Arrival
from tillferry.office.loading import Loader
from tillferry.office.senders import Senders


@dataclass(frozen=True)
class DeliveredClosing:
    """One closing out of a delivery: a batch of one, its digests, findings and figures."""

    batch: ClosingBatch
    digests: Digests
    findings: tuple[Finding, ...]
    figures: Figures


def loader(
    home: OfficeHome,
    keys: OfficeKeys,
    tills: Sequence[Till],
    archive: Archive | None = None,
) -> Loader:
    """Reads deliveries again, whoever sealed them; by default those in the archive."""
    return Loader(
        archive or Archive(home.archive),
        keys,
        Senders(home.settings.customer_number, tills),
        scratch=home.scratch,
        timezone=home.settings.timezone,
        without_stock=lambda till: False,
        judge_sender=False,
    )


def delivered_closing(
    loading: Loader, arrival: Arrival, serial: str, z_nr: int
) -> DeliveredClosing:
    """The closing of a delivery. Raises ``delivery_lacks_closing``."""
    for group in loading.groups([arrival]):
        for index, head in enumerate(group.batch.heads):
            if head.z_nr == z_nr and head.serial == serial:
                return DeliveredClosing(
                    group.batch.take([index]),
                    group.digests[index],
                    group.findings[index],
                    group.figures[index],
                )
    raise TillferryError("delivery_lacks_closing", file=arrival.name, z_nr=z_nr)


def replacing(
    journal: Journal, delivered: DeliveredClosing, held: HeldClosing, delivery: str
) -> tuple[ClosingBatch, Appending]:
    """What is held after the correction: the delivered parts, and those held that it lacks.

    Raises ``closing_not_usable`` where the delivered closing was not good.
    """
    z_nr = delivered.batch.heads[0].z_nr
    if outcome(delivered.findings) != "good":
        raise TillferryError("closing_not_usable", z_nr=z_nr)
    kept: list[Part] = [part for part in held.digests if part not in delivered.digests]
    batch, digests, figured = delivered.batch, delivered.digests, delivered.figures
    if kept:
        batch = _with_parts(journal, batch, held, kept)
        (digests,) = part_digests(batch)
        (figured,) = figures(batch)
    appending = Appending(0, held.till_id, digests, delivery, figured.receipts, figured.gross_cents)
    return batch, appending


def adding(
    delivered: DeliveredClosing, till_id: int, delivery: str
) -> tuple[ClosingBatch, Appending]:
    """A delivered closing that is not held yet. Raises ``closing_not_usable`` as ``replacing``."""
    if outcome(delivered.findings) != "good":
        raise TillferryError("closing_not_usable", z_nr=delivered.batch.heads[0].z_nr)
    figured = delivered.figures
    return delivered.batch, Appending(
        0, till_id, delivered.digests, delivery, figured.receipts, figured.gross_cents
    )


def correction(held: HeldClosing, delivery: str, actor: Actor, reason: str) -> Correction:
    """That ``held`` is taken out for what ``delivery`` brought."""
    return Correction(held, delivery, actor.person, actor.at, reason)


def _with_parts(
    journal: Journal, batch: ClosingBatch, held: HeldClosing, parts: Sequence[Part]
) -> ClosingBatch:
    (before,) = journal.read(held.till_id, [held.z_nr])
    names = [table.name for table in TABLES if table.part in parts and before.rows(table.name)]
    head = batch.heads[0]
    tables = {**batch.tables, **{name: before.tables[name] for name in names}}
    offsets: dict[str, Int64Array] = {
        **batch.offsets,
        **{name: before.offsets[name] for name in names},
    }
    return ClosingBatch((replace(head, parts=(*head.parts, *parts)),), tables, offsets)


def arrivals_of(journal: Journal, hashes: Sequence[str]) -> Iterator[Arrival]:
    """Deliveries that were taken in, as they arrived."""
    for delivery in journal.known_deliveries(hashes).values():
        yield Arrival(
            delivery.sha256,
            delivery.name,
            delivery.kind,
            delivery.size_bytes,
            delivery.received_at,
            delivery.carrier,
            delivery.name,
        )
