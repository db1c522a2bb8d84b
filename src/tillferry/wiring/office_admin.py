"""What people do at head office, put together: decisions, tills, users, reconciliation, backups."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from tillferry.carriers.durable import write_durably
from tillferry.closing.office_seams import OfficeChange, OfficeRecords
from tillferry.closing.seams import Item, Progress, Till, no_progress
from tillferry.errors import TillferryError, message
from tillferry.journal.office_records import office_records
from tillferry.office import backup as backups
from tillferry.office import backup_settings as settings_of_backups
from tillferry.office import mail, tills
from tillferry.office.archive import Archive
from tillferry.office.audit_log import Actor
from tillferry.office.backup import LastBackup, RestoredOffice
from tillferry.office.backup_settings import BackupSettings
from tillferry.office.correcting import loader
from tillferry.office.decisions import Decisions
from tillferry.office.event_log import EventLog, logged
from tillferry.office.health import Health, health
from tillferry.office.home import OfficeHome
from tillferry.office.mail import MailSettings
from tillferry.office.overview import TillOverview
from tillferry.office.people import FIRST_ADMIN, People, Role
from tillferry.office.reconcile import Reconciler, Reconciliation, Scope, Stop, tills_without_stock
from tillferry.office.reconcile_list_report import ListResults, list_report_html
from tillferry.office.reconcile_lists import (
    ListEntry,
    NamedList,
    find_list,
    remove_list,
    save_list,
)
from tillferry.office.reconcile_report import report_html
from tillferry.office.reconcile_sources import open_sources
from tillferry.office.repair import REPAIRABLE, Repairer
from tillferry.office.till_admin import TillAdmin, label
from tillferry.office.two_systems import TwoSystems, two_systems
from tillferry.wiring.office import Office, now, opened_office

__all__ = ["Office", "opened_office"]


def actor(person: str = "") -> Actor:
    """Who acts now: ``person``, who has been recognised, else the user of this system."""
    return Actor(person or system_user(), now)


def console_actor(person: str = "") -> Actor:
    """Who acts at the command line: the system's user, with the name that a ``person`` gave."""
    user = system_user()
    return Actor(f"{person.strip()} ({user})" if person.strip() else user, now)


def system_user() -> str:
    """The user who is logged in to this system."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "?"


def records(office: Office) -> OfficeRecords:
    """What head office decided; what it decides from now on is told to the event log, too."""
    return logged(office_records(office.journal), EventLog(office.home.path))


def decisions(office: Office, who: Actor) -> Decisions:
    """The queue of what waits, and deciding on it."""
    return Decisions(office.home, office.keys, office.journal, records(office), who)


def systems_under(office: Office, number: str, items: tuple[Item, ...]) -> TwoSystems:
    """Both systems under one customer number; ``items`` are those of the one kept out."""
    return two_systems(office.home, office.keys, office.journal, number, items)


def till_admin(office: Office, who: Actor) -> TillAdmin:
    """Tills and outlets."""
    return TillAdmin(office.journal, records(office), who)


def enrol(
    office: Office, customer_number: str, name: str, out: Path, who: Actor, *, again: bool = False
) -> Till:
    """Enrol a till and say so in the log; see ``office.tills.enrol``."""
    return tills.enrol(
        office.home,
        office.keys,
        office.journal,
        customer_number=customer_number,
        name=name,
        out=out,
        clock=who.clock,
        again=again,
        save=till_admin(office, who).enrolled,
    )


def people(office: Office, who: Actor) -> People:
    """Users."""
    return People(records(office), who)


def first_admin(home: Path) -> tuple[str, str]:
    """The first administrator of a new head office: name and one-time password."""
    with opened_office(home) as office:
        return FIRST_ADMIN, people(office, actor()).add(FIRST_ADMIN, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class ReconcileEvents:
    """Called while a reconciliation runs: files compared, closings repaired; asked to stop."""

    comparing: Progress = no_progress
    repairing: Progress = no_progress
    stop: Stop = lambda: False


def reconcile(
    office: Office,
    path: Path,
    since: date,
    who: Actor,
    *,
    outlet: str = "",
    repair: bool = False,
    reason: str = "",
    events: ReconcileEvents | None = None,
) -> Reconciliation:
    """Compare with the source at ``path``, and with ``repair`` put right what can be.

    ``outlet`` limits it to that outlet's tills. Without ``repair`` nothing is written. Raises the
    codes of ``open_sources``, ``carrier_gone``, ``outlet_not_found``, ``reconcile_outlet_empty``
    and ``office_busy``.
    """
    told = events or ReconcileEvents()
    scope = Scope(since, _till_ids(office, outlet, who))
    archive = Archive(office.home.archive)
    with ExitStack() as stack:
        if repair:
            stack.enter_context(office.home.exclusive())
        scratch = Path(
            stack.enter_context(
                TemporaryDirectory(dir=office.home.scratch, ignore_cleanup_errors=True)
            )
        )
        loading = partial(loader, office.home, office.keys, office.journal.tills())
        number = office.home.settings.customer_number
        reconciler = Reconciler(office.journal, number, loading, archive, _stockless(office))
        try:
            sources = open_sources(path, office.keys, scratch, who.at)
            found = reconciler.compare(sources, scope, told.comparing, told.stop)
        except OSError as error:
            # The source is read in place: a stick may be pulled meanwhile.
            raise TillferryError("carrier_gone", carrier=path) from error
        repairable = any(each.match in REPAIRABLE for each in found.compared)
        if not repair or found.stopped or not repairable:
            return found
        repairer = Repairer(
            office.journal, records(office), archive, loading, who, scratch, reason or str(path)
        )
        return repairer.repair(found, sources, told.repairing, told.stop)


def reconcile_list(
    office: Office,
    name: str,
    since: date,
    who: Actor,
    *,
    repair: bool = False,
    reason: str = "",
    events: ReconcileEvents | None = None,
) -> Iterator[tuple[ListEntry, Reconciliation | TillferryError]]:
    """Compare with every source of a named list, one after the other.

    A source that cannot be read gives its error and does not hold up the others; after one that
    was stopped nothing more is compared. ``reconcile_list_not_found``.
    """
    for entry in find_list(office.home, name).entries:
        found: Reconciliation | TillferryError
        try:
            found = reconcile(
                office,
                Path(entry.path),
                since,
                who,
                outlet=entry.outlet,
                repair=repair,
                reason=reason,
                events=events,
            )
        except TillferryError as error:
            found = error
        yield entry, found
        if isinstance(found, Reconciliation) and found.stopped:
            return


def list_results(
    office: Office,
    name: str,
    since: date,
    who: Actor,
    *,
    repair: bool = False,
    reason: str = "",
    events: ReconcileEvents | None = None,
    told: Callable[[ListResults], None] = lambda _: None,
) -> ListResults:
    """As ``reconcile_list``, all together; ``told`` hears after every source how it stands."""
    entries = find_list(office.home, name).entries
    outlets = {each.outlet_id: each.name for each in records(office).outlets()}
    made = ListResults(name.strip(), since, (), outlets, entries)
    told(made)
    for each in reconcile_list(
        office, name, since, who, repair=repair, reason=reason, events=events
    ):
        made = replace(made, results=(*made.results, each), left=made.left[1:])
        told(made)
    return made


def keep_list(
    office: Office, name: str, entries: Sequence[ListEntry], who: Actor, *, instead_of: str = ""
) -> NamedList:
    """Keep a named list, with ``instead_of`` in the place of one with another name.

    Raises as ``office.reconcile_lists.save_list``.
    """
    saved = save_list(office.home, name, entries)
    if instead_of and instead_of != saved.name:
        remove_list(office.home, instead_of)
    _log(office, who, "reconcile_list_saved", f"{saved.name} ({len(saved.entries)})")
    return saved


def drop_list(office: Office, name: str, who: Actor) -> None:
    """Forget a named list. ``reconcile_list_not_found``."""
    remove_list(office.home, name)
    _log(office, who, "reconcile_list_removed", name)


def write_list_report(target: Path, found: ListResults, who: Actor, lang: str) -> None:
    """A named list's results as one HTML file; raises as ``write_report``."""
    page = list_report_html(found, person=who.person, made_at=who.at, lang=lang)
    _write_page(target, page)


def write_report(target: Path, found: Reconciliation, source: str, who: Actor, lang: str) -> None:
    """The reconciliation as an HTML file. Raises ``target_exists``, ``target_not_writable``."""
    page = report_html(found, source=source, person=who.person, made_at=who.at, lang=lang)
    _write_page(target, page)


def _write_page(target: Path, page: str) -> None:
    if target.exists():
        raise TillferryError("target_exists", path=target)
    try:
        write_durably(target, page.encode())
    except OSError as error:
        raise TillferryError(
            "target_not_writable", path=target, reason=error.strerror or error
        ) from error


def _till_ids(office: Office, outlet: str, who: Actor) -> Collection[int] | None:
    if not outlet:
        return None
    admin = till_admin(office, who)
    name = admin.outlet(outlet).name
    till_ids = {till.till_id for till in admin.tills_of(outlet)}
    if not till_ids:
        raise TillferryError("reconcile_outlet_empty", outlet=name)
    return till_ids


def _stockless(office: Office) -> frozenset[int]:
    kept = records(office)
    outlets = {outlet.outlet_id for outlet in kept.outlets() if outlet.without_stock}
    details = {till_id: each.outlet_id for till_id, each in kept.till_details().items()}
    return tills_without_stock(office.journal.tills(), details, outlets)


def write_recovery_key(office: Office, out: Path, who: Actor) -> str:
    """The recovery key in a file; gives its public half."""
    public = backups.write_recovery_key(office.home, out)
    _log(office, who, "recovery_key_written", public)
    return public


def back_up(
    office: Office,
    target: Path,
    who: Actor,
    *,
    incremental: bool = False,
    progress: Progress = no_progress,
) -> LastBackup:
    """The whole of head office as one encrypted file; see ``office.backup``."""
    made = backups.back_up(
        office.home, office.journal, target, who.clock, incremental=incremental, progress=progress
    )
    _log(office, who, "backup_made", f"{made.path} ({made.sha256[:12]})")
    return made


def restore(
    files: Sequence[Path], key: Path, home: Path, database: str, who: Actor
) -> RestoredOffice:
    """Head office out of a backup; see ``office.backup``."""
    made = backups.restore(files, key, home, database)
    with opened_office(home) as office:
        _log(office, who, "restored", made.created_at)
    return made


def backup_settings(office: Office) -> BackupSettings:
    """Where the backups lie, and when one is too old."""
    return settings_of_backups.load_backup_settings(office.home)


def backup_folder(office: Office) -> Path:
    """The folder that is set as backup location. ``backup_folder_not_set``."""
    return settings_of_backups.backup_folder(office.home)


def set_backup_settings(office: Office, settings: BackupSettings, who: Actor) -> None:
    """Keep where the backups lie; see ``office.backup_settings``."""
    settings_of_backups.save_backup_settings(office.home, settings)
    _log(office, who, "backup_settings", f"{settings.folder} ({settings.warn_hours} h)")


def set_mail(office: Office, settings: MailSettings, who: Actor) -> None:
    """Keep where and to whom mail goes; see ``office.mail``."""
    mail.save_mail(office.home, settings)
    _log(office, who, "mail_set_up", f"{settings.host} → {', '.join(settings.recipients)}")


def send_test_mail(office: Office, lang: str) -> tuple[str, ...]:
    """Send a mail to see whether it arrives; gives whom to. ``mail_not_set_up``."""
    settings = mail.load_mail(office.home)
    if settings is None:
        raise TillferryError("mail_not_set_up")
    name = office.home.settings.name
    mail.send_mail(
        settings,
        message("mail_test_subject", lang, {"office": name}),
        message("mail_test_text", lang, {"office": name}),
    )
    return settings.recipients


def tell_silent(office: Office, lang: str) -> tuple[TillOverview, ...]:
    """Write about tills that became silent; see ``office.mail.tell_silent``."""
    return mail.tell_silent(office.home, office.journal, records(office), now().date(), lang)


def silence_due(home: OfficeHome, log: EventLog, told: date | None) -> date | None:
    """Write about silent tills once a day, from the hour that is set; ``told`` is when that was.

    Gives the day on which it was done last. Raises as ``tell_silent``, and ``settings_damaged``.
    """
    settings = mail.load_mail(home)
    at = now().astimezone(ZoneInfo(home.settings.timezone))
    if settings is None or settings.silent_hour is None or at.hour < settings.silent_hour:
        return told
    if told == at.date():
        return told
    with opened_office(home.path, read_only=True) as office:
        silent = tell_silent(office, settings.lang)
    if silent:
        tills = ", ".join(label(each.till) for each in silent)
        log.info("silence_told", tills=tills, to=", ".join(settings.recipients))
    return at.date()


def health_of(office: Office) -> Health:
    """How head office is."""
    return health(office.home, office.journal, records(office), now())


def _log(office: Office, who: Actor, action: str, subject: str) -> None:
    records(office).write(OfficeChange([who.entry(action, subject)]))
