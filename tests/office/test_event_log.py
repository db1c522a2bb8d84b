"""The event log: one JSON line an event, rotated, without secrets."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from pathlib import Path

import pytest

from tillferry.errors import TillferryError, all_texts
from tillferry.office import event_log
from tillferry.office.event_log import EventLog, last_events


def lines(home: Path) -> list[dict[str, str]]:
    text = (home / "log" / "office.log").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_an_event_is_one_line_of_json(tmp_path: Path) -> None:
    log = EventLog(tmp_path)
    log.info("copied", label="KASSE\n1", files=3)
    with pytest.raises(TillferryError), log.errors("not_imported"):
        raise TillferryError("office_busy", home="x")

    copied, failed = lines(tmp_path)

    assert datetime.fromisoformat(copied.pop("at")).tzinfo is not None
    assert copied == {"level": "info", "event": "copied", "label": "KASSE\n1", "files": "3"}
    assert (failed["level"], failed["event"], failed["code"]) == (
        "error",
        "not_imported",
        "office_busy",
    )


def test_secrets_and_long_values_do_not_get_in(tmp_path: Path) -> None:
    EventLog(tmp_path).info(
        "copied", old_password="tango", enrolment_secret="foxtrot", label="x" * 10_000
    )
    text = (tmp_path / "log" / "office.log").read_text("utf-8")
    assert "tango" not in text and "foxtrot" not in text and len(text) < 1_000


def test_full_files_move_on_and_the_oldest_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "MAX_BYTES", 1_000)
    log = EventLog(tmp_path)
    for number in range(200):
        log.info("copied", label=f"STICK{number}", files=1)
    files = sorted(path.name for path in (tmp_path / "log").glob("office.log*"))
    assert files == ["office.log", *(f"office.log.{n}" for n in range(1, event_log.KEPT + 1))]
    assert all(path.stat().st_size < 1_200 for path in (tmp_path / "log").glob("office.log*"))
    newest = last_events(tmp_path, 30)
    assert [event.params["label"] for event in newest] == [f"STICK{n}" for n in range(199, 169, -1)]


def test_several_write_at_once_and_no_line_is_torn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "MAX_BYTES", 10_000)

    def work(who: int) -> None:
        log = EventLog(tmp_path)
        for number in range(50):
            log.info("copied", label=f"{who}-{number}", files=1)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({event.params["label"] for event in last_events(tmp_path, 1_000)}) == 200


def test_reading_filters_and_passes_over_what_is_no_event(tmp_path: Path) -> None:
    assert last_events(tmp_path, 10) == ()
    log = EventLog(tmp_path)
    log.info("copied", label="a", files=1)
    log.warning("waits", till="1001", z_nr=3, state="conflict", code="x", source="b")
    log.error("not_copied", TillferryError("carrier_gone", carrier="c"), label="c")
    with (tmp_path / "log" / "office.log").open("a") as file:
        file.write('nonsense\n[1]\n{"at": "yesterday", "level": "info", "event": "x"}\n')
    assert [event.name for event in last_events(tmp_path, 10)] == ["not_copied", "waits", "copied"]
    assert [event.name for event in last_events(tmp_path, 10, "warning")] == ["not_copied", "waits"]
    assert [event.name for event in last_events(tmp_path, 1, "error")] == ["not_copied"]


def test_a_disk_that_refuses_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("in the way")
    EventLog(tmp_path).info("copied", label="a", files=1)
    assert last_events(tmp_path, 10) == ()


def test_every_event_has_its_words() -> None:
    said = {code for code in all_texts() if code.startswith("event_")}
    source = Path(event_log.__file__).parent.parent
    written = {
        f"event_{name}" for path in source.rglob("*.py") for name in _names(path.read_text("utf-8"))
    }
    assert written == said


def _names(text: str) -> set[str]:
    import re

    return set(re.findall(r"(?:log|events)\.(?:info|warning|error|errors)\(\s*\"(\w+)\"", text))
