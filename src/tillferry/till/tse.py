"""The seam to the technical security device (TSE) that German law asks of a till.

What ships is no certified device. ``NoTse`` writes on every receipt that there was none, as the
format demands for an outage. ``TrainingTse`` signs in software, so that people can learn with
complete receipts; it says in its certificate and on every receipt that it is no TSE. A driver of
a certified device is one class with the two methods of ``Tse``.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from tillferry.closing.money import decimal_text

NO_TSE_TEXT: Final = "Keine TSE angeschlossen"
TRAINING_TEXT: Final = "Software-Signatur zur Schulung, keine zertifizierte TSE"
_LONGEST_DATA: Final = 1000
_VAT_COLUMNS: Final = (1, 2, 3, 4)
"""UST_SCHLUESSEL of the first four amounts in processData; all others are the fifth."""


@dataclass(frozen=True, slots=True)
class TseRequest:
    """What is to be signed. ``number`` is the till's own running number of the transaction."""

    number: int
    process_type: str
    data: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class TseRecord:
    """What the device answered: a row of ``transactions_tse``. 0 and empty are no value."""

    tse_id: int = 0
    transaction: int = 0
    start: str = ""
    end: str = ""
    process_type: str = ""
    counter: int = 0
    signature: str = ""
    fault: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True)
class TseMaster:
    """The device itself: a row of ``tse``."""

    tse_id: int
    serial: str
    algorithm: str
    time_format: str
    encoding: str
    public_key: str
    certificate: str


class Tse(Protocol):
    """A device. ``sign`` never raises: what goes wrong stands in the record's ``fault``."""

    def sign(self, request: TseRequest) -> TseRecord:
        """Sign one transaction."""

    def master(self) -> TseMaster | None:
        """Who signs; ``None`` without a device."""


class NoTse:
    """No device: every receipt says so."""

    def sign(self, request: TseRequest) -> TseRecord:
        """The outage text and nothing else."""
        return TseRecord(fault=NO_TSE_TEXT)

    def master(self) -> TseMaster | None:
        """Nobody signs."""
        return None


class TrainingTse:
    """Signs in software, for training only, and marks itself as such.

    ``pem`` is the unencrypted private key (P-256); ``created`` the day its certificate begins.
    """

    def __init__(self, pem: str, created: datetime) -> None:
        key = load_pem_private_key(pem.encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("no elliptic curve key")
        self._key = key
        self._created = created

    @staticmethod
    def new_key() -> str:
        """A new private key as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def sign(self, request: TseRequest) -> TseRecord:
        """Sign the process data with its type and counter; the fault text says what this is."""
        counter = 2 * request.number
        end = _utc_text(request.end)
        message = f"{counter}/{request.number}/{end}/{request.process_type}/{request.data}"
        r, s = decode_dss_signature(self._key.sign(message.encode(), ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return TseRecord(
            1,
            request.number,
            _utc_text(request.start),
            end,
            request.process_type,
            counter,
            base64.b64encode(signature).decode(),
            TRAINING_TEXT,
            request.data,
        )

    def master(self) -> TseMaster | None:
        """The key with a certificate made out to a training signer."""
        public = self._key.public_key()
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        serial = hashlib.sha256(point).hexdigest().upper()
        name = x509.Name(
            [
                x509.NameAttribute(
                    NameOID.COMMON_NAME, "Tillferry Schulung - keine zertifizierte TSE"
                )
            ]
        )
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(public)
            .serial_number(int(serial[:16], 16) | 1)
            .not_valid_before(self._created)
            .not_valid_after(self._created + timedelta(days=3650))
            .sign(self._key, hashes.SHA256(), ecdsa_deterministic=True)
        )
        return TseMaster(
            1,
            serial,
            "ecdsa-plain-SHA256",
            "unixTime",
            "UTF-8",
            base64.b64encode(point).decode(),
            base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
        )


def _utc_text(moment: datetime) -> str:
    """``YYYY-MM-DDThh:mm:ss.fffZ``, as the standard writes the times of a device."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def receipt_data(
    bon_typ: str, gross_by_key: Mapping[int, int], payments: Sequence[tuple[str, int]]
) -> str:
    """processData of Kassenbeleg-V1 (DSFinV-K, appendix I); payments are (ZAHLART_TYP, cents).

    A transaction without a payment (Keine) ends with nothing behind the last ``^``.
    """
    amounts = [gross_by_key.get(key, 0) for key in _VAT_COLUMNS]
    rest = sum(gross for key, gross in gross_by_key.items() if key not in _VAT_COLUMNS)
    # The standard lists 19, 7, 10.7 (key 3), 5.5 (key 4) and all others, in this order.
    texts = "_".join(decimal_text(amount, 2) for amount in (*amounts, rest))
    sums: dict[str, int] = {}
    for kind, amount in payments:
        if kind == "Keine":
            continue
        name = "Bar" if kind == "Bar" else "Unbar"
        sums[name] = sums.get(name, 0) + amount
    paid = "_".join(f"{decimal_text(amount, 2)}:{kind}" for kind, amount in sums.items())
    return f"{bon_typ}^{texts}^{paid}"


def order_data(lines: Sequence[tuple[int, str, int]]) -> str:
    """processData of Bestellung-V1: quantity (3 decimals), text, price per unit in cents."""
    texts = []
    for quantity, text, price in lines:
        count = str(quantity // 1000) if quantity % 1000 == 0 else decimal_text(quantity, 3)
        shown = text.replace("\r", " ").replace("\n", " ").replace('"', '""')
        texts.append(f'{count};"{shown}";{decimal_text(price, 2)}')
    return "\r".join(texts)[:_LONGEST_DATA]
