"""What becomes of a delivered closing. Pure: the journal's answers are handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tillferry.closing.checks import outcome
from tillferry.closing.digest import Digests
from tillferry.closing.model import Finding, Severity, finding
from tillferry.closing.seams import HeldClosing, ItemState, Till

RETIRED_CODE: Final = "closing_of_retired_till"


@dataclass(frozen=True, slots=True)
class Decision:
    """The state, the findings that explain it, and the parts that are to be written."""

    state: ItemState
    findings: tuple[Finding, ...]
    to_write: Digests


def decide(
    z_nr: int,
    digests: Digests,
    findings: Sequence[Finding],
    held: HeldClosing | None,
    renumbered_from: int | None = None,
) -> Decision:
    """Decide on one closing of a known till.

    ``held`` is what the journal holds under this Z number; ``renumbered_from`` the Z number under
    which it holds a closing with the same first receipt.
    """
    known = tuple(findings)
    if held is not None and all(held.digests.get(part) == digests[part] for part in digests):
        return Decision(ItemState.ALREADY_PRESENT, known, {})
    result = outcome(known)
    if result == "rejected":
        return Decision(ItemState.REJECTED, known, {})
    if result == "incomplete":
        return Decision(ItemState.INCOMPLETE, known, {})
    if held is not None:
        different = [
            part for part in digests if part in held.digests and held.digests[part] != digests[part]
        ]
        if different:
            conflict = finding(
                "conflict_with_held", Severity.WARNING, z_nr=z_nr, parts=", ".join(different)
            )
            return Decision(ItemState.CONFLICT, (conflict, *known), {})
        missing = {part: digest for part, digest in digests.items() if part not in held.digests}
        return Decision(ItemState.IMPORTED, known, missing)
    if renumbered_from is not None:
        conflict = finding(
            "conflict_renumbered", Severity.WARNING, z_nr=z_nr, held_z_nr=renumbered_from
        )
        return Decision(ItemState.CONFLICT, (conflict, *known), {})
    return Decision(ItemState.IMPORTED, known, dict(digests))


def of_retired_till(decision: Decision, till: Till) -> Decision:
    """What becomes of a retired till's closing: a new one waits for a person to take it."""
    if not decision.to_write:
        return decision
    label = till.customer_number or till.serial
    retired = finding(RETIRED_CODE, Severity.WARNING, till=label, name=till.name)
    return Decision(ItemState.REJECTED, (retired, *decision.findings), {})


def unknown_till(findings: Sequence[Finding], serial: str, number: str) -> Decision:
    """A closing of a till that nobody has enrolled or approved; bad ones are judged later."""
    unknown = finding("till_unknown", Severity.WARNING, serial=serial, number=number)
    return Decision(ItemState.UNKNOWN_TILL, (unknown, *findings), {})
