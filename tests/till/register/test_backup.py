"""The copy of a till, and the till made of it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.till.register.helpers import ANNA, BEN, Clock, column, key, open_register, remarks, sale
from tillferry.errors import TillferryError
from tillferry.till.home import TillSettings, create_home
from tillferry.till.register.register import Register, restore


@pytest.fixture
def copy(register: Register, tmp_path: Path) -> Path:
    register.sales.sell(key(), ANNA, sale("3001"))
    register.days.close(key(), BEN)
    register.sales.sell(key(), ANNA, sale("3002"))
    target = tmp_path / "copy"
    register.snapshot(target)
    return target


def test_a_restored_till_has_everything_and_new_numbers(
    register: Register, copy: Path, tmp_path: Path, clock: Clock
) -> None:
    register.sales.sell(key(), ANNA, sale("3003"))
    restore(copy, tmp_path / "new", clock)
    with open_register(tmp_path / "new", clock) as other:
        assert other.epoch == 2
        assert other.installation != register.installation
        assert [receipt.gross for receipt in other.sales.today()] == [560]
        other.people.sign_in(ANNA, "1111")
        fresh = other.sales.sell(key(), ANNA, sale("3004"))
        used = {receipt.bon_id for receipt in register.sales.today()}
        assert fresh.bon_id not in used
        other.days.close(key(), BEN)
        assert remarks(other.closing_batch(2)) == set()
        assert other.closing_batch(1).heads == register.closing_batch(1).heads
        assert other.verify() > 0
        assert "restored" in {entry.kind for entry in other.audit()}


def test_two_tills_of_one_copy_do_not_meet(copy: Path, tmp_path: Path, clock: Clock) -> None:
    ids = set()
    for name in ("one", "two"):
        restore(copy, tmp_path / name, clock)
        with open_register(tmp_path / name, clock) as other:
            ids.add(other.installation)
            ids.add(other.sales.sell(key(), ANNA, sale("3004")).bon_id)
    assert len(ids) == 4


def test_a_till_restored_twice_keeps_one_order(copy: Path, tmp_path: Path, clock: Clock) -> None:
    restore(copy, tmp_path / "one", clock)
    with open_register(tmp_path / "one", clock) as other:
        other.sales.sell(key(), ANNA, sale("3004"))
        other.snapshot(tmp_path / "again")
    restore(tmp_path / "again", tmp_path / "two", clock)
    with open_register(tmp_path / "two", clock) as other:
        other.sales.sell(key(), ANNA, sale("3004"))
        other.days.close(key(), BEN)
        batch = other.closing_batch(2)
        assert remarks(batch) == set()
        assert len(column(batch, "transactions", "bon_id")) == 3
        assert other.epoch == 3


def test_settings_and_keys_come_along(tmp_path: Path, clock: Clock) -> None:
    settings = TillSettings("1001", "Nord", "1000", "Zentrale", "age1", "ab", "", "old")
    home = create_home(tmp_path / "till", settings)
    (home.keys / "till.key").write_bytes(b"secret")
    with open_register(home.path, clock) as register:
        register.snapshot(tmp_path / "copy")
    restore(tmp_path / "copy", tmp_path / "new", clock)
    assert (tmp_path / "new" / "keys" / "till.key").read_bytes() == b"secret"
    restored = json.loads((tmp_path / "new" / "till.json").read_text())
    assert restored["customer_number"] == "1001"
    assert restored["installation"] not in ("", "old")


def test_a_till_is_never_overwritten(copy: Path, tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(TillferryError, match="restore_target_in_use"):
        restore(copy, tmp_path / "till", clock)


@pytest.mark.parametrize("damage", ["missing", "text", "other", "torn", "path"])
def test_what_is_no_copy(copy: Path, tmp_path: Path, clock: Clock, damage: str) -> None:
    if damage == "missing":
        copy.unlink()
    elif damage == "text":
        copy.write_text("hello")
    elif damage == "torn":
        copy.write_bytes(copy.read_bytes()[:40_000])
    else:
        db = sqlite3.connect(copy)
        if damage == "other":
            db.execute("DROP TABLE home_files")
        else:
            db.execute("INSERT INTO home_files VALUES ('../evil', x'00')")
        db.commit()
        db.close()
    with pytest.raises(TillferryError, match="snapshot_unreadable"):
        restore(copy, tmp_path / "new", clock)
    assert not (tmp_path / "new" / "till.sqlite").exists()
    assert not (tmp_path / "evil").exists()


def test_a_copy_to_nowhere(register: Register, tmp_path: Path) -> None:
    with pytest.raises(TillferryError, match="snapshot_failed"):
        register.snapshot(tmp_path / "no" / "such" / "folder")
