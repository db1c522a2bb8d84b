"""Where the pages are served: what the home keeps, with what was asked for now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tillferry.closing.office_seams import OfficeChange
from tillferry.office.audit_log import Actor
from tillferry.office.serving import Served, Serving, check_serving, load_serving, save_serving
from tillferry.wiring.office import now, opened_office
from tillferry.wiring.office_admin import records

__all__ = ["Served", "Wish", "served"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; ``None`` and nothing leave what the home keeps."""

    host: str | None = None
    names: Sequence[str] = ()
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool | None = None


def served(home: Path, wish: Wish, who: Actor, *, keep: bool = False) -> Served:
    """Checked settings; with ``keep`` the home keeps them for every later start.

    Raises the codes of ``office.serving.check_serving``.
    """
    with opened_office(home, read_only=not keep) as office:
        settings = _wished(load_serving(office.home), wish)
        found = check_serving(settings, now())
        if keep:
            save_serving(office.home, settings)
            said = f"{settings.host} {', '.join(settings.names)}".strip()
            records(office).write(OfficeChange([who.entry("serving_kept", said)]))
        return found


def _wished(kept: Serving, wish: Wish) -> Serving:
    found = kept
    if wish.host is not None:
        found = replace(found, host="127.0.0.1" if wish.host == "localhost" else wish.host)
    if wish.names:
        found = replace(found, names=tuple(name.lower().rstrip(".") for name in wish.names))
    if wish.certificate is not None:
        found = replace(found, certificate=str(wish.certificate.absolute()))
    if wish.key is not None:
        found = replace(found, key=str(wish.key.absolute()))
    if wish.behind_proxy is not None:
        found = replace(found, behind_proxy=wish.behind_proxy)
    return found
