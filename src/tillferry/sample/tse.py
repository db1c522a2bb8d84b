"""What the sample's security device (TSE) would have said.

The signatures and the certificate have the right shape and length and nothing more: they verify
with no key.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from tillferry.closing.money import decimal_text
from tillferry.closing.tables import BASE_CURRENCY
from tillferry.sample.calendar import utc_text
from tillferry.sample.catalogue import GENERAL, REDUCED
from tillferry.sample.receipts import Receipt

Row = tuple[str | int | None, ...]

_OUTAGE_EVERY = 5
_SYSTEM_MESSAGES_PER_DAY = 6
_LONGEST_DATA = 1000


def tse_row(till: int, seed: int) -> Row:
    """The device of a till as a row of ``tse``."""
    key = b"\x04" + _bytes(f"key/{seed}/{till}", 64)
    certificate = base64.b64encode(
        b"\x30\x82\x03\x9e" + _bytes(f"cert/{seed}/{till}", 926)
    ).decode()
    return (
        1,
        hashlib.sha256(key).hexdigest().upper(),
        "ecdsa-plain-SHA256",
        "unixTime",
        "UTF-8",
        base64.b64encode(key).decode(),
        certificate[:1000],
        certificate[1000:],
    )


@dataclass(frozen=True, slots=True)
class TseDay:
    """Numbers of the device on one day: ``failing`` are the positions while it was out."""

    first_tanr: int
    first_sigz: int
    failing: range
    salt: str


def has_outage(till: int, day: int) -> bool:
    """Whether the device fails for a while on that day."""
    return (till * 2 + day) % _OUTAGE_EVERY == 0


def tse_day(till: int, day: int, transactions: int, seed: int, chance: float) -> TseDay:
    """The numbers of a day; ``chance`` (0 to 1) says when the outage begins, if there is one."""
    length = max(1, transactions // 12) if transactions >= 12 else 0
    outages = sum(has_outage(till, earlier) for earlier in range(1, day))
    before = (day - 1) * transactions - outages * length
    begin = 1 + int(chance * (transactions - length - 2))
    failing = range(begin, begin + length) if has_outage(till, day) else range(0)
    return TseDay(
        before + 1,
        2 * before + _SYSTEM_MESSAGES_PER_DAY * day + 2,
        failing,
        f"{seed}/{till}/",
    )


def outage_row(bon_id: str) -> Row:
    """A transaction while the device was out: nothing but the reason."""
    return (bon_id, 1, None, None, None, None, None, None, "TSE ausgefallen: keine Antwort", None)


def signed_row(
    bon_id: str,
    day: TseDay,
    count: int,
    start: int,
    end: int,
    receipt: Receipt,
    by_key: dict[int, int],
) -> Row:
    """A signed transaction, the ``count``-th (from 0) of its day.

    ``start`` and ``end`` are seconds since 1970; ``by_key`` is the gross in cents by VAT key.
    """
    if receipt.bon_typ == "AVBestellung":
        process_type, data = "Bestellung-V1", _order_data(receipt)
    else:
        process_type, data = "Kassenbeleg-V1", _receipt_data(receipt, by_key)
    signature = hashlib.sha512(f"{day.salt}{bon_id}/{data}".encode()).digest()
    return (
        bon_id,
        1,
        day.first_tanr + count,
        utc_text(start),
        utc_text(end),
        process_type,
        day.first_sigz + 2 * count + 1,
        base64.b64encode(signature).decode(),
        None,
        data,
    )


def _receipt_data(receipt: Receipt, by_key: dict[int, int]) -> str:
    """``Beleg^19_7_10.7_5.5_0^payments`` (DSFinV-K, appendix I)."""
    rest = sum(gross for key, gross in by_key.items() if key not in (GENERAL, REDUCED))
    amounts = (by_key.get(GENERAL, 0), by_key.get(REDUCED, 0), 0, 0, rest)
    sums: dict[str, int] = {}
    for payment in receipt.payments:
        kind = "Bar" if payment.kind == "Bar" else "Unbar"
        if payment.currency != BASE_CURRENCY and payment.foreign is not None:
            kind, amount = f"{kind}:{payment.currency}", payment.foreign
        else:
            amount = payment.amount
        sums[kind] = sums.get(kind, 0) + amount
    paid = "_".join(f"{decimal_text(amount, 2)}:{kind}" for kind, amount in sums.items())
    return f"{receipt.bon_typ}^{'_'.join(decimal_text(gross, 2) for gross in amounts)}^{paid}"


def _order_data(receipt: Receipt) -> str:
    """One line an article: quantity, text, price per unit, parted by carriage returns."""
    lines = []
    for line in receipt.lines:
        text = line.text.replace("\n", " ").replace('"', '""')
        price = decimal_text(line.unit_price // 1000, 2)
        lines.append(f'{_plain_quantity(line.quantity)};"{text}";{price}')
    return "\r".join(lines)[:_LONGEST_DATA]


def _plain_quantity(quantity: int) -> str:
    return str(quantity // 1000) if quantity % 1000 == 0 else decimal_text(quantity, 3)


def _bytes(label: str, count: int) -> bytes:
    return hashlib.shake_256(f"tillferry sample tse {label}".encode()).digest(count)
