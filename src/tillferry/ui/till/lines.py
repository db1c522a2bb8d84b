"""Changing one line of the receipt: how many, discount, takeaway, deposit, away with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from tillferry.errors import TillferryError
from tillferry.till.register.receipt import ArticleLine, Discount, VoucherLine
from tillferry.till.register.values import WHOLE, Article
from tillferry.ui.till.basket import quantity_of
from tillferry.ui.till.parts import Pad, box, inside, key, number_of, sheet
from tillferry.ui.till.session import Session

_PERCENTS = (500, 1000, 2000, 5000)


async def change_line(session: Session, place: int, article: Article | None) -> bool:
    """Ask what is to become of a line; whether it changed."""
    words, line = session.words, session.basket.lines[place]
    title = article.text if article else words("desk_tool_voucher")
    dialog = sheet(title, narrow=isinstance(line, VoucherLine))
    with inside(dialog), box("card" if isinstance(line, VoucherLine) else "twocol"):
        if not isinstance(line, VoucherLine):
            with box("stack"):
                pad = Pad(words, "quantity", words("desk_quantity"), words.quantity(line.quantity))

            def take() -> None:
                dialog.submit(("quantity", number_of(pad.text, 3)))

        with box("keys two"):
            if not isinstance(line, VoucherLine):
                key("−1", lambda: dialog.submit(("quantity", line.quantity - WHOLE)), test="less")
                key("+1", lambda: dialog.submit(("quantity", line.quantity + WHOLE)), test="more")
            if isinstance(line, ArticleLine):
                key(words("desk_discount"), lambda: dialog.submit(("discount", 0)), test="line-off")
                here = session.basket.in_house if line.in_house is None else line.in_house
                key(
                    words("desk_takeaway" if here else "desk_here"),
                    lambda: dialog.submit(("here", int(not here))),
                    test="line-here",
                )
                if article and article.deposit:
                    code = "desk_deposit_off" if line.with_deposit else "desk_deposit_on"
                    key(words(code), lambda: dialog.submit(("deposit", 0)), test="line-deposit")
            key(
                words("desk_remove_line"),
                lambda: dialog.submit(("remove", 0)),
                look="stop",
                test="line-remove",
            )
            key(words("desk_cancel"), lambda: dialog.submit(None), test="no")
            if not isinstance(line, VoucherLine):
                key("OK", session.on(take), look="go", test="yes")
    with session.root:
        wish = await dialog
        dialog.delete()
    return wish is not None and await _apply(session, place, *wish)


async def _apply(session: Session, place: int, what: str, value: int) -> bool:
    basket = session.basket
    line = basket.lines[place]
    if what == "remove" or (what == "quantity" and value <= 0 and quantity_of(line) <= WHOLE):
        session.basket = basket.without(place)
        return True
    if isinstance(line, VoucherLine):
        return False
    if what == "quantity":
        if value <= 0:
            raise TillferryError("quantity_wrong", quantity=value)
        session.basket = basket.with_changed(place, replace(line, quantity=value))
    elif what == "here":
        session.basket = basket.with_changed(place, replace(line, in_house=bool(value)))
    elif what == "deposit" and isinstance(line, ArticleLine):
        changed = replace(line, with_deposit=not line.with_deposit)
        session.basket = basket.with_changed(place, changed)
    elif what == "discount":
        given = await change_discount(session, session.words("desk_discount_line"))
        if given is None:
            return False
        session.basket = basket.with_changed(place, replace(line, discount=given or None))
    return True


async def change_discount(session: Session, title: str) -> Discount | Literal[False] | None:
    """Ask for a discount; ``False`` takes one away, ``None`` leaves all as it is."""
    words = session.words
    dialog = sheet(title)
    name = words("desk_discount")
    with inside(dialog), box("twocol"):
        with box("stack"):
            pad = Pad(words, "amount", words("desk_percent_or_amount"))

        def take(unit: str) -> None:
            number = number_of(pad.text, 2)
            if number <= 0:
                raise TillferryError("discount_too_large", amount=number)
            if unit == "%":
                dialog.submit(Discount(percent=number, name=name))
            else:
                dialog.submit(Discount(amount=number, name=name))

        with box("keys two"):
            for percent in _PERCENTS:
                key(
                    f"{percent // 100} %",
                    lambda percent=percent: dialog.submit(Discount(percent=percent, name=name)),
                    test=f"percent-{percent // 100}",
                )
            key(words("desk_as_percent"), session.on(take, "%"), look="sea", test="as-percent")
            key(words("desk_as_amount"), session.on(take, "€"), look="sea", test="as-amount")
            key(words("desk_discount_none"), lambda: dialog.submit(False))
            key(words("desk_cancel"), lambda: dialog.submit(None), test="no")
    with session.root:
        given = await dialog
        dialog.delete()
    return given if isinstance(given, Discount) or given is False else None
