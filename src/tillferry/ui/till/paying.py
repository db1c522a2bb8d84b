"""Taking the money: several payments for one receipt, change, tips."""

from __future__ import annotations

from typing import Final

from nicegui import ui

from tillferry.errors import TillferryError
from tillferry.till.register.pricing import LARGEST_AMOUNT
from tillferry.till.register.receipt import Card, Cash, Payment, Voucher
from tillferry.till.register.values import PaymentMethod
from tillferry.ui.till.parts import Pad, box, inside, key, sheet, text
from tillferry.ui.till.receipts import show_receipt
from tillferry.ui.till.session import Session

NOTES: Final = (500, 1000, 2000, 5000)


async def pay(session: Session) -> None:
    """Ask how the receipt is paid, and book it."""
    desk = session.desk
    settings = await desk.do(desk.register.masters.settings)
    till = Paying(session, settings.payment_methods)
    await till.reckon()
    till.open()


class Paying:
    """The dialog. Amounts in cents; ``total`` is what is to be paid, vouchers taken off."""

    def __init__(self, session: Session, methods: tuple[PaymentMethod, ...]) -> None:
        self._session = session
        self._basket = session.basket
        self._payments: list[Payment] = []
        self._tip = 0
        self._total = 0
        self._done = False
        words = session.words
        self._dialog = sheet("", label=words("desk_pay"))
        with inside(self._dialog), box("twocol"):
            with box("card"):
                self._pad = Pad(words, "amount", words("desk_amount_or_rest"), test="pay-pad")
            with box("grow"):
                with box("card"):
                    with box("spread"):
                        self._due_text = ui.label().classes("title")
                        self._due = ui.label().classes("big").props('data-test="due"')
                    self._given = box("grow").props('data-test="given"')
                with box("keys two").style("margin-top:8px"):
                    key(
                        words("desk_pay_exact"),
                        session.on(self._exact),
                        look="sea",
                        test="pay-exact",
                    )
                    key(words("desk_pay_cash"), session.on(self._cash), test="pay-cash")
                with box("keys").style("grid-template-columns:repeat(4,1fr);margin-top:8px"):
                    for note in NOTES:
                        key(
                            f"{note // 100} €",
                            session.on(self._cash, note),
                            test=f"note-{note // 100}",
                        )
                with box("keys two").style("margin-top:8px"):
                    for method in methods:
                        key(
                            method.name,
                            session.on(self._card, method.name),
                            look="sea",
                            test=f"card-{method.name}",
                        )
                    key(words("desk_pay_voucher"), session.on(self._voucher), test="pay-voucher")
                    key(words("desk_tip"), session.on(self._add_tip), test="tip")
                with box("keys two").style("margin-top:8px"):
                    key(words("desk_cancel"), self._dialog.close, test="no")
                    self._book_key = key(
                        words("desk_book"), session.on(self._book), look="go", test="book"
                    )

    def open(self) -> None:
        """Show it."""
        self._dialog.open()

    # --- sums ---

    @property
    def _rest(self) -> int:
        """What is still to be paid; below 0 is change."""
        return self._total - sum(
            p.given if isinstance(p, Cash) else p.amount if isinstance(p, Card) else 0
            for p in self._payments
        )

    async def reckon(self) -> None:
        """What is to be paid now."""
        vouchers = [p for p in self._payments if isinstance(p, Voucher)]
        sale = self._basket.sale([*vouchers, Cash(LARGEST_AMOUNT)], self._tip)
        sales = self._session.desk.register.sales
        priced = await self._session.desk.do(sales.quote, sale)
        self._total = sum(line.gross for line in priced.lines)
        self._draw()

    def _draw(self) -> None:
        words, rest = self._session.words, self._rest
        given = any(isinstance(p, Cash) for p in self._payments)
        code = "desk_change" if rest < 0 and given else "desk_to_pay"
        if self._total < 0:
            code = "desk_pay_out"
        self._due_text.set_text(words(code))
        self._due.set_text(words.euro(abs(rest)))
        self._book_key.set_enabled(rest <= 0)
        self._given.clear()
        with self._given:
            for place, payment in enumerate(self._payments):
                with box("spread"):
                    text(self._name(payment))
                    text(words.euro(_amount(payment)), "num")
                    remove = key("✕", self._session.on(self._remove, place))
                    remove.style("min-height:36px").props(f'aria-label="{words("desk_remove")}"')
            if self._tip:
                with box("spread"):
                    text(words("desk_tip"))
                    text(words.euro(self._tip), "num")
                    remove = key("✕", self._session.on(self._remove_tip))
                    remove.style("min-height:36px").props(f'aria-label="{words("desk_remove")}"')

    def _name(self, payment: Payment) -> str:
        words = self._session.words
        if isinstance(payment, Cash):
            return words("desk_cash_given")
        if isinstance(payment, Card):
            return payment.method
        return f"{words('desk_pay_voucher')} {payment.number}"

    # --- keys ---

    def _typed(self) -> int:
        amount = self._pad.number
        self._pad.text = ""
        return amount

    async def _exact(self) -> None:
        self._pad.text = ""
        if self._rest > 0:
            self._payments.append(Cash(self._rest))
        await self._book()

    def _cash(self, amount: int = 0) -> None:
        given = amount or self._typed() or max(0, self._rest)
        if given:
            self._payments.append(Cash(given))
        self._draw()

    async def _card(self, method: str) -> None:
        amount = self._typed() or self._rest
        if amount <= 0 or amount > self._rest:
            raise TillferryError("payment_too_much")
        self._payments.append(Card(method, amount))
        self._draw()
        if self._rest == 0:
            await self._book()

    async def _voucher(self) -> None:
        words = self._session.words
        amount = self._typed() or self._rest
        if amount <= 0 or amount > self._rest:
            raise TillferryError("payment_too_much")
        number = await self._session.ask_text(
            words("desk_pay_voucher"), label=words("desk_voucher_number")
        )
        if number:
            self._payments.append(Voucher(number, amount))
            await self._reckon_or_undo()

    async def _reckon_or_undo(self) -> None:
        try:
            await self.reckon()
        except TillferryError:
            self._payments.pop()
            raise

    async def _add_tip(self) -> None:
        amount = self._typed()
        if not amount:
            raise TillferryError("desk_type_tip_first")
        self._tip = amount
        await self.reckon()

    async def _remove(self, place: int) -> None:
        del self._payments[place]
        await self.reckon()

    async def _remove_tip(self) -> None:
        self._tip = 0
        await self.reckon()

    async def _book(self) -> None:
        """Book it once, however often the key is pressed."""
        if self._done:
            return
        self._done = True
        session, desk, basket = self._session, self._session.desk, self._basket
        try:
            receipt = await desk.do(
                desk.register.sales.sell,
                basket.key,
                session.by,
                basket.sale(self._payments, self._tip),
            )
        except BaseException:
            self._done = False
            raise
        self._dialog.close()
        session.new_basket()
        await session.redraw()
        await show_receipt(session, receipt, fresh=True)


def _amount(payment: Payment) -> int:
    return payment.given if isinstance(payment, Cash) else payment.amount
