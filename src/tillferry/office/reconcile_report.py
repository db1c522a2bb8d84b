"""A reconciliation as one HTML file that prints well and needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Final

from tillferry.closing.figures import Figures
from tillferry.closing.model import Finding
from tillferry.errors import message, part_word
from tillferry.office.reconcile import Compared, Match, Reconciliation
from tillferry.office.row_differences import SHOWN_ROWS, ChangedValue, ClosingDifference

_STYLE: Final = (
    "body{font:14px/1.4 sans-serif;margin:2em;color:#111}"
    "table{border-collapse:collapse;margin:.5em 0 1.5em}"
    "th,td{border:1px solid #999;padding:.2em .5em;text-align:left;vertical-align:top}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}"
    "th{background:#eee}tr{break-inside:avoid}"
    "@media print{body{margin:0}thead{display:table-header-group}}"
)


def report_html(found: Reconciliation, *, source: str, person: str, made_at: str, lang: str) -> str:
    """The whole report in ``lang``; everything that comes from data is escaped."""
    facts = {
        "report_source": source,
        "report_since": found.since.isoformat(),
        "report_made": made_at,
        "report_person": person,
    }
    title = message("reconcile_report_title", lang)
    return document(title, facts, result_lines(found, lang), lang)


def document(title: str, facts: Mapping[str, str], body: Iterable[str], lang: str) -> str:
    """A page with a table of facts (code of the name, value) above ``body``, which is HTML."""
    shown = escape(title)
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{lang}"><head><meta charset="utf-8"><title>{shown}</title>',
        f"<style>{_STYLE}</style></head><body><h1>{shown}</h1><table>",
        *(
            f"<tr><th>{escape(message(code, lang))}</th><td>{escape(value)}</td></tr>"
            for code, value in facts.items()
        ),
        "</table>",
        *body,
        "</body></html>",
    ]
    return "\n".join(line for line in lines if line) + "\n"


def verdict_text(found: Reconciliation, lang: str) -> str:
    """What came of it in one sentence or two."""
    rest = sum(found.counts.values()) - found.counts[Match.IDENTICAL]
    said = [message("report_complete", lang)]
    if not found.is_identical:
        said = [message("report_rest", lang, {"count": rest})]
    if found.stopped:
        said.append(message("report_stopped", lang))
    return " ".join(said)


def result_lines(found: Reconciliation, lang: str) -> list[str]:
    """What came of one source, as HTML."""

    def words(code: str, **params: object) -> str:
        return escape(message(code, lang, params))

    return [
        f"<p><strong>{escape(verdict_text(found, lang))}</strong> ",
        words("report_repaired", count=found.repaired)
        if found.repaired
        else words("report_dry_run"),
        "</p><table>",
        *(
            f'<tr><th>{words(f"match_{match}")}</th><td class="n">{count}</td></tr>'
            for match, count in found.counts.items()
        ),
        "</table>",
        *_closings(found, lang),
        *_differences(found.compared, lang),
        *_problems(found.problems, lang),
    ]


def _closings(found: Reconciliation, lang: str) -> Iterator[str]:
    """All closings that are not simply identical."""
    told = [each for each in found.compared if each.match is not Match.IDENTICAL]
    if not told:
        return
    columns = (
        *("column_till", "column_z_nr", "column_business_day", "column_match", "column_parts"),
        *("column_receipts_here", "column_receipts_there", "column_gross_here"),
        *("column_gross_there", "column_repaired", "column_source"),
    )
    yield _head(columns, lang)
    for each in told:
        cells = [
            (each.till, ""),
            (str(each.z_nr), "n"),
            (each.business_day.isoformat() if each.business_day else "–", ""),
            (message(f"match_{each.match}", lang), ""),
            (", ".join(part_word(part, lang) for part in each.parts), ""),
            (_receipts(each.here), "n"),
            (_receipts(each.there), "n"),
            (_gross(each.here, lang), "n"),
            (_gross(each.there, lang), "n"),
            (message("word_repaired", lang) if each.repaired else "", ""),
            (each.source, ""),
        ]
        yield _row(cells)
        for entry in each.findings:
            yield _row([("", ""), (_text(entry, lang), "")])
    yield "</table>"


def _differences(compared: Iterable[Compared], lang: str) -> Iterator[str]:
    told = [(each, each.difference) for each in compared if each.difference is not None]
    if not told:
        return
    yield f"<h2>{escape(message('report_differences', lang))}</h2>"
    for each, difference in told:
        yield f"<h3>{escape(each.till)} · Z {each.z_nr}</h3>"
        yield _head(("column_table", "column_change", "column_row", "column_values"), lang)
        for changed in difference.head:
            yield _row([("Z", ""), ("", ""), ("", ""), (_changed(changed, lang), "")])
        for row in difference.rows:
            yield _row(
                [
                    (row.table, ""),
                    (message(f"row_{row.change}", lang), ""),
                    (row.key, ""),
                    ("; ".join(_changed(value, lang) for value in row.values), ""),
                ]
            )
        yield "</table>"
        if _all_rows(difference) > len(difference.rows):
            yield f"<p>{escape(message('report_more_rows', lang, {'count': SHOWN_ROWS}))}</p>"


def _problems(problems: Iterable[tuple[str, tuple[Finding, ...]]], lang: str) -> Iterator[str]:
    told = list(problems)
    if not told:
        return
    yield f"<h2>{escape(message('report_problems', lang))}</h2><ul>"
    for source, findings in told:
        texts = "; ".join(_text(entry, lang) for entry in findings)
        yield f"<li>{escape(source)}: {escape(texts)}</li>"
    yield "</ul>"


def _all_rows(difference: ClosingDifference) -> int:
    return sum(sum(of) for _, of in difference.counts)


def _changed(value: ChangedValue, lang: str) -> str:
    here, there = message("report_here", lang), message("report_there", lang)
    return f"{value.column.upper()}: {here} „{value.before}“, {there} „{value.after}“"


def _text(entry: Finding, lang: str) -> str:
    return message(entry.code, lang, dict(entry.params))


def _receipts(figured: Figures | None) -> str:
    return "" if figured is None else str(figured.receipts)


def _gross(figured: Figures | None, lang: str) -> str:
    if figured is None:
        return ""
    whole, rest = divmod(abs(figured.gross_cents), 100)
    sign = "-" if figured.gross_cents < 0 else ""
    mark = "," if lang == "de" else "."
    return f"{sign}{whole}{mark}{rest:02d}"


def _head(columns: Iterable[str], lang: str) -> str:
    cells = "".join(f"<th>{escape(message(code, lang))}</th>" for code in columns)
    return f"<table><thead><tr>{cells}</tr></thead>"


def _row(cells: Iterable[tuple[str, str]]) -> str:
    shown = "".join(
        f'<td class="{kind}">{escape(text)}</td>' if kind else f"<td>{escape(text)}</td>"
        for text, kind in cells
    )
    return f"<tr>{shown}</tr>"
