"""Which media there are, and when they come and go: with a real stick."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.carriers.exfat import Stick, stick
from tillferry.carriers import Medium, list_media
from tillferry.carriers.watch import watch

__all__ = ["stick"]

FAST = 0.05
NEVER = 600.0
PATIENCE_SECONDS = 20.0


class Watching:
    """A watch in a thread of its own, so that a test can wait for what it sees."""

    def __init__(self, media_dirs: list[Path], poll_seconds: float) -> None:
        self.seen: list[tuple[str, str]] = []
        self._news = threading.Condition()
        self._stop = threading.Event()
        self._events = watch(media_dirs, stop=self._stop, poll_seconds=poll_seconds)
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()

    def _follow(self) -> None:
        for event in self._events:
            with self._news:
                self.seen.append((event.kind, event.medium.label))
                self._news.notify_all()

    def expect(self, *events: tuple[str, str]) -> None:
        """Wait until exactly these were seen."""
        with self._news:
            self._news.wait_for(lambda: len(self.seen) >= len(events), PATIENCE_SECONDS)
            assert self.seen == list(events)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()


Watcher = Callable[[list[Path], float], Watching]


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    started: list[Watching] = []

    def start(media_dirs: list[Path], poll_seconds: float) -> Watching:
        started.append(Watching(media_dirs, poll_seconds))
        return started[-1]

    yield start
    for watching in started:
        watching.stop()


def labels(media: tuple[Medium, ...]) -> list[str]:
    return [medium.label for medium in media]


@pytest.mark.parametrize("poll_seconds", [FAST, NEVER])
def test_a_stick_is_seen_when_it_comes_goes_and_comes_again(
    stick: Stick, watcher: Watcher, poll_seconds: float
) -> None:
    """With ``NEVER`` it is the kernel that says so."""
    stick.path.parent.mkdir(parents=True)
    watching = watcher([stick.path.parent], poll_seconds)
    expected = []
    for _ in range(2):
        stick.plug()
        expected.append(("appeared", "KASSE1"))
        watching.expect(*expected)
        stick.unplug()
        expected.append(("vanished", "KASSE1"))
        watching.expect(*expected)
        stick.gone_within()


def test_a_stick_that_is_in_already_is_the_first_event(stick: Stick, watcher: Watcher) -> None:
    stick.plug()
    watcher([stick.path], NEVER).expect(("appeared", "KASSE1"))


def test_a_stick_pulled_and_plugged_while_the_caller_works_is_not_missed(
    stick: Stick, monkeypatch: pytest.MonkeyPatch
) -> None:
    none_there = threading.Event()

    def noting(media_dirs: list[Path]) -> tuple[Medium, ...]:
        media = list_media(media_dirs)
        if not media:
            none_there.set()
        return media

    monkeypatch.setattr("tillferry.carriers.watch.list_media", noting)
    stick.plug()
    stop = threading.Event()
    events = watch([stick.path.parent], stop=stop, poll_seconds=FAST)
    assert next(events).kind == "appeared"
    stick.unplug()
    stick.gone_within()
    assert none_there.wait(PATIENCE_SECONDS)
    stick.plug()
    assert [next(events).kind for _ in range(2)] == ["vanished", "appeared"]
    stop.set()
    assert list(events) == []


def test_what_a_stick_is(stick: Stick) -> None:
    stick.plug()
    (medium,) = list_media([stick.path.parent])
    assert medium.mount == stick.path
    assert medium.device.startswith("/dev/loop")
    assert medium.filesystem
    assert not medium.read_only
    assert 0 < medium.free_bytes < 32 << 20
    stick.unplug()
    stick.gone_within()
    stick.plug(read_only=True)
    assert list_media([stick.path.parent])[0].read_only


def test_an_empty_mount_point_is_no_medium(stick: Stick) -> None:
    stick.plug()
    stick.vanish()
    assert stick.path.is_dir()
    assert list_media([stick.path.parent]) == ()


def test_a_stick_is_a_medium_though_its_folders_are_none(stick: Stick) -> None:
    (stick.plug() / "photos").mkdir()
    (stick.path / "photos" / "1.jpg").write_bytes(b"x")
    assert labels(list_media([stick.path])) == ["KASSE1"]


def test_folders_count_once_something_is_in_them(tmp_path: Path) -> None:
    for name in ("b", "a", ".hidden", "empty"):
        (tmp_path / name).mkdir()
    for name in ("b", "a", ".hidden"):
        (tmp_path / name / "export.zip").write_bytes(b"x")
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert labels(list_media([tmp_path])) == ["a", "b"]
    assert list_media([tmp_path])[0].device == ""


def test_a_folder_with_ours_in_it_counts_itself(tmp_path: Path) -> None:
    share = tmp_path / "share"
    (share / "Tillferry").mkdir(parents=True)
    (share / "other").mkdir()
    (share / "other" / "x").write_bytes(b"x")
    assert labels(list_media([share])) == ["share"]


def test_a_folder_that_is_not_there_yet_is_waited_for(tmp_path: Path, watcher: Watcher) -> None:
    watching = watcher([tmp_path / "share"], FAST)
    (tmp_path / "new" / "Tillferry").mkdir(parents=True)
    (tmp_path / "new").rename(tmp_path / "share")
    watching.expect(("appeared", "share"))
    (tmp_path / "share").rename(tmp_path / "new")
    watching.expect(("appeared", "share"), ("vanished", "share"))


def test_without_folders_only_removable_media_count(stick: Stick) -> None:
    stick.plug()
    mounts = [medium.mount for medium in list_media()]
    assert stick.path not in mounts
    assert Path("/") not in mounts


def test_ticks_come_while_nothing_happens(tmp_path: Path) -> None:
    stop = threading.Event()
    events = watch([tmp_path], stop=stop, poll_seconds=FAST, ticks=True)
    assert [next(events), next(events)] == [None, None]
    events.close()
