"""What the command reads from the environment, once, and the registry it names."""

import os
from pathlib import Path

import typer
from rich.console import Console

from registry.settings import RegistrySettings


def registry_settings() -> RegistrySettings:
    """The local registry, or the server that ``MLFLOW_TRACKING_URI`` names."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    uri = os.environ.get("MLFLOW_TRACKING_URI")
    return RegistrySettings(tracking_uri=uri) if uri else RegistrySettings()


def registered_artifact(alias: str) -> Path:
    """The artifact of the version that holds ``alias``; ends the command when there is none."""
    from registry.registry import Registry, RegistryError

    try:
        return Registry(registry_settings()).resolve(alias).artifact
    except RegistryError as error:
        Console(stderr=True).print(f"[red]error:[/red] {error}")
        raise typer.Exit(2) from error
