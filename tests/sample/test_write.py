"""The sample on disk: which files, what goes into each, and how far it is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from tillferry.closing.model import ClosingBatch
from tillferry.errors import TillferryError, hint, message
from tillferry.sample import write_sample


class Export:
    """Keeps what it was given and writes the Z numbers down."""

    def __init__(self) -> None:
        self.parts: set[tuple[str, ...]] = set()
        self.tables: set[str] = set()

    def __call__(self, closings: Iterable[ClosingBatch], path: Path) -> None:
        heads = []
        for batch in closings:
            heads += list(batch.heads)
            self.tables |= set(batch.tables)
        self.parts |= {head.parts for head in heads}
        path.write_text(" ".join(f"{head.serial}/{head.z_nr}" for head in heads))


def test_one_file_for_each_till_and_day(tmp_path: Path) -> None:
    export = Export()
    steps: list[tuple[int, int]] = []
    paths = write_sample(
        tmp_path / "out",
        tills=2,
        days=2,
        receipts=3,
        seed=1,
        whole=False,
        write_export=export,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert [path.relative_to(tmp_path / "out").as_posix() for path in paths] == [
        "till-01/2026-10-19.zip",
        "till-01/2026-10-20.zip",
        "till-02/2026-10-19.zip",
        "till-02/2026-10-20.zip",
    ]
    assert [path.read_text() for path in paths] == [
        "SAMPLE-00001/1",
        "SAMPLE-00001/2",
        "SAMPLE-00002/1",
        "SAMPLE-00002/2",
    ]
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert export.parts == {("bookings",)}
    assert not export.tables & {"time_entries", "stock_movements"}


def test_one_file_for_each_till(tmp_path: Path) -> None:
    paths = write_sample(
        tmp_path, tills=2, days=3, receipts=2, seed=1, whole=True, write_export=Export()
    )
    assert [path.name for path in paths] == ["till-01.zip", "till-02.zip"]
    assert paths[1].read_text() == "SAMPLE-00002/1 SAMPLE-00002/2 SAMPLE-00002/3"


def test_a_folder_that_cannot_be_made_is_said_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TillferryError) as raised:
        write_sample(
            tmp_path / "file" / "out",
            tills=1,
            days=1,
            receipts=1,
            seed=1,
            whole=False,
            write_export=Export(),
        )
    assert raised.value.code == "sample_folder_failed"
    for lang in ("de", "en"):
        assert "file" in message(raised.value.code, lang, raised.value.params)
        assert hint(raised.value.code, lang)
