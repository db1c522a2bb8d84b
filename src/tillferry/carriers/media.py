"""Which media there are: removable ones, and those in folders that a person named."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tillferry.carriers.folder import is_carrier_root

_BY_LABEL: Final = Path("/dev/disk/by-label")
_BLOCK_DEVICES: Final = Path("/sys/class/block")
MOUNT_ROOTS: Final = ("/media/", "/run/media/", "/Volumes/")
"""Below these, Linux desktops and macOS mount what people plug in."""


@dataclass(frozen=True, slots=True)
class Medium:
    """Something that holds files and may go away.

    ``mount`` is its folder, ``label`` what people call it, ``device`` and ``filesystem`` are the
    system's names (empty for a folder that is no mount point), ``free_bytes`` the space left when
    it was looked at.
    """

    mount: Path
    label: str
    device: str
    filesystem: str
    read_only: bool
    free_bytes: int


def list_media(media_dirs: Sequence[Path] = ()) -> tuple[Medium, ...]:
    """The media that can be read now, by path.

    Without ``media_dirs``: removable media, as the system knows them (Linux: the kernel calls the
    device removable, it hangs on USB, or it is mounted below /media or /run/media; Windows: drive
    type "removable"; macOS: mounted below /Volumes).

    With ``media_dirs``, only what is there, removable or not. A folder named there

    - counts itself where it is a mount point or has the folder ``Tillferry`` in it; below it only
      mount points count then,
    - else each folder directly in it counts that is a mount point or has something in it. An
      empty one may be where a stick that is not plugged in would be mounted: nothing may be
      written there. Hidden folders and links do not count.
    """
    mounts = _mounts()
    folders = (
        _named(media_dirs) if media_dirs else (Path(m) for m in mounts if _removable(m, mounts))
    )
    found: dict[Path, Medium] = {}
    for folder in folders:
        with suppress(OSError):
            next(folder.iterdir(), None)  # One that cannot be read is as good as not there.
            found[folder] = _medium(folder, mounts)
    return tuple(found[folder] for folder in sorted(found))


def medium_at(mount: Path) -> Medium:
    """What is mounted at ``mount``. Raises ``OSError`` where it cannot be read."""
    return _medium(mount.absolute(), _mounts())


@dataclass(frozen=True, slots=True)
class _Mount:
    device: str
    filesystem: str
    options: frozenset[str]


_Mounts = dict[str, _Mount]


def _mounts() -> _Mounts:
    # A command that is told where its stick is does without it.
    import psutil

    # ``all``: FUSE and network file systems too. The last mount at a place is the one to be seen.
    return {
        part.mountpoint: _Mount(part.device, part.fstype, frozenset(part.opts.split(",")))
        for part in psutil.disk_partitions(all=True)
    }


def _medium(folder: Path, mounts: _Mounts) -> Medium:
    mount = mounts.get(str(folder)) or mounts.get(str(folder.resolve()))
    mount = mount or _Mount("", "", frozenset())
    return Medium(
        mount=folder,
        label=_label(folder, mount.device),
        device=mount.device,
        filesystem=mount.filesystem,
        read_only="ro" in mount.options,
        free_bytes=shutil.disk_usage(folder).free,
    )


def _named(media_dirs: Iterable[Path]) -> Iterator[Path]:
    for folder in (path.absolute() for path in media_dirs):
        itself = False
        with suppress(OSError):
            itself = folder.is_dir() and (os.path.ismount(folder) or is_carrier_root(folder))
        if itself:
            yield folder
        with suppress(OSError):
            for entry in sorted(folder.iterdir()):
                with suppress(OSError):
                    if _counts(entry, mounts_only=itself):
                        yield entry


def _counts(folder: Path, *, mounts_only: bool) -> bool:
    if folder.name.startswith(".") or folder.is_symlink() or not folder.is_dir():
        return False
    return os.path.ismount(folder) or (not mounts_only and any(folder.iterdir()))


def _removable(mountpoint: str, mounts: _Mounts) -> bool:
    mount = mounts[mountpoint]
    if sys.platform == "win32":
        return "removable" in mount.options
    if sys.platform == "darwin":
        return mountpoint.startswith(MOUNT_ROOTS)
    if not mount.device.startswith("/dev/"):
        return False
    if mountpoint.startswith(MOUNT_ROOTS):
        return True
    device = (_BLOCK_DEVICES / Path(mount.device).resolve().name).resolve()
    if "/usb" in str(device):
        return True
    # A partition's own folder lies in the disk's, which has the mark.
    for folder in (device, device.parent):
        with suppress(OSError):
            return (folder / "removable").read_text(encoding="ascii").strip() == "1"
    return False


def _label(folder: Path, device: str) -> str:
    label = ""
    if sys.platform == "win32":
        label = _windows_label(folder)
    elif sys.platform == "linux" and device.startswith("/dev/"):
        label = _linux_label(device)
    return label or folder.name or str(folder)


def _linux_label(device: str) -> str:
    with suppress(OSError):
        wanted = Path(device).resolve()
        for link in sorted(_BY_LABEL.iterdir()):
            if link.resolve() == wanted:
                # udev writes blanks and the like as \\x20.
                raw = re.sub(
                    rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), os.fsencode(link.name)
                )
                return raw.decode(errors="replace")
    return ""


def _windows_label(folder: Path) -> str:
    if sys.platform != "win32":
        return ""
    text = ctypes.create_unicode_buffer(261)
    root = f"{folder.drive}\\"
    if ctypes.windll.kernel32.GetVolumeInformationW(
        ctypes.c_wchar_p(root), text, len(text), None, None, None, None, 0
    ):
        return text.value
    return ""
