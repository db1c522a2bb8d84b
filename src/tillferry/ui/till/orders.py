"""Tables and numbers: order first, pay later."""

from __future__ import annotations

from dataclasses import replace

from nicegui import ui

from tillferry.errors import TillferryError
from tillferry.till.register.values import Role
from tillferry.ui.till.parts import box, inside, key, sheet, text
from tillferry.ui.till.session import Session

_LONGEST_TABLE = 50


async def choose_table(session: Session) -> None:
    """Name the table of this receipt, or one that has open orders."""
    words = session.words
    if session.basket.training:
        orders = {}
    else:
        orders = await session.desk.do(session.desk.register.sales.open_orders)
    dialog = sheet(words("desk_table"), narrow=True)
    with inside(dialog):
        field = ui.input(words("desk_table_label"), value=session.basket.table)
        field.props(f'outlined autofocus maxlength={_LONGEST_TABLE} data-test="table-name"')
        field.on("keydown.enter", lambda: dialog.submit(field.value))
        with box("keys three"):
            for number in range(1, 10):
                name = words("desk_table_is", table=number)
                key(name, lambda number=number: dialog.submit(str(number)))
        if orders:
            text(words("desk_open_orders"), "soft")
            with box("keys two"):
                for table, some in orders.items():
                    total = words.euro(sum(order.gross for order in some))
                    key(f"{table} · {total}", lambda table=table: dialog.submit(table))
        with box("keys two"):
            key(words("desk_table_none"), lambda: dialog.submit(""))
            key("OK", lambda: dialog.submit(field.value), look="go", test="yes")
    with session.root:
        name = await dialog
        dialog.delete()
    if name is not None:
        session.basket = replace(session.basket, table=str(name).strip())
        await session.redraw()


async def order(session: Session) -> None:
    """Book what is on the receipt as an order of its table."""
    basket, desk = session.basket, session.desk
    if not basket.lines:
        raise TillferryError("receipt_empty")
    if basket.discount is not None:
        raise TillferryError("desk_discount_at_paying")
    booked = await desk.do(desk.register.sales.order, basket.key, session.by, basket.sale())
    session.new_basket()
    session.tell("desk_ordered", table=booked.table)
    await session.redraw()


async def show_open(session: Session) -> None:
    """All open orders, to be paid or taken back."""
    words, sales = session.words, session.desk.register.sales
    orders = await session.desk.do(sales.open_orders)
    dialog = sheet(words("desk_open_orders"))

    async def pay(table: str) -> None:
        dialog.close()
        if session.basket.lines and session.basket.table != table:
            raise TillferryError("desk_receipt_first")
        session.basket = replace(session.basket, table=table)
        await session.redraw()

    with inside(dialog):
        if not orders:
            text(words("desk_no_open_orders"), "soft")
        for table, some in orders.items():
            with box("rowline"):
                with box("grow"):
                    text(words("desk_table_is", table=table), "title")
                    for one in some:
                        said = ", ".join(
                            f"{words.quantity(line.quantity)}× {line.text}" for line in one.lines
                        )
                        text(f"{words.clock(one.end)} · {said}", "soft")
                text(words.euro(sum(one.gross for one in some)), "title num")
                key(
                    words("desk_pay"),
                    session.on(pay, table),
                    look="go",
                    test=f"pay-table-{table}",
                )
                if session.may(Role.CANCEL):
                    for one in some:
                        key(
                            words("desk_cancel_order", number=one.bon_nr),
                            session.on(_take_back, session, one.bon_id, dialog),
                        )
        key(words("desk_close_window"), dialog.close, test="close")
    dialog.open()


async def _take_back(session: Session, bon_id: str, dialog: ui.dialog) -> None:
    from tillferry.ui.till.receipts import cancel

    dialog.close()
    await cancel(session, bon_id)
