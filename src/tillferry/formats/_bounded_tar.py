"""``tarfile`` within bounds, for the TARs of strangers (exports and backups)."""

from __future__ import annotations

import tarfile
from typing import Final

MAX_EXTENDED_BYTES: Final = 64 * 1024
"""The most that one extended header may have: long names and what pax says of a file."""
_MAX_ALL_EXTENDED_BYTES: Final = 64 * 1024 * 1024
_MAX_EXTENDED_IN_A_ROW: Final = 8
_EXTENDED: Final = frozenset(
    {
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
    }
)


class HeaderRefused(Exception):
    """A header asks for more memory than a file's name and times can need."""


class _BoundedMember(tarfile.TarInfo):
    """A member whose extended headers are looked at before they are read into memory."""

    def _proc_member(self, archive: BoundedTarFile) -> tarfile.TarInfo:
        # The place where the standard library lets a subclass see each header first.
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise HeaderRefused("a sparse file")
        if self.type not in _EXTENDED:
            return super()._proc_member(archive)  # type: ignore[misc,no-any-return]
        archive.begin_extended(self.size)
        try:
            return super()._proc_member(archive)  # type: ignore[misc,no-any-return]
        finally:
            archive.extended_in_a_row -= 1

    def _proc_gnusparse_10(self, *_: object) -> None:
        # Its map lies in the file's data and may be as long as these.
        raise HeaderRefused("a sparse file")


class BoundedTarFile(tarfile.TarFile):
    """``tarfile.TarFile`` that raises ``HeaderRefused`` instead of reading headers without end."""

    tarinfo = _BoundedMember
    extended_in_a_row = 0
    _extended_bytes = 0

    def begin_extended(self, size: int) -> None:
        """Count an extended header of ``size`` bytes that is about to be read."""
        self.extended_in_a_row += 1
        self._extended_bytes += size
        if (
            size > MAX_EXTENDED_BYTES
            or self._extended_bytes > _MAX_ALL_EXTENDED_BYTES
            or self.extended_in_a_row > _MAX_EXTENDED_IN_A_ROW
        ):
            raise HeaderRefused(f"an extended header of {size} bytes")
