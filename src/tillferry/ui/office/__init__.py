"""Head office's pages, ``tillferry office run``."""

from tillferry.ui.office.server import run

__all__ = ["run"]
