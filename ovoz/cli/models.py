"""``ovoz models`` and ``ovoz rollback``: what the registry holds."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ovoz.cli.errors import stop

if TYPE_CHECKING:
    from ovoz.registry.version import VersionRow

_FIGURES = {"wer.uz": "WER uz", "wer.ru": "WER ru", "wer.mixed": "WER mix"}


def models(
    moves: Annotated[bool, typer.Option("--moves", help="Who moved what, when and why.")] = False,
) -> None:
    """List the registered versions, their aliases and main figures."""
    from ovoz.cli.settings import registry_settings
    from ovoz.registry.registry import Registry
    from ovoz.registry.version import RegistryError

    try:
        rows = Registry(registry_settings()).versions()
    except RegistryError as error:
        stop(error)
    table = Table("version", "aliases", "model", *_FIGURES.values(), "trained on", show_lines=True)
    for row in rows:
        table.add_row(row.version, "\n".join(row.aliases), *_model(row))
    console = Console()
    console.print(table)
    if moves:
        for when, told in sorted(move for row in rows for move in _moves(row)):
            console.print(f"{when}  {told}", highlight=False, markup=False)


def _model(row: "VersionRow") -> list[str]:
    if row.summary is None:
        return ["[red]registration cut off[/red]", *[""] * (len(_FIGURES) + 1)]
    figures = [row.summary.metrics.get(name) for name in _FIGURES]
    shown = [f"{figure:.1%}" if figure is not None else "–" for figure in figures]
    name = escape(row.summary.model_version) + ("\n[red]withdrawn[/red]" if row.withdrawn else "")
    return [name, *shown, escape(row.summary.training_data)]


def _moves(row: "VersionRow") -> list[tuple[str, str]]:
    """Each move of a version with its time: the last one to every alias, and out of production."""
    moves = [
        (move.when, f"version {row.version} → {alias} by {move.who}: {move.why}")
        for alias, move in row.promotions.items()
    ]
    if row.withdrawn:
        note = row.withdrawn
        moves.append((note.when, f"version {row.version} withdrawn by {note.who}: {note.why}"))
    return moves


def rollback(why: Annotated[str, typer.Option(help="The reason, written on the version.")]) -> None:
    """Give production back to the version that held it before."""
    from ovoz.cli.settings import registry_settings
    from ovoz.engine.artifact.storage import ArtifactError
    from ovoz.registry.registry import Registry
    from ovoz.registry.user import user_name
    from ovoz.registry.version import RegistryError

    try:
        model = Registry(registry_settings()).roll_back(who=user_name(), why=why)
    except (RegistryError, ArtifactError) as error:
        stop(error)
    Console().print(f"production is version {model.version} again")
