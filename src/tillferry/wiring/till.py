"""A till, put together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tillferry.carriers.stick import StickCarrier, open_carrier
from tillferry.carriers.watch import watch
from tillferry.closing.seams import Carrier, Progress, no_progress
from tillferry.formats.keys import TillKeys
from tillferry.till.agent import Agent, AgentEvents
from tillferry.till.home import TillHome, open_home
from tillferry.till.intake import Intake, take_export
from tillferry.till.outbox import Outbox
from tillferry.till.sending import Sent, send
from tillferry.wiring.register import opened_register
from tillferry.wiring.setting_up import has_register
from tillferry.wiring.setting_up import init_till as init_till


def now() -> datetime:
    """The time of this place, with its offset."""
    return datetime.now().astimezone()


@dataclass
class OpenTill:
    """An opened till. ``home`` changes once, when the first export fixes the serial number."""

    home: TillHome
    keys: TillKeys
    outbox: Outbox

    def take(self, export: Path) -> Intake:
        """Put an export's closings into the outbox."""
        self.home, intake = take_export(self.home, self.outbox, export)
        return intake

    def send(self, carrier: Carrier, progress: Progress = no_progress) -> Sent:
        """Read letters and publish what is due."""
        sent = send(self.home, self.keys, self.outbox, carrier, clock=now, progress=progress)
        if isinstance(carrier, StickCarrier):
            carrier.finish()
        return sent


@contextmanager
def opened_till(path: Path) -> Iterator[OpenTill]:
    """The till at ``path``, for one process at a time.

    Where it has a register of its own, what that finalised is in the outbox.
    """
    home = open_home(path)
    if has_register(path):
        with opened_register(path) as register:
            register.fill_outbox()
    with home.exclusive():
        outbox = Outbox(home.outbox)
        try:
            yield OpenTill(home, TillKeys.load(home.keys), outbox)
        finally:
            outbox.close()


def stick(path: Path) -> Carrier:
    """The stick that is plugged in at ``path``."""
    return open_carrier(path)


def run_agent(
    path: Path,
    exports: Path,
    media: Sequence[Path],
    events: AgentEvents,
    *,
    stop: threading.Event,
    poll_seconds: float = 1.0,
    settle_seconds: float = 5.0,
    opened: Callable[[OpenTill], None] = lambda till: None,
) -> None:
    """Watch the export folder and the sticks until ``stop`` is set."""
    with opened_till(path) as till:
        opened(till)
        agent = Agent(exports, till.outbox, settle_seconds, events)
        agent.look(till.take)
        plugged: set[Path] = set()
        for event in watch(media, stop=stop, poll_seconds=poll_seconds, ticks=True):
            # A stick may stay in: it is met when it appears, and when there is something new.
            due = set(plugged) if agent.look(till.take) else set()
            if event is not None and event.kind == "appeared":
                plugged.add(event.medium.mount)
                due.add(event.medium.mount)
            elif event is not None:
                plugged.discard(event.medium.mount)
                due.discard(event.medium.mount)
            for mount in sorted(due):
                agent.contact(mount, open_carrier, till.send)
