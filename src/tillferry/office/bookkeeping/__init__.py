"""Checks for the bookkeeper: what does not meet in a closing, with the receipts behind it."""

from tillferry.office.bookkeeping.findings import BookFinding, book_findings
from tillferry.office.bookkeeping.run import BookCheck, CheckedClosing, check_books

__all__ = ["BookCheck", "BookFinding", "CheckedClosing", "book_findings", "check_books"]
