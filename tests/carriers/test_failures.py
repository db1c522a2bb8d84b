"""What an error of the operating system means to people."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.carriers.contract import code_of
from tillferry.carriers.failures import on_carrier, on_own_disk


class WindowsFailure(OSError):
    """As Windows raises it: one errno for many errors, and the true number."""

    def __init__(self, winerror: int) -> None:
        super().__init__(errno.EACCES, "Windows says no")
        self.winerror = winerror


def code_for(error: OSError, *, writing: bool = True) -> str:
    def action() -> None:
        with on_carrier("KASSE1", "name", writing=writing):
            raise error

    return code_of(action)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        *((number, "carrier_gone") for number in (errno.EIO, errno.ENODEV, errno.ENOENT)),
        *((number, "carrier_gone") for number in (errno.ENOTCONN, errno.ESTALE, errno.ENXIO)),
        *((number, "carrier_full") for number in (errno.ENOSPC, errno.EDQUOT)),
        *((number, "carrier_read_only") for number in (errno.EROFS, errno.EACCES, errno.EPERM)),
        *((number, "carrier_name_impossible") for number in (errno.EINVAL, errno.ENAMETOOLONG)),
        (errno.EFBIG, "carrier_file_too_large"),
        (errno.EMFILE, "carrier_failed"),
    ],
)
def test_errors_of_posix(number: int, code: str) -> None:
    assert code_for(OSError(number, "reason")) == code


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (19, "carrier_read_only"),
        (21, "carrier_gone"),
        (1167, "carrier_gone"),
        (123, "carrier_name_impossible"),
        (223, "carrier_file_too_large"),
        (5, "carrier_read_only"),
    ],
)
def test_errors_of_windows(number: int, code: str) -> None:
    assert code_for(WindowsFailure(number)) == code


def test_a_file_that_may_not_be_read_is_not_a_locked_stick() -> None:
    assert code_for(OSError(errno.EACCES, "reason"), writing=False) == "carrier_failed"


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "own_disk_full"), (errno.EACCES, "own_disk_failed")]
)
def test_errors_of_our_own_disk(number: int, code: str) -> None:
    def action() -> None:
        with on_own_disk(Path("inbox")):
            raise OSError(number, "reason")

    assert code_of(action) == code
