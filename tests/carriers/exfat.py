"""A real stick for tests: an exFAT image, mounted through FUSE, that can be plugged and pulled.

Use it as ``from tests.carriers.exfat import Stick, stick`` (a fixture: name it in a test), or::

    with Stick(folder) as one:
        one.plug()
        ... one.path ...
        one.unplug()
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import pytest

_TOOLS = ("mkfs.exfat", "mount.exfat-fuse", "losetup", "umount")
_PATIENCE_SECONDS = 10.0


def why_not() -> str:
    """Why this machine cannot mount images; empty where it can."""
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        return f"missing: {', '.join(missing)} (packages exfat-fuse, exfatprogs, mount)"
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "mounting an image takes root"
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "no /dev/fuse"
    return ""


class Stick:
    """An image file with exFAT on it. ``path`` is its mount point, there only while plugged in."""

    def __init__(self, folder: Path, megabytes: int = 32, label: str = "KASSE1") -> None:
        self.image = folder / f"{label}.img"
        self.path = folder / "media" / label
        self._loop = ""
        folder.mkdir(parents=True, exist_ok=True)
        with self.image.open("wb") as image:
            image.truncate(megabytes << 20)
        _run("mkfs.exfat", "-L", label, str(self.image))

    def plug(self, *, read_only: bool = False) -> Path:
        """Mount it; like a desktop does, the mount point is made for it."""
        assert not self._loop, "already plugged in"
        self.path.mkdir(parents=True, exist_ok=True)
        locked = ["-r"] if read_only else []
        self._loop = _run("losetup", *locked, "--find", "--show", str(self.image)).strip()
        options = ["-o", "ro"] if read_only else []
        _run("mount.exfat-fuse", *options, self._loop, str(self.path))
        _wait_until(lambda: os.path.ismount(self.path))
        return self.path

    def unplug(self) -> None:
        """Pull it out, whatever is open on it; what was not synced may be lost. Twice is fine."""
        if not self._loop:
            return
        self.vanish()
        if self.path.is_dir():
            self.path.rmdir()

    def vanish(self) -> None:
        """As ``unplug``, but the empty mount point stays behind."""
        if os.path.ismount(self.path):
            _run("umount", "--lazy", str(self.path))
        loop, self._loop = self._loop, ""
        _run("losetup", "--detach", loop)

    def gone_within(self) -> None:
        """Wait until the file system's process has let go of the image."""
        _wait_until(lambda: not _run("losetup", "--associated", str(self.image)).strip())

    def __enter__(self) -> Stick:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.unplug()
        self.gone_within()


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Stick]:
    """A stick of 32 MB, not plugged in yet; pulled out at the end."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with Stick(tmp_path / "stick") as one:
        yield one


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def _wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not true():
        if time.monotonic() > end:
            raise RuntimeError("the mount did not change")
        time.sleep(0.01)
