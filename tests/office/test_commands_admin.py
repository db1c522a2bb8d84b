"""What people do at head office, as commands: the stories as processes of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.command import Done, tillferry
from tests.e2e.world import World, days
from tests.office.admin import export_of
from tillferry import cli
from tillferry.sample import serial

Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command of ``tillferry office`` in this process."""

    def run_here(*arguments: str | Path) -> Done:
        status = cli.run(["--lang", "en", "office", *map(str, arguments)])
        shown = capsys.readouterr()
        return Done(status, shown.out, shown.err)

    return run_here


def test_from_an_unknown_till_to_a_repaired_journal(tmp_path: Path) -> None:
    home = tmp_path / "office"
    first = export_of(tmp_path / "exports", days(1, 1, 2))
    other = export_of(tmp_path / "exports", days(1, 2, 3, seed=2))
    made = tillferry(
        *("office", "init", "--home", home, "--customer-number", "1000", "--name", "Zentrale")
    )
    assert made.status == 0 and "One-time password for admin:" in made.out
    assert tillferry("office", "import", first, "--home", home).status == 3
    queue = tillferry("office", "queue", "--home", home, "--json")
    assert queue.status == 3
    assert {entry["state"] for entry in queue.json["waiting"]} == {"unknown_till"}
    approved = tillferry(
        *("office", "till", "approve", serial(1), "--home", home, "--name", "Bar"),
        *("--reason", "opened in May", "--person", "Kerstin"),
    )
    assert approved.status == 0 and "Bar" in approved.out
    assert tillferry("office", "import", first, "--home", home).status == 0

    report = tmp_path / "report.html"
    compare = ("office", "reconcile", other, "--home", home, "--since", "2026-01-01")
    dry = tillferry(*compare, "--json", "--report", report)
    assert dry.status == 3 and dry.json["repaired"] == 0
    assert dry.json["totals"]["different"] == dry.json["totals"]["missing_here"] == 1
    assert dry.json["closings"][1]["difference"]["rows"]
    assert "<title>Reconciliation</title>" in report.read_text(encoding="utf-8")
    repaired = tillferry(*compare, "--repair", "--person", "Kerstin")
    # Z 1 is not in the source, so a difference remains.
    assert repaired.status == 3 and "2 closings completed or corrected" in repaired.out
    log = tillferry("office", "log", "--home", home, "--json")
    assert [record["action"] for record in log.json["records"]] == [
        "user_added",
        "till_approved",
        "closing_corrected",
        "closing_completed",
    ]
    assert log.json["whole"]
    assert log.json["records"][1]["person"].startswith("Kerstin (")


def test_backup_and_restore_on_a_new_machine(run: Run, tmp_path: Path) -> None:
    world = World(tmp_path)
    world.bring(export_of(tmp_path / "exports", days(1, 1)), accept_new_tills=True)
    file, key, new = tmp_path / "office.tfo", tmp_path / "key.txt", tmp_path / "new"
    home = world.office
    early = run("backup", "--home", home, "--to", file)
    assert early.status == 1 and "recovery_key_missing" in early.err
    assert tillferry("office", "recovery-key", "--home", home, "--out", key).status == 0
    assert "AGE-SECRET-KEY-1" in key.read_text(encoding="utf-8")
    assert run("health", "--home", home).status == 3
    made = tillferry("office", "backup", "--home", home, "--to", file, "--json")
    assert made.json["size_bytes"] == file.stat().st_size
    healthy = run("health", "--home", home, "--json").json
    assert healthy["backup_hours"] == 0 and "health_no_backup" not in healthy["warnings"]

    restore = ("restore", "--from", file, "--key", key, "--home")
    over = run(*restore, home)
    assert over.status == 1 and "home_not_empty" in over.err
    assert tillferry("office", *restore, new).status == 0
    checked = run("check", "--home", new, "--json")
    assert checked.json["closings"] == 1 and checked.json["faults"] == []


def test_a_conflict_is_decided(run: Run, tmp_path: Path) -> None:
    world = World(tmp_path)
    exports = tmp_path / "exports"
    world.bring(export_of(exports, days(1, 1, 2)), accept_new_tills=True)
    world.bring(export_of(exports, days(1, 1, 2, seed=2)))
    home = ("--home", world.office)
    shown = run("queue", *home)
    assert shown.status == 3 and "keep held, take delivered" in shown.out
    one, two = (entry["item"] for entry in run("queue", *home, "--json").json["waiting"])
    compared = run("compare", two, *home)
    assert compared.status == 0 and "UMS_BRUTTO: held" in compared.out
    assert run("compare", two, *home, "--json").json["difference"]["rows"]
    wrong = run("decide", one, "burn", *home, "--reason", "so")
    assert wrong.status == 1 and "decision_impossible" in wrong.err
    assert "reason_needed" in run("decide", one, "keep", *home, "--reason", " ").err
    assert run("decide", one, "keep", *home, "--reason", "edited").status == 0
    assert "take delivered" in run("decide", two, "take", *home, "--reason", "repaired").out
    assert run("queue", *home).out == "Nothing waits.\n"
    told = run("log", *home, "--last", "1")
    assert "delivered version taken" in told.out and "held version kept" not in told.out
    assert "unaltered: 2 entries" in told.out


def test_tills_and_outlets(run: Run, tmp_path: Path) -> None:
    world = World(tmp_path)
    world.bring(export_of(tmp_path / "exports", days(1, 1, 4)), accept_new_tills=True)
    till, home = serial(1), ("--home", world.office)
    assert run("outlet", "list", *home).out == "There are no outlets yet.\n"
    run("outlet", "save", "7", *home, "--name", "Hafen", "--without-stock")
    changed = run(
        *("till", "set", till, *home, "--name", "Bar", "--outlet", "7", "--kind", "online"),
        *("--silent-days", "3"),
    )
    assert changed.status == 0
    assert run("outlet", "list", *home, "--json").json["outlets"] == [
        {"outlet": "7", "name": "Hafen", "without_stock": True, "tills": [till]}
    ]
    assert "Hafen" in run("outlet", "list", *home).out
    assert run("till", "count", *home, "--json").json == {"stick": 0, "online": 1}
    assert "0 by stick, 1 online" in run("till", "count", *home).out
    assert "till_kind_invalid" in run("till", "set", till, *home, "--kind", "pigeon").err
    explain = ("till", "explain", till, *home, "--from-z", "2", "--to-z", "3")
    assert run(*explain, "--reason", "burnt").status == 0
    assert run("status", *home).status == 0
    assert run("till", "retire", till, *home, "--reason", "sold").status == 0
    assert run("till", "reinstate", till, *home, "--reason", "back").status == 0
    twice = run("till", "retire", till, *home, "--reason", "x", "--replaced-by", till)
    assert "till_cannot_follow" in twice.err
    assert "outlet_in_use" in run("outlet", "remove", "7", *home, "--reason", "closed").err
    run("till", "set", till, *home, "--outlet", "")
    assert run("outlet", "remove", "7", *home, "--reason", "closed").status == 0


def test_an_unknown_till_is_refused(run: Run, tmp_path: Path) -> None:
    world = World(tmp_path)
    world.bring(export_of(tmp_path / "exports", days(1, 1)))
    home = ("--home", world.office)
    assert "till_not_waiting" in run("till", "refuse", "x", *home, "--reason", "no").err
    assert "1 deliveries" in run("till", "refuse", serial(1), *home, "--reason", "no").out
    assert run("queue", *home).status == 0


def test_users(run: Run, tmp_path: Path) -> None:
    home = ("--home", World(tmp_path).office)
    assert run("user", "list", *home).out == "There are no users yet.\n"
    added = run("user", "add", "Kerstin", *home, "--role", "admin")
    assert added.status == 0 and "One-time password for Kerstin:" in added.out
    assert "role_invalid" in run("user", "add", "x", *home, "--role", "king").err
    assert run("user", "password", "kerstin", *home).out != added.out
    (user,) = run("user", "list", *home, "--json").json["users"]
    assert (user["name"], user["role"], user["must_change"]) == ("kerstin", "admin", True)
    assert "last_admin" in run("user", "remove", "kerstin", *home).err
    run("user", "add", "chef", *home, "--role", "admin")
    assert run("user", "role", "kerstin", *home, "--role", "auditor").status == 0
    assert "audit (read only)" in run("user", "list", *home).out
    assert run("user", "remove", "kerstin", *home).status == 0


def test_a_reconciliation_asked_for_wrongly(run: Run, tmp_path: Path) -> None:
    world = World(tmp_path)
    source = export_of(tmp_path / "exports", days(1, 1))
    home = ("--home", world.office)
    assert "since_invalid" in run("reconcile", source, *home, "--since", "May").err
    report = tmp_path / "there.html"
    report.touch()
    taken = run("reconcile", source, *home, "--since", "2026-01-01", "--report", report)
    assert taken.status == 1 and "target_exists" in taken.err
    world.bring(source, accept_new_tills=True)
    good = run("reconcile", source, *home, "--since", "2026-01-01")
    assert good.status == 0 and "Everything is identical." in good.out


def test_an_empty_log_says_so(run: Run, tmp_path: Path) -> None:
    home = World(tmp_path).office
    assert run("log", "--home", home).out == "The log is empty.\n"
    assert run("log", "--home", home, "--json").json["records"] == []
