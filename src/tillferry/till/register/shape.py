"""Whether a JSON document has the shape of a schema, and where it has not.

Knows the part of JSON Schema that ``till-book.schema.json`` uses, and says for each defect where
it is (``receipts[3].lines[0].price``), as a finding in the clerk's language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tillferry.closing.model import Finding, Severity

Schema = Mapping[str, Any]

_TYPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool))
        or (isinstance(value, float) and value.is_integer())
    ),
}


def shape_findings(schema: Schema, document: Any) -> tuple[Finding, ...]:
    """Everything in which ``document`` differs from ``schema``; ``column`` is the path."""
    return tuple(_Walk(schema).check(schema, document, ""))


class _Walk:
    def __init__(self, root: Schema) -> None:
        self._definitions: Mapping[str, Schema] = root.get("$defs", {})

    def check(self, schema: Schema, value: Any, path: str) -> Iterator[Finding]:
        if "$ref" in schema:
            schema = self._definitions[schema["$ref"].rpartition("/")[2]]
        kind = schema.get("type")
        if kind is not None and not _TYPES[kind](value):
            yield _defect("book_wrong_type", path, expected=kind)
            return
        # 1 and true are equal in Python, and two values in JSON.
        if "const" in schema and not _same(value, schema["const"]):
            yield _defect("book_wrong_value", path, expected=schema["const"])
        if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
            yield _defect("book_wrong_value", path, expected=", ".join(schema["enum"]))
        if isinstance(value, str):
            yield from _text(schema, value, path)
        elif kind == "integer":
            yield from _bounds(schema, value, path, "minimum", "maximum")
        elif isinstance(value, list):
            yield from self._array(schema, value, path)
        elif isinstance(value, dict):
            yield from self._object(schema, value, path)

    def _array(self, schema: Schema, value: list[Any], path: str) -> Iterator[Finding]:
        yield from _bounds(schema, len(value), path, "minItems", "maxItems")
        for place, entry in enumerate(value):
            yield from self.check(schema.get("items", {}), entry, f"{path}[{place}]")

    def _object(self, schema: Schema, value: dict[str, Any], path: str) -> Iterator[Finding]:
        for name in schema.get("required", ()):
            if name not in value:
                yield _defect("book_missing", path, name=name)
        shapes = [entry["required"] for entry in schema.get("oneOf", ())]
        if shapes and sum(all(name in value for name in names) for names in shapes) != 1:
            yield _defect("book_shapes", path, expected=" | ".join(map(", ".join, shapes)))
        properties: Mapping[str, Schema] = schema.get("properties", {})
        for name, entry in value.items():
            if name in properties:
                inner = f"{path}.{name}" if path else name
                yield from self.check(properties[name], entry, inner)
            elif schema.get("additionalProperties") is False:
                yield _defect("book_unknown_name", path, name=name[:40])


def _text(schema: Schema, value: str, path: str) -> Iterator[Finding]:
    # JSON can write what no table can hold.
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        yield _defect("book_wrong_value", path, expected="UTF-8")
    yield from _bounds(schema, len(value), path, "minLength", "maxLength")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield _defect("book_wrong_value", path, expected=schema.get("description", ""))


def _bounds(schema: Schema, value: float, path: str, least: str, most: str) -> Iterator[Finding]:
    if value < schema.get(least, value):
        yield _defect("book_wrong_value", path, expected=f">= {schema[least]}")
    if value > schema.get(most, value):
        yield _defect("book_wrong_value", path, expected=f"<= {schema[most]}")


def _same(value: Any, wanted: Any) -> bool:
    return isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)


def _defect(code: str, path: str, **params: object) -> Finding:
    shown = path or "(document)"
    values = tuple((name, str(value)) for name, value in params.items())
    return Finding(code, Severity.ERROR, (("path", shown), *values), column=shown)
