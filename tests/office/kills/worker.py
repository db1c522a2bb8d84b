"""A process that forks a child for each job, and the child kills itself at its n-th step.

Run as ``python -m tests.office.kills.worker``; a job is a line of JSON on standard input, the
answer a line on standard output. Everything is imported before the first fork, and only this one
thread runs then, so a child costs milliseconds.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import stat
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from tests.office.kills import jobs
from tillferry.journal.database import Database
from tillferry.journal.store import SqlJournal
from tillferry.office.inbox import Inbox
from tillferry.till.outbox import Outbox

_AROUND: tuple[tuple[type, tuple[str, ...]], ...] = (
    (SqlJournal, ("book", "save_till", "settle")),
    (Inbox, ("record", "done")),
    (Outbox, ("put", "record_bundle", "mark_sent", "apply_letter")),
)
"""Killed before and after these; inside them, before the calls below and some appends."""

_APPENDED = ("closings", "lines", "stock_movements", "items")
"""All tables of a booking are one transaction: four places in it stand for all."""

_SYSTEM = ("replace", "rename", "unlink")


class Steps:
    """Counts steps, writes their names down, and kills this process at one of them."""

    def __init__(self, kill_at: int, trace: Path) -> None:
        self._left = kill_at
        self._trace = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)

    def step(self, name: str) -> None:
        """One more step."""
        os.write(self._trace, f"{name}\n".encode())
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Count from here on."""
        for name in _SYSTEM:
            setattr(os, name, self._before(name, getattr(os, name)))
        os.fsync = self._sync  # type: ignore[assignment]
        for kind, names in _AROUND:
            for name in names:
                setattr(kind, name, self._around(f"{kind.__name__}.{name}", getattr(kind, name)))
        append = Database.append

        def counted(database: Database, table: str, rows: Any) -> None:
            if rows.num_rows and table in _APPENDED:
                self.step(f"append {table}")
            append(database, table, rows)

        Database.append = counted  # type: ignore[method-assign]

    def _sync(self, handle: int) -> None:
        """Who is killed loses nothing that was written: waiting for the disk would prove nothing.

        Before a file is synced nothing else has happened than before it is renamed, which counts.
        """
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            self.step("fsync")

    def _before(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def counted(*arguments: Any, **named: Any) -> Any:
            self.step(name)
            return call(*arguments, **named)

        return counted

    def _around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def counted(*arguments: Any, **named: Any) -> Any:
            self.step(f"{name} begins")
            result = call(*arguments, **named)
            self.step(f"{name} ended")
            return result

        return counted


def _child(job: dict[str, Any]) -> None:
    gc.disable()
    try:
        if job["kill_at"] is not None:
            Steps(job["kill_at"], Path(job["trace"])).watch()
        result = getattr(jobs, job["name"])(Path(job["folder"]))
        Path(job["result"]).write_text(json.dumps(result), encoding="utf-8")
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def main() -> None:
    """Answer jobs until standard input ends."""
    tasks = Path("/proc/self/task")
    assert not tasks.is_dir() or len(list(tasks.iterdir())) == 1, "threads do not survive a fork"
    gc.collect()
    gc.freeze()  # or every child would copy all that its collector touches
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _child(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
