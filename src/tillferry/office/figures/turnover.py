"""Figures of turnover: by day, place, hour, article and person."""

from __future__ import annotations

from typing import Final

from tillferry.office.figures.model import Chart, Figure, FigureColumn

DAY: Final = FigureColumn("day", "day")
CURRENCY: Final = FigureColumn("currency", "text")
TILL: Final = (
    FigureColumn("till", "text"),
    FigureColumn("till_name", "text"),
    FigureColumn("outlet", "text"),
)
CLOSINGS: Final = FigureColumn("closings", "number", total=True)
RECEIPTS: Final = FigureColumn("receipts", "number", total=True)
AMOUNTS: Final = (
    FigureColumn("gross", "money", 5, total=True),
    FigureColumn("net", "money", 5, total=True),
    FigureColumn("vat", "money", 5, total=True),
)
CASHIER: Final = (FigureColumn("cashier_id", "text"), FigureColumn("cashier_name", "text"))


def sums(*names: str) -> str:
    """SQL that adds up columns; the sum of whole numbers is a whole number on both databases."""
    return ", ".join(f"CAST(sum({name}) AS BIGINT)" for name in names)


SUMMED: Final = sums("receipts", "gross", "net", "vat")
_OF_ROWS: Final = sums("s.gross", "s.net", "s.vat")


def joined(table: str) -> str:
    """SQL of the asked closings with their rows of a table of sums."""
    return f"FROM asked a JOIN {table} s ON s.till_id = a.till_id AND s.closing_id = a.closing_id"


def asked_sums(source: str) -> str:
    """SQL of the sums of all asked closings, already added up over whole months."""
    return f"FROM {source} s"


TURNOVER: Final = (
    Figure(
        "turnover_by_day",
        f"SELECT day, currency, count(DISTINCT till_id), count(*), {SUMMED} "
        "FROM asked GROUP BY day, currency ORDER BY day, currency",
        (DAY, CURRENCY, FigureColumn("tills", "number"), CLOSINGS, RECEIPTS, *AMOUNTS),
        Chart("bar", "day", ("gross",)),
    ),
    Figure(
        "turnover_by_week",
        f"SELECT d.week, a.currency, {sums('a.closings')}, {SUMMED} FROM by_day a "
        "JOIN days d ON d.day = a.day GROUP BY d.week, a.currency ORDER BY d.week, a.currency",
        (FigureColumn("week", "week"), CURRENCY, CLOSINGS, RECEIPTS, *AMOUNTS),
        Chart("bar", "week", ("gross",)),
    ),
    Figure(
        "turnover_by_month",
        f"SELECT substr(day, 1, 7), currency, count(*), {SUMMED} FROM asked "
        "GROUP BY substr(day, 1, 7), currency ORDER BY 1, 2",
        (FigureColumn("month", "month"), CURRENCY, CLOSINGS, RECEIPTS, *AMOUNTS),
        Chart("bar", "month", ("gross",)),
    ),
    Figure(
        "turnover_by_outlet",
        f"SELECT p.outlet, a.currency, count(DISTINCT a.till_id), count(*), {SUMMED} "
        "FROM asked a JOIN places p ON p.till_id = a.till_id "
        "GROUP BY p.outlet, a.currency ORDER BY a.currency, sum(a.gross) DESC, p.outlet",
        (
            FigureColumn("outlet", "text"),
            CURRENCY,
            FigureColumn("tills", "number"),
            CLOSINGS,
            RECEIPTS,
            *AMOUNTS,
        ),
        Chart("bar", "outlet", ("gross",)),
    ),
    Figure(
        "turnover_by_till",
        f"SELECT p.till, p.till_name, p.outlet, a.currency, count(*), {SUMMED} "
        "FROM asked a JOIN places p ON p.till_id = a.till_id "
        "GROUP BY a.till_id, p.till, p.till_name, p.outlet, a.currency "
        "ORDER BY a.currency, sum(a.gross) DESC, p.till",
        (*TILL, CURRENCY, CLOSINGS, RECEIPTS, *AMOUNTS),
        Chart("bar", "till", ("gross",)),
    ),
    Figure(
        "turnover_by_hour",
        f"SELECT s.hour, s.currency, {sums('s.receipts')}, {_OF_ROWS} {asked_sums('hours')} "
        "GROUP BY s.hour, s.currency ORDER BY s.hour, s.currency",
        (FigureColumn("hour", "hour"), CURRENCY, RECEIPTS, *AMOUNTS),
        Chart("bar", "hour", ("gross",)),
    ),
    Figure(
        "turnover_by_article",
        "SELECT s.art_nr, s.artikeltext, s.currency, "
        f"{sums('s.positions', 's.quantity')}, {_OF_ROWS} {asked_sums('articles')} "
        "WHERE s.turnover = 1 GROUP BY s.art_nr, s.artikeltext, s.currency "
        "ORDER BY s.currency, sum(s.gross) DESC, s.art_nr, s.artikeltext",
        (
            FigureColumn("art_nr", "text"),
            FigureColumn("artikeltext", "text"),
            CURRENCY,
            FigureColumn("positions", "number", total=True),
            FigureColumn("quantity", "quantity", 3),
            *AMOUNTS,
        ),
        Chart("bar", "artikeltext", ("gross",)),
    ),
    Figure(
        "turnover_by_article_group",
        "SELECT s.warengr_id, s.warengr, s.currency, "
        f"{sums('s.positions')}, {_OF_ROWS} {asked_sums('articles')} "
        "WHERE s.turnover = 1 GROUP BY s.warengr_id, s.warengr, s.currency "
        "ORDER BY s.currency, sum(s.gross) DESC, s.warengr_id, s.warengr",
        (
            FigureColumn("warengr_id", "text"),
            FigureColumn("warengr", "text"),
            CURRENCY,
            FigureColumn("positions", "number", total=True),
            *AMOUNTS,
        ),
        Chart("pie", "warengr", ("gross",)),
    ),
    Figure(
        "turnover_by_cashier",
        f"SELECT s.cashier_id, s.cashier_name, s.currency, {sums('s.receipts')}, {_OF_ROWS} "
        f"{asked_sums('hours')} GROUP BY s.cashier_id, s.cashier_name, s.currency "
        "ORDER BY s.currency, sum(s.gross) DESC, s.cashier_id, s.cashier_name",
        (*CASHIER, CURRENCY, RECEIPTS, *AMOUNTS),
        Chart("bar", "cashier_name", ("gross",)),
    ),
)
