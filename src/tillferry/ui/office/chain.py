"""Whom the pages of figures and books can be about: tills, outlets and the days that are held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tillferry.closing.office_seams import Outlet, TillDetails
from tillferry.closing.seams import Till
from tillferry.journal.listing import held_span
from tillferry.wiring import office_admin
from tillferry.wiring.office import Office


@dataclass(frozen=True)
class Chain:
    """All tills and outlets, and the first and last business day that is held."""

    tills: tuple[Till, ...]
    outlets: tuple[Outlet, ...]
    details: dict[int, TillDetails]
    span: tuple[date, date] | None


def read_chain(office: Office) -> Chain:
    """Tills, outlets and the held days."""
    records = office_admin.records(office)
    return Chain(
        office.journal.tills(),
        records.outlets(),
        dict(records.till_details()),
        held_span(office.journal),
    )
