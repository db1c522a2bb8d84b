from __future__ import annotations

import os
import stat
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tillferry.errors import TillferryError
from tillferry.formats.keys import (
    OFFICE_AGE_FILE,
    OFFICE_SIGNING_FILE,
    TILL_SIGNING_FILE,
    OfficeKeys,
    TillKeys,
    enrolment_proof,
    proof_is_right,
    verify,
)


def test_a_tills_key_comes_back(tmp_path: Path) -> None:
    keys = TillKeys.create()
    keys.save(tmp_path / "keys")
    again = TillKeys.load(tmp_path / "keys")
    assert again.public_key == keys.public_key
    assert verify(keys.public_key, b"words", again.sign(b"words"))


def test_an_offices_keys_come_back(tmp_path: Path) -> None:
    keys = OfficeKeys.create()
    keys.save(tmp_path)
    again = OfficeKeys.load(tmp_path)
    assert (again.public_key, again.age) == (keys.public_key, keys.age)
    sealed = pyrage.encrypt(b"words", [pyrage.x25519.Recipient.from_str(keys.age)])
    assert pyrage.decrypt(sealed, [again.identity]) == b"words"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    TillKeys.create().save(tmp_path)
    OfficeKeys.create().save(tmp_path)
    names = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert names == dict.fromkeys((TILL_SIGNING_FILE, OFFICE_SIGNING_FILE, OFFICE_AGE_FILE), 0o600)


def test_keys_are_not_shown() -> None:
    till, office = TillKeys.create(), OfficeKeys.create()
    assert "SECRET" not in repr(office) and "PrivateKey" not in repr(till) + repr(office)


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    TillKeys.create().save(tmp_path)
    OfficeKeys.create().save(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for keys in (TillKeys.create(), OfficeKeys.create()):
        with pytest.raises(TillferryError) as caught:
            keys.save(tmp_path)
        assert caught.value.code == "keys_exist"
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_missing_and_damaged_keys_are_told_apart(tmp_path: Path) -> None:
    for load in (TillKeys.load, OfficeKeys.load):
        with pytest.raises(TillferryError) as caught:
            load(tmp_path)
        assert caught.value.code == "keys_missing"
    OfficeKeys.create().save(tmp_path)
    elliptic = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    for content in (b"", b"nonsense", elliptic):
        (tmp_path / TILL_SIGNING_FILE).write_bytes(content)
        with pytest.raises(TillferryError) as caught:
            TillKeys.load(tmp_path)
        assert caught.value.code == "keys_damaged"
    for content in (b"", b"AGE-SECRET-KEY-1X\n", b"\xff", b"a\nb\n"):
        (tmp_path / OFFICE_AGE_FILE).write_bytes(content)
        with pytest.raises(TillferryError) as caught:
            OfficeKeys.load(tmp_path)
        assert caught.value.code == "keys_damaged"


@pytest.mark.parametrize(
    ("public", "signature"), [("", ""), ("zz", "00"), ("00" * 32, "00" * 64), ("ab", "é")]
)
def test_nonsense_is_no_signature(public: str, signature: str) -> None:
    assert not verify(public, b"words", signature)


def test_a_signature_is_of_one_key_and_one_text() -> None:
    keys = TillKeys.create()
    signature = keys.sign(b"words")
    assert verify(keys.public_key, b"words", signature)
    assert not verify(keys.public_key, b"other words", signature)
    assert not verify(TillKeys.create().public_key, b"words", signature)


def test_a_proof_is_of_one_secret_key_and_installation() -> None:
    secret, key = "5e" * 32, TillKeys.create().public_key
    proof = enrolment_proof(secret, key, "here")
    assert proof_is_right(proof, secret, key, "here")
    assert not proof_is_right(proof, "5f" * 32, key, "here")
    assert not proof_is_right(proof, secret, TillKeys.create().public_key, "here")
    assert not proof_is_right(proof, secret, key, "there")
    assert not proof_is_right("", secret, key, "here")
    assert not proof_is_right(proof, "", key, "here")
    assert not proof_is_right("é", secret, key, "here")
