"""Send: read head office's letter, seal what is not acknowledged, put it on the stick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tillferry.carriers.failures import on_own_disk
from tillferry.closing.seams import Carrier, Progress, no_progress
from tillferry.errors import TillferryError
from tillferry.formats.bundle import is_bundle_name, parse_name, seal
from tillferry.formats.documents import Letter, parse_letter_name, read_letter
from tillferry.formats.keys import TillKeys, enrolment_proof
from tillferry.till.home import TillHome
from tillferry.till.outbox import Outbox, SentBundle, Standing


@dataclass(frozen=True, slots=True)
class Sent:
    """What one contact with a carrier did.

    ``bundle`` is ``None`` where nothing was left to send. ``letter_problems`` are letters for
    this till that could not be used.
    """

    carrier: str
    letter: Letter | None
    letter_problems: tuple[TillferryError, ...]
    bundle: SentBundle | None
    standing: Standing


Clock = Callable[[], datetime]


def send(
    home: TillHome,
    keys: TillKeys,
    outbox: Outbox,
    carrier: Carrier,
    *,
    clock: Clock,
    progress: Progress = no_progress,
) -> Sent:
    """Everything that is due on this carrier; after it returns the carrier may be removed.

    Raises the carrier's errors, and ``till_without_office`` where the till was never enrolled.
    Whatever they are, every closing is still in the outbox.
    """
    if not home.settings.office_age:
        raise TillferryError("till_without_office", home=home.path)
    letter, problems = read_letters(home, outbox, carrier)
    bundle = _publish(home, keys, outbox, carrier, clock, progress)
    _clear_acknowledged(home, outbox, carrier)
    return Sent(carrier.label, letter, problems, bundle, outbox.standing())


def read_letters(
    home: TillHome, outbox: Outbox, carrier: Carrier
) -> tuple[Letter | None, tuple[TillferryError, ...]]:
    """Apply the letters to this till, the newest last.

    Gives the last one that was new, and what was wrong with others.
    """
    ours = sorted(
        (file for file in carrier.files("letters") if _is_for(file.name, home)),
        key=lambda file: file.name,
    )
    applied: Letter | None = None
    problems: list[TillferryError] = []
    for file in ours:
        copy = home.scratch / file.name
        try:
            carrier.fetch(file, copy)
            letter = read_letter(
                copy,
                office_key=home.settings.office_key,
                customer_number=home.settings.customer_number,
            )
            if outbox.apply_letter(letter):
                applied = letter
        except TillferryError as error:
            if error.code.startswith("carrier_"):
                raise
            problems.append(error)
        finally:
            copy.unlink(missing_ok=True)
    return applied, tuple(problems)


def _is_for(name: str, home: TillHome) -> bool:
    try:
        return parse_letter_name(name).customer_number == home.settings.customer_number
    except TillferryError:
        return False


def _publish(
    home: TillHome,
    keys: TillKeys,
    outbox: Outbox,
    carrier: Carrier,
    clock: Clock,
    progress: Progress,
) -> SentBundle | None:
    due = outbox.waiting(_carried(home, outbox, carrier))
    if not due:
        return None
    z_nrs = tuple(entry.z_nr for entry in due)
    again = any(entry.asked_again for entry in due)
    with on_own_disk(home.outbox):
        bundle, path = _sealed(home, keys, outbox, z_nrs, clock, fresh=again)
    carrier.publish("bundles", bundle.name, path, progress)
    outbox.mark_sent(z_nrs)
    return bundle


def _carried(home: TillHome, outbox: Outbox, carrier: Carrier) -> set[int]:
    """The closings that lie whole on the carrier; bundles of ours that are damaged are removed."""
    carried: set[int] = set()
    for file in carrier.files("bundles"):
        for bundle in outbox.bundles([file.name]):
            if outbox.is_acknowledged(bundle.z_nrs):
                continue
            copy = home.scratch / file.name
            try:
                if carrier.fetch(file, copy).sha256 == bundle.sha256:
                    carried.update(bundle.z_nrs)
                else:
                    carrier.remove("bundles", file.name)
            finally:
                copy.unlink(missing_ok=True)
    return carried


def _sealed(
    home: TillHome,
    keys: TillKeys,
    outbox: Outbox,
    z_nrs: tuple[int, ...],
    clock: Clock,
    *,
    fresh: bool,
) -> tuple[SentBundle, Path]:
    """The last bundle if it still lies there and holds just these closings, else a new one."""
    settings = home.settings
    folder = home.outbox / "sealed"
    folder.mkdir(exist_ok=True)
    last = outbox.last_bundle(settings.installation)
    if last is not None and last.z_nrs == z_nrs and not fresh:
        path = folder / last.name
        if path.is_file():
            return last, path
    for old in folder.iterdir():
        old.unlink()
    proof = ""
    if settings.enrolment_secret:
        # With every bundle: which one head office meets first after an enrolment nobody knows.
        proof = enrolment_proof(settings.enrolment_secret, keys.public_key, settings.installation)
    created_at = clock().isoformat(timespec="seconds")
    sealed = seal(
        folder,
        outbox.packs(z_nrs),
        sender=keys,
        customer_number=settings.customer_number,
        installation=settings.installation,
        sequence=last.sequence + 1 if last else 1,
        previous_hash=last.sha256 if last else "",
        recipient_number=settings.office_number,
        recipient_age=settings.office_age,
        proof=proof,
        created_at=created_at,
    )
    outbox.record_bundle(sealed, settings.installation, z_nrs, created_at, again=fresh)
    bundle = SentBundle(sealed.sequence, sealed.name, sealed.sha256, settings.installation, z_nrs)
    return bundle, sealed.path


def _clear_acknowledged(home: TillHome, outbox: Outbox, carrier: Carrier) -> None:
    """Take bundles of ours off the carrier once head office has no more use for them."""
    names = [
        file.name
        for file in carrier.files("bundles")
        if is_bundle_name(file.name)
        and parse_name(file.name).customer_number == home.settings.customer_number
    ]
    for bundle in outbox.bundles(names):
        if outbox.is_done(bundle):
            carrier.remove("bundles", bundle.name)
