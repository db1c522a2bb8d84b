"""The accounts for DATEV: to look at for all, to change for whoever may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from html import escape
from typing import Final, Literal

from nicegui import ui

from tillferry.closing.tables import GV_TYPES, ZAHLART_TYPES
from tillferry.errors import TillferryError
from tillferry.office.datev import (
    PRESETS,
    CaseAccount,
    CostCentre,
    DatevSettings,
    PaymentAccount,
    with_case,
    with_cost_centre,
    with_payment,
)
from tillferry.office.people import Right
from tillferry.ui.office.page import Page
from tillferry.ui.office.parts import box, choice, field, heading, key, named, sheet, text
from tillferry.ui.office.words import NONE
from tillferry.wiring import bookkeeping

_EDIT: Final = (Right.ARRANGE,)
_KEEP: Final = ""
_OF_CHART: Final = ("clearing_account", "agency_account", "rounding_account")
_FLOAT: Final = "Anfangsbestand"

What = Literal["case", "payment", "centre"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the accounts. ``account`` is the cost centre of a till where ``what`` is centre."""

    what: What
    kind: str = ""
    account: str = ""
    vat: str = ""
    name: str = ""
    currency: str = ""
    till: str = ""
    tax_key: str = ""

    def into(self, settings: DatevSettings) -> DatevSettings:
        """The settings with this rule; without an account it is taken away.

        Raises ``datev_rule_not_found``.
        """
        if self.what == "case":
            return with_case(
                settings,
                CaseAccount(self.kind, self.account, self.vat, self.name, self.till, self.tax_key),
            )
        if self.what == "payment":
            return with_payment(
                settings,
                PaymentAccount(self.kind, self.account, self.name, self.currency, self.till),
            )
        return with_cost_centre(settings, CostCentre(self.till, self.account))


_FIELDS: Final[dict[What, tuple[str, ...]]] = {
    "case": ("vat", "name", "till", "account", "tax_key"),
    "payment": ("name", "currency", "till", "account"),
    "centre": ("till", "account"),
}
_KINDS: Final[dict[What, tuple[str, ...]]] = {
    "case": tuple(each for each in GV_TYPES if each != _FLOAT),
    "payment": tuple(ZAHLART_TYPES),
    "centre": (),
}


class DatevAccounts:
    """``changed`` is called with new settings once they are kept."""

    def __init__(self, page: Page, changed: Callable[[DatevSettings], Awaitable[None]]) -> None:
        self._page = page
        self._words = page.words
        self._changed = changed
        self.settings: DatevSettings | None = None

    async def draw(self) -> None:
        """The settings and all accounts, folded away."""
        words = self._words
        self.settings = await self._page.room.read(bookkeeping.datev_settings)
        if self.settings is None and not self._page.may(*_EDIT):
            return
        with ui.expansion(words("page_datev_accounts"), value=self.settings is None) as folded:
            folded.classes("wide means")
            named(folded, "accounts")
            if self._page.may(*_EDIT):
                self._form()
            self._rules = box("lines")
        self._fill()

    # --- for whom is booked ---

    def _form(self) -> None:
        words, now = self._words, self.settings
        charts = {name: name.upper() for name in PRESETS}
        if now is not None:
            charts = {_KEEP: words("page_datev_keep")} | charts
        with box("fields"):
            self._chart = choice(
                charts, next(iter(charts)), words("page_datev_chart"), test="chart"
            )
            self._fields = {
                name: field(words(f"page_datev_{name}"), value, test=name)
                for name, value in _values(now).items()
            }
        for name in _OF_CHART:
            # A chart brings its own; single ones are changed once there are any.
            self._fields[name].bind_visibility_from(self._chart, "value", value=_KEEP)
        self._finalise = ui.checkbox(
            words("page_datev_finalise"), value=now.finalise if now else False
        ).props('data-test="finalise"')
        with box("keys"):
            keep = self._page.on(self._keep_form, rights=_EDIT)
            key(words("page_datev_save"), keep, look="go", test="save-datev")

    async def _keep_form(self) -> None:
        typed = {name: str(each.value or "").strip() for name, each in self._fields.items()}
        chart, words = str(self._chart.value or _KEEP), self._words
        consultant, client, length = (
            _number(words(f"page_datev_{name}"), typed[name])
            for name in ("consultant", "client", "account_length")
        )
        if chart == _KEEP and self.settings is not None:
            settings = replace(
                self.settings,
                consultant=consultant,
                client=client,
                account_length=length,
                fiscal_year_start=typed["fiscal_year_start"],
                clearing_account=typed["clearing_account"],
                agency_account=typed["agency_account"],
                rounding_account=typed["rounding_account"],
            )
        else:
            settings = bookkeeping.datev_preset(
                chart,
                consultant,
                client,
                fiscal_year_start=typed["fiscal_year_start"],
                account_length=length,
            )
            if self.settings is not None:
                settings = replace(settings, cost_centres=self.settings.cost_centres)
        await self._keep(
            replace(settings, finalise=bool(self._finalise.value), initials=typed["initials"])
        )

    async def _keep(self, settings: DatevSettings) -> None:
        page = self._page
        await page.room.write(lambda office: bookkeeping.set_datev(office, settings, page.who))
        self.settings = settings
        if page.client.is_deleted:
            return
        for name, value in _values(settings).items():
            self._fields[name].value = value
        if _KEEP not in (self._chart.options or {}):
            options = {_KEEP: self._words("page_datev_keep")} | {
                name: name.upper() for name in PRESETS
            }
            self._chart.set_options(options)
        self._chart.value = _KEEP
        page.tell("datev_saved", consultant=settings.consultant, client=settings.client)
        self._fill()
        await self._changed(settings)

    # --- the accounts ---

    def _fill(self) -> None:
        words, settings = self._words, self.settings
        self._rules.clear()
        if settings is None:
            return
        rules: dict[What, list[Rule]] = {
            "case": [
                Rule("case", e.gv_typ, e.account, e.vat, e.gv_name, "", e.till, e.tax_key)
                for e in settings.cases
            ],
            "payment": [
                Rule("payment", e.zahlart_typ, e.account, "", e.zahlart_name, e.currency, e.till)
                for e in settings.payments
            ],
            "centre": [Rule("centre", "", e.name, till=e.till) for e in settings.cost_centres],
        }
        with self._rules:
            for what, of in rules.items():
                with box("spread"):
                    heading(words(f"page_datev_{what}s"), 3)
                    if self._page.may(*_EDIT):
                        press = self._page.on(self.ask_rule, Rule(what), rights=_EDIT)
                        key(words("page_datev_add"), press, look="small", test=f"add-{what}")
                if of:
                    self._table(what, of)

    def _table(self, what: What, rules: list[Rule]) -> None:
        words = self._words
        names = ([] if what == "centre" else ["kind"]) + list(_FIELDS[what])
        edits = self._page.may(*_EDIT)
        heads = {name: words(_head(what, name)) for name in names}
        with box("wide scroll"), box("list books-table", "table") as table:
            table.props["aria-label"] = words(f"page_datev_{what}s")
            named(table, f"accounts-{what}")
            with box("", "thead"), box("", "tr"):
                for head in [*heads.values(), *([words("page_datev_change")] if edits else [])]:
                    ui.html(escape(head), sanitize=False, tag="th").props("scope=col")
            with box("", "tbody"):
                for rule in rules:
                    with box("", "tr"):
                        for name, head in heads.items():
                            cell = ui.html(
                                escape(getattr(rule, name) or NONE), sanitize=False, tag="td"
                            )
                            cell.props["data-head"] = head
                        if edits:
                            with box("", "td"):
                                self._change_key(rule)

    def _change_key(self, rule: Rule) -> None:
        words = self._words
        press = key(
            words("page_datev_change"),
            self._page.on(self.ask_rule, rule, rights=_EDIT),
            look="small",
            test=f"change-{rule.what}",
        )
        told = " ".join(part for part in (rule.kind, rule.vat, rule.name, rule.till) if part)
        press.props["aria-label"] = f"{words('page_datev_change')}: {told}"

    async def ask_rule(self, rule: Rule) -> None:
        """Ask for an account, and keep it."""
        words = self._words
        if self.settings is None:
            raise TillferryError("datev_not_set_up")
        kinds = _KINDS[rule.what]
        with self._page.root:
            dialog, card = sheet(words(f"page_datev_ask_{rule.what}"))
            with card:
                text(words("page_datev_ask_hint"), "soft")
                kind = None
                if kinds:
                    kind = choice(
                        {each: each for each in kinds},
                        rule.kind or kinds[0],
                        words(_head(rule.what, "kind")),
                        test="rule-kind",
                    )
                made = {
                    name: field(
                        words(_head(rule.what, name)), getattr(rule, name), test=f"rule-{name}"
                    )
                    for name in _FIELDS[rule.what]
                }
                made["account"].props("autofocus")
                with box("keys"):
                    key(words("page_cancel"), lambda: dialog.submit(None), test="no")
                    key(
                        words("page_datev_save"), lambda: dialog.submit(True), look="go", test="yes"
                    )
            done = await dialog
            typed = {name: str(each.value or "").strip() for name, each in made.items()}
            chosen = str(kind.value) if kind is not None else ""
            dialog.delete()
        if done:
            await self._keep(Rule(rule.what, chosen, **typed).into(self.settings))


def _values(settings: DatevSettings | None) -> dict[str, str]:
    """What the form shows."""
    if settings is None:
        return {
            "consultant": "",
            "client": "",
            "fiscal_year_start": "01-01",
            "account_length": "4",
            "clearing_account": "",
            "agency_account": "",
            "rounding_account": "",
            "initials": "",
        }
    return {
        "consultant": str(settings.consultant),
        "client": str(settings.client),
        "fiscal_year_start": settings.fiscal_year_start,
        "account_length": str(settings.account_length),
        "clearing_account": settings.clearing_account,
        "agency_account": settings.agency_account,
        "rounding_account": settings.rounding_account,
        "initials": settings.initials,
    }


def _head(what: What, name: str) -> str:
    """The code of a field's label."""
    if name == "kind":
        return "column_gv_typ" if what == "case" else "column_payment_kind"
    if name == "account":
        return "column_cost_centre" if what == "centre" else "column_account"
    return f"page_datev_rule_{name}"


def _number(name: str, typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 16):
        raise TillferryError("datev_setting_invalid", name=name, value=typed[:40])
    return int(typed)
