"""The contract on a real exFAT stick, and what only happens to sticks."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.carriers.contract import (
    NAME,
    SIZE,
    CarrierContract,
    Place,
    code_of,
    content,
    everything,
)
from tests.carriers.exfat import Stick, stick, why_not
from tests.carriers.faults import Counting
from tillferry.carriers import FolderCarrier, StickCarrier, open_carrier
from tillferry.carriers.system import SYSTEM

__all__ = ["stick"]


@pytest.fixture
def place(stick: Stick, tmp_path: Path) -> Place:
    root = stick.plug()
    return Place(root, tmp_path, lambda system: StickCarrier(root, system=system))


@pytest.fixture
def small_stick(tmp_path: Path) -> Iterator[Stick]:
    if why_not():
        pytest.skip(why_not())
    with Stick(tmp_path / "small", megabytes=8, label="KLEIN") as one:
        yield one


class TestStick(CarrierContract):
    """All of the contract."""


def test_a_stick_is_opened_as_one_and_has_its_name(stick: Stick, tmp_path: Path) -> None:
    carrier = open_carrier(stick.plug())
    assert isinstance(carrier, StickCarrier)
    assert carrier.label == "KASSE1"
    assert type(open_carrier(tmp_path)) is FolderCarrier


def test_no_stick_is_not_found(stick: Stick) -> None:
    stick.path.mkdir(parents=True)
    assert code_of(lambda: StickCarrier(stick.path)) == "carrier_not_found"
    assert code_of(lambda: open_carrier(stick.path / "missing")) == "carrier_not_found"


def test_what_was_published_is_on_the_stick_after_pulling_it(place: Place, stick: Stick) -> None:
    carrier = StickCarrier(place.root)
    carrier.publish("bundles", NAME, place.source())
    carrier.finish()
    stick.unplug()
    stick.gone_within()
    root = stick.plug()
    assert (root / "Tillferry/bundles" / NAME).read_bytes() == content(1)


def test_a_stick_without_room_is_refused_before_writing(small_stick: Stick, tmp_path: Path) -> None:
    root = small_stick.plug()
    filler = root / "film.mp4"
    filler.write_bytes(bytes(StickCarrier(root).free_bytes() - 1_000_000))
    place = Place(root, tmp_path, lambda system: StickCarrier(root, system=system))
    counting = Counting()
    code = code_of(lambda: place.open(counting).publish("bundles", NAME, place.source()))
    assert code == "carrier_full"
    assert "write" not in counting.calls
    assert everything(root) == {"film.mp4"}
    filler.unlink()
    place.open(SYSTEM).publish("bundles", NAME, place.source())


def test_a_stick_that_fills_up_meanwhile_is_left_clean(small_stick: Stick, tmp_path: Path) -> None:
    root = small_stick.plug()
    place = Place(root, tmp_path, lambda system: StickCarrier(root, system=system))

    def fill() -> None:
        (root / "film.mp4").write_bytes(bytes(StickCarrier(root).free_bytes() - 100_000))

    steps = Counting()
    place.open(steps).publish("letters", NAME, place.source(1, 10))
    writing = Counting(steps.calls.index("write") + 1, fill)
    code = code_of(lambda: place.open(writing).publish("bundles", NAME, place.source()))
    assert code == "carrier_full"
    assert everything(root) == {"film.mp4", f"Tillferry/letters/{NAME}"}


def test_a_locked_stick_says_so_and_can_be_read(stick: Stick, tmp_path: Path) -> None:
    root = stick.plug()
    source = tmp_path / "source"
    source.write_bytes(content(1, 10))
    StickCarrier(root).publish("bundles", NAME, source)
    stick.unplug()
    stick.gone_within()
    carrier = StickCarrier(stick.plug(read_only=True))
    listed = carrier.files("bundles")
    assert carrier.fetch(listed[0], tmp_path / "copy").size_bytes == 10
    carrier.publish("bundles", NAME, source)  # It is there already.
    assert code_of(lambda: carrier.publish("bundles", "other", source)) == "carrier_read_only"
    assert code_of(lambda: carrier.publish("letters", NAME, source)) == "carrier_read_only"
    assert code_of(lambda: carrier.remove("bundles", NAME)) == "carrier_read_only"
    assert carrier.files("bundles") == listed


def test_a_stick_that_is_pulled_at_any_step_leaves_the_file_whole_or_out(
    stick: Stick, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(content(1))
    pulled = 0
    for at in range(1, 100):
        root = stick.plug()
        (root / "Tillferry/bundles" / NAME).unlink(missing_ok=True)
        pulling = Counting(at, stick.vanish)
        carrier = StickCarrier(root, system=pulling)
        assert not pulling.calls, "opening a carrier must not write"
        try:
            code = code_of(lambda carrier=carrier: carrier.publish("bundles", NAME, source))
        except pytest.fail.Exception:
            break
        assert code == "carrier_gone"
        pulled += 1
        assert list(root.iterdir()) == [], "something lies below the mount point"
        stick.gone_within()
        root = stick.plug()
        left = root / "Tillferry/bundles" / NAME
        assert not left.exists() or left.read_bytes() == content(1)
        stick.unplug()
        stick.gone_within()
    assert pulled >= 7
    assert len(pulling.calls) < at
    assert [file.size_bytes for file in StickCarrier(root).files("bundles")] == [SIZE]


def test_what_lies_below_the_mount_point_gets_nothing(place: Place, stick: Stick) -> None:
    """Somebody once copied by hand while no stick was in."""
    folder = place.root / "Tillferry/bundles"

    def pull() -> None:
        stick.vanish()
        folder.mkdir(parents=True)

    place.open(SYSTEM).publish("bundles", "first", place.source())
    steps = Counting()
    place.open(steps).publish("bundles", "second", place.source())
    carrier = place.open(Counting(steps.calls.index("create") + 1, pull))
    assert code_of(lambda: carrier.publish("bundles", NAME, place.source())) == "carrier_gone"
    assert list(folder.iterdir()) == []
    shutil.rmtree(place.root)


def test_a_stick_pulled_at_the_very_end_is_not_reported_as_good(place: Place, stick: Stick) -> None:
    """All is read back, and then it is gone: nobody may say "you may remove it"."""

    class Pulling(Counting):
        left = 2  # The handle that drops the cache, the handle that reads.

        def close(self, handle: int) -> None:
            super().close(handle)
            if "replace" in self.calls and self.calls[-1] == "sync_folder":
                self.left -= 1
                if not self.left:
                    stick.vanish()

    carrier = place.open(Pulling())
    assert code_of(lambda: carrier.publish("bundles", NAME, place.source())) == "carrier_gone"
    stick.gone_within()
    stick.plug()
    assert (place.root / "Tillferry/bundles" / NAME).read_bytes() == content(1)


def test_an_empty_mount_point_is_not_taken_for_the_stick(place: Place, stick: Stick) -> None:
    carrier = place.open(SYSTEM)
    stick.vanish()
    assert list(place.root.iterdir()) == []
    for action in (
        lambda: carrier.files("bundles"),
        lambda: carrier.publish("bundles", NAME, place.source()),
        carrier.finish if isinstance(carrier, StickCarrier) else carrier.free_bytes,
    ):
        assert code_of(action) == "carrier_gone"
    assert list(place.root.iterdir()) == []


def test_a_stick_pulled_while_it_is_read_leaves_no_copy(
    place: Place, stick: Stick, tmp_path: Path
) -> None:
    place.open(SYSTEM).publish("bundles", NAME, place.source())
    carrier = place.open(Counting(2, stick.vanish))
    listed = carrier.files("bundles")[0]
    target = tmp_path / "in" / "copy"
    target.parent.mkdir()
    assert code_of(lambda: carrier.fetch(listed, target)) == "carrier_gone"
    assert list(target.parent.iterdir()) == []


def test_a_defective_stick_is_reported_and_left_clean(place: Place, stick: Stick) -> None:
    class Defective(Counting):
        def fsync(self, handle: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

    carrier = place.open(Defective())
    assert code_of(lambda: carrier.publish("bundles", NAME, place.source())) == "carrier_gone"
    assert everything(place.root) == set()
