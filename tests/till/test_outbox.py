"""The outbox keeps every closing until head office holds it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

from tests.till.chain import Chain
from tillferry.closing.digest import part_digests
from tillferry.closing.model import ClosingBatch, concat_batches
from tillferry.errors import TillferryError
from tillferry.formats.dsfinvk.pack import PackContent, read_packs
from tillferry.sample import bookings_only, sample_batch
from tillferry.till.outbox import Outbox


def day(number: int, seed: int = 1) -> ClosingBatch:
    return sample_batch(1, number, 6, seed)


def torn(batch: ClosingBatch) -> ClosingBatch:
    """The same closing without its last receipt's head."""
    rows = batch.table("transactions")
    fewer = rows.slice(0, rows.num_rows - 1)
    offsets = {**batch.offsets, "transactions": pa.array([0, fewer.num_rows]).to_numpy()}
    return ClosingBatch(batch.heads, {**batch.tables, "transactions": fewer}, offsets)


def z_nrs(outbox: Outbox) -> list[int]:
    return [entry.z_nr for entry in outbox.waiting()]


def test_closings_wait_and_survive_a_restart(chain: Chain) -> None:
    assert chain.outbox.put(concat_batches([day(1), day(2)])) == (1, 2)
    again = Outbox(chain.home.outbox)
    assert z_nrs(again) == [1, 2]
    again.close()


def test_the_same_closing_changes_nothing(chain: Chain) -> None:
    chain.outbox.put(day(1))
    assert chain.outbox.put(day(1)) == ()
    assert chain.outbox.put(bookings_only(day(1))) == ()


def test_packs_give_back_the_closing(chain: Chain) -> None:
    chain.outbox.put(concat_batches([day(1), day(2)]))
    packs = list(chain.outbox.packs([2]))
    batch = read_packs([PackContent(pack.head, pack.rows, pack.data) for pack in packs])
    assert dict(part_digests(batch)[0]) == dict(part_digests(day(2))[0])


def test_unfinished_copy_is_replaced_by_a_whole_one_and_never_the_other_way(chain: Chain) -> None:
    assert chain.outbox.put(torn(day(1))) == (1,)
    assert chain.outbox.put(day(1)) == (1,)
    assert chain.outbox.put(torn(day(1))) == ()
    (pack,) = chain.outbox.packs([1])
    assert dict(pack.digests) == dict(part_digests(day(1))[0])


def test_asking_again_names_only_what_is_there(chain: Chain) -> None:
    chain.outbox.put(day(1))
    assert chain.outbox.ask_again([1, 7]) == (1,)
    assert [entry.asked_again for entry in chain.outbox.waiting(carried=[1])] == [True]


def test_what_lies_on_the_stick_is_not_waiting_for_it(chain: Chain) -> None:
    chain.outbox.put(concat_batches([day(1), day(2)]))
    assert [entry.z_nr for entry in chain.outbox.waiting(carried=[1])] == [2]


def test_damaged_file_has_its_code(tmp_path: Path) -> None:
    (tmp_path / "outbox.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(TillferryError) as error:
        Outbox(tmp_path)
    assert error.value.code == "outbox_damaged"


def test_newer_file_has_its_code(tmp_path: Path) -> None:
    Outbox(tmp_path).close()
    connection = sqlite3.connect(tmp_path / "outbox.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(TillferryError) as error:
        Outbox(tmp_path)
    assert error.value.code == "outbox_newer"


def test_lost_pack_is_an_error_and_not_a_shorter_bundle(chain: Chain) -> None:
    chain.outbox.put(day(1))
    for file in (chain.home.outbox / "packs").iterdir():
        file.unlink()
    with pytest.raises(TillferryError) as error:
        list(chain.outbox.packs([1]))
    assert error.value.code == "outbox_damaged"


def test_asked_for_again_without_a_part(chain: Chain) -> None:
    chain.outbox.put(concat_batches([day(1), day(2)]))
    chain.outbox.ask_again([1], ["bookings", "stock"])
    whole = dict(part_digests(day(1))[0])
    (reduced,) = chain.outbox.packs([1])
    del whole["time"]
    assert dict(reduced.digests) == whole
    assert reduced.head.parts == ("bookings", "stock")
    batch = read_packs([PackContent(reduced.head, reduced.rows, reduced.data)])
    assert dict(part_digests(batch)[0]) == whole
    (other,) = chain.outbox.packs([2])
    assert "time" in other.digests


def test_the_latest_wish_for_parts_counts_until_it_is_sent(chain: Chain) -> None:
    def parts() -> set[str]:
        (pack,) = chain.outbox.packs([1])
        return set(pack.digests)

    chain.outbox.put(day(1))
    chain.outbox.ask_again([1], ["bookings"])
    assert parts() == {"bookings"}
    chain.outbox.ask_again([1])
    assert parts() == {"bookings", "time", "stock"}
    chain.outbox.ask_again([1], ["bookings"])
    chain.outbox.mark_sent([1])
    assert parts() == {"bookings", "time", "stock"}


def test_a_letter_about_what_never_left_is_not_believed(chain: Chain) -> None:
    chain.outbox.put(concat_batches([day(1), day(2)]))
    chain.send(chain.stick("a"))
    chain.outbox.put(day(3))
    chain.answer(chain.stick("b"), 5, ((1, 3),))
    sent = chain.send(chain.stick("b"))
    assert sent.bundle is not None and sent.bundle.z_nrs == (3,)


def test_file_of_the_version_before_is_upgraded(chain: Chain) -> None:
    chain.outbox.put(day(1))
    chain.send(chain.stick("a"))
    chain.outbox.close()
    with closing(sqlite3.connect(chain.home.outbox / "outbox.sqlite")) as old:
        for table, column in (
            ("closings", "again_parts"),
            ("bundles", "again"),
            ("letters", "last_bundle"),
        ):
            old.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        old.execute("PRAGMA user_version = 1")
    chain.outbox = Outbox(chain.home.outbox)
    assert z_nrs(chain.outbox) == [1]
    chain.answer(chain.stick("a"), 5, ((1, 1),))
    assert chain.send(chain.stick("a")).standing.waiting == ()
    assert chain.stick("a").files("bundles") == ()
