"""What came of a named list of sources, as one HTML file that prints well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import escape

from tillferry.errors import TillferryError, hint, message
from tillferry.office.reconcile import Reconciliation
from tillferry.office.reconcile_lists import ListEntry
from tillferry.office.reconcile_report import document, result_lines, verdict_text


@dataclass(frozen=True, slots=True)
class ListResults:
    """What came of a list: of each source that was reached the result, or why there is none.

    ``outlets`` names outlets by their short names; ``left`` are sources that were not reached.
    """

    name: str
    since: date
    results: tuple[tuple[ListEntry, Reconciliation | TillferryError], ...]
    outlets: dict[str, str]
    left: tuple[ListEntry, ...] = ()

    @property
    def is_identical(self) -> bool:
        """Whether every source was compared and nothing is left that differs."""
        return not self.left and all(
            isinstance(found, Reconciliation) and found.is_identical for _, found in self.results
        )

    def label(self, entry: ListEntry) -> str:
        """What people call a source of the list."""
        outlet = self.outlets.get(entry.outlet, entry.outlet)
        return f"{outlet} · {entry.path}" if outlet else entry.path


def list_report_html(found: ListResults, *, person: str, made_at: str, lang: str) -> str:
    """All sources one after the other, with what came of each at the top."""
    facts = {
        "report_list": found.name,
        "report_since": found.since.isoformat(),
        "report_made": made_at,
        "report_person": person,
    }
    return document(message("reconcile_report_title", lang), facts, _body(found, lang), lang)


def outcome_text(found: Reconciliation | TillferryError, lang: str) -> str:
    """What came of one source, in a sentence or two."""
    if isinstance(found, Reconciliation):
        return verdict_text(found, lang)
    said = message(found.code, lang, dict(found.params))
    return f"{said} {hint(found.code, lang, dict(found.params))}".strip()


def _body(found: ListResults, lang: str) -> Iterator[str]:
    yield "<table>"
    for entry, result in found.results:
        yield _row(found.label(entry), outcome_text(result, lang))
    for entry in found.left:
        yield _row(found.label(entry), message("report_not_reached", lang))
    yield "</table>"
    for entry, result in found.results:
        if isinstance(result, Reconciliation):
            yield f"<h2>{escape(found.label(entry))}</h2>"
            yield from result_lines(result, lang)


def _row(name: str, said: str) -> str:
    return f"<tr><th>{escape(name)}</th><td>{escape(said)}</td></tr>"
