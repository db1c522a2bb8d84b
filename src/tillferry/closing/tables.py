"""The one specification of every table and column that a closing can hold.

The 20 tables of DSFinV-K 2.4 (2.3 has the same 219 columns) and two of our own, ``time_entries``
and ``stock_movements``. CSV, index.xml, Arrow schemas, database tables and digests derive from it.
Names are the standard's: the file's stem as table, the column in lower case.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

import pyarrow as pa

Part = Literal["bookings", "time", "stock"]
PARTS: Final[tuple[Part, ...]] = ("bookings", "time", "stock")

BASE_CURRENCY: Final = "EUR"


class Kind(StrEnum):
    """What a column holds, and so how it is compared, stored and written."""

    TEXT = "text"
    NUMBER = "number"
    """A decimal number of fixed accuracy, held as an integer scaled by ``10 ** decimals``."""
    TIME = "time"
    """RFC 3339 text with an offset; two texts that name one instant are the same value."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    ``length`` is the greatest number of characters of a text or time, ``decimals`` the accuracy of
    a number. ``requirement`` is the standard's class: M mandatory, C conditional, O one of the
    group, I if an article.
    """

    name: str
    kind: Kind
    length: int
    decimals: int
    requirement: str
    description: str

    @property
    def csv_name(self) -> str:
        """The name in the header line and in index.xml."""
        return self.name.upper()

    @property
    def arrow_type(self) -> pa.DataType:
        """``int64`` (scaled) for numbers, ``string`` for everything else."""
        return pa.int64() if self.kind is Kind.NUMBER else pa.string()


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    ``columns`` leaves out the three Z columns that every row of every file repeats
    (``CLOSING_COLUMNS``). ``key`` names the columns after which its rows are put in canonical
    order; a table without key has one row in a closing.
    """

    name: str
    title: str
    part: Part
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def file_name(self) -> str:
        """The name of the CSV file in an export."""
        return f"{self.name}.csv"

    @property
    def csv_columns(self) -> tuple[Column, ...]:
        """All columns of the CSV file in their order, the Z columns first."""
        return CLOSING_COLUMNS + self.columns

    @property
    def arrow_schema(self) -> pa.Schema:
        """The schema of this table's rows inside a closing (no Z columns)."""
        return pa.schema([(column.name, column.arrow_type) for column in self.columns])

    def column(self, name: str) -> Column:
        """The column of that name; ``KeyError`` where there is none."""
        for column in self.csv_columns:
            if column.name == name:
                return column
        raise KeyError(name)


def text(name: str, length: int, requirement: str, description: str) -> Column:
    return Column(name, Kind.TEXT, length, 0, requirement, description)


def number(name: str, decimals: int, requirement: str, description: str) -> Column:
    return Column(name, Kind.NUMBER, 0, decimals, requirement, description)


def time(name: str, requirement: str, description: str) -> Column:
    return Column(name, Kind.TIME, 30, 0, requirement, description)


def _table(name: str, title: str, part: Part, key: tuple[str, ...], *columns: Column) -> Table:
    return Table(name, title, part, key, columns)


CLOSING_COLUMNS: Final[tuple[Column, ...]] = (
    text("z_kasse_id", 50, "M", "ID der (Abschluss-) Kasse"),
    time("z_erstellung", "M", "Zeitpunkt des Kassenabschlusses"),
    number("z_nr", 0, "M", "Nr. des Kassenabschlusses"),
)

DSFINVK_TABLES: Final[tuple[Table, ...]] = (
    _table(
        "cashpointclosing",
        "Stamm_Abschluss",
        "bookings",
        (),
        text("z_buchungstag", 25, "C", "Vom Erstellungsdatum abweichender Verbuchungstag"),
        text("taxonomie_version", 10, "M", "Version der DFKA-Taxonomie-Kasse"),
        text("z_start_id", 40, "M", "Erste BON_ID im Abschluss"),
        text("z_ende_id", 40, "M", "Letzte BON_ID im Abschluss"),
        text("name", 60, "M", "Name des Unternehmens"),
        text("strasse", 60, "M", "Straße"),
        text("plz", 10, "M", "Postleitzahl"),
        text("ort", 62, "M", "Ort"),
        text("land", 3, "M", "Land"),
        text("stnr", 20, "O", "Steuernummer des Unternehmens"),
        text("ustid", 15, "O", "USTID"),
        number("z_se_zahlungen", 2, "M", "Summe aller Zahlungen"),
        number("z_se_barzahlungen", 2, "M", "Summe aller Barzahlungen"),
    ),
    _table(
        "location",
        "Stamm_Orte",
        "bookings",
        (),
        text("loc_name", 60, "M", "Name des Standortes"),
        text("loc_strasse", 60, "M", "Straße"),
        text("loc_plz", 10, "M", "Postleitzahl"),
        text("loc_ort", 62, "M", "Ort"),
        text("loc_land", 3, "M", "Land"),
        text("loc_ustid", 15, "C", "USTID"),
    ),
    _table(
        "cashregister",
        "Stamm_Kassen",
        "bookings",
        (),
        text("kasse_brand", 50, "C", "Marke der Kasse"),
        text("kasse_modell", 50, "C", "Modellbezeichnung"),
        text("kasse_seriennr", 70, "M", "Seriennummer der Kasse"),
        text("kasse_sw_brand", 50, "C", "Markenbezeichnung der Software"),
        text("kasse_sw_version", 50, "C", "Version der Software"),
        text("kasse_basiswaeh_code", 3, "M", "Basiswährung der Kasse"),
        text(
            "keine_ust_zuordnung",
            1,
            "C",
            "UmsatzsteuerNichtErmittelbar (bei späterem Zahlungseingang)",
        ),
    ),
    _table(
        "slaves",
        "Stamm_Terminals",
        "bookings",
        ("terminal_id",),
        text("terminal_id", 50, "M", "ID des Terminals"),
        text("terminal_brand", 50, "C", "Marke der Terminals"),
        text("terminal_modell", 50, "C", "Modellbezeichnung des Terminals"),
        text("terminal_seriennr", 70, "M", "Seriennummer des Terminals"),
        text("terminal_sw_brand", 50, "C", "Markenbezeichnung der Software"),
        text("terminal_sw_version", 50, "C", "Version der Software"),
    ),
    _table(
        "pa",
        "Stamm_Agenturen",
        "bookings",
        ("agentur_id",),
        number("agentur_id", 0, "M", "ID der Agentur"),
        text("agentur_name", 60, "M", "Name des Auftraggebers"),
        text("agentur_strasse", 60, "M", "Straße"),
        text("agentur_plz", 10, "M", "Postleitzahl"),
        text("agentur_ort", 62, "M", "Ort"),
        text("agentur_land", 3, "M", "Land"),
        text("agentur_stnr", 20, "O", "Steuernummer des Auftraggebers"),
        text("agentur_ustid", 15, "O", "USTID des Auftraggebers"),
    ),
    _table(
        "tse",
        "Stamm_TSE",
        "bookings",
        ("tse_id",),
        number(
            "tse_id", 0, "M", "ID der TSE, nur zur Referenzierung innerhalb eines Kassenabschlusses"
        ),
        text(
            "tse_serial",
            68,
            "M",
            "Seriennummer der TSE (Hashwert des im Zertifikat enthaltenen Schlüssels, hexadezimal)",
        ),
        text("tse_sig_algo", 21, "M", "Der von der TSE verwendete Signaturalgorithmus"),
        text("tse_zeitformat", 31, "M", "Das von der TSE verwendete Format für die Log-Time"),
        text("tse_pd_encoding", 5, "M", "Das Text-Encoding der ProcessData (UTF-8 oder ASCII)"),
        text(
            "tse_public_key",
            512,
            "M",
            "Öffentlicher Schlüssel, extrahiert aus dem Zertifikat der TSE, in base64-Codierung",
        ),
        text(
            "tse_zertifikat_i",
            1000,
            "M",
            "Erste 1000 Zeichen des base64-codierten Zertifikats der TSE (in base64-Codierung)",
        ),
        text(
            "tse_zertifikat_ii",
            1000,
            "M",
            "Ggf. Rest des base64-codierten Zertifikats der TSE (in base64-Codierung)",
        ),
    ),
    _table(
        "vat",
        "Stamm_USt",
        "bookings",
        ("ust_schluessel",),
        number("ust_schluessel", 0, "M", "ID des Umsatzsteuersatzes"),
        number("ust_satz", 2, "M", "Prozentsatz"),
        text("ust_beschr", 55, "M", "Beschreibung"),
    ),
    _table(
        "businesscases",
        "Z_GV_Typ",
        "bookings",
        ("gv_typ", "gv_name", "agentur_id", "ust_schluessel"),
        text("gv_typ", 30, "M", "Geschäftsvorfall-Art"),
        text("gv_name", 40, "C", "Name des Geschäftsvorfalls"),
        number("agentur_id", 0, "C", "ID der Agentur"),
        number("ust_schluessel", 0, "M", "ID des USt-Satzes"),
        number("z_ums_brutto", 5, "M", "Bruttoumsatz"),
        number("z_ums_netto", 5, "M", "Nettoumsatz"),
        number("z_ust", 5, "M", "Umsatzsteuer"),
    ),
    _table(
        "payment",
        "Z_Zahlart",
        "bookings",
        ("zahlart_typ", "zahlart_name"),
        text("zahlart_typ", 25, "M", "Typ der Zahlart"),
        text("zahlart_name", 60, "C", "Name der Zahlart"),
        number("z_zahlart_betrag", 2, "M", "Betrag"),
    ),
    _table(
        "cash_per_currency",
        "Z_Waehrungen",
        "bookings",
        ("zahlart_waeh",),
        text("zahlart_waeh", 3, "M", "Währung"),
        number("zahlart_betrag_waeh", 2, "M", "Betrag"),
    ),
    _table(
        "transactions",
        "Bonkopf",
        "bookings",
        ("bon_id",),
        text("bon_id", 40, "M", "Vorgangs-ID"),
        number("bon_nr", 0, "M", "Bonnummer"),
        text("bon_typ", 30, "M", "Bontyp"),
        text("bon_name", 60, "C", "Zusatz-Beschreibung zum Bontyp"),
        text("terminal_id", 50, "C", "ID des Erfassungsterminals"),
        text("bon_storno", 1, "C", "Storno-Kennzeichen"),
        time("bon_start", "M", "Zeitpunkt des Vorgangsstarts"),
        time("bon_ende", "M", "Zeitpunkt der Vorgangsbeendigung"),
        text("bediener_id", 50, "M", "Bediener-ID"),
        text("bediener_name", 50, "C", "Bediener-Name"),
        number("ums_brutto", 2, "M", "Brutto-Gesamtumsatz"),
        text("kunde_name", 50, "M", "Name des Leistungsempfängers"),
        text("kunde_id", 50, "M", "Kundennummer des Leistungsempfängers"),
        text("kunde_typ", 50, "M", "Art des Leistungsempfängers (z. B. Mitarbeiter)"),
        text("kunde_strasse", 60, "C", "Straße und Hausnummer des Leistungsempfängers"),
        text("kunde_plz", 10, "C", "PLZ des Leistungsempfängers"),
        text("kunde_ort", 62, "C", "Ort des Leistungsempfängers"),
        text("kunde_land", 3, "C", "Land des Leistungsempfängers"),
        text("kunde_ustid", 15, "C", "UStID des Leistungsempfängers"),
        text("bon_notiz", 255, "C", "Zusätzliche Informationen zum Bonkopf"),
    ),
    _table(
        "datapayment",
        "Bonkopf_Zahlarten",
        "bookings",
        ("bon_id",),
        text("bon_id", 40, "M", "Vorgangs-ID"),
        text("zahlart_typ", 25, "M", "Typ der Zahlart"),
        text("zahlart_name", 60, "C", "Name der Zahlart"),
        text("zahlwaeh_code", 3, "M", "Währungscode"),
        number("zahlwaeh_betrag", 2, "C", "Betrag in Fremdwährung"),
        number("basiswaeh_betrag", 2, "M", "Betrag in Basiswährung (i.d.R. EUR)"),
    ),
    _table(
        "lines",
        "Bonpos",
        "bookings",
        ("bon_id", "pos_zeile"),
        text("bon_id", 40, "M", "Vorgangs-ID"),
        text("pos_zeile", 50, "M", "Zeilennummer"),
        text("gutschein_nr", 50, "C", "Gutschein-Nr."),
        text("artikeltext", 255, "M", "Artikeltext"),
        text("pos_terminal_id", 50, "C", "ID des POS-Terminals"),
        text("gv_typ", 30, "M", "Geschäftsvorfall-Art"),
        text("gv_name", 40, "C", "Name des Geschäftsvorfalls"),
        text("inhaus", 1, "C", "Verzehr an Ort und Stelle"),
        text("p_storno", 1, "C", "Positionsstorno-Kennzeichnung"),
        number("agentur_id", 0, "C", "ID der Agentur"),
        text("art_nr", 50, "I", "Artikelnummer"),
        text("gtin", 50, "C", "GTIN"),
        text("warengr_id", 40, "C", "Warengruppen-ID"),
        text("warengr", 50, "C", "Bezeichnung Warengruppe"),
        number("menge", 3, "I", "Menge"),
        number("faktor", 3, "C", "Faktor, z. B. Gebindegrößen"),
        text("einheit", 50, "C", "Maßeinheit, z. B. kg, Liter oder Stück"),
        number("stk_br", 5, "I", "Preis pro Einheit inkl. USt"),
    ),
    _table(
        "itemamounts",
        "Bonpos_Preisfindung",
        "bookings",
        ("bon_id", "pos_zeile"),
        text("bon_id", 40, "M", "Vorgangs-ID"),
        text("pos_zeile", 50, "M", "Zeilennummer"),
        text("typ", 20, "C", "Basispreis, Rabatt oder Zuschlag"),
        number("ust_schluessel", 0, "M", "ID des USt-Satzes"),
        number("pf_brutto", 5, "C", "Bruttoumsatz"),
        number("pf_netto", 5, "C", "Nettoumsatz"),
        number("pf_ust", 5, "C", "Umsatzsteuer"),
    ),
    _table(
        "subitems",
        "Bonpos_Zusatzinfo",
        "bookings",
        ("bon_id", "pos_zeile"),
        text("bon_id", 40, "M", "Vorgangs-ID"),
        text("pos_zeile", 50, "M", "Zeilennummer"),
        text("zi_art_nr", 50, "M", "Artikelnummer"),
        text("zi_gtin", 50, "C", "GTIN"),
        text("zi_name", 60, "C", "Artikelbezeichnung"),
        text("zi_warengr_id", 40, "C", "Warengruppen-ID"),
        text("zi_warengr", 50, "C", "Bezeichnung Warengruppe"),
        number("zi_menge", 3, "M", "Menge"),
        number("zi_faktor", 3, "C", "Faktor, z. B. Gebindegrößen"),
        text("zi_einheit", 50, "C", "Maßeinheit, z. B. kg, Liter oder Stück"),
        number("zi_ust_schluessel", 0, "M", "ID USt-Satz des Basispreises"),
        number("zi_basispreis_brutto", 5, "C", "Basispreis brutto"),
        number("zi_basispreis_netto", 5, "C", "Basispreis netto"),
        number("zi_basispreis_ust", 5, "C", "Basispreis USt"),
    ),
    _table(
        "transactions_tse",
        "TSE_Transaktionen",
        "bookings",
        ("bon_id",),
        text("bon_id", 40, "M", "Vorgangs-ID"),
        number(
            "tse_id", 0, "M", "ID der TSE, nur zur Referenzierung innerhalb eines Kassenabschlusses"
        ),
        number("tse_tanr", 0, "M", "Die Transaktionsnummer der TSE-Transaktion"),
        time("tse_ta_start", "M", "Die Log-Time der StartTransaction-Operation"),
        time("tse_ta_ende", "M", "Die Log-Time der FinishTransaction-Operation"),
        text("tse_ta_vorgangsart", 30, "M", "Der processType der FinishTransaction-Operation"),
        number("tse_ta_sigz", 0, "M", "Der Signaturzähler der FinishTransaction-Operation"),
        text("tse_ta_sig", 512, "M", "Die Signatur der FinishTransaction-Operation"),
        text("tse_ta_fehler", 200, "C", "Beschreibung des TSE-Ausfalls oder Fehlers"),
        text(
            "tse_vorgangsdaten",
            1000,
            "C",
            "An die technische Sicherheitseinrichtung übergebene Daten des Vorgangs (optional)",
        ),
    ),
    _table(
        "transactions_vat",
        "Bonkopf_USt",
        "bookings",
        ("bon_id", "ust_schluessel"),
        text("bon_id", 40, "M", "Vorgangs-ID"),
        number("ust_schluessel", 0, "M", "ID des USt-Satzes"),
        number("bon_brutto", 5, "M", "Bruttoumsatz"),
        number("bon_netto", 5, "M", "Nettoumsatz"),
        number("bon_ust", 5, "M", "Umsatzsteuer"),
    ),
    _table(
        "lines_vat",
        "Bonpos_USt",
        "bookings",
        ("bon_id", "pos_zeile", "ust_schluessel"),
        text("bon_id", 40, "M", "Vorgangs-ID"),
        text("pos_zeile", 50, "M", "Zeilennummer"),
        number("ust_schluessel", 0, "M", "ID des USt-Satzes"),
        number("pos_brutto", 5, "C", "Bruttoumsatz"),
        number("pos_netto", 5, "C", "Nettoumsatz"),
        number("pos_ust", 5, "C", "Umsatzsteuer"),
    ),
    _table(
        "allocation_groups",
        "Bonkopf_AbrKreis",
        "bookings",
        ("bon_id",),
        text("bon_id", 40, "M", "Vorgangs-ID"),
        text("abrechnungskreis", 50, "C", "z. B. Tischnummer"),
    ),
    _table(
        "references",
        "Bon_Referenzen",
        "bookings",
        ("bon_id", "pos_zeile"),
        text("bon_id", 40, "M", "Vorgangs-ID"),
        text(
            "pos_zeile",
            50,
            "C",
            "Zeilennummer des referenzierenden Vorgangs (nicht bei Verweis aus einem Bonkopf)",
        ),
        text("ref_typ", 20, "M", "Art der Referenz"),
        text("ref_name", 40, "C", "Beschreibung bei Art ExterneSonstige"),
        time("ref_datum", "C", "Datum des Kassenabschlusses"),
        text("ref_z_kasse_id", 50, "C", "ID der (Abschluss-) Kasse"),
        number("ref_z_nr", 0, "C", "Nr. des Kassenabschlusses"),
        text("ref_bon_id", 40, "M", "Vorgangs-ID"),
    ),
)

OWN_TABLES: Final[tuple[Table, ...]] = (
    _table(
        "time_entries",
        "Zeiterfassung",
        "time",
        ("entry_id",),
        text("entry_id", 40, "M", "ID der Zeitbuchung"),
        text("employee_id", 50, "M", "ID der Person"),
        text("employee_name", 60, "C", "Name der Person"),
        text("activity", 60, "C", "Tätigkeit"),
        time("start", "M", "Beginn"),
        time("end", "C", "Ende"),
        number("break_minutes", 0, "C", "Pause in Minuten"),
        text("corrected_entry_id", 40, "C", "ID der Zeitbuchung, die diese berichtigt"),
        text("note", 255, "C", "Bemerkung"),
    ),
    _table(
        "stock_movements",
        "Warenbewegungen",
        "stock",
        ("movement_id",),
        text("movement_id", 40, "M", "ID der Warenbewegung"),
        text("kind", 20, "M", "Art: goods_in, waste, own_use, transfer, count"),
        text("article_no", 50, "M", "Artikelnummer"),
        text("article_text", 255, "C", "Artikeltext"),
        number("quantity", 3, "M", "Menge"),
        text("unit", 50, "C", "Maßeinheit"),
        number("cost", 5, "C", "Einkaufspreis der Menge"),
        time("time", "M", "Zeitpunkt"),
        text("employee_id", 50, "C", "ID der Person"),
        text("employee_name", 60, "C", "Name der Person"),
        text("note", 255, "C", "Bemerkung"),
    ),
)

TABLES: Final[tuple[Table, ...]] = DSFINVK_TABLES + OWN_TABLES
TABLES_BY_NAME: Final = MappingProxyType({table.name: table for table in TABLES})

# Closed lists of the standard (DSFinV-K 2.4, appendices B to E and I).
BON_TYPES: Final = (
    "Beleg",
    "AVRechnung",
    "AVTransfer",
    "AVBestellung",
    "AVTraining",
    "AVBelegstorno",
    "AVBelegabbruch",
    "AVSachbezug",
    "AVSonstige",
)
TURNOVER_BON_TYPE: Final = "Beleg"
"""The only BON_TYP that counts for totals, VAT and cash (DSFinV-K 2.4, p. 31)."""

CASH_ONLY_GV_TYPES: Final = (
    "Anfangsbestand",
    "Privatentnahme",
    "Privateinlage",
    "Geldtransit",
    "Lohnzahlung",
    "Einzahlung",
    "Auszahlung",
    "DifferenzSollIst",
)
GV_TYPES: Final = (
    "Umsatz",
    "Pfand",
    "PfandRueckzahlung",
    "Rabatt",
    "Aufschlag",
    "ZuschussEcht",
    "ZuschussUnecht",
    "TrinkgeldAG",
    "TrinkgeldAN",
    "EinzweckgutscheinKauf",
    "EinzweckgutscheinEinloesung",
    "MehrzweckgutscheinKauf",
    "MehrzweckgutscheinEinloesung",
    "Forderungsentstehung",
    "Forderungsaufloesung",
    "Anzahlungseinstellung",
    "Anzahlungsaufloesung",
    *CASH_ONLY_GV_TYPES,
)
TURNOVER_GV_TYPES: Final = (
    "Umsatz",
    "Pfand",
    "PfandRueckzahlung",
    "Rabatt",
    "Aufschlag",
    "ZuschussUnecht",
    "TrinkgeldAG",
    "EinzweckgutscheinKauf",
    "EinzweckgutscheinEinloesung",
    "Anzahlungseinstellung",
    "Anzahlungsaufloesung",
)
"""What is paid for goods and services. Tips of staff, multi-purpose vouchers, receivables, true
subsidies and movements of cash are not (DSFinV-K 2.4, appendix C)."""
ZAHLART_TYPES: Final = (
    "Bar",
    "Unbar",
    "Keine",
    "ECKarte",
    "Kreditkarte",
    "ElZahlungsdienstleister",
    "Guthabenkarte",
)
REF_TYPES: Final = ("ExterneRechnung", "ExternerLieferschein", "Transaktion", "ExterneSonstige")
PREISFINDUNG_TYPES: Final = (
    "base_amount",
    "Grundpreis",
    "discount",
    "Rabatt",
    "extra_amount",
    "Zuschlag",
)
TSE_ZEITFORMATE: Final = (
    "unixTime",
    "utcTime",
    "utcTimeWithSeconds",
    "generalizedTime",
    "generalizedTimeWithMilliseconds",
)
TSE_VORGANGSARTEN: Final = ("Kassenbeleg-V1", "Bestellung-V1", "SonstigerVorgang")
STOCK_KINDS: Final = ("goods_in", "waste", "own_use", "transfer", "count")

RENAMED_COLUMNS: Final = MappingProxyType({"tse_ta_vorgangsdaten": "tse_vorgangsdaten"})
"""Names of older versions of the standard, and what they are called now."""
