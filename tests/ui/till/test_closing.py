"""The day close and the stick dialog in a browser, on folders and on a real exFAT stick."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from tests.carriers.exfat import Stick
from tests.ui.till.page import Place, TillPage
from tillferry.errors import message


def close_a_day(till: TillPage) -> None:
    """Sell something and close the day; the stick dialog comes next."""
    till.sell("1006")
    till.paid("pay-exact")
    till.go("close")
    till.press("close-day", "yes")


def bundles(stick: Path) -> list[Path]:
    """The bundles on a stick."""
    return sorted((stick / "Tillferry" / "bundles").glob("*"))


def fill(stick: Path) -> None:
    """Leave no room on it."""
    with (stick / "filler").open("wb", buffering=0) as filler:
        for size in (1 << 16, 1 << 9):
            try:
                while filler.write(bytes(size)) == size:
                    pass
            except OSError as error:
                assert error.errno == errno.ENOSPC


def test_count_difference_later_and_the_reminder(place: Place, till: TillPage) -> None:
    till.sign_in()
    till.says("strip", "noch nichts bestätigt")
    till.says("strip", "nichts unterwegs")
    till.sell("1006")
    till.paid("pay-exact")
    till.go("close")
    till.type("piece-500", "1")
    till.type("piece-200", "2")
    till.says("counted", "9,00")
    till.says("difference", "−0,50")
    till.shot("count")
    till.press("close-day", "yes")
    till.says("sentence", message("handover_waiting", "de"))
    till.shot("stick-waiting")
    till.press("later")
    till.gone("later")
    till.go("sell")
    till.says("strip", "Stick fehlt noch")
    till.says("strip", "1 Tag unterwegs")
    till.shot("reminder")
    # Also for who comes later, on the first page.
    till.press("lock")
    till.sign_in("1")
    till.says("strip", "Stick fehlt noch")
    assert till.at("hand-over").count() == 0


def test_the_stick_is_seen_and_named_and_may_go_after_the_read_back(
    place: Place, till: TillPage
) -> None:
    till.sign_in("2")
    till.press("hand-over")
    till.says("sentence", message("handover_waiting", "de"))
    stick = place.stick()
    till.says("sentence", message("handover_may_go", "de"))
    till.says("stick", "KASSE1")
    till.says("result", "1 Tag ist auf dem Stick.")
    till.shot("stick-done")
    assert len(bundles(stick)) == 1
    till.press("stick-done")
    till.gone("stick-done")
    assert till.at("hand-over").count() == 0
    till.go("sell")
    # Head office takes it in; its letter comes back with the same stick.
    told = place.world.bring(stick)
    assert [state for _, _, state in told.states] == ["imported"]
    close_a_day(till)
    till.says("sentence", message("handover_may_go", "de"))
    till.press("stick-done")
    till.says("strip", "zuletzt bestätigt")
    till.says("strip", "1 Tag unterwegs")
    till.go("sell")
    till.shot("acknowledged")


def test_the_backup_follows(place: Place, till: TillPage) -> None:
    shutil.rmtree(place.media / "KASSE1")
    till.sign_in()
    close_a_day(till)
    till.says("sentence", message("handover_waiting", "de"))
    till.press("with-backup")
    stick = place.stick("KASSE2")
    till.says("sentence", message("handover_backup_done", "de"))
    till.shot("backup-done")
    assert len(bundles(stick)) == 1
    assert len(list((stick / "Tillferry" / "backups").glob("*"))) == 1
    till.press("stick-done")
    # And on demand, alone.
    till.go("reports")
    till.press("backup")
    till.says("sentence", message("handover_backup_done", "de"))
    till.press("stick-done")
    assert len(list((stick / "Tillferry" / "backups").glob("*"))) == 2
    assert len(bundles(stick)) == 1
    shutil.rmtree(stick)


def test_an_empty_day_and_open_orders(till: TillPage) -> None:
    till.sign_in()
    till.go("close")
    till.sees("Es ist kein Tag offen.")
    till.go("sell")
    till.press("table")
    till.type("table-name", "9")
    till.press("yes")
    till.sell("1006")
    till.press("order")
    till.sees("Bestellt: Tisch 9")
    till.go("close")
    till.press("close-day", "yes")
    till.sees("Kassieren oder stornieren Sie diese Bestellungen zuerst.")
    till.press("error-ok")
    till.go("sell")
    till.press("orders", "pay-table-9")
    till.says("lines", "Cocktail")
    till.paid("pay-exact")


def test_a_real_stick_locked_full_pulled_and_good(
    place: Place, till: TillPage, stick: Stick, tmp_path: Path
) -> None:
    place.media.rmdir()
    # Where the server looks, sticks appear from now on.
    place.media.symlink_to(stick.path.parent, target_is_directory=True)
    stick.path.parent.mkdir(parents=True, exist_ok=True)
    stick.plug()
    fill(stick.path)
    stick.unplug()
    stick.plug(read_only=True)
    till.sign_in()
    till.go("close")
    till.press("close-day", "yes")
    till.says("sentence", message("handover_failed", "de"))
    till.says("trouble", "Schieben Sie den Schreibschutz")
    till.shot("stick-locked")
    stick.unplug()
    stick.gone_within()
    # As fast as people are; the page looks twice a second.
    till.page.wait_for_timeout(1200)
    stick.plug()
    till.says("trouble", "nicht genug Platz")
    till.says("sentence", message("handover_failed", "de"))
    # Room is made, and the same stick once more.
    (stick.path / "filler").unlink()
    till.press("again")
    till.says("sentence", message("handover_backup_done", "de"))
    till.says("stick", "KASSE1")
    assert len(bundles(stick.path)) == 1
    till.press("stick-done")
    till.gone("stick-done")
