"""Writes docs/ERRORS.md, COMMANDS.md, TABLES.md, VIEWS.md and FIGURES.md from the program itself.

Run ``.venv/bin/python scripts/reference_pages.py`` after a change of texts, commands, tables
or figures; a test fails when a page is stale.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from figures_page import figures_page

from tillferry.cli import language
from tillferry.closing.sums import SUM_TABLES
from tillferry.closing.tables import TABLES, Kind
from tillferry.errors import all_texts
from tillferry.journal.figure_views import FIGURE_VIEWS

DOCS = Path(__file__).parent.parent / "docs"


def errors_page() -> str:
    """Every code that has something to do next, by code."""
    lines = [
        "# Errors and findings",
        "",
        "Every code that the command line, the pages and the log show, with its message and what "
        "to do next. Made from `src/tillferry/messages`.",
        "",
    ]
    for code, entry in sorted(all_texts().items()):
        if "hint_en" not in entry:
            continue
        lines += [f"## {code}", "", f"{entry['en']} *{entry['hint_en']}*", ""]
        lines += [f"{entry['de']} *{entry['hint_de']}*", ""]
    return "\n".join(lines)


def commands_page() -> str:
    """Every command with its arguments and options."""
    language.use("en")
    import typer.main

    from tillferry.cli.app import make_app

    lines = [
        "# Commands",
        "",
        "Made from the program. `--lang de` or `--lang en` may stand anywhere. Exit status: 0 all "
        "good, 3 something waits aside, 2 wrong usage, 1 it could not run.",
        "",
    ]
    _describe(typer.main.get_command(make_app()), "tillferry", lines)
    return "\n".join(lines)


def _describe(command: Any, name: str, lines: list[str]) -> None:
    children = getattr(command, "commands", None)
    if children:
        for child_name, child in sorted(children.items()):
            _describe(child, f"{name} {child_name}", lines)
        return
    lines += [f"## {name}", "", command.help or "", ""]
    parameters = [
        parameter for parameter in command.params if getattr(parameter, "help", None) is not None
    ]
    if parameters:
        lines += ["| argument | what it is |", "|---|---|"]
        for parameter in parameters:
            lines.append(f"| `{_parameter_name(parameter)}` | {parameter.help} |")
        lines.append("")


def _parameter_name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    names = "/".join([*parameter.opts, *parameter.secondary_opts])
    if getattr(parameter, "is_flag", False):
        return names
    return f"{names} {parameter.metavar or parameter.name.upper()}"


def tables_page() -> str:
    """Every table with its columns."""
    lines = [
        "# Tables",
        "",
        "The 20 tables of DSFinV-K 2.4 and two of our own, as `closing/tables.py` has them. In an "
        "export each row begins with Z_KASSE_ID, Z_ERSTELLUNG and Z_NR; in the journal with "
        "`till_id`, `closing_id` and `row_no`. SQLite holds numbers as whole numbers scaled by "
        "their decimals, PostgreSQL as NUMERIC; the view `v_<table>` shows decimals in both.",
        "",
    ]
    for table in TABLES:
        key = ", ".join(table.key) or "one row in a closing"
        lines += [
            f"## {table.name}",
            "",
            f"{table.title}, part `{table.part}`; key: {key}.",
            "",
            "| column | holds | required | meaning |",
            "|---|---|---|---|",
        ]
        for column in table.columns:
            holds = {
                Kind.TEXT: f"text, {column.length}",
                Kind.NUMBER: f"number, {column.decimals} decimals",
                Kind.TIME: "time",
            }[column.kind]
            lines.append(
                f"| {column.name} | {holds} | {column.requirement} | {column.description} |"
            )
        lines.append("")
    return "\n".join(lines)


def views_page() -> str:
    """What other tools read: the views for people, and the sums behind them."""
    lines = [
        "# Views for other tools",
        "",
        "Spreadsheets, Metabase, Grafana and the like connect to head office's database with a "
        "user that may only read, and find these views. Money stands beside its currency; amounts "
        "of different currencies are never to be added. Only receipts of BON_TYP Beleg count. On "
        "SQLite numbers are REAL, rounded to what they show; exact are the tables below (whole "
        "numbers scaled by their decimals) and the views `v_<table>` of [TABLES.md](TABLES.md).",
        "",
        "On PostgreSQL a reader needs these views and nothing else; an upgrade of Tillferry makes "
        "views anew, so grant again after one:",
        "",
        "```sql",
        "CREATE USER reader PASSWORD '...';",
        f"GRANT SELECT ON {', '.join(view.name for view in FIGURE_VIEWS)} TO reader;",
        "```",
        "",
        "On SQLite open `journal.sqlite` of the home read-only (`file:journal.sqlite?mode=ro`).",
        "",
    ]
    for view in FIGURE_VIEWS:
        lines += [f"## {view.name}", "", view.meaning, "", "| column | meaning |", "|---|---|"]
        lines += [f"| {column.name} | {column.meaning} |" for column in view.columns]
        lines.append("")
    lines += [
        "# Sums",
        "",
        "The tables from which figures are made, filled when a closing is appended "
        "(`closing/sums.py`). All have `till_id` and `closing_id`; `closing_sums` has `z_nr` and "
        "`business_day`, the others `row_no`.",
        "",
    ]
    for table in SUM_TABLES:
        lines += [f"## {table.name}", "", table.description, ""]
        lines += ["| column | holds | meaning |", "|---|---|---|"]
        for column in table.columns:
            holds = "text" if column.text else f"number, {column.decimals} decimals"
            lines.append(f"| {column.name} | {holds} | {column.description} |")
        lines.append("")
    return "\n".join(lines)


PAGES = {
    "ERRORS.md": errors_page,
    "COMMANDS.md": commands_page,
    "TABLES.md": tables_page,
    "VIEWS.md": views_page,
    "FIGURES.md": figures_page,
}


def main(arguments: list[str]) -> int:
    """Write the pages; with ``--check`` only say which are stale."""
    stale = 0
    for name, make in PAGES.items():
        path, text = DOCS / name, make()
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path} is stale: run scripts/reference_pages.py")
            stale += 1
    return int(stale > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
