"""What an error of the operating system means to the person with the stick."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tillferry.errors import TillferryError

_GONE: Final = (
    *("EIO", "ENODEV", "ENOENT", "ENOTDIR", "ENXIO", "ENOTCONN", "ESTALE", "ETIMEDOUT"),
    *("EHOSTDOWN", "EHOSTUNREACH", "ECONNABORTED", "ECONNRESET", "ENOMEDIUM", "ESHUTDOWN"),
    "EREMOTEIO",
)
_BY_ERRNO: Final[dict[int, str]] = {
    errno.ENOSPC: "carrier_full",
    getattr(errno, "EDQUOT", errno.ENOSPC): "carrier_full",
    errno.EROFS: "carrier_read_only",
    errno.EACCES: "carrier_read_only",
    errno.EPERM: "carrier_read_only",
    errno.EFBIG: "carrier_file_too_large",
    errno.ENAMETOOLONG: "carrier_name_impossible",
    errno.EINVAL: "carrier_name_impossible",
} | {getattr(errno, name): "carrier_gone" for name in _GONE if hasattr(errno, name)}

# ERROR_… of winerror.h: Python folds several of them into one errno.
_BY_WINERROR: Final[dict[int, str]] = {
    19: "carrier_read_only",  # WRITE_PROTECT
    39: "carrier_full",  # HANDLE_DISK_FULL
    112: "carrier_full",  # DISK_FULL
    123: "carrier_name_impossible",  # INVALID_NAME
    223: "carrier_file_too_large",  # FILE_TOO_LARGE
} | dict.fromkeys(
    # NOT_READY, CRC, SECTOR_NOT_FOUND, BAD_NETPATH, UNEXP_NET_ERR, NETNAME_DELETED, BAD_NET_NAME,
    # NO_SUCH_DEVICE, FILE_INVALID, UNRECOGNIZED_VOLUME, IO_DEVICE, NO_MEDIA, NOT_CONNECTED
    (21, 23, 27, 53, 59, 64, 67, 433, 1005, 1006, 1112, 1117, 1167),
    "carrier_gone",
)


def carrier_error(
    error: OSError, label: str, name: str = "", *, writing: bool = False
) -> TillferryError:
    """The error that people see for a failed call on the carrier."""
    code = _BY_WINERROR.get(getattr(error, "winerror", None) or 0)
    code = code or _BY_ERRNO.get(error.errno or 0, "carrier_failed")
    if code == "carrier_read_only" and not writing:
        code = "carrier_failed"
    return TillferryError(code, carrier=label, name=name, reason=error.strerror or error)


@contextmanager
def on_carrier(label: str, name: str = "", *, writing: bool = False) -> Iterator[None]:
    """Turns errors of calls on the carrier into ours."""
    try:
        yield
    except OSError as error:
        raise carrier_error(error, label, name, writing=writing) from error


@contextmanager
def on_own_disk(path: Path) -> Iterator[None]:
    """Turns errors of calls on this machine's own disk into ours."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
        code = "own_disk_full" if full else "own_disk_failed"
        raise TillferryError(code, path=path, reason=error.strerror or error) from error
