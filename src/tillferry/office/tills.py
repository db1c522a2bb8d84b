"""Tills join: enrolment files for tills with Tillferry, approval for those without."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tillferry.closing.seams import Journal, Till, TillState
from tillferry.errors import TillferryError
from tillferry.formats.documents import Enrolment, write_enrolment
from tillferry.formats.keys import OfficeKeys
from tillferry.office.home import OfficeHome, check_customer_number, check_name


def enrol(
    home: OfficeHome,
    keys: OfficeKeys,
    journal: Journal,
    *,
    customer_number: str,
    name: str,
    out: Path,
    clock: Callable[[], datetime],
    again: bool = False,
    save: Callable[[Till], Till] | None = None,
) -> Till:
    """Give a till its number and write its enrolment file, which holds a one-time secret.

    With ``again`` a till that is enrolled already gets a new file: its next bundle may come from
    a new key and a new installation, after a restore or a repair. ``save`` writes the till, by
    default in the journal alone. Raises ``customer_number_of_office``, ``customer_number_taken``
    and ``target_exists``.
    """
    check_customer_number(customer_number)
    name = check_name(name)
    if customer_number == home.settings.customer_number:
        raise TillferryError("customer_number_of_office", number=customer_number)
    if out.exists():
        raise TillferryError("target_exists", path=out)
    known = {till.customer_number: till for till in journal.tills() if till.customer_number}
    before = known.get(customer_number)
    if before is not None and not again:
        raise TillferryError("customer_number_taken", number=customer_number, name=before.name)
    secret = secrets.token_hex(32)
    if before is None:
        till = Till(0, customer_number, name, enrolment_secret=secret)
    else:
        till = replace(before, name=name, public_key="", enrolment_secret=secret)
    enrolment = Enrolment(
        office_number=home.settings.customer_number,
        office_name=home.settings.name,
        office_age=keys.age,
        office_key=keys.public_key,
        customer_number=customer_number,
        name=name,
        secret=secret,
        created_at=clock().isoformat(timespec="seconds"),
        serial=till.serial,
    )
    write_enrolment(out, enrolment, keys)
    try:
        return (save or journal.save_till)(till)
    except TillferryError:
        out.unlink(missing_ok=True)
        raise


def approve(journal: Journal, taxpayer: str, serial: str, name: str) -> Till:
    """Say that a till without Tillferry is ours; its closings are imported with the next run."""
    return journal.save_till(Till(0, "", check_name(name), taxpayer, serial, TillState.ACTIVE))
