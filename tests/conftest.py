"""With ``CI`` set a skipped test is a failure."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from tests.journal.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report
