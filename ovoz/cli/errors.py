"""How the command tells that something is wrong."""

from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape

MISUSE = 2
"""Exit code when nothing could be done: wrong arguments, no model, a refusal."""


def warn(error: object, label: str = "error") -> None:
    """Tell an error on standard error; names in it are shown as they are."""
    console = Console(stderr=True, soft_wrap=True)
    console.print(f"[red]{label}:[/red] {escape(str(error))}", highlight=False)


def stop(error: object) -> NoReturn:
    """Tell an error and end the command."""
    warn(error)
    raise typer.Exit(MISUSE)
