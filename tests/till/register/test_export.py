"""The till's own closings in the legal format, and on their way to head office."""

from __future__ import annotations

from pathlib import Path

from tests.till.register.helpers import ANNA, BEN, CHRIS, Clock, key, sale
from tests.till.register.test_dayclose import full_day
from tillferry.closing.digest import part_digests
from tillferry.formats.dsfinvk.pack import PackContent, read_packs, write_pack
from tillferry.formats.dsfinvk.read import read_export
from tillferry.formats.dsfinvk.write import write_export
from tillferry.till.outbox import Outbox
from tillferry.till.register.register import Register


def two_days(register: Register, clock: Clock) -> None:
    register.masters.change(CHRIS, tse="training")
    full_day(register)
    register.days.close(key(), BEN, 1000)
    clock.turn(days=1)
    register.sales.sell(key(), ANNA, sale("3001"))
    register.days.close(key(), BEN)


def test_an_export_of_the_books_reads_as_it_was_written(
    register: Register, clock: Clock, tmp_path: Path
) -> None:
    two_days(register, clock)
    batches = [register.closing_batch(z_nr) for z_nr in register.days.z_numbers()]
    target = tmp_path / "books.zip"
    write_export(batches, target, own_tables=True)
    reading = read_export(target)
    assert reading.findings == ()
    assert [dict(of) for of in part_digests(reading.batch)] == [
        dict(register.days.digests(z_nr)) for z_nr in (1, 2)
    ]
    heads = [(head.z_nr, head.serial, head.business_day) for head in reading.batch.heads]
    assert heads == [
        (head.z_nr, head.serial, head.business_day) for batch in batches for head in batch.heads
    ]


def test_the_outbox_takes_a_closing_whole(register: Register, clock: Clock, tmp_path: Path) -> None:
    two_days(register, clock)
    outbox = Outbox(tmp_path / "outbox")
    for z_nr in (1, 2):
        assert outbox.put(register.closing_batch(z_nr)) == (z_nr,)
        assert outbox.put(register.closing_batch(z_nr)) == ()
    for pack, z_nr in zip(outbox.packs((1, 2)), (1, 2), strict=True):
        assert dict(pack.digests) == dict(register.days.digests(z_nr))
    outbox.close()


def test_a_pack_gives_the_closing_back(register: Register, clock: Clock) -> None:
    two_days(register, clock)
    batch = register.closing_batch(1)
    rows = {name: table.num_rows for name, table in batch.tables.items()}
    again = read_packs([PackContent(batch.heads[0], rows, write_pack(batch, 0))])
    assert part_digests(again) == part_digests(batch)
