"""Files made for a browser: they lie in head office's scratch folder until they are fetched."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from nicegui import ui

from tillferry.ui.office.page import Page
from tillferry.wiring.office import Office

_PREFIX: Final = "download-"
_KEPT_SECONDS: Final = 600.0
_OLD_SECONDS: Final = 24 * 3600.0


def made_in_scratch(office: Office, name: str, write: Callable[[Path], object]) -> Path:
    """A file that ``write`` writes, in a folder of its own; nothing is left where it fails.

    What earlier runs left behind is removed. Raises what ``write`` raises.
    """
    scratch = office.home.scratch
    _remove_old(scratch)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=scratch))
    try:
        write(folder / name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder / name


def give(page: Page, file: Path) -> None:
    """Let the browser fetch the file once; it goes with the page, or ten minutes later."""

    def delete() -> None:
        shutil.rmtree(file.parent, ignore_errors=True)

    if page.client.is_deleted:
        delete()
        return
    page.client.on_delete(delete)
    with page.root:
        ui.timer(_KEPT_SECONDS, delete, once=True)
        ui.download.file(file, file.name)


def _remove_old(scratch: Path) -> None:
    for folder in scratch.glob(f"{_PREFIX}*"):
        try:
            old = time.time() - folder.stat().st_mtime > _OLD_SECONDS
        except OSError:
            continue
        if old:
            shutil.rmtree(folder, ignore_errors=True)
