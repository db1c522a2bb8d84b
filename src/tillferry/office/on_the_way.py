"""What is known to be on its way: deliveries in the inbox, bundles that never came.

A manifest names the closings of its own bundle, its number and the bundle before it: nobody can
say from here what a till has closed and not sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from tillferry.closing.ranges import Ranges, holes
from tillferry.closing.seams import Delivery, Till
from tillferry.errors import TillferryError
from tillferry.formats.bundle import is_bundle_name, open_bundle, parse_name
from tillferry.formats.keys import OfficeKeys
from tillferry.office.archive import Archive
from tillferry.office.home import OfficeHome
from tillferry.office.inbox import Arrival, Inbox

_OPENED: Final = 8
_OPENED_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class ComingClosing:
    """A closing in a bundle that lies in the inbox."""

    z_nr: int
    business_day: date


@dataclass(frozen=True, slots=True)
class Coming:
    """What lies in the inbox.

    ``closings`` are of bundles of the till that could be looked into; ``unread`` counts its other
    bundles, and ``foreign`` exports, of which nobody can say yet whose they are.
    """

    closings: tuple[ComingClosing, ...] = ()
    unread: int = 0
    foreign: int = 0


def coming(home: OfficeHome, keys: OfficeKeys, till: Till) -> Coming:
    """What lies in the inbox for a till. Looks into its newest few bundles, as far as they are
    no larger than a page can wait for.
    """
    arrivals = [arrival for _, of in Inbox(home.inbox).pending() for arrival in of]
    ours = [arrival for arrival in arrivals if _is_of(arrival, till)]
    found: dict[int, ComingClosing] = {}
    unread = 0
    room = _OPENED_BYTES
    for number, arrival in enumerate(reversed(ours)):
        room -= arrival.size_bytes
        closings = _closings(home, keys, arrival) if number < _OPENED and room >= 0 else None
        if closings is None:
            unread += 1
        for closing in closings or ():
            found.setdefault(closing.z_nr, closing)
    exports = sum(arrival.kind == "export" for arrival in arrivals)
    return Coming(tuple(found[z_nr] for z_nr in sorted(found)), unread, exports)


def _is_of(arrival: Arrival, till: Till) -> bool:
    return (
        bool(till.customer_number)
        and is_bundle_name(arrival.name)
        and parse_name(arrival.name).customer_number == till.customer_number
    )


def _closings(home: OfficeHome, keys: OfficeKeys, arrival: Arrival) -> list[ComingClosing] | None:
    """The closings that a bundle names; ``None`` where it cannot be opened."""
    try:
        with open_bundle(
            Archive(home.archive).path(arrival.sha256),
            recipient=keys,
            scratch=home.scratch,
            name=arrival.name,
            sha256=arrival.sha256,
        ) as bundle:
            heads = [closing.head for closing in bundle.manifest.closings]
    except (TillferryError, OSError):
        return None
    return [ComingClosing(head.z_nr, head.business_day) for head in heads]


def bundles_that_never_came(till: Till, deliveries: Iterable[Delivery]) -> Ranges:
    """Numbers of bundles that a till sealed before its newest one, and that are not here.

    Their stick is under way, or lost; what was in them was sent again unless it lies on that very
    stick.
    """
    return holes(
        {0}
        | {
            delivery.bundle_sequence
            for delivery in deliveries
            if delivery.bundle_sequence and delivery.installation == till.installation
        }
    )
