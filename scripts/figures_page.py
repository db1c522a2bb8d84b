"""Makes docs/FIGURES.md from the definitions of the figures; ``reference_pages`` writes it."""

from __future__ import annotations

import re

from tillferry.office.figures import FIGURES, Figure
from tillferry.office.figures.sources import SOURCES, SUMMED
from tillferry.office.figures.words import column_title, leaves_out, meaning, title

_CLAUSES = re.compile(r"(?<!LEFT) (?=(?:FROM|(?:LEFT )?JOIN|WHERE|GROUP BY|ORDER BY|UNION ALL)\b)")


def figures_page() -> str:
    """Every figure with its meaning in both languages, its columns and its SQL."""
    lines = [
        "# Figures",
        "",
        "Head office's figures. Each is defined once, in `office/figures`, and serves page, chart, "
        "command (`tillferry office report NAME`), file and mail. Every one is about business days "
        "from a first to a last, both included, and about all tills or some. Amounts of different "
        "currencies are never added up. Made from the definitions.",
        "",
        *(f"- [{name}](#{name})" for name in FIGURES),
        "",
        "The SQL is the same on SQLite and PostgreSQL. It reads [sums](TABLES.md) that the journal "
        "keeps beside each closing, whole numbers scaled by their decimals. Before it stand "
        "those of these sources that it names; `{tills}` is the choice of tills, `{quantity}` and "
        "`{cost}` are those columns as whole numbers of three and five decimals:",
        "",
    ]
    for name, sql in {"days(day, week, week_before)": "VALUES …", **SOURCES}.items():
        lines += ["```sql", f"{name} AS ({_in_lines(sql)})", "```", ""]
    lines += [
        f"{', '.join(f'`{name}`' for name in SUMMED)} are the rows of the tables of sums of that "
        "name for the asked days and tills, with `till_id` and `currency`: of whole months the "
        "sums of the month, of other days those of each closing.",
        "",
    ]
    for figure in FIGURES.values():
        lines += _figure(figure)
    return "\n".join(lines)


def _figure(figure: Figure) -> list[str]:
    lines = [f"## {figure.name}", ""]
    for lang, left_out in (("en", "Left out"), ("de", "Was fehlt")):
        lines += [f"**{title(figure, lang)}.** {meaning(figure, lang)}", ""]
        lines += [f"*{left_out}:* {leaves_out(figure, lang)}", ""]
    lines += ["| column | holds | total | English | German |", "|---|---|---|---|---|"]
    for column in figure.columns:
        holds: str = column.kind
        if column.ratio is not None:
            holds = f"{column.ratio[0]} in percent of {column.ratio[1]}"
        total = "yes" if column.total else ""
        titles = " | ".join(column_title(column, lang) for lang in ("en", "de"))
        lines.append(f"| {column.name} | {holds} | {total} | {titles} |")
    if figure.chart is not None:
        drawn, apart = ", ".join(figure.chart.series), " and ".join(figure.chart.by)
        lines += [
            "",
            f"Chart: {figure.chart.kind}, {drawn} over {figure.chart.x}, apart by {apart}.",
        ]
    if figure.days_before:
        lines += ["", f"The sources begin {figure.days_before} days before the first day."]
    return [*lines, "", "```sql", _in_lines(figure.sql), "```", ""]


def _in_lines(sql: str) -> str:
    return _CLAUSES.sub("\n", sql)
