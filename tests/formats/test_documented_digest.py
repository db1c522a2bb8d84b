"""The digest as ``docs/BUNDLE_FORMAT.md`` defines it, made again with nothing of ours."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import struct
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from defusedxml import ElementTree

from tests.formats.bundles import read_all
from tests.formats.test_golden import DOCUMENT, V1, only

NOTHING = -(2**63)
Z_COLUMNS = ("Z_KASSE_ID", "Z_ERSTELLUNG", "Z_NR")


def documented_tables() -> list[tuple[str, str, list[str], list[str]]]:
    """Name, part, key columns and time columns of each table, in the documented order."""
    rows = re.findall(
        r"^\| `(\w+)` \| (bookings|time|stock) \| (.*?) \| (.*?) \|$",
        DOCUMENT.read_text("utf-8"),
        re.MULTILINE,
    )
    return [
        (name, part, re.findall(r"`(\w+)`", keys), re.findall(r"`(\w+)`", times))
        for name, part, keys, times in rows
    ]


def instant(text: str) -> int:
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def scaled(text: str, accuracy: int) -> int:
    whole, _, fraction = text.partition(",")
    return int(whole + fraction.ljust(accuracy, "0"))


class Export:
    """The files of a pack, read with the standard library."""

    def __init__(self, data: bytes) -> None:
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            self.files = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]
        self.columns: dict[str, list[tuple[str, int | None]]] = {}
        for table in ElementTree.fromstring(self.files["index.xml"]).iter("Table"):
            found = []
            for column in table.iter("VariableColumn"):
                numeric = column.find("Numeric")
                accuracy = None if numeric is None else int(numeric.findtext("Accuracy") or 0)
                found.append((str(column.findtext("Name")), accuracy))
            self.columns[str(table.findtext("URL")).removesuffix(".csv")] = found

    def rows(self, name: str) -> list[dict[str, str]]:
        text = self.files[f"{name}.csv"].decode()
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))

    def digest(self, part: str) -> str:
        first = self.rows("cashpointclosing")[0]
        said = b"tillferry closing 1\0" + part.encode() + b"\0"
        said += first["Z_KASSE_ID"].encode() + b"\0"
        said += struct.pack("<qq", instant(first["Z_ERSTELLUNG"]), int(first["Z_NR"]))
        for name, of, keys, times in documented_tables():
            if of == part and name in self.columns:
                said += self._table(name, keys, times)
        return hashlib.sha256(said).hexdigest()

    def _table(self, name: str, keys: list[str], times: list[str]) -> bytes:
        columns = [one for one in self.columns[name] if one[0] not in Z_COLUMNS]

        def value(row: dict[str, str], column: str, accuracy: int | None) -> Any:
            text = row[column]
            if column.lower() in times:
                return instant(text) if text else NOTHING
            if accuracy is not None:
                return scaled(text, accuracy) if text else NOTHING
            return (len(text.encode()), text.encode())

        accuracies = dict(columns)
        keyed = [(key.upper(), accuracies[key.upper()]) for key in keys]
        keyed += [one for one in columns if one not in keyed]
        rows = sorted(self.rows(name), key=lambda row: [value(row, *one) for one in keyed])
        said = name.encode() + b"\0" + struct.pack("<q", len(rows))
        for row in rows:
            for one in columns:
                found = value(row, *one)
                if isinstance(found, tuple):
                    found = found[0] or NOTHING
                said += struct.pack("<q", found)
        for column, accuracy in columns:
            if accuracy is None and column.lower() not in times:
                said += b"".join(row[column].encode() for row in rows)
        return said


def test_the_documented_digest_is_the_manifests(tmp_path: Path) -> None:
    _, found = read_all(only(V1, "*.tfb"), tmp_path)
    made = [{part: Export(data).digest(part) for part in one.digests} for one, data in found]
    assert made == [dict(one.digests) for one, _ in found]
    assert sum(len(digests) for digests in made) == 4
