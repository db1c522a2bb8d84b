"""Carries the books of tills that stand alone to head office, and proves that they arrived."""

from importlib.metadata import version

__version__ = version("tillferry")
