"""The file: DATEV format EXTF, header version 700, category 21 (booking batch), format version 13.

Windows-1252, CR LF, semicolons, texts in quotes, amounts with a comma. See ``docs/DATEV.md``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

HEADER_VERSION: Final = 700
CATEGORY: Final = 21
FORMAT_VERSION: Final = 13
MOST_POSTINGS: Final = 99_999
"""A batch has at most so many."""
GREATEST_CENTS: Final = 10**12 - 1
"""Ten digits before the comma."""

REFERENCE_LENGTH: Final = 36
TEXT_LENGTH: Final = 60
NAME_LENGTH: Final = 30
_REFERENCE_CHARACTERS: Final = frozenset(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"
)
_ENCODING: Final = "cp1252"
_LINE_END: Final = "\r\n"
_ORIGIN: Final = "RE"
_FINANCE: Final = 1
_EURO: Final = "EUR"

_PAIRS: Final = tuple(
    (f"Beleginfo - {what} {number}", True) for number in range(1, 9) for what in ("Art", "Inhalt")
)
_NOTES: Final = tuple(
    (name, True)
    for number in range(1, 21)
    for name in (f"Zusatzinformation - Art {number}", f"Zusatzinformation- Inhalt {number}")
)

COLUMNS: Final[tuple[tuple[str, bool], ...]] = (
    ("Umsatz (ohne Soll/Haben-Kz)", False),
    ("Soll/Haben-Kennzeichen", True),
    ("WKZ Umsatz", True),
    ("Kurs", False),
    ("Basis-Umsatz", False),
    ("WKZ Basis-Umsatz", True),
    ("Konto", False),
    ("Gegenkonto (ohne BU-Schlüssel)", False),
    ("BU-Schlüssel", True),
    ("Belegdatum", False),
    ("Belegfeld 1", True),
    ("Belegfeld 2", True),
    ("Skonto", False),
    ("Buchungstext", True),
    ("Postensperre", False),
    ("Diverse Adressnummer", True),
    ("Geschäftspartnerbank", False),
    ("Sachverhalt", False),
    ("Zinssperre", False),
    ("Beleglink", True),
    *_PAIRS,
    ("KOST1 - Kostenstelle", True),
    ("KOST2 - Kostenstelle", True),
    ("Kost-Menge", False),
    ("EU-Land u. UStID (Bestimmung)", True),
    ("EU-Steuersatz (Bestimmung)", False),
    ("Abw. Versteuerungsart", True),
    ("Sachverhalt L+L", False),
    ("Funktionsergänzung L+L", False),
    ("BU 49 Hauptfunktionstyp", False),
    ("BU 49 Hauptfunktionsnummer", False),
    ("BU 49 Funktionsergänzung", False),
    *_NOTES,
    ("Stück", False),
    ("Gewicht", False),
    ("Zahlweise", False),
    ("Forderungsart", True),
    ("Veranlagungsjahr", False),
    ("Zugeordnete Fälligkeit", False),
    ("Skontotyp", False),
    ("Auftragsnummer", True),
    ("Buchungstyp", True),
    ("USt-Schlüssel (Anzahlungen)", False),
    ("EU-Mitgliedstaat (Anzahlungen)", True),
    ("Sachverhalt L+L (Anzahlungen)", False),
    ("EU-Steuersatz (Anzahlungen)", False),
    ("Erlöskonto (Anzahlungen)", False),
    ("Herkunft-Kz", True),
    ("Buchungs GUID", True),
    ("KOST-Datum", False),
    ("SEPA-Mandatsreferenz", True),
    ("Skontosperre", False),
    ("Gesellschaftername", True),
    ("Beteiligtennummer", False),
    ("Identifikationsnummer", True),
    ("Zeichnernummer", True),
    ("Postensperre bis", False),
    ("Bezeichnung SoBil-Sachverhalt", True),
    ("Kennzeichen SoBil-Buchung", False),
    ("Festschreibung", False),
    ("Leistungsdatum", False),
    ("Datum Zuord. Steuerperiode", False),
    ("Fälligkeit", False),
    ("Generalumkehr (GU)", True),
    ("Steuersatz", False),
    ("Land", True),
    ("Abrechnungsreferenz", True),
    ("BVV-Position", False),
    ("EU-Mitgliedstaat u. UStID (Ursprung)", True),
    ("EU-Steuersatz (Ursprung)", False),
    ("Abw. Skontokonto", False),
)
"""The 125 columns of a booking, and which of them are texts."""

_FILLED: Final = (
    "Umsatz (ohne Soll/Haben-Kz)",
    "Soll/Haben-Kennzeichen",
    "WKZ Umsatz",
    "Konto",
    "Gegenkonto (ohne BU-Schlüssel)",
    "BU-Schlüssel",
    "Belegdatum",
    "Belegfeld 1",
    "Buchungstext",
    "KOST1 - Kostenstelle",
    "Festschreibung",
)
"""The columns that a booking fills, in their order."""

_BOOKING: Final = ";".join(
    f'"{value}"' if is_text else value
    for name, is_text in COLUMNS
    for value in ("%s" if name in _FILLED else "",)
)


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """What the first line says. ``first`` and ``last`` lie in the fiscal year.

    ``created_at`` is for showing; ``chart`` is ``03``, ``04`` or empty.
    """

    consultant: int
    client: int
    fiscal_year: date
    account_length: int
    first: date
    last: date
    name: str
    created_at: datetime
    finalise: bool = False
    initials: str = ""
    chart: str = ""


@dataclass(frozen=True, slots=True)
class Posting:
    """One booking: ``cents`` on ``account`` against ``counter_account``, never 0.

    Above 0 the account is debited (S), below it is credited (H). ``tax_key`` belongs to the
    counter-account.
    """

    cents: int
    account: str
    counter_account: str
    day: date
    reference: str
    text: str
    tax_key: str = ""
    cost_centre: str = ""


def batch_bytes(header: BatchHeader, postings: Iterable[Posting]) -> bytes:
    """The file. Raises ``ValueError`` where an amount is 0 or has more than ten digits."""
    lines = [_header(header), ";".join(name for name, _ in COLUMNS)]
    lines += [_posting(posting, header.finalise) for posting in postings]
    return _LINE_END.join([*lines, ""]).encode(_ENCODING)


def file_name(first: date, last: date, number: int = 1) -> str:
    """The name that DATEV expects; ``number`` tells several batches of one period apart."""
    more = f"_{number}" if number > 1 else ""
    return f"EXTF_Buchungsstapel_{first:%Y%m%d}_{last:%Y%m%d}{more}.csv"


def plain_text(text: str, length: int) -> str:
    """At most ``length`` characters that Windows-1252 holds, without line breaks.

    A letter that it lacks is written without its accent, anything else as ``?``.
    """
    whole = unicodedata.normalize("NFC", text)
    if not whole.isprintable():
        whole = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in whole)
    plain = " ".join(whole.split())
    try:
        plain.encode(_ENCODING)
    except UnicodeEncodeError:
        plain = "".join(_held(each) for each in plain)
    return plain[:length].strip()


def reference(*parts: str) -> str:
    """Belegfeld 1: parts with a dash between, of letters and digits, the end kept where long."""
    joined = "-".join("".join(c for c in part if c in _REFERENCE_CHARACTERS) for part in parts)
    return joined[-REFERENCE_LENGTH:].strip("-")


def _held(character: str) -> str:
    try:
        character.encode(_ENCODING)
    except UnicodeEncodeError:
        base = unicodedata.normalize("NFKD", character)[:1]
        return base if base.isascii() and base.isprintable() else "?"
    return character


def _header(header: BatchHeader) -> str:
    created = header.created_at
    stamp = f"{created:%Y%m%d%H%M%S}{created.microsecond // 1000:03d}"
    return ";".join(
        (
            _quoted("EXTF"),
            str(HEADER_VERSION),
            str(CATEGORY),
            _quoted("Buchungsstapel"),
            str(FORMAT_VERSION),
            stamp,
            "",
            _quoted(_ORIGIN),
            _quoted(""),
            _quoted(""),
            str(header.consultant),
            str(header.client),
            f"{header.fiscal_year:%Y%m%d}",
            str(header.account_length),
            f"{header.first:%Y%m%d}",
            f"{header.last:%Y%m%d}",
            _quoted(plain_text(header.name, NAME_LENGTH)),
            _quoted(header.initials.upper()),
            str(_FINANCE),
            "0",
            str(int(header.finalise)),
            _quoted(_EURO),
            "",
            _quoted(""),
            "",
            "",
            _quoted(header.chart),
            "",
            "",
            _quoted(""),
            _quoted(""),
        )
    )


def _posting(posting: Posting, finalise: bool) -> str:
    if not 0 < abs(posting.cents) <= GREATEST_CENTS:
        raise ValueError(f"no amount of a booking: {posting.cents}")
    whole, cents = divmod(abs(posting.cents), 100)
    values = (
        f"{whole},{cents:02d}",
        "S" if posting.cents > 0 else "H",
        _EURO,
        posting.account,
        posting.counter_account,
        posting.tax_key,
        f"{posting.day:%d%m}",
        posting.reference,
        plain_text(posting.text, TEXT_LENGTH).replace('"', '""'),
        posting.cost_centre,
        str(int(finalise)),
    )
    return _BOOKING % values


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
