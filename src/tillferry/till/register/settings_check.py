"""Whether settings can be: every text fits its column, every choice exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from typing import Final
from zoneinfo import ZoneInfo

from tillferry.closing.tables import TABLES_BY_NAME, ZAHLART_TYPES
from tillferry.errors import TillferryError
from tillferry.till.register.values import (
    NOT_TAXABLE,
    Address,
    Article,
    Group,
    Person,
    RegisterSettings,
)

_PRINTER = re.compile(r"(network|file):.+")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
LARGEST_PRICE: Final = 10_000_000
"""A hundred thousand in cents."""

_HIGHEST_RATE = 10_000
_CASH_KINDS = frozenset({"Bar", "Keine"})


def check_settings(settings: RegisterSettings) -> None:
    """``setting_wrong`` names the first setting that cannot be."""
    for name, reason in _problems(settings):
        raise TillferryError("setting_wrong", name=name, reason=reason)


def check_person(person: Person) -> None:
    """``setting_wrong`` where the number or the name fits into no column."""
    _fits("person_id", person.person_id, "transactions", "bediener_id")
    _fits("name", person.name, "transactions", "bediener_name")


def check_group(group: Group) -> None:
    """``setting_wrong`` where a text fits into no column or the colour is none."""
    _fits("group_id", group.group_id, "lines", "warengr_id")
    _fits("name", group.name, "lines", "warengr")
    if not _COLOUR.fullmatch(group.colour):
        raise TillferryError("setting_wrong", name="colour", reason=group.colour)


def check_article(article: Article) -> None:
    """``setting_wrong`` where a text fits into no column or the price is none."""
    _fits("number", article.number, "lines", "art_nr")
    _fits("text", article.text, "lines", "artikeltext")
    _fits("group_id", article.group_id, "lines", "warengr_id")
    _fits("unit", article.unit or "x", "lines", "einheit")
    _fits("gtin", article.gtin or "x", "lines", "gtin")
    if not 0 <= article.price <= LARGEST_PRICE:
        raise TillferryError("setting_wrong", name="price", reason=article.price)


def _fits(name: str, value: str, table: str, column: str) -> None:
    longest = TABLES_BY_NAME[table].column(column).length
    if not 0 < len(value.strip()) <= len(value) <= longest:
        raise TillferryError("setting_wrong", name=name, reason=f"1 - {longest}")


def _problems(settings: RegisterSettings) -> Iterator[tuple[str, str]]:
    yield from _address("company", settings.company)
    yield from _address("outlet", settings.outlet)
    for name, table, column in (
        ("stnr", "cashpointclosing", "stnr"),
        ("ustid", "cashpointclosing", "ustid"),
        ("serial", "cashregister", "kasse_seriennr"),
        ("brand", "cashregister", "kasse_brand"),
        ("model", "cashregister", "kasse_modell"),
        ("z_kasse_id", "cashpointclosing", "z_kasse_id"),
    ):
        longest = TABLES_BY_NAME[table].column(column).length
        if len(getattr(settings, name)) > longest:
            yield name, f"> {longest}"
    try:
        ZoneInfo(settings.timezone)
    except (ValueError, OSError, KeyError):
        yield "timezone", settings.timezone
    try:
        if settings.auto_close_at:
            time.fromisoformat(settings.auto_close_at)
    except ValueError:
        yield "auto_close_at", settings.auto_close_at
    if settings.tse not in ("none", "training"):
        yield "tse", settings.tse
    if settings.printer and not _PRINTER.fullmatch(settings.printer):
        yield "printer", settings.printer
    if settings.pin_tries < 1 or settings.pin_lock_minutes < 1:
        yield "pin_tries, pin_lock_minutes", "< 1"
    yield from _vat(settings)
    yield from _payment_methods(settings)


def _address(name: str, address: Address) -> Iterator[tuple[str, str]]:
    columns = TABLES_BY_NAME["location"]
    for part, column in (
        ("name", "loc_name"),
        ("street", "loc_strasse"),
        ("postcode", "loc_plz"),
        ("town", "loc_ort"),
        ("country", "loc_land"),
    ):
        if len(getattr(address, part)) > columns.column(column).length:
            yield f"{name}.{part}", f"> {columns.column(column).length}"


def _vat(settings: RegisterSettings) -> Iterator[tuple[str, str]]:
    keys = [rate.key for rate in settings.vat]
    if len(set(keys)) < len(keys) or any(key < 1 for key in keys):
        yield "vat", str(keys)
    for rate in settings.vat:
        if not 0 <= rate.rate < _HIGHEST_RATE:
            yield "vat", str(rate.rate)
    # Tips, vouchers and cash movements are booked under this key.
    if not any(rate.key == NOT_TAXABLE and rate.rate == 0 for rate in settings.vat):
        yield "vat", f"{NOT_TAXABLE} = 0 %"


def _payment_methods(settings: RegisterSettings) -> Iterator[tuple[str, str]]:
    names = [method.name for method in settings.payment_methods]
    if len(set(names)) < len(names):
        yield "payment_methods", str(names)
    for method in settings.payment_methods:
        if method.kind not in ZAHLART_TYPES or method.kind in _CASH_KINDS:
            yield "payment_methods", f"{method.name}: {method.kind}"
        if not 0 < len(method.name) <= TABLES_BY_NAME["payment"].column("zahlart_name").length:
            yield "payment_methods", method.name[:60]
