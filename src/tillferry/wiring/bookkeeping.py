"""Head office's books, put together: exports, originals, DATEV, payroll, checks, receipts.

What there is, each with an opened ``Office`` first (``tills`` are serial or customer numbers, none
means all; ``period`` is ``Period(first, last)``, business days, both included):

- ``export_period(office, target, period, tills, ...)`` writes DSFinV-K: one till a ZIP, several a
  ZIP with one export each; gives the Z numbers of each till.
- ``originals(office, target, period, tills, ...)`` writes the deliveries as they arrived, with a
  list and the bundles opened; gives ``Original`` values.
- ``datev_settings(office)``, ``datev_preset(name, ...)``, ``set_datev(office, settings, who)``.
- ``book_datev(office, period, tills)`` gives a ``DatevResult``: files, or findings;
  ``write_datev(office, folder, period, tills)`` also writes the files.
- ``work_days(office, period, tills)`` gives who worked when; ``write_payroll(office, target,
  period, tills, lang, encoding)`` writes them as CSV.
- ``book_check(office, period, tills, progress, stop)`` gives a ``BookCheck``: what does not meet in
  each closing, with the BON_IDs behind it.
- ``search_receipts(office, sought, limit)`` gives ``FoundReceipt`` values, newest first;
  ``receipt(office, till, z_nr, bon_id)`` and ``receipt_of(office, key)`` give a ``ReceiptView``.

Only ``set_datev`` writes to the journal (the log); all others take a read-only office.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tillferry.closing.office_seams import OfficeChange
from tillferry.closing.seams import Progress, Till, no_progress
from tillferry.errors import TillferryError
from tillferry.journal.office_records import office_records
from tillferry.office import datev as datev_books
from tillferry.office import exporting, payroll, receipts
from tillferry.office import originals as deliveries
from tillferry.office.archive import Archive
from tillferry.office.audit_log import Actor
from tillferry.office.bookkeeping import BookCheck, check_books
from tillferry.office.datev import DatevResult, DatevSettings
from tillferry.office.decisions import explained_by_till
from tillferry.office.originals import Original
from tillferry.office.payroll import WorkDay
from tillferry.office.period import Period, chosen_tills, find_till
from tillferry.office.receipts import FoundReceipt, ReceiptKey, ReceiptView, Sought
from tillferry.office.targets import Stop, write_file
from tillferry.wiring.office import Office, now

MOST_FOUND = 200
"""A search gives so many receipts unless told otherwise."""


def export_period(
    office: Office,
    target: Path,
    period: Period,
    tills: Sequence[str] = (),
    *,
    apart: bool = False,
    progress: Progress = no_progress,
) -> Mapping[Till, tuple[int, ...]]:
    """Write the closings of a period as DSFinV-K; see ``office.exporting.export_period``."""
    return exporting.export_period(
        office.journal,
        chosen_tills(office.journal, tills),
        period,
        target,
        scratch=office.home.scratch,
        apart=apart,
        progress=progress,
    )


def originals(
    office: Office,
    target: Path,
    period: Period,
    tills: Sequence[str] = (),
    *,
    progress: Progress = no_progress,
) -> tuple[Original, ...]:
    """Write the original deliveries of a period; see ``office.originals``."""
    return deliveries.write_originals(
        office.journal,
        Archive(office.home.archive),
        office.keys,
        chosen_tills(office.journal, tills),
        period,
        target,
        scratch=office.home.scratch,
        progress=progress,
    )


# --- DATEV --------------------------------------------------------------------------------------


def datev_settings(office: Office) -> DatevSettings | None:
    """The accounts, ``None`` before there are any. ``settings_damaged``."""
    return datev_books.load_datev(office.home)


def datev_preset(
    name: str,
    consultant: int,
    client: int,
    *,
    fiscal_year_start: str = "01-01",
    account_length: int = 4,
) -> DatevSettings:
    """The accounts of a chart, checked but not kept. Raises as ``office.datev``."""
    return datev_books.check_settings(
        datev_books.preset(
            name,
            consultant,
            client,
            fiscal_year_start=fiscal_year_start,
            account_length=account_length,
        )
    )


def set_datev(office: Office, settings: DatevSettings, who: Actor) -> None:
    """Keep the accounts, and say so in the log. Raises as ``check_settings``."""
    datev_books.save_datev(office.home, settings)
    entry = who.entry("datev_set_up", f"{settings.consultant} / {settings.client}")
    office_records(office.journal).write(OfficeChange(log=[entry]))


def book_datev(office: Office, period: Period, tills: Sequence[str] = ()) -> DatevResult:
    """Book a period; writes nothing. Raises ``datev_not_set_up`` and ``nothing_in_period``."""
    settings = datev_settings(office)
    if settings is None:
        raise TillferryError("datev_not_set_up")
    return datev_books.make_batches(
        office.journal,
        settings,
        chosen_tills(office.journal, tills),
        period,
        name=f"Kassen {period.first:%d.%m.%y}-{period.last:%d.%m.%y}",
        created_at=now(),
    )


def write_datev(
    office: Office, folder: Path, period: Period, tills: Sequence[str] = ()
) -> DatevResult:
    """Book a period into ``folder``, which is made where it is missing; nothing with findings.

    Raises as ``book_datev``, and ``target_not_writable``.
    """
    result = book_datev(office, period, tills)
    if result.files:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TillferryError(
                "target_not_writable", path=folder, reason=error.strerror or error
            ) from error
        for file in result.files:
            write_file(folder / file.name, file.data)
    return result


# --- payroll ------------------------------------------------------------------------------------


def work_days(office: Office, period: Period, tills: Sequence[str] = ()) -> tuple[WorkDay, ...]:
    """Who worked when; see ``office.payroll``."""
    return payroll.work_days(
        office.journal,
        chosen_tills(office.journal, tills),
        period,
        office.home.settings.timezone,
    )


def write_payroll(
    office: Office,
    target: Path,
    period: Period,
    tills: Sequence[str] = (),
    *,
    lang: str,
    encoding: str = "utf-8",
) -> tuple[WorkDay, ...]:
    """Write the working times as CSV. Raises ``encoding_unknown`` and ``target_not_writable``."""
    days = work_days(office, period, tills)
    write_file(target, payroll.payroll_csv(days, lang, encoding))
    return days


# --- checks and receipts ------------------------------------------------------------------------


def book_check(
    office: Office,
    period: Period,
    tills: Sequence[str] = (),
    *,
    progress: Progress = no_progress,
    stop: Stop = lambda: False,
) -> BookCheck:
    """Check the closings of a period; see ``office.bookkeeping``."""
    return check_books(
        office.journal,
        chosen_tills(office.journal, tills),
        period,
        explained_by_till(office_records(office.journal).explained()),
        progress=progress,
        stop=stop,
    )


def search_receipts(
    office: Office, sought: Sought, limit: int = MOST_FOUND
) -> tuple[FoundReceipt, ...]:
    """Receipts by what is printed on them, the newest closings first."""
    return receipts.find_receipts(office.journal, sought, limit)


def receipt(office: Office, till: str, z_nr: int, bon_id: str) -> ReceiptView:
    """A receipt. Raises ``till_not_found``, ``closing_not_held`` and ``receipt_not_found``."""
    return receipts.view_receipt(office.journal, find_till(office.journal, till), z_nr, bon_id)


def receipt_of(office: Office, key: ReceiptKey | FoundReceipt) -> ReceiptView:
    """The receipt that a search, a reference or a finding names. Raises as ``receipt``."""
    for till in office.journal.tills():
        if till.till_id == key.till_id:
            return receipts.view_receipt(office.journal, till, key.z_nr, key.bon_id)
    raise TillferryError("till_not_found", till=key.till_id)
