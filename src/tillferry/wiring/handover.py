"""The stick dialog without its page: bookings onto the stick, then the master-data backup."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from tillferry.carriers.folder import FolderCarrier
from tillferry.carriers.stick import open_carrier
from tillferry.carriers.watch import watch
from tillferry.closing.seams import Carrier, Progress, no_progress
from tillferry.errors import TillferryError
from tillferry.till.sending import Sent

if TYPE_CHECKING:
    from tillferry.wiring.register import OpenRegister


class HandoverState(StrEnum):
    """Where the handover is. Each has a sentence in ``messages``: ``handover_<value>``."""

    WAITING = "waiting"
    """For a stick; shown by the page before ``handover`` is called."""
    WRITING = "writing"
    READING_BACK = "reading_back"
    MAY_GO = "may_go"
    """The end without a backup: the stick may be removed."""
    BACKUP_NEXT = "backup_next"
    """The bookings are on the stick, the master-data backup is still to come."""
    BACKUP_WRITING = "backup_writing"
    BACKUP_READING_BACK = "backup_reading_back"
    BACKUP_DONE = "backup_done"
    """The end with a backup: the stick may be removed."""
    FAILED = "failed"
    """The bookings did not get there: everything is still in the till."""
    BACKUP_FAILED = "backup_failed"
    """The bookings are on the stick, the backup is not."""


@dataclass(frozen=True, slots=True)
class Handover:
    """What became of it. ``state`` is MAY_GO, BACKUP_DONE, FAILED or BACKUP_FAILED.

    ``sent`` is ``None`` where FAILED, and for a backup of a till without head office; ``error``
    says what went wrong; ``backup`` is the name of the backup's file, or empty.
    """

    state: HandoverState
    sent: Sent | None = None
    backup: str = ""
    error: TillferryError | None = None


Step = Callable[[HandoverState], None]


def no_step(state: HandoverState) -> None:
    """Shows nothing."""


def handover(
    register: OpenRegister,
    carrier: Carrier,
    *,
    with_backup: bool = False,
    progress: Progress = no_progress,
    step: Step = no_step,
) -> Handover:
    """Everything for head office onto the stick, then the backup where wanted; never raises a
    ``TillferryError``. Made for a worker thread; ``step`` and ``progress`` are called in it, and
    ``progress`` begins anew with the backup.
    """
    sent: Sent | None = None
    try:
        if register.has_office or not with_backup:
            moved = _phased(HandoverState.WRITING, HandoverState.READING_BACK, progress, step)
            sent = register.send(carrier, moved)
    except TillferryError as error:
        step(HandoverState.FAILED)
        return Handover(HandoverState.FAILED, error=error)
    if not with_backup:
        step(HandoverState.MAY_GO)
        return Handover(HandoverState.MAY_GO, sent)
    if sent is not None:
        step(HandoverState.BACKUP_NEXT)
    try:
        moved = _phased(
            HandoverState.BACKUP_WRITING, HandoverState.BACKUP_READING_BACK, progress, step
        )
        name = register.backup(carrier, moved)
    except TillferryError as error:
        step(HandoverState.BACKUP_FAILED)
        return Handover(HandoverState.BACKUP_FAILED, sent, error=error)
    step(HandoverState.BACKUP_DONE)
    return Handover(HandoverState.BACKUP_DONE, sent, name)


def _phased(
    writing: HandoverState, reading_back: HandoverState, progress: Progress, step: Step
) -> Progress:
    """Carriers count each byte three times: written, and twice read back."""
    reached: list[HandoverState] = []

    def moved(done: int, total: int) -> None:
        state = writing if 3 * done < total else reading_back
        if state not in reached:
            reached.append(state)
            step(state)
        progress(done, total)

    step(writing)
    reached.append(writing)
    return moved


def wait_for_stick(
    media_dirs: Sequence[Path],
    stop: threading.Event,
    *,
    refused: Path | None = None,
    poll_seconds: float = 1.0,
) -> FolderCarrier | None:
    """The stick that is in or is plugged in next; ``None`` once ``stop`` is set.

    ``refused`` is the mount point of one that was tried and could not be used: it is left out
    until it was pulled.
    """
    for event in watch(media_dirs, stop=stop, poll_seconds=poll_seconds):
        if event.medium.mount == refused:
            refused = None if event.kind == "vanished" else refused
            continue
        if event.kind == "appeared":
            try:
                return open_carrier(event.medium.mount, event.medium.label)
            except TillferryError:
                continue  # It has gone again.
    return None
