"""Every page of head office, and who may see it. Nothing is served that is not in this table."""

from __future__ import annotations

from typing import Final

from tillferry.office.people import Right
from tillferry.ui.office import (
    calendar_page,
    closings_page,
    completeness,
    decisions,
    door,
    export_page,
    figures_page,
    imports,
    log_page,
    mail_page,
    people_page,
    queue_page,
    receipt_page,
    reconcile,
    reconcile_lists_page,
    tills,
)
from tillferry.ui.office.routes import Route, any_of

_SEE: Final = any_of(Right.SEE)

ROUTES: Final = (
    Route("/", "import", imports.show, _SEE, "usb"),
    Route("/completeness", "completeness", completeness.show, _SEE, "event_available"),
    Route("/calendar", "calendar", calendar_page.show, _SEE, under="completeness"),
    Route("/decisions", "decisions", queue_page.show, _SEE, "rule"),
    Route("/compare", "compare", decisions.show_compare, _SEE, under="decisions"),
    Route("/tills", "tills", tills.show, _SEE, "point_of_sale"),
    Route("/reports", "reports", figures_page.show, any_of(Right.REPORT), "insert_chart"),
    Route("/closings", "closings", closings_page.show, any_of(Right.REPORT), "receipt_long"),
    Route("/receipt", "receipt", receipt_page.show, any_of(Right.REPORT), under="closings"),
    Route("/exports", "exports", export_page.show, any_of(Right.REPORT), "download"),
    Route(
        "/reconcile",
        "reconcile",
        reconcile.show,
        any_of(Right.REPORT, Right.DECIDE),
        "compare_arrows",
    ),
    Route(
        "/reconcile-lists",
        "lists",
        reconcile_lists_page.show,
        any_of(Right.REPORT, Right.DECIDE),
        under="reconcile",
    ),
    Route("/people", "people", people_page.show, any_of(Right.ADMIN), "group"),
    Route("/log", "log", log_page.show_log, any_of(Right.LOG), "history"),
    Route("/health", "health", log_page.show_health, any_of(Right.LOG), "monitor_heart"),
    Route("/mail", "mail", mail_page.show, any_of(Right.ADMIN), under="health"),
    Route("/password", "password", door.show_password, frozenset()),
)
