"""The outbox: every closing of this till, until head office says that it holds it.

Closings lie here as packs; an SQLite file says which are acknowledged, which were asked for
again, and which bundle carried what. A bundle's number is written down before the bundle leaves,
so no number is ever used for two bundles.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import zstandard

from tillferry.carriers.durable import write_durably
from tillferry.carriers.failures import on_own_disk
from tillferry.closing.checks import check, outcome
from tillferry.closing.digest import Digests, part_digests
from tillferry.closing.model import ClosingBatch
from tillferry.closing.ranges import Ranges, contains
from tillferry.closing.tables import PARTS, TABLES, Part
from tillferry.errors import TillferryError
from tillferry.formats.bundle import Pack, SealedFile
from tillferry.formats.documents import Letter
from tillferry.formats.dsfinvk.pack import PackDefect, write_pack
from tillferry.till.outbox_file import (
    FILE,
    PACKS,
    head_of,
    head_value,
    open_outbox_file,
    reduced,
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A closing that is still to reach head office."""

    z_nr: int
    business_day: date
    asked_again: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the road to head office is done.

    ``acknowledged_at`` is the date of the last letter, empty before the first. ``beyond`` is the
    greatest Z number that head office holds and this till never wrote, 0 without one.
    """

    closings: int
    waiting: tuple[Waiting, ...]
    acknowledged_at: str
    beyond: int


@dataclass(frozen=True, slots=True)
class SentBundle:
    """A bundle that was sealed at some time.

    ``z_nrs`` are the closings in it whose content is still the one that the outbox has.
    """

    sequence: int
    name: str
    sha256: str
    installation: str
    z_nrs: tuple[int, ...]


class Outbox:
    """The outbox in its folder. Raises ``outbox_damaged`` where its file cannot be used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._packs = folder / PACKS
        self._db = open_outbox_file(folder)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise TillferryError("outbox_damaged", folder=self._folder, reason=error) from error
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    # --- closings in ---

    def put(self, batch: ClosingBatch) -> tuple[int, ...]:
        """Take over closings; gives the Z numbers that are new or changed. ``own_disk_full``.

        The same closing again changes nothing. A copy that is unfinished never takes the place of
        a whole one; another content under a Z number that is already acknowledged travels once
        more, for head office to decide.
        """
        changed: list[int] = []
        checked = check(batch)
        for index, (head, digests) in enumerate(zip(batch.heads, part_digests(batch), strict=True)):
            good = outcome((*head.findings, *checked[index])) == "good"
            if self._put_one(batch, index, digests, good):
                changed.append(head.z_nr)
        return tuple(changed)

    def _put_one(self, batch: ClosingBatch, index: int, digests: Digests, good: bool) -> bool:
        head = batch.heads[index]
        known = self._db.execute(
            "SELECT digests, good, acknowledged FROM closings WHERE z_nr = ?", (head.z_nr,)
        ).fetchone()
        if known is not None:
            before: dict[str, str] = json.loads(known[0])
            if before == dict(digests) or (known[1] and not good):
                return False
            if known[1] and all(before.get(part) == value for part, value in digests.items()):
                return False
        # The old pack stays until the row names the new one, so it must not have the same name.
        content = hashlib.sha256("".join(digests.values()).encode()).hexdigest()
        pack = f"{head.z_nr:09d}-{content[:16]}.tar.zst"
        packed = zstandard.ZstdCompressor().compress(write_pack(batch, index))
        with on_own_disk(self._packs):
            write_durably(self._packs / pack, packed)
        rows = {
            table.name: count
            for table in TABLES
            if (count := batch.closing_rows(table.name, index).num_rows)
        }
        with self._transaction() as db:
            db.execute(
                "INSERT INTO closings (z_nr, business_day, head, digests, table_rows, pack, good)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (z_nr) DO UPDATE SET"
                " business_day = excluded.business_day, head = excluded.head,"
                " digests = excluded.digests, table_rows = excluded.table_rows,"
                " pack = excluded.pack, good = excluded.good, again = acknowledged,"
                " again_parts = ''",
                (
                    head.z_nr,
                    head.business_day.isoformat(),
                    json.dumps(head_value(head)),
                    json.dumps(dict(digests)),
                    json.dumps(rows),
                    pack,
                    int(good),
                ),
            )
            if known is not None:
                _forget_outdated(db, head.z_nr)
        return True

    def z_numbers(self) -> frozenset[int]:
        """The Z numbers of all closings here."""
        return frozenset(z_nr for (z_nr,) in self._db.execute("SELECT z_nr FROM closings"))

    def ask_again(self, z_nrs: Iterable[int], parts: Collection[Part] = PARTS) -> tuple[int, ...]:
        """Send these again with the next bundle, only with ``parts``; the latest wish counts.

        Gives those that lie in the outbox.
        """
        wish = "" if set(parts) >= set(PARTS) else json.dumps(sorted(parts))
        with self._transaction() as db:
            asked = [
                z_nr
                for z_nr in z_nrs
                if db.execute(
                    "UPDATE closings SET again = 1, again_parts = ? WHERE z_nr = ?", (wish, z_nr)
                ).rowcount
            ]
        return tuple(asked)

    # --- bundles out ---

    def waiting(self, carried: Iterable[int] = ()) -> tuple[Waiting, ...]:
        """Closings that are not acknowledged and not ``carried``, and those asked for again."""
        there = set(carried)
        rows = self._db.execute(
            "SELECT z_nr, business_day, again FROM closings"
            " WHERE acknowledged = 0 OR again = 1 ORDER BY z_nr"
        ).fetchall()
        return tuple(
            Waiting(z_nr, date.fromisoformat(day), bool(again))
            for z_nr, day, again in rows
            if again or z_nr not in there
        )

    def packs(self, z_nrs: Sequence[int]) -> Iterator[Pack]:
        """The packs of these closings, one at a time, each with the parts that are wanted."""
        decompressor = zstandard.ZstdDecompressor()
        for z_nr in z_nrs:
            head, digests, rows, name, wish = self._db.execute(
                "SELECT head, digests, table_rows, pack, again_parts FROM closings WHERE z_nr = ?",
                (z_nr,),
            ).fetchone()
            try:
                data = decompressor.decompress((self._packs / name).read_bytes())
                pack = Pack(head_of(json.loads(head)), json.loads(digests), json.loads(rows), data)
                yield reduced(pack, json.loads(wish)) if wish else pack
            except (OSError, zstandard.ZstdError, PackDefect) as error:
                raise TillferryError("outbox_damaged", folder=self._folder, reason=error) from error

    def last_bundle(self, installation: str) -> SentBundle | None:
        """The last bundle that this installation sealed."""
        row = self._db.execute(
            "SELECT sequence, name, sha256, installation, z_nrs FROM bundles"
            " WHERE installation = ? ORDER BY sequence DESC LIMIT 1",
            (installation,),
        ).fetchone()
        return None if row is None else _bundle_of(row)

    def record_bundle(
        self,
        sealed: SealedFile,
        installation: str,
        z_nrs: Sequence[int],
        created_at: str,
        *,
        again: bool = False,
    ) -> None:
        """Write down a sealed bundle before it leaves; ``again``: it has what was asked for."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO bundles VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    installation,
                    sealed.sequence,
                    sealed.name,
                    sealed.sha256,
                    json.dumps(list(z_nrs)),
                    created_at,
                    int(again),
                ),
            )

    def forget_bundles(self) -> None:
        """After another enrolment: what was sealed before may be refused, so it carries nothing."""
        with self._transaction() as db:
            db.execute("UPDATE bundles SET z_nrs = '[]', again = 0")

    def mark_sent(self, z_nrs: Sequence[int]) -> None:
        """These are on a stick; those asked for again were sent again."""
        with self._transaction() as db:
            db.executemany(
                "UPDATE closings SET again = 0, again_parts = '' WHERE z_nr = ?",
                [(z_nr,) for z_nr in z_nrs],
            )

    def bundles(self, names: Iterable[str]) -> tuple[SentBundle, ...]:
        """Of these file names the bundles that this till sealed."""
        found = []
        for name in names:
            row = self._db.execute(
                "SELECT sequence, name, sha256, installation, z_nrs FROM bundles WHERE name = ?",
                (name,),
            ).fetchone()
            if row is not None:
                found.append(_bundle_of(row))
        return tuple(found)

    # --- letters back ---

    def apply_letter(self, letter: Letter) -> bool:
        """Take over what head office holds; ``False`` for a letter that is not newer.

        A closing that never left this till is not taken for held: a restored till may have used
        a Z number that head office holds from before. It travels, and head office decides.
        """
        (latest,) = self._db.execute("SELECT coalesce(max(sequence), 0) FROM letters").fetchone()
        if letter.sequence <= latest:
            return False
        asked = {entry.z_nr for entry in letter.resend}
        sent = self._ever_sent()
        with self._transaction() as db:
            for z_nr, acknowledged in db.execute(
                "SELECT z_nr, acknowledged FROM closings"
            ).fetchall():
                held = contains(letter.through, z_nr) and (bool(acknowledged) or z_nr in sent)
                if held != bool(acknowledged):
                    db.execute(
                        "UPDATE closings SET acknowledged = ? WHERE z_nr = ?", (int(held), z_nr)
                    )
                if z_nr in asked or contains(letter.missing, z_nr):
                    db.execute(
                        "UPDATE closings SET again = 1, again_parts = '' WHERE z_nr = ?", (z_nr,)
                    )
            db.execute(
                "INSERT INTO letters VALUES (?, ?, ?, ?, ?)",
                (
                    letter.sequence,
                    letter.created_at,
                    json.dumps(letter.through),
                    json.dumps(letter.missing),
                    letter.last_bundle.sha256 if letter.last_bundle else "",
                ),
            )
        return True

    def _ever_sent(self) -> set[int]:
        return {
            z_nr
            for (z_nrs,) in self._db.execute("SELECT z_nrs FROM bundles")
            for z_nr in json.loads(z_nrs)
        }

    def is_acknowledged(self, z_nrs: Iterable[int]) -> bool:
        """Whether head office holds all of these."""
        return all(
            self._db.execute(
                "SELECT 1 FROM closings WHERE z_nr = ? AND acknowledged = 1", (z_nr,)
            ).fetchone()
            for z_nr in z_nrs
        )

    def is_done(self, bundle: SentBundle) -> bool:
        """Whether head office has no more use for this bundle.

        It holds the closings in it; and where they were asked for again although it holds them,
        it has taken in this bundle or a later one.
        """
        if not self.is_acknowledged(bundle.z_nrs):
            return False
        (again,) = self._db.execute(
            "SELECT again FROM bundles WHERE name = ?", (bundle.name,)
        ).fetchone()
        if not again:
            return True
        (taken,) = self._db.execute(
            "SELECT coalesce(max(bundles.sequence), 0) FROM letters"
            " JOIN bundles ON bundles.sha256 = letters.last_bundle WHERE installation = ?",
            (bundle.installation,),
        ).fetchone()
        return bool(taken >= bundle.sequence)

    def standing(self) -> Standing:
        """What people want to know on the first page."""
        (count, highest) = self._db.execute(
            "SELECT count(*), coalesce(max(z_nr), 0) FROM closings"
        ).fetchone()
        letter = self._db.execute(
            "SELECT created_at, through FROM letters ORDER BY sequence DESC LIMIT 1"
        ).fetchone()
        through: Ranges = tuple((a, b) for a, b in json.loads(letter[1])) if letter else ()
        held = max((last for _, last in through), default=0)
        return Standing(
            count, self.waiting(), letter[0] if letter else "", held if held > highest else 0
        )

    # --- backup ---

    def copy_to(self, folder: Path) -> None:
        """A consistent copy of the outbox, made for a backup, in the folder ``folder``.

        Raises ``outbox_damaged``, and ``OSError`` where the copy cannot be written.
        """
        (folder / PACKS).mkdir(parents=True)
        try:
            copy = sqlite3.connect(folder / FILE, isolation_level=None)
            try:
                self._db.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
                packs = [name for (name,) in copy.execute("SELECT pack FROM closings")]
            finally:
                copy.close()
        except sqlite3.Error as error:
            raise TillferryError("outbox_damaged", folder=self._folder, reason=error) from error
        for name in packs:
            shutil.copyfile(self._packs / name, folder / PACKS / name)

    # --- exports of a foreign till ---

    def export_seen(self, path: Path, signature: str) -> bool:
        """Whether this state of an export's file was taken in before."""
        row = self._db.execute(
            "SELECT signature FROM exports_seen WHERE path = ?", (str(path),)
        ).fetchone()
        return row is not None and row[0] == signature

    def note_export(self, path: Path, signature: str) -> None:
        with self._transaction() as db:
            db.execute(
                "INSERT INTO exports_seen VALUES (?, ?)"
                " ON CONFLICT (path) DO UPDATE SET signature = excluded.signature",
                (str(path), signature),
            )


def _forget_outdated(db: sqlite3.Connection, z_nr: int) -> None:
    """A closing has another content now: no bundle that was sealed before carries it."""
    for bundle_id, listed in db.execute("SELECT rowid, z_nrs FROM bundles").fetchall():
        z_nrs: list[int] = json.loads(listed)
        if z_nr in z_nrs:
            z_nrs.remove(z_nr)
            db.execute(
                "UPDATE bundles SET z_nrs = ? WHERE rowid = ?", (json.dumps(z_nrs), bundle_id)
            )


def _bundle_of(row: tuple[int, str, str, str, str]) -> SentBundle:
    return SentBundle(row[0], row[1], row[2], row[3], tuple(json.loads(row[4])))
