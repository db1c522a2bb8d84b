"""The keys of tills and of head office.

A till has an Ed25519 key that signs its bundles. Head office has one that signs what goes back,
and an age identity (X25519) that bundles are sealed to. Public keys travel as 64 hexadecimal
digits (Ed25519, raw) and as ``age1...`` text.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

import pyrage  # type: ignore[import-untyped]
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tillferry.errors import TillferryError
from tillferry.formats._files import write_whole

TILL_SIGNING_FILE: Final = "till-signing-key.pem"
OFFICE_SIGNING_FILE: Final = "office-signing-key.pem"
OFFICE_AGE_FILE: Final = "office-age-identity.txt"


def sign(key: Ed25519PrivateKey, data: bytes) -> str:
    """The Ed25519 signature of ``data``, 128 hexadecimal digits."""
    return key.sign(data).hex()


def verify(public_hex: str, data: bytes, signature_hex: str) -> bool:
    """Whether ``signature_hex`` was made over ``data`` by the key's owner; malformed is false."""
    try:
        _public(public_hex).verify(bytes.fromhex(signature_hex), data)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=1024)
def _public(public_hex: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex))


@lru_cache(maxsize=64)
def age_recipient(text: str) -> pyrage.x25519.Recipient:
    """The age recipient of an ``age1...`` text. Raises ``age_recipient_invalid``."""
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise TillferryError("age_recipient_invalid", text=text[:80]) from error


def enrolment_proof(secret_hex: str, public_key: str, installation: str) -> str:
    """What a till's first bundle answers with: its key and installation under the secret.

    HMAC-SHA256, hexadecimal, of ``tillferry enrolment 1``, NUL, the public key in hexadecimal,
    NUL, the installation id; the key of the HMAC is the secret's bytes.
    """
    said = b"\0".join((b"tillferry enrolment 1", public_key.encode(), installation.encode()))
    return hmac.new(bytes.fromhex(secret_hex), said, hashlib.sha256).hexdigest()


def proof_is_right(proof: str, secret_hex: str, public_key: str, installation: str) -> bool:
    """Whether ``proof`` was made with the secret; always false without a proof or a secret."""
    if not proof or not secret_hex:
        return False
    expected = enrolment_proof(secret_hex, public_key, installation)
    return hmac.compare_digest(proof.encode(), expected.encode())


@dataclass(frozen=True, slots=True)
class TillKeys:
    """A till's key; it never leaves the till. ``public_key`` is hexadecimal."""

    public_key: str
    _signing: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def create(cls) -> TillKeys:
        """A new key."""
        return cls.of(Ed25519PrivateKey.generate())

    @classmethod
    def of(cls, signing: Ed25519PrivateKey) -> TillKeys:
        """The keys around a signing key."""
        return cls(signing.public_key().public_bytes_raw().hex(), signing)

    def sign(self, data: bytes) -> str:
        """The Ed25519 signature of ``data``, hexadecimal."""
        return sign(self._signing, data)

    def save(self, folder: Path) -> None:
        """Write the key into ``folder`` (PKCS 8 in PEM, mode 0600). Raises ``keys_exist``."""
        _save(folder / TILL_SIGNING_FILE, _pem(self._signing))

    @classmethod
    def load(cls, folder: Path) -> TillKeys:
        """Read the key. Raises ``keys_missing`` and ``keys_damaged``."""
        return cls.of(_load_signing(folder / TILL_SIGNING_FILE))


@dataclass(frozen=True, slots=True)
class OfficeKeys:
    """Head office's keys. ``age`` is the ``age1...`` text that bundles are sealed to."""

    public_key: str
    age: str
    identity: pyrage.x25519.Identity = field(repr=False)
    _signing: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def create(cls) -> OfficeKeys:
        """New keys."""
        return cls.of(Ed25519PrivateKey.generate(), pyrage.x25519.Identity.generate())

    @classmethod
    def of(cls, signing: Ed25519PrivateKey, identity: pyrage.x25519.Identity) -> OfficeKeys:
        """The keys around a signing key and an age identity."""
        public = signing.public_key().public_bytes_raw().hex()
        return cls(public, str(identity.to_public()), identity, signing)

    def sign(self, data: bytes) -> str:
        """The Ed25519 signature of ``data``, hexadecimal."""
        return sign(self._signing, data)

    def save(self, folder: Path) -> None:
        """Write both keys into ``folder`` (PEM and age's own text, mode 0600).

        Raises ``keys_exist`` and then writes neither.
        """
        age_file = folder / OFFICE_AGE_FILE
        if age_file.exists():
            raise TillferryError("keys_exist", path=age_file)
        _save(folder / OFFICE_SIGNING_FILE, _pem(self._signing))
        _save(age_file, f"# public key: {self.age}\n{self.identity}\n".encode())

    @classmethod
    def load(cls, folder: Path) -> OfficeKeys:
        """Read both keys. Raises ``keys_missing`` and ``keys_damaged``."""
        signing = _load_signing(folder / OFFICE_SIGNING_FILE)
        path = folder / OFFICE_AGE_FILE
        lines = _read(path).decode(errors="replace").splitlines()
        secret = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        try:
            (only,) = secret
            return cls.of(signing, pyrage.x25519.Identity.from_str(only))
        except (ValueError, pyrage.IdentityError) as error:
            raise TillferryError("keys_damaged", path=path) from error


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _save(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_whole(path, data, private=True, replace=False)
    except FileExistsError as error:
        raise TillferryError("keys_exist", path=path) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise TillferryError("keys_missing", path=path) from error


def _load_signing(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError) as error:
        raise TillferryError("keys_damaged", path=path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise TillferryError("keys_damaged", path=path)
    return key
