"""``tillferry sample``: exports of a made-up chain of beach bars."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tillferry.cli.language import words
from tillferry.cli.output import bars, say


def sample_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help=words("help_sample_out"))],
    tills: Annotated[int, typer.Option(min=1, max=10_000, help=words("help_sample_tills"))] = 3,
    days: Annotated[int, typer.Option(min=1, max=10_000, help=words("help_sample_days"))] = 7,
    receipts: Annotated[
        int, typer.Option(min=1, max=10_000, help=words("help_sample_receipts"))
    ] = 300,
    seed: Annotated[int, typer.Option(min=0, help=words("help_sample_seed"))] = 1,
    whole: Annotated[bool, typer.Option("--whole", help=words("help_sample_whole"))] = False,
) -> None:
    from tillferry.formats.dsfinvk.write import write_export
    from tillferry.sample import write_sample

    with bars(of_bytes=False) as shown:
        paths = write_sample(
            out,
            tills=tills,
            days=days,
            receipts=receipts,
            seed=seed,
            whole=whole,
            write_export=write_export,
            progress=lambda done, total: shown.update(str(out), done, total),
        )
    say("sample_written", files=len(paths), folder=out)
