"""Options and arguments that the commands of head office share."""

from __future__ import annotations

from typing import Annotated

import typer

from tillferry.cli.language import words

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help=words("help_reason"))]
Person = Annotated[str, typer.Option("--person", metavar="NAME", help=words("help_person"))]
Which = Annotated[str, typer.Argument(metavar="TILL", help=words("help_till_which"))]
Serial = Annotated[str, typer.Argument(metavar="SERIAL", help=words("help_till_serial"))]
Taxpayer = Annotated[
    str, typer.Option("--taxpayer", metavar="NUMBER", help=words("help_till_taxpayer"))
]
OutletId = Annotated[str, typer.Argument(metavar="OUTLET", help=words("help_outlet_id"))]
UserName = Annotated[str, typer.Argument(metavar="NAME", help=words("help_user_name"))]
RoleName = Annotated[str, typer.Option("--role", metavar="ROLE", help=words("help_role"))]
