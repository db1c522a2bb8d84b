"""Where head office's pages are served: this machine alone, or beyond it over TLS."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from tillferry.carriers.durable import write_durably
from tillferry.errors import TillferryError
from tillferry.office.home import OfficeHome

SETTINGS_FILE: Final = "serving.json"
LOOPBACK: Final = "127.0.0.1"
SOON: Final = timedelta(days=21)
"""So long before its end a certificate is to be renewed."""
OWN_NAMES: Final = frozenset({LOOPBACK, "localhost"})
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))*")


@dataclass(frozen=True, slots=True)
class Serving:
    """``host`` is an address of this machine; ``names`` are what browsers may call it.

    ``certificate`` and ``key`` are PEM files, empty for none. ``behind_proxy``: TLS ends at a
    proxy, and the way from there is the operator's.
    """

    host: str = LOOPBACK
    names: tuple[str, ...] = ()
    certificate: str = ""
    key: str = ""
    behind_proxy: bool = False

    @property
    def encrypted(self) -> bool:
        """Whether browsers come over TLS, here or at the proxy."""
        return bool(self.certificate) or self.behind_proxy


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says: the names it is for, and until when."""

    names: tuple[str, ...]
    expires: datetime


@dataclass(frozen=True, slots=True)
class Served:
    """Settings that were checked: what names are answered to, and until when there is TLS."""

    settings: Serving
    names: frozenset[str]
    expires: datetime | None = None

    def address(self, port: int) -> str:
        """What to type into a browser."""
        host = self.settings.host
        if host != LOOPBACK or self.settings.certificate:
            # A certificate is for a name.
            host = next(iter(sorted(self.names - OWN_NAMES - {host})), host)
        scheme = "https" if self.settings.certificate else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"

    def ends_soon(self, now: datetime) -> bool:
        """Whether the certificate has to be renewed."""
        return self.expires is not None and self.expires - now < SOON


def load_serving(home: OfficeHome) -> Serving:
    """The settings; this machine alone before there are any. ``settings_damaged``."""
    path = home.path / SETTINGS_FILE
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        names = tuple(str(each) for each in value.pop("names"))
        return Serving(**value, names=names)
    except FileNotFoundError:
        return Serving()
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TillferryError("settings_damaged", file=path) from error


def save_serving(home: OfficeHome, settings: Serving) -> None:
    """Keep the settings, which are to be checked before."""
    text = json.dumps(asdict(settings), indent=2, ensure_ascii=False) + "\n"
    write_durably(home.path / SETTINGS_FILE, text.encode())


def check_serving(settings: Serving, now: datetime) -> Served:
    """The settings with what they mean; nothing is served that strangers could read.

    Raises ``serving_host_invalid``, ``serving_name_invalid``, ``serving_not_encrypted``,
    ``serving_needs_both``, ``serving_needs_name`` and the codes of ``read_certificate``.
    """
    try:
        address = ipaddress.ip_address(settings.host)
    except ValueError:
        raise TillferryError("serving_host_invalid", host=settings.host) from None
    for name in settings.names:
        if not _NAME.fullmatch(name) and not _is_address(name):
            raise TillferryError("serving_name_invalid", name=name)
    if bool(settings.certificate) != bool(settings.key):
        raise TillferryError("serving_needs_both")
    found = None
    if settings.certificate:
        found = read_certificate(Path(settings.certificate), Path(settings.key), now)
    if not address.is_loopback and not settings.encrypted:
        raise TillferryError("serving_not_encrypted", host=settings.host)
    names = set(settings.names or (found.names if found else ()))
    if not address.is_unspecified:
        names.add(str(address))
    if not names - OWN_NAMES and not address.is_loopback:
        raise TillferryError("serving_needs_name", host=settings.host)
    return Served(settings, frozenset(names | OWN_NAMES), found.expires if found else None)


def read_certificate(certificate: Path, key: Path, now: datetime) -> Certificate:
    """A certificate that is good at ``now``, with the key that belongs to it.

    Raises ``certificate_not_readable``, ``certificate_expired``, ``certificate_not_yet_valid``,
    ``certificate_key_not_readable`` and ``certificate_key_differs``.
    """
    try:
        # The first is the server's own, those after it lead to the authority.
        found = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
        wanted = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (OSError, ValueError, IndexError) as error:
        raise TillferryError("certificate_not_readable", path=certificate) from error
    try:
        private = load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise TillferryError("certificate_key_not_readable", path=key) from error
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if public != wanted:
        raise TillferryError("certificate_key_differs", certificate=certificate, key=key)
    begins, ends = found.not_valid_before_utc, found.not_valid_after_utc
    if now.astimezone(UTC) >= ends:
        raise TillferryError("certificate_expired", path=certificate, day=ends.date())
    if now.astimezone(UTC) < begins:
        raise TillferryError("certificate_not_yet_valid", path=certificate, day=begins.date())
    return Certificate(tuple(_names(found)), ends)


def _names(certificate: x509.Certificate) -> Iterable[str]:
    """The names and addresses it is for; one with a star names no machine."""
    try:
        known = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    for name in known.get_values_for_type(x509.DNSName):
        if _NAME.fullmatch(name.lower()):
            yield name.lower()
    for address in known.get_values_for_type(x509.IPAddress):
        yield str(address)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
