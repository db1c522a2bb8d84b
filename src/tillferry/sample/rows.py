"""Receipts as rows of the DSFinV-K tables, and the closing's totals over them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tillferry.closing.money import share_vat, split_gross
from tillferry.closing.tables import TURNOVER_BON_TYPE
from tillferry.sample.calendar import local_text
from tillferry.sample.catalogue import BY_NUMBER, RATES
from tillferry.sample.masters import TERMINAL
from tillferry.sample.own import staff
from tillferry.sample.receipts import Line, Payment, Receipt
from tillferry.sample.tse import Row

_CENT = 1000
"""One cent in a column of five decimals."""

_CaseKey = tuple[str, str | None, int, int]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a cancelled receipt stands: its closing's Z_ERSTELLUNG, till and number."""

    z_erstellung: str
    z_kasse_id: str
    z_nr: int
    bon_id: str


@dataclass
class DayRows:
    """The rows of a day by table, each in its schema's order, and the sums over BON_TYP Beleg."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    cases: dict[_CaseKey, list[int]] = field(default_factory=dict)
    payments: dict[tuple[str, str | None], int] = field(default_factory=dict)
    cash: dict[str, int] = field(default_factory=dict)

    def add(
        self, bon_id: str, start: int, end: int, receipt: Receipt, origin: Origin | None
    ) -> dict[int, int]:
        """Add a receipt; gives its gross in cents by VAT key. ``origin`` is what it cancels."""
        self._add_head(bon_id, start, end, receipt)
        for payment in receipt.payments:
            self._add_payment(bon_id, payment, receipt.bon_typ)
        vat_of_line, by_key = _vat(receipt.lines)
        for position, line in enumerate(receipt.lines, start=1):
            self._add_line(bon_id, str(position), line, vat_of_line[position - 1], receipt)
        for key in sorted(by_key):
            gross, vat = by_key[key]
            self.rows["transactions_vat"].append(
                (bon_id, key, gross * _CENT, (gross - vat) * _CENT, vat * _CENT)
            )
        if receipt.table:
            self.rows["allocation_groups"].append((bon_id, receipt.table))
        if origin:
            self.rows["references"].append(
                (
                    bon_id,
                    None,
                    "Transaktion",
                    None,
                    origin.z_erstellung,
                    origin.z_kasse_id,
                    origin.z_nr,
                    origin.bon_id,
                )
            )
        return {key: gross for key, (gross, _) in by_key.items()}

    def add_totals(self) -> None:
        """Add the rows of the closing itself: business cases, payments and cash."""
        self.rows["businesscases"] = [
            (*key, *(amount * _CENT for amount in amounts)) for key, amounts in self.cases.items()
        ]
        self.rows["payment"] = [(*key, amount) for key, amount in self.payments.items()]
        self.rows["cash_per_currency"] = list(self.cash.items())

    @property
    def all_payments(self) -> int:
        """Z_SE_ZAHLUNGEN in cents."""
        return sum(self.payments.values())

    @property
    def cash_payments(self) -> int:
        """Z_SE_BARZAHLUNGEN in cents, in the base currency."""
        return sum(amount for (kind, _), amount in self.payments.items() if kind == "Bar")

    def _add_head(self, bon_id: str, start: int, end: int, receipt: Receipt) -> None:
        customer = receipt.customer
        if customer:
            name, number, kind, street, postcode, town = customer
            who: Row = (name, number, kind, street, postcode, town, "DEU", None)
        else:
            who = (None,) * 8
        self.rows["transactions"].append(
            (
                bon_id,
                receipt.number,
                receipt.bon_typ,
                None,
                TERMINAL if receipt.table else None,
                "1" if receipt.is_storno else "0",
                local_text(start),
                local_text(end),
                *staff(receipt.clerk),
                receipt.gross,
                *who,
                receipt.note,
            )
        )

    def _add_payment(self, bon_id: str, payment: Payment, bon_typ: str) -> None:
        self.rows["datapayment"].append(
            (
                bon_id,
                payment.kind,
                payment.name,
                payment.currency,
                payment.foreign,
                payment.amount,
            )
        )
        if bon_typ != TURNOVER_BON_TYPE:
            return
        key = (payment.kind, payment.name)
        self.payments[key] = self.payments.get(key, 0) + payment.amount
        if payment.kind == "Bar":
            amount = payment.amount if payment.foreign is None else payment.foreign
            self.cash[payment.currency] = self.cash.get(payment.currency, 0) + amount

    def _add_line(self, bon_id: str, position: str, line: Line, vat: int, receipt: Receipt) -> None:
        article = line.article
        self.rows["lines"].append(
            (
                bon_id,
                position,
                line.voucher,
                line.text,
                TERMINAL if receipt.table else None,
                line.gv_typ,
                line.gv_name,
                line.inhaus,
                "0",
                line.agency,
                *(
                    (article.number, article.gtin, article.group_id, article.group)
                    if article
                    else (None, None, None, None)
                ),
                line.quantity,
                _CENT,
                article.unit if article else None,
                line.unit_price,
            )
        )
        net = line.gross - vat
        self.rows["lines_vat"].append(
            (bon_id, position, line.vat_key, line.gross * _CENT, net * _CENT, vat * _CENT)
        )
        if line.base_gross is not None:
            self._add_price(bon_id, position, line, line.base_gross, vat)
        if article and article.parts:
            self._add_parts(bon_id, position, article.parts, line)
        if receipt.bon_typ == TURNOVER_BON_TYPE:
            sums = self.cases.setdefault(
                (line.gv_typ, line.gv_name, line.agency, line.vat_key), [0, 0, 0]
            )
            sums[0] += line.gross
            sums[1] += net
            sums[2] += vat

    def _add_price(self, bon_id: str, position: str, line: Line, base_gross: int, vat: int) -> None:
        base_net, base_vat = split_gross(base_gross, RATES[line.vat_key])
        off = line.gross - base_gross
        off_vat = vat - base_vat
        self.rows["itemamounts"] += [
            (
                bon_id,
                position,
                "base_amount",
                line.vat_key,
                base_gross * _CENT,
                base_net * _CENT,
                base_vat * _CENT,
            ),
            (
                bon_id,
                position,
                "discount",
                line.vat_key,
                off * _CENT,
                (off - off_vat) * _CENT,
                off_vat * _CENT,
            ),
        ]

    def _add_parts(self, bon_id: str, position: str, parts: tuple[str, ...], line: Line) -> None:
        for number in parts:
            part = BY_NUMBER[number]
            net, vat = split_gross(part.price, RATES[line.vat_key])
            self.rows["subitems"].append(
                (
                    bon_id,
                    position,
                    part.number,
                    part.gtin,
                    part.text,
                    part.group_id,
                    part.group,
                    line.quantity,
                    _CENT,
                    None,
                    line.vat_key,
                    part.price * _CENT,
                    net * _CENT,
                    vat * _CENT,
                )
            )


def _vat(lines: list[Line]) -> tuple[list[int], dict[int, tuple[int, int]]]:
    """The VAT of each line, and gross and VAT by key: the lines add up to the receipt."""
    of_key: dict[int, list[int]] = defaultdict(list)
    for position, line in enumerate(lines):
        of_key[line.vat_key].append(position)
    vat_of_line = [0] * len(lines)
    by_key: dict[int, tuple[int, int]] = {}
    for key, positions in of_key.items():
        grosses = [lines[position].gross for position in positions]
        shares = share_vat(grosses, RATES[key])
        for position, share in zip(positions, shares, strict=True):
            vat_of_line[position] = share
        by_key[key] = (sum(grosses), sum(shares))
    return vat_of_line, by_key
