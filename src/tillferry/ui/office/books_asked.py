"""Which closings a page of the books is about: the fields for days and tills, and the address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from nicegui import ui

from tillferry.errors import TillferryError
from tillferry.office.period import Period
from tillferry.ui.office.books_words import till_name
from tillferry.ui.office.chain import Chain
from tillferry.ui.office.figure_periods import FREE, NEWEST, PERIODS, period
from tillferry.ui.office.parts import box, choice, field, named
from tillferry.ui.office.words import Words
from tillferry.wiring.office import now

_BETWEEN: Final = "."


@dataclass(frozen=True, slots=True)
class AskedBooks:
    """Business days, both included, of these tills; without tills of the outlet, else of all."""

    chosen: str
    first: date
    last: date
    outlet: str = ""
    till_ids: tuple[int, ...] = ()

    def values(self) -> dict[str, str]:
        """As an address says it."""
        free = self.chosen == FREE
        found = {
            "period": self.chosen,
            "from": self.first.isoformat() if free else "",
            "to": self.last.isoformat() if free else "",
            "outlet": self.outlet,
            "tills": _BETWEEN.join(str(till_id) for till_id in self.till_ids),
        }
        return {name: value for name, value in found.items() if value}

    def address(self, path: str, **more: str) -> str:
        """The address of a page that asks for this and more."""
        return f"{path}?{urlencode(self.values() | more)}"

    def tills_of(self, chain: Chain) -> tuple[int, ...] | None:
        """The tills that are meant; ``None`` for all."""
        if self.till_ids:
            return self.till_ids
        if not self.outlet:
            return None
        return tuple(
            till.till_id
            for till in chain.tills
            if (details := chain.details.get(till.till_id)) and details.outlet_id == self.outlet
        )

    def names(self, chain: Chain) -> tuple[str, ...]:
        """Serial or customer numbers of the tills that are meant; none for all.

        Raises ``nothing_in_period`` where an outlet has no till at all.
        """
        chosen = self.tills_of(chain)
        if chosen is None:
            return ()
        if not chosen:
            raise TillferryError("nothing_in_period", first=self.first, last=self.last)
        return tuple(
            till.customer_number or till.serial for till in chain.tills if till.till_id in chosen
        )

    def period(self) -> Period:
        """The days. Raises ``period_reversed``."""
        return Period(self.first, self.last)


def asked_of(query: dict[str, str], chain: Chain) -> AskedBooks:
    """What an address asks for; what it says wrong is left out. Something must be held."""
    assert chain.span is not None
    newest = chain.span[1]
    chosen = query.get("period", NEWEST)
    days = period(chosen, now().date(), newest)
    if days is None:
        chosen = FREE
        first, last = (day_of(query.get(name)) or newest for name in ("from", "to"))
        days = min(first, last), max(first, last)
    outlet = query.get("outlet", "")
    known = {str(till.till_id): till.till_id for till in chain.tills}
    wanted = query.get("tills", "").split(_BETWEEN)
    return AskedBooks(
        chosen,
        *days,
        outlet if any(each.outlet_id == outlet for each in chain.outlets) else "",
        tuple(known[name] for name in dict.fromkeys(wanted) if name in known),
    )


def day_of(typed: object) -> date | None:
    """A typed day, ``None`` for what is none."""
    try:
        return date.fromisoformat(str(typed))
    except ValueError:
        return None


class BooksFields:
    """The fields. ``changed`` is called when another period, outlet or till is chosen."""

    def __init__(
        self,
        words: Words,
        chain: Chain,
        asked: AskedBooks,
        changed: Callable[[], Any] | None = None,
    ) -> None:
        self._asked = asked
        self._newest = chain.span[1] if chain.span else asked.last
        periods = {name: words(f"page_period_{name}") for name in PERIODS}
        places = {"": words("page_all")} | {each.outlet_id: each.name for each in chain.outlets}
        tills = {till.till_id: till_name(till) for till in chain.tills}
        with box("fields"):
            self._period = choice(periods, asked.chosen, words("page_books_period"), test="period")
            self._first = field(
                words("page_books_from"), asked.first.isoformat(), kind="date", test="from"
            )
            self._last = field(
                words("page_books_to"), asked.last.isoformat(), kind="date", test="to"
            )
            self._outlet = choice(places, asked.outlet, words("page_column_outlet"), test="outlet")
            self._tills = ui.select(
                tills,
                value=list(asked.till_ids),
                label=words("page_books_tills"),
                multiple=True,
                with_input=True,
            ).props("outlined dense options-dense use-chips")
            self._tills.classes("chosen" if asked.till_ids else "")
            named(self._tills, "tills")
        self._period.on_value_change(self._fill_days)
        if changed is not None:
            for each in (self._period, self._outlet):
                each.on_value_change(changed)
            # Several tills are chosen one after the other; then the list is closed.
            self._tills.on("popup-hide", changed)

    def asked(self) -> AskedBooks:
        """What the fields say. Raises ``since_invalid`` and ``period_reversed``."""
        days = self._named_days()
        typed = (str(self._first.value or ""), str(self._last.value or ""))
        if days is not None and typed == tuple(day.isoformat() for day in days):
            chosen, (first, last) = str(self._period.value), days
        else:
            chosen, (first, last) = FREE, (_needed(day) for day in typed)
        Period(first, last)
        return replace(
            self._asked,
            chosen=chosen,
            first=first,
            last=last,
            outlet=str(self._outlet.value or ""),
            till_ids=tuple(int(each) for each in self._tills.value or ()),
        )

    def _named_days(self) -> tuple[date, date] | None:
        return period(str(self._period.value), now().date(), self._newest)

    def _fill_days(self) -> None:
        days = self._named_days()
        if days is not None:
            self._first.value, self._last.value = (day.isoformat() for day in days)


def _needed(typed: str) -> date:
    found = day_of(typed)
    if found is None:
        raise TillferryError("since_invalid", day=typed[:20])
    return found
