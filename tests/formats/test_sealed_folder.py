"""A folder as one encrypted file: whole, durable, checked, streamed."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pyrage
import pytest
import zstandard

from tillferry.errors import TillferryError
from tillferry.formats.sealed_folder import check_sealed, seal_folder, unseal_folder

KEY = pyrage.x25519.Identity.generate()
RECIPIENT = str(KEY.to_public())


def members(folder: Path) -> list[tuple[str, Path]]:
    folder.mkdir(exist_ok=True)
    made = []
    for name, data in (("empty", b""), ("a/b.txt", b"text" * 5), ("big", os.urandom(3 << 20))):
        path = folder / name.replace("/", "_")
        path.write_bytes(data)
        made.append((name, path))
    return made


def test_members_come_back_with_their_hashes(tmp_path: Path) -> None:
    given = members(tmp_path / "in")
    told: list[tuple[int, int]] = []

    sealed = seal_folder(
        tmp_path / "x.age",
        given,
        {"kind": "ü"},
        RECIPIENT,
        total_bytes=sum(path.stat().st_size for _, path in given),
        progress=lambda done, total: told.append((done, total)),
    )

    assert check_sealed(tmp_path / "x.age", KEY) == sealed.manifest
    assert unseal_folder(tmp_path / "x.age", KEY, tmp_path / "out", ("a/",)) == sealed.manifest
    assert sorted(p.name for p in (tmp_path / "out").rglob("*")) == ["big", "empty"]
    assert (tmp_path / "out/big").read_bytes() == given[2][1].read_bytes()
    assert sealed.manifest.about == {"kind": "ü"} and told[-1][0] == told[-1][1]
    assert sorted(tmp_path.iterdir()) == [tmp_path / "in", tmp_path / "out", tmp_path / "x.age"]


@pytest.mark.parametrize("failing", ["source", "target"])
def test_where_a_disk_fails_nothing_is_left(
    tmp_path: Path, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = members(tmp_path / "in")
    target = tmp_path / "x.age"
    if failing == "source":
        given.append(("gone", tmp_path / "gone"))
    else:
        real = Path.open

        def full(self: Path, *arguments: str, **more: str) -> object:
            if self.name.startswith(".tmp-"):
                real(self, *arguments, **more).close()  # type: ignore[call-overload]
                return open("/dev/full", "wb", buffering=0)  # noqa: PTH123
            return real(self, *arguments, **more)  # type: ignore[call-overload]

        monkeypatch.setattr(Path, "open", full)

    with pytest.raises(OSError):
        seal_folder(target, given, {}, RECIPIENT)

    assert not target.exists() and list(tmp_path.glob(".tmp-*")) == []


def test_what_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x"
    for data in (b"", b"text", pyrage.encrypt(b"no tar", [KEY.to_public()])):
        file.write_bytes(data)
        with pytest.raises(TillferryError) as error:
            check_sealed(file, KEY)
        assert error.value.code == "backup_damaged"
    with pytest.raises(TillferryError) as error:
        seal_folder(file, [], {}, RECIPIENT)
    assert error.value.code == "target_exists"


def crafted(path: Path, size: int, name: str = "journal/journal.sqlite") -> None:
    """A file of a few kilobytes whose one member unpacks to ``size`` bytes."""
    entry = tarfile.TarInfo(name)
    entry.size = size
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    packed = packer.compress(entry.tobuf(tarfile.GNU_FORMAT))
    for _ in range(0, size, 1 << 20):
        packed += packer.compress(bytes(1 << 20))
    packed += packer.flush()
    path.write_bytes(pyrage.encrypt(packed, [KEY.to_public()]))


def test_a_small_file_cannot_fill_the_disk(tmp_path: Path) -> None:
    file, out = tmp_path / "x.age", tmp_path / "out"
    crafted(file, 300 << 20)
    assert file.stat().st_size < 100_000

    with pytest.raises(TillferryError) as error:
        unseal_folder(file, KEY, out)

    assert error.value.code == "backup_unpacks_too_large"
    assert error.value.params["limit"] == "256"
    assert not out.exists() or list(out.rglob("*")) == []


def test_what_lies_behind_the_manifest_is_bounded_too(tmp_path: Path) -> None:
    file = tmp_path / "x.age"
    seal_folder(file, members(tmp_path / "in"), {}, RECIPIENT)
    plain = (
        zstandard.ZstdDecompressor()
        .decompressobj()
        .decompress(pyrage.decrypt(file.read_bytes(), [KEY]))
    )
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    packed = packer.compress(plain)
    for _ in range(1000):
        packed += packer.compress(bytes(1 << 20))
    packed += packer.flush()
    file.write_bytes(pyrage.encrypt(packed, [KEY.to_public()]))

    with pytest.raises(TillferryError) as error:
        check_sealed(file, KEY)

    assert error.value.code == "backup_unpacks_too_large"


def test_a_header_without_end_is_damage(tmp_path: Path) -> None:
    file = tmp_path / "x.age"
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 1 << 30
    packed = zstandard.ZstdCompressor().compress(entry.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 20))
    file.write_bytes(pyrage.encrypt(packed, [KEY.to_public()]))

    with pytest.raises(TillferryError) as error:
        check_sealed(file, KEY)

    assert error.value.code == "backup_damaged"
