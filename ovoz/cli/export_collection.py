"""``ovoz export-collection``: what the bot collected, as a source of the corpus."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from ovoz.cli.extras import require

_COLLECTOR = (sys.executable, "-m", "collector", "export")
"""A program of its own, since the library does not know the bot."""


def export_collection(
    folder: Annotated[Path, typer.Argument(help="An older export in it becomes the new one.")],
    forget: Annotated[
        bool,
        typer.Option(help="Take those who withdrew out of the corpus of this folder, too."),
    ] = False,
) -> None:
    """Write the bot's accepted clips for the corpus source `telegram`."""
    require("aiogram")
    options = ["--forget", "."] if forget else []
    done = subprocess.run([*_COLLECTOR, *options, "--", str(folder)], check=False)  # noqa: S603
    raise typer.Exit(done.returncode)
