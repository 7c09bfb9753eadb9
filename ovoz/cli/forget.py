"""``ovoz forget SPEAKER``: a speaker's recordings out of the corpus and every version of it."""

import subprocess
import sys
from typing import Annotated

import typer

from ovoz.cli.extras import require

_PIPELINES = (sys.executable, "-m", "pipelines", "forget")
"""A program of its own, since the library knows no DVC."""


def forget(
    speaker: Annotated[str, typer.Argument(metavar="SPEAKER", help="The name in the manifest.")],
) -> None:
    """Remove a speaker who withdrew: corpus, DVC's cache and remotes, and ingestions to come."""
    require("dvc")
    done = subprocess.run([*_PIPELINES, "--", speaker], check=False)  # noqa: S603
    raise typer.Exit(done.returncode)
