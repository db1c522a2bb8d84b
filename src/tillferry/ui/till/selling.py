"""The register: article keys by group, and the receipt that is being made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from nicegui import ui

from tillferry.errors import TillferryError
from tillferry.till.register.pricing import LARGEST_AMOUNT, Priced
from tillferry.till.register.receipt import ArticleLine, Cash, Receipt, VoucherLine
from tillferry.till.register.register import Register
from tillferry.till.register.values import WHOLE, Article, Group
from tillferry.ui.till import cash, orders, paying, receipts
from tillferry.ui.till.basket import Basket, Row, rows
from tillferry.ui.till.lines import change_discount, change_line
from tillferry.ui.till.parts import box, ink_on, key, number_of, text
from tillferry.ui.till.session import Session

_RETURN: Final = "↩"


@dataclass
class Counter:
    """The parts of the view that change while people type."""

    session: Session
    groups: tuple[Group, ...]
    articles: tuple[Article, ...]
    open_orders: dict[str, tuple[Receipt, ...]] = field(default_factory=dict)
    group_id: str = ""
    quantity: int = 0
    drawn: int = 0

    def deposit_of(self, number: str) -> str:
        """The deposit article that goes with an article, or empty."""
        return next((a.deposit for a in self.articles if a.number == number), "")

    def article(self, number: str) -> Article | None:
        """An article that is sold."""
        return next((a for a in self.articles if a.number == number), None)


async def show(session: Session) -> None:
    """The register's first page."""
    desk, words = session.desk, session.words

    def read(register: Register) -> tuple[tuple[Group, ...], tuple[Article, ...]]:
        return register.masters.groups(), register.masters.articles()

    groups, articles = await desk.do(read, desk.register)
    used = {article.group_id for article in articles}
    groups = tuple(group for group in groups if group.group_id in used)
    counter = Counter(session, groups, articles, group_id=groups[0].group_id if groups else "")
    with box("sell") as stage:
        with box("sell-left"):
            tabs = box("groups").props("role=tablist")
            shelf = box("articles").props('data-test="articles"')
            with box("tools"):
                quantity_key = key("", test="quantity")
                _tools(session)
            with box("sell-bar shop"):
                nothing = words("desk_bar", count=0, sum=words.euro(0))
                bar = key(
                    nothing, lambda: stage.classes(add="basket"), look="sea", test="to-basket"
                )
                key(words("desk_pay"), session.on(paying.pay, session), look="go", test="pay-bar")
        with box("sell-right"):
            panel = Panel(counter, stage, bar)
    quantity_key.on_click(session.on(_ask_quantity, counter, quantity_key))
    _label_quantity(counter, quantity_key)

    def draw_groups() -> None:
        tabs.clear()
        with tabs:
            for group in groups:
                chosen = group.group_id == counter.group_id
                tab = key(
                    group.name,
                    session.on(choose, group.group_id),
                    look="on" if chosen else "",
                    test=f"group-{group.group_id}",
                )
                tab.style(f"background:{group.colour}!important;color:{ink_on(group.colour)}")
                tab.props(f"role=tab aria-selected={'true' if chosen else 'false'}")

    def choose(group_id: str) -> None:
        counter.group_id = group_id
        draw_groups()
        draw_shelf()

    def draw_shelf() -> None:
        shelf.clear()
        group = next((g for g in groups if g.group_id == counter.group_id), None)
        with shelf:
            if not articles:
                text(words("desk_no_articles"), "soft")
            for article in articles:
                if group is None or article.group_id != group.group_id:
                    continue
                _article_key(article, group, returned=False)
                if article.is_deposit:
                    _article_key(article, group, returned=True)

    def _article_key(article: Article, group: Group, *, returned: bool) -> None:
        async def take() -> None:
            await _take(counter, article, returned)
            _label_quantity(counter, quantity_key)
            await panel.draw()

        sign = -article.price if returned else article.price
        price = words("desk_open_price") if article.open_price else words.euro(sign)
        if article.unit:
            price += f" / {article.unit}"
        name = f"{_RETURN} {article.text}" if returned else article.text
        test = f"{'return' if returned else 'article'}-{article.number}"
        button = key("", session.on(take), look="article", test=test)
        button.style(f"--tint:{group.colour}").props(f'aria-label="{name} {price}"')
        with button:
            ui.label(name)
            ui.label(price).classes("price")

    draw_groups()
    draw_shelf()
    await panel.draw()


async def _take(counter: Counter, article: Article, returned: bool) -> None:
    """Put an article on the receipt; ask for what is not known yet."""
    session, words = counter.session, counter.session.words
    quantity, price = counter.quantity or WHOLE, None
    counter.quantity = 0
    if article.unit and quantity == WHOLE:
        typed = await session.ask_number(
            article.text, "quantity", label=f"{words('desk_quantity')} ({article.unit})"
        )
        if not typed:
            return
        quantity = number_of(typed, 3)
    if article.open_price:
        price = await session.ask_amount(article.text, label=words("desk_price"))
        if price is None:
            return
    line = ArticleLine(article.number, quantity, price, returned=returned)
    before = session.basket
    started = before.started or session.desk.register.store.now().isoformat()
    session.basket = replace(before.with_line(line), started=started)
    try:
        await session.desk.do(quote, session.desk.register, session.basket)
    except TillferryError:
        session.basket = before
        raise


def quote(register: Register, basket: Basket) -> tuple[Priced, int]:
    """The receipt as it would be, and how many of its lines were ordered before."""
    ordered = 0
    if basket.table and not basket.training:
        ordered = sum(len(o.lines) for o in register.sales.open_orders().get(basket.table, ()))
    if not basket.lines and not ordered:
        return Priced((), ()), 0
    return register.sales.quote(basket.sale([Cash(LARGEST_AMOUNT)])), ordered


# --- the function keys --------------------------------------------------------------------------


def _label_quantity(counter: Counter, button: ui.button) -> None:
    words = counter.session.words
    amount = words.quantity(counter.quantity) if counter.quantity else ""
    button.set_text(f"{amount} ×" if amount else words("desk_times"))
    button.classes(add="on" if amount else "", remove="" if amount else "on")


async def _ask_quantity(counter: Counter, button: ui.button) -> None:
    typed = await counter.session.ask_number(
        counter.session.words("desk_quantity"),
        "quantity",
        label=counter.session.words("desk_quantity"),
    )
    if typed is not None:
        counter.quantity = number_of(typed, 3)
        _label_quantity(counter, button)


def _tools(session: Session) -> None:
    words = session.words
    for test, action in (
        ("orders", orders.show_open),
        ("receipts", receipts.show_today),
        ("cash", cash.show),
        ("voucher", _sell_voucher),
        ("training", _toggle_training),
    ):
        key(words(f"desk_tool_{test}"), session.on(action, session), test=test)


async def _sell_voucher(session: Session) -> None:
    words = session.words
    number = await session.ask_text(words("desk_tool_voucher"), label=words("desk_voucher_number"))
    if not number:
        return
    amount = await session.ask_amount(words("desk_tool_voucher"))
    if not amount:
        return
    before = session.basket
    session.basket = before.with_line(VoucherLine(number, amount))
    try:
        await session.desk.do(quote, session.desk.register, session.basket)
    except TillferryError:
        session.basket = before
        raise
    await session.redraw()


async def _toggle_training(session: Session) -> None:
    if session.basket.lines:
        raise TillferryError("desk_receipt_first")
    session.basket = replace(session.basket, training=not session.basket.training, table="")
    await session.redraw()


# --- the receipt --------------------------------------------------------------------------------


class Panel:
    """The receipt in the making with its sum and its keys."""

    def __init__(self, counter: Counter, stage: ui.element, bar: ui.button) -> None:
        self._counter = counter
        self._stage = stage
        self._bar = bar
        session, words = counter.session, counter.session.words
        with box("basketkeys"):
            self._here = key(words("desk_here"), session.on(self._switch_place), test="here")
            self._table = key(
                words("desk_table"), session.on(orders.choose_table, session), test="table"
            )
            key(words("desk_discount"), session.on(self._discount), test="discount")
        self._lines = box("lines").props('data-test="lines"')
        with box("sum").props('data-test="sum"'):
            text(words("desk_sum"))
            self._sum = ui.label()
        with box("basketkeys"):
            key(words("desk_clear"), session.on(self._clear), test="clear")
            self._order = key(words("desk_order"), session.on(orders.order, session), test="order")
            key(
                words("desk_articles"), lambda: stage.classes(remove="basket"), test="to-articles"
            ).classes("phone-only")
        self._pay = key(
            words("desk_pay"), session.on(paying.pay, session), look="go wide", test="pay"
        )

    async def draw(self) -> None:
        """The receipt as it is now."""
        counter, session, words = self._counter, self._counter.session, self._counter.session.words
        counter.drawn += 1
        this = counter.drawn
        basket = session.basket
        priced, ordered = await session.desk.do(quote, session.desk.register, basket)
        if this != counter.drawn or self._lines.is_deleted:
            return  # A newer one is on its way.
        total = sum(line.gross for line in priced.lines)
        self._here.set_text(words("desk_here" if basket.in_house else "desk_takeaway"))
        self._here.classes(
            add="" if basket.in_house else "on", remove="on" if basket.in_house else ""
        )
        table = words("desk_table_is", table=basket.table) if basket.table else words("desk_table")
        self._table.set_text(table)
        self._table.classes(add="on" if basket.table else "", remove="" if basket.table else "on")
        self._sum.set_text(words.euro(total))
        self._pay.set_text(words("desk_pay_sum", sum=words.euro(total)))
        self._pay.set_enabled(bool(priced.lines))
        self._order.set_enabled(bool(basket.lines and basket.table))
        self._bar.set_text(words("desk_bar", count=len(basket.lines), sum=words.euro(total)))
        self._lines.clear()
        with self._lines:
            if not priced.lines:
                text(words("desk_basket_empty"), "soft")
            for row in rows(basket, ordered, priced.lines, counter.deposit_of):
                self._row(row)

    def _row(self, row: Row) -> None:
        session, words = self._counter.session, self._counter.session.words
        with box(f"line {row.kind}") as line:
            text(
                "" if row.kind == "discount" else f"{words.quantity(row.quantity)}{row.unit or '×'}"
            )
            with box("grow"):
                text(row.text)
                if row.discount and row.base_gross is not None:
                    was = words.euro(row.base_gross)
                    ui.html(f"<small>{words('desk_instead_of', was=was)}</small>", sanitize=False)
            text(words.euro(row.gross), "num")
        if row.kind == "line" and row.place is not None:
            line.classes("touch").props('role=button tabindex=0 data-test="line"')
            touch = session.on(self._change, row.place)
            line.on("click", touch)
            line.on("keydown.enter", touch)
        if row.kind == "line":
            self._lines.run_method("scrollTo", 0, 100_000)

    async def _change(self, place: int) -> None:
        counter = self._counter
        line = counter.session.basket.lines[place]
        article = counter.article(line.article) if isinstance(line, ArticleLine) else None
        if await change_line(counter.session, place, article):
            await self.draw()

    async def _switch_place(self) -> None:
        session = self._counter.session
        session.basket = replace(session.basket, in_house=not session.basket.in_house)
        await self.draw()

    async def _discount(self) -> None:
        session = self._counter.session
        given = await change_discount(session, session.words("desk_discount_receipt"))
        if given is None:
            return
        before = session.basket
        session.basket = replace(before, discount=given or None)
        try:
            await self.draw()
        except TillferryError:
            session.basket = before
            raise

    async def _clear(self) -> None:
        session, words = self._counter.session, self._counter.session.words
        if session.basket.lines:
            sure = await session.confirm(
                words("desk_clear"), words("desk_clear_ask"), words("desk_clear"), danger=True
            )
            if not sure:
                return
            basket = session.basket
            await session.desk.do(
                session.desk.register.sales.abort,
                basket.key,
                session.by,
                replace(basket, discount=None).sale(),
            )
        session.new_basket()
        await session.redraw()
