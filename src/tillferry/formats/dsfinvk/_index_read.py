"""index.xml of strangers: which files it lists, with which columns and which marks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

_COLUMN_TAGS: Final = ("VariablePrimaryKey", "VariableColumn")


class IndexRefused(ValueError):
    """It defines entities; the text says which kind."""


class IndexTorn(ValueError):
    """It is no well-formed XML; the text says where."""


@dataclass(frozen=True, slots=True)
class IndexTable:
    """One listed file. ``columns`` are in the order of the document."""

    file_name: str
    columns: tuple[str, ...]
    decimal: str
    grouping: str
    is_ansi: bool


@dataclass(frozen=True, slots=True)
class Index:
    """The listed files by lower-case name; ``dtd_is_old`` tells of the DTD of 2002."""

    tables: dict[str, IndexTable]
    dtd_is_old: bool


def read_index(data: bytes) -> Index:
    """Raises ``IndexRefused`` and ``IndexTorn``. Nothing outside is ever looked up."""
    try:
        root = fromstring(data)
    except DefusedXmlException as error:
        raise IndexRefused(type(error).__name__) from None
    except (ParseError, ValueError, LookupError) as error:
        raise IndexTorn(str(error)) from None
    tables: dict[str, IndexTable] = {}
    for element in root.iter("Table"):
        url = _text(element, "URL")
        name = PurePosixPath(url.replace("\\", "/")).name.lower()
        if not name:
            continue
        columns = tuple(
            _text(column, "Name") for column in element.iter() if column.tag in _COLUMN_TAGS
        )
        tables[name] = IndexTable(
            name,
            columns,
            _text(element, "DecimalSymbol") or ",",
            _text(element, "DigitGroupingSymbol") or ".",
            element.find("ANSI") is not None,
        )
    return Index(tables, b"gdpdu-01-08-2002.dtd" in data[:2048])


def _text(element: Element, tag: str) -> str:
    found = element.find(tag)
    return (found.text or "").strip() if found is not None else ""
