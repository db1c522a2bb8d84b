"""The booking batch by its bytes, against a batch computed by hand and the published fields."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.office.books.datev import book, case, closed, paid
from tillferry.office.datev.extf import (
    COLUMNS,
    GREATEST_CENTS,
    BatchHeader,
    Posting,
    batch_bytes,
    file_name,
    plain_text,
    reference,
)

HEADER = BatchHeader(
    consultant=29098,
    client=55003,
    fiscal_year=date(2026, 1, 1),
    account_length=4,
    first=date(2026, 7, 1),
    last=date(2026, 7, 31),
    name="Kassen Juli",
    created_at=datetime(2026, 8, 3, 14, 1, 40, 439_999, tzinfo=UTC),
    initials="wd",
    chart="03",
)

# What the published format (developer.datev.de, booking batch, version 13) calls the columns, and
# which of them are texts, written down here apart from the program.
PUBLISHED = (
    "Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen*;WKZ Umsatz*;Kurs;Basis-Umsatz;"
    "WKZ Basis-Umsatz*;Konto;Gegenkonto (ohne BU-Schlüssel);BU-Schlüssel*;Belegdatum;"
    "Belegfeld 1*;Belegfeld 2*;Skonto;Buchungstext*;Postensperre;Diverse Adressnummer*;"
    "Geschäftspartnerbank;Sachverhalt;Zinssperre;Beleglink*;"
    + "".join(f"Beleginfo - Art {n}*;Beleginfo - Inhalt {n}*;" for n in range(1, 9))
    + "KOST1 - Kostenstelle*;KOST2 - Kostenstelle*;Kost-Menge;EU-Land u. UStID (Bestimmung)*;"
    "EU-Steuersatz (Bestimmung);Abw. Versteuerungsart*;Sachverhalt L+L;Funktionsergänzung L+L;"
    "BU 49 Hauptfunktionstyp;BU 49 Hauptfunktionsnummer;BU 49 Funktionsergänzung;"
    + "".join(f"Zusatzinformation - Art {n}*;Zusatzinformation- Inhalt {n}*;" for n in range(1, 21))
    + "Stück;Gewicht;Zahlweise;Forderungsart*;Veranlagungsjahr;Zugeordnete Fälligkeit;Skontotyp;"
    "Auftragsnummer*;Buchungstyp*;USt-Schlüssel (Anzahlungen);EU-Mitgliedstaat (Anzahlungen)*;"
    "Sachverhalt L+L (Anzahlungen);EU-Steuersatz (Anzahlungen);Erlöskonto (Anzahlungen);"
    "Herkunft-Kz*;Buchungs GUID*;KOST-Datum;SEPA-Mandatsreferenz*;Skontosperre;"
    "Gesellschaftername*;Beteiligtennummer;Identifikationsnummer*;Zeichnernummer*;"
    "Postensperre bis;Bezeichnung SoBil-Sachverhalt*;Kennzeichen SoBil-Buchung;Festschreibung;"
    "Leistungsdatum;Datum Zuord. Steuerperiode;Fälligkeit;Generalumkehr (GU)*;Steuersatz;Land*;"
    "Abrechnungsreferenz*;BVV-Position;EU-Mitgliedstaat u. UStID (Ursprung)*;"
    "EU-Steuersatz (Ursprung);Abw. Skontokonto"
)

# Places (from 1) at which the published list has these fields.
PLACES = {
    "Umsatz (ohne Soll/Haben-Kz)": 1,
    "Konto": 7,
    "Gegenkonto (ohne BU-Schlüssel)": 8,
    "BU-Schlüssel": 9,
    "Belegdatum": 10,
    "Belegfeld 1": 11,
    "Buchungstext": 14,
    "Beleglink": 20,
    "KOST1 - Kostenstelle": 37,
    "BU 49 Funktionsergänzung": 47,
    "Zusatzinformation- Inhalt 20": 87,
    "Herkunft-Kz": 102,
    "Festschreibung": 114,
    "Leistungsdatum": 115,
    "Steuersatz": 119,
    "Abw. Skontokonto": 125,
}

# The fields 15 to 125 of a booking as they have to stand in the file: texts are "", the flag is 0.
REST = (
    b';"";;;;"";'
    + b'"";' * 16
    + b'"";"";;"";;"";;;;;;'
    + b'"";' * 40
    + b';;;"";;;;"";"";;"";;;;"";"";;"";;"";;"";"";;"";;0;;;;"";;"";"";;"";;\r\n'
)


def line(amount: bytes, side: bytes, accounts: bytes, text: bytes) -> bytes:
    """A booking of Z 17 on 4 July, written by hand."""
    start = amount + b';"' + side + b'";"EUR";;;"";' + accounts
    return start + b';"";0407;"1001-Z17";"";;"' + text + b'";' + REST


def test_the_columns_are_the_published_ones() -> None:
    published = [name.removesuffix("*") for name in PUBLISHED.split(";")]
    texts = [name.endswith("*") for name in PUBLISHED.split(";")]
    assert len(published) == 125
    assert [name for name, _ in COLUMNS] == published
    assert [is_text for _, is_text in COLUMNS] == texts
    for name, place in PLACES.items():
        assert published[place - 1] == name


def test_a_batch_is_what_was_computed_by_hand() -> None:
    """119,00 at 19 %, 10,70 at 7 %, a tip of 2,00, 50,00 to the bank: 81,70 move.

    The drawer holds 180,00, of which 150,00 lay in it before; the card took 51,70.
    """
    booked = book(
        closed(
            [
                case("Anfangsbestand", "150"),
                case("Umsatz", "119.00", 1, 1900),
                case("Umsatz", "10.70", 2, 700),
                case("TrinkgeldAN", "2.00"),
                case("Geldtransit", "-50.00", name="Bank"),
            ],
            [paid("Bar", 18_000, "Bar"), paid("ECKarte", 5_170, "girocard")],
        )
    )
    assert booked.findings == ()
    expected = (
        b'"EXTF";700;21;"Buchungsstapel";13;20260803140140439;;"RE";"";"";29098;55003;20260101;4;'
        b'20260701;20260731;"Kassen Juli";"WD";1;0;0;"EUR";;"";;;"03";;;"";""\r\n'
        + PUBLISHED.replace("*", "").encode("cp1252")
        + b"\r\n"
        + line(b"50,00", b"H", b"1792;1360", b"Geldtransit Bank Z 17 Strandbar Nord")
        + line(b"2,00", b"S", b"1792;1590", b"TrinkgeldAN Z 17 Strandbar Nord")
        + line(b"119,00", b"S", b"1792;8400", b"Umsatz 19 % Z 17 Strandbar Nord")
        + line(b"10,70", b"S", b"1792;8300", b"Umsatz 7 % Z 17 Strandbar Nord")
        + line(b"30,00", b"S", b"1000;1792", b"Bar Z 17 Strandbar Nord")
        + line(b"51,70", b"S", b"1360;1792", b"girocard Z 17 Strandbar Nord")
    )
    assert batch_bytes(HEADER, booked.postings) == expected


def test_every_line_has_its_fields_and_the_flag_is_the_headers() -> None:
    posting = Posting(-1, "1000", "1792", date(2026, 1, 9), "A-Z1", "Bar", "3", "NORD")
    for finalise, flag in ((False, "0"), (True, "1")):
        data = batch_bytes(replace(HEADER, finalise=finalise), [posting])
        header, names, booking = csv.reader(
            io.StringIO(data.decode("cp1252"), newline=""), delimiter=";"
        )
        assert (len(header), len(names), len(booking)) == (31, 125, 125)
        assert header[20] == flag
        values = dict(zip(names, booking, strict=True))
        assert values["Festschreibung"] == flag
        assert values["Umsatz (ohne Soll/Haben-Kz)"] == "0,01"
        assert values["Soll/Haben-Kennzeichen"] == "H"
        assert values["BU-Schlüssel"] == "3"
        assert values["Belegdatum"] == "0901"
        assert values["KOST1 - Kostenstelle"] == "NORD"


@pytest.mark.parametrize("cents", [0, GREATEST_CENTS + 1, -GREATEST_CENTS - 1])
def test_an_amount_that_no_booking_has_is_refused(cents: int) -> None:
    with pytest.raises(ValueError, match="no amount"):
        batch_bytes(HEADER, [Posting(cents, "1000", "1792", date(2026, 1, 9), "A", "B")])


def test_the_name_begins_as_datev_wants_it() -> None:
    assert (
        file_name(date(2026, 7, 1), date(2026, 7, 31))
        == "EXTF_Buchungsstapel_20260701_20260731.csv"
    )
    assert file_name(date(2026, 7, 1), date(2026, 7, 31), 2).endswith("_20260731_2.csv")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Größe 5 €", "Größe 5 €"),
        ("Kőszeg Łódź", "Koszeg ?ódz"),
        ("a\r\nb\tc\x00d", "a b c d"),
        ("o\u0308l", "öl"),
        ("🍦 Eis", "? Eis"),
        ("\x81", ""),
        ('sag "ja"; nein', 'sag "ja"; nein'),
    ],
)
def test_what_windows_1252_lacks_is_replaced(text: str, plain: str) -> None:
    assert plain_text(text, 60) == plain


@given(st.text(max_size=120))
def test_any_text_fits_into_the_file(text: str) -> None:
    posting = Posting(1, "1000", "1792", date(2026, 1, 9), reference(text, "Z1"), text)
    data = batch_bytes(HEADER, [posting])
    assert data.count(b"\r\n") == 3 and data.count(b"\n") == 3 and data.count(b"\r") == 3
    *_, booking = csv.reader(io.StringIO(data.decode("cp1252"), newline=""), delimiter=";")
    assert len(booking) == 125
    assert len(booking[13]) <= 60 and booking[13] == plain_text(text, 60)
    assert len(booking[10]) <= 36 and booking[10].endswith("Z1")
    assert set(booking[10]) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
    )
