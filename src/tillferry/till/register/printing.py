"""A receipt as lines of text, and onto an ESC/POS printer."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tillferry.closing.money import decimal_text
from tillferry.errors import TillferryError
from tillferry.till.register.receipt import BookedLine, Receipt
from tillferry.till.register.values import RegisterSettings

WIDTH: Final = 42
"""Characters in a line of an 80 mm printer in its usual font."""

_HEADINGS: Final = {
    "AVBestellung": "BESTELLUNG - kein Beleg",
    "AVTraining": "TRAINING - KEIN BELEG",
    "AVBelegabbruch": "ABBRUCH - kein Beleg",
}
_DATE_SECONDS: Final = 19


@dataclass(frozen=True, slots=True)
class PrintedReceipt:
    """A receipt for people: its lines of text, each at most ``WIDTH`` characters."""

    bon_id: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All lines, one below the other."""
        return "\n".join(self.lines) + "\n"


def receipt_text(receipt: Receipt, settings: RegisterSettings) -> PrintedReceipt:
    """What the guest gets; German, as the law of the place asks for."""
    company, outlet = settings.company, settings.outlet
    lines = [
        line
        for text in (
            outlet.name,
            company.name if company.name != outlet.name else "",
            outlet.street,
            f"{outlet.postcode} {outlet.town}".strip(),
            f"St.-Nr. {settings.stnr}" if settings.stnr else "",
            f"USt-IdNr. {settings.ustid}" if settings.ustid else "",
        )
        if text
        for line in _centred(text)
    ]
    heading = "STORNO" if receipt.cancels else _HEADINGS.get(receipt.bon_typ, "")
    if heading:
        lines += ["", *_centred(f"*** {heading} ***")]
    lines += ["", _pair(f"Beleg {receipt.bon_nr}", receipt.end[:_DATE_SECONDS].replace("T", " "))]
    lines.append(_pair(f"Kasse {settings.serial}"[:WIDTH], f"Bedienung {receipt.person_name}"))
    if receipt.table:
        lines.append(f"Tisch {receipt.table}"[:WIDTH])
    if receipt.cancels:
        lines.append(f"Storno zu Vorgang {receipt.cancels}"[:WIDTH])
    lines.append("-" * WIDTH)
    for line in receipt.lines:
        lines += _position(line)
    lines += ["=" * WIDTH, _pair("Summe EUR", _money(receipt.gross))]
    lines += _payments(receipt)
    lines += _vat(receipt, settings)
    if receipt.note:
        lines += textwrap.wrap(receipt.note, WIDTH)
    lines += _device(receipt)
    if settings.receipt_footer:
        lines += [
            "",
            *(line for text in settings.receipt_footer.splitlines() for line in _centred(text)),
        ]
    return PrintedReceipt(receipt.bon_id, tuple(lines))


def print_receipt(printed: PrintedReceipt, printer: str, *, open_drawer: bool = False) -> None:
    """Send it to the printer of the settings. ``printer_failed`` names what went wrong."""
    device = _device_at(printer)
    try:
        device.text(printed.text)
        device.cut()
        if open_drawer:
            device.cashdraw(2)
    except Exception as error:
        # The library raises errors of its own and of every transport.
        raise TillferryError("printer_failed", printer=printer, reason=error) from error
    finally:
        device.close()


def _device_at(printer: str) -> Any:
    # Imported here: it loads drivers for every kind of printer.
    from escpos.printer import File, Network

    kind, _, where = printer.partition(":")
    try:
        if kind == "network" and where:
            device = Network(where, timeout=5)
        elif kind == "file" and where:
            device = File(where)
        else:
            raise ValueError("network:HOST or file:PATH")
        device.open()
    except Exception as error:
        raise TillferryError("printer_failed", printer=printer, reason=error) from error
    return device


def _position(line: BookedLine) -> Sequence[str]:
    amount = f"{_money(line.gross)} {line.vat_key}"
    texts = textwrap.wrap(line.text, WIDTH - len(amount) - 1) or [""]
    found = [_pair(texts[0], amount), *(f"  {text}" for text in texts[1:])]
    if line.quantity not in (1000, -1000):
        price = decimal_text(line.unit_price // 1000, 2, ",")
        found.append(f"  {_quantity(line.quantity)} {line.unit or 'x'} {price}"[:WIDTH])
    if line.base_gross is not None:
        off = _money(line.gross - line.base_gross)
        found.append(f"  {line.discount} {off} (statt {_money(line.base_gross)})"[:WIDTH])
    if line.voucher:
        found.append(f"  Nr. {line.voucher}"[:WIDTH])
    return found


def _payments(receipt: Receipt) -> list[str]:
    found = []
    for payment in receipt.payments:
        if payment.kind == "Bar" and receipt.given:
            found.append(_pair("Bar gegeben", _money(receipt.given)))
        elif payment.kind != "Keine":
            found.append(_pair(payment.name, _money(payment.amount)))
    if receipt.change:
        found.append(_pair("Rückgeld", _money(receipt.change)))
    return found


def _vat(receipt: Receipt, settings: RegisterSettings) -> list[str]:
    found = ["", f"{'USt':<12}{'Netto':>10}{'USt':>10}{'Brutto':>10}"]
    for key, (gross, vat) in sorted(receipt.vat_sums().items()):
        rate = next((entry.rate for entry in settings.vat if entry.key == key), 0)
        name = f"{key} = {decimal_text(rate, 2, ',')} %"
        found.append(f"{name:<12}{_money(gross - vat):>10}{_money(vat):>10}{_money(gross):>10}")
    return found


def _device(receipt: Receipt) -> list[str]:
    tse = receipt.tse
    found = [""]
    if tse.fault:
        found += textwrap.wrap(tse.fault, WIDTH)
    if tse.signature:
        found.append(f"TSE-Transaktion {tse.transaction}, Zähler {tse.counter}"[:WIDTH])
        found += textwrap.wrap(f"Start {tse.start} Ende {tse.end}", WIDTH)
        found += textwrap.wrap(tse.signature, WIDTH)
    return found


def _pair(left: str, right: str) -> str:
    space = WIDTH - len(right) - 1
    return f"{left[:space]:<{space}} {right}"


def _centred(text: str) -> list[str]:
    return [line.center(WIDTH).rstrip() for line in textwrap.wrap(text, WIDTH)]


def _money(cents: int) -> str:
    return decimal_text(cents, 2, ",")


def _quantity(quantity: int) -> str:
    return str(quantity // 1000) if quantity % 1000 == 0 else decimal_text(quantity, 3, ",")
