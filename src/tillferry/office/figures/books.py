"""Figures for the books: VAT, payments, business cases, what was cancelled, cash."""

from __future__ import annotations

from typing import Final

from tillferry.closing.tables import CASH_ONLY_GV_TYPES
from tillferry.office.figures.model import Chart, Figure, FigureColumn
from tillferry.office.figures.turnover import (
    AMOUNTS,
    CASHIER,
    CURRENCY,
    DAY,
    TILL,
    asked_sums,
    joined,
    sums,
)

_VAT_KEY: Final = (FigureColumn("ust_schluessel", "id"), FigureColumn("ust_satz", "percent", 2))
_COUNT: Final = FigureColumn("count", "number", total=True)
_CENTS: Final = 1000
"""By which amounts of five decimals are cents; cash has no smaller coin."""


def _list(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _money(name: str, *, total: bool = False) -> FigureColumn:
    return FigureColumn(name, "money", 2, total=total)


_CANCELLED: Final = (
    "cancelled_receipts",
    "cancelled_lines",
    "AVBelegstorno",
    "AVBelegabbruch",
    "AVTraining",
)


def _by_cashier(name: str, kinds: tuple[str, ...]) -> Figure:
    return Figure(
        name,
        f"SELECT s.cashier_id, s.cashier_name, s.kind, s.currency, {sums('s.count', 's.gross')} "
        f"{asked_sums('cashiers')} WHERE s.kind IN ({_list(kinds)}) "
        "GROUP BY s.cashier_id, s.cashier_name, s.kind, s.currency "
        "ORDER BY s.cashier_id, s.cashier_name, s.kind, s.currency",
        (
            *CASHIER,
            FigureColumn("kind", "code"),
            CURRENCY,
            _COUNT,
            FigureColumn("gross", "money", 5),
        ),
        Chart("bar", "cashier_name", ("gross",), ("kind", "currency")),
    )


# Payments of a closing begin with its opening float, which is counted anew in each; and what only
# moves cash was paid by nobody. Both are of cash in the till's own currency.
_PAYMENTS: Final = (
    "SELECT zahlart_typ, zahlart_name, zahlwaeh_code, currency, "
    f"{sums('payments', 'amount', 'moved', 'amount - moved', 'foreign_amount')} FROM ("
    "SELECT s.zahlart_typ, CASE WHEN s.zahlart_typ = 'Bar' AND s.zahlwaeh_code IN ('', s.currency) "
    "THEN '' ELSE s.zahlart_name END AS zahlart_name, "
    "CASE WHEN s.zahlwaeh_code = '' THEN s.currency ELSE s.zahlwaeh_code END AS zahlwaeh_code, "
    f"s.currency, s.payments, s.amount, 0 AS moved, s.foreign_amount {asked_sums('payments')} "
    "UNION ALL SELECT 'Bar', '', s.currency, s.currency, -s.positions, "
    f"CASE WHEN s.gv_typ = 'Anfangsbestand' THEN -s.gross / {_CENTS} ELSE 0 END, "
    f"CASE WHEN s.gv_typ = 'Anfangsbestand' THEN 0 ELSE s.gross / {_CENTS} END, 0 "
    f"{asked_sums('articles')} WHERE s.gv_typ IN ({_list(CASH_ONLY_GV_TYPES)})) paid "
    "GROUP BY zahlart_typ, zahlart_name, zahlwaeh_code, currency "
    "ORDER BY currency, sum(amount - moved) DESC, zahlart_typ, zahlart_name, zahlwaeh_code"
)

_MOVED_CASH: Final = (
    "SELECT a.till_id, a.closing_id, s.amount AS cash, 0 AS opening_float, 0 AS cash_in, "
    f"0 AS cash_out, 0 AS difference {joined('sums_payments')} WHERE s.zahlart_typ = 'Bar' "
    "UNION ALL SELECT a.till_id, a.closing_id, 0, "
    f"CASE WHEN s.gv_typ = 'Anfangsbestand' THEN s.gross / {_CENTS} ELSE 0 END, "
    "CASE WHEN s.gv_typ NOT IN ('Anfangsbestand', 'DifferenzSollIst') AND s.gross > 0 "
    f"THEN s.gross / {_CENTS} ELSE 0 END, "
    "CASE WHEN s.gv_typ NOT IN ('Anfangsbestand', 'DifferenzSollIst') AND s.gross < 0 "
    f"THEN s.gross / {_CENTS} ELSE 0 END, "
    f"CASE WHEN s.gv_typ = 'DifferenzSollIst' THEN s.gross / {_CENTS} ELSE 0 END "
    f"{joined('sums_business_cases')} WHERE s.gv_typ IN ({_list(CASH_ONLY_GV_TYPES)}) "
    "UNION ALL SELECT till_id, closing_id, 0, 0, 0, 0, 0 FROM asked"
)

_TAKINGS: Final = "m.cash - m.opening_float - m.cash_in - m.cash_out - m.difference"

BOOKS: Final = (
    Figure(
        "vat",
        f"SELECT s.ust_schluessel, s.ust_satz, s.currency, {sums('s.gross', 's.net', 's.vat')} "
        f"{asked_sums('business_cases')} WHERE s.turnover = 1 "
        "GROUP BY s.ust_schluessel, s.ust_satz, s.currency "
        "ORDER BY s.currency, s.ust_schluessel, s.ust_satz",
        (*_VAT_KEY, CURRENCY, *AMOUNTS),
        Chart("pie", "ust_satz", ("gross",)),
    ),
    Figure(
        "payments",
        _PAYMENTS,
        (
            FigureColumn("zahlart_typ", "text"),
            FigureColumn("zahlart_name", "text"),
            FigureColumn("zahlwaeh_code", "text"),
            CURRENCY,
            FigureColumn("payments", "number", total=True),
            _money("amount", total=True),
            _money("cash_moved", total=True),
            _money("paid", total=True),
            _money("foreign_amount"),
        ),
        Chart("pie", "zahlart_typ", ("paid",)),
    ),
    Figure(
        "business_cases",
        "SELECT s.gv_typ, s.gv_name, s.agentur_id, s.ust_schluessel, s.ust_satz, s.turnover, "
        f"s.currency, {sums('s.gross', 's.net', 's.vat')} {asked_sums('business_cases')} "
        "WHERE s.gv_typ <> 'Anfangsbestand' GROUP BY s.gv_typ, s.gv_name, s.agentur_id, "
        "s.ust_schluessel, s.ust_satz, s.turnover, s.currency "
        "ORDER BY s.currency, s.turnover DESC, s.gv_typ, s.gv_name, s.agentur_id, "
        "s.ust_schluessel, s.ust_satz",
        (
            FigureColumn("gv_typ", "text"),
            FigureColumn("gv_name", "text"),
            FigureColumn("agentur_id", "id"),
            *_VAT_KEY,
            FigureColumn("turnover", "code"),
            CURRENCY,
            FigureColumn("gross", "money", 5),
            FigureColumn("net", "money", 5),
            FigureColumn("vat", "money", 5),
        ),
        Chart("bar", "gv_typ", ("gross",)),
    ),
    _by_cashier("cancellations", _CANCELLED),
    _by_cashier("discounts", ("discounts", "surcharges")),
    Figure(
        "cash",
        "SELECT a.day, p.till, p.till_name, p.outlet, a.z_nr, a.currency, "
        f"{sums('m.opening_float', _TAKINGS)}, "
        f"{sums('m.cash_in', 'm.cash_out', 'm.cash - m.difference', 'm.difference', 'm.cash')} "
        f"FROM ({_MOVED_CASH}) m "
        "JOIN asked a ON a.till_id = m.till_id AND a.closing_id = m.closing_id "
        "JOIN places p ON p.till_id = a.till_id "
        "GROUP BY a.till_id, a.closing_id, a.day, p.till, p.till_name, p.outlet, a.z_nr, "
        "a.currency "
        "ORDER BY a.day, p.till, a.till_id, a.z_nr",
        (
            DAY,
            *TILL,
            FigureColumn("z_nr", "id"),
            CURRENCY,
            _money("opening_float"),
            _money("cash_takings"),
            _money("cash_in"),
            _money("cash_out"),
            _money("expected_cash"),
            _money("difference"),
            _money("cash_at_close"),
        ),
    ),
)
