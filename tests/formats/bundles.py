"""Keys, packs and bundles for tests: always the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tillferry.closing.model import ClosingHead
from tillferry.formats.bundle import Pack, SealedFile, open_bundle, seal
from tillferry.formats.keys import OfficeKeys, TillKeys, enrolment_proof
from tillferry.formats.manifest import Manifest, SealedClosing

# Keys for tests alone: whoever reads this has them.
TILL: Final = TillKeys.of(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OFFICE_AGE_SECRET: Final = (
    "AGE-SECRET-KEY-1FHH4F7JKNZXATM2NTYMQVVJY3AN4D56ACVXVQKFMEHK69TVC50PQLNAG6L"
)
SECRET: Final = "5e" * 32
INSTALLATION: Final = "0f8fad5b-d9cb-469f-a165-70867728950e"
CREATED_AT: Final = "2026-07-02T06:00:00+02:00"


OFFICE: Final = OfficeKeys.of(
    Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32),
    pyrage.x25519.Identity.from_str(OFFICE_AGE_SECRET),
)


def pack(z_nr: int, data: bytes | None = None) -> Pack:
    """A closing whose pack is any bytes."""
    content = f"closing {z_nr}\n".encode() * 40 if data is None else data
    return Pack(
        ClosingHead(
            taxpayer="1811234567890",
            serial="TF-2026-000017",
            z_kasse_id="1",
            z_erstellung="2026-07-01T23:30:00+02:00",
            z_nr=z_nr,
            business_day=date(2026, 7, 1),
            parts=("bookings", "time"),
            source="somewhere",
        ),
        {
            "bookings": hashlib.sha256(content).hexdigest(),
            "time": hashlib.sha256(b"time" + content).hexdigest(),
        },
        {"transactions": 3, "lines": 7, "time_entries": 0},
        content,
    )


def seal_packs(folder: Path, packs: Sequence[Pack], **changes: object) -> SealedFile:
    """A bundle of ``packs`` from the test till to the test office."""
    arguments: dict[str, object] = {
        "sender": TILL,
        "customer_number": "1001",
        "installation": INSTALLATION,
        "sequence": 1,
        "previous_hash": "",
        "recipient_number": "1000",
        "recipient_age": OFFICE.age,
        "proof": enrolment_proof(SECRET, TILL.public_key, INSTALLATION),
        "created_at": CREATED_AT,
    }
    return seal(folder, packs, **(arguments | changes))  # type: ignore[arg-type]


def read_all(path: Path, scratch: Path) -> tuple[Manifest, list[tuple[SealedClosing, bytes]]]:
    """All that a bundle for the test office says."""
    with open_bundle(path, recipient=OFFICE, scratch=scratch) as bundle:
        return bundle.manifest, list(bundle.packs())


def head_as_sealed(head: ClosingHead) -> ClosingHead:
    """What of a head travels in a bundle."""
    return replace(head, source="", findings=())
