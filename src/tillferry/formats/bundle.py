"""Bundles: sealed files of closings, as ``docs/BUNDLE_FORMAT.md`` lays down byte by byte.

A bundle is an age file of a plain ustar TAR: ``manifest.json``, ``manifest.sig``, then the packs
in the manifest's order. Sealing and opening stream: one pack at a time is in memory.
"""

from __future__ import annotations

from tillferry.formats._names import (
    BUNDLE_SUFFIX,
    BundleName,
    bundle_name,
    is_bundle_name,
    parse_name,
)
from tillferry.formats._opening import OpenBundle, open_bundle
from tillferry.formats._sealing import Pack, SealedFile, seal
from tillferry.formats._stream import MAX_BUNDLE_BYTES

__all__ = [
    "BUNDLE_SUFFIX",
    "MAX_BUNDLE_BYTES",
    "BundleName",
    "OpenBundle",
    "Pack",
    "SealedFile",
    "bundle_name",
    "is_bundle_name",
    "open_bundle",
    "parse_name",
    "seal",
]
