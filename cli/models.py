"""``ovoz models`` and ``ovoz rollback``: what the registry holds."""

import getpass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


def models() -> None:
    """List the registered versions, their aliases and main figures."""
    from cli.settings import registry_settings
    from ovoz.engine.artifact import ArtifactError, read_description
    from registry.registry import Registry

    table = Table("version", "aliases", "model", "WER uz", "WER mixed", "trained on")
    for one in Registry(registry_settings()).versions():
        try:
            description = read_description(one.artifact, verify=False)
        except ArtifactError as error:
            table.add_row(one.version, ", ".join(one.aliases), f"[red]{error}[/red]", "", "", "")
            continue
        figures = [description.metrics.get(name) for name in ("wer.uz", "wer.mixed")]
        shown = [f"{figure:.1%}" if figure is not None else "" for figure in figures]
        table.add_row(
            one.version,
            ", ".join(one.aliases),
            description.model_version,
            *shown,
            description.training_data,
        )
    Console().print(table)


def rollback(why: Annotated[str, typer.Option(help="The reason, written on the version.")]) -> None:
    """Give production back to the version that held it before."""
    from cli.settings import registry_settings
    from registry.registry import Registry, RegistryError

    try:
        model = Registry(registry_settings()).roll_back(who=getpass.getuser(), why=why)
    except RegistryError as error:
        Console(stderr=True).print(f"[red]error:[/red] {error}")
        raise typer.Exit(2) from error
    Console().print(f"production is version {model.version} again")
