"""The till's touch page, ``tillferry till run``."""

from tillferry.ui.till.server import run

__all__ = ["run"]
