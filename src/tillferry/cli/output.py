"""What the command line shows: errors, findings, tables, progress, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from tillferry import errors
from tillferry.cli import language
from tillferry.errors import TillferryError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from tillferry.closing.model import Finding


def out() -> Console:
    """Standard output; as wide as its lines where it is no terminal."""
    return Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 200)


def err() -> Console:
    """Standard error."""
    return Console(file=sys.stderr, highlight=False, width=None if sys.stderr.isatty() else 200)


def say(code: str, **params: object) -> None:
    """A sentence on standard output."""
    out().print(escape(language.words(code, **params)), soft_wrap=True)


def say_aside(code: str, style: str = "", **params: object) -> None:
    """A sentence on standard error, so that standard output stays clean for programs."""
    err().print(escape(language.words(code, **params)), style=style or None, soft_wrap=True)


def show_error(error: TillferryError) -> None:
    """Code, message and what to do next, on standard error."""
    console = err()
    text = language.words(error.code, **error.params)
    console.print(f"[bold red]{escape(text)}[/] ({escape(error.code)})", soft_wrap=True)
    next_step = language.hint(error.code, **error.params)
    if next_step:
        console.print(escape(next_step), soft_wrap=True)


def show_json(value: object) -> None:
    """One JSON object on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def money(cents: int) -> str:
    """Cents as people of the language write them."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    if language.current() == "de":
        return f"{sign}{whole:,}".replace(",", ".") + f",{rest:02d}"
    return f"{sign}{whole:,}.{rest:02d}"


def plain_money(cents: int) -> str:
    """Cents as a decimal string for programs."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d}"


def day(value: date | None) -> str:
    """A day as people of the language write it."""
    if value is None:
        return "–"
    return f"{value:%d.%m.%Y}" if language.current() == "de" else value.isoformat()


def table(columns: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output; ``columns`` are codes of headings and whether numbers."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for code, is_number in columns:
        shown.add_column(language.words(code), justify="right" if is_number else "left")
    for row in rows:
        shown.add_row(*(escape(cell) for cell in row))
    out().print(shown)


def finding_text(entry: Finding) -> str:
    """A finding in words, with its place."""
    params = dict(entry.params)
    text = errors.message(entry.code, language.current(), params)
    place = " ".join(
        part
        for part in (
            entry.file,
            language.words("word_line", line=entry.line) if entry.line else "",
            entry.column,
        )
        if part
    )
    return f"{text} ({place})" if place else text


def finding_json(entry: Finding) -> Mapping[str, object]:
    """A finding for programs."""
    params = dict(entry.params)
    return {
        "code": entry.code,
        "severity": entry.severity.value,
        "message": errors.message(entry.code, language.current(), params),
        "hint": errors.hint(entry.code, language.current(), params),
        "file": entry.file,
        "line": entry.line,
        "column": entry.column,
    }


class Bars:
    """Progress bars on standard error, on a terminal only."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def update(self, label: str, done: int, total: int) -> None:
        """Move the bar of that label, which begins with its first move."""
        if self._progress is None:
            return
        task = self._tasks.get(label)
        if task is None:
            task = self._progress.add_task(escape(label), total=total)
            self._tasks[label] = task
        self._progress.update(task, completed=done, total=max(total, 1))


@contextmanager
def bars(*, of_bytes: bool = True) -> Iterator[Bars]:
    """Bars while something long runs."""
    if not sys.stderr.isatty():
        yield Bars(None)
        return
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    amount = DownloadColumn() if of_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        yield Bars(progress)
