"""What people can meet is documented."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tillferry.errors import all_texts, hint, message

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
SOURCES = ROOT / "src" / "tillferry"


def test_pages_are_current() -> None:
    # A process of its own, for the language of help texts is settled when they are imported.
    script = ROOT / "scripts" / "reference_pages.py"
    run = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def _codes_in_source() -> set[str]:
    pattern = re.compile(r'(?:TillferryError|finding|words|say|say_aside)\(\s*"([a-z_]+)"')
    return {
        code
        for file in SOURCES.rglob("*.py")
        for code in pattern.findall(file.read_text(encoding="utf-8"))
    }


def test_every_code_has_its_texts() -> None:
    assert _codes_in_source() - set(all_texts()) == set()


@pytest.mark.parametrize("code", sorted(all_texts()))
def test_texts_are_in_both_languages(code: str) -> None:
    entry = all_texts()[code]
    assert entry["de"].strip() and entry["en"].strip()
    assert ("hint_de" in entry) == ("hint_en" in entry)
    placeholders = re.compile(r"\{(\w+)\}")
    names = set(placeholders.findall(entry["de"]))
    assert names == set(placeholders.findall(entry["en"]))
    # A text is shown without the rest of its file being parsed.
    given = {name: f"<{name}>" for name in names | set(placeholders.findall(str(entry)))}
    assert message(code, "de", given) == entry["de"].format_map(given)
    assert message(code, "en", given) == entry["en"].format_map(given)
    assert hint(code, "de", given) == entry.get("hint_de", "").format_map(given)


def test_every_environment_variable_is_documented() -> None:
    settings = (DOCS / "SETTINGS.md").read_text(encoding="utf-8")
    names = {
        name
        for file in SOURCES.rglob("*.py")
        for name in re.findall(r"TILLFERRY_[A-Z_]+", file.read_text(encoding="utf-8"))
    }
    assert {name for name in names if name not in settings} == set()


def test_links_in_the_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
