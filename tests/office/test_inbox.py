"""The inbox keeps what was copied until it is decided; the archive keeps it for good."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tillferry.office.archive import Archive
from tillferry.office.inbox import Arrival, Inbox


def arrival(sha256: str) -> Arrival:
    return Arrival(
        sha256, "a.tfb", "bundle", 3, "2026-07-01T10:00:00.000+02:00", "STICK", "/x/a.tfb"
    )


def test_lists_come_back_in_order_until_they_are_done(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    first = inbox.record([arrival("1" * 64), arrival("2" * 64)])
    second = inbox.record([arrival("3" * 64)])
    assert [entries for _, entries in Inbox(tmp_path).pending()] == [
        (arrival("1" * 64), arrival("2" * 64)),
        (arrival("3" * 64),),
    ]
    inbox.done(first)
    assert [path for path, _ in inbox.pending()] == [second]


def test_numbers_go_on_after_a_list_is_done(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.done(inbox.record([arrival("1" * 64)]))
    inbox.record([arrival("2" * 64)])
    later = inbox.record([arrival("3" * 64)])
    assert [path for path, _ in inbox.pending()][-1] == later


def keep(archive: Archive, data: bytes) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    archive.prepare()
    path = archive.arriving()
    path.write_bytes(data)
    archive.keep(path, sha256)
    archive.settle([sha256])
    return sha256


def test_archive_holds_each_content_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    sha256 = keep(archive, b"one")
    assert keep(archive, b"one") == sha256
    other = keep(archive, b"two")
    assert archive.path(sha256).read_bytes() == b"one"
    assert list(archive.hashes()) == sorted([sha256, other])


def test_archive_sees_what_was_altered(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    sha256 = keep(archive, b"one")
    assert archive.is_intact(sha256)
    archive.path(sha256).write_bytes(b"onE")
    assert not archive.is_intact(sha256)


def test_sweep_takes_half_copied_files_and_nothing_else(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    sha256 = keep(archive, b"one")
    archive.prepare()
    half = archive.arriving()
    half.write_bytes(b"hal")
    archive.sweep()
    assert not half.exists()
    assert archive.has(sha256)
