"""Every code that the register raises has its texts, and every text of its file is used."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tillferry.errors import all_texts

SOURCE = Path(__file__).parents[3] / "src" / "tillferry"
CODE = re.compile(r'"([a-z]+(?:_[a-z]+)+)"')


def test_codes_and_texts_meet() -> None:
    sources = "".join(
        path.read_text("utf-8") for path in (SOURCE / "till" / "register").glob("*.py")
    )
    raised = set(re.findall(r'TillferryError\(\s*"(\w+)"', sources))
    raised |= set(re.findall(r'_defect\("(\w+)"', sources))
    assert raised <= all_texts().keys()
    own = tomllib.loads((SOURCE / "messages" / "register.toml").read_text("utf-8"))
    assert own.keys() <= set(CODE.findall(sources))
