"""Acknowledge: letters to the tills, made from committed rows only, signed, cumulative."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tillferry.closing.ranges import holes, to_ranges
from tillferry.closing.seams import GOOD_STATES, Carrier, Item, Journal, Till, TillState
from tillferry.errors import TillferryError
from tillferry.formats.bundle import is_bundle_name, parse_name
from tillferry.formats.documents import (
    LastBundle,
    Letter,
    letter_name,
    parse_letter_name,
    write_letter,
)
from tillferry.formats.keys import OfficeKeys


def letter_for(
    journal: Journal, till: Till, office_number: str, letter_base: int = 0
) -> Letter | None:
    """What head office has to say to a till; ``None`` before anything came of it.

    The letter's number (above ``letter_base``) and date are those of the till's newest item, so a
    letter without news is the same letter again.
    """
    items = journal.items(till_id=till.till_id)
    if not till.customer_number or not items:
        return None
    held = sorted(journal.held(till.till_id))
    newest = max(items, key=lambda item: item.item_id)
    return Letter(
        office_number=office_number,
        customer_number=till.customer_number,
        sequence=letter_base + newest.item_id,
        created_at=newest.received_at,
        serial=till.serial,
        through=to_ranges(held),
        missing=holes(held),
        last_bundle=LastBundle(till.bundle_sequence, till.bundle_hash)
        if till.bundle_sequence
        else None,
        rejected=_rejected(items),
        needs_approval=till.state is TillState.WAITING,
    )


@dataclass(frozen=True, slots=True)
class PostedLetter:
    """A letter that lies on a carrier; ``through`` is the greatest Z number it acknowledges."""

    till_id: int
    customer_number: str
    through: int


def _rejected(items: Iterable[Item]) -> tuple[tuple[int, str], ...]:
    """Closings that wait aside, with the code of the first finding."""
    waiting = {
        item.z_nr: item.findings[0].code if item.findings else item.state.value
        for item in items
        if item.z_nr and not item.settled and item.state not in GOOD_STATES
    }
    return tuple(sorted(waiting.items()))


def post_letters(
    journal: Journal,
    keys: OfficeKeys,
    office_number: str,
    carrier: Carrier,
    scratch: Path,
    till_ids: Iterable[int] = (),
    letter_base: int = 0,
) -> tuple[PostedLetter, ...]:
    """Put the newest letters onto a carrier: to the tills whose bundles lie there, and others.

    Older letters to the same tills are taken away. Raises the carrier's errors; the letters go
    with the next carrier then.
    """
    wanted = set(till_ids)
    numbers = {
        parse_name(file.name).customer_number
        for file in carrier.files("bundles")
        if is_bundle_name(file.name)
    }
    older = carrier.files("letters")
    written: list[PostedLetter] = []
    for till in journal.tills():
        if till.till_id not in wanted and till.customer_number not in numbers:
            continue
        letter = letter_for(journal, till, office_number, letter_base)
        if letter is None:
            continue
        path = write_letter(scratch, letter, keys)
        try:
            carrier.publish("letters", path.name, path)
        finally:
            path.unlink(missing_ok=True)
        for file in older:
            if _is_older(file.name, letter):
                carrier.remove("letters", file.name)
        through = max((last for _, last in letter.through), default=0)
        written.append(PostedLetter(till.till_id, till.customer_number, through))
    return tuple(written)


def _is_older(name: str, letter: Letter) -> bool:
    if name == letter_name(letter):
        return False
    try:
        found = parse_letter_name(name)
    except TillferryError:
        return False
    return found.customer_number == letter.customer_number and found.sequence < letter.sequence
