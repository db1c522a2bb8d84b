"""All tables as of the first revision.

The columns are written out here and not taken from ``closing.tables``: a revision stays what it
was when that changes. ``:n`` marks a number with n decimals; everything else is text.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

WAITING = "settled = 0 AND state NOT IN ('imported', 'already_present')"
ROWS = {
    "cashpointclosing": """
        z_buchungstag taxonomie_version z_start_id z_ende_id name strasse plz ort land
        stnr ustid z_se_zahlungen:2 z_se_barzahlungen:2
    """,
    "location": """
        loc_name loc_strasse loc_plz loc_ort loc_land loc_ustid
    """,
    "cashregister": """
        kasse_brand kasse_modell kasse_seriennr kasse_sw_brand kasse_sw_version
        kasse_basiswaeh_code keine_ust_zuordnung
    """,
    "slaves": """
        terminal_id terminal_brand terminal_modell terminal_seriennr terminal_sw_brand
        terminal_sw_version
    """,
    "pa": """
        agentur_id:0 agentur_name agentur_strasse agentur_plz agentur_ort agentur_land
        agentur_stnr agentur_ustid
    """,
    "tse": """
        tse_id:0 tse_serial tse_sig_algo tse_zeitformat tse_pd_encoding tse_public_key
        tse_zertifikat_i tse_zertifikat_ii
    """,
    "vat": """
        ust_schluessel:0 ust_satz:2 ust_beschr
    """,
    "businesscases": """
        gv_typ gv_name agentur_id:0 ust_schluessel:0 z_ums_brutto:5 z_ums_netto:5
        z_ust:5
    """,
    "payment": """
        zahlart_typ zahlart_name z_zahlart_betrag:2
    """,
    "cash_per_currency": """
        zahlart_waeh zahlart_betrag_waeh:2
    """,
    "transactions": """
        bon_id bon_nr:0 bon_typ bon_name terminal_id bon_storno bon_start bon_ende
        bediener_id bediener_name ums_brutto:2 kunde_name kunde_id kunde_typ
        kunde_strasse kunde_plz kunde_ort kunde_land kunde_ustid bon_notiz
    """,
    "datapayment": """
        bon_id zahlart_typ zahlart_name zahlwaeh_code zahlwaeh_betrag:2
        basiswaeh_betrag:2
    """,
    "lines": """
        bon_id pos_zeile gutschein_nr artikeltext pos_terminal_id gv_typ gv_name inhaus
        p_storno agentur_id:0 art_nr gtin warengr_id warengr menge:3 faktor:3 einheit
        stk_br:5
    """,
    "itemamounts": """
        bon_id pos_zeile typ ust_schluessel:0 pf_brutto:5 pf_netto:5 pf_ust:5
    """,
    "subitems": """
        bon_id pos_zeile zi_art_nr zi_gtin zi_name zi_warengr_id zi_warengr zi_menge:3
        zi_faktor:3 zi_einheit zi_ust_schluessel:0 zi_basispreis_brutto:5
        zi_basispreis_netto:5 zi_basispreis_ust:5
    """,
    "transactions_tse": """
        bon_id tse_id:0 tse_tanr:0 tse_ta_start tse_ta_ende tse_ta_vorgangsart
        tse_ta_sigz:0 tse_ta_sig tse_ta_fehler tse_vorgangsdaten
    """,
    "transactions_vat": """
        bon_id ust_schluessel:0 bon_brutto:5 bon_netto:5 bon_ust:5
    """,
    "lines_vat": """
        bon_id pos_zeile ust_schluessel:0 pos_brutto:5 pos_netto:5 pos_ust:5
    """,
    "allocation_groups": """
        bon_id abrechnungskreis
    """,
    "references": """
        bon_id pos_zeile ref_typ ref_name ref_datum ref_z_kasse_id ref_z_nr:0 ref_bon_id
    """,
    "time_entries": """
        entry_id employee_id employee_name activity start end break_minutes:0
        corrected_entry_id note
    """,
    "stock_movements": """
        movement_id kind article_no article_text quantity:3 unit cost:5 time employee_id
        employee_name note
    """,
}


def upgrade() -> None:
    """Create them."""
    _tills_and_deliveries()
    _items()
    _closings()
    for name, columns in ROWS.items():
        _row_table(name, columns.split())


def _on_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _integers(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _key(name: str) -> sa.Column[Any]:
    whole = sa.Integer() if _on_sqlite() else sa.BigInteger()
    return sa.Column(name, whole, primary_key=True, autoincrement=False)


def _day(name: str, nullable: bool) -> sa.Column[Any]:
    return sa.Column(name, sa.Text() if _on_sqlite() else sa.Date(), nullable=nullable)


def _partial(name: str, table: str, *columns: str, where: str, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(
        name,
        table,
        list(columns),
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _tills_and_deliveries() -> None:
    op.create_table(
        "tills",
        _key("till_id"),
        *_texts("customer_number", "name", "taxpayer", "serial", "state"),
        *_texts("public_key", "installation"),
        *_integers("bundle_sequence"),
        *_texts("bundle_hash", "enrolment_secret"),
    )
    _partial(
        "tills_customer_number",
        "tills",
        "customer_number",
        where="customer_number <> ''",
        unique=True,
    )
    _partial("tills_serial", "tills", "taxpayer", "serial", where="serial <> ''", unique=True)
    op.create_table(
        "deliveries",
        _key("delivery_no"),
        *_texts("sha256", "name", "kind"),
        *_integers("size_bytes"),
        *_texts("received_at", "carrier"),
        *_integers("till_id", "bundle_sequence"),
        *_texts("installation"),
        sa.UniqueConstraint("sha256", name="deliveries_sha256"),
    )


def _items() -> None:
    op.create_table(
        "items",
        _key("item_id"),
        *_texts("delivery", "source", "taxpayer", "serial"),
        *_integers("till_id", "z_nr"),
        _day("business_day", nullable=True),
        *_texts("state"),
        *_integers("receipts", "gross_cents"),
        *_texts("findings", "received_at"),
        *_integers("settled"),
    )
    op.create_index("items_delivery", "items", ["delivery"])
    op.create_index("items_till", "items", ["till_id"])
    _partial("items_waiting_till", "items", "till_id", where=WAITING)
    _partial("items_waiting_serial", "items", "serial", where=WAITING)


def _closings() -> None:
    key: list[sa.Column[Any]] = (
        [_key("closing_id"), *_integers("till_id")]
        if _on_sqlite()
        else [_key("till_id"), _key("closing_id")]
    )
    op.create_table(
        "closings",
        *key,
        *_integers("z_nr"),
        *_texts("z_kasse_id", "z_erstellung"),
        _day("business_day", nullable=False),
        *_texts("z_start_id", "z_ende_id"),
        *_integers("receipts", "gross_cents"),
        *(sa.Column(f"digest_{part}", sa.Text()) for part in ("bookings", "time", "stock")),
        *_integers("row_count"),
        *_texts("delivery", "booked_at"),
        sa.UniqueConstraint("till_id", "z_nr", name="closings_till_z_nr"),
    )
    if not _on_sqlite():
        op.create_index("closings_closing_id", "closings", ["closing_id"])


def _row_table(name: str, columns: list[str]) -> None:
    key = ("closing_id", "row_no") if _on_sqlite() else ("till_id", "closing_id", "row_no")
    constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*key, name=f"{name}_key")]
    if not _on_sqlite():
        constraints.append(
            sa.ForeignKeyConstraint(
                ["till_id", "closing_id"],
                ["closings.till_id", "closings.closing_id"],
                name=f"{name}_closing",
            )
        )
    op.create_table(
        name,
        *_integers("till_id", "closing_id", "row_no"),
        *(_column(column) for column in columns),
        *constraints,
        sqlite_with_rowid=False,
    )


def _column(written: str) -> sa.Column[Any]:
    name, _, decimals = written.partition(":")
    if not decimals:
        return sa.Column(name, sa.Text(), quote=True)
    if decimals == "0" or _on_sqlite():
        return sa.Column(name, sa.BigInteger(), quote=True)
    return sa.Column(name, sa.Numeric(19, int(decimals)), quote=True)
