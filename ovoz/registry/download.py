"""``python -m ovoz.registry.download URI FOLDER``: fetch a version, once."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from ovoz.files import atomic_folder
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.version import RegistryError

if TYPE_CHECKING:
    from mlflow import MlflowClient

_SOURCE: Final = ".source"
_TRACKING_URI: Final = "MLFLOW_TRACKING_URI"


def main() -> None:
    """Fetch ``models:/name@alias`` or ``models:/name/version``.

    Prints where its files lie: a folder in the given one, with the number of the version as name.
    """
    uri, into = sys.argv[1:]
    try:
        folder = _fetch(uri, Path(into), _registry_named_in(os.environ))
    except RegistryError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{folder}\n")


def _registry_named_in(environ: Mapping[str, str]) -> RegistrySettings:
    """The registry in ``MLFLOW_TRACKING_URI``: without one MLflow makes its own, empty, here."""
    uri = environ.get(_TRACKING_URI)
    if not uri:
        raise RegistryError(f"{_TRACKING_URI} names no registry")
    settings = RegistrySettings(tracking_uri=uri)
    settings.check_database()
    return settings


def _fetch(uri: str, into: Path, settings: RegistrySettings) -> Path:
    # Seconds, which a registry that isn't there need not cost.
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    from ovoz.registry.store import open_client

    client = open_client(settings)
    try:
        name, number = _version_of(uri, client)
        folder = into / number
        source = f"{settings.tracking_uri} {client.get_model_version(name, number).source}"
        if _source_of(folder) != source:
            with atomic_folder(folder) as unfinished, TemporaryDirectory() as scratch:
                fetched = download_artifacts(
                    f"models:/{name}/{number}", tracking_uri=settings.uri(), dst_path=scratch
                )
                shutil.copytree(fetched, unfinished, dirs_exist_ok=True)
                (unfinished / _SOURCE).write_text(source, "utf-8")
    except MlflowException as error:
        raise RegistryError(str(error)) from error
    return folder


def _source_of(folder: Path) -> str | None:
    """Where a folder was fetched from: another registry gives the same numbers to other models."""
    try:
        return (folder / _SOURCE).read_text("utf-8")
    except OSError:
        return None


def _version_of(uri: str, client: "MlflowClient") -> tuple[str, str]:
    wanted = uri.removeprefix("models:/")
    name, _, alias = wanted.rpartition("@")
    if name:
        return name, str(client.get_model_version_by_alias(name, alias).version)
    name, _, number = wanted.rpartition("/")
    return name, number


if __name__ == "__main__":
    main()
