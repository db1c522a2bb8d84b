"""``tillferry office …``: decisions, reconciliation, backups, the log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tillferry.cli import EXIT_WAITING
from tillferry.cli.language import hint, words
from tillferry.cli.office_admin_words import (
    comparison_json,
    queue_json,
    queue_row,
    show_comparison,
)
from tillferry.cli.office_backup import backup_settings
from tillferry.cli.office_mail import mails
from tillferry.cli.office_options import Person, Reason
from tillferry.cli.office_reconcile import reconcile
from tillferry.cli.office_tills import outlets, tills
from tillferry.cli.office_users import users
from tillferry.cli.options import Home, Json
from tillferry.cli.output import bars, finding_text, say, show_json, table
from tillferry.errors import TillferryError


def register(app: typer.Typer) -> None:
    """Add all of this to the commands of head office."""
    app.command("queue", help=words("help_office_queue"))(queue)
    app.command("compare", help=words("help_office_compare"))(compare)
    app.command("decide", help=words("help_office_decide"))(decide)
    app.command("reconcile", help=words("help_office_reconcile"))(reconcile)
    app.command("recovery-key", help=words("help_office_recovery_key"))(recovery_key)
    app.command("backup", help=words("help_office_backup"))(backup)
    app.command("backup-settings", help=words("help_backup_settings"))(backup_settings)
    app.command("restore", help=words("help_office_restore"))(restore)
    app.command("log", help=words("help_office_log"))(log)
    app.command("health", help=words("help_office_health"))(health)
    app.add_typer(tills, name="till", help=words("help_office_till"))
    app.add_typer(outlets, name="outlet", help=words("help_office_outlet"))
    app.add_typer(mails, name="mail", help=words("help_office_mail"))
    app.add_typer(users, name="user", help=words("help_office_user"))


# --- decisions ----------------------------------------------------------------------------------


def queue(home: Home, as_json: Json = False) -> int:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home, read_only=True) as office:
        found = wiring.decisions(office, wiring.console_actor()).queue()
    if as_json:
        show_json({"waiting": [queue_json(entry) for entry in found]})
    elif not found:
        say("queue_empty")
    else:
        table(
            [
                ("column_item", True),
                ("column_till", False),
                ("column_z_nr", True),
                ("column_business_day", False),
                ("column_state", False),
                ("column_choices", False),
            ],
            [queue_row(entry) for entry in found],
        )
        for entry in found:
            for told in entry.item.findings[:1]:
                say("health_line", name=entry.item.item_id, value=finding_text(told))
    return EXIT_WAITING if found else 0


def compare(
    item: Annotated[int, typer.Argument(metavar="NUMBER", help=words("help_decide_item"))],
    home: Home,
    as_json: Json = False,
) -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home, read_only=True) as office:
        found = wiring.decisions(office, wiring.console_actor()).compare(item)
    if as_json:
        show_json(comparison_json(found))
    else:
        show_comparison(found)


def decide(
    item: Annotated[int, typer.Argument(metavar="NUMBER", help=words("help_decide_item"))],
    what: Annotated[
        str, typer.Argument(metavar="keep|take|discard", help=words("help_decide_what"))
    ],
    home: Home,
    reason: Reason,
    person: Person = "",
) -> None:
    from tillferry.closing.office_seams import Verdict
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home) as office:
        decisions = wiring.decisions(office, wiring.console_actor(person))
        if what == "keep":
            decisions.keep_held(item, reason)
            done = Verdict.KEPT_HELD
        elif what == "take":
            decisions.take_delivered(item, reason)
            done = Verdict.TOOK_DELIVERED
        elif what == "discard":
            decisions.discard(item, reason)
            done = Verdict.DISCARDED
        else:
            raise TillferryError("decision_impossible", item=item)
    say("decided", what=words(f"verdict_{done}"), item=item)


# --- backups, log, health -----------------------------------------------------------------------


def recovery_key(
    home: Home,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help=words("help_office_recovery_out"))
    ],
    person: Person = "",
) -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home) as office:
        wiring.write_recovery_key(office, out, wiring.console_actor(person))
    say("recovery_written", file=out)


def backup(
    home: Home,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="PATH", help=words("help_office_backup_to"))
    ] = None,
    incremental: Annotated[
        bool, typer.Option("--incremental", help=words("help_office_incremental"))
    ] = False,
    person: Person = "",
    as_json: Json = False,
) -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home) as office, bars() as shown:
        made = wiring.back_up(
            office,
            to or wiring.backup_folder(office),
            wiring.console_actor(person),
            incremental=incremental,
            progress=lambda done, total: shown.update(words("progress_backup"), done, total),
        )
    if as_json:
        show_json(
            {
                "file": made.path,
                "size_bytes": made.size_bytes,
                "sha256": made.sha256,
                "base": made.base or None,
                "at": made.at,
            }
        )
    else:
        say("office_backup_written", file=made.path, size=made.size_bytes)


def restore(
    home: Home,
    files: Annotated[
        list[Path], typer.Option("--from", metavar="FILE", help=words("help_office_restore_from"))
    ],
    key: Annotated[
        Path, typer.Option("--key", metavar="FILE", help=words("help_office_restore_key"))
    ],
    database: Annotated[
        str, typer.Option("--database", metavar="URL", help=words("help_office_restore_database"))
    ] = "",
    person: Person = "",
) -> None:
    from tillferry.wiring import office_admin as wiring

    made = wiring.restore(files, key, home, database, wiring.console_actor(person))
    say("office_restored", home=home, at=made.created_at, count=made.originals)


def log(
    home: Home,
    last: Annotated[
        int | None, typer.Option("--last", metavar="COUNT", min=1, help=words("help_log_last"))
    ] = None,
    as_json: Json = False,
) -> int:
    from tillferry.office.audit_log import check_log
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home, read_only=True) as office:
        kept = wiring.records(office)
        checked = check_log(kept)
        found = kept.log(max(0, checked.records - last) if last is not None else 0)
    if as_json:
        show_json(
            {
                "whole": not checked.broken,
                "broken_at": checked.broken or None,
                "last_hash": checked.last_hash,
                "records": [
                    {
                        "sequence": record.sequence,
                        "at": record.entry.at,
                        "person": record.entry.person,
                        "action": record.entry.action,
                        "subject": record.entry.subject,
                        "reason": record.entry.reason,
                        "hash": record.hash,
                    }
                    for record in found
                ],
            }
        )
        return EXIT_WAITING if checked.broken else 0
    if not found:
        say("log_empty")
        return 0
    table(
        [
            ("column_item", True),
            ("column_at", False),
            ("column_person", False),
            ("column_action", False),
            ("column_subject", False),
            ("column_reason", False),
        ],
        [
            [
                str(record.sequence),
                record.entry.at,
                record.entry.person,
                words(f"action_{record.entry.action}"),
                record.entry.subject,
                record.entry.reason,
            ]
            for record in found
        ],
    )
    if checked.broken:
        say("log_broken", number=checked.broken)
        return EXIT_WAITING
    say("log_whole", count=checked.records, hash=checked.last_hash)
    return 0


def health(home: Home, as_json: Json = False) -> int:
    from dataclasses import asdict

    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home, read_only=True) as office:
        found = wiring.health_of(office)
    if as_json:
        show_json(asdict(found))
    else:
        for code, value in (
            ("health_program", f"{found.program} · Python {found.python} · {found.system}"),
            ("health_database", f"{found.database} {found.schema}"),
            ("health_database_bytes", f"{found.database_bytes:,}"),
            ("health_free_bytes", f"{found.free_bytes:,}"),
            ("health_inbox", found.inbox_lists),
            ("health_last_backup", found.last_backup_at or "–"),
        ):
            say("health_line", name=words(code), value=value)
        for warning in found.warnings:
            said = words(warning, hours=found.warn_hours)
            say("health_line", name=said, value=hint(warning))
    return EXIT_WAITING if found.warnings else 0
