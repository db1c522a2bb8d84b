"""The original deliveries of a period, as they arrived, in one ZIP with a list of them.

The law wants exports from the source: the files are the archive's bytes, untouched. A bundle is
encrypted, so the packs of its closings, small DSFinV-K exports, lie opened beside it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tillferry.closing.seams import (
    GOOD_STATES,
    Delivery,
    HeldClosing,
    Item,
    ItemState,
    Journal,
    Progress,
    Till,
    no_progress,
)
from tillferry.errors import TillferryError
from tillferry.formats.bundle import open_bundle
from tillferry.formats.keys import OfficeKeys
from tillferry.office.archive import Archive
from tillferry.office.period import Period
from tillferry.office.targets import PackedFiles, cell, packing, plain_name
from tillferry.office.till_admin import label

LIST_NAME: Final = "originals.csv"
LIST_COLUMNS: Final = (
    "file",
    "sha256",
    "size_bytes",
    "kind",
    "received_at",
    "carrier",
    "till",
    "serial",
    "z_nr",
    "business_day",
    "state",
    "waits",
    "held_from_this_file",
    "opened_as",
    "fault",
)
_PACKED_ENDINGS: Final = (".zip", ".tgz", ".gz", ".tfb")
_EXPORT_ENDINGS: Final = (".zip", ".tar", ".tgz", ".tar.gz")


@dataclass(frozen=True, slots=True)
class OriginalClosing:
    """What a delivery said of one closing. ``opened`` is the name of its pack in the ZIP.

    ``waits`` while nobody decided and no good delivery came.
    """

    till: str
    serial: str
    z_nr: int
    business_day: str
    state: ItemState
    waits: bool
    held_from_here: bool
    opened: str = ""


@dataclass(frozen=True, slots=True)
class Original:
    """A delivery in the ZIP. ``fault`` is the code of what is wrong with it, empty where nothing.

    ``name`` is the file's in the ZIP, empty where the archive has lost it.
    """

    delivery: Delivery
    name: str
    closings: tuple[OriginalClosing, ...]
    fault: str = ""


def write_originals(
    journal: Journal,
    archive: Archive,
    keys: OfficeKeys,
    tills: Sequence[Till],
    period: Period,
    target: Path,
    *,
    scratch: Path,
    progress: Progress = no_progress,
) -> tuple[Original, ...]:
    """Write the deliveries that brought a closing of these tills and days; gives what is in it.

    Among them are those that only confirmed a closing and those that still wait. ``progress``
    counts bytes. A file that the archive has lost or altered is listed with its fault and holds
    up no other. Raises ``nothing_in_period`` and ``target_not_writable``.
    """
    wanted = _wanted(journal, tills, period)
    if not wanted:
        raise TillferryError("nothing_in_period", first=period.first, last=period.last)
    deliveries = _deliveries(journal, wanted)
    total = sum(delivery.size_bytes for delivery in deliveries)
    done = 0
    found: list[Original] = []
    with packing(target) as packed:
        writer = _Writer(archive, keys, scratch, packed)
        for delivery in deliveries:
            progress(done, total)
            found.append(writer.write(delivery, wanted[delivery.sha256]))
            done += delivery.size_bytes
        packed.add_bytes(LIST_NAME, list_of(found))
    progress(total, total)
    return tuple(found)


def list_of(originals: Iterable[Original]) -> bytes:
    """The list as CSV: UTF-8 with a mark, semicolons, a row for each file and closing."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=";", lineterminator="\r\n")
    rows.writerow(LIST_COLUMNS)
    for original in originals:
        delivery = original.delivery
        for closing in original.closings:
            rows.writerow(
                (
                    cell(original.name),
                    delivery.sha256,
                    delivery.size_bytes,
                    delivery.kind,
                    delivery.received_at,
                    cell(delivery.carrier),
                    cell(closing.till),
                    cell(closing.serial),
                    closing.z_nr,
                    closing.business_day,
                    closing.state.value,
                    int(closing.waits),
                    int(closing.held_from_here),
                    cell(closing.opened),
                    original.fault,
                )
            )
    return text.getvalue().encode("utf-8-sig")


def _wanted(
    journal: Journal, tills: Sequence[Till], period: Period
) -> Mapping[str, tuple[OriginalClosing, ...]]:
    """By SHA-256 what each delivery said of closings of the period."""
    found: dict[str, dict[tuple[str, int], OriginalClosing]] = {}
    unknown = journal.items(till_id=0)
    for till in tills:
        held = journal.held(till.till_id)
        own = [
            item
            for item in unknown
            if item.serial and (item.taxpayer, item.serial) == (till.taxpayer, till.serial)
        ]
        of_till = sorted(
            (*journal.items(till_id=till.till_id), *own), key=lambda item: item.item_id
        )
        for item in of_till:
            closing = held.get(item.z_nr)
            day = item.business_day or (closing.business_day if closing else None)
            if day is None or day not in period:
                continue
            of_file = found.setdefault(item.delivery, {})
            # What a delivery said last of a closing counts: it may have come several times.
            of_file[till.serial, item.z_nr] = _of_item(till, item, day.isoformat(), closing)
    return {sha256: tuple(of[key] for key in sorted(of)) for sha256, of in found.items()}


def _of_item(till: Till, item: Item, day: str, closing: HeldClosing | None) -> OriginalClosing:
    return OriginalClosing(
        label(till),
        till.serial or item.serial,
        item.z_nr,
        day,
        item.state,
        item.state not in GOOD_STATES and not item.settled,
        closing is not None and closing.delivery == item.delivery,
    )


def _deliveries(
    journal: Journal, wanted: Mapping[str, tuple[OriginalClosing, ...]]
) -> list[Delivery]:
    """The deliveries in the order in which they came."""
    known = journal.known_deliveries(sorted(wanted))
    return sorted(known.values(), key=lambda each: (each.received_at, each.sha256))


@dataclass(frozen=True, slots=True)
class _Writer:
    archive: Archive
    keys: OfficeKeys
    scratch: Path
    packed: PackedFiles

    def write(self, delivery: Delivery, closings: tuple[OriginalClosing, ...]) -> Original:
        if not self.archive.has(delivery.sha256):
            return Original(delivery, "", closings, "archive_file_missing")
        fault = "" if self.archive.is_intact(delivery.sha256) else "archive_file_altered"
        wanted = f"originals/{_name(delivery)}"
        name = self.packed.add(
            wanted,
            self.archive.path(delivery.sha256),
            packed=wanted.lower().endswith(_PACKED_ENDINGS),
        )
        if delivery.kind == "bundle" and not fault:
            opened, fault = self._open(delivery, name, closings)
            closings = tuple(replace(each, opened=opened.get(each.z_nr, "")) for each in closings)
        return Original(delivery, name, closings, fault)

    def _open(
        self, delivery: Delivery, name: str, closings: tuple[OriginalClosing, ...]
    ) -> tuple[dict[int, str], str]:
        """The packs of these closings, opened; what cannot be opened is a fault."""
        folder = "opened/" + name.removeprefix("originals/")
        wanted = {closing.z_nr for closing in closings}
        opened: dict[int, str] = {}
        fault = ""
        try:
            with open_bundle(
                self.archive.path(delivery.sha256),
                recipient=self.keys,
                scratch=self.scratch,
                name=delivery.name,
                sha256=delivery.sha256,
            ) as bundle:
                for index, sealed in enumerate(bundle.manifest.closings):
                    z_nr = sealed.head.z_nr
                    if z_nr not in wanted:
                        continue
                    try:
                        data = bundle.pack(index)
                    except TillferryError as error:
                        fault = error.code
                        continue
                    opened[z_nr] = self.packed.add_bytes(f"{folder}/{z_nr:09d}.tar", data)
        except TillferryError as error:
            fault = error.code
        return opened, fault


def _name(delivery: Delivery) -> str:
    """The name it came under, with an ending where it came as a folder and was kept as TAR."""
    name = plain_name(delivery.name)
    if delivery.kind == "export" and not name.lower().endswith(_EXPORT_ENDINGS):
        return f"{name}.tar"
    return name
