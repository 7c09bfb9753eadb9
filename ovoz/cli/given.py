"""``--set NAME=VALUE``: what a command gives for the placeholders of a profile."""

from collections.abc import Iterable
from typing import Annotated

import typer

from ovoz.placeholders import read_assignments

GivenOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Fill a placeholder of the profile."),
]


def read_given(assignments: Iterable[str] | None) -> dict[str, str]:
    """Values by name.

    Raises:
        typer.BadParameter: An assignment lacks its name or its value.
    """
    try:
        return read_assignments(assignments or ())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
