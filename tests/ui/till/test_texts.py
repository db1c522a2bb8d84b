"""The page's words, numbers and baskets, without a browser."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tillferry.closing.money import parse_decimal
from tillferry.errors import TillferryError
from tillferry.till.register.audit import AuditEntry
from tillferry.till.register.receipt import ArticleLine, BookedLine, Discount
from tillferry.till.register.values import Role
from tillferry.ui.till.basket import Basket, rows
from tillferry.ui.till.parts import number_of
from tillferry.ui.till.words import Words

SOURCES = Path(__file__).parents[3] / "src" / "tillferry"
TEXTS = tomllib.loads((SOURCES / "messages" / "ui_till.toml").read_text(encoding="utf-8"))
PAGE = "".join(file.read_text(encoding="utf-8") for file in (SOURCES / "ui" / "till").glob("*.py"))


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    used = set(re.findall(r"""["'](desk_[a-z0-9_]+)["']""", PAGE))
    families = tuple(re.findall(r"""f["'](desk_[a-z_]+_)\{""", PAGE))
    assert used - set(TEXTS) == set()
    assert {code for code in TEXTS if code not in used and not code.startswith(families)} == set()


@pytest.mark.parametrize("lang", ["de", "en"])
def test_families_are_complete(lang: str) -> None:
    words = Words(lang)
    kinds = set(re.findall(r"(\w+)", AuditEntry.__doc__ or "")) & {
        code.removeprefix("desk_audit_") for code in TEXTS if code.startswith("desk_audit_")
    }
    assert len(kinds) == 10
    assert all(words(f"desk_role_{role}") for role in Role)


@pytest.mark.parametrize(
    ("lang", "shown"), [("de", "−1.234.567,05"), ("en", "−1,234,567.05")], ids=["de", "en"]
)
def test_amounts(lang: str, shown: str) -> None:
    assert Words(lang).money(-123456705) == shown


@settings(max_examples=50)
@given(st.integers(0, 10**9), st.sampled_from(["de", "en"]), st.sampled_from([2, 3]))
def test_what_is_shown_to_be_typed_over_reads_back(number: int, lang: str, decimals: int) -> None:
    assert parse_decimal(Words(lang).typed(number, decimals), decimals) == number


@pytest.mark.parametrize("typed", ["viel", "1.2.3", "1,234", "--1", "1 000", "٣"])
def test_what_is_no_amount(typed: str) -> None:
    with pytest.raises(TillferryError) as refused:
        number_of(typed, 2)
    assert refused.value.code == "desk_number_wrong"


def test_errors_speak_of_rights_and_times_as_people_do() -> None:
    words = Words("de")
    error = TillferryError("role_missing", person="Anna", role=Role.CLOSE)
    assert words.error(error)[0] == "Anna darf das nicht (Recht: Abschließen)."
    until = TillferryError("person_locked", person="Anna", until="2026-06-01T12:34:56+02:00")
    assert "bis 12:34 gesperrt" in words.error(until)[0]


def test_the_same_again_counts_up_and_a_line_with_a_discount_stays_alone() -> None:
    beer, other = ArticleLine("1001"), ArticleLine("1001", with_deposit=False)
    basket = Basket("k").with_line(beer).with_line(other).with_line(beer)
    assert [(line.article, line.quantity) for line in basket.lines] == [  # type: ignore[union-attr]
        ("1001", 2000),
        ("1001", 1000),
    ]
    reduced = Basket("k").with_line(ArticleLine("1001", discount=Discount(percent=1000)))
    assert len(reduced.with_line(beer).lines) == 2
    weighed = Basket("k").with_line(ArticleLine("3005", 250)).with_line(ArticleLine("3005", 250))
    assert len(weighed.lines) == 2


def test_rows_know_their_line() -> None:
    basket = Basket("k").with_line(ArticleLine("1001")).with_line(ArticleLine("1006"))
    booked = [
        BookedLine(text, "Umsatz", 1, 100)
        for text in ("before", "beer", "glass", "cocktail", "off")
    ]
    found = rows(basket, 1, booked, lambda number: "8001" if number == "1001" else "")
    assert [(row.kind, row.text, row.place) for row in found] == [
        ("ordered", "before", None),
        ("line", "beer", 0),
        ("deposit", "glass", 0),
        ("line", "cocktail", 1),
        ("discount", "off", None),
    ]
