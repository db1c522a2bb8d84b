"""Backup files: what goes in comes out, and nothing else does."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pyrage
import pytest
import zstandard

from tests.formats.golden.backup import GOLDEN, MEMBERS
from tillferry.errors import TillferryError
from tillferry.formats.backup import (
    BackupAbout,
    BackupFile,
    parse_backup_name,
    read_backup,
    write_backup,
)
from tillferry.formats.inspect import inspect_file
from tillferry.formats.recovery import (
    RECOVERY_FILE,
    ensure_recovery_key,
    read_identity,
    recovery_key_text,
    recovery_recipient,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "BACKUP_FORMAT.md"
INSTALLATION = "0123456789abcdef" * 2


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    ensure_recovery_key(folder)
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


def make(folder: Path, recipients: list[str], **members: bytes) -> BackupFile:
    sources = folder / "sources"
    sources.mkdir(exist_ok=True)
    for name, data in members.items():
        (sources / name).write_bytes(data)
    return write_backup(
        folder,
        [(f"some/{name}", sources / name) for name in members],
        BackupAbout("1001", INSTALLATION, 7, "2026-06-01T22:00:00+02:00", "tillferry 1"),
        recipients,
    )


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def code_of(path: Path, identity: pyrage.x25519.Identity, target: Path) -> str:
    with pytest.raises(TillferryError) as caught:
        read_backup(path, identity, target)
    return caught.value.code


def test_what_goes_in_comes_out(tmp_path: Path, keys: Path, target: Path) -> None:
    made = make(tmp_path, [recovery_recipient(keys)], a=b"one" * 100_000, b=b"")
    manifest = read_backup(made.path, read_identity(keys / RECOVERY_FILE), target)
    assert everything(target) == {"some/a": b"one" * 100_000, "some/b": b""}
    assert (manifest.customer_number, manifest.number) == ("1001", 7)


def test_head_office_can_open_it_too(tmp_path: Path, keys: Path, target: Path) -> None:
    office = pyrage.x25519.Identity.generate()
    made = make(tmp_path, [recovery_recipient(keys), str(office.to_public())], a=b"x")
    read_backup(made.path, office, target)
    assert everything(target) == {"some/a": b"x"}


def test_nobody_else_can_open_it(tmp_path: Path, keys: Path, target: Path) -> None:
    made = make(tmp_path, [recovery_recipient(keys)], a=b"secret")
    assert b"secret" not in made.path.read_bytes()
    assert code_of(made.path, pyrage.x25519.Identity.generate(), target) == "backup_key_wrong"


def test_the_name_tells_who_and_when_and_is_possible_on_a_stick(tmp_path: Path, keys: Path) -> None:
    made = make(tmp_path, [recovery_recipient(keys)], a=b"x")
    told = parse_backup_name(made.name)
    assert told is not None
    assert (told.customer_number, told.installation_start, told.number) == ("1001", "01234567", 7)
    assert made.sha256.startswith(told.hash_start)
    assert parse_backup_name("tf1-1001-000001-" + "0" * 32 + ".tfb") is None


@pytest.mark.parametrize("name", ["kept", "renamed"])
@pytest.mark.parametrize("place", [0.1, 0.5, 0.99])
def test_a_changed_byte_is_seen(
    tmp_path: Path, keys: Path, target: Path, place: float, name: str
) -> None:
    made = make(tmp_path, [recovery_recipient(keys)], a=bytes(range(256)) * 300)
    data = bytearray(made.path.read_bytes())
    data[int(len(data) * place)] ^= 1
    path = made.path if name == "kept" else tmp_path / "backup"
    path.write_bytes(data)
    code = code_of(path, read_identity(keys / RECOVERY_FILE), target)
    assert code in ("backup_damaged", "backup_key_wrong")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_torn_file_is_seen(tmp_path: Path, keys: Path, target: Path, share: float) -> None:
    made = make(tmp_path, [recovery_recipient(keys)], a=bytes(range(256)) * 300)
    data = made.path.read_bytes()
    torn = tmp_path / "torn"
    torn.write_bytes(data[: int(len(data) * share)])
    assert code_of(torn, read_identity(keys / RECOVERY_FILE), target) == "backup_damaged"


def crafted(tmp_path: Path, identity: pyrage.x25519.Identity, members: dict[str, bytes]) -> Path:
    """A backup that another program made."""
    plain = BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, BytesIO(data))
    packed = zstandard.ZstdCompressor().compress(plain.getvalue())
    path = tmp_path / "crafted.tfk"
    path.write_bytes(pyrage.encrypt(packed, [identity.to_public()]))
    return path


def manifest_of(**changes: object) -> dict[str, object]:
    value: dict[str, object] = {
        "format": "tillferry-sealed-folder",
        "version": 1,
        "about": {
            "kind": "tillferry till",
            "customer_number": "",
            "installation": INSTALLATION,
            "number": 1,
            "created_at": "2026-06-01T22:00:00+02:00",
            "program": "another",
        },
        "members": [],
    }
    return value | changes


def cases() -> Iterator[tuple[str, dict[str, bytes]]]:
    def with_members(*members: dict[str, object]) -> bytes:
        return json.dumps(manifest_of(members=list(members))).encode()

    one = {"name": "a", "size_bytes": 1, "sha256": "0" * 64}
    yield "backup_damaged", {"manifest.json": b"{}"}
    yield "backup_damaged", {"a": b"x"}
    yield "backup_damaged", {"manifest.json": with_members(one)}
    yield "backup_damaged", {"a": b"y", "manifest.json": with_members(one)}
    yield "backup_damaged", {"a": b"x", "manifest.json": with_members()}
    yield "backup_damaged", {"../a": b"x", "manifest.json": with_members(one | {"name": "../a"})}
    yield "backup_damaged", {"/a": b"x", "manifest.json": with_members(one | {"name": "/a"})}
    for about in ({}, {"kind": "tillferry office"}, {"kind": "tillferry till", "number": "x"}):
        yield "backup_damaged", {"manifest.json": json.dumps(manifest_of(about=about)).encode()}
    yield "backup_damaged", {"manifest.json": json.dumps(manifest_of(format="x")).encode()}
    yield "backup_version_newer", {"manifest.json": json.dumps(manifest_of(version=2)).encode()}


@pytest.mark.parametrize(("code", "members"), list(cases()))
def test_a_backup_that_is_not_what_it_says(
    tmp_path: Path, target: Path, code: str, members: dict[str, bytes]
) -> None:
    identity = pyrage.x25519.Identity.generate()
    assert code_of(crafted(tmp_path, identity, members), identity, target) == code
    assert set(tmp_path.iterdir()) == {target, tmp_path / "crafted.tfk"}


def test_a_newer_backup_is_known_by_its_name(tmp_path: Path, keys: Path, target: Path) -> None:
    made = make(tmp_path, [recovery_recipient(keys)], a=b"x")
    newer = made.path.rename(made.path.with_name(made.name.replace("tb1-", "tb2-")))
    assert code_of(newer, read_identity(keys / RECOVERY_FILE), target) == "backup_version_newer"


def test_a_full_disk_leaves_nothing(tmp_path: Path, keys: Path) -> None:
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from tillferry.formats.backup import BackupAbout, write_backup\n"
        "folder = Path(sys.argv[1])\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        "    about = BackupAbout('', '0' * 32, 1, '', '')\n"
        "    write_backup(folder, [('a', folder / 'a')], about, [sys.argv[2]])\n"
        "except OSError as error:\n"
        "    sys.exit(7)\n"
    )
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "a").write_bytes(hashlib.shake_256(b"full").digest(300_000))
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder), recovery_recipient(keys)], check=False
    )
    assert done.returncode == 7
    assert [path.name for path in folder.iterdir()] == ["a"]


def test_inspecting_a_backup_tells_its_outside(tmp_path: Path, keys: Path) -> None:
    made = make(tmp_path, [recovery_recipient(keys)], a=b"x")
    assert inspect_file(made.path) == {
        "kind": "backup",
        "version": 1,
        "name": made.name,
        "size_bytes": made.size_bytes,
        "sha256": made.sha256,
        "name_matches": True,
        "customer_number": "1001",
        "number": 7,
    }


# --- the recovery key ---------------------------------------------------------------------------


def test_the_recovery_key_is_made_once(keys: Path) -> None:
    text = recovery_key_text(keys)
    assert not ensure_recovery_key(keys)
    assert recovery_key_text(keys) == text


def test_a_key_that_was_typed_in_small_letters(tmp_path: Path, keys: Path) -> None:
    typed = tmp_path / "typed.txt"
    typed.write_text("\n# the till of the beach bar\n " + recovery_key_text(keys).lower() + "\n")
    assert str(read_identity(typed).to_public()) == recovery_recipient(keys)


@pytest.mark.parametrize("text", ["", "AGE-SECRET-KEY-1", "hello", "age1abc\nage1abc"])
def test_what_is_no_key(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key.txt"
    path.write_text(text)
    with pytest.raises(TillferryError, match="recovery_key_invalid"):
        read_identity(path)
    with pytest.raises(TillferryError, match="keys_missing"):
        read_identity(tmp_path / "none")


# --- old backups --------------------------------------------------------------------------------


def test_backups_of_version_1_can_be_read_for_ever(target: Path) -> None:
    (path,) = GOLDEN.glob("*.tfk")
    manifest = read_backup(path, read_identity(GOLDEN / "recovery.txt"), target)
    assert everything(target) == MEMBERS
    assert (manifest.installation, manifest.number) == (INSTALLATION, 7)
    (target / "again").mkdir()
    read_backup(path, read_identity(GOLDEN / "office.txt"), target / "again")


def test_standard_tools_open_and_verify_as_documented(tmp_path: Path) -> None:
    here = tmp_path / "here"
    shutil.copytree(GOLDEN, here)
    commands = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert len(commands) == 3
    for command in commands:
        subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=here, check=True)
    opened = everything(here / "opened")
    assert opened.pop("manifest.json")
    assert opened == MEMBERS
