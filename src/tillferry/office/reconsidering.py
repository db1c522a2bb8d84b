"""What waits for a till, and is decided again once that till is known and in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tillferry.closing.seams import Item, ItemState, Till, TillState
from tillferry.office.booking import params_of
from tillferry.office.deciding import RETIRED_CODE
from tillferry.office.senders import Senders


def to_reconsider(
    waiting: Iterable[Item], tills: Mapping[int, Till], senders: Senders, accept_new_tills: bool
) -> frozenset[str]:
    """The deliveries (by SHA-256) of waiting items that need not wait for a till any longer."""
    numbers = {till.customer_number for till in tills.values() if till.customer_number}

    def is_due(item: Item) -> bool:
        if _waits_for_retired(item) and _in_use(tills.get(item.till_id)):
            return True
        if item.state is not ItemState.UNKNOWN_TILL:
            return False
        known = senders.of_export(item.taxpayer, item.serial) is not None
        sender = params_of(item.findings).get("number", "")
        return known or sender in numbers or accept_new_tills

    return frozenset(item.delivery for item in waiting if is_due(item))


def _in_use(till: Till | None) -> bool:
    return till is not None and till.state is not TillState.RETIRED


def _waits_for_retired(item: Item) -> bool:
    """Whether it waits only because its till is out of use."""
    return any(entry.code == RETIRED_CODE for entry in item.findings)
