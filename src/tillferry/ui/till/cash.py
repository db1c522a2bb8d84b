"""Cash without a sale: the opening float, and cash in and out."""

from __future__ import annotations

from tillferry.till.register.receipt import CashMove, Receipt
from tillferry.till.register.store import new_key
from tillferry.ui.till.parts import box, inside, key, sheet, text
from tillferry.ui.till.receipts import show_receipt
from tillferry.ui.till.session import Session

_MOVES = (
    ("bank_out", CashMove.BANK, -1),
    ("bank_in", CashMove.BANK, 1),
    ("private_out", CashMove.PRIVATE_OUT, -1),
    ("private_in", CashMove.PRIVATE_IN, 1),
    ("wages", CashMove.WAGES, -1),
    ("out", CashMove.OUT, -1),
    ("in", CashMove.IN, 1),
)


async def show(session: Session) -> None:
    """What should lie in the drawer, and the ways in and out of it."""
    desk, words, sales = session.desk, session.words, session.desk.register.sales
    book = await desk.do(sales.cash_in_drawer)
    dialog = sheet(words("desk_tool_cash"))

    async def move(name: str, kind: CashMove, sign: int) -> None:
        dialog.close()
        amount = await session.ask_amount(words(f"desk_cash_{name}"))
        if not amount:
            return
        note = await session.ask_text(words(f"desk_cash_{name}"), label=words("desk_note"))
        if note is None:
            return
        booked = await desk.do(sales.move_cash, new_key(), session.by, kind, sign * amount, note)
        await _booked(session, booked)

    async def opening() -> None:
        dialog.close()
        amount = await session.ask_amount(words("desk_cash_float"))
        if amount:
            await _booked(
                session, await desk.do(sales.opening_float, new_key(), session.by, amount)
            )

    with inside(dialog):
        with box("spread"):
            text(words("desk_cash_book"))
            text(words.euro(book), "big")
        with box("keys"):
            key(words("desk_cash_float"), session.on(opening), look="sea", test="float")
            for name, kind, sign in _MOVES:
                key(
                    words(f"desk_cash_{name}"),
                    session.on(move, name, kind, sign),
                    test=f"move-{name}",
                )
        key(words("desk_close_window"), dialog.close, test="close")
    dialog.open()


async def _booked(session: Session, receipt: Receipt) -> None:
    await session.redraw()
    await show_receipt(session, receipt)
