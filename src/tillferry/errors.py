"""What goes wrong has a code, a message in German and English, and what to do next.

The texts stand in ``messages/*.toml``, one table a code::

    [stick_full]
    de = "Auf {carrier} ist kein Platz mehr ({free_bytes} Bytes frei)."
    en = "{carrier} is full ({free_bytes} bytes free)."
    hint_de = "Nehmen Sie einen anderen Stick. Alles ist noch in der Kasse."
    hint_en = "Use another stick. Everything is still in the till."

Errors that end the program, findings in data and the words of the pages all come from there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

LANGUAGES: Final = ("de", "en")

_HEADING: Final = re.compile(r"^\[(\w+)\]$", re.MULTILINE)


class TillferryError(Exception):
    """The program cannot go on with what it was asked to do.

    ``params`` fill the message's placeholders. Data defects are not exceptions: see
    ``closing.model.Finding``.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, str] = {name: str(value) for name, value in params.items()}

    def __str__(self) -> str:
        return f"{self.code}: {message(self.code, 'en', self.params)}"


@cache
def _files() -> Mapping[str, str]:
    """The text of each file by its name, in the order of names."""
    folder = files("tillferry") / "messages"
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in sorted(found, key=lambda entry: entry.name)
    }


@cache
def all_texts() -> Mapping[str, Mapping[str, str]]:
    """Every code with its texts. Raises ``ValueError`` where two files define one code."""
    texts: dict[str, Mapping[str, str]] = {}
    for name, text in _files().items():
        for code, entry in tomllib.loads(text).items():
            if code in texts:
                raise ValueError(f"the code {code} is defined twice, again in {name}")
            texts[code] = entry
    return texts


@cache
def _tables() -> Mapping[str, str]:
    """The TOML table of each code: a command shows few of them, and parsing all takes long."""
    tables: dict[str, str] = {}
    for text in _files().values():
        headings = list(_HEADING.finditer(text))
        ends = [following.start() for following in headings[1:]] + [len(text)]
        for heading, end in zip(headings, ends, strict=True):
            tables.setdefault(heading[1], text[heading.start() : end])
    return tables


@cache
def _entry(code: str) -> Mapping[str, str]:
    table = _tables().get(code)
    if table is None:
        raise KeyError(f"no text for the code {code}")
    entry: Mapping[str, str] = tomllib.loads(table)[code]
    return entry


def _shown(lang: str, params: Mapping[str, object] | None) -> _Shown:
    """The values as they are said: parts of a closing have a word in each language."""
    shown = _Shown({name: str(value) for name, value in (params or {}).items()})
    if "parts" in shown:
        shown["parts"] = ", ".join(part_word(each, lang) for each in shown["parts"].split(", "))
    return shown


def part_word(part: str, lang: str) -> str:
    """What people call a part of a closing; a name that nobody knows stays as it is."""
    code = f"part_{part}"
    return _entry(code)[lang] if has_text(code) else part


class _Shown(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def has_text(code: str) -> bool:
    """Whether there is a text for a code, which may come out of old data."""
    return code in _tables()


def message(code: str, lang: str, params: Mapping[str, object] | None = None) -> str:
    """The text of a code in ``lang`` (``de`` or ``en``) with its placeholders filled in.

    Raises ``KeyError`` for a code without text.
    """
    return _entry(code)[lang].format_map(_shown(lang, params))


def hint(code: str, lang: str, params: Mapping[str, object] | None = None) -> str:
    """What to do next, or an empty text where there is nothing to do."""
    return _entry(code).get(f"hint_{lang}", "").format_map(_shown(lang, params))
