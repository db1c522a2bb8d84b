"""What every carrier must do. A test module names the carrier under test in a fixture ``place``.

Subclass ``CarrierContract`` and give it a fixture ``place`` that yields a ``Place``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.carriers.faults import Counting, Died, Dying
from tillferry.carriers.durable import hash_on_medium
from tillferry.carriers.folder import FolderCarrier
from tillferry.carriers.system import SYSTEM, System
from tillferry.closing.seams import Carrier, CarrierFile
from tillferry.errors import TillferryError, all_texts

NAME = "till-1001-000001.tillferry"
SIZE = 2_500_000
"""More than two blocks, and not a multiple of a page."""


@dataclass(frozen=True)
class Place:
    """Where the carrier under test lies, and how to open one there."""

    root: Path
    scratch: Path
    open: Callable[[System], FolderCarrier]

    def source(self, seed: int = 1, size: int = SIZE) -> Path:
        """A file to publish."""
        path = self.scratch / f"source-{seed}-{size}"
        path.write_bytes(content(seed, size))
        return path


def content(seed: int, size: int = SIZE) -> bytes:
    """Bytes that look like a sealed file."""
    return hashlib.shake_256(str(seed).encode()).digest(size)


def everything(root: Path) -> set[str]:
    """All files below, with their paths."""
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def code_of(action: Callable[[], object]) -> str:
    """The code of the error that this raises; its texts are complete."""
    with pytest.raises(TillferryError) as caught:
        action()
    error = caught.value
    for text in all_texts()[error.code].values():
        placeholders = {name for _, name, _, _ in Formatter().parse(text) if name}
        assert placeholders <= set(error.params), (error.code, text)
    return error.code


class CarrierContract:
    """The shared suite."""

    def test_published_file_is_listed_and_comes_back_whole(self, place: Place) -> None:
        carrier: Carrier = place.open(SYSTEM)
        carrier.publish("bundles", NAME, place.source())
        listed = carrier.files("bundles")
        assert listed == (CarrierFile("bundles", NAME, SIZE),)
        copied = carrier.fetch(listed[0], place.scratch / "copy")
        assert copied.path.read_bytes() == content(1)
        assert copied.sha256 == hashlib.sha256(content(1)).hexdigest()
        assert copied.size_bytes == SIZE

    def test_directions_are_apart_and_lie_where_the_format_says(self, place: Place) -> None:
        carrier = place.open(SYSTEM)
        carrier.publish("bundles", "b", place.source(1, 10))
        carrier.publish("letters", "a", place.source(2, 11))
        assert [file.name for file in carrier.files("bundles")] == ["b"]
        assert [file.name for file in carrier.files("letters")] == ["a"]
        carrier.publish("backups", "c", place.source(3, 12))
        assert [file.name for file in carrier.files("backups")] == ["c"]
        assert everything(place.root) == {
            "Tillferry/bundles/b",
            "Tillferry/letters/a",
            "Tillferry/backups/c",
        }

    def test_files_come_by_name(self, place: Place) -> None:
        carrier = place.open(SYSTEM)
        for name in ("c", "a", "b"):
            carrier.publish("bundles", name, place.source(1, 5))
        assert [file.name for file in carrier.files("bundles")] == ["a", "b", "c"]

    def test_nothing_is_there_at_first_and_looking_makes_nothing(self, place: Place) -> None:
        carrier = place.open(SYSTEM)
        assert carrier.files("bundles") == ()
        assert carrier.free_bytes() > 0
        assert carrier.label
        carrier.remove("letters", "none")
        assert list(place.root.iterdir()) == []

    def test_an_empty_file_can_travel(self, place: Place) -> None:
        carrier = place.open(SYSTEM)
        carrier.publish("letters", "empty", place.source(1, 0))
        copied = carrier.fetch(carrier.files("letters")[0], place.scratch / "copy")
        assert copied.path.read_bytes() == b""

    def test_publishing_again_writes_nothing(self, place: Place) -> None:
        place.open(SYSTEM).publish("bundles", NAME, place.source())
        counting = Counting()
        place.open(counting).publish("bundles", NAME, place.source())
        assert counting.calls == ["fsync", "sync_folder"]

    def test_a_torn_file_of_the_name_is_replaced(self, place: Place) -> None:
        carrier = place.open(SYSTEM)
        carrier.publish("bundles", NAME, place.source(1, 1000))
        carrier.publish("bundles", NAME, place.source(2, 1000))
        assert (place.root / "Tillferry/bundles" / NAME).read_bytes() == content(2, 1000)

    def test_what_others_put_there_is_neither_listed_nor_touched(self, place: Place) -> None:
        own = place.root / "Tillferry/bundles"
        own.mkdir(parents=True)
        (own / "folder").mkdir()
        (own / ".hidden").write_bytes(b"x")
        (place.root / "photo.jpg").write_bytes(b"x")
        carrier = place.open(SYSTEM)
        carrier.publish("bundles", NAME, place.source(1, 10))
        assert [file.name for file in carrier.files("bundles")] == [NAME]
        carrier.remove("bundles", NAME)
        assert everything(place.root) == {"photo.jpg", "Tillferry/bundles/.hidden"}

    def test_remove_takes_one_file_and_may_be_repeated(self, place: Place) -> None:
        carrier = place.open(SYSTEM)
        carrier.publish("letters", "a", place.source(1, 5))
        carrier.publish("letters", "b", place.source(1, 5))
        carrier.remove("letters", "a")
        carrier.remove("letters", "a")
        assert [file.name for file in carrier.files("letters")] == ["b"]

    def test_progress_ends_at_its_total(self, place: Place) -> None:
        carrier = place.open(SYSTEM)
        seen: list[tuple[int, int]] = []
        carrier.publish("bundles", NAME, place.source(), lambda *step: seen.append(step))
        assert seen == sorted(seen)
        assert seen[-1][0] == seen[-1][1]
        seen.clear()
        carrier.fetch(
            carrier.files("bundles")[0], place.scratch / "copy", lambda *step: seen.append(step)
        )
        assert seen[-1] == (SIZE, SIZE)

    @pytest.mark.parametrize(
        "name",
        [
            *("", ".", "..", "a/b", "../a", "a\\b", "a:b", "a?b", "a*b", 'a"b', "a<b", "a|b"),
            *("a\0b", "a\nb", "a.", "a ", "CON", "nul.txt", "Lpt1", "COM¹.zip", "x" * 256),
            *("ü" * 128, "\ud800", ".hidden", ".tillferry-0.part"),
        ],
    )
    def test_a_name_that_only_some_media_can_hold_is_refused(self, place: Place, name: str) -> None:
        carrier = place.open(SYSTEM)
        source = place.source(1, 5)
        code = code_of(lambda: carrier.publish("bundles", name, source))
        assert code == "carrier_name_impossible"
        assert list(place.root.iterdir()) == []

    @pytest.mark.parametrize("name", ["x" * 255, "Zürich 1.age", "console", "com10", "a.b..c"])
    def test_a_name_that_all_media_can_hold_travels(self, place: Place, name: str) -> None:
        carrier = place.open(SYSTEM)
        carrier.publish("letters", name, place.source(1, 5))
        assert [file.name for file in carrier.files("letters")] == [name]

    def test_leftovers_of_a_crash_are_not_listed_and_go_with_the_next_publish(
        self, place: Place
    ) -> None:
        folder = place.root / "Tillferry/bundles"
        folder.mkdir(parents=True)
        leftover = folder / ".tillferry-0123456789abcdef.part"
        leftover.write_bytes(b"half")
        make_old(leftover)
        carrier = place.open(SYSTEM)
        assert carrier.files("bundles") == ()
        carrier.publish("bundles", NAME, place.source(1, 10))
        assert everything(place.root) == {f"Tillferry/bundles/{NAME}"}

    def test_fetching_a_file_that_vanished_leaves_no_target(self, place: Place) -> None:
        carrier = place.open(SYSTEM)
        gone = CarrierFile("bundles", NAME, 10)
        target = place.scratch / "copy"
        assert code_of(lambda: carrier.fetch(gone, target)) == "carrier_gone"
        assert not target.exists()

    @pytest.mark.parametrize("change", ["vanishes", "grows", "shrinks", "is rewritten"])
    def test_a_file_that_changes_while_it_is_fetched_leaves_no_target(
        self, place: Place, change: str
    ) -> None:
        carrier = place.open(SYSTEM)
        carrier.publish("bundles", NAME, place.source())
        path = place.root / "Tillferry/bundles" / NAME

        def meanwhile() -> None:
            if change == "vanishes":
                path.unlink()
            elif change == "grows":
                path.write_bytes(content(1) + b"more")
            elif change == "shrinks":
                path.write_bytes(content(1)[:1_200_000])
            else:
                path.write_bytes(content(2))
                make_old(path)

        listed = carrier.files("bundles")[0]
        target = place.scratch / "in" / "copy"
        target.parent.mkdir()
        changing = place.open(Counting(2, meanwhile))  # create, then the first write
        assert code_of(lambda: changing.fetch(listed, target)) == "carrier_gone"
        assert list(target.parent.iterdir()) == []

    def test_a_fetch_that_dies_leaves_nothing_under_the_targets_name(self, place: Place) -> None:
        size = 1_200_000
        place.open(SYSTEM).publish("bundles", NAME, place.source(1, size))
        listed = place.open(SYSTEM).files("bundles")[0]
        crashes = 0
        for at in range(1, 1000):
            target = place.scratch / f"copy-{at}"
            dying = Dying(at, renames_stay=True)
            try:
                place.open(dying).fetch(listed, target)
            except Died:
                crashes += 1
            else:
                break
            dying.lose_power()
            assert not target.exists() or target.read_bytes() == content(1, size)
        assert target.read_bytes() == content(1, size)
        assert crashes >= len(("create", "write", "fsync", "replace", "sync_folder"))

    @pytest.mark.parametrize("renames_stay", [True, False])
    def test_publish_survives_a_crash_at_every_write_fsync_and_rename(
        self, place: Place, renames_stay: bool
    ) -> None:
        size = 1_200_000
        source = place.source(1, size)
        counting = Counting()
        place.open(counting).publish("bundles", "counted", source)
        assert {"create", "write", "fsync", "replace", "sync_folder"} <= set(counting.calls)
        path = place.root / "Tillferry/bundles" / NAME
        crashes = 0
        for at in range(1, 1000):
            dying = Dying(at, renames_stay=renames_stay)
            try:
                place.open(dying).publish("bundles", NAME, source)
            except Died:
                crashes += 1
            else:
                break
            dying.lose_power()
            if path.exists():
                assert path.read_bytes() == content(1, size)
            place.open(SYSTEM).publish("bundles", NAME, source)
            assert path.read_bytes() == content(1, size)
            path.unlink()
        assert crashes >= len(set(counting.calls))

    def test_a_replaced_file_is_the_old_or_the_new_after_a_crash(self, place: Place) -> None:
        source = place.source(2, 1000)
        path = place.root / "Tillferry/bundles" / NAME
        for at in range(1, 1000):
            path.unlink(missing_ok=True)
            place.open(SYSTEM).publish("bundles", NAME, place.source(1, 1000))
            dying = Dying(at, renames_stay=True)
            try:
                place.open(dying).publish("bundles", NAME, source)
            except Died:
                dying.lose_power()
                assert path.read_bytes() in (content(1, 1000), content(2, 1000))
            else:
                break
        assert path.read_bytes() == content(2, 1000)

    @pytest.mark.parametrize("at", ["before the rename", "after the rename"])
    def test_a_medium_that_holds_something_else_is_found_out(self, place: Place, at: str) -> None:
        class Forging(Counting):
            def fsync(self, handle: int) -> None:
                super().fsync(handle)
                if at == "before the rename":
                    for part in (place.root / "Tillferry/bundles").glob(".*.part"):
                        flip(part)

            def sync_folder(self, folder: Path) -> None:
                super().sync_folder(folder)
                path = folder / NAME
                if path.exists():
                    flip(path)

        carrier = place.open(Forging())
        code = code_of(lambda: carrier.publish("bundles", NAME, place.source()))
        assert code == "carrier_readback_differs"
        assert everything(place.root) == set()

    def test_a_source_that_cannot_be_read_is_not_the_carriers_fault(self, place: Place) -> None:
        carrier = place.open(SYSTEM)
        missing = place.scratch / "missing"
        assert code_of(lambda: carrier.publish("bundles", NAME, missing)) == "own_disk_failed"
        assert everything(place.root) == set()

    def test_a_target_that_cannot_be_written_is_not_the_carriers_fault(self, place: Place) -> None:
        carrier = place.open(SYSTEM)
        carrier.publish("bundles", NAME, place.source(1, 10))
        listed = carrier.files("bundles")[0]
        target = place.scratch / "missing" / "copy"
        assert code_of(lambda: carrier.fetch(listed, target)) == "own_disk_failed"

    def test_what_is_read_back_is_the_file(self, place: Place) -> None:
        @settings(
            max_examples=10,
            deadline=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture],
        )
        @given(st.sampled_from([0, 1, 511, 512, 4095, 4096, 4097, 1 << 20, (1 << 20) + 1, SIZE]))
        def holds(size: int) -> None:
            path = place.root / "file"
            path.write_bytes(content(size, size))
            SYSTEM.sync_file(path)
            expected = hashlib.sha256(content(size, size)).hexdigest()
            assert hash_on_medium(path, size=size) == expected
            assert hash_on_medium(path, size=size + 1) == ""

        holds()


def flip(path: Path) -> None:
    """Change one byte in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    with path.open("r+b") as file:
        file.write(data)


def make_old(path: Path) -> None:
    """Give a file a time of long ago."""

    os.utime(path, (1_600_000_000, 1_600_000_000))
