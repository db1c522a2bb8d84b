"""The language of the command line: ``--lang``, else ``TILLFERRY_LANG``, else the locale."""

from __future__ import annotations

import locale
import os

from tillferry import errors
from tillferry.errors import LANGUAGES

__all__ = ["LANGUAGES", "current", "hint", "split_option", "use", "words"]

_OPTION = "--lang"
_chosen = ["en"]


def split_option(argv: list[str]) -> tuple[list[str], str | None]:
    """The arguments without ``--lang X``, which may stand anywhere, and X."""
    rest: list[str] = []
    wanted: str | None = None
    arguments = iter(argv)
    for argument in arguments:
        if argument == "--":
            rest.append(argument)
            rest.extend(arguments)
        elif argument == _OPTION:
            wanted = next(arguments, "")
        elif argument.startswith(f"{_OPTION}="):
            wanted = argument.partition("=")[2]
        else:
            rest.append(argument)
    return rest, wanted


def use(wanted: str | None) -> None:
    """Speak ``wanted`` from now on, or what the environment says."""
    _chosen[0] = wanted if wanted in LANGUAGES else _of_environment()


def current() -> str:
    """``de`` or ``en``."""
    return _chosen[0]


def words(code: str, **params: object) -> str:
    """A text in the user's language."""
    return errors.message(code, current(), params)


def hint(code: str, **params: object) -> str:
    """What to do next, in the user's language."""
    return errors.hint(code, current(), params)


def _of_environment() -> str:
    for name in ("TILLFERRY_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "de" if value.lower().startswith("de") else "en"
    try:
        system = locale.getlocale()[0] or ""
    except ValueError:
        system = ""
    return "de" if system.lower().startswith(("de", "german")) else "en"
