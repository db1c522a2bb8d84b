"""Named lists of what is compared together: outlets, each with the place of its full tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tillferry.carriers.durable import write_durably
from tillferry.errors import TillferryError
from tillferry.office.home import OfficeHome, check_name

LISTS_FILE: Final = "reconcile-lists.json"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One outlet's source: a folder or file. ``outlet`` empty: all tills that are in it."""

    outlet: str
    path: str


@dataclass(frozen=True, slots=True)
class NamedList:
    """Sources that are compared one after the other."""

    name: str
    entries: tuple[ListEntry, ...]


def load_lists(home: OfficeHome) -> tuple[NamedList, ...]:
    """All lists, by name. ``settings_damaged``."""
    path = home.path / LISTS_FILE
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        found = [
            NamedList(str(each["name"]), tuple(ListEntry(**entry) for entry in each["entries"]))
            for each in value
        ]
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TillferryError("settings_damaged", file=path) from error
    return tuple(sorted(found, key=lambda each: each.name))


def find_list(home: OfficeHome, name: str) -> NamedList:
    """The list of that name. ``reconcile_list_not_found``."""
    for each in load_lists(home):
        if each.name == name.strip():
            return each
    raise TillferryError("reconcile_list_not_found", name=name.strip())


def save_list(home: OfficeHome, name: str, entries: Sequence[ListEntry]) -> NamedList:
    """Keep a list, in the place of one with that name. ``name_invalid``, ``reconcile_nothing``."""
    saved = NamedList(check_name(name), tuple(entries))
    if not saved.entries:
        raise TillferryError("reconcile_nothing", path=saved.name)
    _write(home, [*(each for each in load_lists(home) if each.name != saved.name), saved])
    return saved


def remove_list(home: OfficeHome, name: str) -> None:
    """Forget a list. ``reconcile_list_not_found``."""
    gone = find_list(home, name)
    _write(home, [each for each in load_lists(home) if each != gone])


def _write(home: OfficeHome, lists: Sequence[NamedList]) -> None:
    text = json.dumps([asdict(each) for each in lists], indent=2, ensure_ascii=False) + "\n"
    write_durably(Path(home.path / LISTS_FILE), text.encode())
