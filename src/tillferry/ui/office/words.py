"""What the pages say, in the language of who looks, and how they write amounts and days."""

from __future__ import annotations

from datetime import date, datetime

from tillferry import errors
from tillferry.closing.model import Finding
from tillferry.closing.money import decimal_text
from tillferry.errors import LANGUAGES, TillferryError

NONE = "–"


class Words:
    """The pages' texts in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang if lang in LANGUAGES else "en"

    def __call__(self, code: str, **params: object) -> str:
        return errors.message(code, self.lang, params)

    def error(self, error: TillferryError) -> tuple[str, str]:
        """What went wrong and what to do next, which may be another step here than in a shell."""
        params: dict[str, object] = dict(error.params)
        if "until" in params:
            params["until"] = self.moment(str(params["until"]))
        return errors.message(error.code, self.lang, params), self._hint(error.code, params)

    def _hint(self, code: str, params: dict[str, object]) -> str:
        own = f"page_hint_{code}"
        if errors.has_text(own):
            return errors.message(own, self.lang, params)
        return errors.hint(code, self.lang, params)

    def finding(self, found: Finding) -> tuple[str, str, str]:
        """What was found, where, and what to do next, which may be another step than in a shell."""
        params: dict[str, object] = dict(found.params)
        where = found.file
        if found.line:
            where = self("page_line", file=where, line=found.line)
        if found.column:
            where = f"{where} {found.column}".strip()
        return (
            errors.message(found.code, self.lang, params),
            where,
            self._hint(found.code, params),
        )

    def money(self, cents: int) -> str:
        """Cents as people write them, with their currency: 1.234,50 €."""
        whole, _, rest = decimal_text(abs(cents), 2, ".").partition(".")
        whole = f"{int(whole):,}"
        sign = "\N{MINUS SIGN}" if cents < 0 else ""
        text = (
            f"{sign}{whole.replace(',', '.')},{rest}"
            if self.lang == "de"
            else f"{sign}{whole}.{rest}"
        )
        return f"{text}\N{NO-BREAK SPACE}€"

    def number(self, number: int) -> str:
        """A count with its thousands apart."""
        text = f"{number:,}"
        return text.replace(",", ".") if self.lang == "de" else text

    def size(self, size_bytes: int) -> str:
        """Room: 940 MB or 29,7 GB."""
        megabytes = size_bytes // 1_000_000
        if not megabytes:
            return f"{size_bytes // 1000}\N{NO-BREAK SPACE}kB"
        if megabytes < 1000:
            return f"{megabytes}\N{NO-BREAK SPACE}MB"
        point = "," if self.lang == "de" else "."
        return f"{decimal_text(megabytes // 100, 1, point)}\N{NO-BREAK SPACE}GB"

    def span(self, seconds: int) -> str:
        """How long something is, in its largest unit: 3 min, 5 h, 2 d."""
        for unit, size in (("days", 86_400), ("hours", 3_600)):
            if seconds >= size:
                return self(f"page_span_{unit}", count=seconds // size)
        return self("page_span_minutes", count=seconds // 60)

    def day(self, day: date | None) -> str:
        """A day: 23.01.2026 or 2026-01-23; a dash for none."""
        if day is None:
            return NONE
        return f"{day:%d.%m.%Y}" if self.lang == "de" else day.isoformat()

    def moment(self, moment: str) -> str:
        """Day and time of a moment (RFC 3339), as they were where it was; a dash for none."""
        if not moment:
            return NONE
        when = datetime.fromisoformat(moment)
        return f"{self.day(when.date())} {when:%H:%M}"
