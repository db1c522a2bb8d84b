"""Money, quantities and VAT in exact whole numbers.

An amount is a whole number scaled by ten to the power of its decimals, as in ``closing.tables``:
12,50 EUR with two decimals is 1250. A VAT rate has two decimals: 19 % is 1900.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

RATE_UNIT = 10_000
"""One whole (100 %) in the scale of VAT rates."""

_DECIMAL = re.compile(r"(?P<sign>-?)(?P<whole>\d+)(?:[.,](?P<fraction>\d+))?")


def divide_half_up(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` by commercial rounding: a half goes away from zero.

    What is cancelled therefore rounds exactly as what it cancels. ``denominator`` is positive.
    """
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def vat_of_gross(gross: int, rate: int) -> int:
    """The VAT inside ``gross`` at ``rate`` (two decimals), in the scale of ``gross``."""
    return divide_half_up(gross * rate, RATE_UNIT + rate)


def split_gross(gross: int, rate: int) -> tuple[int, int]:
    """Net and VAT of ``gross``; they add up to it exactly."""
    vat = vat_of_gross(gross, rate)
    return gross - vat, vat


def share_vat(gross_amounts: Sequence[int], rate: int) -> list[int]:
    """The VAT of each of several lines of one rate, adding up to the VAT of their sum.

    Rounding line by line drifts by up to half a cent a line. Here each line gets what the VAT of
    the running sum grows by, so a line is at most one unit off and the sum is right.
    """
    shares: list[int] = []
    running = taken = 0
    for gross in gross_amounts:
        running += gross
        vat = vat_of_gross(running, rate)
        shares.append(vat - taken)
        taken = vat
    return shares


def line_gross(quantity: int, unit_price: int, factor: int = 1000) -> int:
    """MENGE / FAKTOR * STK_BR in cents, rounded half up.

    ``quantity`` and ``factor`` have three decimals, ``unit_price`` has five.
    """
    return divide_half_up(quantity * unit_price, factor * 1000)


def rescale(value: int, decimals: int, to_decimals: int) -> int:
    """The same amount with ``to_decimals`` decimals, rounded half up where there are fewer."""
    if to_decimals >= decimals:
        return value * int(10 ** (to_decimals - decimals))
    return divide_half_up(value, int(10 ** (decimals - to_decimals)))


def decimal_text(value: int, decimals: int, point: str = ".") -> str:
    """The amount as people and processData write it: ``decimal_text(-1250, 2) == "-12.50"``."""
    if decimals == 0:
        return str(value)
    whole, fraction = divmod(abs(value), int(10**decimals))
    return f"{'-' if value < 0 else ''}{whole}{point}{fraction:0{decimals}d}"


def parse_decimal(text: str, decimals: int) -> int:
    """The scaled amount of a text such as ``-12.50``, ``12,5`` or ``12``.

    Takes a dot or a comma before the decimals and no grouping. Raises ``ValueError`` for anything
    else, and for more decimals than the amount can hold.
    """
    match = _DECIMAL.fullmatch(text.strip())
    if match is None or not text.isascii():
        raise ValueError(f"no amount: {text!r}")
    fraction = match["fraction"] or ""
    if len(fraction) > decimals:
        raise ValueError(f"more than {decimals} decimals: {text!r}")
    value = int(match["whole"] + fraction.ljust(decimals, "0"))
    return -value if match["sign"] else value
