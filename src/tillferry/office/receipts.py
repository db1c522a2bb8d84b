"""A receipt of a held closing with all that belongs to it, and the way to it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow.compute as pc

from tillferry.closing.model import ClosingBatch
from tillferry.closing.seams import HeldClosing, Journal, Till
from tillferry.closing.tables import BASE_CURRENCY, TABLES_BY_NAME, Kind
from tillferry.errors import TillferryError
from tillferry.journal.receipts import (
    FoundReceipt,
    Sought,
    closings_named,
    find_receipts,
    has_receipt,
    references_to,
)
from tillferry.office.receipt_values import (
    Customer,
    PricePart,
    ReceiptKey,
    ReceiptLine,
    ReceiptPayment,
    ReceiptReference,
    ReceiptSignature,
    ReceiptView,
    SubItem,
    VatShare,
)

__all__ = [
    "Customer",
    "FoundReceipt",
    "PricePart",
    "ReceiptKey",
    "ReceiptLine",
    "ReceiptPayment",
    "ReceiptReference",
    "ReceiptSignature",
    "ReceiptView",
    "Sought",
    "SubItem",
    "VatShare",
    "find_receipts",
    "view_receipt",
]


def view_receipt(journal: Journal, till: Till, z_nr: int, bon_id: str) -> ReceiptView:
    """A receipt; reads its closing and no other.

    Raises ``closing_not_held`` and ``receipt_not_found``.
    """
    held = journal.held(till.till_id, [z_nr]).get(z_nr)
    batch = next(iter(journal.read(till.till_id, [z_nr])), None) if held else None
    if held is None or batch is None:
        raise TillferryError(
            "closing_not_held", till=till.customer_number or till.serial, z_nr=z_nr
        )
    rows = _Rows(batch, bon_id)
    heads = rows.of("transactions")
    if not heads:
        raise TillferryError(
            "receipt_not_found",
            till=till.customer_number or till.serial,
            z_nr=z_nr,
            bon_id=bon_id[:40],
        )
    return _View(journal, till, held, rows).receipt(heads[0])


class _Rows:
    """The rows of one receipt and the master data of its closing, as Python values."""

    def __init__(self, batch: ClosingBatch, bon_id: str) -> None:
        self._batch = batch
        self._bon_id = bon_id
        self.rates = {row["ust_schluessel"]: row for row in self.masters("vat")}

    def of(self, table: str) -> list[dict[str, Any]]:
        rows = self._batch.table(table)
        return _values(table, rows.filter(pc.equal(rows["bon_id"], self._bon_id)))

    def masters(self, table: str) -> list[dict[str, Any]]:
        return _values(table, self._batch.table(table))

    def share(self, row: dict[str, Any], key: str, gross: str, net: str, vat: str) -> VatShare:
        """The amounts of a row at its VAT key; one that is left out is worked out."""
        whole, without, tax = row[gross], row[net], row[vat]
        if whole is None:
            whole = (without or Decimal(0)) + (tax or Decimal(0))
        if without is None:
            without = whole - (tax or Decimal(0))
        master = self.rates.get(row[key])
        return VatShare(
            row[key] or 0,
            master["ust_satz"] if master else None,
            (master["ust_beschr"] or "") if master else "",
            whole,
            without,
            whole - without if tax is None else tax,
        )


def _values(table: str, rows: Any) -> list[dict[str, Any]]:
    spec = TABLES_BY_NAME[table]
    scaled = {
        column.name: column.decimals
        for column in spec.columns
        if column.kind is Kind.NUMBER and column.decimals
    }
    found: list[dict[str, Any]] = rows.to_pylist()
    for row in found:
        for name, decimals in scaled.items():
            if row[name] is not None:
                row[name] = Decimal(row[name]).scaleb(-decimals)
    return found


@dataclass(frozen=True, slots=True)
class _View:
    journal: Journal
    till: Till
    held: HeldClosing
    rows: _Rows

    def receipt(self, head: dict[str, Any]) -> ReceiptView:
        rows = self.rows
        registers = rows.masters("cashregister")
        bon_id = head["bon_id"]
        return ReceiptView(
            key=ReceiptKey(self.till.till_id, self.held.z_nr, bon_id),
            till=self.till,
            closing=self.held,
            business_day=self.held.business_day,
            bon_nr=head["bon_nr"],
            bon_typ=head["bon_typ"] or "",
            bon_name=head["bon_name"] or "",
            is_cancellation=head["bon_storno"] == "1",
            started=head["bon_start"] or "",
            ended=head["bon_ende"] or "",
            terminal=head["terminal_id"] or "",
            cashier_id=head["bediener_id"] or "",
            cashier_name=head["bediener_name"] or "",
            gross=head["ums_brutto"] or Decimal("0.00"),
            currency=(registers[0]["kasse_basiswaeh_code"] if registers else "") or BASE_CURRENCY,
            customer=Customer(
                *(
                    head[f"kunde_{name}"] or ""
                    for name in ("name", "id", "typ", "strasse", "plz", "ort", "land", "ustid")
                )
            ),
            note=head["bon_notiz"] or "",
            groups=tuple(
                row["abrechnungskreis"]
                for row in rows.of("allocation_groups")
                if row["abrechnungskreis"]
            ),
            lines=self._lines(),
            payments=tuple(
                ReceiptPayment(
                    row["zahlart_typ"] or "",
                    row["zahlart_name"] or "",
                    row["zahlwaeh_code"] or "",
                    row["basiswaeh_betrag"] or Decimal("0.00"),
                    row["zahlwaeh_betrag"],
                )
                for row in rows.of("datapayment")
            ),
            vat=tuple(
                rows.share(row, "ust_schluessel", "bon_brutto", "bon_netto", "bon_ust")
                for row in rows.of("transactions_vat")
            ),
            references=self._references(),
            referenced_by=self._referenced_by(bon_id),
            signatures=self._signatures(),
            delivery=self.journal.delivery(self.held.delivery),
        )

    def _lines(self) -> tuple[ReceiptLine, ...]:
        rows = self.rows
        vat, parts, inside = (
            _by_line(rows.of(table)) for table in ("lines_vat", "itemamounts", "subitems")
        )
        agencies = {row["agentur_id"]: row["agentur_name"] for row in rows.masters("pa")}
        found = []
        for row in rows.of("lines"):
            number = row["pos_zeile"]
            shares = tuple(
                rows.share(each, "ust_schluessel", "pos_brutto", "pos_netto", "pos_ust")
                for each in vat.get(number, ())
            )
            found.append(
                ReceiptLine(
                    number=number or "",
                    text=row["artikeltext"] or "",
                    gv_typ=row["gv_typ"] or "",
                    gv_name=row["gv_name"] or "",
                    article_no=row["art_nr"] or "",
                    group=row["warengr"] or row["warengr_id"] or "",
                    voucher=row["gutschein_nr"] or "",
                    agency=_agency(agencies, row["agentur_id"]),
                    consumed_here=row["inhaus"] == "1",
                    is_cancellation=row["p_storno"] == "1",
                    quantity=row["menge"],
                    factor=row["faktor"],
                    unit=row["einheit"] or "",
                    unit_price=row["stk_br"],
                    gross=sum((share.gross for share in shares), Decimal(0)),
                    vat=shares,
                    price_parts=tuple(
                        PricePart(
                            each["typ"] or "",
                            rows.share(each, "ust_schluessel", "pf_brutto", "pf_netto", "pf_ust"),
                        )
                        for each in parts.get(number, ())
                    ),
                    sub_items=tuple(self._sub_item(each) for each in inside.get(number, ())),
                )
            )
        return tuple(found)

    def _sub_item(self, row: dict[str, Any]) -> SubItem:
        return SubItem(
            row["zi_art_nr"] or "",
            row["zi_name"] or "",
            row["zi_warengr"] or row["zi_warengr_id"] or "",
            row["zi_menge"],
            row["zi_einheit"] or "",
            self.rows.share(
                row,
                "zi_ust_schluessel",
                "zi_basispreis_brutto",
                "zi_basispreis_netto",
                "zi_basispreis_ust",
            ),
        )

    def _references(self) -> tuple[ReceiptReference, ...]:
        return tuple(
            ReceiptReference(
                row["pos_zeile"] or "",
                row["ref_typ"] or "",
                row["ref_name"] or "",
                row["ref_datum"] or "",
                row["ref_z_kasse_id"] or "",
                row["ref_z_nr"],
                row["ref_bon_id"] or "",
                self._where(row) if row["ref_typ"] == "Transaktion" else None,
            )
            for row in self.rows.of("references")
        )

    def _where(self, row: dict[str, Any]) -> ReceiptKey | None:
        """Where the named receipt is held; without a Z number it is in this very closing."""
        bon_id = row["ref_bon_id"] or ""
        z_nr = self.held.z_nr if row["ref_z_nr"] is None else row["ref_z_nr"]
        till_id = self.till.till_id
        if row["ref_z_kasse_id"] not in (None, self.held.z_kasse_id):
            tills = closings_named(self.journal, row["ref_z_kasse_id"], z_nr)
            if len(tills) != 1:
                return None
            (till_id,) = tills
        held = self.journal.held(till_id, [z_nr]).get(z_nr)
        if held is None or not has_receipt(self.journal, till_id, held.closing_id, bon_id):
            return None
        return ReceiptKey(till_id, z_nr, bon_id)

    def _referenced_by(self, bon_id: str) -> tuple[ReceiptKey, ...]:
        """Of those that name the BON_ID the ones that mean this receipt."""
        found = []
        for each in references_to(self.journal, bon_id):
            named = each.ref_z_kasse_id or self.held.z_kasse_id
            z_nr = each.z_nr if each.ref_z_nr is None else each.ref_z_nr
            same_till = each.till_id == self.till.till_id
            if z_nr == self.held.z_nr and (
                named == self.held.z_kasse_id if same_till else self._is_alone(each.ref_z_kasse_id)
            ):
                found.append(ReceiptKey(each.till_id, each.z_nr, each.bon_id))
        return tuple(dict.fromkeys(found))

    def _is_alone(self, z_kasse_id: str) -> bool:
        """Whether another till can only mean this one by that Z_KASSE_ID."""
        if z_kasse_id != self.held.z_kasse_id:
            return False
        return len(closings_named(self.journal, z_kasse_id, self.held.z_nr)) == 1

    def _signatures(self) -> tuple[ReceiptSignature, ...]:
        modules = {row["tse_id"]: row for row in self.rows.masters("tse")}
        found = []
        for row in self.rows.of("transactions_tse"):
            module = modules.get(row["tse_id"], {})
            found.append(
                ReceiptSignature(
                    module.get("tse_serial") or "",
                    module.get("tse_sig_algo") or "",
                    module.get("tse_zeitformat") or "",
                    row["tse_tanr"],
                    row["tse_ta_sigz"],
                    row["tse_ta_start"] or "",
                    row["tse_ta_ende"] or "",
                    row["tse_ta_vorgangsart"] or "",
                    row["tse_ta_sig"] or "",
                    row["tse_vorgangsdaten"] or "",
                    row["tse_ta_fehler"] or "",
                )
            )
        return tuple(found)


def _by_line(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["pos_zeile"], []).append(row)
    return found


def _agency(names: dict[int, str | None], agency_id: int | None) -> str:
    return "" if not agency_id else names.get(agency_id) or str(agency_id)
