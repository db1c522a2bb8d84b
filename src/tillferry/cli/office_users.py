"""``tillferry office user …``."""

from __future__ import annotations

import typer

from tillferry.cli.language import words
from tillferry.cli.office_options import Person, RoleName, UserName
from tillferry.cli.options import Home, Json
from tillferry.cli.output import say, show_json, table
from tillferry.errors import TillferryError

users = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


def _role(name: str) -> str:
    from tillferry.office.people import Role

    if name not in set(Role):
        raise TillferryError("role_invalid", role=name, roles=", ".join(Role))
    return name


def show_password(name: str, password: str) -> None:
    """A one-time password, the only time that it is shown."""
    say("user_password_once", name=name, password=password)
    say("user_password_note")


@users.command("add", help=words("help_user_add"))
def add_user(name: UserName, home: Home, role: RoleName, person: Person = "") -> None:
    from tillferry.office.people import Role
    from tillferry.wiring import office_admin as wiring

    wanted = Role(_role(role))
    with wiring.opened_office(home) as office:
        password = wiring.people(office, wiring.console_actor(person)).add(name, wanted)
    show_password(name, password)


@users.command("list", help=words("help_user_list"))
def list_users(home: Home, as_json: Json = False) -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home, read_only=True) as office:
        found = wiring.people(office, wiring.console_actor()).all()
    if as_json:
        show_json(
            {
                "users": [
                    {
                        "name": user.name,
                        "role": user.role,
                        "locked_until": user.locked_until or None,
                        "must_change": user.must_change,
                        "created_at": user.created_at,
                    }
                    for user in found
                ]
            }
        )
    elif not found:
        say("users_empty")
    else:
        table(
            [
                ("column_name", False),
                ("column_role", False),
                ("column_locked", False),
                ("column_must_change", False),
            ],
            [
                [
                    user.name,
                    words(f"role_{user.role}"),
                    user.locked_until or "–",
                    words("word_repaired") if user.must_change else "–",
                ]
                for user in found
            ],
        )


@users.command("role", help=words("help_user_role"))
def set_role(name: UserName, home: Home, role: RoleName, person: Person = "") -> None:
    from tillferry.office.people import Role
    from tillferry.wiring import office_admin as wiring

    wanted = Role(_role(role))
    with wiring.opened_office(home) as office:
        wiring.people(office, wiring.console_actor(person)).set_role(name, wanted)
    say("user_changed_now", name=name)


@users.command("password", help=words("help_user_password"))
def reset_password(name: UserName, home: Home, person: Person = "") -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home) as office:
        password = wiring.people(office, wiring.console_actor(person)).reset_password(name)
    show_password(name, password)


@users.command("remove", help=words("help_user_remove"))
def remove_user(name: UserName, home: Home, person: Person = "") -> None:
    from tillferry.wiring import office_admin as wiring

    with wiring.opened_office(home) as office:
        wiring.people(office, wiring.console_actor(person)).remove(name)
    say("user_removed_now", name=name)
