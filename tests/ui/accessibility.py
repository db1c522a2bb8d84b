"""axe-core over a page: nothing serious may stand in anybody's way."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_AXE = Axe()
_GRAVE = ("serious", "critical")
_STILL = "*, *::before, *::after { transition: none !important; animation: none !important }"


def barriers(page: Page, *, dialog: bool = False) -> list[str]:
    """What axe-core finds of weight: the rule, where, and why, one line each.

    In an open ``dialog`` only that counts, and no contrast: axe-core takes the veil behind it for
    the ground of its keys. The same keys are looked at on the pages.
    """
    # A page that is still loading shows a bar that has no name, for a moment.
    page.locator(".q-loading-bar:not([aria-hidden=true])").wait_for(state="detached")
    # Halfway through fading in, everything is pale.
    page.add_style_tag(content=_STILL)
    part = ".q-dialog" if dialog else None
    rules = {"color-contrast": {"enabled": not dialog}}
    found = _AXE.run(page, part, {"rules": rules}).response["violations"]
    return [
        f"{rule['id']} {node['target']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for rule in found
        if rule["impact"] in _GRAVE
        for node in rule["nodes"]
    ]
