"""Rows and JSON of what waits and of reconciliations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from tillferry.cli.language import current, words
from tillferry.cli.output import day, finding_json, finding_text, money, plain_money, say, table
from tillferry.errors import part_word

if TYPE_CHECKING:
    from tillferry.closing.figures import Figures
    from tillferry.office.decisions import Comparison, Waiting
    from tillferry.office.reconcile import Compared, Reconciliation


def queue_row(entry: Waiting) -> list[str]:
    """One line of what waits."""
    item = entry.item
    return [
        str(item.item_id),
        _till(entry),
        str(item.z_nr or "–"),
        day(item.business_day),
        words(f"state_{item.state}"),
        ", ".join(words(f"verdict_{choice}") for choice in entry.choices),
    ]


def queue_json(entry: Waiting) -> dict[str, object]:
    """The same for programs."""
    item = entry.item
    return {
        "item": item.item_id,
        "till": _till(entry),
        "taxpayer": item.taxpayer,
        "serial": item.serial,
        "customer_number": entry.number or (entry.till.customer_number if entry.till else ""),
        "z_nr": item.z_nr or None,
        "business_day": item.business_day.isoformat() if item.business_day else None,
        "state": item.state.value,
        "receipts": item.receipts,
        "gross": plain_money(item.gross_cents),
        "received_at": item.received_at,
        "source": item.source,
        "choices": [choice.value for choice in entry.choices],
        "findings": [finding_json(told) for told in item.findings],
    }


def _till(entry: Waiting) -> str:
    if entry.till is not None:
        return entry.till.customer_number or entry.till.serial
    return entry.item.serial or entry.number


def comparison_json(found: Comparison) -> dict[str, object]:
    """A conflict's two versions for programs."""
    here = {"receipts": found.held.receipts, "gross": plain_money(found.held.gross_cents)}
    return {
        "z_nr": found.held.z_nr,
        "here": here,
        "there": _figures(found.delivered.figures),
        "difference": asdict(found.difference),
    }


def show_comparison(found: Comparison) -> None:
    """A conflict's two versions, row by row."""
    there = found.delivered.figures
    say(
        "compare_sums",
        here=money(found.held.gross_cents),
        there=money(there.gross_cents),
        receipts_here=found.held.receipts,
        receipts_there=there.receipts,
    )
    for value in found.difference.head:
        say(
            "compare_value",
            column=value.column.upper(),
            here=value.before or "–",
            there=value.after or "–",
        )
    for row in found.difference.rows:
        say("compare_row", table=row.table, key=row.key, change=words(f"row_{row.change}"))
        for value in row.values if row.change == "changed" else ():
            say(
                "compare_value",
                column=value.column.upper(),
                here=value.before or "–",
                there=value.after or "–",
            )
    hidden = sum(sum(of) for _, of in found.difference.counts) - len(found.difference.rows)
    if hidden:
        say("compare_more", count=hidden)


def compared_row(each: Compared) -> list[str]:
    """One line of a reconciliation."""
    return [
        each.till,
        str(each.z_nr),
        day(each.business_day),
        words(f"match_{each.match}"),
        ", ".join(part_word(part, current()) for part in each.parts),
        money(each.here.gross_cents) if each.here else "–",
        money(each.there.gross_cents) if each.there else "–",
        words("word_repaired") if each.repaired else "",
    ]


def compared_json(each: Compared) -> dict[str, object]:
    """The same for programs, with the rows that differ."""
    return {
        "till": each.till,
        "serial": each.serial,
        "z_nr": each.z_nr,
        "business_day": each.business_day.isoformat() if each.business_day else None,
        "match": each.match.value,
        "parts": list(each.parts),
        "here": _figures(each.here),
        "there": _figures(each.there),
        "waits": each.waits,
        "repaired": each.repaired,
        "source": each.source,
        "findings": [finding_json(told) for told in each.findings],
        "difference": None if each.difference is None else asdict(each.difference),
    }


def show_reconciliation(found: Reconciliation, rows: Sequence[Sequence[str]]) -> None:
    """What differs, line by line, and the totals; ``rows`` run alongside ``found.compared``."""
    told = [
        row
        for each, row in zip(found.compared, rows, strict=True)
        if each.match.value != "identical"
    ]
    if told:
        table(
            [
                ("column_till", False),
                ("column_z_nr", True),
                ("column_business_day", False),
                ("column_match", False),
                ("column_parts", False),
                ("column_gross_here", True),
                ("column_gross_there", True),
                ("column_repaired", False),
            ],
            told,
        )
    for source, findings in found.problems:
        for entry in findings[:1]:
            say("reconcile_problem", source=source, text=finding_text(entry))
    totals = [f"{number} {words(f'match_{match}')}" for match, number in found.counts.items()]
    say("reconcile_totals", totals=", ".join(totals))
    if found.repaired:
        say("reconcile_repaired", count=found.repaired)
    if found.stopped:
        say("reconcile_stopped")
    if found.is_identical:
        say("reconcile_good")
    else:
        identical = sum(
            number for match, number in found.counts.items() if match.value == "identical"
        )
        say("reconcile_bad", count=sum(found.counts.values()) - identical + len(found.problems))


def _figures(figured: Figures | None) -> dict[str, object] | None:
    if figured is None:
        return None
    return {"receipts": figured.receipts, "gross": plain_money(figured.gross_cents)}
