"""``python -m bentos.asr.contents TAG``: parts, licences and sizes of a Bento."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bentos.asr.inventory import SBOM_FILE, read_parts
from ovoz.cli.errors import stop
from ovoz.workspace import Workspace


def show(
    tag: Annotated[str, typer.Argument(help="Of the Bento, name:version.")],
    at_most_mb: Annotated[
        float, typer.Option(help="Megabytes (10^6 bytes) that all parts may have.")
    ] = 600.0,
) -> None:
    """Show what a Bento installs, its code and its model; ends with 1 where it is too large."""
    name, _, version = tag.partition(":")
    sbom = Workspace().bentoml / "bentos" / name / version / "src" / SBOM_FILE
    try:
        parts = list(read_parts(sbom))
    except (OSError, ValueError, KeyError) as error:
        stop(f"{sbom}: no SBOM of a Bento: {error}")
    table = Table("part", "version", "licence", "MB")
    for part in parts:
        table.add_row(part.name, part.version, part.licence, f"{part.size_bytes / 1e6:.1f}")
    console = Console()
    console.print(table)
    total_mb = sum(part.size_bytes for part in parts) / 1e6
    console.print(f"{len(parts)} parts, {total_mb:.0f} MB in all, at most {at_most_mb:g} are asked")
    raise typer.Exit(int(total_mb > at_most_mb))


if __name__ == "__main__":
    typer.run(show)
