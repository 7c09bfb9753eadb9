"""``ovoz copy-model``: a version from this registry to that of another environment."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from ovoz.cli.errors import stop

if TYPE_CHECKING:
    from ovoz.registry.settings import RegistrySettings


def copy_model(
    version: Annotated[str, typer.Argument(help="Number of the version; see `ovoz models`.")],
    to: Annotated[
        str, typer.Option(metavar="URI", help="An MLflow server, or sqlite:/// and a path.")
    ],
) -> None:
    """Make a version the candidate of another registry, where its gates are judged again."""
    from ovoz.cli.settings import registry_settings
    from ovoz.engine.artifact.storage import ArtifactError
    from ovoz.registry.copying import copy_version
    from ovoz.registry.registry import Registry
    from ovoz.registry.version import RegistryError

    source = registry_settings()
    try:
        copied = copy_version(Registry(source), Registry(_at(to, source)), version)
    except (ArtifactError, OSError, RegistryError) as error:
        stop(error)
    Console().print(f"version {version} is version {copied.version} there, the candidate")


def _at(uri: str, here: "RegistrySettings") -> "RegistrySettings":
    """The registry of the same model at a URI; a local one keeps its files beside the database."""
    named = here.model_copy(update={"tracking_uri": uri})
    database: Path | None = named.database()
    if database is None:
        return named
    return named.model_copy(update={"artifacts": str(database.resolve().parent / "artifacts")})
