"""The contract on a folder on disk, and what is the folder's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.carriers.contract import NAME, CarrierContract, Place, code_of, content
from tests.carriers.faults import Counting
from tillferry.carriers import FolderCarrier, is_carrier_root
from tillferry.carriers.system import SYSTEM


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root, scratch = tmp_path / "share", tmp_path / "scratch"
    root.mkdir()
    scratch.mkdir()
    return Place(root, scratch, lambda system: FolderCarrier(root, system=system))


class TestFolder(CarrierContract):
    """All of the contract."""


def test_the_label_is_the_folders_name_or_what_was_given(tmp_path: Path) -> None:
    assert FolderCarrier(tmp_path).label == tmp_path.name
    assert FolderCarrier(tmp_path, "Zentrale").label == "Zentrale"


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert code_of(lambda: FolderCarrier(missing)) == "carrier_not_found"
    assert not missing.exists()
    (tmp_path / "file").write_bytes(b"")
    assert code_of(lambda: FolderCarrier(tmp_path / "file")) == "carrier_not_found"


def test_a_folder_that_went_away_is_gone(place: Place) -> None:
    carrier = place.open(SYSTEM)
    source = place.source(1, 10)
    place.root.rmdir()
    for action in (
        lambda: carrier.files("bundles"),
        lambda: carrier.publish("bundles", NAME, source),
        carrier.free_bytes,
        lambda: carrier.remove("bundles", NAME),
    ):
        assert code_of(action) == "carrier_gone"
    assert not place.root.exists()


def test_a_younger_unfinished_file_is_anothers(place: Place) -> None:
    """Two tills publish into one shared folder at the same time."""
    other = place.source(2, 3_000_000)

    def meanwhile() -> None:
        place.open(SYSTEM).publish("bundles", "other", other)

    steps = Counting()
    place.open(steps).publish("letters", NAME, place.source())
    slow = Counting(steps.calls.index("write") + 2, meanwhile)
    place.open(slow).publish("bundles", NAME, place.source())
    assert [file.name for file in place.open(SYSTEM).files("bundles")] == ["other", NAME]


def test_a_link_leads_nowhere(place: Place) -> None:
    outside = place.scratch / "outside"
    outside.mkdir()
    (place.root / "Tillferry").symlink_to(outside)
    carrier = place.open(SYSTEM)
    assert code_of(lambda: carrier.publish("bundles", NAME, place.source())) == "carrier_failed"
    assert code_of(lambda: carrier.files("bundles")) == "carrier_failed"
    assert list(outside.iterdir()) == []


def test_links_and_pipes_are_not_files_of_ours(place: Place) -> None:
    carrier = place.open(SYSTEM)
    carrier.publish("bundles", NAME, place.source(1, 10))
    folder = place.root / "Tillferry/bundles"
    (folder / "link").symlink_to(folder / NAME)
    os.mkfifo(folder / "pipe")
    listed = carrier.files("bundles")
    assert [file.name for file in listed] == [NAME]
    for name in ("link", "pipe"):
        fake = type(listed[0])("bundles", name, 10)
        target = place.scratch / "copy"
        assert code_of(lambda fake=fake, target=target: carrier.fetch(fake, target)) in (
            "carrier_failed",
            "carrier_gone",
        )
        assert not target.exists()


def test_the_carriers_own_folder_tells_what_it_is(place: Place) -> None:
    assert not is_carrier_root(place.root)
    place.open(SYSTEM).publish("bundles", NAME, place.source(1, 10))
    assert is_carrier_root(place.root)
    assert (place.root / "Tillferry/bundles" / NAME).read_bytes() == content(1, 10)
