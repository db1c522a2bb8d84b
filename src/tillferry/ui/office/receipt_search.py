"""The search for receipts by number, amount and text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Final

from tillferry.closing.money import parse_decimal
from tillferry.errors import TillferryError
from tillferry.office.receipts import FoundReceipt, Sought
from tillferry.ui.office.books_asked import AskedBooks
from tillferry.ui.office.books_words import amount, html_table, receipt_link, soft, till_name
from tillferry.ui.office.chain import Chain
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, field, heading, key, text
from tillferry.ui.office.words import NONE
from tillferry.wiring import bookkeeping

_MOST: Final = bookkeeping.MOST_FOUND
_LONGEST: Final = 80
_FIELDS: Final = ("number", "amount", "text", "z")


@dataclass(frozen=True, slots=True)
class _Typed:
    """What somebody typed; empty where nothing."""

    number: str = ""
    amount: str = ""
    text: str = ""
    z: str = ""

    def sought(self, asked: AskedBooks, till_ids: tuple[int, ...] | None) -> Sought:
        """What is searched. Raises ``amount_invalid`` and ``receipt_number_invalid``."""
        return Sought(
            till_ids,
            asked.first,
            asked.last,
            _number(self.z),
            _number(self.number),
            gross_cents=_cents(self.amount),
            text=self.text,
        )


class ReceiptSearch:
    """Fields and results; what is searched stands in the address.

    ``asked`` is what the page shows, ``chosen`` gives what its fields say by now.
    """

    def __init__(
        self, page: Page, chain: Chain, asked: AskedBooks, chosen: Callable[[], AskedBooks]
    ) -> None:
        self._page = page
        self._words = page.words
        self._chain = chain
        self._asked = asked
        self._chosen = chosen
        self._typed = _Typed(
            **{name: page.query.get(name, "").strip()[:_LONGEST] for name in _FIELDS}
        )

    async def draw(self) -> None:
        words, page = self._words, self._page
        with box("card").props("id=receipts"):
            heading(words("page_receipts_search"))
            text(words("page_receipts_hint"), "soft noprint")
            with box("fields noprint").props("role=search"):
                made = {
                    name: field(
                        words(f"page_receipts_{name}"), getattr(self._typed, name), test=name
                    )
                    for name in _FIELDS
                }

            def search() -> None:
                typed = {name: str(each.value or "").strip() for name, each in made.items()}
                asked = self._chosen()
                _Typed(**typed).sought(asked, None)
                given = {name: value for name, value in typed.items() if value}
                page.go(asked.address("/closings", **given) + "#receipts")

            for each in made.values():
                each.on("keydown.enter", page.on(search))
            with box("keys"):
                key(
                    words("page_receipts_find"),
                    page.on(search),
                    look="go",
                    icon="search",
                    test="find",
                )
            if self._typed != _Typed():
                await self._results()

    async def _results(self) -> None:
        words = self._words
        try:
            sought = self._typed.sought(self._asked, self._asked.tills_of(self._chain))
            found = await self._page.room.read(
                lambda office: bookkeeping.search_receipts(office, sought)
            )
        except TillferryError as error:
            message, hint = words.error(error)
            text(f"{message} {hint}", "bad", test="search-error")
            return
        if not found:
            text(words("page_receipts_none"), test="no-receipts")
            return
        if len(found) == _MOST:
            text(words("page_receipts_most", count=words.number(_MOST)), "soft", test="most")
        names = {till.till_id: till_name(till) for till in self._chain.tills}
        heads = ("column_bon_nr", "page_receipts_when", "page_column_till", "page_column_z_nr")
        html_table(
            words("page_receipts_search"),
            [words(code) for code in (*heads, "column_cashier", "page_column_amount")],
            [self._row(each, names) for each in found],
            right=(3, 5),
            test="receipts",
        )

    def _row(self, each: FoundReceipt, names: dict[int, str]) -> tuple[str, ...]:
        words = self._words
        shown = each.bon_id if each.bon_nr is None else str(each.bon_nr)
        told = [
            f"BON_ID {each.bon_id}" if each.bon_nr is not None else "",
            each.bon_typ if each.bon_typ != "Beleg" else "",
            words("page_receipt_cancelled") if each.is_cancellation else "",
        ]
        when = words.moment(each.ended) if each.ended else words.day(each.business_day)
        return (
            receipt_link(each.till_id, each.z_nr, each.bon_id, shown)
            + soft(" · ".join(part for part in told if part)),
            escape(when),
            escape(names.get(each.till_id, NONE)),
            str(each.z_nr),
            escape(each.cashier),
            escape(amount(words, Decimal(each.gross_cents).scaleb(-2))),
        )


def _cents(typed: str) -> int | None:
    if not typed:
        return None
    try:
        return parse_decimal(typed, 2)
    except ValueError:
        raise TillferryError("amount_invalid", amount=typed[:20]) from None


def _number(typed: str) -> int | None:
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) < 16):
        raise TillferryError("receipt_number_invalid", number=typed[:20])
    return int(typed)
