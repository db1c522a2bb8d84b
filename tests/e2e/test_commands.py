"""Every command as a process: what it says, to people and to programs, and how it exits."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest

from tests.e2e.command import Done, Running, environment, tillferry, words
from tillferry.cli import run
from tillferry.formats.dsfinvk.write import write_export
from tillferry.sample import sample_batch, serial, write_sample
from tillferry.wiring.office import check, init_office, opened_office

RECEIPTS = 4
STATES = ["imported", "already_present", "incomplete", "conflict", "unknown_till", "rejected"]
ITEM = {"source", "till", "z_nr", "business_day", "state", "receipts", "gross", "findings"}
FINDING = {"code", "severity", "message", "file", "line"}


@dataclass(frozen=True)
class Story:
    """A head office, a till and some exports, and what each command of the story said."""

    folder: Path
    told: dict[str, Done]

    @property
    def home(self) -> Path:
        return self.folder / "office"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Two tills with exports, one of them with Tillferry; the other one's last day is torn."""
    folder = tmp_path_factory.mktemp("story")
    told: dict[str, Done] = {}
    home, till, exports, stick = (folder / name for name in ("office", "till", "exports", "stick"))
    stick.mkdir()
    size = ("--tills", "2", "--days", "2", "--receipts", str(RECEIPTS), "--seed", "1")

    def step(name: str, *arguments: str | Path, **env: str) -> Done:
        told[name] = tillferry(*arguments, **env)
        return told[name]

    step("sample", "sample", exports, *size)
    write_sample(
        folder / "whole",
        tills=2,
        days=2,
        receipts=RECEIPTS,
        seed=1,
        whole=True,
        write_export=write_export,
    )
    step(
        "init",
        *("office", "init", "--home", home, "--customer-number", "1000", "--name", "Zentrale"),
    )
    step(
        "enrol",
        *("office", "enrol", "--home", home, "--customer-number", "1001", "--name", "Strandbar"),
        *("--out", folder / "nord.enrolment"),
    )
    step(
        "till init",
        *("till", "init", "--home", till, "--enrolment", folder / "nord.enrolment"),
        *("--serial", serial(1)),
    )
    days = sorted((exports / "till-01").iterdir())
    step("send", "till", "send", "--home", till, "--stick", stick, "--json", *days)
    step("import", "office", "import", stick, "--home", home, "--json")
    step("import again", "office", "import", "--lang", "de", stick, "--home", home)
    step("send again", "till", "send", "--home", till, "--stick", stick, TILLFERRY_LANG="de")
    first, last = sorted((exports / "till-02").iterdir())
    step("unknown", "office", "import", first, "--home", home, "--json", "--lang", "de")
    step("accepted", "office", "import", first, "--home", home, "--json", "--accept-new-tills")
    tear(last, folder / "torn.zip")
    step("torn", "office", "import", folder / "torn.zip", "--home", home, "--json")
    step("status", "office", "status", "--home", home, "--json")
    step("whole import", "office", "import", folder / "whole", "--home", home, "--json")
    step("status of people", "office", "status", "--home", home, "--lang=de")
    step("export", "office", "export", folder / "out.zip", "--home", home, "--till", serial(1))
    step("check", "office", "check", "--home", home, "--json")
    step("inspect", "inspect", folder / "out.zip", "--json")
    sent = told["send"].json["bundle"]
    bundle = folder / sent["name"]
    shutil.copyfile(home / "archive" / sent["sha256"][:2] / sent["sha256"], bundle)
    step("inspect bundle", "inspect", bundle, "--home", home, "--json")
    return Story(folder, told)


def tear(export: Path, target: Path) -> None:
    """Copy a ZIP as an interrupted copy would leave its content: the last lines are cut off."""
    with zipfile.ZipFile(export) as whole, zipfile.ZipFile(target, "w") as torn:
        for name in whole.namelist():
            data = whole.read(name)
            if name == "transactions.csv":
                data = data[: data.rindex(b"\n", 0, len(data) * 2 // 3) + 1]
            torn.writestr(name, data)


def gross(till: int, day: int) -> str:
    """What the till took in receipts of BON_TYP Beleg, as a decimal string."""
    rows = sample_batch(till, day, RECEIPTS, 1).table("transactions")
    of_receipts = rows.filter(pc.equal(rows["bon_typ"], "Beleg"))
    cents = pc.sum(of_receipts["ums_brutto"]).as_py()
    return f"{cents // 100}.{cents % 100:02d}"


def figures(done: Done) -> list[tuple[Any, ...]]:
    return [
        (item["till"], item["z_nr"], item["state"], item["receipts"], item["gross"])
        for item in done.json["items"]
    ]


# --- the story ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "status"),
    [
        *((name, 0) for name in ("sample", "init", "enrol", "till init", "send")),
        *((name, 0) for name in ("import", "import again", "send again", "accepted")),
        *((name, 0) for name in ("whole import", "export", "check", "inspect", "inspect bundle")),
        *((name, 0) for name in ("status of people",)),
        *((name, 3) for name in ("unknown", "torn", "status")),
    ],
)
def test_exit_status_says_whether_something_waits(story: Story, step: str, status: int) -> None:
    assert story.told[step].status == status, story.told[step]


def test_no_command_shows_bars_or_colours_in_a_pipe(story: Story) -> None:
    for name, done in story.told.items():
        assert "\x1b" not in done.out + done.err, name
        assert "\r" not in done.out + done.err, name
        assert "━" not in done.out + done.err, name


def test_sample_writes_an_export_for_each_till_and_day_or_one_for_each_till(story: Story) -> None:
    exports = story.folder / "exports"
    assert sorted(path.relative_to(exports).as_posix() for path in exports.rglob("*.zip")) == [
        f"till-0{till}/2026-10-{day}.zip" for till in (1, 2) for day in (19, 20)
    ]
    assert sorted(path.name for path in (story.folder / "whole").iterdir()) == [
        "till-01.zip",
        "till-02.zip",
    ]


def test_send_says_as_json_what_left_and_that_the_stick_may_go(story: Story) -> None:
    sent = story.told["send"].json
    assert [export["taken"] for export in sent["exports"]] == [[1], [2]]
    assert sent["bundle"]["closings"] == [1, 2]
    assert sent["bundle"]["sequence"] == 1
    assert sent["waiting"] == [1, 2]
    assert sent["acknowledged"] is None
    assert sent["may_be_removed"] is True
    again = story.told["send again"]
    assert "1-2" in again.out
    assert "darf jetzt entfernt werden" in again.err


def test_import_says_as_json_what_became_of_each_closing(story: Story) -> None:
    done = story.told["import"]
    assert set(done.json) == {"items", "totals"}
    assert figures(done) == [("1001", day, "imported", RECEIPTS, gross(1, day)) for day in (1, 2)]
    for item in done.json["items"]:
        assert set(item) == ITEM
        assert re.fullmatch(r"-?\d+\.\d\d", item["gross"])
        assert item["source"].endswith(".tfb")
    assert [item["business_day"] for item in done.json["items"]] == ["2026-10-19", "2026-10-20"]
    assert done.json["totals"] == {**dict.fromkeys(STATES, 0), "imported": 2}
    assert list(done.json["totals"]) == STATES
    assert "The stick may be removed" in done.err
    assert "acknowledgement written for 1001" in done.err


def test_import_again_says_to_people_that_all_is_there(story: Story) -> None:
    done = story.told["import again"]
    assert "bereits vorhanden" in done.out
    assert "19.10.2026" in done.out
    assert gross(1, 1).replace(".", ",") in done.out
    assert "darf entfernt werden" in done.err


def test_unknown_till_waits_and_says_why_until_it_is_accepted(story: Story) -> None:
    done = story.told["unknown"]
    assert figures(done) == [(serial(2), 1, "unknown_till", RECEIPTS, gross(2, 1))]
    (finding, *_) = done.json["items"][0]["findings"]
    assert set(finding) >= FINDING
    assert (finding["code"], finding["severity"]) == ("till_unknown", "warning")
    assert "nicht bekannt" in finding["message"]
    accepted = {item["state"] for item in story.told["accepted"].json["items"]}
    assert accepted <= {"imported", "already_present"}
    assert "imported" in accepted


def test_torn_export_is_incomplete_and_names_file_and_line(story: Story) -> None:
    done = story.told["torn"]
    (item,) = done.json["items"]
    assert (item["till"], item["z_nr"], item["state"]) == (serial(2), 2, "incomplete")
    assert done.json["totals"]["incomplete"] == 1
    grave = [entry for entry in item["findings"] if entry["severity"] == "incomplete"]
    assert any(entry["file"] == "lines.csv" and entry["line"] > 1 for entry in grave)
    assert all(isinstance(entry["line"], int) and entry["message"] for entry in grave)


def test_whole_period_replaces_what_was_torn_and_knows_the_rest(story: Story) -> None:
    assert figures(story.told["whole import"]) == [
        (label, day, state, RECEIPTS, gross(till, day))
        for till, label, second in ((1, "1001", "already_present"), (2, serial(2), "imported"))
        for day, state in (
            (1, "already_present"),
            (2, "already_present" if till == 1 else "imported"),
        )
    ]


def test_status_says_what_waits_and_then_that_nothing_does(story: Story) -> None:
    found = story.told["status"].json
    first, second = found["tills"]
    assert (first["till"], first["serial"], first["name"]) == ("1001", serial(1), "Strandbar")
    assert (first["last_z_nr"], first["last_business_day"]) == (2, "2026-10-20")
    assert (first["missing"], first["waiting"], first["days_silent"]) == ([], [], 0)
    assert second["serial"] == serial(2)
    assert second["waiting"] == [{"z_nr": 2, "state": "incomplete"}]
    assert found["unknown"] == 0
    text = story.told["status of people"].out
    assert "Strandbar" in text and "20.10.2026" in text


def test_export_and_inspect_show_the_closings_of_one_till(story: Story) -> None:
    assert [
        (closing["serial"], closing["z_nr"], closing["receipts"])
        for closing in story.told["inspect"].json["closings"]
    ] == [(serial(1), 1, RECEIPTS), (serial(1), 2, RECEIPTS)]


def test_check_is_clean_and_finds_what_was_altered(story: Story, tmp_path: Path) -> None:
    clean = story.told["check"].json
    assert clean["closings"] == 4
    assert clean["faults"] == []
    copy = tmp_path / "office"
    shutil.copytree(story.home, copy)
    kept = next(iter(sorted((copy / "archive").glob("??/*"))))
    kept.write_bytes(kept.read_bytes()[:-1] + b"!")
    done = tillferry("office", "check", "--home", copy, "--json")
    assert done.status == 3
    assert ("archive_file_altered", kept.name) in [
        (fault["code"], fault["file"]) for fault in done.json["faults"]
    ]


def test_inspect_shows_what_is_sealed_to_who_has_the_keys(story: Story) -> None:
    found = story.told["inspect bundle"].json
    sent = story.told["send"].json["bundle"]
    assert (found["kind"], found["name"]) == ("bundle", sent["name"])
    assert "1001" in str(found) and sent["sha256"] in str(found)
    assert serial(1) in str(found)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_import_shows_bars_on_a_terminal_and_clean_json_beside(story: Story) -> None:
    import pty

    terminal, side = pty.openpty()
    command = words("office", "import", story.folder / "whole", "--home", story.home, "--json")
    with subprocess.Popen(
        command,
        env=environment(TERM="xterm", COLUMNS="100"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=side,
        encoding="utf-8",
    ) as process:
        os.close(side)
        shown = b""
        with contextlib.suppress(OSError):  # the terminal ends with the last who writes to it
            while block := os.read(terminal, 65536):
                shown += block
        os.close(terminal)
        assert process.stdout is not None
        out = process.stdout.read()
    assert process.returncode == 0
    assert json.loads(out)["totals"]["already_present"] == 4
    assert "━".encode() in shown and b"\x1b[" in shown
    assert b"may be removed" in shown


# --- wrong use ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["office", "status", "--home", "x", "--wrong"], 2, '"--wrong"'),
        (["office", "import", "x", "--home", "x", "--lang", "fr"], 2, '"fr"'),
        (["--lang", "de", "office", "status"], 2, "Es fehlt: --home"),
        (["till", "send", "--home", "missing", "--stick", "."], 1, "till_home_not_found"),
    ],
)
def test_wrong_use_and_what_cannot_run_have_their_own_status(
    arguments: list[str], status: int, text: str
) -> None:
    done = tillferry(*arguments)
    assert (done.status, done.out) == (status, ""), done
    assert text in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["office", "import", "--home", "x"], 2, "Missing: PATH"),
        (["office", "nothing"], 2, "nothing"),
        (["sample", "x", "--tills", "0"], 2, "--tills"),
        (["sample", "x", "--tills", "three"], 2, "--tills"),
        (["office", "status", "--home", "missing"], 1, "office_home_not_found"),
        (["inspect", "missing.zip"], 1, "path_not_found"),
    ],
)
def test_more_of_it_in_this_process(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    status: int,
    text: str,
) -> None:
    monkeypatch.setenv("TILLFERRY_LANG", "en")
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == status
    shown = capsys.readouterr()
    assert shown.out == ""
    assert text in shown.err


def test_path_that_is_not_there_does_not_hold_up_the_others(story: Story) -> None:
    export = story.folder / "whole" / "till-01.zip"
    done = tillferry(
        "office", "import", story.folder / "nowhere", export, "--home", story.home, "--json"
    )
    assert done.status == 1
    assert "path_not_found" in done.err
    assert done.json["totals"]["already_present"] == 2


def test_database_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    done = tillferry(
        *("office", "init", "--home", tmp_path / "office", "--customer-number", "1000"),
        *("--name", "Zentrale", "--database", "postgresql://127.0.0.1:1/nothing"),
    )
    assert done.status == 1
    assert "journal_unreachable" in done.err
    assert "Traceback" not in done.err


# --- interrupted --------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--version"], ["inspect", "--json"]])
def test_reader_that_has_seen_enough_is_no_crash(story: Story, arguments: list[str]) -> None:
    if arguments[0] == "inspect":
        arguments = [*arguments, str(story.folder / "whole" / "till-01.zip")]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            words(*arguments),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    finally:
        os.close(writing)
    assert done.returncode == 1
    assert done.stderr == ""


def test_import_that_was_interrupted_goes_on_the_next_time(story: Story, tmp_path: Path) -> None:
    exports, home = tmp_path / "exports", tmp_path / "office"
    write_sample(
        exports, tills=2, days=20, receipts=30, seed=1, whole=True, write_export=write_export
    )
    init_office(home, "1", "Zentrale", "")
    with Running(
        *("office", "import", exports, "--home", home, "--accept-new-tills", "--json")
    ) as running:
        running.wait_for("may be removed")
        running.signal(signal.SIGINT)
        assert running.end() == 130, running.said
    assert "Interrupted" in running.said
    assert "Traceback" not in running.said
    shutil.rmtree(exports)
    exports.mkdir()
    again = tillferry("office", "import", exports, "--home", home, "--accept-new-tills", "--json")
    assert again.status == 0, again
    closings = {(item["till"], item["z_nr"]) for item in again.json["items"]}
    assert len(closings) == len(again.json["items"]) == 40
    with opened_office(home, read_only=True) as opened:
        assert check(opened).faults == ()
