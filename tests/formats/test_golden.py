"""Files of released versions stay readable, and what the documentation says of them is true."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from datetime import date
from pathlib import Path

import pytest

from tests.formats.bundles import CREATED_AT, INSTALLATION, OFFICE, SECRET, TILL, read_all
from tests.formats.golden.content import ENROLMENT, LETTER
from tillferry.closing.digest import part_digests
from tillferry.closing.model import ClosingHead
from tillferry.closing.tables import TABLES, Kind
from tillferry.errors import TillferryError
from tillferry.formats.bundle import parse_name
from tillferry.formats.documents import parse_letter_name, read_enrolment, read_letter
from tillferry.formats.dsfinvk.pack import PackContent, read_packs
from tillferry.formats.inspect import inspect_file
from tillferry.formats.keys import proof_is_right

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
V1 = GOLDEN / "v1"
DIGESTS = [
    {
        "bookings": "0bc655ec6be03a5e828cb874578fb6dca5c63bad8fc8aab2d3e863452f0a592d",
        "time": "71e52d980eb493379a62a4b1341cfbeb01a422679a3cb3b4664a6d355f70915d",
        "stock": "e4e0ccae7e87e44ceda83ae442629851b6a139fa1f6043addf3e9f3d20c66bf8",
    },
    {"bookings": "426944bec2c43e65894537c9f59508f3fd5c7eca673a0c5d9d9d84d6fc681eac"},
]
DOCUMENT = ROOT / "docs" / "BUNDLE_FORMAT.md"


def only(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


def test_the_bundle_of_version_1_is_readable(tmp_path: Path) -> None:
    path = only(V1, "*.tfb")
    manifest, found = read_all(path, tmp_path)
    assert parse_name(path.name).sequence == manifest.bundle_sequence == 7
    assert (manifest.customer_number, manifest.recipient) == ("1001", "1000")
    assert (manifest.previous_sha256, manifest.created_at) == ("ab" * 32, CREATED_AT)
    assert manifest.public_key == TILL.public_key
    assert proof_is_right(manifest.proof, SECRET, TILL.public_key, INSTALLATION)
    assert [closing.head for closing, _ in found] == [
        ClosingHead(
            taxpayer="123/456/7890",
            serial="SER-1",
            z_kasse_id="K1",
            z_erstellung="2026-07-01T22:00:00+02:00",
            z_nr=z_nr,
            business_day=date(2026, 7, 1),
            parts=parts,
        )
        for z_nr, parts in ((41, ("bookings", "time", "stock")), (42, ("bookings",)))
    ]
    assert [dict(closing.digests) for closing, _ in found] == DIGESTS
    assert found[0][0].rows["lines"] == 6
    for closing, data in found:
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            names = set(tar.getnames())
        assert names >= {"index.xml"} | {f"{name}.csv" for name in closing.rows}


def test_the_closings_of_version_1_have_the_digests_they_had(tmp_path: Path) -> None:
    _, found = read_all(only(V1, "*.tfb"), tmp_path)
    batch = read_packs([PackContent(closing.head, closing.rows, data) for closing, data in found])
    assert [dict(digests) for digests in part_digests(batch)] == DIGESTS


def test_the_letter_of_version_1_is_readable() -> None:
    path = only(V1, "*.tfl")
    assert parse_letter_name(path.name).sequence == 17
    assert read_letter(path, office_key=OFFICE.public_key, customer_number="1001") == LETTER


def test_the_enrolment_of_version_1_is_readable() -> None:
    assert read_enrolment(V1 / "enrolment.json") == ENROLMENT


def test_all_golden_files_can_be_inspected() -> None:
    kinds = []
    for path in sorted(V1.iterdir()):
        try:
            kinds.append(inspect_file(path, OFFICE)["kind"])
        except TillferryError as error:
            kinds.append(error.code)
    assert kinds == ["enrolment", "file_of_unknown_kind", "bundle", "letter"]


# --- the documentation --------------------------------------------------------------------------


def commands() -> list[str]:
    """The shell blocks of the documentation, in their order."""
    return re.findall(r"^```sh\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("tool", ["age", "tar", "zstd", "sha256sum", "openssl", "basenc"])
def test_the_standard_tools_are_installed(tool: str) -> None:
    assert shutil.which(tool), f"{tool} is not installed: .ci/run names the packages"


def test_standard_tools_open_and_verify_as_documented(tmp_path: Path) -> None:
    folder = tmp_path / "golden"
    shutil.copytree(V1, folder)
    shown = []
    for command in commands():
        done = run(command, folder)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        shown.append(done.stdout)
    assert len(shown) == 6
    assert shown[0] == "whole\n"
    assert "Signature Verified Successfully" in shown[2]
    assert shown[3].splitlines() == [f"closings/{z:09d}.tar.zst: OK" for z in (41, 42)]
    assert shown[4].splitlines() == [f"closings/{z:09d}/index.xml" for z in (41, 42)]
    assert shown[5].count("Signature Verified Successfully") == 2


@pytest.mark.parametrize(
    ("step", "file"),
    [
        (0, "*.tfb"),
        (2, "opened/manifest.json"),
        (3, "opened/closings/000000042.tar.zst"),
        (5, "*.tfl"),
    ],
)
def test_standard_tools_notice_damage_as_documented(tmp_path: Path, step: int, file: str) -> None:
    folder = tmp_path / "golden"
    shutil.copytree(V1, folder)
    blocks = commands()
    assert run(blocks[1], folder).returncode == 0
    victim = only(folder, file)
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    assert run(blocks[step], folder).returncode != 0


def test_the_documentation_names_every_table_as_it_is() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (bookings|time|stock) \| (.*?) \| (.*?) \|$",
        DOCUMENT.read_text("utf-8"),
        re.MULTILINE,
    )
    assert [
        (name, part, re.findall(r"`(\w+)`", key), re.findall(r"`(\w+)`", times))
        for name, part, key, times in rows
    ] == [
        (
            table.name,
            table.part,
            list(table.key),
            [column.name for column in table.columns if column.kind is Kind.TIME],
        )
        for table in TABLES
    ]
