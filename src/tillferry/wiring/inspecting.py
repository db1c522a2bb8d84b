"""What a file is: a bundle, a letter, an enrolment, an export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tillferry.closing.figures import figures
from tillferry.errors import TillferryError
from tillferry.formats.dsfinvk.read import is_export, read_export
from tillferry.formats.inspect import inspect_file
from tillferry.formats.keys import OfficeKeys
from tillferry.office.home import open_home


def inspect(path: Path, home: Path | None) -> dict[str, Any]:
    """What a file tells; with head office's ``home`` also what is sealed in it."""
    keys = OfficeKeys.load(open_home(home).keys) if home is not None else None
    if not path.exists():
        raise TillferryError("path_not_found", path=path)
    return inspect_file(path, keys, export=_export)


def _export(path: Path) -> dict[str, Any]:
    if not is_export(path):
        raise TillferryError("file_of_unknown_kind", name=path.name)
    reading = read_export(path)
    batch = reading.batch
    return {
        "kind": "export",
        "name": path.name,
        "closings": [
            {
                "serial": head.serial,
                "z_nr": head.z_nr,
                "business_day": head.business_day.isoformat(),
                "receipts": figure.receipts,
                "findings": len(head.findings),
            }
            for head, figure in zip(batch.heads, figures(batch), strict=True)
        ],
        "findings": [finding.code for finding in reading.findings],
    }
