"""Who sent a bundle, and may it: customer number, key, enrolment proof."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tillferry.closing.seams import Till, TillState
from tillferry.errors import TillferryError
from tillferry.formats.keys import proof_is_right
from tillferry.formats.manifest import Manifest, check_recipient


class Senders:
    """The tills that head office knows, as far as bundles and exports must know them."""

    def __init__(self, office_number: str, tills: Iterable[Till]) -> None:
        self._office_number = office_number
        self._by_number: dict[str, Till] = {}
        self._by_identity: dict[tuple[str, str], Till] = {}
        for till in tills:
            self.learn(till)

    def learn(self, till: Till) -> None:
        """Take note of a till, new or changed."""
        if till.customer_number:
            self._by_number[till.customer_number] = till
        if till.serial:
            self._by_identity[(till.taxpayer, till.serial)] = till

    def of_export(self, taxpayer: str, serial: str) -> Till | None:
        """The till that wrote a plain export, retired or not; ``None`` where nobody knows it."""
        found = self._by_identity.get((taxpayer, serial)) or self._by_identity.get(("", serial))
        return None if found is None or found.state is TillState.WAITING else found

    def of_bundle(self, manifest: Manifest) -> Till | None:
        """The till that sealed a bundle, ``None`` where its number was never enrolled.

        A till's first bundle answers with its key under the one-time secret of its enrolment.
        Raises ``bundle_wrong_recipient``, ``customer_number_of_office``, ``till_retired``,
        ``bundle_unknown_key`` (two systems under one number) and ``bundle_new_installation`` (a
        restore or a clone); the last two stay out until the till is enrolled again.
        """
        check_recipient(manifest, self._office_number)
        number = manifest.customer_number
        if number == self._office_number:
            raise TillferryError("customer_number_of_office", number=number)
        till = self._by_number.get(number)
        if till is None:
            return None
        if till.state is TillState.RETIRED:
            raise TillferryError("till_retired", number=number, name=till.name)
        same_key = till.public_key == manifest.public_key
        if same_key and till.installation in ("", manifest.installation):
            return till
        if not _proof_holds(till, manifest):
            code = "bundle_new_installation" if same_key else "bundle_unknown_key"
            raise TillferryError(code, number=number, name=till.name)
        return replace(
            till,
            state=TillState.ACTIVE,
            public_key=manifest.public_key,
            installation=manifest.installation,
            bundle_sequence=0,
            bundle_hash="",
            enrolment_secret="",
        )


def _proof_holds(till: Till, manifest: Manifest) -> bool:
    return bool(till.enrolment_secret) and proof_is_right(
        manifest.proof, till.enrolment_secret, manifest.public_key, manifest.installation
    )


def check_identity(till: Till, taxpayer: str, serial: str, others: Senders) -> Till:
    """The till with the identity its closings show; it is fixed by the first delivery.

    ``serial_of_other_till`` where the closings are another till's.
    """
    if till.serial and (till.taxpayer in ("", taxpayer)) and till.serial == serial:
        return till if till.taxpayer else replace(till, taxpayer=taxpayer)
    owner = others.of_export(taxpayer, serial)
    if till.serial or (owner is not None and owner.till_id != till.till_id):
        raise TillferryError(
            "serial_of_other_till", serial=serial, number=till.customer_number, name=till.name
        )
    return replace(till, taxpayer=taxpayer, serial=serial)
