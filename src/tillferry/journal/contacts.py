"""What deliveries show of the tills' side: which acknowledgements they must have read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tillferry.closing.seams import Journal
from tillferry.journal.items import TEXTS
from tillferry.journal.store import SqlJournal


@dataclass(frozen=True, slots=True)
class ShownRead:
    """A till's bundle leaves out closings that came before, so it knows that they are held.

    ``through`` is the greatest of their Z numbers; ``known_at`` is when the last of them had come:
    the bundle was sealed after that.
    """

    through: int
    known_at: str


def shown_read(
    journal: Journal, bundles: Sequence[str], beside: Sequence[str]
) -> Mapping[int, ShownRead]:
    """By ``till_id`` what ``bundles`` show; ``beside`` lay on the same carrier.

    A till seals everything that is not acknowledged and does not lie on the carrier already. So
    what an earlier bundle of the same installation brought, and what is neither in the new one nor
    beside it, the till has seen acknowledged.
    """
    if not bundles:
        return {}
    if not isinstance(journal, SqlJournal):
        raise TypeError(f"{type(journal).__name__} has no database")
    database = journal.database
    texts = TEXTS[database.dialect.name]
    # CROSS JOIN keeps this order on SQLite: a till's closings by its key, each one's delivery by
    # its hash.
    rows = database.rows(
        "SELECT b.till_id, max(c.z_nr), max(d.delivery_no) FROM deliveries b "
        "CROSS JOIN closings c CROSS JOIN deliveries d "
        "LEFT JOIN (SELECT DISTINCT delivery, z_nr FROM items "
        f"WHERE delivery IN ({texts})) i ON i.delivery = b.sha256 AND i.z_nr = c.z_nr "
        f"WHERE b.sha256 IN ({texts}) AND b.till_id <> 0 AND b.bundle_sequence > 1 "
        "AND c.till_id = b.till_id AND d.sha256 = c.delivery AND d.till_id = b.till_id "
        "AND d.installation = b.installation AND d.bundle_sequence > 0 "
        "AND d.bundle_sequence < b.bundle_sequence "
        f"AND d.sha256 NOT IN ({texts}) AND i.z_nr IS NULL GROUP BY b.till_id",
        json.dumps(list(bundles)),
        json.dumps(list(bundles)),
        json.dumps(list(beside)),
    )
    if not rows:
        return {}
    numbers = ", ".join(str(int(row[2])) for row in rows)
    moments = dict(
        database.rows(
            f"SELECT delivery_no, received_at FROM deliveries WHERE delivery_no IN ({numbers})"
        )
    )
    return {till_id: ShownRead(z_nr, moments[number]) for till_id, z_nr, number in rows}
