"""Two systems under one customer number: what is known of both, to be decided by a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tillferry.closing.seams import Item, Journal, Till
from tillferry.errors import TillferryError
from tillferry.formats.bundle import open_bundle
from tillferry.formats.keys import OfficeKeys
from tillferry.office.archive import Archive
from tillferry.office.home import OfficeHome

CODES: Final = frozenset({"bundle_unknown_key", "bundle_new_installation", "bundle_fork"})
"""What is found of a bundle whose number is another system's: another key, another installation,
or a chain of bundles that parts."""


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """What a system said of itself; empty where it is not known.

    ``sequence`` is the number of its last bundle, ``at`` when that came (of the known system) or
    was made by its own clock (of the other one).
    """

    installation: str = ""
    serial: str = ""
    sequence: int = 0
    at: str = ""


@dataclass(frozen=True, slots=True)
class TwoSystems:
    """One number, the system that has it, and the other one whose bundles are kept out."""

    number: str
    name: str
    till_id: int
    items: tuple[Item, ...]
    known: SystemFacts
    other: SystemFacts


def number_of_two(item: Item) -> str:
    """The customer number that two systems use, as an item tells; empty where it tells of none."""
    for entry in item.findings:
        if entry.code in CODES:
            return dict(entry.params).get("number", "")
    return ""


def items_by_number(waiting: Iterable[Item]) -> Mapping[str, tuple[Item, ...]]:
    """The items of two systems, by customer number."""
    found: dict[str, tuple[Item, ...]] = {}
    for item in waiting:
        number = number_of_two(item)
        if number:
            found[number] = (*found.get(number, ()), item)
    return found


def two_systems(
    home: OfficeHome, keys: OfficeKeys, journal: Journal, number: str, items: tuple[Item, ...]
) -> TwoSystems:
    """What is known of both systems; the last item's bundle is opened for it."""
    till = next((each for each in journal.tills() if each.customer_number == number), None)
    other = _other(home, keys, items[-1])
    if till is None:
        return TwoSystems(number, "", 0, items, SystemFacts(), other)
    return TwoSystems(number, till.name, till.till_id, items, _known(journal, till), other)


def _known(journal: Journal, till: Till) -> SystemFacts:
    own = [
        delivery
        for delivery in journal.deliveries(till.till_id)
        if delivery.bundle_sequence and delivery.installation == till.installation
    ]
    last = max(own, key=lambda delivery: delivery.bundle_sequence, default=None)
    at = last.received_at if last else ""
    return SystemFacts(till.installation, till.serial, till.bundle_sequence, at)


def _other(home: OfficeHome, keys: OfficeKeys, item: Item) -> SystemFacts:
    """What the bundle says that was kept out; nothing where it cannot be opened any longer."""
    try:
        with open_bundle(
            Archive(home.archive).path(item.delivery),
            recipient=keys,
            scratch=home.scratch,
            name="",
            sha256=item.delivery,
        ) as bundle:
            manifest = bundle.manifest
    except (TillferryError, OSError):
        return SystemFacts()
    serials = {sealed.head.serial for sealed in manifest.closings}
    return SystemFacts(
        manifest.installation,
        ", ".join(sorted(serials)),
        manifest.bundle_sequence,
        manifest.created_at,
    )
