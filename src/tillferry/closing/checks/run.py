"""All checks, and what their findings mean for a closing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from tillferry.closing.checks.heads import CHECKS as HEADS
from tillferry.closing.checks.hits import Check, to_findings
from tillferry.closing.checks.own import CHECKS as OWN
from tillferry.closing.checks.receipts import CHECKS as RECEIPTS
from tillferry.closing.checks.sequences import CHECKS as SEQUENCES
from tillferry.closing.checks.totals import CHECKS as TOTALS
from tillferry.closing.checks.values import CHECKS as VALUES
from tillferry.closing.checks.whole import CHECKS as WHOLE
from tillferry.closing.links import Links
from tillferry.closing.model import ClosingBatch, Finding, Severity

Outcome = Literal["good", "incomplete", "rejected"]

CHECKS: Final[tuple[Check, ...]] = (
    *HEADS,
    *WHOLE,
    *TOTALS,
    *RECEIPTS,
    *SEQUENCES,
    *VALUES,
    *OWN,
)


def check(batch: ClosingBatch, links: Links | None = None) -> tuple[tuple[Finding, ...], ...]:
    """For each closing what the checks found, the gravest first.

    The reader's own findings (``ClosingHead.findings``) are not among them. At most
    ``hits.MOST_OF_A_CODE`` findings of a code are shown, ``more_findings`` counts the others.
    ``links`` are those of the batch, where others want them, too.
    """
    known = links or Links(batch)
    return to_findings(batch, (hits for one in CHECKS for hits in one(known) if len(hits.closings)))


def outcome(findings: Iterable[Finding]) -> Outcome:
    """What findings mean: an error rejects the closing, an unfinished copy makes it incomplete."""
    severities = {found.severity for found in findings}
    if Severity.ERROR in severities:
        return "rejected"
    return "incomplete" if Severity.INCOMPLETE in severities else "good"
