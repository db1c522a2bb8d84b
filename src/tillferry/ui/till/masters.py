"""Articles and their groups."""

from __future__ import annotations

from nicegui import ui

from tillferry.errors import TillferryError
from tillferry.till.register.values import Article, Group
from tillferry.ui.till.parts import box, ink_on, inside, key, number_of, sheet, text
from tillferry.ui.till.session import Session


async def show(session: Session) -> None:
    """All groups with their articles."""
    desk, words, masters = session.desk, session.words, session.desk.register.masters
    groups = await desk.do(masters.groups)
    articles = await desk.do(masters.articles, also_inactive=True)
    with box("card"):
        with box("spread"):
            text(words("desk_settings_articles"), "title")
            key(
                words("desk_add_article"),
                session.on(_edit_article, session, None, groups),
                icon="add",
                test="article-add",
            )
            key(words("desk_add_group"), session.on(_edit_group, session, None), icon="add")
        tabs, shelf = box("groups"), box("stack").style("gap:0")

    def choose(group: Group) -> None:
        tabs.clear()
        with tabs:
            for other in groups:
                tab = key(
                    other.name, session.on(choose, other), look="on" if other is group else ""
                )
                tab.style(f"background:{other.colour}!important;color:{ink_on(other.colour)}")
        shelf.clear()
        with shelf:
            with box("rowline"):
                text(group.name, "title")
                key(words("desk_change_it"), session.on(_edit_group, session, group))
            for article in articles:
                if article.group_id == group.group_id:
                    _row(session, article, groups)

    if groups:
        choose(groups[0])


def _row(session: Session, article: Article, groups: tuple[Group, ...]) -> None:
    words = session.words
    with box("rowline"):
        with box("grow"):
            text(f"{article.number} · {article.text}")
            if not article.active:
                text(words("desk_not_sold"), "soft")
        text(words("desk_open_price") if article.open_price else words.euro(article.price), "num")
        key(
            words("desk_change_it"),
            session.on(_edit_article, session, article, groups),
            test=f"edit-article-{article.number}",
        )


async def _edit_article(
    session: Session, article: Article | None, groups: tuple[Group, ...]
) -> None:
    desk, words, masters = session.desk, session.words, session.desk.register.masters
    settings = await desk.do(masters.settings)
    others = await desk.do(masters.articles)
    if not groups:
        raise TillferryError("desk_group_first")
    rates = {rate.key: f"{rate.key}: {words.typed(rate.rate, 2)} %" for rate in settings.vat}
    deposits = {"": words("desk_none")} | {a.number: a.text for a in others if a.is_deposit}
    first = Article("", "", groups[0].group_id, 0)
    known = article or first
    dialog = sheet(known.text or words("desk_add_article"))
    with inside(dialog):
        with box("fields"):
            number = ui.input(words("desk_number"), value=known.number)
            number.props('outlined dense data-test="article-number"').set_enabled(article is None)
            name = ui.input(words("desk_name"), value=known.text)
            name.props('outlined dense data-test="article-text"')
            price = ui.input(words("desk_price"), value=words.typed(known.price, 2))
            price.props('outlined dense inputmode=decimal data-test="article-price"')
            group = ui.select(
                {g.group_id: g.name for g in groups},
                value=known.group_id,
                label=words("desk_group"),
            ).props("outlined dense")
            here = ui.select(rates, value=known.vat_here, label=words("desk_vat_here"))
            here.props("outlined dense")
            away = ui.select(rates, value=known.vat_takeaway, label=words("desk_vat_takeaway"))
            away.props("outlined dense")
            deposit = ui.select(deposits, value=known.deposit, label=words("desk_deposit"))
            deposit.props("outlined dense")
            unit = ui.input(words("desk_unit"), value=known.unit).props("outlined dense")
            gtin = ui.input("GTIN", value=known.gtin).props("outlined dense")
        with box("fields"):
            open_price = ui.checkbox(words("desk_open_price"), value=known.open_price)
            tracked = ui.checkbox(words("desk_stock_tracked"), value=known.stock_tracked)
            is_deposit = ui.checkbox(words("desk_is_deposit"), value=known.is_deposit)
            active = ui.checkbox(words("desk_is_sold"), value=known.active)

        async def save() -> None:
            wanted = Article(
                str(number.value or "").strip(),
                str(name.value or "").strip(),
                str(group.value),
                number_of(str(price.value or ""), 2),
                int(here.value),
                int(away.value),
                str(deposit.value or ""),
                bool(open_price.value),
                bool(tracked.value),
                bool(is_deposit.value),
                str(unit.value or "").strip(),
                str(gtin.value or "").strip(),
                bool(active.value),
            )
            await desk.do(masters.save_article, session.by, wanted)
            dialog.close()
            session.tell("desk_saved")
            await session.redraw()

        with box("keys two"):
            key(words("desk_cancel"), dialog.close)
            key(words("desk_save"), session.on(save), look="go", test="article-save")
    dialog.open()


async def _edit_group(session: Session, group: Group | None) -> None:
    desk, words, masters = session.desk, session.words, session.desk.register.masters
    groups = await desk.do(masters.groups)
    numbers = [int(one.group_id) for one in groups if one.group_id.isdecimal()]
    free = max(numbers, default=0) + 1
    known = group or Group(str(free), "", position=free)
    dialog = sheet(known.name or words("desk_add_group"), narrow=True)
    with inside(dialog):
        name = ui.input(words("desk_name"), value=known.name).props("outlined autofocus")
        colour = ui.color_input(words("desk_colour"), value=known.colour).props("outlined")
        position = ui.input(words("desk_position"), value=str(known.position)).props("outlined")

        async def save() -> None:
            wanted = Group(
                known.group_id,
                str(name.value or "").strip(),
                str(colour.value or ""),
                number_of(str(position.value or ""), 0),
            )
            await desk.do(masters.save_group, session.by, wanted)
            dialog.close()
            await session.redraw()

        with box("keys two"):
            key(words("desk_cancel"), dialog.close)
            key(words("desk_save"), session.on(save), look="go")
    dialog.open()
