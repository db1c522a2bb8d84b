"""A head office's keys and a till, for the tests of the till."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tillferry.carriers.folder import FolderCarrier
from tillferry.closing.ranges import Ranges
from tillferry.formats.documents import Letter, Resend, write_letter
from tillferry.formats.keys import OfficeKeys, TillKeys
from tillferry.till.home import TillHome, TillSettings, create_home
from tillferry.till.outbox import Outbox
from tillferry.till.sending import Sent, send

NOW = datetime(2026, 11, 1, 22, 0, tzinfo=UTC)


@dataclass
class Chain:
    """One office's keys, one till, sticks."""

    folder: Path
    office: OfficeKeys
    home: TillHome
    keys: TillKeys
    outbox: Outbox

    def stick(self, name: str) -> FolderCarrier:
        path = self.folder / name
        path.mkdir(exist_ok=True)
        return FolderCarrier(path)

    def send(self, carrier: FolderCarrier) -> Sent:
        return send(self.home, self.keys, self.outbox, carrier, clock=lambda: NOW)

    def answer(
        self,
        carrier: FolderCarrier,
        sequence: int,
        through: Ranges,
        missing: Ranges = (),
        resend: tuple[Resend, ...] = (),
    ) -> None:
        """Head office's letter on a stick."""
        letter = Letter(
            office_number="1000",
            customer_number="1001",
            sequence=sequence,
            created_at=NOW.isoformat(),
            through=through,
            missing=missing,
            resend=resend,
        )
        path = write_letter(self.folder, letter, self.office)
        carrier.publish("letters", path.name, path)


def make_chain(folder: Path, serial: str = "SAMPLE-00001") -> Chain:
    office = OfficeKeys.create()
    settings = TillSettings(
        "1001",
        "Nord",
        "1000",
        "Zentrale",
        office.age,
        office.public_key,
        "ab" * 32,
        "i" * 32,
        serial,
    )
    home = create_home(folder / "till", settings)
    return Chain(folder, office, home, TillKeys.create(), Outbox(home.outbox))
