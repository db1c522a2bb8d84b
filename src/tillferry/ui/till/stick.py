"""The stick dialog: asks for a stick, sees it, writes, reads back, and says when it may go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from nicegui import ui

from tillferry.carriers.folder import FolderCarrier
from tillferry.carriers.media import list_media
from tillferry.errors import TillferryError
from tillferry.till.sending import Sent
from tillferry.ui.till.desk import in_thread
from tillferry.ui.till.parts import box, inside, key, sheet, text
from tillferry.ui.till.session import Session
from tillferry.wiring.register import Handover, HandoverState, handover, wait_for_stick

_TICK_SECONDS: Final = 0.15
_BACKUP_STATES: Final = frozenset(
    {
        HandoverState.BACKUP_NEXT,
        HandoverState.BACKUP_WRITING,
        HandoverState.BACKUP_READING_BACK,
    }
)


async def hand_over(session: Session) -> None:
    """The bookings for head office, and the backup where it follows."""
    follows = await session.desk.do(lambda: session.desk.backup_follows)
    await StickDialog(session, with_bookings=True, with_backup=follows).run()


async def back_up(session: Session) -> None:
    """Only the backup."""
    await StickDialog(session, with_bookings=False, with_backup=True).run()


class StickDialog:
    """One handover from the request for a stick to its end, or to "later"."""

    def __init__(self, session: Session, *, with_bookings: bool, with_backup: bool) -> None:
        self._session = session
        self._with_bookings = with_bookings
        self._with_backup = with_backup
        self._stop = session.desk.new_stop()
        self._state = HandoverState.WAITING
        self._done_bytes = self._all_bytes = 0
        self._busy = False
        session.client.on_delete(self._stop.set)
        words = session.words
        title = "desk_stick_title" if with_bookings else "desk_backup_title"
        self._dialog = sheet(words(title), persistent=True)
        with inside(self._dialog):
            self._sentence = ui.label().classes("title").props('data-test="sentence" role=status')
            self._name = ui.label().classes("soft").props('data-test="stick"')
            self._bar = ui.linear_progress(0, show_value=False, size="22px")
            self._bar.props('instant-feedback data-test="progress"')
            self._trouble = box("card").props('data-test="trouble" role=alert')
            self._result = ui.label().classes("soft").props('data-test="result"')
            self._backup: ui.checkbox | None = None
            if with_bookings:
                self._backup = ui.checkbox(
                    words("desk_backup_follows"),
                    value=with_backup,
                    on_change=session.on(self._choose_backup),
                ).props('data-test="with-backup"')
            with box("keys two") as self._keys:
                pass

    # --- the way ---

    async def run(self) -> None:
        """Show it and wait for a stick; everything else follows."""
        self._dialog.open()
        self._show_waiting()
        await self._wait(None)

    async def _wait(self, refused: Path | None) -> None:
        media = await self._session.desk.do(lambda: self._session.desk.media)
        carrier = await in_thread(
            wait_for_stick, media, self._stop, refused=refused, poll_seconds=0.5
        )
        if carrier is None or self._dialog.is_deleted:
            return
        done = await self._hand_to(carrier)
        await self._end(done, carrier)

    async def _hand_to(self, carrier: FolderCarrier) -> Handover:
        """Write and read back in a worker thread while a timer moves the bar."""
        words = self._session.words
        self._busy = True
        self._trouble.set_visibility(False)
        if self._backup is not None:
            self._backup.set_enabled(False)
        self._fill_keys()
        free = await in_thread(_free_bytes, carrier)
        self._name.set_text(words("desk_stick_found", name=carrier.label, free=words.size(free)))
        self._bar.set_visibility(True)
        with inside(self._dialog):
            timer = ui.timer(_TICK_SECONDS, self._tick)
        try:
            done: Handover = await in_thread(self._work(carrier))
        finally:
            timer.cancel()
            self._busy = False
        self._tick()
        return done

    def _work(self, carrier: FolderCarrier) -> Callable[[], Handover]:
        opened = self._session.desk.opened

        def step(state: HandoverState) -> None:
            if state in (HandoverState.WRITING, HandoverState.BACKUP_WRITING):
                self._done_bytes = 0
            self._state = state

        def progress(done: int, total: int) -> None:
            self._done_bytes, self._all_bytes = done, total

        def work() -> Handover:
            if self._with_bookings:
                return handover(
                    opened, carrier, with_backup=self._with_backup, progress=progress, step=step
                )
            step(HandoverState.BACKUP_WRITING)
            try:
                name = opened.backup(carrier, progress)
            except TillferryError as error:
                return Handover(HandoverState.BACKUP_FAILED, error=error)
            step(HandoverState.BACKUP_DONE)
            return Handover(HandoverState.BACKUP_DONE, backup=name)

        return work

    def _tick(self) -> None:
        if self._dialog.is_deleted:
            return
        self._say(self._state)
        share = self._done_bytes / self._all_bytes if self._all_bytes else 0.0
        self._bar.set_value(min(1.0, share))

    def _say(self, state: HandoverState) -> None:
        if not self._with_bookings and state is HandoverState.BACKUP_FAILED:
            self._sentence.set_text(self._session.words("desk_backup_failed_alone"))
        else:
            self._sentence.set_text(self._session.words(f"handover_{state.value}"))
        done = state in (HandoverState.MAY_GO, HandoverState.BACKUP_DONE)
        failed = state in (HandoverState.FAILED, HandoverState.BACKUP_FAILED)
        self._sentence.classes(remove="good bad", add="good" if done else "bad" if failed else "")

    async def _end(self, done: Handover, carrier: FolderCarrier) -> None:
        session = self._session
        if done.sent is not None:
            await session.desk.do(session.desk.put_off, False)
        await session.refresh_strip()
        if self._dialog.is_deleted:
            return
        self._state = done.state
        self._say(done.state)
        self._result.set_text(self._told(done.sent))
        self._bar.set_value(1.0 if done.error is None else 0.0)
        self._bar.set_visibility(done.error is None)
        if done.error is None:
            self._fill_keys(finished=True)
            return
        if done.state is HandoverState.BACKUP_FAILED:
            self._with_bookings = False
        self._show_trouble(done.error)
        self._fill_keys(again=carrier.root)
        # Another stick, or this one plugged in once more, goes on by itself.
        media = await session.desk.do(lambda: session.desk.media)
        is_in = await in_thread(_is_in, media, carrier.root)
        await self._wait(carrier.root if is_in else None)

    def _told(self, sent: Sent | None) -> str:
        words = self._session.words
        if sent is None:
            return ""
        found = [words("desk_sent_none")]
        if sent.bundle is not None:
            days = len(sent.bundle.z_nrs)
            found = [words("desk_sent_one" if days == 1 else "desk_sent", days=days)]
        if sent.letter is not None:
            found.append(words("desk_letter_read"))
        found += [words.error(problem)[0] for problem in sent.letter_problems]
        return " ".join(found)

    # --- what is shown ---

    def _show_waiting(self) -> None:
        words = self._session.words
        self._state = HandoverState.WAITING
        self._sentence.classes(remove="good bad")
        self._sentence.set_text(
            words("handover_waiting") if self._with_bookings else words("desk_backup_waiting")
        )
        self._bar.set_visibility(False)
        self._trouble.set_visibility(False)
        self._fill_keys()

    def _show_trouble(self, error: TillferryError) -> None:
        message, hint = self._session.words.error(error)
        self._trouble.set_visibility(True)
        self._trouble.clear()
        with self._trouble:
            text(message, "bad")
            if hint:
                text(hint)
            text(self._session.words("desk_other_stick"), "soft")

    def _fill_keys(self, *, finished: bool = False, again: Path | None = None) -> None:
        session, words = self._session, self._session.words
        self._keys.clear()
        with self._keys:
            if finished:
                key(words("desk_done"), session.on(self._finish), look="go", test="stick-done")
                return
            later = key(words("desk_later"), session.on(self._later), test="later")
            later.set_enabled(not self._busy)
            if again is not None:
                key(words("desk_try_again"), session.on(self._again), look="sea", test="again")

    # --- keys ---

    async def _choose_backup(self) -> None:
        if self._backup is not None:
            self._with_backup = bool(self._backup.value)
            await self._session.desk.do(self._session.desk.choose_backup, self._with_backup)

    async def _later(self) -> None:
        """Everything stays in the till, and the till reminds."""
        if self._with_bookings and self._state is not HandoverState.BACKUP_FAILED:
            await self._session.desk.do(self._session.desk.put_off, True)
        await self._finish()

    async def _again(self) -> None:
        """The same stick once more."""
        self._stop.set()
        self._stop = self._session.desk.new_stop()
        self._session.client.on_delete(self._stop.set)
        self._show_waiting()
        await self._wait(None)

    async def _finish(self) -> None:
        self._stop.set()
        self._session.desk.stops.discard(self._stop)
        self._dialog.close()
        await self._session.redraw()


def _is_in(media: Sequence[Path], mount: Path) -> bool:
    """Whether a stick is still there: one that was pulled too early may come back."""
    return any(medium.mount == mount for medium in list_media(media))


def _free_bytes(carrier: FolderCarrier) -> int:
    """Space left; 0 where the stick has gone again, which the handover then says."""
    try:
        return carrier.free_bytes()
    except TillferryError:
        return 0
