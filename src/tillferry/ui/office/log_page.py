"""The log of what people did, head office's health, and the backup."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nicegui import ui

from tillferry.closing.office_seams import LogRecord
from tillferry.errors import TillferryError, has_text, message
from tillferry.office.audit_log import check_log
from tillferry.office.backup_settings import BackupSettings
from tillferry.office.event_log import FILE, FOLDER, LEVELS, Event, last_events
from tillferry.office.people import Right
from tillferry.ui.office.backroom import in_thread
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, choice, field, heading, key, link, table, text
from tillferry.ui.office.words import NONE, Words
from tillferry.wiring import office_admin
from tillferry.wiring.office import now

ROWS: Final = 100
_ADMIN: Final = (Right.ADMIN,)


async def show_log(page: Page) -> None:
    """The newest entries first, and whether the chain is whole."""
    words = page.words
    checked = await page.room.read(lambda office: check_log(office_admin.records(office)))
    heading(words("page_log"), 1)
    with box("banner bad" if checked.broken else "banner"):
        code = "page_log_broken" if checked.broken else "page_log_whole"
        said = words(code, count=words.number(checked.records), number=checked.broken)
        text(said, test="chain")
        text(words("page_log_hash", hash=checked.last_hash[:16] or NONE), "soft")
    listed = box("card")
    place = {"end": checked.records}

    async def fill() -> None:
        end = place["end"]
        start = max(0, end - ROWS)
        found = await page.room.read(
            lambda office: office_admin.records(office).log(start, end - start)
        )
        listed.clear()
        with listed:
            heads = ("number", "at", "person", "what", "subject", "reason")
            rows = [_row(words, record) for record in reversed(found)]
            table([words(f"page_column_{name}") for name in heads], rows, test="log")
            with box("keys"):
                newer = key(words("page_newer"), page.on(turn, ROWS), look="small", test="newer")
                newer.set_enabled(end < checked.records)
                older = key(words("page_older"), page.on(turn, -ROWS), look="small", test="older")
                older.set_enabled(start > 0)

    async def turn(rows: int) -> None:
        place["end"] = max(1, min(checked.records, place["end"] + rows))
        await fill()

    await fill()
    await _events(page)


async def _events(page: Page) -> None:
    """The newest lines of the event log, which rotates; with the level that people want."""
    words = page.words
    with box("card"):
        with box("spread"):
            heading(words("page_events"))
            levels = {level: words(f"page_levels_{level}") for level in LEVELS}
            level = choice(levels, LEVELS[0], words("page_column_level"), test="level")
        text(words("page_events_hint", file=str(page.room.home / FOLDER / FILE)), "soft")
        listed = box("wide").props('data-test="events" aria-live=polite')

    async def fill() -> None:
        wanted = str(level.value or LEVELS[0])
        found = await in_thread(lambda: last_events(page.room.home, ROWS, wanted))
        listed.clear()
        with listed:
            rows = [_event_row(words, event) for event in found]
            table([words(f"page_column_{name}") for name in ("at", "level", "what")], rows)
            if not rows:
                text(words("page_events_none"), "soft")

    level.on_value_change(page.on(fill))
    await fill()


def _event_row(words: Words, event: Event) -> list[str]:
    code = f"event_{event.name}"
    params = dict(event.params)
    action = f"action_{params.get('action', '')}"
    if has_text(action):
        params["action"] = words(action)
    if event.name == "imported" or event.name == "import_stopped":
        params["counts"] = _counts(words, params.get("counts", ""))
    if has_text(f"page_state_{params.get('state')}"):
        params["state"] = words(f"page_state_{params['state']}")
    said = message(code, words.lang, params) if has_text(code) else event.name
    if event.level == "error" and has_text(params.get("code", "")):
        said += f" {message(params['code'], words.lang, params)}"
    return [words.moment(event.at), words(f"page_level_{event.level}"), said]


def _counts(words: Words, counts: str) -> str:
    """``imported 4, conflict 1`` in words."""
    said = []
    for each in counts.split(", "):
        state, _, count = each.rpartition(" ")
        code = f"page_state_{state}"
        said.append(f"{count} {words(code)}" if has_text(code) else each)
    return ", ".join(said)


def _row(words: Words, record: LogRecord) -> list[str]:
    entry = record.entry
    code = f"action_{entry.action}"
    said = words(code) if has_text(code) else entry.action
    return [
        str(record.sequence),
        words.moment(entry.at),
        entry.person,
        said,
        entry.subject,
        entry.reason,
    ]


async def show_health(page: Page) -> None:
    """Versions, room, the age of the backup; and a key that makes one."""
    words = page.words
    found = await page.room.read(office_admin.health_of)
    with box("spread"):
        heading(words("page_health"), 1)
        if page.may(*_ADMIN):
            link(words("page_mail_open"), "/mail", test="mail")
    for warning in found.warnings:
        said, _ = words.error(TillferryError(warning, hours=found.warn_hours))
        with box("banner").props(f'data-test="{warning}"'):
            text(said)
    _serving(page)
    with box("card"):
        rows = [
            [words("page_health_program"), found.program],
            [words("page_health_python"), f"{found.python} · {found.system}"],
            [words("page_health_database"), f"{found.database} ({found.schema})"],
            [words("page_health_size"), words.size(found.database_bytes)],
            [words("page_health_free"), words.size(found.free_bytes)],
            [words("page_health_inbox"), str(found.inbox_lists)],
            [words("page_health_backup"), words.moment(found.last_backup_at)],
        ]
        heads = [words("page_column_what"), words("page_column_value")]
        table(heads, rows, test="health")
    if page.may(*_ADMIN):
        settings = await page.room.read(office_admin.backup_settings)
        _settings(page, settings)
        _recovery(page)
        _backup(page, settings.folder)


def _serving(page: Page) -> None:
    """What is to be known about the way to the pages."""
    where = page.room.where
    warnings = []
    if where.settings.behind_proxy:
        warnings.append(TillferryError("serving_behind_proxy"))
    if where.expires is not None and where.ends_soon(now()):
        day = page.words.day(where.expires.date())
        warnings.append(TillferryError("certificate_ends_soon", day=day))
    for warning in warnings:
        with box("banner").props(f'data-test="{warning.code}"'):
            text(" ".join(page.words.error(warning)))


def _settings(page: Page, settings: BackupSettings) -> None:
    words = page.words

    async def save() -> None:
        typed = str(hours.value or "").strip()
        changed = BackupSettings(
            str(folder.value or "").strip(), int(typed) if typed.isdigit() else 0
        )
        await page.room.write(
            lambda office: office_admin.set_backup_settings(office, changed, page.who)
        )
        page.tell("page_backup_settings_saved")
        page.go("/health")

    with box("card"):
        heading(words("page_backup_settings"))
        text(words("page_backup_settings_hint"), "soft")
        folder = field(words("page_backup_folder"), settings.folder, test="backup-folder")
        hours = field(
            words("page_backup_hours"), str(settings.warn_hours), test="warn-hours", kind="number"
        )
        with box("keys"):
            key(words("page_save"), page.on(save, rights=_ADMIN), test="save-backup-settings")


def _backup(page: Page, folder: str) -> None:
    words = page.words
    moved = {"done": 0, "total": 0}

    def progress(done: int, total: int) -> None:
        moved["done"], moved["total"] = done, total

    async def make() -> None:
        typed, incremental = _typed(target), bool(later.value)
        go.set_enabled(False)
        bar.set_visibility(True)
        told.set_text("")
        try:
            made = await page.room.write(
                lambda office: office_admin.back_up(
                    office, Path(typed), page.who, incremental=incremental, progress=progress
                )
            )
        finally:
            if not page.client.is_deleted:
                bar.set_visibility(False)
                go.set_enabled(True)
        told.set_text(words("page_backup_made", file=made.path, size=words.size(made.size_bytes)))

    def tick() -> None:
        bar.set_value(moved["done"] / moved["total"] if moved["total"] else 0.0)

    with box("card"):
        heading(words("page_backup"))
        text(words("page_backup_hint"), "soft")
        target = field(words("page_backup_to"), folder, test="target")
        later = ui.checkbox(words("page_backup_incremental"))
        bar = ui.linear_progress(0.0, show_value=False, size="12px").props("rounded")
        bar.props(f'aria-label="{words("page_backup")}"')
        bar.set_visibility(False)
        told = text("", "good", test="backup-done")
        with box("keys"):
            make_now = page.on(make, rights=_ADMIN)
            go = key(words("page_backup_make"), make_now, look="go", test="backup")
    ui.timer(0.4, tick)


def _recovery(page: Page) -> None:
    words = page.words

    async def write() -> None:
        typed = _typed(target)
        await page.room.write(
            lambda office: office_admin.write_recovery_key(office, Path(typed), page.who)
        )
        page.tell("page_recovery_done", file=typed)

    with box("card"):
        heading(words("page_recovery"))
        text(words("page_recovery_hint"), "soft")
        target = field(words("page_recovery_to"), test="key-file")
        with box("keys"):
            key(words("page_recovery_write"), page.on(write, rights=_ADMIN), test="recovery")


def _typed(path: ui.input) -> str:
    typed = str(path.value or "").strip()
    if not typed:
        raise TillferryError("path_not_found", path=NONE)
    return typed
