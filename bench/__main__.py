"""``make bench``: everything that docs/PERFORMANCE.md promises, side by side.

``python -m bench [--rounds N] [--only NAME...] [--ten] [--work DIR]``
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import figures, lists, peers, till
from bench.data import (
    LARGE,
    SMALL,
    Shape,
    journal_csvs,
    make_office,
    plain_csvs,
    seal_bundles,
    write_days,
)
from bench.measure import Cost, apart, middle, tillferry

Rows = Iterator[tuple[str, Cost]]


class Bench:
    """Prepared data and the measured commands."""

    def __init__(self, work: Path, rounds: int) -> None:
        self.work = work
        self.rounds = rounds
        self.costs: dict[str, Cost] = {}
        self.aside = work / "aside"
        self.aside.mkdir(parents=True, exist_ok=True)

    def note(self, name: str, cost: Cost) -> Cost:
        self.costs[name] = cost
        print(
            f"{name:<58} {cost.wall_s:8.2f} s {cost.cpu_s:8.2f} s CPU {cost.peak_mb:7.0f} MB",
            flush=True,
        )
        return cost

    def ratio(self, name: str, value: float, bound: str) -> None:
        print(f"{'= ' + name:<58} {value:8.2f}   ({bound})", flush=True)

    def medians(self, work: Callable[[], Cost]) -> Cost:
        return middle([work() for _ in range(self.rounds)])

    # --- preparation ---

    def sealed(self, name: str, closings_per_bundle: int, repeat: int = 1) -> Path:
        folder = self.work / name
        if not folder.exists():
            shape = SMALL if name == "small" else LARGE
            apart(make_office, folder)
            apart(seal_bundles, folder, shape, closings_per_bundle, repeat)
            shutil.copytree(folder / "office", folder / "office-empty")
        return folder

    def import_once(self, folder: Path) -> Cost:
        # Files that were deleted a moment ago slow down creating others: ext4 passes their places
        # over. So what was used is put aside and deleted at the end.
        aside = self.aside / f"{folder.name}-{len(list(self.aside.iterdir()))}"
        (folder / "office").rename(aside)
        shutil.copytree(folder / "office-empty", folder / "office")
        shutil.rmtree(folder / "stick" / "Tillferry" / "letters", ignore_errors=True)
        return tillferry(
            "office", "import", str(folder / "stick"), "--home", str(folder / "office"), "--json"
        )

    # --- what is measured ---

    def large(self) -> None:
        folder = self.sealed("large", LARGE.closings)
        first = self.note(
            "import a sealed bundle of 200,100 receipts",
            self.medians(lambda: self.import_once(folder)),
        )
        again = self.note(
            "... the same delivery again",
            self.medians(
                lambda: tillferry(
                    "office",
                    "import",
                    str(folder / "stick"),
                    "--home",
                    str(folder / "office"),
                    "--json",
                )
            ),
        )
        self.ratio("again / first", again.wall_s / first.wall_s, "at most 0.15")

    def peers(self) -> None:
        folder = self.sealed("large", LARGE.closings)
        csvs = self.work / "plain"
        if not csvs.exists():
            apart(plain_csvs, csvs, LARGE)
        plain = self.note(
            "sqlite3 .import of the plain CSVs, indexed tables",
            self.medians(lambda: peers.import_plain_csvs(csvs, self.work / "plain.sqlite")),
        )
        rows = self.work / "rows"
        if not rows.exists():
            self.import_once(folder)
            apart(journal_csvs, folder / "office" / "journal.sqlite", rows)
        own = self.note(
            "sqlite3 .import of the journal's rows into its tables",
            self.medians(lambda: peers.import_journal_rows(rows, self.work / "rows.sqlite")),
        )
        first = self.costs.get("import a sealed bundle of 200,100 receipts")
        if first is not None:
            self.ratio(
                "sealed bundle / .import of the plain CSVs",
                first.wall_s / plain.wall_s,
                "at most 0.7",
            )
            self.ratio(
                "sealed bundle / .import of the journal's rows",
                first.wall_s / own.wall_s,
                "for comparison",
            )

    def utils(self) -> None:
        csvs = self.work / "plain"
        if not csvs.exists():
            apart(plain_csvs, csvs, LARGE)
        cost = self.note(
            "sqlite-utils insert of the plain CSVs",
            peers.import_with_sqlite_utils(csvs, self.work / "utils.sqlite"),
        )
        first = self.costs.get("import a sealed bundle of 200,100 receipts")
        if first is not None:
            self.ratio("sqlite-utils / sealed bundle", cost.wall_s / first.wall_s, "at least 8")

    def small(self) -> None:
        folder = self.sealed("small", 1)
        cost = self.note(
            "import 2,000 bundles of 100 receipts", self.medians(lambda: self.import_once(folder))
        )
        first = self.costs.get("import a sealed bundle of 200,100 receipts")
        if first is not None:
            per_small = cost.wall_s / (SMALL.closings * SMALL.receipts)
            per_large = first.wall_s / (LARGE.closings * LARGE.receipts)
            self.ratio("per receipt, small / large", per_small / per_large, "at most 1.5")

    def send(self) -> None:
        folder = self.work / "send"
        shutil.rmtree(folder, ignore_errors=True)
        apart(make_office, folder)
        shutil.copytree(folder / "till", folder / "till-empty")
        apart(write_days, folder / "day.zip", Shape(1, 300))

        def once() -> Cost:
            shutil.rmtree(folder / "till")
            shutil.copytree(folder / "till-empty", folder / "till")
            shutil.rmtree(folder / "stick", ignore_errors=True)
            (folder / "stick").mkdir()
            return tillferry(
                "till",
                "send",
                "--home",
                str(folder / "till"),
                "--stick",
                str(folder / "stick"),
                str(folder / "day.zip"),
            )

        once()
        cost = self.note("till send of one day of 300 receipts", self.medians(once))
        self.ratio("processor seconds", cost.cpu_s, "under 1")

    def till(self) -> None:
        apart(till.main)

    def lists(self) -> None:
        apart(lists.main)

    def figures(self) -> None:
        apart(figures.main, self.work)

    def ten(self) -> None:
        folder = self.sealed("ten", LARGE.closings * 10, repeat=10)
        cost = self.note("import a sealed bundle ten times as large", self.import_once(folder))
        self.ratio("peak memory in MB", cost.peak_mb, "at most 600")

    def whole_export(self) -> None:
        folder = self.work / "export"
        if not folder.exists():
            apart(make_office, folder)
            shutil.copytree(folder / "office", folder / "office-empty")
            apart(write_days, folder / "whole.zip", LARGE)

        def once() -> Cost:
            shutil.rmtree(folder / "office")
            shutil.copytree(folder / "office-empty", folder / "office")
            return tillferry(
                "office",
                "import",
                str(folder / "whole.zip"),
                "--home",
                str(folder / "office"),
                "--accept-new-tills",
                "--json",
            )

        self.note("import a plain export of 200,100 receipts (ZIP)", self.medians(once))


def main() -> None:
    """Measure and print."""
    names = ("large", "peers", "utils", "small", "send", "whole_export", "till", "lists", "figures")
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=names, default=[])
    parser.add_argument("--ten", action="store_true", help="also a bundle ten times as large")
    parser.add_argument("--work", type=Path, help="folder that keeps the prepared data")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tillferry-bench-") as scratch:
        work = chosen.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        bench = Bench(work, chosen.rounds)
        for name in names:
            if not chosen.only or name in chosen.only:
                getattr(bench, name)()
        if chosen.ten:
            bench.ten()
        shutil.rmtree(bench.aside)


if __name__ == "__main__":
    main()
