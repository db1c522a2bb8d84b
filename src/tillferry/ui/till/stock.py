"""Stock movements: goods in, waste, own use, transfer, count."""

from __future__ import annotations

from nicegui import ui

from tillferry.errors import TillferryError
from tillferry.till.register.stock import StockMovement
from tillferry.till.register.store import new_key
from tillferry.ui.till.parts import box, key, number_of, text
from tillferry.ui.till.session import Session

KINDS = ("goods_in", "waste", "own_use", "transfer", "count")


async def show(session: Session) -> None:
    """What moves, how much of it and why; and what was booked today."""
    desk, words = session.desk, session.words
    tracked = [a for a in await desk.do(desk.register.masters.articles) if a.stock_tracked]
    chosen = {"kind": "goods_in", "key": new_key()}
    with box("twocol"):
        with box("card"):
            text(words("desk_place_stock"), "title")
            if not tracked:
                text(words("desk_stock_none"), "soft")
                return
            kinds: dict[str, ui.button] = {}

            def choose(name: str) -> None:
                chosen["kind"] = name
                for other, button in kinds.items():
                    is_chosen = other == name
                    button.classes(add="on" if is_chosen else "", remove="" if is_chosen else "on")

            with box("keys two"):
                for name in KINDS:
                    kinds[name] = key(
                        words(f"desk_stock_{name}"),
                        session.on(choose, name),
                        look="on" if name == chosen["kind"] else "",
                        test=f"stock-{name}",
                    )
            names = {a.number: a.text for a in tracked}
            article = ui.select(names, value=tracked[0].number, label=words("desk_article"))
            article.props('outlined data-test="stock-article"')
            quantity = ui.input(words("desk_quantity")).props(
                'outlined inputmode=decimal data-test="stock-quantity"'
            )
            cost = ui.input(words("desk_stock_cost")).props("outlined inputmode=decimal")
            note = ui.input(words("desk_note")).props("outlined")

            async def book() -> None:
                if not str(quantity.value or "").strip():
                    raise TillferryError("quantity_wrong", quantity="")
                paid = str(cost.value or "")
                movement = StockMovement(
                    chosen["kind"],
                    str(article.value),
                    number_of(str(quantity.value), 3),
                    number_of(paid, 2) if paid else None,
                    str(note.value or ""),
                )
                await desk.do(desk.register.stock.move, chosen["key"], session.by, movement)
                session.tell("desk_stock_booked")
                await session.redraw()

            key(words("desk_book"), session.on(book), look="go wide", test="stock-book")
        await _today(session)


async def _today(session: Session) -> None:
    desk, words = session.desk, session.words
    day = await desk.do(desk.register.open_day)
    found = [] if day is None else list(desk.register.stock.of_days([day.day_id]))
    with box("card"):
        text(words("desk_stock_today"), "title")
        if not found:
            text(words("desk_stock_nothing"), "soft")
        for movement in reversed(found):
            with box("rowline"):
                with box("grow"):
                    moved = f"{words.quantity(movement.quantity)} {movement.unit}"
                    text(f"{moved} {movement.article_text}")
                    said = [
                        words(f"desk_stock_{movement.kind}"),
                        movement.person_name,
                        movement.note,
                    ]
                    text(" · ".join(filter(None, said)), "soft")
                text(words.clock(movement.time), "soft")
