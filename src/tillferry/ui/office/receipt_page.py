"""A receipt with all that belongs to it, to be read and printed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from nicegui import ui

from tillferry.errors import TillferryError
from tillferry.office.receipts import ReceiptKey, ReceiptLine, ReceiptView, VatShare
from tillferry.ui.office.books_words import (
    amount,
    html_table,
    number,
    receipt_link,
    soft,
    till_name,
)
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, heading, key, link, named, text
from tillferry.ui.office.words import NONE, Words
from tillferry.wiring import bookkeeping, office_admin
from tillferry.wiring.office import Office

Fact = tuple[str, str]
"""A code of a heading and what is said, as HTML."""

_USUAL: Final = "Umsatz"


async def show(page: Page) -> None:
    """The whole page."""
    words = page.words
    link(words("page_receipt_back"), "/closings", "noprint", test="back")
    try:
        wanted = _key(page.query)
        found, outlet = await page.room.read(lambda office: _read(office, wanted))
    except TillferryError as error:
        message, hint = words.error(error)
        heading(words("page_receipt"), 1)
        with box("card"):
            text(message, "bad", test="error")
            text(hint)
        return
    _Receipt(page.words, found, outlet).draw()


def _key(query: dict[str, str]) -> ReceiptKey:
    """The receipt that an address names. Raises ``receipt_not_found``."""
    till_id, z_nr, bon_id = (query.get(name, "") for name in ("till", "z", "bon"))
    if not (_is_number(till_id) and _is_number(z_nr)):
        raise TillferryError(
            "receipt_not_found", till=till_id[:20], z_nr=z_nr[:20], bon_id=bon_id[:40]
        )
    return ReceiptKey(int(till_id), int(z_nr), bon_id)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def _read(office: Office, wanted: ReceiptKey) -> tuple[ReceiptView, str]:
    found = bookkeeping.receipt_of(office, wanted)
    records = office_admin.records(office)
    details = records.till_details().get(wanted.till_id)
    names = {each.outlet_id: each.name for each in records.outlets()}
    return found, names.get(details.outlet_id, "") if details else ""


class _Receipt:
    def __init__(self, words: Words, found: ReceiptView, outlet: str) -> None:
        self._words = words
        self._found = found
        self._outlet = outlet

    def draw(self) -> None:
        words, found = self._words, self._found
        with box("spread"):
            heading(_title(words, found), 1)
            print_it = "window.print()"
            key(
                words("page_print"),
                lambda: ui.run_javascript(print_it),
                look="noprint",
                icon="print",
                test="print",
            )
        if found.is_cancellation:
            with box("banner"):
                text(words("receipt_cancellation"), test="cancellation")
        with box("card"):
            _facts(words, self._head(), "head")
        with box("card"):
            heading(words("page_receipt_lines"))
            self._lines()
        with box("halves"):
            with box("card"):
                heading(words("page_receipt_payments"))
                self._payments()
            with box("card"):
                heading(words("page_receipt_vat"))
                self._vat()
        if found.references or found.referenced_by:
            with box("card"):
                heading(words("page_receipt_references"))
                self._references()
        with box("card"):
            heading(words("page_receipt_tse"))
            self._signatures()
        with box("card"):
            heading(words("page_receipt_delivery"))
            self._delivery()

    # --- the parts ---

    def _head(self) -> list[Fact]:
        words, found, customer = self._words, self._found, self._found.customer
        address = f"{customer.postcode} {customer.city}".strip()
        parts = (customer.name, customer.number, customer.street, address, customer.country)
        texts = {
            "page_column_till": till_name(found.till),
            "page_column_outlet": self._outlet,
            "page_column_day": words.day(found.business_day),
            "page_column_z_nr": str(found.closing.z_nr),
            "column_bon_id": found.key.bon_id,
            "column_bon_nr": "" if found.bon_nr is None else str(found.bon_nr),
            "page_receipt_kind": f"{found.bon_typ} {found.bon_name}".strip(),
            "page_receipt_started": words.moment(found.started),
            "page_receipt_ended": words.moment(found.ended),
            "column_cashier": _with_number(found.cashier_name, found.cashier_id),
            "page_receipt_terminal": found.terminal,
            "page_receipt_groups": ", ".join(found.groups),
            "page_receipt_customer": ", ".join(part for part in parts if part),
            "page_receipt_vat_id": customer.vat_id,
            "page_receipt_note": found.note,
        }
        return [(code, escape(said)) for code, said in texts.items() if said]

    def _lines(self) -> None:
        words, found = self._words, self._found
        codes = (
            "column_quantity",
            "column_text",
            "column_vat",
            "column_price",
            "figure_column_gross",
        )
        html_table(
            words("page_receipt_lines"),
            [words(code) for code in codes],
            [self._line(line) for line in found.lines],
            right=(0, 2, 3, 4),
            foot=(
                "",
                escape(words("page_receipt_total")),
                "",
                "",
                escape(amount(words, found.gross, found.currency)),
            ),
            test="lines",
        )

    def _line(self, line: ReceiptLine) -> Sequence[str]:
        words = self._words
        told = [
            f"{line.gv_typ} {line.gv_name}".strip()
            if line.gv_typ != _USUAL or line.gv_name
            else "",
            words("page_receipt_cancelled") if line.is_cancellation else "",
            words("page_receipt_voucher", number=line.voucher) if line.voucher else "",
            words("page_receipt_agency", name=line.agency) if line.agency else "",
            words("page_receipt_here") if line.consumed_here else "",
            words("page_receipt_article", number=line.article_no) if line.article_no else "",
            line.group,
        ]
        cell = escape(line.text or line.gv_name or line.gv_typ)
        cell += soft(" · ".join(part for part in told if part))
        for part in line.price_parts:
            shown = amount(words, part.share.gross)
            cell += soft(f"{_price_part(words, part.kind)}: {shown}")
        for item in line.sub_items:
            count = f"{number(words, item.quantity)} {item.unit}".strip()
            cell += soft(
                f"+ {count} {item.name or item.article_no} {amount(words, item.share.gross)}"
            )
        return (
            escape(f"{number(words, line.quantity)} {line.unit}".strip()),
            cell,
            "<br>".join(escape(_rate(words, share)) for share in line.vat) or NONE,
            escape(amount(words, line.unit_price)),
            escape(amount(words, line.gross)),
        )

    def _payments(self) -> None:
        words, found = self._words, self._found
        if not found.payments:
            text(words("page_receipt_no_payments"), "soft")
            return
        rows = []
        for payment in found.payments:
            foreign = ""
            if payment.foreign is not None and payment.currency not in ("", found.currency):
                foreign = amount(words, payment.foreign, payment.currency)
            shown = escape(amount(words, payment.amount, found.currency))
            rows.append((escape(payment.kind) + soft(payment.name), shown + soft(foreign)))
        html_table(
            words("page_receipt_payments"),
            [words("page_receipt_payment_kind"), words("page_column_amount")],
            rows,
            right=(1,),
            test="payments",
        )

    def _vat(self) -> None:
        words = self._words
        html_table(
            words("page_receipt_vat"),
            [
                words(code)
                for code in (
                    "column_vat",
                    "figure_column_gross",
                    "page_receipt_net",
                    "page_receipt_tax",
                )
            ],
            [
                (
                    escape(_rate(words, share)) + soft(share.description),
                    escape(amount(words, share.gross)),
                    escape(amount(words, share.net)),
                    escape(amount(words, share.vat)),
                )
                for share in self._found.vat
            ],
            right=(1, 2, 3),
            test="vat",
        )

    def _references(self) -> None:
        words, found = self._words, self._found
        rows = []
        for each in found.references:
            named_one = " ".join(
                part
                for part in (
                    each.z_kasse_id,
                    "" if each.z_nr is None else f"Z {each.z_nr}",
                    each.bon_id,
                )
                if part
            )
            shown = escape(named_one or each.name)
            if each.held is not None:
                shown = receipt_link(each.held.till_id, each.held.z_nr, each.held.bon_id, named_one)
            line = words("page_receipt_of_line", line=each.line) if each.line else ""
            rows.append(
                (
                    escape(words("page_receipt_names")) + soft(line),
                    escape(" ".join(part for part in (each.kind, each.name) if part)),
                    shown + soft(_closed(words, each.closed)),
                )
            )
        for by in found.referenced_by:
            shown = receipt_link(by.till_id, by.z_nr, by.bon_id, f"Z {by.z_nr} {by.bon_id}")
            rows.append((escape(words("page_receipt_named_by")), NONE, shown))
        heads = ("page_receipt_direction", "page_receipt_kind", "page_receipt")
        html_table(
            words("page_receipt_references"),
            [words(code) for code in heads],
            rows,
            test="references",
        )

    def _signatures(self) -> None:
        words = self._words
        if not self._found.signatures:
            text(words("page_receipt_no_tse"), "soft")
        for each in self._found.signatures:
            if each.fault:
                with box("banner bad"):
                    text(words("receipt_tse_fault", fault=each.fault))
            numbers = {
                "page_tse_transaction": each.transaction,
                "page_tse_counter": each.counter,
            }
            texts = {
                **{code: str(value) for code, value in numbers.items() if value is not None},
                "page_receipt_started": each.started,
                "page_receipt_ended": each.finished,
                "page_tse_process": each.process,
                "page_tse_serial": each.tse_serial,
                "page_tse_algorithm": each.algorithm,
                "page_tse_time_format": each.time_format,
                "page_tse_data": each.data,
                "page_tse_signature": each.signature,
            }
            facts = [
                (code, f'<span class="code">{escape(said)}</span>')
                for code, said in texts.items()
                if said
            ]
            _facts(words, facts, "tse")

    def _delivery(self) -> None:
        words, delivery = self._words, self._found.delivery
        if delivery is None:
            text(words("page_receipt_no_delivery"), "soft")
            return
        facts = {
            "page_delivery_name": escape(delivery.name),
            "page_delivery_kind": escape(words(f"page_delivery_{delivery.kind}")),
            "page_delivery_carrier": escape(delivery.carrier),
            "page_delivery_received": escape(words.moment(delivery.received_at)),
            "page_delivery_size": escape(words.size(delivery.size_bytes)),
            "page_delivery_sha256": f'<span class="code">{escape(delivery.sha256)}</span>',
        }
        _facts(words, [(code, said) for code, said in facts.items() if said], "delivery")


def _title(words: Words, found: ReceiptView) -> str:
    shown = found.key.bon_id if found.bon_nr is None else str(found.bon_nr)
    return words("page_receipt_title", number=shown)


def _facts(words: Words, facts: Sequence[Fact], test: str) -> None:
    """What is said of something, each with its heading."""
    inner = "".join(
        f"<div><dt>{escape(words(code))}</dt><dd>{said}</dd></div>" for code, said in facts
    )
    named(ui.html(inner, sanitize=False, tag="dl").classes("facts"), test)


def _closed(words: Words, moment: str) -> str:
    """When the closing of a named receipt was made; as it was written where that is no time."""
    if not moment:
        return ""
    try:
        return words("page_receipt_closed", at=words.moment(moment))
    except ValueError:
        return words("page_receipt_closed", at=moment)


def _price_part(words: Words, kind: str) -> str:
    known = {"base_amount": "base", "discount": "discount", "extra_amount": "extra"}
    return words(f"page_price_{known[kind]}") if kind in known else kind


def _rate(words: Words, share: VatShare) -> str:
    if share.rate is None:
        return words("page_vat_key", key=share.key)
    return f"{number(words, share.rate)}\N{NO-BREAK SPACE}%"


def _with_number(name: str, number_of: str) -> str:
    return (
        f"{name} ({number_of})" if name and number_of and name != number_of else name or number_of
    )
