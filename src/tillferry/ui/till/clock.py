"""The time clock: in, out, break; and corrections, which are new entries that name the old."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from nicegui import ui

from tillferry.errors import TillferryError
from tillferry.till.register.store import new_key
from tillferry.till.register.timeclock import Running, TimeEntry, minutes
from tillferry.till.register.values import Person, Role
from tillferry.ui.till.parts import Pad, box, inside, key, number_of, sheet, text
from tillferry.ui.till.session import Session

_DAYS_BACK = 14


async def show(session: Session) -> None:
    """Everybody with what they do right now; below it the entries of the last days."""
    desk, words = session.desk, session.words
    people = [person for person in await desk.do(desk.register.people.all) if person.active]
    working = {work.person_id: work for work in await desk.do(desk.register.time.running)}
    with box("card"):
        text(words("desk_clock_title"), "title")
        text(words("desk_clock_hint"), "soft")
        with box("keys"):
            for person in people:
                work = working.get(person.person_id)
                key(
                    f"{person.name} · {_state(session, work)}",
                    session.on(_clock, session, person, work),
                    look="person on" if work else "person",
                    icon="coffee" if work and work.break_since else None,
                    test=f"clock-{person.person_id}",
                )
    if session.person is None:
        return
    await _entries(session, people)


def _state(session: Session, work: Running | None) -> str:
    words = session.words
    if work is None:
        return words("desk_clock_off")
    code = "desk_clock_break" if work.break_since else "desk_clock_on"
    return words(code, at=words.clock(work.break_since or work.start), activity=work.activity)


async def _clock(session: Session, person: Person, work: Running | None) -> None:
    """Ask for the PIN and what begins or ends."""
    desk, words, time = session.desk, session.words, session.desk.register.time
    settings = await desk.do(desk.register.masters.settings)
    dialog = sheet(f"{person.name} · {_state(session, work)}", narrow=True)

    async def stamp(kind: str, activity: str = "") -> None:
        # Nothing typed is no wrong PIN: a key that was pressed twice must not lock anybody.
        if not pad.text:
            raise TillferryError("desk_type_pin")
        pin = pad.text
        pad.text = ""
        done: Running | TimeEntry
        if kind == "in":
            done = await desk.do(time.clock_in, person.person_id, pin, activity)
        elif kind == "break":
            done = await desk.do(time.start_break, person.person_id, pin)
        elif kind == "resume":
            done = await desk.do(time.end_break, person.person_id, pin)
        else:
            done = await desk.do(time.clock_out, person.person_id, pin)
        dialog.close()
        if isinstance(done, TimeEntry):
            worked = words.hours(minutes(done))
            session.tell("desk_clocked_out", person=person.name, hours=worked)
        else:
            session.tell(f"desk_clocked_{kind}", person=person.name)
        await session.redraw() if session.person else dialog.delete()

    with inside(dialog):
        pad = Pad(words, "pin", words("desk_pin"), test="clock-pin")
        if work is None:
            text(words("desk_clock_in"), "soft")
            with box("keys three"):
                for activity in settings.activities or (words("desk_clock_work"),):
                    key(
                        activity,
                        session.on(stamp, "in", activity),
                        look="go",
                        test=f"in-{activity}",
                    )
        else:
            with box("keys two"):
                if work.break_since:
                    key(words("desk_clock_resume"), session.on(stamp, "resume"), test="resume")
                else:
                    key(words("desk_clock_pause"), session.on(stamp, "break"), test="break")
                key(words("desk_clock_out"), session.on(stamp, "out"), look="stop", test="out")
        key(words("desk_cancel"), dialog.close)
    dialog.open()


# --- entries and corrections --------------------------------------------------------------------


async def _entries(session: Session, people: list[Person]) -> None:
    desk, words = session.desk, session.words
    today = desk.register.store.now().date()
    times = await desk.do(
        desk.register.reports.working_times, today - timedelta(days=_DAYS_BACK), today
    )
    entries = sorted((e for person in times for e in person.entries), key=lambda e: e.start)
    with box("card"):
        with box("spread"):
            text(words("desk_clock_entries"), "title")
            if session.may(Role.SETTINGS):
                key(
                    words("desk_clock_add"),
                    session.on(_correct, session, None, people),
                    icon="add",
                    test="time-add",
                )
        if not entries:
            text(words("desk_clock_no_entries"), "soft")
        for entry in reversed(entries):
            with box("rowline"):
                with box("grow"):
                    text(f"{entry.person_name} · {entry.activity}")
                    text(_span(session, entry), "soft" if entry.end else "bad")
                if session.may(Role.SETTINGS):
                    key(
                        words("desk_clock_correct"),
                        session.on(_correct, session, entry, people),
                        test="time-correct",
                    )


def _span(session: Session, entry: TimeEntry) -> str:
    words = session.words
    end = words.clock(entry.end) if entry.end else words("desk_clock_no_end")
    note = f" · {entry.note}" if entry.note else ""
    return words(
        "desk_clock_span",
        day=words.day(entry.start),
        start=words.clock(entry.start),
        end=end,
        pause=entry.break_minutes,
        hours=words.hours(minutes(entry)),
        note=note,
    )


async def _correct(session: Session, entry: TimeEntry | None, people: list[Person]) -> None:
    """A new entry; with ``entry`` it takes that one's place."""
    desk, words = session.desk, session.words
    settings = await desk.do(desk.register.masters.settings)
    now = desk.register.store.now()
    dialog = sheet(words("desk_clock_correct_title" if entry else "desk_clock_add"))
    booking = new_key()

    async def save() -> None:
        start = _moment(session, day.value, start_at.value)
        end = ""
        if end_at.value:
            end = _moment(session, day.value, end_at.value)
            if datetime.fromisoformat(end) < datetime.fromisoformat(start):
                next_day = datetime.fromisoformat(day.value) + timedelta(days=1)
                end = _moment(session, next_day.date().isoformat(), end_at.value)
        wanted = TimeEntry(
            "",
            entry.person_id if entry else str(who.value),
            "",
            str(activity.value or ""),
            start,
            end,
            number_of(str(pause.value or ""), 0),
            entry.entry_id if entry else "",
            str(note.value or ""),
        )
        await desk.do(desk.register.time.record, booking, session.by, replace(wanted))
        dialog.close()
        await session.redraw()

    with inside(dialog):
        if entry:
            text(words("desk_clock_correct_hint"), "soft")
        with box("fields"):
            names = {person.person_id: person.name for person in people}
            who = ui.select(names, value=entry.person_id if entry else session.by)
            who.props("outlined").set_enabled(entry is None)
            first = entry.activity if entry else next(iter(settings.activities), "")
            activity = ui.input(words("desk_clock_activity"), value=first).props("outlined")
            begun = entry.start if entry else now.isoformat()
            day = ui.input(words("desk_day"), value=begun[:10]).props("outlined type=date")
            start_at = ui.input(words("desk_clock_from"), value=words.clock(begun))
            start_at.props('outlined type=time data-test="time-from"')
            ended = words.clock(entry.end) if entry and entry.end else ""
            end_at = ui.input(words("desk_clock_to"), value=ended)
            end_at.props('outlined type=time data-test="time-to"')
            pause = ui.input(
                words("desk_clock_minutes"), value=str(entry.break_minutes if entry else 0)
            ).props("outlined inputmode=numeric")
            note = ui.input(words("desk_note"), value="").props('outlined data-test="time-note"')
        with box("keys two"):
            key(words("desk_cancel"), dialog.close)
            key(words("desk_save"), session.on(save), look="go", test="time-save")
    dialog.open()


def _moment(session: Session, day: str, clock: str) -> str:
    """A moment at this till's place."""
    store = session.desk.register.store
    try:
        naive = datetime.fromisoformat(f"{day}T{clock}")
    except ValueError:
        raise TillferryError("time_wrong", time=f"{day} {clock}") from None
    return naive.replace(tzinfo=ZoneInfo(store.settings().timezone)).isoformat()
