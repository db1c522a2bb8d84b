"""Settings and people; who may not change them sees why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from nicegui import ui

from tillferry.till.register.audit import AuditEntry
from tillferry.till.register.values import PaymentMethod, Role
from tillferry.ui.till import masters, people
from tillferry.ui.till.parts import box, key, number_of, text
from tillferry.ui.till.session import Session

_AUDIT_SHOWN: Final = 200


async def show(session: Session) -> None:
    """The parts of the settings, one at a time."""
    words = session.words
    if not session.may(Role.SETTINGS):
        with box("card"):
            text(words("desk_place_settings"), "title")
            text(words("desk_settings_may_not"), "bad")
        return
    parts: dict[str, Callable[[Session], Awaitable[None]]] = {
        "till": _till,
        "people": people.show,
        "articles": masters.show,
        "audit": _audit,
    }
    with box("tools"):
        tabs = {
            name: key(words(f"desk_settings_{name}"), test=f"settings-{name}") for name in parts
        }
    stage = box("grow").style("display:flex;flex-direction:column;gap:8px")

    async def choose(name: str) -> None:
        for other, tab in tabs.items():
            tab.classes(add="on" if other == name else "", remove="" if other == name else "on")
        stage.clear()
        with stage:
            await parts[name](session)

    for name, tab in tabs.items():
        tab.on_click(session.on(choose, name))
    await choose("till")


async def _till(session: Session) -> None:
    """Who the till belongs to, how it works."""
    desk, words, masters_ = session.desk, session.words, session.desk.register.masters
    before = await desk.do(masters_.settings)
    named = await desk.do(lambda: desk.media_named)
    fields: dict[str, ui.input] = {}

    def field(name: str, value: str, label: str = "") -> None:
        fields[name] = ui.input(words(label or f"desk_set_{name}"), value=value)
        fields[name].props(f'outlined dense data-test="set-{name}"')

    with box("card"):
        text(words("desk_set_company"), "title")
        with box("fields"):
            for owner, address in (("company", before.company), ("outlet", before.outlet)):
                for part in ("name", "street", "postcode", "town"):
                    label = f"desk_set_{owner}_name" if part == "name" else f"desk_set_{part}"
                    field(f"{owner}.{part}", getattr(address, part), label)
            field("stnr", before.stnr)
            field("ustid", before.ustid)
            field("serial", before.serial)
    with box("card"):
        text(words("desk_set_work"), "title")
        handover = ui.switch(words("desk_set_save_for_office"), value=before.save_for_office)
        handover.props('data-test="set-handover"')
        with box("fields"):
            field("printer", before.printer)
            field("media", named)
            field("auto_close_at", before.auto_close_at)
            field("activities", ", ".join(before.activities))
            field("payment_methods", ", ".join(one.name for one in before.payment_methods))
            field("pin_tries", str(before.pin_tries))
            field("pin_lock_minutes", str(before.pin_lock_minutes))
            tse = ui.select(
                {"none": words("desk_tse_none"), "training": words("desk_tse_training")},
                value=before.tse,
                label="TSE",
            ).props("outlined dense")
        text(words("desk_tse_note"), "soft")
        footer = ui.textarea(words("desk_set_footer"), value=before.receipt_footer)
        footer.props("outlined autogrow")

        async def save() -> None:
            typed = {name: str(one.value or "").strip() for name, one in fields.items()}
            company, outlet = (
                replace(
                    address,
                    **{
                        part: typed[f"{owner}.{part}"]
                        for part in ("name", "street", "postcode", "town")
                    },
                )
                for owner, address in (("company", before.company), ("outlet", before.outlet))
            )
            changes: dict[str, object] = {
                name: typed[name]
                for name in ("stnr", "ustid", "serial", "printer", "auto_close_at")
            }
            changes |= {
                "company": company,
                "outlet": outlet,
                "activities": _listed(typed["activities"]),
                "payment_methods": _methods(typed["payment_methods"], before.payment_methods),
                "pin_tries": number_of(typed["pin_tries"], 0),
                "pin_lock_minutes": number_of(typed["pin_lock_minutes"], 0),
                "save_for_office": bool(handover.value),
                "tse": tse.value,
                "receipt_footer": str(footer.value or ""),
            }
            await desk.do(masters_.change, session.by, **changes)
            await desk.do(desk.name_media, session.by, typed["media"])
            session.tell("desk_saved")
            await session.refresh_strip()

        key(words("desk_save"), session.on(save), look="go wide", test="settings-save")


def _listed(typed: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in typed.split(",") if part.strip())


def _methods(typed: str, before: tuple[PaymentMethod, ...]) -> tuple[PaymentMethod, ...]:
    """Ways to pay by name; a new one is of the kind that the standard has for any without cash."""
    kinds = {one.name: one.kind for one in before}
    return tuple(PaymentMethod(name, kinds.get(name, "Unbar")) for name in _listed(typed))


# --- the audit trail ----------------------------------------------------------------------------


async def _audit(session: Session) -> None:
    """Who changed what, the newest first."""
    desk, words = session.desk, session.words
    entries = await desk.do(desk.register.audit)
    names = {person.person_id: person.name for person in await desk.do(desk.register.people.all)}
    with box("card"):
        text(words("desk_settings_audit"), "title")
        text(words("desk_audit_hint"), "soft")
        for entry in entries[: -_AUDIT_SHOWN - 1 : -1]:
            with box("rowline").props('data-test="audit-row"'):
                with box("grow"):
                    who = names.get(entry.person, words("desk_audit_till"))
                    text(f"{words(f'desk_audit_{entry.kind}')} · {who}")
                    text(_what(session, entry), "soft")
                text(words.moment(entry.at), "soft")


def _what(session: Session, entry: AuditEntry) -> str:
    words, data = session.words, entry.data
    if entry.kind == "settings":
        changed = (
            f"{name}: {_short(change.get('before'))} → {_short(change.get('after'))}"
            for name, change in data.items()
            if isinstance(change, dict)
        )
        return "; ".join(changed)
    if entry.kind == "cancellation":
        number = data["cancels"]
        return f"{number} · {words.euro(-data['gross'])} · {data['note']}"
    after = data.get("after")
    if isinstance(after, dict):
        return str(after.get("text") or after.get("name") or "")
    return ", ".join(f"{name}: {_short(value)}" for name, value in data.items())


def _short(value: object) -> str:
    text_ = "–" if value in (None, "", []) else str(value)
    return text_ if len(text_) <= 60 else f"{text_[:57]}…"
