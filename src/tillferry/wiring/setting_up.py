"""A till's first day: its folder, keys and register, and its enrolment at head office."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from tillferry.errors import TillferryError
from tillferry.formats.documents import Enrolment, read_enrolment
from tillferry.formats.keys import TILL_SIGNING_FILE, TillKeys
from tillferry.formats.recovery import ensure_recovery_key
from tillferry.till.home import (
    SETTINGS_FILE,
    TillHome,
    TillSettings,
    create_home,
    new_installation,
    open_home,
    save_settings,
)
from tillferry.till.outbox import Outbox
from tillferry.till.register.demo import demo_setup
from tillferry.till.register.masters import SYSTEM
from tillferry.till.register.register import Register
from tillferry.till.register.store import FILE_NAME


@dataclass(frozen=True, slots=True)
class SetUp:
    """What was done. ``new_key`` says that the recovery key was made and should be written down."""

    home: TillHome
    new_key: bool


def set_up(
    path: Path, enrolment: Path | None = None, serial: str = "", *, demo: bool = False
) -> SetUp:
    """A new till, or a known one that is enrolled now or again; its books stay what they are.

    Without ``enrolment`` the till has no head office yet. ``demo`` fills its register with a bar's
    articles and three cashiers. ``till_home_not_empty`` where another till lives there, or where
    there is one already and nothing was given to change; ``serial_differs``.
    """
    given = None if enrolment is None else read_enrolment(enrolment)
    if (path / SETTINGS_FILE).exists():
        if given is None:
            raise TillferryError("till_home_not_empty", home=path)
        home = _enrolled(open_home(path), given, path=enrolment)
        if not (home.keys / TILL_SIGNING_FILE).exists():
            # The first set-up was cut off, or the key is lost: head office asks for the new one.
            TillKeys.create().save(home.keys)
    else:
        if given and serial and given.serial and serial != given.serial:
            raise TillferryError(
                "serial_differs", expected=given.serial, found=serial, path=enrolment
            )
        settings = _settings(given, serial or (given.serial if given else ""))
        home = create_home(path, settings)
        TillKeys.create().save(home.keys)
        Outbox(home.outbox).close()
    new_key = ensure_recovery_key(home.keys)
    if demo or given is None:
        _set_up_register(home, demo)
    return SetUp(open_home(path), new_key)


def init_till(path: Path, enrolment: Path, serial: str) -> TillHome:
    """A new till from its enrolment file, or a known till that was enrolled again."""
    return set_up(path, enrolment, serial).home


def share_serial(home: TillHome, register: Register) -> TillHome:
    """The serial number that the folder's settings and the register have in common.

    Whichever of the two knows it tells the other.
    """
    known = register.masters.settings().serial
    if known and not home.settings.serial:
        home = replace(home, settings=replace(home.settings, serial=known))
        save_settings(home)
    elif home.settings.serial and not known and not register.people.all():
        register.masters.change(SYSTEM, serial=home.settings.serial)
    return home


def _set_up_register(home: TillHome, demo: bool) -> None:
    with Register.open(home.path) as register:
        share_serial(home, register)
        if demo and not register.people.all():
            demo_setup(register)
        share_serial(home, register)


def _settings(given: Enrolment | None, serial: str) -> TillSettings:
    if given is None:
        return TillSettings("", "", "", "", "", "", "", new_installation(), serial)
    return TillSettings(
        given.customer_number,
        given.name,
        given.office_number,
        given.office_name,
        given.office_age,
        given.office_key,
        given.secret,
        new_installation(),
        serial,
    )


def _enrolled(home: TillHome, given: Enrolment, *, path: Path | None) -> TillHome:
    """Take the new secret; the closings and the key stay. ``till_home_not_empty`` for another."""
    before = home.settings
    if before.customer_number not in ("", given.customer_number):
        raise TillferryError("till_home_not_empty", home=home.path)
    if given.serial and before.serial not in ("", given.serial):
        raise TillferryError(
            "serial_differs", expected=before.serial, found=given.serial, path=path
        )
    renewed = TillHome(
        home.path,
        replace(
            _settings(given, before.serial or given.serial),
            installation=before.installation,
            timezone=before.timezone,
        ),
    )
    # Bundles that are sealed already, here and on sticks, answer the enrolment before this one.
    with closing(Outbox(home.outbox)) as outbox:
        outbox.forget_bundles()
    save_settings(renewed)
    return renewed


def has_register(path: Path) -> bool:
    """Whether the till at ``path`` has a register of its own."""
    return (path / FILE_NAME).exists()
