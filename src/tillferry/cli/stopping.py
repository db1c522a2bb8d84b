"""Ends a command that would run for ever."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and the first Ctrl-C set, so that what is being done gets done.

    A second Ctrl-C interrupts at once.
    """
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        stop.set()
        if number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return stop
