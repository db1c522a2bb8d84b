"""Carriers move sealed bundles one way and letters back: a folder, a stick."""

from tillferry.carriers.folder import FolderCarrier, is_carrier_root
from tillferry.carriers.media import Medium, list_media
from tillferry.carriers.stick import StickCarrier, open_carrier

__all__ = [
    "FolderCarrier",
    "Medium",
    "StickCarrier",
    "is_carrier_root",
    "list_media",
    "open_carrier",
]
