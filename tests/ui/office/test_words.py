"""What the pages say to do next is something that can be done on the pages."""

from __future__ import annotations

import pytest

from tillferry.cli.output import finding_text
from tillferry.closing.model import Severity, finding
from tillferry.errors import TillferryError, part_word
from tillferry.ui.office.words import Words

CODES = ("till_unknown", "stock_left_out", "bundle_new_installation", "bundle_unknown_key")


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("code", CODES)
def test_findings_name_no_commands(code: str, lang: str) -> None:
    step = Words(lang).finding(finding(code, Severity.WARNING, serial="S", number="1", name="B"))[2]
    assert step and "--" not in step and "office " not in step


@pytest.mark.parametrize("code", ["till_not_found", "nothing_to_export", "mail_not_set_up"])
def test_errors_name_no_commands(code: str) -> None:
    _, step = Words("en").error(TillferryError(code, till="1"))
    assert step and "tillferry office" not in step


def test_parts_of_a_closing_are_named_in_words() -> None:
    found = finding("conflict_with_held", Severity.WARNING, z_nr=7, parts="bookings, stock")
    assert Words("de").finding(found)[0].endswith("(Buchungen, Warenbewegungen).")
    assert finding_text(found).endswith(("(bookings, stock movements).", "Warenbewegungen)."))
    assert part_word("time", "en") == "time clock" and part_word("else", "en") == "else"
