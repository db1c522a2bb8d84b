"""What the page says, in the language that was chosen, and how it writes amounts and times."""

from __future__ import annotations

import locale
import os
from datetime import date
from typing import Final

from tillferry import errors
from tillferry.closing.money import decimal_text
from tillferry.errors import LANGUAGES, TillferryError

_DATE: Final = len("2026-01-01")
_MINUTES: Final = len("2026-01-01T00:00")


class Words:
    """The page's texts in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang if lang in LANGUAGES else language_here()

    def __call__(self, code: str, **params: object) -> str:
        return errors.message(code, self.lang, params)

    def error(self, error: TillferryError) -> tuple[str, str]:
        """What went wrong and what to do next."""
        params = {name: self._shown(name, value) for name, value in error.params.items()}
        return (
            errors.message(error.code, self.lang, params),
            errors.hint(error.code, self.lang, params),
        )

    def _shown(self, name: str, value: str) -> str:
        if name == "role":
            return self(f"desk_role_{value}")
        if name == "until":
            return self.clock(value)
        if name == "day" and len(value) == _DATE:
            return self.day(value)
        return value

    # --- amounts and quantities ---

    def money(self, cents: int) -> str:
        """Cents as people write them: 1.234,50 or 1,234.50."""
        whole, _, rest = decimal_text(abs(cents), 2, ".").partition(".")
        whole = f"{int(whole):,}"
        sign = "\N{MINUS SIGN}" if cents < 0 else ""
        if self.lang == "de":
            return f"{sign}{whole.replace(',', '.')},{rest}"
        return f"{sign}{whole}.{rest}"

    def euro(self, cents: int) -> str:
        """An amount with its currency."""
        return f"{self.money(cents)}\N{NO-BREAK SPACE}€"

    def typed(self, number: int, decimals: int) -> str:
        """A number as it is typed in: 4,90; nothing that stands for thousands."""
        text = decimal_text(number, decimals, "," if self.lang == "de" else ".")
        if decimals and number % 10**decimals == 0:
            return str(number // 10**decimals)
        return text

    def quantity(self, thousandths: int) -> str:
        """A quantity: 2 or 0,350."""
        return self.typed(thousandths, 3)

    def size(self, size_bytes: int) -> str:
        """Space on a medium: 940 MB or 29,7 GB."""
        megabytes = size_bytes // 1_000_000
        if megabytes < 1000:
            return f"{megabytes} MB"
        return f"{decimal_text(megabytes // 100, 1, ',' if self.lang == 'de' else '.')} GB"

    # --- times ---

    def day(self, value: date | str) -> str:
        """A day: 23.01.2026 or 2026-01-23."""
        found = date.fromisoformat(value[:_DATE]) if isinstance(value, str) else value
        return f"{found:%d.%m.%Y}" if self.lang == "de" else found.isoformat()

    def clock(self, moment: str) -> str:
        """Hours and minutes of a moment (RFC 3339), as they were where it was."""
        return moment[_DATE + 1 : _MINUTES]

    def moment(self, moment: str) -> str:
        """Day and time of a moment; a dash for none."""
        return f"{self.day(moment)} {self.clock(moment)}" if len(moment) >= _MINUTES else "–"

    def hours(self, minutes: int) -> str:
        """Minutes as hours: 7:45."""
        return f"{minutes // 60}:{minutes % 60:02d}"


def language_here() -> str:
    """``TILLFERRY_LANG``, else the language of the machine."""
    for name in ("TILLFERRY_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name, ""):
            return "de" if value.lower().startswith("de") else "en"
    try:
        system = locale.getlocale()[0] or ""
    except ValueError:
        system = ""
    return "de" if system.lower().startswith(("de", "german")) else "en"
