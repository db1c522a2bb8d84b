"""Views for other tools (spreadsheets, Metabase, Grafana), with names and decimals for people.

All money is beside its currency and stands for one closing, so it may be added up within a
currency; the cash of a closing holds its opening float and may not. On SQLite, which has no
decimals, numbers are REAL, rounded to what they show: these views are for looking. Exact are the
tables, and ``v_<table>``, on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tillferry.journal.basics import DialectName


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column of a view: its name, the SQL behind it, the decimals of a scaled number."""

    name: str
    sql: str
    meaning: str
    decimals: int = 0
    shown: int = 2
    """So many of the decimals are kept."""


@dataclass(frozen=True, slots=True)
class FigureView:
    """A view. ``joined`` names what is beside the closing (``c``), the till and its outlet."""

    name: str
    meaning: str
    columns: tuple[ViewColumn, ...]
    joined: str = ""


def _same(name: str, meaning: str, of: str = "s") -> ViewColumn:
    return ViewColumn(name, f"{of}.{name}", meaning)


def _money(name: str, meaning: str, decimals: int = 5, of: str = "s") -> ViewColumn:
    return ViewColumn(name, f"{of}.{name}", meaning, decimals)


_CLOSING: Final = (
    ViewColumn("business_day", "c.business_day", "business day"),
    ViewColumn("outlet", "coalesce(o.name, '')", "name of the outlet"),
    ViewColumn("till", "t.name", "name of the till"),
    ViewColumn("till_serial", "t.serial", "its serial number"),
    ViewColumn("z_nr", "c.z_nr", "number of the closing"),
)
_CURRENCY: Final = ViewColumn("currency", "c.currency", "currency of the amounts")
_AMOUNTS: Final = (
    _money("gross", "with VAT"),
    _money("net", "without VAT"),
    _money("vat", "VAT"),
)
_RECEIPTS: Final = ("receipts", "receipts with turnover")
_JOIN: Final = "JOIN {table} s ON s.till_id = c.till_id AND s.closing_id = c.closing_id"

FIGURE_VIEWS: Final = (
    FigureView(
        "report_turnover",
        "Turnover of each closing.",
        (
            *_CLOSING,
            _CURRENCY,
            _same(*_RECEIPTS, "c"),
            *(_money(each.name, each.meaning, of="c") for each in _AMOUNTS),
        ),
    ),
    FigureView(
        "report_hours",
        "Turnover by hour and cashier.",
        (
            *_CLOSING,
            _CURRENCY,
            _same("hour", "hour in which receipts ended"),
            _same("cashier_id", "number of the cashier"),
            _same("cashier_name", "name of the cashier"),
            _same(*_RECEIPTS),
            *_AMOUNTS,
        ),
        "sums_hours",
    ),
    FigureView(
        "report_articles",
        "What was sold: turnover by article.",
        (
            *_CLOSING,
            _CURRENCY,
            ViewColumn("article_no", "s.art_nr", "article number"),
            ViewColumn("article", "s.artikeltext", "article"),
            ViewColumn("article_group", "s.warengr", "article group"),
            ViewColumn("business_case", "s.gv_typ", "GV_TYP"),
            ViewColumn("vat_key", "s.ust_schluessel", "UST_SCHLUESSEL"),
            _same("positions", "number of positions"),
            ViewColumn("quantity", "s.quantity", "quantity", 3, 3),
            *_AMOUNTS,
        ),
        "sums_articles",
    ),
    FigureView(
        "report_business_cases",
        "All business cases: turnover, tips, vouchers, deposits, cash movements.",
        (
            *_CLOSING,
            _CURRENCY,
            ViewColumn("business_case", "s.gv_typ", "GV_TYP"),
            ViewColumn("business_case_name", "s.gv_name", "GV_NAME"),
            ViewColumn("agency", "s.agentur_id", "AGENTUR_ID, 0 is the company itself"),
            ViewColumn("vat_key", "s.ust_schluessel", "UST_SCHLUESSEL"),
            ViewColumn("vat_percent", "s.ust_satz", "VAT rate in percent", 2),
            _same("turnover", "1 where it is turnover"),
            *_AMOUNTS,
        ),
        "sums_business_cases",
    ),
    FigureView(
        "report_payments",
        "Payments by kind and currency.",
        (
            *_CLOSING,
            _CURRENCY,
            ViewColumn("payment", "s.zahlart_typ", "ZAHLART_TYP"),
            ViewColumn("payment_name", "s.zahlart_name", "ZAHLART_NAME"),
            ViewColumn("paid_in", "s.zahlwaeh_code", "currency in which was paid"),
            _same("payments", "number of payments"),
            _money("amount", "amount in the till's currency", 2),
            _money("foreign_amount", "amount in the currency in which was paid", 2),
        ),
        "sums_payments",
    ),
    FigureView(
        "report_cashiers",
        "Cancellations, discounts, and receipts that do not count, by cashier.",
        (
            *_CLOSING,
            _CURRENCY,
            _same("cashier_id", "number of the cashier"),
            _same("cashier_name", "name of the cashier"),
            _same("kind", "what it was"),
            _same("count", "how many"),
            _money("gross", "amount with VAT, as it was booked"),
        ),
        "sums_cashiers",
    ),
    FigureView(
        "report_working_times",
        "Entries of the time clock; one that another corrects is left out.",
        (
            *_CLOSING,
            ViewColumn("employee_id", "s.employee_id", "number of the person"),
            ViewColumn("employee", "s.employee_name", "name of the person"),
            ViewColumn("activity", "s.activity", "activity"),
            ViewColumn("started", 's."start"', "begin, RFC 3339"),
            ViewColumn("ended", 's."end"', "end, RFC 3339"),
            ViewColumn("break_minutes", "s.break_minutes", "break in minutes"),
        ),
        "time_entries",
    ),
    FigureView(
        "report_stock_movements",
        "Movements of stock.",
        (
            *_CLOSING,
            ViewColumn("kind", "s.kind", "goods_in, waste, own_use, transfer, count"),
            ViewColumn("article_no", "s.article_no", "article number"),
            ViewColumn("article", "s.article_text", "article"),
            ViewColumn("quantity", "s.quantity", "quantity", 3, 3),
            ViewColumn("unit", "s.unit", "unit"),
            ViewColumn("cost", "s.cost", "cost of the quantity", 5),
            ViewColumn("moved_at", 's."time"', "when, RFC 3339"),
        ),
        "stock_movements",
    ),
)

_WITHOUT_CORRECTED: Final = (
    " LEFT JOIN (SELECT DISTINCT till_id, corrected_entry_id FROM time_entries "
    "WHERE corrected_entry_id IS NOT NULL) k "
    "ON k.till_id = s.till_id AND k.corrected_entry_id = s.entry_id WHERE k.till_id IS NULL"
)


def figure_views(dialect: DialectName) -> dict[str, str]:
    """The SELECT of each view, by the view's name."""
    return {view.name: _select(view, dialect) for view in FIGURE_VIEWS}


def _select(view: FigureView, dialect: DialectName) -> str:
    rows = view.joined in ("time_entries", "stock_movements")
    columns = ", ".join(
        f"{_number(column, dialect, rows)} AS {column.name}" for column in view.columns
    )
    closings = "closings" if rows else "closing_sums"
    joined = _JOIN.format(table=view.joined) if view.joined else ""
    return (
        f"SELECT {columns} FROM {closings} c {joined} "
        "JOIN tills t ON t.till_id = c.till_id "
        "LEFT JOIN till_details d ON d.till_id = c.till_id "
        "LEFT JOIN outlets o ON o.outlet_id = d.outlet_id"
        + (_WITHOUT_CORRECTED if view.joined == "time_entries" else "")
    )


def _number(column: ViewColumn, dialect: DialectName, rows: bool) -> str:
    """A scaled whole number as a number with decimals. PostgreSQL's rows have theirs already."""
    if not column.decimals:
        return column.sql
    if dialect == "sqlite":
        return f"round({column.sql} / {10**column.decimals}.0, {column.shown})"
    scaled = column.sql if rows else f"CAST({column.sql} AS NUMERIC) / {10**column.decimals}"
    return f"CAST({scaled} AS NUMERIC(19, {column.shown}))"
