"""From a foreign till's export into the outbox."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from tillferry.closing.model import Finding, Severity
from tillferry.errors import TillferryError
from tillferry.formats.dsfinvk.read import read_export
from tillferry.till.home import TillHome, save_settings
from tillferry.till.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Intake:
    """What an export brought. ``z_nrs`` are new or changed; ``refused`` could not be taken over.

    ``findings`` have the remarks of the reader, of the whole export and of its closings.
    """

    source: Path
    z_nrs: tuple[int, ...]
    known: tuple[int, ...]
    refused: tuple[int, ...]
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every closing of the export was taken over."""
        return not self.refused and not any(
            entry.severity in (Severity.ERROR, Severity.INCOMPLETE) for entry in self.findings
        )


def take_export(home: TillHome, outbox: Outbox, path: Path) -> tuple[TillHome, Intake]:
    """Read an export and put its closings into the outbox.

    The first export fixes the serial number of the till; closings of another till are refused
    with ``serial_differs``. What cannot be read is copied to ``aside``. Gives the home anew, for
    its serial may have been fixed.
    """
    if not path.exists():
        raise TillferryError("path_not_found", path=path)
    reading = read_export(path, timezone=home.settings.timezone)
    batch = reading.batch
    serials = {head.serial for head in batch.heads if head.serial}
    if not home.settings.serial and len(serials) == 1:
        home = replace(home, settings=replace(home.settings, serial=serials.pop()))
        save_settings(home)
    elif serials - {home.settings.serial}:
        raise TillferryError(
            "serial_differs",
            expected=home.settings.serial or "?",
            found=", ".join(sorted(serials)),
            path=path,
        )
    bad = [
        index
        for index, head in enumerate(batch.heads)
        if not head.serial or any(entry.severity is Severity.ERROR for entry in head.findings)
    ]
    fine = [index for index in range(len(batch)) if index not in bad]
    fresh = outbox.put(batch.take(fine)) if fine else ()
    refused = tuple(batch.heads[index].z_nr for index in bad)
    findings = reading.findings + tuple(entry for head in batch.heads for entry in head.findings)
    intake = Intake(
        path,
        fresh,
        tuple(batch.heads[i].z_nr for i in fine if batch.heads[i].z_nr not in fresh),
        refused,
        findings,
    )
    if refused or not batch.heads:
        _keep_aside(home, path)
    return home, intake


def _keep_aside(home: TillHome, path: Path) -> None:
    target = home.aside / path.name
    if path.is_dir():
        shutil.copytree(path, target, dirs_exist_ok=True)
    else:
        shutil.copy2(path, target)
