"""``ovoz models`` and ``ovoz rollback``: what the registry holds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ovoz.cli.errors import stop, warn
from ovoz.cli.telling import KeyOption, TellOption, tell_services

if TYPE_CHECKING:
    from ovoz.registry.version import VersionRow


def models(
    moves: Annotated[bool, typer.Option("--moves", help="Who moved what, when and why.")] = False,
) -> None:
    """List the registered versions, their aliases and main figures."""
    from ovoz.cli.settings import registry_settings
    from ovoz.evaluation.tables import head_word_errors
    from ovoz.registry.registry import Registry
    from ovoz.registry.version import RegistryError

    try:
        registry = Registry(registry_settings())
        rows, made = registry.versions(), registry.moves() if moves else []
        unfinished = registry.unfinished_move()
    except RegistryError as error:
        stop(error)
    figures = head_word_errors(
        {name for row in rows if row.summary for name in row.summary.metrics}
    )
    table = Table("version", "aliases", "model", *figures.values(), "trained on", show_lines=True)
    for row in rows:
        table.add_row(row.version, "\n".join(row.aliases), *_model(row, list(figures)))
    console = Console()
    console.print(table)
    told = [(note.when, note.told) for note in made]
    # Versions that were promoted before there was a journal.
    known = {(one.version, one.alias, one.when) for one in made}
    told += [move for row in rows for move in _moves(row, known)] if moves else []
    for when, what in sorted(told):
        console.print(f"{when}  {what}", highlight=False, markup=False)
    if unfinished is not None:
        warn(f"{unfinished.told}: was cut off; the next move completes it", "unfinished")


def _model(row: "VersionRow", figures: Sequence[str]) -> list[str]:
    if row.summary is None:
        return ["[red]registration cut off[/red]", *[""] * (len(figures) + 1)]
    values = [row.summary.metrics.get(name) for name in figures]
    shown = [f"{value:.1%}" if value is not None else "–" for value in values]
    cannot = f"\ncannot: {', '.join(row.summary.cannot)}" if row.summary.cannot else ""
    name = escape(row.summary.model_version + cannot) + (
        "\n[red]withdrawn[/red]" if row.withdrawn else ""
    )
    return [name, *shown, escape(row.summary.training_data)]


def _moves(row: "VersionRow", known: set[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """The last promotion of a version to each alias that is not ``known``, with its time."""
    return [
        (note.when, f"version {row.version} → {alias} by {note.who}: {note.why}")
        for alias, note in row.promotions.items()
        if (row.version, alias, note.when) not in known
    ]


def rollback(
    why: Annotated[str, typer.Option(help="The reason, written on the version.")],
    tell: TellOption = None,
    key: KeyOption = "",
) -> None:
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
    tell_services(tell, key)
