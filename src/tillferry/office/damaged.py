"""Bundles that arrived damaged: until when they wait."""

from __future__ import annotations

from tillferry.closing.seams import Item, Journal
from tillferry.formats.bundle import is_bundle_name, parse_name


def settle_damaged(journal: Journal) -> None:
    """Settle damaged bundles that their tills have made good.

    A till sends again what is not acknowledged, so a damaged bundle waits for nothing once that
    bundle came whole or a later one of its till was taken in. Whose it was stands in its name.
    """
    damaged = [item for item in journal.items(waiting=True) if _is_damaged(item)]
    if not damaged:
        return
    deliveries = journal.known_deliveries([item.delivery for item in damaged])
    taken_in = {till.customer_number: till.bundle_sequence for till in journal.tills()}
    good: list[int] = []
    for item in damaged:
        delivery = deliveries.get(item.delivery)
        if delivery is not None and is_bundle_name(delivery.name):
            told = parse_name(delivery.name)
            if told.sequence <= taken_in.get(told.customer_number, 0):
                good.append(item.item_id)
    if good:
        journal.settle(good)


def _is_damaged(item: Item) -> bool:
    return bool(item.findings) and item.findings[0].code == "bundle_damaged"
