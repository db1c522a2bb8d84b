"""The seam to the security device."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_der_x509_certificate

from tests.till.register.helpers import ANNA, BEN, CHRIS, Clock, column, key, sale
from tillferry.closing.checks import check
from tillferry.till.register.printing import receipt_text
from tillferry.till.register.register import Register
from tillferry.till.tse import (
    NO_TSE_TEXT,
    TRAINING_TEXT,
    NoTse,
    TrainingTse,
    TseRequest,
    order_data,
    receipt_data,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
REQUEST = TseRequest(7, "Kassenbeleg-V1", "Beleg^1.00_0.00_0.00_0.00_0.00^1.00:Bar", NOON, NOON)


def test_no_device_leaves_only_the_outage() -> None:
    record = NoTse().sign(REQUEST)
    assert (record.fault, record.signature, record.counter) == (NO_TSE_TEXT, "", 0)
    assert NoTse().master() is None


def test_the_training_signer_marks_itself() -> None:
    tse = TrainingTse(TrainingTse.new_key(), NOON)
    master = tse.master()
    assert master == tse.master()
    assert master is not None
    certificate = load_der_x509_certificate(base64.b64decode(master.certificate))
    assert "keine zertifizierte TSE" in certificate.subject.rfc4514_string()
    record = tse.sign(REQUEST)
    assert record.fault == TRAINING_TEXT
    raw = base64.b64decode(record.signature)
    signature = encode_dss_signature(
        int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    )
    public = certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    message = f"{record.counter}/7/{record.end}/{record.process_type}/{record.data}"
    public.verify(signature, message.encode(), ec.ECDSA(SHA256()))


def test_the_process_data_of_the_standard() -> None:
    data = receipt_data("Beleg", {1: 1190, 2: 214}, [("Bar", 1000), ("ECKarte", 404)])
    assert data == "Beleg^11.90_2.14_0.00_0.00_0.00^10.00:Bar_4.04:Unbar"
    assert receipt_data("Beleg", {}, [("Keine", 0)]) == "Beleg^0.00_0.00_0.00_0.00_0.00^"
    assert receipt_data("Beleg", {5: -30}, [("Bar", -30)]).startswith("Beleg^0.00_0.00_0.00_0.00_-")


@pytest.mark.parametrize(
    ("line", "text"),
    [((2000, "Bier", 490), '2;"Bier";4.90'), ((350, 'a"b\n', 1), '0.350;"a""b ";0.01')],
)
def test_the_order_data_of_the_standard(line: tuple[int, str, int], text: str) -> None:
    assert order_data([line]) == text


def test_a_till_with_the_training_signer(register: Register, clock: Clock) -> None:
    register.masters.change(CHRIS, tse="training")
    receipts = [register.sales.sell(key(), ANNA, sale("3001")) for _ in range(3)]
    register.sales.order(key(), ANNA, sale("3001", table="1"))
    register.sales.sell(key(), ANNA, sale(table="1"))
    assert TRAINING_TEXT in receipt_text(receipts[0], register.masters.settings()).text.replace(
        "\n", " "
    )
    clock.turn(hours=1)
    register.days.close(key(), BEN)
    batch = register.closing_batch(1)
    assert check(batch) == ((),)
    assert column(batch, "transactions_tse", "tse_ta_sigz") == [2, 4, 6, 8, 10]
    assert set(column(batch, "transactions_tse", "tse_ta_fehler")) == {TRAINING_TEXT}
    assert column(batch, "transactions_tse", "tse_ta_vorgangsart")[3] == "Bestellung-V1"
