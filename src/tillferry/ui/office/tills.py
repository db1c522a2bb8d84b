"""Tills and outlets: enrol, approve, place, rename, retire, replace, count."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from nicegui import ui

from tillferry.carriers.durable import write_durably
from tillferry.closing.office_seams import Outlet, TillKind
from tillferry.closing.seams import Till, TillState
from tillferry.errors import TillferryError
from tillferry.office.people import Right
from tillferry.office.till_admin import TillAdmin
from tillferry.office.two_systems import items_by_number
from tillferry.ui.office.overview import TillRow, till_rows
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, choice, field, heading, key, link, named, sheet, text
from tillferry.ui.office.words import NONE
from tillferry.wiring import office_admin
from tillferry.wiring.office import Office

ROWS: Final = 100
_ADMIN: Final = (Right.ADMIN,)


async def show(page: Page) -> None:
    """The whole page."""
    words = page.words
    rows, outlets, waiting, counts = await page.room.read(
        lambda office: (
            till_rows(office),
            office_admin.records(office).outlets(),
            office.journal.items(waiting=True),
            office_admin.till_admin(office, page.who).counts(),
        )
    )
    doubled = set(items_by_number(waiting))
    with box("spread"):
        heading(words("page_tills"), 1)
        if page.may(*_ADMIN):
            with box("together"):
                key(
                    words("page_enrol"),
                    page.on(_enrol, page, rights=_ADMIN),
                    look="go",
                    icon="add",
                    test="enrol",
                )
    with box("figures"):
        text(words("page_connected"), "soft")
        for kind in TillKind:
            with box("figure").props(f'data-test="kind-{kind}"'):
                ui.html(f"<b>{words.number(counts[kind])}</b>", sanitize=False)
                text(words(f"kind_{kind}"))
    with box("card"):
        search = field(words("page_search_till"), test="search")
        listed = box("lines").props('data-test="tills"')

        def fill() -> None:
            wanted = str(search.value or "").strip().casefold()
            listed.clear()
            with listed:
                fitting = [row for row in rows if wanted in _text_of(row)]
                for row in fitting[:ROWS]:
                    _line(page, row, rows, outlets, row.till.customer_number in doubled)
                if not fitting:
                    text(words("page_tills_none"), "soft")
                if len(fitting) > ROWS:
                    text(words("page_more_tills", count=len(fitting) - ROWS), "soft")

        search.props("debounce=250").on_value_change(fill)
        fill()
    with box("card"):
        _outlets(page, outlets, rows)
    asked = page.query.get("enrol", "")
    known = next((row.till for row in rows if asked and row.till.customer_number == asked), None)
    if known is not None and page.may(*_ADMIN):
        await _enrol(page, known)


def _text_of(row: TillRow) -> str:
    outlet = row.outlet.name if row.outlet else ""
    return f"{row.number} {row.till.name} {row.till.serial} {outlet}".casefold()


def _line(
    page: Page,
    row: TillRow,
    rows: tuple[TillRow, ...],
    outlets: tuple[Outlet, ...],
    doubled: bool,
) -> None:
    words, till = page.words, row.till
    with named(box("entryline"), f"till-{row.number}"):
        with box():
            text(f"{row.number} {till.name}")
            place = row.outlet.name if row.outlet else words("page_no_outlet")
            said = [place, words(f"kind_{row.details.kind}"), words(f"page_till_{till.state}")]
            if till.serial and till.customer_number:
                said.append(till.serial)
            text(" · ".join(said), "soft")
            if doubled:
                link(words("page_two_systems"), "/decisions", "bad", test=f"two-{row.number}")
        if page.may(*_ADMIN):
            change = page.on(_change, page, row, rows, outlets, rights=_ADMIN)
            key(words("page_change"), change, look="small", test=f"change-{row.number}")


# --- enrolling ----------------------------------------------------------------------------------


async def _enrol(page: Page, known: Till | None = None) -> None:
    """Ask for number and name; those of a till that is ``known`` stand there already."""
    words = page.words
    sticks = {
        str(stick.path): stick.label
        for stick in page.room.ferry.state.sticks
        if stick.plugged and not stick.folder
    }
    dialog, card = sheet(words("page_enrol"))
    with card:
        text(words("page_enrol_hint"), "soft")
        number = field(
            words("page_customer_number"), known.customer_number if known else "", test="number"
        ).props("autofocus")
        name = field(words("page_till_name"), known.name if known else "", test="till-name")
        again = ui.checkbox(words("page_enrol_again"), value=known is not None)
        again.props('data-test="again"')
        target = choice(
            {"": words("page_enrol_download")} | sticks,
            "",
            words("page_enrol_where"),
            test="where",
        )

        async def make() -> None:
            wanted = (str(number.value or "").strip(), str(name.value or ""))
            file, content = await page.room.write(
                lambda office: _made(page, office, *wanted, bool(again.value))
            )
            dialog.close()
            if target.value:
                await page.room.write(
                    lambda _: write_durably(Path(str(target.value)) / file, content)
                )
                page.tell("page_enrol_on_stick", file=file, stick=sticks[str(target.value)])
            else:
                ui.download.content(content, file)
                page.tell("page_enrol_done", file=file)
            key_row.clear()
            with page.root:
                ui.timer(1.5, lambda: page.go("/tills"), once=True)

        with box("keys") as key_row:
            key(words("page_cancel"), dialog.close, test="no")
            key(words("page_enrol"), page.on(make, rights=_ADMIN), look="go", test="yes")
    dialog.open()


def _made(page: Page, office: Office, number: str, name: str, again: bool) -> tuple[str, bytes]:
    """Enrol a till; gives the name and the content of its file."""
    with TemporaryDirectory(dir=office.home.scratch) as folder:
        out = Path(folder) / f"{number or 'x'}.enrolment"
        office_admin.enrol(office, number, name, out, page.who, again=again)
        return out.name, out.read_bytes()


# --- changing -----------------------------------------------------------------------------------


async def _change(
    page: Page, row: TillRow, rows: tuple[TillRow, ...], outlets: tuple[Outlet, ...]
) -> None:
    words, till = page.words, row.till
    dialog, card = sheet(f"{row.number} {till.name}")

    async def work(change: Callable[[TillAdmin], object]) -> None:
        await page.room.write(lambda office: change(office_admin.till_admin(office, page.who)))
        dialog.close()
        page.go("/tills")

    async def save() -> None:
        days = _whole(str(silent.value or "0"))

        def change(admin: TillAdmin) -> None:
            named = till
            if str(name.value or "").strip() != till.name:
                named = admin.rename(till, str(name.value or ""))
            if str(outlet.value or "") != row.details.outlet_id:
                admin.place(named, str(outlet.value or ""))
            if str(kind.value) != row.details.kind:
                admin.connect(named, TillKind(str(kind.value)))
            if days != row.details.silent_days:
                admin.silence_rule(named, days)

        await work(change)

    async def leave(replaced: bool) -> None:
        why = str(reason.value or "")
        successor = _by_id(rows, str(follower.value or "")) if replaced else None
        if replaced and successor is None:
            raise TillferryError("page_successor_needed")
        if successor is not None:
            await work(lambda admin: admin.replace_by(till, successor, why))
        elif till.state is TillState.RETIRED:
            await work(lambda admin: admin.reinstate(till, why))
        else:
            await work(lambda admin: admin.retire(till, why))

    with card:
        name = field(words("page_till_name"), till.name, test="till-name")
        places = {"": NONE} | {each.outlet_id: each.name for each in outlets}
        outlet = choice(places, row.details.outlet_id, words("page_column_outlet"), test="outlet")
        kinds = {each.value: words(f"kind_{each}") for each in TillKind}
        kind = choice(kinds, row.details.kind.value, words("page_kind"), test="kind")
        silent = field(
            words("page_silent_rule"), str(row.details.silent_days), kind="number", test="silent"
        )
        with box("keys"):
            key(words("page_cancel"), dialog.close, test="no")
            key(words("page_save"), page.on(save, rights=_ADMIN), look="go", test="save")
        ui.separator()
        reason = field(words("page_reason"), test="reason")
        if till.state is TillState.RETIRED:
            with box("keys"):
                key(words("page_reinstate"), page.on(leave, False, rights=_ADMIN), test="retire")
            dialog.open()
            return
        others = {
            str(each.till.till_id): f"{each.number} {each.till.name}"
            for each in rows
            if each.till.till_id != till.till_id and each.till.state is not TillState.RETIRED
        }
        follower = choice({"": NONE} | others, "", words("page_successor"), test="successor")
        with box("keys"):
            key(words("page_replace"), page.on(leave, True, rights=_ADMIN), test="replace")
            key(
                words("page_retire"),
                page.on(leave, False, rights=_ADMIN),
                look="stop",
                test="retire",
            )
    dialog.open()


def _by_id(rows: tuple[TillRow, ...], till_id: str) -> Till | None:
    return next((row.till for row in rows if str(row.till.till_id) == till_id), None)


def _whole(typed: str) -> int:
    with suppress(ValueError):
        return int(typed)
    raise TillferryError("days_invalid", days=typed[:10], most=3650)


# --- outlets ------------------------------------------------------------------------------------


def _outlets(page: Page, outlets: tuple[Outlet, ...], rows: tuple[TillRow, ...]) -> None:
    words = page.words
    with box("spread"):
        heading(words("page_outlets"))
        if page.may(*_ADMIN):
            run = page.on(_outlet, page, None, rights=_ADMIN)
            key(words("page_outlet_new"), run, look="small", test="outlet-new")
    if not outlets:
        text(words("page_outlets_none"), "soft")
    for outlet in outlets:
        count = sum(row.details.outlet_id == outlet.outlet_id for row in rows)
        with named(box("entryline"), f"outlet-{outlet.outlet_id}"):
            with box():
                text(f"{outlet.outlet_id} {outlet.name}")
                stock = words("page_without_stock") if outlet.without_stock else ""
                said = words("page_outlet_tills", count=count)
                text(" · ".join(filter(None, (said, stock))), "soft")
            if page.may(*_ADMIN):
                run = page.on(_outlet, page, outlet, rights=_ADMIN)
                key(words("page_change"), run, look="small")


async def _outlet(page: Page, outlet: Outlet | None) -> None:
    words = page.words
    dialog, card = sheet(words("page_outlet_new") if outlet is None else outlet.name)

    async def work(change: Callable[[TillAdmin], object]) -> None:
        await page.room.write(lambda office: change(office_admin.till_admin(office, page.who)))
        dialog.close()
        page.go("/tills")

    async def save() -> None:
        made = Outlet(str(number.value or ""), str(name.value or ""), bool(stock.value))
        await work(lambda admin: admin.save_outlet(made))

    async def remove() -> None:
        assert outlet is not None
        why = str(reason.value or "")
        await work(lambda admin: admin.remove_outlet(outlet.outlet_id, why))

    with card:
        number = field(
            words("page_outlet_id"), outlet.outlet_id if outlet else "", test="outlet-id"
        )
        number.set_enabled(outlet is None)
        name = field(words("page_outlet_name"), outlet.name if outlet else "", test="outlet-name")
        stock = ui.checkbox(
            words("page_without_stock"), value=bool(outlet and outlet.without_stock)
        )
        with box("keys"):
            key(words("page_cancel"), dialog.close, test="no")
            key(words("page_save"), page.on(save, rights=_ADMIN), look="go", test="save")
        if outlet is not None:
            ui.separator()
            reason = field(words("page_reason"), test="reason")
            with box("keys"):
                key(words("page_outlet_remove"), page.on(remove, rights=_ADMIN), look="stop")
    dialog.open()
