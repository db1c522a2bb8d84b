"""Waiting for media: who plugs a stick in is seen at once, also while another is being read."""

from __future__ import annotations

import contextlib
import queue
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, overload

from tillferry.carriers.media import Medium, list_media

_SLICE_SECONDS: Final = 0.2
"""How long it takes at most until ``stop`` is seen."""


@dataclass(frozen=True, slots=True)
class MediaEvent:
    """A medium appeared or vanished. One that was plugged in again appears again."""

    kind: Literal["appeared", "vanished"]
    medium: Medium


@overload
def watch(
    media_dirs: Sequence[Path],
    *,
    stop: threading.Event,
    poll_seconds: float = ...,
    ticks: Literal[False] = ...,
) -> Iterator[MediaEvent]: ...
@overload
def watch(
    media_dirs: Sequence[Path],
    *,
    stop: threading.Event,
    poll_seconds: float = ...,
    ticks: Literal[True],
) -> Iterator[MediaEvent | None]: ...


def watch(
    media_dirs: Sequence[Path],
    *,
    stop: threading.Event,
    poll_seconds: float = 2.0,
    ticks: bool = False,
) -> Iterator[MediaEvent | None]:
    """Media as they come and go, those that are there already first, until ``stop`` is set.

    What counts as a medium says ``media.list_media``. The media are looked at every
    ``poll_seconds``; on Linux also at once when something is mounted or unmounted. A thread of its
    own looks while the caller works, so a stick that was pulled and plugged again meanwhile is not
    missed; an event may therefore be about a medium that has gone again. With ``ticks`` the caller
    gets ``None`` whenever ``poll_seconds`` passed without an event.
    """
    events: queue.SimpleQueue[MediaEvent | BaseException | None] = queue.SimpleQueue()
    closed = threading.Event()

    def ended() -> bool:
        return stop.is_set() or closed.is_set()

    def look() -> None:
        try:
            for event in _changes(media_dirs, ended, poll_seconds):
                events.put(event)
            events.put(None)
        except BaseException as error:
            events.put(error)

    looking = threading.Thread(target=look, name="media watch", daemon=True)
    looking.start()
    try:
        while True:
            try:
                # Never for ever: a signal that comes just before the wait is dealt with after it.
                event = events.get(timeout=poll_seconds)
            except queue.Empty:
                if ticks:
                    yield None
                continue
            if isinstance(event, BaseException):
                raise event
            if event is None or stop.is_set():
                return
            yield event
    finally:
        closed.set()
        looking.join()


def _changes(
    media_dirs: Sequence[Path], ended: Callable[[], bool], poll_seconds: float
) -> Iterator[MediaEvent]:
    known: dict[object, Medium] = {}
    with _Waker() as waker:
        while not ended():
            now = {_identity(medium): medium for medium in list_media(media_dirs)}
            for key in known.keys() - now.keys():
                yield MediaEvent("vanished", known[key])
            for key in now.keys() - known.keys():
                yield MediaEvent("appeared", now[key])
            known = now
            waker.wait(poll_seconds, ended)


def _identity(medium: Medium) -> object:
    """What stays the same as long as a medium is in."""
    with contextlib.suppress(OSError):
        entry = medium.mount.stat()
        return replace(medium, free_bytes=0), entry.st_dev, entry.st_ino
    return replace(medium, free_bytes=0)


class _Waker:
    """Waits for a change of the mounts (Linux) or for time to pass."""

    def __enter__(self) -> _Waker:
        self._mounts = None
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                self._mounts = Path("/proc/self/mounts").open("rb")
                self._poll = select.poll()
                self._poll.register(self._mounts, select.POLLPRI | select.POLLERR)
        return self

    def __exit__(self, *_: object) -> None:
        if self._mounts is not None:
            self._mounts.close()

    def wait(self, seconds: float, ended: Callable[[], bool]) -> None:
        """Returns after a change, after ``seconds``, or soon after the end."""
        until = time.monotonic() + seconds
        while not ended() and (left := until - time.monotonic()) > 0:
            pause = min(left, _SLICE_SECONDS)
            if self._mounts is None:
                time.sleep(pause)
            elif self._poll.poll(pause * 1000):
                return
