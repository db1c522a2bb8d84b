"""Rows, lines and JSON of receipts and of what does not meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tillferry.cli.language import current, hint, words
from tillferry.cli.output import day, money, plain_money, say, table
from tillferry.office.till_admin import label

if TYPE_CHECKING:
    from tillferry.office.bookkeeping import BookCheck, BookFinding
    from tillferry.office.receipts import FoundReceipt, ReceiptView

_SHOWN_RECEIPTS = 8


def check_json(found: BookCheck) -> dict[str, object]:
    """What does not meet, for programs."""
    return {
        "closings": found.closings,
        "stopped": found.stopped,
        "found": [
            {
                "till": label(each.till),
                "z_nr": each.z_nr,
                "business_day": each.business_day.isoformat(),
                "findings": [_finding_json(told) for told in each.findings],
            }
            for each in found.found
        ],
    }


def _finding_json(told: BookFinding) -> dict[str, object]:
    params = dict(told.params)
    return {
        "code": told.code,
        "severity": told.severity.value,
        "message": words(told.code, **params),
        "hint": hint(told.code, **params),
        "table": told.table,
        "column": told.column,
        "receipts": list(told.receipts),
        "receipt_count": told.receipt_count,
    }


def show_check(found: BookCheck) -> None:
    """The same for people."""
    for each in found.found:
        say("bookcheck_closing", till=label(each.till), z_nr=each.z_nr, day=day(each.business_day))
        for told in each.findings:
            say("import_finding", text=words(told.code, **dict(told.params)))
            if told.receipts:
                say("bookcheck_receipts", receipts=_receipts(told))
    if found.found:
        count = sum(len(each.findings) for each in found.found)
        say("bookcheck_bad", closings=found.closings, findings=count, count=len(found.found))
    else:
        say("bookcheck_good", closings=found.closings)


def _receipts(told: BookFinding) -> str:
    shown = ", ".join(told.receipts[:_SHOWN_RECEIPTS])
    more = told.receipt_count - min(len(told.receipts), _SHOWN_RECEIPTS)
    return words("bookcheck_more", receipts=shown, count=more) if more else shown


def found_row(found: FoundReceipt, names: Mapping[int, str]) -> list[str]:
    """One line of a search."""
    return [
        names[found.till_id],
        str(found.z_nr),
        day(found.business_day),
        found.bon_id,
        "–" if found.bon_nr is None else str(found.bon_nr),
        found.ended[11:16],
        found.cashier,
        money(found.gross_cents),
    ]


def found_json(found: FoundReceipt, names: Mapping[int, str]) -> dict[str, object]:
    """The same for programs."""
    return {
        "till": names[found.till_id],
        "z_nr": found.z_nr,
        "business_day": found.business_day.isoformat(),
        "bon_id": found.bon_id,
        "bon_nr": found.bon_nr,
        "bon_typ": found.bon_typ,
        "is_cancellation": found.is_cancellation,
        "ended": found.ended,
        "cashier": found.cashier,
        "gross": plain_money(found.gross_cents),
    }


def receipt_json(found: ReceiptView) -> dict[str, object]:
    """A receipt for programs; of its till only what it is called."""
    whole = {
        name: _plain(value)
        for name, value in asdict(found).items()
        if name not in ("till", "closing", "key")
    }
    return {
        "till": label(found.till),
        "till_name": found.till.name,
        "z_nr": found.closing.z_nr,
        "z_kasse_id": found.closing.z_kasse_id,
        "bon_id": found.key.bon_id,
        **whole,
    }


def _plain(value: Any) -> Any:
    """A value for JSON: numbers as decimal texts, days as texts."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def show_receipt(found: ReceiptView) -> None:
    """A receipt for people."""
    say(
        "receipt_head",
        till=label(found.till),
        name=found.till.name,
        z_nr=found.closing.z_nr,
        day=day(found.business_day),
        bon_id=found.key.bon_id,
        bon_nr="–" if found.bon_nr is None else found.bon_nr,
        kind=f"{found.bon_typ} {found.bon_name}".strip(),
    )
    cashier = found.cashier_name or found.cashier_id
    say("receipt_times", started=found.started, ended=found.ended, cashier=cashier)
    if found.is_cancellation:
        say("receipt_cancellation")
    if found.customer.name:
        customer = found.customer
        parts = (customer.name, customer.street, f"{customer.postcode} {customer.city}".strip())
        say("receipt_customer", customer=", ".join(part for part in parts if part))
    if found.note:
        say("receipt_note", note=found.note)
    table(
        [
            ("column_quantity", True),
            ("column_text", False),
            ("column_gv_typ", False),
            ("column_vat", True),
            ("column_price", True),
            ("column_gross", True),
        ],
        [
            [
                _number(line.quantity),
                line.text,
                f"{line.gv_typ} {line.gv_name}".strip(),
                ", ".join(_number(share.rate) for share in line.vat),
                _amount(line.unit_price),
                _amount(line.gross),
            ]
            for line in found.lines
        ],
    )
    say("receipt_total", gross=_amount(found.gross), currency=found.currency)
    for payment in found.payments:
        foreign = (
            "" if payment.foreign is None else f" ({_amount(payment.foreign)} {payment.currency})"
        )
        amount = f"{_amount(payment.amount)} {found.currency}{foreign}"
        say("receipt_payment", kind=payment.kind, name=payment.name, amount=amount)
    for share in found.vat:
        say(
            "receipt_vat",
            key=share.key,
            rate=_number(share.rate),
            gross=_amount(share.gross),
            net=_amount(share.net),
            vat=_amount(share.vat),
        )
    _show_around(found)


def _show_around(found: ReceiptView) -> None:
    """What a receipt names and is named by, its signatures, and what brought it."""
    for each in found.references:
        z_nr = "–" if each.z_nr is None else each.z_nr
        say("receipt_names", kind=each.kind, bon_id=each.bon_id, z_nr=z_nr)
    for key in found.referenced_by:
        say("receipt_named_by", bon_id=key.bon_id, z_nr=key.z_nr)
    for signature in found.signatures:
        if signature.fault:
            say("receipt_tse_fault", fault=signature.fault)
        else:
            say(
                "receipt_signature",
                serial=signature.tse_serial[:16],
                transaction="–" if signature.transaction is None else signature.transaction,
                counter="–" if signature.counter is None else signature.counter,
                signature=signature.signature[:24],
            )
    if found.delivery is not None:
        delivery = found.delivery
        say(
            "receipt_delivery",
            name=delivery.name,
            sha256=delivery.sha256[:12],
            received=delivery.received_at,
        )


def _amount(value: Decimal | None) -> str:
    """An amount with as many decimals as it has, at least two."""
    if value is None:
        return "–"
    cents = value.scaleb(2)
    return money(int(cents)) if cents == int(cents) else _number(value)


def _number(value: Decimal | None) -> str:
    """A number without zeros at its end."""
    if value is None:
        return "–"
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", ",") if current() == "de" else text
