"""The audit trail: who changed what, and who cancelled which receipt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tillferry.till.register.store import Store


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change. ``kind`` is settings, article, article_group, person, locked, unlocked, resend,
    restored, z_numbers_skipped or cancellation; ``data`` says what was before and after."""

    seq: int
    at: str
    person: str
    kind: str
    data: Mapping[str, Any]


def audit_trail(store: Store) -> tuple[AuditEntry, ...]:
    """Everything that an auditor asks for, in the order in which it happened."""
    found = store.rows(
        "SELECT seq, at, person, kind, data FROM events"
        " WHERE kind IN ('settings', 'article', 'article_group', 'person', 'locked', 'unlocked',"
        " 'resend', 'restored', 'z_numbers_skipped')"
        " OR seq IN (SELECT seq FROM receipts WHERE cancels IS NOT NULL) ORDER BY seq"
    )
    return tuple(_entry(*row) for row in found)


def _entry(seq: int, at: str, person: str, kind: str, text: str) -> AuditEntry:
    data = json.loads(text)
    if kind == "receipt":
        kind = "cancellation"
        data = {name: data.get(name, "") for name in ("bon_id", "cancels", "note")} | {
            "gross": sum(line["gross"] for line in data["lines"])
        }
    return AuditEntry(seq, at, person, kind, data)
