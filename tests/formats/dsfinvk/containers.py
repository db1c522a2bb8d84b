"""Puts an export's folder into ZIPs and TARs, and tells what a reading says of each closing."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from tillferry.closing.model import Finding, Severity
from tillferry.formats.dsfinvk.read import ExportReading

SPOILING = (Severity.ERROR, Severity.INCOMPLETE)


def files_of(folder: Path) -> list[tuple[str, bytes]]:
    """The files of an export by name."""
    return [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]


def text_of(path: Path) -> str:
    """The text of a file, its line ends as they are."""
    return path.read_bytes().decode()


def zip_bytes(files: Iterable[tuple[str, bytes]], prefix: str = "") -> bytes:
    """The files as a ZIP, below ``prefix``."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(prefix + name, data)
    return target.getvalue()


def tar_bytes(files: Iterable[tuple[str, bytes]], prefix: str = "", *, gzip: bool = False) -> bytes:
    """The files as a TAR, packed with gzip or not."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz" if gzip else "w") as archive:
        for name, data in files:
            member = tarfile.TarInfo(prefix + name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return target.getvalue()


def spoiling(findings: Iterable[Finding]) -> dict[str, Finding]:
    """The findings that keep a closing out, by code."""
    return {found.code: found for found in findings if found.severity in SPOILING}


def spoilt(reading: ExportReading) -> dict[int, set[str]]:
    """For each closing that is kept out its Z number and the codes that say why."""
    return {
        head.z_nr: set(spoiling(head.findings))
        for head in reading.batch.heads
        if spoiling(head.findings)
    }


def remarks(reading: ExportReading) -> set[tuple[str, str]]:
    """Code and file of every finding of the delivery."""
    return {(found.code, found.file) for found in reading.findings}
