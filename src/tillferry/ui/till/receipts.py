"""Booked receipts: shown as a page, printed, cancelled."""

from __future__ import annotations

from itertools import islice
from typing import Final

from nicegui import ui

from tillferry.errors import TillferryError
from tillferry.till.register.printing import print_receipt, receipt_text
from tillferry.till.register.receipt import Receipt
from tillferry.till.register.store import new_key
from tillferry.till.register.values import Role
from tillferry.ui.till.desk import in_thread
from tillferry.ui.till.parts import box, inside, key, sheet, text
from tillferry.ui.till.session import Session

_AT_ONCE: Final = 30


async def show_receipt(session: Session, receipt: Receipt, *, fresh: bool = False) -> None:
    """A receipt as it was booked; a ``fresh`` one is printed where there is a printer."""
    desk, words = session.desk, session.words
    settings = await desk.do(desk.register.masters.settings)
    printed = receipt_text(receipt, settings)
    gone = await desk.do(desk.register.sales.cancelled_by, receipt.bon_id)
    dialog = sheet(words("desk_receipt_title", number=receipt.bon_nr))

    async def on_printer(open_drawer: bool = False) -> None:
        # Beside the register: a printer that is off must not hold up the next guest.
        await in_thread(print_receipt, printed, settings.printer, open_drawer=open_drawer)

    async def on_paper() -> None:
        await on_printer() if settings.printer else ui.run_javascript("window.print()")

    async def take_back() -> None:
        dialog.close()
        await cancel(session, receipt.bon_id)

    with inside(dialog):
        if fresh and receipt.change:
            with box("spread"):
                text(words("desk_change"), "title")
                text(words.euro(receipt.change), "big good")
        elif fresh and receipt.cash < 0:
            with box("spread"):
                text(words("desk_pay_out"), "title")
                text(words.euro(-receipt.cash), "big good")
        elif fresh:
            text(words("desk_booked"), "good")
        with box("keys two"):
            key(words("desk_print"), session.on(on_paper), icon="print", test="print")
            key(
                words("desk_next_guest" if fresh else "desk_close_window"),
                dialog.close,
                look="go",
                test="close",
            ).props("autofocus")
            taken = {receipt.bon_id} if gone else set()
            if not fresh and session.may(Role.CANCEL) and _can_be_cancelled(receipt, taken):
                key(words("desk_cancel_receipt"), session.on(take_back), look="stop")
        paper = ui.label(printed.text).classes("receipt-paper printable")
        # It scrolls, so the keyboard has to get there.
        label = words("desk_receipt_title", number=receipt.bon_nr)
        paper.props(f'data-test="paper" tabindex=0 role=region aria-label="{label}"')
    dialog.open()
    if fresh and settings.printer:
        await on_printer(open_drawer=bool(receipt.cash))


async def show_today(session: Session) -> None:
    """The receipts of the open day, the newest first."""
    words, sales = session.words, session.desk.register.sales
    found = await session.desk.do(sales.today)
    taken_back = {receipt.cancels for receipt in found if receipt.cancels}
    dialog = sheet(words("desk_tool_receipts"))

    async def look(receipt: Receipt) -> None:
        await show_receipt(session, receipt)

    async def take_back(receipt: Receipt) -> None:
        dialog.close()
        await cancel(session, receipt.bon_id)

    async def by_number() -> None:
        typed = await session.ask_number(words("desk_receipt_number"), "digits")
        if typed:
            receipt = next((one for one in found if str(one.bon_nr) == typed), None)
            if receipt is None:
                raise TillferryError("receipt_unknown", receipt=typed)
            await look(receipt)

    def row(receipt: Receipt) -> None:
        with box("rowline").props('data-test="receipt-row"'):
            with box("grow"):
                text(_headline(session, receipt))
                text(_details(session, receipt, receipt.bon_id in taken_back), "soft")
            text(words.euro(receipt.gross), "num title")
            key(words("desk_look"), session.on(look, receipt), test=f"look-{receipt.bon_nr}")
            if session.may(Role.CANCEL) and _can_be_cancelled(receipt, taken_back):
                key(
                    words("desk_cancel_receipt"),
                    session.on(take_back, receipt),
                    look="stop",
                    test=f"cancel-{receipt.bon_nr}",
                )

    newest_first = iter(reversed(found))

    def more() -> None:
        with shown:
            for receipt in islice(newest_first, _AT_ONCE):
                row(receipt)
        older.set_visibility(len(shown.default_slot.children) < len(found))

    with inside(dialog):
        if not session.may(Role.CANCEL):
            text(words("desk_may_not_cancel"), "soft")
        if not found:
            text(words("desk_no_receipts"), "soft")
        shown = box("stack").style("gap:0")
        with box("keys"):
            older = key(words("desk_older"), session.on(more), test="older")
            key(words("desk_receipt_number"), session.on(by_number), test="receipt-number")
            key(words("desk_close_window"), dialog.close, look="go", test="close")
    more()
    dialog.open()


def _can_be_cancelled(receipt: Receipt, taken_back: set[str]) -> bool:
    return receipt.counts and not receipt.cancels and receipt.bon_id not in taken_back


def _headline(session: Session, receipt: Receipt) -> str:
    words = session.words
    kind = words("desk_kind_cancel" if receipt.cancels else f"desk_kind_{receipt.bon_typ.lower()}")
    return f"{receipt.bon_nr} · {words.clock(receipt.end)} · {kind}"


def _details(session: Session, receipt: Receipt, taken_back: bool) -> str:
    words = session.words
    goods = ", ".join(line.text for line in receipt.lines[:3])
    more = "…" if len(receipt.lines) > 3 else ""
    table = words("desk_table_is", table=receipt.table) if receipt.table else ""
    gone = words("desk_is_cancelled") if taken_back else ""
    return " · ".join(filter(None, (gone, receipt.person_name, table, goods + more)))


async def cancel(session: Session, bon_id: str) -> None:
    """Take a whole receipt back; needs a reason."""
    desk, words = session.desk, session.words
    original = await desk.do(desk.register.sales.receipt, bon_id)
    reasons = tuple(words(f"desk_reason_{name}") for name in ("mistyped", "returned", "other_pay"))
    reason = await session.ask_text(
        words("desk_cancel_title", number=original.bon_nr, sum=words.euro(original.gross)),
        label=words("desk_reason"),
        choices=reasons,
    )
    if reason is None:
        return
    booked = await desk.do(desk.register.sales.cancel, new_key(), session.by, bon_id, reason)
    await session.redraw()
    await show_receipt(session, booked, fresh=True)
