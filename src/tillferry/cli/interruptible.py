"""Long work that Ctrl-C ends at the next good place.

The work runs in a thread, for database drivers take the interrupt for themselves in the main one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from tillferry.closing.seams import Progress

T = TypeVar("T")

_LOOK_SECONDS = 0.1


class Stopped(Exception):
    """The work saw that it should stop, and did."""


class _Work(threading.Thread, Generic[T]):
    def __init__(self, work: Callable[[threading.Event], T]) -> None:
        super().__init__(name="work", daemon=True)
        self.stop = threading.Event()
        self._work = work
        self.result: list[T] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result.append(self._work(self.stop))
        except BaseException as error:
            self.error = error


def run_interruptible(work: Callable[[threading.Event], T]) -> T:
    """The result of ``work``, which looks at the event it is given and raises ``Stopped``.

    Raises ``KeyboardInterrupt`` after Ctrl-C, once the work has stopped; a second Ctrl-C does not
    wait for it.
    """
    running = _Work(work)
    running.start()
    try:
        while running.is_alive():
            running.join(_LOOK_SECONDS)
    except KeyboardInterrupt:
        running.stop.set()
        running.join()
        raise
    if running.error is not None:
        raise running.error
    return running.result[0]


def stopping(progress: Progress, stop: threading.Event) -> Progress:
    """The same progress, which ends the work once ``stop`` is set."""

    def moved(done: int, total: int) -> None:
        if stop.is_set():
            raise Stopped
        progress(done, total)

    return moved
